package screens_test

import (
	"anju/models/modelstest"
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeFile is where .ci/install puts axe-core. It is no part of the product and stays out of its repository.
const axeFile = "/usr/local/share/anju-test/axe.min.js"

// axeCore is the text of axe-core, from ANJU_AXE or from where .ci/install puts it. The test is skipped where it is missing, or fails
// under ANJU_TEST_REQUIRE=axe.
func axeCore(t *testing.T) string {
	t.Helper()
	path := os.Getenv("ANJU_AXE")
	if path == "" {
		path = axeFile
	}
	b, err := os.ReadFile(path)
	if err == nil {
		return string(b)
	}
	modelstest.Missing(t, "axe", fmt.Sprintf("axe-core is missing, .ci/install fetches it: %v", err))
	return ""
}

// finding is one rule of axe that a page breaks.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target []any
		Why    string
	}
}

const runAxe = `axe.run(document, {resultTypes: ['violations'], preload: false%s}).then(r => r.violations.map(v => ({id: v.id, impact: v.impact || '', help: v.help,
	nodes: v.nodes.map(n => ({target: n.target, why: [...n.any, ...n.all, ...n.none].map(c => c.message).join('; ')}))})))`

// looks lets axe read the page as it stands, by all its rules or only some, and reports what is serious.
func (p *person) looks(where, only string) (rest map[string]string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]finding](fmt.Sprintf(runAxe, only), chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("axe on %s: %v", where, err)
	}
	rest = map[string]string{}
	for _, f := range found {
		line := fmt.Sprintf("%s: %s (%s) %s", where, f.ID, f.Impact, f.Help)
		for i, n := range f.Nodes {
			if i == 3 {
				line += fmt.Sprintf("; and %d more", len(f.Nodes)-i)
				break
			}
			line += fmt.Sprintf("\n  %v: %s", n.Target, n.Why)
		}
		if f.Impact == "serious" || f.Impact == "critical" {
			p.t.Error(line)
		} else {
			rest[f.ID] = line
		}
	}
	return rest
}

// dark makes the screen one that wants dark pages, or a plain one again.
func (p *person) dark(on bool) {
	p.t.Helper()
	var wish []*emulation.MediaFeature
	if on {
		wish = append(wish, &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"})
	}
	tell(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: wish})
	if got := evaluate[bool](p, "matchMedia('(prefers-color-scheme: dark)').matches"); got != on {
		p.t.Fatalf("the screen is dark: %t", got)
	}
}

func TestNoSeriousFindingsOfAxe(t *testing.T) {
	axe := axeCore(t)
	c := sharedCounty(t)
	seen, lesser := 0, map[string]bool{} // a rule without weight is told once
	everyPage(t, c, func(t *testing.T, p *person, x onePage, first bool) {
		if first { // the switch of large type is a class of the page, which the cookie sets
			p.cookie("anju_big", "1")
			p.open(x.path)
			if p.count("html.big") != 1 {
				t.Errorf("%s: no large type", x.path)
			}
			p.cookie("anju_big", "0")
		}
		p.open(x.path)
		if p.count("html.big") != 0 {
			t.Errorf("%s: the large type does not go away", x.path)
		}
		// The page allows no script but its own; what the protocol evaluates is not the page's. What is folded is looked at unfolded.
		evaluate[bool](p, axe+"\n;document.querySelectorAll('details').forEach(d => { d.open = true; }), true")
		where := fmt.Sprintf("%s of %q (%s)", x.name, x.who, x.path)
		for rule, line := range p.looks(where, "") {
			if !lesser[rule] {
				lesser[rule] = true
				t.Log(line)
			}
		}
		if seen++; !modelstest.Whole() && seen%5 != 1 { // of the ordinary run every fifth page
			return
		}
		// large type changes sizes and places: the rules that look at them
		evaluate[bool](p, "document.documentElement.classList.toggle('big', true), true")
		p.looks(where+" in large type", ", runOnly: ['color-contrast', 'target-size', 'scrollable-region-focusable']")
		evaluate[bool](p, "document.documentElement.classList.toggle('big', false), true")
		// a dark screen changes the colours and nothing else
		p.dark(true)
		p.looks(where+" on a dark screen", ", runOnly: ['color-contrast']")
		p.dark(false)
	})
	if least := modelstest.Size(45, 60); seen < least {
		t.Errorf("axe looked only at %d pages", seen)
	}
}
