package screens_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// bare takes the scripts away from every page of the tab.
func (p *person) bare() {
	p.t.Helper()
	tell(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// scriptless makes sure that the page on the screen ran no script of its own: with them, each file form has a line for its progress.
func (p *person) scriptless() {
	p.t.Helper()
	if n := p.count("form.upload span.saved, form[data-draft] > .saved"); n > 0 {
		p.t.Errorf("%d marks of a script on a page without scripts", n)
	}
}

// pressesTwice presses a button, and again before the county has answered; it tells how often the form was sent.
func (p *person) pressesTwice(pattern, sel, done string) int {
	p.t.Helper()
	var sent atomic.Int32
	ctx, over := context.WithCancel(p.ctx)
	defer over()
	events := chromedp.Events(ctx, fetch.RequestPaused)
	tell(p, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern, RequestStage: fetch.RequestStageResponse}}})
	go func() {
		for ev, err := range events {
			if err != nil {
				return
			}
			answer := func() {
				_, _ = chromedp.Call(p.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: ev.RequestID}) // a given up one has no answer to wait for
			}
			if ev.Request.Method != "POST" {
				answer()
				continue
			}
			sent.Add(1)
			time.AfterFunc(time.Second, answer) // the county is slow
		}
	}()
	where := p.middle(sel)
	press := chromedp.MouseClickXY(where[0], where[1]) // the page that goes away answers no question about its elements
	p.do(press)
	for sent.Load() == 0 {
		if p.ctx.Err() != nil {
			p.t.Fatal("nothing was sent")
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.do(press)
	p.until(done)
	tell(p, fetch.Disable, cdp.Empty{})
	return int(sent.Load())
}

// A second press on the button makes no second case and no second move. With the script the form is not sent again; without, it is,
// and the key that it carries keeps it from counting twice.
func TestDoublePressSubmitsOnce(t *testing.T) {
	c := sharedCounty(t)
	clerk, group := c.officer(t, "counter"), c.officer(t, "group")
	for household, bare := range map[string]bool{"9": false, "10": true} {
		t.Run(fmt.Sprintf("without scripts %t", bare), func(t *testing.T) {
			p := c.comes(t)
			forms := 1
			if bare {
				p.bare()
				forms = 2
			}
			p.becomes("counter")
			p.open("/new?chain=homestead&household=" + household)
			before := len(clerk.cases())
			if n := p.pressesTwice("*/new", ".doing button:not(.second)", "/^.cases.\\d+$/.test(location.pathname)"); n != forms {
				t.Errorf("the application was sent %d times, want %d", n, forms)
			}
			if n := len(clerk.cases()) - before; n != 1 {
				t.Errorf("two presses make %d cases", n)
			}
			id := strings.TrimPrefix(p.path(), "/cases/")
			clerk.hands(clerk.get(id))
			seen := clerk.get(id).Seen
			p.open("/cases/" + id)
			if n := p.pressesTwice("*/moves", "#v-submit form > button", "document.querySelector('.lead strong').innerText === '组级已收'"); n != forms {
				t.Errorf("the move was sent %d times, want %d", n, forms)
			}
			if got := group.get(id); got.State != "group_received" || got.Seen != seen+1 {
				t.Errorf("two presses: the case lies in %s and has moved %d times", got.State, got.Seen-seen)
			}
			if p.count(".summary") > 0 {
				t.Errorf("the person is told of a failure:\n%s", p.see(".summary"))
			}
		})
	}
}

// The core works without any script: sign in, find, fill in, be refused, upload, submit, search, print, approve, export.
func TestScriptsOffCore(t *testing.T) {
	c := sharedCounty(t)
	clerk := c.officer(t, "counter")
	p := c.comes(t)
	p.bare()
	p.open("/login")
	p.logsIn("counter")
	holds(t, "the start page", p.see("header"), "退出")
	p.load(at("a.button[href='/new']"))
	p.load(at("a[href='/new?chain=homestead']"))
	p.load(typeIn("#q", "王世杰"), at("main form button"))
	p.load(at("a.row[href*='household=']"))
	p.scriptless()

	// put aside, and taken up again
	p.load(typeIn("#f-reason", "先存着"), at("button[formaction='/drafts']"))
	holds(t, "the start page", p.see("main"), "没填完的表")
	p.load(at("section.inset a[href^='/new?']"))
	if got := p.value("#f-reason"); got != "先存着" {
		t.Errorf("what was put aside is now %q", got)
	}
	// a mistake comes back with what was typed
	p.load(typeIn("#f-proposed-homestead_area", "很大"), typeIn("#f-reason", "孩子大了"), at(".doing button:not(.second)"))
	holds(t, "the refused form", p.see(".summary"), "宅基地面积")
	if got := p.value("#f-reason"); got != "孩子大了" {
		t.Errorf("after a refusal the reason is %q", got)
	}
	if title := evaluate[string](p, "document.title"); !strings.HasPrefix(title, "错误：") {
		t.Errorf("the title of a refused form is %q", title)
	}
	p.load(typeIn("#f-proposed-homestead_area", "130.00"), at(".doing button:not(.second)"))
	id, isCase := strings.CutPrefix(p.path(), "/cases/")
	if !isCase {
		t.Fatalf("no case:\n%s", p.see("main"))
	}
	file := scan(t)
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		p.load(chromedp.SetUploadFiles(chromedp.CSS("#file-"+code), []string{file}), at("#paper-"+code+" form button"))
		if p.count("#paper-"+code+" .lamp.green") != 1 {
			t.Fatalf("%s was not taken:\n%s", code, p.see("#papers"))
		}
	}
	p.scriptless()
	p.load(at("#v-submit form > button"))
	if got := clerk.get(id); got.State != "group_received" {
		t.Errorf("the submitted case lies in %s", got.State)
	}
	number := clerk.get(id).Number
	p.load(typeIn("#find", number), at(".find button"))
	if n := p.count(`a.row[href="/cases/` + id + `"]`); n != 1 {
		t.Errorf("the search for %s finds %d:\n%s", number, n, p.see("main"))
	}
	p.load(typeIn("#find", "wsj"), at(".find button"))
	if n := p.count(`a.row[href="/cases/` + id + `"]`); n != 1 {
		t.Errorf("the search by initials finds %d:\n%s", n, p.see("main"))
	}

	// print: the link leads to the paper itself
	intake := clerk.first("planning_permit", "township_intake")
	p.open("/cases/" + intake.ID)
	href := evaluate[string](p, "(document.querySelector('a[data-print]') || {}).href || ''")
	paper := clerk.send("GET", strings.TrimPrefix(href, c.base), "", nil)
	if kind := paper.Header.Get("Content-Type"); paper.StatusCode != 200 || kind != "application/pdf" || !strings.HasPrefix(string(paper.body), "%PDF") {
		t.Errorf("the print link %s gives %d %s", href, paper.StatusCode, kind)
	}
	if strings.Contains(paper.Header.Get("Content-Disposition"), "attachment") {
		t.Error("the paper is downloaded instead of shown")
	}
	p.load(at("form.who button"))

	// approve
	p.open("/login")
	p.logsIn("group")
	p.load(at(`a.row[href="/cases/` + id + `"]`))
	p.load(at("main .act.main form > button:not(.second)"))
	if got := clerk.get(id); got.State != "group_meeting" {
		t.Errorf("the case of the group lies in %s", got.State)
	}
	p.load(at("form.who button"))

	// export
	p.open("/login")
	p.logsIn("auditor")
	p.open("/audit/breaches")
	files := p.downloads()
	p.do(at("#excel"))
	if file := p.arrives(files); !strings.HasSuffix(file.name, ".xlsx") {
		t.Errorf("the export comes as %q", file.name)
	}
}
