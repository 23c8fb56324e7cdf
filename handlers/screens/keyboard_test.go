package screens_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keysOfEntry is what the entry of one application may cost in keys (ux.md, section 2: 32 fields, 223 keys), the texts included. A
// Chinese character counts as one key, as it reaches the page: the further letters that an input method asks for are its own, and the
// same in every program. Measured when this was written: 176 keys over 44 stops of the form, 80 of them letters of texts, 96 Enter, Tab,
// digits that choose and F4, among them ten for unticking and ticking again what the demo's example has ticked.
const keysOfEntry = 223

// entry is what a clerk types into the form of a homestead application, by field; texts first, then choices as the place in the list.
var entry = struct {
	texts   map[string]string
	choices map[string]int
	ticks   []string
}{
	texts: map[string]string{"f-proposed-homestead_area": "132.50", "f-proposed-footprint_area": "98.00", "f-proposed-address": "稷峰镇马村村南3排8号",
		"f-proposed-boundary-east": "水渠", "f-proposed-boundary-south": "李大山宅", "f-proposed-boundary-west": "村路", "f-proposed-boundary-north": "空地",
		"f-proposed-building_area": "196.00", "f-proposed-floors": "2", "f-proposed-height": "7.10", "f-proposed-max_span": "4.00",
		"f-reason": "儿子成家，老宅住不下", "f-commitment-c2_months": "18", "f-commitment-c3_days": "90"},
	choices: map[string]int{"f-disposal": 2, "f-proposed-build_type": 3, "f-proposed-land_class": 1, "f-proposed-use": 1, "f-commitment-reason": 1, "f-drawing_source": 1},
	ticks:   []string{"f-grounds-0", "f-split_needed", "f-collective_member", "f-proposed-neighbors_consulted", "f-commitment-c1"},
}

func scan(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "扫描件.png")
	if err := os.WriteFile(path, picture(60, 80), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tabTo presses Tab until the focus is where it should be; a person sees it, so the number of presses counts and is bounded.
func (p *person) tabTo(want string, most int) {
	p.t.Helper()
	for range most {
		p.key(kb.Tab)
		if strings.HasPrefix(p.focused(), want) {
			return
		}
	}
	p.t.Fatalf("%d times Tab do not lead to %s; the focus is on %s\n%s", most, want, p.focused(), p.see("main"))
}

// skipTo goes to the first thing of a page's own matter: the skip link is the first stop of every page.
func (p *person) skipTo(want string, most int) {
	p.t.Helper()
	p.key(kb.Tab)
	p.key(kb.Enter)
	p.tabTo(want, most)
}

// fill goes through the form by Enter, from its first field to its button, and enters what the clerk has to enter.
func (p *person) fill() (fields int) {
	p.t.Helper()
	done := map[string]bool{}
	for range 80 {
		id := p.focused()
		text, isText := entry.texts[id]
		place, isChoice := entry.choices[id]
		switch {
		case isText:
			if evaluate[bool](p, "document.activeElement.tagName === 'TEXTAREA'") {
				p.key("a", chromedp.ModifierCtrl)
			}
			p.types(text)
		case isChoice:
			p.key(fmt.Sprint(place))
		}
		for _, tick := range entry.ticks {
			if tick == id {
				p.key(" ") // the example of the demo has it ticked: off, and on again
				p.key(" ")
				isText = true
			}
		}
		if isText || isChoice {
			done[id] = true
		}
		switch tag := evaluate[string](p, "document.activeElement.tagName"); tag {
		case "BUTTON":
			if want := len(entry.texts) + len(entry.choices) + len(entry.ticks); len(done) != want {
				p.t.Errorf("the keys came by %d of %d fields: %v", len(done), want, done)
			}
			return fields
		case "SUMMARY", "TEXTAREA": // Enter would open it, or break the line
			p.key(kb.Tab)
		default:
			p.key(kb.Enter)
		}
		fields++
		if p.focused() == id {
			p.t.Fatalf("the keys do not get on from %s", id)
		}
	}
	p.t.Fatalf("the form does not end; the focus is on %s", p.focused())
	return 0
}

func TestCounterEntersAnApplicationByKeyboardAlone(t *testing.T) {
	c := sharedCounty(t)
	clerk := c.officer(t, "counter")
	before := len(clerk.cases())
	p := c.comes(t)
	p.open("/login")
	p.forget()

	p.skipTo("login", 2)
	p.types("counter")
	p.key(kb.Tab)
	p.types(password)
	p.key(kb.Enter)
	p.until("location.pathname === '/'")
	p.skipTo("/new", 2)
	p.key(kb.Enter)
	p.until("location.pathname === '/new'")
	p.skipTo("/new?chain=homestead", 3)
	p.key(kb.Enter)
	p.until("document.activeElement.id === 'q'") // the page comes with the focus in its one field
	p.types("jhl")
	p.key(kb.Enter)
	p.until("document.querySelector('.list .row')")
	holds(t, "the search by initials", p.see(".list"), "贾海龙")
	p.tabTo("/new?chain=homestead&household=", 3)
	p.key(kb.Enter)
	p.until("document.querySelector('form[data-draft]')")

	p.skipTo("f-grounds-0", 3)
	fields := p.fill()
	p.key(kb.Enter)
	p.until("/^.cases.\\d+$/.test(location.pathname)")
	id := strings.TrimPrefix(p.path(), "/cases/")
	file := scan(t)
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		p.key(kb.F4)
		if got := p.focused(); got != "file-"+code {
			t.Fatalf("F4 leads to %s, want the file of %s", got, code)
		}
		p.do(chromedp.SetUploadFiles(chromedp.CSS("#file-"+code), []string{file})) // the scanner's part
		p.until("document.querySelector('#paper-" + code + " .lamp.green')")
	}
	p.skipTo("按钮 提交", 12)
	t.Logf("to the button of the case: %v", p.keys[len(p.keys)-14:])
	p.key(kb.Enter)
	p.until("document.querySelector('.lead strong') && document.querySelector('.lead strong').innerText !== '草稿'")

	if got := clerk.get(id); got.State != "group_received" || got.Household.Head != "贾海龙" {
		t.Errorf("the case is in %s, of %s", got.State, got.Household.Head)
	}
	if n := len(clerk.cases()); n != before+1 {
		t.Errorf("%d cases more, want one", n-before)
	}
	var saved struct {
		Application struct{ Proposed struct{ Address string } }
	}
	clerk.ask("GET", "/cases/"+id, nil, &saved)
	if got := saved.Application.Proposed.Address; got != entry.texts["f-proposed-address"] {
		t.Errorf("the address is kept as %q", got)
	}
	letters := len([]rune("counter" + password + "jhl"))
	for _, text := range entry.texts {
		letters += len([]rune(text))
	}
	t.Logf("%d keys for %d fields and the way: %d letters of texts, %d others", len(p.keys), fields, letters, len(p.keys)-letters)
	t.Logf("all keys: %s", strings.Join(p.keys, " "))
	if len(p.keys) > keysOfEntry {
		t.Errorf("%d keys, more than %d", len(p.keys), keysOfEntry)
	}
	if m := p.presses(); len(m) > 0 {
		t.Errorf("something was clicked: %v", m)
	}
}

// Enter belongs to the input method while it composes: it takes a word, and does not leave the field.
func TestEnterStaysWhileAnInputMethodComposes(t *testing.T) {
	c := sharedCounty(t)
	p := c.comes(t)
	p.becomes("counter")
	p.open("/new?chain=homestead&household=15")
	const field = "f-proposed-boundary-east"
	p.do(chromedp.Focus(chromedp.CSS("#" + field)))
	p.key("a", chromedp.ModifierCtrl)
	tell(p, input.ImeSetComposition, input.ImeSetCompositionParams{Text: "shui'qu", SelectionStart: 7, SelectionEnd: 7})
	evaluate[bool](p, `addEventListener('keydown', e => { window.heard = [e.key, e.isComposing, e.keyCode]; }, true), true`)
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, kb.KeyUp} { // the input method eats the character
		tell(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13})
	}
	if composing := evaluate[bool](p, "window.heard[1] || window.heard[2] === 229"); !composing {
		t.Fatalf("the browser did not compose: %v", evaluate[[]any](p, "window.heard"))
	}
	if got := p.focused(); got != field {
		t.Errorf("Enter while composing jumps to %s", got)
	}
	tell(p, input.InsertText, input.InsertTextParams{Text: "水渠"})
	if got := p.value("#" + field); got != "水渠" {
		t.Errorf("the field holds %q", got)
	}
	p.key(kb.Enter)
	if got := p.focused(); got != "f-proposed-boundary-south" {
		t.Errorf("Enter after composing leads to %s", got)
	}
	p.key(kb.Enter, chromedp.ModifierShift)
	if got := p.focused(); got != field {
		t.Errorf("Shift+Enter leads to %s", got)
	}
	p.do(chromedp.Focus(chromedp.CSS("#f-disaster"))) // a folded part of the form stands before it
	p.key(kb.Enter, chromedp.ModifierShift)
	if got := p.focused(); got == "f-disaster" {
		t.Errorf("Shift+Enter does not get on from %s", got)
	}
}

// The keys that the help page promises, wherever the focus is.
func TestKeysOfTheHelpPage(t *testing.T) {
	c := sharedCounty(t)
	p := c.comes(t)
	p.becomes("counter")
	form := "/new?chain=homestead&household=13"
	p.open(form)
	p.key("/")
	if got := p.focused(); got != "find" {
		t.Errorf("/ leads to %s", got)
	}
	p.do(chromedp.Focus(chromedp.CSS("#f-planning_area_note")))
	p.key("/") // in a field it is a letter
	if got := p.value("#f-planning_area_note"); got != "/" || p.focused() != "f-planning_area_note" {
		t.Errorf("/ in a field makes %q and leads to %s", got, p.focused())
	}
	p.do(chromedp.Focus(chromedp.CSS("#f-disposal")))
	p.key("3")
	if got := p.value("#f-disposal"); got != "other" {
		t.Errorf("3 chooses %q", got)
	}
	p.key(kb.F2)
	p.until("/已保存/.test(document.querySelector('.saved').innerText)")
	other := p.tab()
	other.open(form)
	if got := other.value("#f-disposal"); got != "other" {
		t.Errorf("F2 saved %q", got)
	}
	p.do(chromedp.Focus(chromedp.CSS("#f-relocation > summary")))
	p.key(kb.Enter)
	if p.count("#f-relocation[open]") != 1 {
		t.Error("Enter does not unfold a part of the form")
	}
	p.key(kb.Tab)
	p.key(kb.Escape)
	if got := evaluate[string](p, "document.activeElement.parentElement.id"); p.count("#f-relocation[open]") != 0 || got != "f-relocation" {
		t.Errorf("Esc leaves it unfolded: %d, and leads to %q", p.count("#f-relocation[open]"), got)
	}
	p.do(chromedp.Focus(chromedp.CSS("#f-disposal")))
	p.key("2")
	p.key(kb.Enter, chromedp.ModifierCtrl)
	p.until("/^.cases.\\d+$/.test(location.pathname)")

	clerk := c.officer(t, "counter")
	p.open("/cases/" + clerk.first("planning_permit", "township_intake").ID)
	p.key(kb.F9)
	if got := evaluate[string](p, "document.activeElement.parentElement.id"); got != "v-request_correction" {
		t.Errorf("F9 leads to %q", got)
	}
	href := evaluate[string](p, "document.querySelector('a[data-print]').href")
	asked := make(chan string, 1)
	if err := chromedp.Listen(p.ctx, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok && e.Request.URL == href {
			asked <- e.Request.URL
		}
	}); err != nil {
		t.Fatal(err)
	}
	p.key(kb.F8)
	select {
	case <-asked:
	case <-time.After(patience):
		t.Errorf("F8 does not open %s", href)
	}
}
