package screens_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a page may take before a test gives it up; nothing is measured against it.
const patience = 20 * time.Second

// person sits before one tab of the browser, with cookies and a cache of his own.
type person struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu    sync.Mutex
	bytes float64        // over the wire since forget
	hosts map[string]int // who answered
	mouse []string       // trusted presses of a mouse or finger that the pages saw
	keys  []string       // keys pressed
}

// comes opens a tab with a new profile.
func (c *county) comes(t *testing.T) *person {
	t.Helper()
	ctx, leave := chromedp.NewContext(theBrowser(t), chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	return newPerson(t, ctx, c.base)
}

// tab opens another tab of the same person.
func (p *person) tab() *person {
	p.t.Helper()
	ctx, leave := chromedp.NewContext(p.ctx)
	p.t.Cleanup(leave)
	return newPerson(p.t, ctx, p.base)
}

// watch tells the test of each press of a mouse or finger that a page sees. Keys that press a button make a click too, with detail 0.
const watch = `(() => { if (window.anjuWatched) return; window.anjuWatched = true;
for (const kind of ['mousedown', 'click', 'touchstart', 'pointerdown']) addEventListener(kind, e => {
  if (e.isTrusted && (kind !== 'click' || e.detail > 0)) pressed(kind + ' ' + (e.target.id || e.target.tagName)); }, true); })()`

func newPerson(t *testing.T, ctx context.Context, base string) *person {
	t.Helper()
	p := &person{t: t, ctx: ctx, base: base, hosts: map[string]int{}}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1366, 768)); err != nil { // the tab lives as long as the context of this first step
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	tell(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	tell(p, network.Enable, network.EnableParams{})
	tell(p, runtime.AddBinding, runtime.AddBindingParams{Name: "pressed"})
	tell(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	return p
}

// tell gives the browser one order of its protocol.
func tell[P, R any](p *person, cmd cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		p.t.Fatalf("%s: %v", cmd.Method, err)
	}
	return r
}

func (p *person) hear(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventResponseReceived:
		if u, err := url.Parse(e.Response.URL); err != nil || u.Scheme != "about" && u.Scheme != "data" && u.Scheme != "blob" {
			p.hosts[u.Scheme+"://"+u.Host]++
		}
	case *network.EventLoadingFinished:
		p.bytes += e.EncodedDataLength
	case *runtime.EventBindingCalled:
		p.mouse = append(p.mouse, e.Payload)
	case *page.EventJavascriptDialogOpening:
		go func() { // "leave this page?": stay, as a person would who reads it
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
		}()
	}
}

// forget begins a new account of what comes over the wire, and of who pressed what.
func (p *person) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes, p.mouse, p.keys = 0, nil, nil
}

func (p *person) weight() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

func (p *person) presses() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.mouse...)
}

func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%v\n%s", err, p.see("body"))
	}
}

// load does what brings a new page and waits for it.
func (p *person) load(steps ...chromedp.Action[chromedp.Void]) *network.Response {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		p.t.Fatalf("no page comes: %v\n%s", err, p.see("body"))
	}
	return res
}

// open goes to a page of the county.
func (p *person) open(path string) int64 {
	p.t.Helper()
	return p.load(chromedp.Navigate(p.base + path)).Status
}

func evaluate[T any](p *person, js string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js))
	if err != nil {
		p.t.Fatalf("%s: %v", js, err)
	}
	return v
}

// until waits for a condition on the page, also over the coming of a new one.
func (p *person) until(js string) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("document.readyState === 'complete' && !!("+js+")"))
		cancel()
		if ok {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("never happens: %s (%v)\n%s", js, err, p.see("body"))
		}
	}
}

// see is the text of a part of the page as it stands.
func (p *person) see(sel string) string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.innerText).join('\\n')", sel)))
	if err != nil {
		return err.Error()
	}
	return v
}

func (p *person) count(sel string) int {
	p.t.Helper()
	return evaluate[int](p, fmt.Sprintf("document.querySelectorAll(%q).length", sel))
}

func (p *person) path() string {
	p.t.Helper()
	return evaluate[string](p, "location.pathname")
}

func (p *person) value(sel string) string {
	p.t.Helper()
	return evaluate[string](p, fmt.Sprintf("document.querySelector(%q).value", sel))
}

func at(sel string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(sel)) }

// typeIn writes a text into a field, over what stands there.
func typeIn(sel, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Focus(chromedp.CSS(sel)), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		all := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: "a", Code: "KeyA", Modifiers: int64(chromedp.ModifierCtrl), WindowsVirtualKeyCode: 'A', Commands: []string{"selectAll"}}
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, all); err != nil {
			return err
		}
		all.Type, all.Commands = input.DispatchKeyEventTypeKeyUp, nil
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, all); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// becomes puts the session of an account into the profile, without the way over the login page.
func (p *person) becomes(login string) *http.Cookie {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	client := http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(p.base+"/login", url.Values{"login": {login}, "password": {password}, "next": {"/"}})
	if err != nil {
		p.t.Fatal(err)
	}
	_ = resp.Body.Close()
	u, err := url.Parse(p.base)
	if err != nil {
		p.t.Fatal(err)
	}
	var session *http.Cookie
	for _, c := range jar.Cookies(u) {
		tell(p, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: p.base})
		if c.Name == "anju_session" {
			session = c
		}
	}
	if session != nil {
		return session
	}
	p.t.Fatalf("%s cannot log in: %d", login, resp.StatusCode)
	return nil
}

// logsIn types account and password on the login page as it stands.
func (p *person) logsIn(login string) {
	p.t.Helper()
	p.load(typeIn("#login", login), typeIn("#password", password), at("main form button"))
}

// cookie sets one of the county's cookies in the profile.
func (p *person) cookie(name, value string) {
	p.t.Helper()
	tell(p, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: p.base})
}

// phone makes the tab a phone of the narrowest kind in use.
func (p *person) phone() {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(360, 640, chromedp.EmulateMobile, chromedp.EmulateTouch))
}

// narrow makes the window as narrow as a phone, or as wide as a counter's screen again.
func (p *person) narrow(on bool) {
	p.t.Helper()
	if on {
		p.do(chromedp.EmulateViewport(360, 640))
	} else {
		p.do(chromedp.EmulateViewport(1366, 768))
	}
}

// cut takes the line away, or gives it back.
func (p *person) cut(away bool) {
	p.t.Helper()
	free := -1.0
	tell(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
		{Offline: away, DownloadThroughput: free, UploadThroughput: free}}})
	tell(p, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: away, DownloadThroughput: free, UploadThroughput: free})
}

// wide tells by how many pixels the page is wider than the window.
func (p *person) wide(window int) int {
	p.t.Helper()
	return evaluate[int](p, "document.documentElement.scrollWidth") - window
}

// sticksOut names what of a page reaches over the edge of the window.
func (p *person) sticksOut(window int) string {
	p.t.Helper()
	return evaluate[string](p, fmt.Sprintf(`[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > %d + 1 && !e.closest('.scroll'))
		.slice(0, 5).map(e => e.tagName + '#' + e.id + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right)).join(', ')`, window))
}

// key presses keys one after the other where the focus is, and counts them. The text of a key goes with its press: a page that takes
// the press for itself keeps the text from the field, as with a real keyboard.
func (p *person) key(keys string, mods ...chromedp.Modifier) {
	p.t.Helper()
	for _, r := range keys {
		k := kb.Keys[r]
		if k == nil {
			p.t.Fatalf("no key for %q", r)
		}
		name := k.Key
		down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: k.Key, Code: k.Code, WindowsVirtualKeyCode: k.Windows, NativeVirtualKeyCode: k.Native}
		for _, m := range mods {
			down.Modifiers |= int64(m)
			name = map[chromedp.Modifier]string{chromedp.ModifierCtrl: "Ctrl", chromedp.ModifierShift: "Shift", chromedp.ModifierAlt: "Alt"}[m] + "+" + name
		}
		up := down
		up.Type = input.DispatchKeyEventTypeKeyUp
		switch shortcut := down.Modifiers&^int64(chromedp.ModifierShift) != 0; {
		case shortcut && r == 'a':
			down.Commands = []string{"selectAll"}
		case !shortcut:
			down.Text, down.UnmodifiedText = k.Text, k.Unmodified
		}
		p.keys = append(p.keys, name)
		tell(p, input.DispatchKeyEvent, down)
		tell(p, input.DispatchKeyEvent, up)
	}
}

// types writes a text as the input method hands it over: one piece, counted as one key for each character.
func (p *person) types(text string) {
	p.t.Helper()
	for _, r := range text {
		p.keys = append(p.keys, string(r))
	}
	tell(p, input.InsertText, input.InsertTextParams{Text: text})
}

// focused is the id, or else the words, of what has the focus.
func (p *person) focused() string {
	p.t.Helper()
	return evaluate[string](p, `(e => !e ? '' : e.tagName === 'BUTTON' ? '按钮 ' + e.innerText : e.id || e.getAttribute('href') || e.innerText || e.tagName)(document.activeElement)`)
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can always be written
	}
	return string(b)
}

func holds(t *testing.T, where, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q:\n%s", where, w, text)
		}
	}
}
