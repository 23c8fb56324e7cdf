package handlers

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"anju/models/modelstest"
	"anju/models/org"
)

// late sends a form without a login, as a page does whose session has ended meanwhile.
func (o *outside) late(t *testing.T, path string, form url.Values, headers ...string) (status int, to string) {
	t.Helper()
	req := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := o.web.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location")
}

// signedWho says whose form it is, as a page of this program signs it.
func signedWho(officer int, until time.Time, page string) string {
	text := fmt.Sprintf("%d.%d", officer, until.Unix())
	return text + "." + (&memory{}).Tag("who", text+page)
}

// What is kept without a login is kept for whom this program signed the form of that page, not too long ago, and nowhere else.
func TestNothingIsKeptUnderAForgedName(t *testing.T) {
	modelstest.Slow(t)
	const page, text = "/new?chain=homestead&household=1", "写了两个小时的理由"
	soon := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name, page, who string
		kept            bool
		headers         []string
	}{
		{name: "the form of the page itself", page: page, kept: true},
		{name: "the form of a case", page: "/cases/7", kept: true},
		{name: "the form of a household", page: "/households/new?chain=homestead", kept: true},
		{name: "nobody's", page: page, who: "none"},
		{name: "a tag made up", page: page, who: fmt.Sprintf("1.%d.%s", soon.Unix(), "0123abcd")},
		{name: "another officer under the same tag", page: page, who: "2" + signedWho(1, soon, page)[1:]},
		{name: "signed for another page", page: page, who: signedWho(1, soon, "/cases/7")},
		{name: "signed longer ago than a session lives", page: page, who: signedWho(1, time.Now().Add(-time.Second), page)},
		{name: "made to live longer", page: page, who: strings.Replace(signedWho(1, time.Now().Add(-time.Second), page), ".", ".9", 1)},
		{name: "sent by another site", page: page, headers: []string{"Sec-Fetch-Site", "cross-site"}},
		{name: "the page of a password", page: "/profile"},
		{name: "the page of an administrator", page: "/admin/limits"},
		{name: "the address of a form, not of its page", page: "/cases/7/moves"},
		{name: "a page without a form", page: "/cases"},
		{name: "another site's", page: "//evil.example/new?"},
		{name: "another site's with our path", page: "https://evil.example/new?chain=homestead"},
		{name: "the start page", page: "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOutside(t)
			if c.who == "" {
				c.who = signedWho(1, soon, c.page)
			}
			status, to := o.late(t, "/new", url.Values{"page": {c.page}, "who": {c.who}, "revision": {"0"}, "chain": {"homestead"}, "d.reason": {text}, "csrf": {"x"}, "key": {"k"}}, c.headers...)
			if kept := len(o.store.drafts) == 1; kept != c.kept {
				t.Fatalf("kept: %v, %d %s", o.store.drafts, status, to)
			}
			if !c.kept {
				if to != "" || status != 401 && status != 403 {
					t.Errorf("led on as if it were kept: %d %s", status, to)
				}
				return
			}
			u, err := url.Parse(to)
			if err != nil || status != 303 || u.Path != "/login" || u.Query().Get("kept") == "" || u.Query().Get("next") != c.page {
				t.Errorf("kept, and led to %d %s", status, to)
			}
			d, ok := o.store.drafts["1 "+c.page]
			form, err := url.ParseQuery(string(d.Body))
			if err != nil || !ok || form.Get("d.reason") != text || form.Has("csrf") || form.Has("key") || form.Has("who") {
				t.Errorf("of the form is kept %v", form)
			}
		})
	}
}

// The text of a window that was left open does not take the place of what was written after it.
func TestANewerDraftIsNeverOverwritten(t *testing.T) {
	const page = "/new?chain=homestead&household=1"
	for _, revision := range []string{"0", "1", "", "drei", "3", "-1"} {
		o := newOutside(t)
		for range 2 {
			d := org.Draft{Form: page, Body: []byte("d.reason=newer"), Revision: o.store.drafts["1 "+page].Revision}
			if _, err := o.store.SaveDraft(t.Context(), 1, d); err != nil {
				t.Fatal(err)
			}
		}
		form := url.Values{"page": {page}, "who": {signedWho(1, time.Now().Add(time.Hour), page)}, "revision": {revision}, "d.reason": {"an old window"}}
		status, to := o.late(t, "/new", form)
		if d := o.store.drafts["1 "+page]; string(d.Body) != "d.reason=newer" || d.Revision != 2 {
			t.Errorf("revision %q: the newer text is gone: %s", revision, d.Body)
		}
		if to != "" || status != 401 {
			t.Errorf("revision %q: %d %s, as if it were kept", revision, status, to)
		}
		form.Set("revision", "2")
		if status, _ := o.late(t, "/new", form); status != 303 || !strings.Contains(string(o.store.drafts["1 "+page].Body), "an+old+window") {
			t.Errorf("the window that knows the newest is not kept: %d", status)
		}
	}
}
