package screens_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"
)

// A download is a file that the browser was given.
type download struct{ name, path string }

// downloads lets the person keep what is downloaded, in a folder of the test.
func (p *person) downloads() <-chan download {
	p.t.Helper()
	dir, yes := p.t.TempDir(), true
	id := chromedp.FromContext(p.ctx).BrowserContextID
	if _, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName,
		BrowserContextID: id, DownloadPath: dir, EventsEnabled: &yes}); err != nil {
		p.t.Fatal(err)
	}
	done, names := make(chan download, 1), map[string]string{}
	if err := chromedp.ListenBrowser(p.ctx, func(ev any) {
		switch e := ev.(type) {
		case *browser.EventDownloadWillBegin:
			names[e.GUID] = e.SuggestedFilename
		case *browser.EventDownloadProgress:
			if name, ours := names[e.GUID]; ours && e.State == browser.DownloadProgressStateCompleted {
				done <- download{name, dir + "/" + e.GUID}
			}
		}
	}); err != nil {
		p.t.Fatal(err)
	}
	return done
}

// arrives waits for a download.
func (p *person) arrives(files <-chan download) download {
	p.t.Helper()
	select {
	case d := <-files:
		return d
	case <-time.After(patience):
		p.t.Fatalf("nothing was downloaded:\n%s", p.see("main"))
		return download{}
	}
}

// All red cards of a township, and the Excel: two clicks from the board; the board, the list and the file say the same number.
func TestAuditorReachesTheExcelInTwoClicks(t *testing.T) {
	c := sharedCounty(t)
	p := c.comes(t)
	p.becomes("auditor")
	p.open("/audit")
	const township = "140824100000"
	red := `a.cards[href*="township=` + township + `"]`
	var number int
	if _, err := fmt.Sscan(p.see(red), &number); err != nil || number < 2 {
		t.Fatalf("the board says %q red cards; the demo has some: %v", p.see(red), err)
	}
	files := p.downloads()
	p.forget()
	p.load(at(red))
	if got := p.path(); got != "/audit/breaches" || !strings.Contains(evaluate[string](p, "location.search"), township) {
		t.Fatalf("the red number leads to %s", got)
	}
	holds(t, "the list", p.see("main"), fmt.Sprintf("共 %d 张红牌", number))
	if rows := p.count("tbody tr"); rows != number {
		t.Errorf("the list has %d lines, the board says %d", rows, number)
	}
	p.do(at("#excel"))
	file := p.arrives(files)
	clicks := 0
	for _, m := range p.presses() {
		if strings.HasPrefix(m, "click") {
			clicks++
		}
	}
	if clicks != 2 {
		t.Errorf("%d clicks, want 2: %v", clicks, p.presses())
	}
	if !strings.HasSuffix(file.name, ".xlsx") {
		t.Errorf("the file is called %q", file.name)
	}

	listed := map[string]int{}
	for _, n := range strings.Fields(p.see("tbody")) {
		if strings.HasPrefix(n, "JS-") {
			listed[n]++
		}
	}
	cards, inFile := cardsIn(t, file.path)
	if cards != number {
		t.Errorf("the Excel has %d cards, the board says %d: %v", cards, number, inFile)
	}
	for n, times := range listed {
		if inFile[n] != times {
			t.Errorf("%s stands %d times in the list and %d times in the Excel", n, times, inFile[n])
		}
	}

	// the file follows the list: a township without a red card has an empty one
	p.open("/audit")
	other := `a.cards[href*="township=140824103000"]`
	if got := p.see(other); got != "0" {
		t.Fatalf("the other township has %q red cards", got)
	}
	p.load(at(other))
	p.do(at("#excel"))
	if n, in := cardsIn(t, p.arrives(files).path); n != 0 {
		t.Errorf("the Excel of a township without a red card has %d: %v", n, in)
	}
}

// cardsIn counts the lines of cases in an Excel, in all and by their number.
func cardsIn(t *testing.T, path string) (cards int, times map[string]int) {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatalf("the Excel does not open: %v", err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	times = map[string]int{}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "JS-") {
				cards++
				times[cell]++
				break
			}
		}
	}
	return cards, times
}
