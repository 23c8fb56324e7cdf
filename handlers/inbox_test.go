package handlers_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers"
	"anju/models"
	database "anju/models/db"
	"anju/models/modelstest"
	"anju/models/notices"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
)

// toldCounty is the demo county with its cases some days on: everything that fell due has fired, every message is delivered, and what
// was not acknowledged has gone to the authority above.
func toldCounty(t *testing.T, days int) (web *fiber.App, deliver func()) {
	t.Helper()
	dir := t.TempDir()
	app, c := countyIn(t, dir)
	keys, err := database.LoadKeyring(filepath.Join(dir, "master.key"), false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(t.Context(), database.Options{URL: filepath.Join(dir, "anju.db"), Keys: keys, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store := models.NewStore(db, chains.Published())
	set, err := store.County(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	svc := casework.NewService(store, chains.Published(), func() workflow.County { return set }, c.Now)
	deliver = func() {
		t.Helper()
		if _, err := store.RelayOutbox(t.Context(), 10_000, func(context.Context, notices.OutboxRow) error { return nil }); err != nil {
			t.Fatal(err)
		}
		for ids := []int64{0}; len(ids) > 0; {
			var err error
			if ids, err = store.Undelivered(t.Context(), c.Now().Add(time.Hour), 0, 1000); err != nil {
				t.Fatal(err)
			}
			if failed, err := store.DeliverMany(t.Context(), ids); err != nil || len(failed) > 0 {
				t.Fatal(err, failed)
			}
		}
		for n := 1; n > 0; {
			var err error
			if n, err = store.PlanNotices(t.Context(), set, 1000); err != nil {
				t.Fatal(err)
			}
		}
		for n := 1; n > 0; {
			var err error
			if n, err = store.Climb(t.Context(), 1000); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Set(seeds.DemoDawn)
	if err := seeds.Demo(t.Context(), store, svc, kept{c}); err != nil {
		t.Fatal(err)
	}
	deliver()
	for range days {
		if err := seeds.Reach(t.Context(), store, svc, kept{c}, c.Now().AddDate(0, 0, 1)); err != nil {
			t.Fatal(err)
		}
		deliver()
	}
	return app, deliver
}

// inboxIDs lists the notices that an account's inbox answers to a query, over all its pages.
func inboxIDs(t *testing.T, api *handlers.Client, query string) []string {
	t.Helper()
	var ids []string
	for page := 1; ; page++ {
		s, m := api.Ask("GET", fmt.Sprintf("/api/v1/inbox?%s&per_page=50&page=%d", query, page), "")
		if s != 200 {
			t.Fatalf("inbox: %d %v", s, m)
		}
		items, _ := m["items"].([]any)
		for _, it := range items {
			ids = append(ids, it.(map[string]any)["id"].(string))
		}
		if len(items) < 50 {
			if m["total"] != float64(len(ids)) {
				t.Errorf("%s says %v and lists %d", query, m["total"], len(ids))
			}
			slices.Sort(ids)
			return ids
		}
	}
}

var (
	noticeInput = regexp.MustCompile(`<input type="hidden" name="id" value="(\d+)">`)
	nextLink    = regexp.MustCompile(`<a href="([^"]+)">下一页</a>`)
	countOf     = regexp.MustCompile(`要确认的提醒（(\d+)`)
)

// pageIDs lists the notices that pages show, from one page to the next.
func pageIDs(b *browser, path string) []string {
	var ids []string
	for path != "" {
		b.get(path)
		for _, m := range noticeInput.FindAllStringSubmatch(b.page, -1) {
			ids = append(ids, m[1])
		}
		path = ""
		if m := nextLink.FindStringSubmatch(b.page); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// What must be acknowledged is all on the page, however many other messages came after it (X1); what is counted is what is shown.
func TestInboxShowsAllThatMustBeAcknowledged(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, _ := toldCounty(t, 8)
	for _, login := range []string{"village", "township", "agriculture", "group", "supervision"} {
		api, b := handlers.LogIn(t, web, login), visit(t, web, login)
		owed := inboxIDs(t, api, "acknowledge=true")
		if len(owed) == 0 {
			t.Errorf("%s has nothing to acknowledge: the test shows nothing", login)
		}
		if got := pageIDs(b, "/inbox"); !slices.Equal(got, owed) {
			t.Errorf("%s is shown %d notices, its office has %d", login, len(got), len(owed))
		}
		unread := inboxIDs(t, api, "kind=message&unread=true")
		got := append(pageIDs(b, "/inbox?tab=addressed"), pageIDs(b, "/inbox?tab=moves")...)
		slices.Sort(got)
		if !slices.Equal(got, unread) {
			t.Errorf("%s is shown %d unread messages, its office has %d", login, len(got), len(unread))
		}
		b.get("/")
		if m := countOf.FindStringSubmatch(b.page); m == nil || m[1] != fmt.Sprint(len(owed)) {
			t.Errorf("the start page of %s counts %v, its office has %d", login, m, len(owed))
		}
		if !strings.Contains(b.page, `href="/inbox"`) {
			t.Errorf("%s has no way to the inbox", login)
		}
	}
	// one press acknowledges what the page shows, and nothing else
	api, b := handlers.LogIn(t, web, "township"), visit(t, web, "township")
	before := inboxIDs(t, api, "acknowledge=true")
	b.get("/inbox")
	form := formTo(b.page, "/inbox/acknowledgement")
	shown := form["id"]
	b.send("/inbox/acknowledgement", form)
	if b.status != 200 || !strings.Contains(b.page, fmt.Sprintf("已确认 %d 条", len(shown))) {
		t.Fatalf("acknowledge all: %d", b.status)
	}
	left := inboxIDs(t, api, "acknowledge=true")
	if len(shown) == 0 || len(left) != len(before)-len(shown) || slices.ContainsFunc(left, func(id string) bool { return slices.Contains(shown, id) }) {
		t.Errorf("of %d notices %d were shown and acknowledged, %d are left", len(before), len(shown), len(left))
	}
	// a notice of another office is not acknowledged, and with it none
	other := inboxIDs(t, handlers.LogIn(t, web, "village"), "acknowledge=true")
	form["id"] = append(slices.Clone(left[:min(1, len(left))]), other[0])
	b.send("/inbox/acknowledgement", form)
	if b.status != 404 {
		t.Errorf("acknowledge for another office: %d", b.status)
	}
	if after := inboxIDs(t, api, "acknowledge=true"); !slices.Equal(after, left) {
		t.Errorf("%d are left of %d after a refusal", len(after), len(left))
	}
}

// What an office writes to another reaches its eyes with the words that were typed, on the start page and in the inbox, and leads to the
// case (X2).
func TestInboxShowsWhatWasWritten(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	web, deliver := toldCounty(t, 0)
	village := handlers.LogIn(t, web, "village")
	_, m := village.Ask("GET", "/api/v1/cases?state=village_review", "")
	items, _ := m["items"].([]any)
	if len(items) == 0 {
		t.Fatal("the demo county has no case in the village's review")
	}
	id := items[0].(map[string]any)["id"].(string)
	s, m := village.Ask("POST", "/api/v1/cases/"+id+"/records",
		`{"kind":"copy","data":{"to":["county_natural_resources_bureau"],"text":"四至有争议，请知悉"}}`, "Idempotency-Key", "copy-1")
	if s != 200 {
		t.Fatalf("copy: %d %v", s, m)
	}
	s, m = handlers.LogIn(t, web, "supervision").Ask("POST", "/api/v1/cases/"+id+"/records",
		`{"kind":"supervise","data":{"text":"请尽快办结并反馈"}}`, "Idempotency-Key", "supervise-1")
	if s != 200 {
		t.Fatalf("supervise: %d %v", s, m)
	}
	deliver()
	for login, want := range map[string][]string{
		"resources": {"抄送", "四至有争议，请知悉", "/cases/" + id},
		"village":   {"督办", "请尽快办结并反馈", "/cases/" + id},
	} {
		b := visit(t, web, login)
		for _, path := range []string{"/", "/inbox?tab=addressed"} {
			b.get(path)
			for _, text := range want {
				if !strings.Contains(b.page, text) {
					t.Errorf("%s at %s does not show %q", login, path, text)
				}
			}
		}
		b.get("/cases/" + id)
		if b.status != 200 {
			t.Errorf("%s may not see the case that it is told of: %d", login, b.status)
		}
	}
	resources := handlers.LogIn(t, web, "resources")
	_, m = resources.Ask("GET", "/api/v1/inbox?kind=message&unread=true", "")
	first := m["items"].([]any)[0].(map[string]any)
	if first["verb"] != "copy" || first["words"] != "四至有争议，请知悉" || first["from_office"] == nil || first["from_officer"] == nil || first["read_at"] != nil {
		t.Errorf("the copy as the API has it: %v", first)
	}
	if s, m := village.Ask("POST", "/api/v1/inbox/"+first["id"].(string)+"/read", ""); s != 404 {
		t.Errorf("another office reads it: %d %v", s, m)
	}
	if s, m := resources.Ask("POST", "/api/v1/inbox/"+first["id"].(string)+"/read", ""); s != 204 {
		t.Errorf("read: %d %v", s, m)
	}
	if left := inboxIDs(t, resources, "kind=message&unread=true"); slices.Contains(left, first["id"].(string)) {
		t.Error("what was read is unread")
	}
	b := visit(t, web, "resources")
	if b.get("/inbox?tab=addressed"); strings.Contains(b.page, "四至有争议") {
		t.Error("what was read is among the unread")
	}
	if b.get("/inbox?tab=addressed&all=1"); !strings.Contains(b.page, "四至有争议") {
		t.Error("what was read is not among all")
	}
}

// formTo reads the hidden inputs of the first form of a page that is sent to an address.
func formTo(page, action string) url.Values {
	form := url.Values{}
	_, rest, _ := strings.Cut(page, `<form method="post" action="`+action+`">`)
	body, _, _ := strings.Cut(rest, "</form>")
	for _, m := range hiddenInput.FindAllStringSubmatch(body, -1) {
		form.Add(m[1], strings.ReplaceAll(m[2], "&amp;", "&"))
	}
	return form
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
