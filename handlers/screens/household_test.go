package screens_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// wholeNumber makes an ID number of seventeen digits whole (GB 11643).
func wholeNumber(digits string) string {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(digits[i]-'0')
	}
	return digits + string("10X98765432"[sum%11])
}

// A new household with its members is typed by keyboard alone: Enter goes to the next field and never sends the form (people 5).
func TestNewHouseholdIsTypedByKeyboard(t *testing.T) {
	c := ownCounty(t)
	p := c.comes(t)
	p.becomes("counter")
	p.open("/households/new")
	texts := map[string]string{"f-householder-name": "丁立春", "f-householder-id_number": wholeNumber("14082419700101731"), "f-group_no": "01",
		"f-householder-phone": "13800001777", "f-members-0-name": "丁小满", "f-members-0-relation": "女",
		"f-members-0-id_number": wholeNumber("14082420010203732"), "f-members-1-name": "丁大寒", "f-members-1-relation": "子",
		"f-members-1-id_number": wholeNumber("14082420030405733"), "f-current-homestead_area": "120.50", "f-current-building_area": "96"}
	done := map[string]bool{}
	p.skipTo("f-", 4)
	for range 60 {
		id := p.focused()
		tag := evaluate[string](p, "document.activeElement.tagName")
		if tag == "BUTTON" {
			break
		}
		switch {
		case tag == "SUMMARY": // Enter opens it; the next field is behind it
			if evaluate[bool](p, "!document.activeElement.parentElement.open") {
				p.key(kb.Enter)
			}
			p.key(kb.Tab)
			continue
		case tag == "SELECT" && id == "f-division":
			p.key("1")
			done[id] = true
		case texts[id] != "":
			p.key("a", chromedp.ModifierCtrl)
			p.types(texts[id])
			done[id] = true
		}
		p.key(kb.Enter)
		if p.focused() == id || p.path() != "/households/new" {
			t.Fatalf("Enter at %s leads to %s on %s", id, p.focused(), p.path())
		}
	}
	if len(done) != len(texts)+1 {
		t.Fatalf("the keys came by %d of %d fields: %v\n%s", len(done), len(texts)+1, done, p.see("form[data-draft]"))
	}
	p.key(kb.Enter)
	p.until("/^.households.\\d+$/.test(location.pathname)")
	holds(t, "the household's file", p.see("main"), "丁立春", "丁小满", "丁大寒")
	if m := p.presses(); len(m) > 0 {
		t.Errorf("something was clicked: %v", m)
	}
}

// Enter breaks the line in a text box, and so does Alt+Enter, also where Enter goes on between fields (B18); Shift+Enter goes back.
func TestEnterBreaksTheLineInATextBox(t *testing.T) {
	c := sharedCounty(t)
	p := c.comes(t)
	p.becomes("counter")
	p.open("/new?chain=homestead&household=16")
	p.do(chromedp.Focus(chromedp.CSS("#f-reason")))
	p.key("a", chromedp.ModifierCtrl)
	p.types("第一段")
	p.key(kb.Enter)
	p.types("第二段")
	p.key(kb.Enter, chromedp.ModifierAlt)
	p.types("第三段")
	if got := p.value("#f-reason"); got != "第一段\n第二段\n第三段" || p.focused() != "f-reason" {
		t.Errorf("typed is %q, the focus is on %s", got, p.focused())
	}
	p.key(kb.Enter, chromedp.ModifierShift)
	if got := p.focused(); got == "f-reason" || !strings.HasPrefix(got, "f-") {
		t.Errorf("Shift+Enter leads to %s", fmt.Sprint(got))
	}
}

// A login that is gone is said, and nothing is tried again: neither an autosave nor a file (B7).
func TestScriptStopsWhenTheLoginIsGone(t *testing.T) {
	c := ownCounty(t)
	p := c.comes(t)
	p.becomes("counter")
	clerk := c.officer(t, "counter")
	draft := clerk.first("planning_permit", "draft").ID
	form := p.writesHalf("19")
	tell(p, network.ClearBrowserCookies, cdp.Empty{})
	p.key(kb.F2)
	p.until("/登录已失效/.test(document.querySelector('.saved, form .wrong').innerText)")
	if p.count(".offline") != 0 {
		t.Error("the line is said to be broken")
	}
	p.becomes("counter")
	p.open(form)
	p.stands("after a new login")
	p.open("/cases/" + draft)
	tell(p, network.ClearBrowserCookies, cdp.Empty{})
	p.do(chromedp.SetUploadFiles(chromedp.CSS("form.upload input[type=file]"), []string{scan(t)}))
	p.until("[...document.querySelectorAll('form.upload .wrong')].some(x => /登录已失效/.test(x.innerText))")
	if p.count(".offline") != 0 {
		t.Error("the line is said to be broken")
	}
	if n := evaluate[int](p, "performance.getEntriesByType('resource').filter(r => r.name.endsWith('/uploads')).length"); n != 1 {
		t.Errorf("the piece was sent %d times", n)
	}
}

// A change of a household is typed by keyboard alone, and what is refused stays on the page as it was typed.
func TestChangeOfAHouseholdIsTypedByKeyboard(t *testing.T) {
	c := ownCounty(t)
	p := c.comes(t)
	p.becomes("counter")
	p.open("/households/1/change?kind=moved_in")
	texts := map[string]string{"f-name": "陈志远", "f-relation": "女婿", "f-id_number": wholeNumber("14082419980708001"),
		"f-reason": "结婚迁入", "f-evidence": "户口迁移证、成员确认材料"}
	p.skipTo("f-", 4)
	for range 30 {
		id := p.focused()
		if evaluate[string](p, "document.activeElement.tagName") == "BUTTON" {
			break
		}
		if texts[id] != "" {
			p.types(texts[id])
		}
		p.key(kb.Tab)
	}
	p.key(kb.Enter)
	p.until("document.querySelector('.bad') !== null")
	holds(t, "the form that was refused", p.see("main"), "落户日期")
	for id, typed := range texts {
		if got := p.value("#" + id); got != typed {
			t.Errorf("%s holds %q after the refusal, was typed as %q", id, got, typed)
		}
	}
	if m := p.presses(); len(m) > 0 {
		t.Errorf("something was clicked: %v", m)
	}
}
