package screens_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Least height of what a finger must hit, in CSS pixels (MIIT: 44 dp, and 60 dp in the version for the old).
const (
	finger    = 44
	oldFinger = 60
)

// middle brings an element into the window and tells where its middle is.
func (p *person) middle(sel string) []float64 {
	p.t.Helper()
	at := evaluate[[]float64](p, fmt.Sprintf(`(e => { if (!e) return []; e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();
		return [r.left + r.width / 2, r.top + r.height / 2]; })(document.querySelector(%s))`, quote(sel)))
	if len(at) != 2 {
		p.t.Fatalf("no %s on the page:\n%s", sel, p.see("main"))
	}
	return at
}

// tap touches the middle of an element once. Scrolling to it is no tap.
func (p *person) tap(sel string) {
	p.t.Helper()
	at := p.middle(sel)
	p.do(chromedp.TapXY(at[0], at[1]))
}

// taps counts how often a finger touched a page since forget.
func (p *person) taps() (n int) {
	for _, m := range p.presses() {
		if strings.HasPrefix(m, "touchstart") {
			n++
		}
	}
	return n
}

// fits checks that a page on the phone does not scroll sideways, and that a finger hits its buttons and what unfolds its forms.
func (p *person) fits(where string) {
	p.t.Helper()
	least := finger
	if p.count("html.big") > 0 {
		least = oldFinger
	}
	if wide := p.wide(360); wide > 0 {
		p.t.Errorf("%s is %d pixels wider than the phone: %s", where, wide, p.sticksOut(360))
	}
	for _, low := range evaluate[[]string](p, fmt.Sprintf(`[...document.querySelectorAll('main button, main .button, main a.row, main .act > summary, main .chips label')]
		.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < %d).map(e => e.innerText.trim() + ' ' + e.getBoundingClientRect().height)`, least)) {
		p.t.Errorf("%s: too low for a finger: %s px", where, low)
	}
}

// signs goes from the inbox to a case that has moved on, in exactly so many taps.
func (p *person) signs(id string, want int) {
	p.t.Helper()
	p.open("/")
	p.fits("the inbox")
	p.forget()
	p.tap(`a.row[href="/cases/` + id + `"]`)
	p.until("location.pathname === '/cases/" + id + "'")
	p.fits("the case")
	p.tap("main .act.main button:not(.second)")
	p.until("document.querySelector('.notice') && document.querySelector('.notice').innerText.includes('已办理')")
	if got := p.taps(); got != want {
		p.t.Errorf("%d taps, want %d: %v", got, want, p.presses())
	}
}

func TestVillageApprovesInTwoTaps(t *testing.T) {
	c := sharedCounty(t)
	clerk, village := c.officer(t, "counter"), c.officer(t, "village")
	reviewed := village.first("homestead", "village_review")
	village.reviews(reviewed)
	fresh := clerk.moves(clerk.hands(clerk.opens("planning_permit", 1)[0]), "submit", nil)
	if fresh.State != "village_review" {
		t.Fatalf("the new case lies in %s", fresh.State)
	}
	p := c.comes(t)
	p.phone()
	p.becomes("village")

	t.Run("signs what was reviewed", func(t *testing.T) {
		p.t = t
		p.signs(reviewed.ID, 2)
		if got := village.get(reviewed.ID); got.State != "township_intake" {
			t.Errorf("the case lies in %s", got.State)
		}
	})
	t.Run("reviews and signs", func(t *testing.T) {
		p.t = t
		p.signs(fresh.ID, 2)
		if got := village.get(fresh.ID); got.State != "township_intake" {
			t.Errorf("after two taps the case lies in %s (%s)", got.State, got.Title)
		}
	})
	t.Run("returns with a common reason", func(t *testing.T) {
		p.t = t
		returned := village.first("planning_permit", "village_review")
		p.open("/")
		p.forget()
		p.tap(`a.row[href="/cases/` + returned.ID + `"]`)
		p.until("location.pathname === '/cases/" + returned.ID + "'")
		if p.count("#v-return[open]") == 0 {
			p.tap("#v-return > summary")
		}
		p.fits("the case with its reasons")
		p.tap("#v-return .chips label")
		p.tap("#v-return form > button")
		p.until("document.querySelector('.notice') && document.querySelector('.notice').innerText.includes('已办理')")
		if got := p.taps(); got > 4 {
			t.Errorf("%d taps, more than 4: %v", got, p.presses())
		}
		if got := village.get(returned.ID); got.State != "returned" {
			t.Errorf("the case lies in %s", got.State)
		}
		p.fits("the returned case")
		holds(t, "the history", p.see(".timeline li:first-child"), "材料不齐全")
	})
	t.Run("in large type", func(t *testing.T) {
		p.t = t
		p.cookie("anju_big", "1")
		p.open("/")
		p.fits("the inbox in large type")
		p.open("/cases/" + reviewed.ID)
		p.fits("a case in large type")
		group := c.comes(t)
		group.phone()
		group.becomes("group")
		group.cookie("anju_big", "1")
		group.open("/cases/" + clerk.first("homestead", "group_notice").ID)
		group.fits("the notice in large type")
	})
}
