package handlers_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"anju/workflow/household"
)

var (
	oneKey     = regexp.MustCompile(`name="key" value="([^"]+)"`)
	confirming = regexp.MustCompile(`/households/\d+/change\?confirms=\d+`)
)

// Who types a householder again is asked on the page, with what was typed still there (A32).
func TestASecondEntryIsAskedAbout(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, one *real) {
		r := &registry{real: one}
		head := r.person(1970)
		id := r.family("40.00", head)
		b := visit(t, r.web, "counter")
		b.get("/households/new")
		key := oneKey.FindStringSubmatch(b.page)
		if key == nil {
			t.Fatalf("the form: %d", b.status)
		}
		b.send("/households/new", url.Values{"csrf": {b.csrf()}, "key": {key[1]}, "d.division": {"140824100214"},
			"d.group_no": {"01"}, "d.householder.name": {"马户主"}, "d.householder.id_number": {head},
			"d.current.homestead_area": {"60"}, "d.current.building_area": {"0"}})
		for _, says := range []string{"该户主已有户档 " + id, "您填写“60.00”，户档为“40.00”", "/households/" + id + "/change?", head} {
			if !strings.Contains(b.page, says) {
				t.Errorf("%d, the page lacks %q:\n%s", b.status, says, b.page)
			}
		}
	})
}

// A household is changed on its page: what is refused keeps what was typed, and what waits is confirmed by the
// township's head on his.
func TestAHouseholdIsChangedOnItsPage(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, one *real) {
		r := &registry{real: one}
		id := r.family("120.00", r.person(1973), [2]string{"配偶", r.person(1975)}, [2]string{"孙", r.person(2015)})
		b := visit(t, r.web, "counter")
		b.get("/households/" + id)
		if b.status != 200 || !strings.Contains(b.page, "办理户档变更") {
			t.Fatalf("the page of a household: %d", b.status)
		}
		b.get("/households/" + id + "/change?")
		for _, k := range household.Kinds {
			if !strings.Contains(b.page, ">"+k.Title+"</a>") {
				t.Errorf("%s is not offered", k.Title)
			}
			k := visit(t, r.web, "counter").look("/households/" + id + "/change?kind=" + string(k.Kind))
			if k.status != 200 || !strings.Contains(k.body, "依据的材料") {
				t.Errorf("the form: %d", k.status)
			}
		}
		form := func(path string, more url.Values) {
			t.Helper()
			b.get(path)
			key := oneKey.FindStringSubmatch(b.page)
			if b.status != 200 || key == nil {
				t.Fatalf("%s: %d", path, b.status)
			}
			more.Set("key", html.UnescapeString(key[1]))
			more.Set("csrf", b.csrf())
			b.send("/households/"+id+"/change", more)
		}
		form("/households/"+id+"/change?kind=head", url.Values{"kind": {"head"}, "d.person": {"2"}, "reason": {"老户主年迈"},
			"d.evidence": {"书面承接书"}})
		if b.status != 422 || !strings.Contains(b.page, "未满 18 周岁") || !strings.Contains(b.page, "老户主年迈") ||
			!strings.Contains(b.page, "书面承接书") {
			t.Errorf("a child as householder: %d\n%s", b.status, b.page)
		}
		form("/households/"+id+"/change?kind=head", url.Values{"kind": {"head"}, "d.person": {"1"}, "reason": {"老户主年迈"},
			"d.evidence": {"书面承接书"}})
		if b.status != 200 || !strings.Contains(b.page, "待乡镇负责人确认") || confirming.MatchString(b.page) {
			t.Errorf("a change of head: %d\n%s", b.status, b.page)
		}
		b = visit(t, r.web, "township")
		b.get("/households/" + id)
		confirm := confirming.FindString(html.UnescapeString(b.page))
		form(confirm, url.Values{"confirms": {confirm[strings.Index(confirm, "=")+1:]}, "reason": {"核对无误"},
			"d.evidence": {"原件已核"}})
		if b.status != 200 || !strings.Contains(b.page, "户主由 马户主 变更为 马成员甲") {
			t.Errorf("confirmed: %d\n%s", b.status, b.page)
		}
	})
}
