package screens_test

import (
	"bytes"
	"image"
	_ "image/jpeg" // what a phone makes of a large picture
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What is half written in these tests.
const (
	lostAddress = "稷峰镇马村村北7排3号"
	lostReason  = "女儿招婿，三代人住不下"
)

// writes half of an application of a household and leaves it on the screen.
func (p *person) writesHalf(household string) string {
	p.t.Helper()
	form := "/new?chain=homestead&household=" + household
	p.open(form)
	p.do(typeIn("#f-proposed-address", lostAddress), typeIn("#f-reason", lostReason))
	return form
}

// stands checks that what was written stands in the form on the screen.
func (p *person) stands(where string) {
	p.t.Helper()
	for sel, want := range map[string]string{"#f-proposed-address": lostAddress, "#f-reason": lostReason} {
		if p.count(sel) != 1 {
			p.t.Fatalf("%s: no %s on the page:\n%s", where, sel, p.see("main"))
		}
		if got := p.value(sel); got != want {
			p.t.Errorf("%s: %s holds %q, want %q", where, sel, got, want)
		}
	}
}

// bar waits until the page says that the line is gone.
func (p *person) bar(words string) {
	p.t.Helper()
	p.until("document.querySelector('.offline') && document.querySelector('.offline').innerText.includes(" + quote(words) + ")")
}

func TestNothingTypedIsLost(t *testing.T) {
	c := sharedCounty(t)
	clerk := c.officer(t, "counter")
	p := c.comes(t)
	p.becomes("counter")

	t.Run("the line breaks while one types", func(t *testing.T) {
		p.t = t
		form := p.writesHalf("18")
		p.cut(true)
		p.bar("网络断开")
		p.do(typeIn("#f-proposed-boundary-east", "断网后写的"))
		p.stands("without a line")
		p.cut(false)
		p.until("!document.querySelector('.offline') && /已保存/.test(document.querySelector('.saved').innerText)")
		p.stands("with the line back")
		other := p.tab()
		other.open("/")
		holds(t, "the start page", other.see("main"), "没填完的表")
		other.load(at(`section.inset a[href="` + form + `"]`))
		other.stands("in another tab")
		if got := other.value("#f-proposed-boundary-east"); got != "断网后写的" {
			t.Errorf("what was written without a line is %q in another tab", got)
		}
		holds(t, "the form that was put back", other.see(".notice"), "已放回")
	})

	t.Run("two tabs write the same form", func(t *testing.T) {
		p.t = t
		form := p.writesHalf("17")
		p.key(kb.F2)
		p.until("/已保存/.test(document.querySelector('.saved').innerText)")
		other := p.tab()
		other.open(form)
		other.do(typeIn("#f-proposed-address", "另一页写的地址"))
		other.key(kb.F2)
		other.until("/已保存/.test(document.querySelector('.saved').innerText)")
		p.do(chromedp.Focus(chromedp.CSS("#f-reason")))
		p.key(kb.F2)
		p.until("/另一个页面/.test(document.querySelector('.saved').innerText)")
		said := p.see(".saved")
		holds(t, "the tab that comes second", said, "地址", lostAddress, "另一页写的地址")
		for _, bare := range []string{"d.", "split_household", "申请理由"} { // names of the program, and what is the same in both
			if strings.Contains(said, bare) {
				t.Errorf("the tab that comes second says %q: %s", bare, said)
			}
		}
		p.stands("in the tab that comes second")
		if got := other.value("#f-proposed-address"); got != "另一页写的地址" {
			t.Errorf("the tab that came first holds %q", got)
		}
		p.key(kb.F2) // it goes on as this page has it
		p.until("/已保存/.test(document.querySelector('.saved').innerText)")
		third := p.tab()
		third.open(form)
		third.stands("in a third tab")
	})

	t.Run("the line breaks at the submission", func(t *testing.T) {
		p.t = t
		p.writesHalf("19")
		before := len(clerk.cases())
		p.cut(true)
		p.do(at("form[data-draft] .doing button:not(.second)"))
		p.bar("恢复后自动提交")
		p.stands("before the line is back")
		p.cut(false)
		p.until("/^.cases.\\d+$/.test(location.pathname)")
		if n := len(clerk.cases()) - before; n != 1 {
			t.Errorf("%d cases more, want one", n)
		}
		holds(t, "the case", p.see("main"), lostAddress, lostReason)
	})

	t.Run("the answer is lost on the way", func(t *testing.T) {
		p.t = t
		p.writesHalf("12")
		before := len(clerk.cases())
		p.losesAnswer("*/new")
		p.do(at("form[data-draft] .doing button:not(.second)"))
		p.bar("恢复后自动提交")
		if n := len(clerk.cases()) - before; n != 1 {
			t.Fatalf("%d cases more while the answer is lost: the cut came too early", n)
		}
		p.until("/^.cases.\\d+$/.test(location.pathname)")
		if n := len(clerk.cases()) - before; n != 1 {
			t.Errorf("%d cases more, want one", n)
		}
		holds(t, "the case", p.see("main"), lostAddress)
	})

	t.Run("the line breaks in an upload", func(t *testing.T) {
		p.t = t
		draft := clerk.opens("planning_permit", 1)[0]
		file := filepath.Join(t.TempDir(), "大照片.png")
		photo := noise(720, 540)
		if len(photo) < 1<<20 {
			t.Fatalf("the picture has only %d bytes", len(photo))
		}
		if err := os.WriteFile(file, photo, 0o600); err != nil {
			t.Fatal(err)
		}
		p.open("/cases/" + draft.ID)
		p.slow(100 << 10)
		p.do(chromedp.SetUploadFiles(chromedp.CSS("#file-RP01"), []string{file}))
		p.until("/第 1.1 个/.test(document.querySelector('#paper-RP01 .saved').innerText)") // a first piece is there
		sent := p.see("#paper-RP01 .saved")
		p.cut(true)
		p.bar("已传的部分保留着")
		if clerk.get(draft.ID).has("RP01") {
			t.Fatal("the picture was there before the line broke")
		}
		p.cut(false)
		p.until("document.querySelector('#paper-RP01 .lamp.green')")
		t.Logf("cut after: %s", sent)
		got := clerk.send("GET", "/api/v1/cases/"+draft.ID+"/materials/RP01", "", nil)
		img, kind, err := image.Decode(bytes.NewReader(got.body))
		if err != nil {
			t.Fatalf("what arrived is no picture: %d %v", got.StatusCode, err)
		}
		if s := img.Bounds().Size(); s.X != 720 || s.Y != 540 {
			t.Errorf("a %s of %v arrived, want 720 × 540", kind, s)
		}
	})

	t.Run("the login runs out", func(t *testing.T) {
		p := c.comes(t)
		session := p.becomes("counter")
		form := p.writesHalf("20")
		before := len(clerk.cases())
		gone := &officer{t: t, base: c.base, token: session.Value}
		gone.ask("DELETE", "/sessions/current", nil, nil)
		p.do(at("form[data-draft] .doing button:not(.second)"))
		p.until("document.querySelector('#password')")
		holds(t, "the login page", p.see("main"), "已为您保存")
		if strings.Contains(p.see("body"), lostAddress) {
			t.Error("the login page shows what was written to whoever comes by")
		}

		for _, login := range []string{"counter2", "planning"} { // somebody else sits down, of another township or of the same
			p.logsIn(login)
			for _, path := range []string{"", "/", form} {
				if path != "" {
					p.open(path)
				}
				if all := p.see("body") + evaluate[string](p, "[...document.querySelectorAll('input,textarea')].map(e => e.value).join(' ')"); strings.Contains(all, lostAddress) ||
					strings.Contains(all, lostReason) || strings.Contains(all, "没填完的表") {
					t.Errorf("%s sees what was written at %q:\n%s", login, path, all)
				}
			}
			p.open("/")
			p.load(at("form.who button"))
		}

		p.open("/login?next=" + strings.NewReplacer("?", "%3F", "&", "%26", "=", "%3D").Replace(form))
		p.logsIn("counter")
		p.until("location.search.includes('household=20')")
		p.stands("after the same person has logged in")
		holds(t, "the form", p.see(".notice"), "已放回")
		p.do(at("form[data-draft] .doing button:not(.second)"))
		p.until("/^.cases.\\d+$/.test(location.pathname)")
		if n := len(clerk.cases()) - before; n != 1 {
			t.Errorf("%d cases more, want one", n)
		}
		p.open("/")
		if strings.Contains(p.see("main"), "household=20") || p.count(`a[href="`+form+`"]`) != 0 {
			t.Error("the draft stays when its case is open")
		}
	})
}

// losesAnswer lets one POST to an address reach the county, and loses what comes back.
func (p *person) losesAnswer(pattern string) {
	p.t.Helper()
	events := chromedp.Events(p.ctx, fetch.RequestPaused)
	tell(p, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern, RequestStage: fetch.RequestStageResponse}}})
	go func() {
		for ev, err := range events {
			if err != nil {
				return
			}
			if ev.Request.Method == "POST" {
				_, _ = chromedp.Call(p.ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: ev.RequestID, ErrorReason: network.ErrorReasonConnectionReset})
				_, _ = chromedp.Call(p.ctx, fetch.Disable, cdp.Empty{})
				return
			}
			_, _ = chromedp.Call(p.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: ev.RequestID})
		}
	}()
}

// slow makes the way to the county as narrow as so many bytes in a second.
func (p *person) slow(upload float64) {
	p.t.Helper()
	tell(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
		{DownloadThroughput: -1, UploadThroughput: upload}}})
}

func (c aCase) has(code string) bool {
	for _, m := range c.Materials {
		if m.Code == code {
			return m.Present
		}
	}
	return false
}

// noise is a PNG that cannot be made small.
func noise(width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // an image in memory can be written to memory
	}
	return b.Bytes()
}
