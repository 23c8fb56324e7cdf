package screens_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// job is one of the jobs that a group has most often, done on the pages as they stand.
type job struct {
	name string
	do   func(p *person)
}

// works does the jobs of a group one after another, each on the page that the last one left, and keeps a picture of each where
// ANJU_SHOTS names a folder.
func (p *person) works(t *testing.T, group string, jobs []job) {
	t.Helper()
	dir := os.Getenv("ANJU_SHOTS")
	for i, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			p.t = t
			j.do(p)
			if dir == "" {
				return
			}
			b, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.MkdirAll(dir, 0o755)
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%02d.png", group, i+1)), b, 0o644)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	p.t = t
}

// takes opens the form of a verb or record on the page of a case, fills it, sends it, and waits until the page says that it was done.
func (p *person) takes(c aCase, form string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.open("/cases/" + c.ID)
	if p.count("details.more:not([open]) #"+form) > 0 { // it stands aside
		p.do(at("details.more:has(#" + form + ") > summary"))
	}
	if p.count("#"+form) == 0 {
		p.t.Fatalf("no %s on the page:\n%s", form, p.see("main"))
	}
	if p.count("#"+form+"[open]") == 0 {
		p.do(at("#" + form + " > summary"))
	}
	p.do(steps...)
	p.do(at("#" + form + " form > button"))
	p.until("document.querySelector('.notice') && document.querySelector('.notice').innerText.includes('已办理')")
}

// scans chooses a picture for a paper of the open case; the script sends it at once.
func (p *person) scans(code string) {
	p.t.Helper()
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#file-"+code), []string{scan(p.t)}))
	p.until("document.querySelector('#paper-" + code + " .lamp.green, #paper-" + code + " a[href]')")
}

// choose picks an option of a list by its value.
func choose(sel, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.SetValue(chromedp.CSS(sel), value))
}

// turn moves the demo clock forward.
func (o *officer) turn(by string) {
	o.t.Helper()
	o.ask("POST", "/demo/clock", map[string]string{"advance": by}, nil)
}

func TestTenJobsOfTheCounter(t *testing.T) {
	outside(t)
	c := ownCounty(t)
	clerk, village := c.officer(t, "counter"), c.officer(t, "village")
	intake := clerk.first("planning_permit", "township_intake")
	var draft, faulty aCase
	p := c.comes(t)
	p.becomes("counter")
	p.works(t, "counter", []job{
		{"the work of the day", func(p *person) {
			p.open("/")
			if p.count("a.row") == 0 || p.count(".lamp.red") == 0 {
				p.t.Errorf("nothing waits, or nothing is late:\n%s", p.see("main"))
			}
		}},
		{"find a case from anywhere", func(p *person) {
			p.key("/")
			p.types(intake.Household.Head)
			p.load(at(".find button"))
			holds(p.t, "the search", p.see("main"), intake.Number)
		}},
		{"find a household by the first letters of its name", func(p *person) {
			p.open("/new?chain=homestead")
			p.load(typeIn("#q", "jhl"), at("main form button"))
			holds(p.t, "the search", p.see("main"), "贾海龙")
		}},
		{"enter an application", func(p *person) {
			p.open("/new?chain=homestead")
			p.load(at("main form.inset button"))
			p.do(typeIn("#f-reason", "儿子结婚，家里住不下"), at("main .doing button"))
			p.until("/^\\/cases\\/\\d+$/.test(location.pathname)")
			draft = clerk.get(strings.TrimPrefix(p.path(), "/cases/"))
			holds(p.t, "what is checked before it is sent", p.see("main"), "先核对申请内容", "儿子结婚，家里住不下")
		}},
		{"scan and attach a paper", func(p *person) {
			p.open("/cases/" + draft.ID)
			p.scans("HP01")
		}},
		{"hand the application on", func(p *person) {
			clerk.hands(draft)
			p.takes(draft, "v-submit")
			holds(p.t, "the case", p.see(".lead"), "组级已收")
		}},
		{"print the slip for the household", func(p *person) {
			p.open("/cases/" + draft.ID + "/slip")
			if p.count(".poster svg path") != 1 || !queryCode.MatchString(p.see(".poster")) {
				p.t.Errorf("no code on the slip:\n%s", p.see("main"))
			}
		}},
		{"tell once what is missing", func(p *person) {
			faulty = clerk.hands(clerk.opens("planning_permit", 1)[0])
			faulty = clerk.moves(faulty, "submit", nil)
			village.reviews(faulty)
			village.moves(faulty, "sign_opinion", map[string]string{"opinion": "同意"})
			p.takes(faulty, "v-request_correction", choose("#v-request_correction-items-0-material_code", "RP05"),
				typeIn("#v-request_correction-items-0-problem", "图纸没有层高"), typeIn("#v-request_correction-items-0-requirement", "补上层高"))
			holds(p.t, "the case", p.see("main"), "待补正", "图纸没有层高", "F16")
		}},
		{"take in the corrected paper", func(p *person) {
			p.open("/cases/" + faulty.ID)
			if p.count("#paper-RP05 details:not([open]) > summary") > 0 {
				p.do(at("#paper-RP05 details > summary"))
			}
			p.do(chromedp.SetUploadFiles(chromedp.CSS("#file-RP05"), []string{scan(p.t)}))
			p.until("document.querySelector('.notice') && document.querySelector('.notice').innerText.includes('已办理')")
			p.takes(faulty, "v-correct")
			holds(p.t, "the case", p.see(".lead"), "乡镇收件")
		}},
		{"accept", func(p *person) {
			p.takes(intake, "v-accept")
			holds(p.t, "the case", p.see("main"), "联审", "F15")
		}},
		{"hand over the certificate", func(p *person) {
			decided := clerk.first("homestead", "decision")
			c.officer(p.t, "township").moves(decided, "approve", map[string]any{"opinion": "同意", "valid_months": 24})
			p.open("/cases/" + decided.ID)
			p.scans("F04")
			p.scans("F05")
			p.takes(decided, "v-issue")
			holds(p.t, "the case", p.see(".lead"), "已发证")
		}},
	})
}

func TestTenJobsOfGroupAndVillage(t *testing.T) {
	outside(t)
	c := ownCounty(t)
	clerk := c.officer(t, "counter")
	received, hung := clerk.first("homestead", "group_received"), clerk.first("homestead", "group_notice")
	extra := clerk.moves(clerk.hands(clerk.opens("homestead", 1)[0]), "submit", nil)
	p := c.comes(t)
	p.phone()
	p.becomes("group")
	p.works(t, "village", []job{
		{"what waits", func(p *person) {
			p.open("/")
			if p.count("a.row") < 3 {
				p.t.Errorf("three cases wait:\n%s", p.see("main"))
			}
			p.fits("the inbox")
		}},
		{"take a case to the meeting", func(p *person) {
			p.takes(received, "v-submit")
			holds(p.t, "the case", p.see(".lead"), "会议讨论")
		}},
		{"write down the meeting and its votes", func(p *person) {
			p.takes(received, "r-meeting_record", typeIn("#r-meeting_record-place", "村委会院内"))
			p.fits("the meeting")
		}},
		{"put up the notice", func(p *person) {
			p.takes(received, "v-publish_notice")
			holds(p.t, "the case", p.see(".lead"), "公示中")
		}},
		{"print it with its code", func(p *person) {
			p.open("/cases/" + received.ID + "/poster")
			if !noticeCode.MatchString(p.see(".poster")) || p.count(".poster svg path") != 1 {
				p.t.Errorf("no code on the poster:\n%s", p.see("main"))
			}
		}},
		{"send a picture of the board", func(p *person) {
			p.open("/cases/" + received.ID)
			p.scans("HP06")
			p.takes(received, "r-public_notice", typeIn("#r-public_notice-place", "村口公示栏"))
		}},
		{"write down an objection", func(p *person) {
			p.takes(hung, "r-objection", typeIn("#r-objection-facts", "北墙挡了我家的路"))
			holds(p.t, "the history", p.see(".timeline"), "异议登记")
		}},
		{"send back with a common reason", func(p *person) {
			p.open("/cases/" + extra.ID)
			p.takes(extra, "v-return", at("#v-return .chips label"))
			holds(p.t, "the case", p.see(".lead"), "退回")
		}},
		{"sign when the notice has run", func(p *person) {
			clerk.turn("240h")
			p.takes(received, "v-sign_opinion")
			p.takes(received, "v-forward")
			holds(p.t, "the case", p.see(".lead"), "村级审查")
		}},
		{"take it back before the village has begun", func(p *person) {
			p.takes(received, "v-take_back")
			holds(p.t, "the case", p.see(".lead"), "组级签署")
		}},
		{"be away, and back", func(p *person) {
			p.open("/profile")
			day := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).Format("2006-01-02")
			p.load(chromedp.SetValue(chromedp.CSS("#from"), day), chromedp.SetValue(chromedp.CSS("#to"), day), typeIn("#reason", "外出培训"), at(`form[action="/profile/leave"] button`))
			holds(p.t, "my settings", p.see("main"), "外出培训", day)
			p.load(at(`form[action$="/end"] button`))
			if strings.Contains(p.see("main ul"), "外出培训") {
				p.t.Errorf("still away:\n%s", p.see("main"))
			}
			p.fits("my settings")
		}},
	})
}

func TestTenJobsOfTheTownship(t *testing.T) {
	outside(t)
	c := ownCounty(t)
	clerk := c.officer(t, "counter")
	joint, decided := clerk.first("planning_permit", "joint_review"), clerk.first("homestead", "decision")
	home := clerk.first("homestead", "joint_review")
	p := c.comes(t)
	p.becomes("planning")
	p.works(t, "township", []job{
		{"the board of the three offices", func(p *person) {
			p.open("/board")
			holds(p.t, "the board", p.see("main"), "联审", "现场", "▲ 未出", joint.Household.Head)
		}},
		{"the visit to the site", func(p *person) {
			p.takes(home, "r-site_record")
			holds(p.t, "the history", p.see(".timeline"), "现场核查记录")
		}},
		{"pictures of the site", func(p *person) {
			p.open("/cases/" + home.ID)
			p.scans("HP07")
		}},
		{"the opinion of an office", func(p *person) {
			p.takes(home, "r-joint_review_sheet")
			holds(p.t, "the history", p.see(".timeline"), "联审意见表")
		}},
		{"the board says who has had his say", func(p *person) {
			p.open("/board")
			if p.count("td .lamp.green") == 0 {
				p.t.Errorf("nobody has had his say:\n%s", p.see("main"))
			}
		}},
		{"the register of contractors", func(p *person) {
			p.open("/contractors")
			if p.count("tbody tr") == 0 {
				p.t.Errorf("the register is empty:\n%s", p.see("main"))
			}
		}},
		{"refuse nothing at once, and ask for the reason", func(p *person) {
			p.becomes("township")
			p.open("/cases/" + decided.ID)
			p.do(at("#v-deny > summary"), at("#v-deny form > button"))
			p.until("document.querySelector('.summary')")
			if got := clerk.get(decided.ID).State; got != "decision" {
				p.t.Errorf("without a reason the case lies in %s", got)
			}
		}},
		{"decide, with a signature drawn by hand", func(p *person) {
			p.open("/cases/" + decided.ID)
			if p.count("#v-approve[open]") == 0 {
				p.do(at("#v-approve > summary"))
			}
			box := p.middle("#v-approve canvas")
			p.do(chromedp.MouseClickXY(box[0], box[1]))
			p.until("document.querySelector('#v-approve input[data-signature]').value.length > 100")
			p.do(at("#v-approve form > button"))
			p.until("document.querySelector('.notice') && document.querySelector('.notice').innerText.includes('已办理')")
			holds(p.t, "the case", p.see("main"), "已批准待发证", "农宅字", "乡字")
		}},
		{"explain a red card", func(p *person) {
			p.open("/")
			p.load(at(`main a[href^="/audit/breaches/"]`))
			p.do(typeIn("#text", "节后积压，已加派人手"), at(`form[action$="/explanations"] button`))
			p.until("document.querySelector('.notice')")
			holds(p.t, "the card", p.see("main"), "待裁定", "节后积压")
		}},
		{"read why a day is the last", func(p *person) {
			p.open("/cases/" + joint.ID + "/clock")
			if p.count(".days .c") < 10 || p.count(".days .last") == 0 {
				p.t.Errorf("the days are not laid out:\n%s", p.see("main"))
			}
			holds(p.t, "whose time it was", p.see("main"), "时间算在谁头上", "总计")
		}},
	})
}

func TestTenJobsOfTheCounty(t *testing.T) {
	outside(t)
	c := ownCounty(t)
	clerk := c.officer(t, "counter")
	issued := clerk.first("homestead", "decision")
	c.officer(t, "township").moves(issued, "approve", map[string]any{"opinion": "同意", "valid_months": 24})
	issued = clerk.moves(clerk.hands(clerk.get(issued.ID)), "issue", map[string]any{"method": "direct", "recipient": issued.Household.Head})
	p := c.comes(t)
	p.becomes("auditor")
	p.works(t, "county", []job{
		{"how many, how late, by whom", func(p *person) {
			p.open("/audit")
			if p.count("svg.chart") < 3 || p.count("table.heat td a") == 0 || p.count("#late ~ div tbody tr") == 0 {
				p.t.Errorf("the board:\n%s", p.see("main"))
			}
		}},
		{"narrow it to a matter", func(p *person) {
			p.load(choose("#chain", "homestead"), at("main form button"))
			if strings.Contains(p.see("table.heat"), "老宅基") || !strings.Contains(p.see("table.heat"), "农村宅基地") {
				p.t.Errorf("not narrowed:\n%s", p.see("table.heat"))
			}
		}},
		{"the cases behind a red cell", func(p *person) {
			p.load(at("table.heat a.t3"))
			if p.count("tbody tr") == 0 || p.count(".lamp.red") != p.count("tbody tr") {
				p.t.Errorf("behind the cell:\n%s", p.see("main"))
			}
		}},
		{"the days of one of them", func(p *person) {
			p.load(at(`tbody a[href$="/clock"]`))
			holds(p.t, "the sheet", p.see("main"), "逐日列表和依据", "时间算在谁头上")
		}},
		{"the register of red cards", func(p *person) {
			p.open("/audit/breaches?status=open")
			if p.count("tbody tr") == 0 {
				p.t.Errorf("no open card:\n%s", p.see("main"))
			}
		}},
		{"rule on one", func(p *person) {
			p.load(at(`tbody a[href^="/audit/breaches/"]`))
			p.do(at(`form[action$="/rulings"] button`))
			p.until("document.querySelector('.summary')") // neither ruling nor ground
			p.do(at(`input[value="upheld"]`), typeIn("#ground", "没有正当理由，红牌成立"), at(`form[action$="/rulings"] button`))
			p.until("document.querySelector('.notice')")
			holds(p.t, "the card", p.see("main"), "红牌成立", "没有正当理由")
		}},
		{"press several late offices at once", func(p *person) {
			p.becomes("supervision")
			p.open("/audit/breaches")
			p.do(at("#case > summary"))
			p.do(at(`#case .check:nth-of-type(1) input`), at(`#case .check:nth-of-type(2) input`), typeIn("#text", "请三日内办结并说明原因"), at("#case form button"))
			p.until("document.querySelectorAll('section[role=status] li').length > 0")
			holds(p.t, "what became of them", p.see("section[role=status]"), "已督办")
		}},
		{"take a filing in", func(p *person) {
			p.becomes("agriculture")
			p.takes(issued, "r-filing_receipt")
			holds(p.t, "the history", p.see(".timeline"), "备案")
		}},
		{"look up a person's number, with a reason that stays", func(p *person) {
			p.open("/households/" + issued.Household.ID)
			if idNumber.MatchString(p.see("main")) {
				p.t.Error("the number stands there unasked")
			}
			p.do(at("#people ~ ul details > summary"))
			p.load(typeIn("#reason-0", "核对备案材料"), at("#people ~ ul details form button"))
			if !idNumber.MatchString(p.see(".notice")) {
				p.t.Errorf("not shown:\n%s", p.see("main"))
			}
			p.open("/households/" + issued.Household.ID)
			p.do(at("main > details:last-of-type > summary"))
			holds(p.t, "who looked", p.see("main"), "核对备案材料")
		}},
		{"the numbers of the board as Excel", func(p *person) {
			p.becomes("auditor")
			p.open("/audit")
			for _, href := range evaluate[[]string](p, `[...document.querySelectorAll('main p a.button')].map(a => a.getAttribute("href"))`) {
				got := c.officer(p.t, "auditor").send("GET", href, "", nil)
				if got.StatusCode != 200 || !strings.HasPrefix(string(got.body), "PK") {
					p.t.Errorf("%s: %d", href, got.StatusCode)
				}
			}
		}},
	})
}

func TestTenJobsOfAVillager(t *testing.T) {
	outside(t)
	c := ownCounty(t)
	clerk, village := c.officer(t, "counter"), c.officer(t, "village")
	mine := clerk.moves(clerk.hands(clerk.opens("planning_permit", 1)[0]), "submit", nil)
	village.reviews(mine)
	village.moves(mine, "sign_opinion", map[string]string{"opinion": "同意"})
	code, digits := clerk.codeOf(mine.ID), tail(t, mine.Household.Head)
	clerk.moves(mine, "request_correction", map[string]any{"items": []map[string]string{{"material_code": "RP05", "problem": "图纸没有层高", "requirement": "补上层高"}}})
	head := c.comes(t)
	head.becomes("group")
	hung := head.noticeOf(clerk.first("homestead", "group_notice").ID)
	p := c.comes(t)
	p.phone()
	p.works(t, "villager", []job{
		{"where is my case", func(p *person) {
			p.open("/progress?code=" + code)
			p.load(typeIn("#tail", digits), at("main form button"))
			holds(p.t, "the progress", p.see("main"), "等您补材料", mine.Number)
			p.discreet("the progress")
		}},
		{"what is missing, and what must it look like", func(p *person) {
			holds(p.t, "what is missing", p.see("main"), "请您补这些材料", "房屋设计图纸", "图纸没有层高", "补上层高")
		}},
		{"what if they are late", func(p *person) { holds(p.t, "the progress", p.see("main"), "超期了怎么办") }},
		{"complain", func(p *person) {
			p.do(at("#complaint > summary"))
			p.load(typeIn("#ct", "窗口态度不好"), at("#complaint button"))
			p.sent("the complaint")
		}},
		{"be answered", func(p *person) {
			office := c.comes(p.t)
			office.becomes("supervision")
			office.open("/petitions")
			holds(p.t, "what came in", office.see("main"), "窗口态度不好")
			office.load(typeIn("main textarea", "已批评教育，向您致歉"), at("main ul form button"))
			p.open("/progress/" + code)
			holds(p.t, "the answer", p.see("main"), "已批评教育，向您致歉")
		}},
		{"rate", func(p *person) {
			p.do(at("#stars > summary"))
			p.load(at(`input[name="stars"][value="5"]`), at("#stars button"))
			p.sent("the rating")
		}},
		{"object to a neighbour's plan", func(p *person) {
			p.open("/notices/" + hung)
			p.load(typeIn("#text", "西边占了我家一米"), at("main form button"))
			p.sent("the objection")
			p.discreet("the notice")
		}},
		{"ask what to bring, and print the form", func(p *person) {
			p.open("/guidance")
			p.load(at(`a[href="/guidance/homestead"]`))
			holds(p.t, "the guidance", p.see("main"), "带什么", "家庭户口簿", "几天办好")
			href := evaluate[string](p, `document.querySelector('a[href^="/forms/"]').getAttribute("href")`)
			if got := clerk.send("GET", href, "", nil); got.StatusCode != 200 || !strings.HasPrefix(string(got.body), "%PDF-") {
				p.t.Errorf("the blank form: %d", got.StatusCode)
			}
		}},
		{"is this certificate real", func(p *person) {
			for _, d := range clerk.get(clerk.first("homestead", "archived").ID).Documents {
				if d.Form == "F05" {
					p.open(d.Verify)
					holds(p.t, "the check", p.see("main"), "有效", d.Number)
				}
			}
		}},
		{"give it up", func(p *person) {
			p.open("/progress/" + code)
			p.do(at("#withdrawal > summary"))
			holds(p.t, "what is lost", p.see("#withdrawal"), "撤回以后本件结束")
			p.load(at("#withdrawal button"))
			p.sent("the wish to withdraw")
		}},
		{"larger letters", func(p *person) {
			before := evaluate[float64](p, "parseFloat(getComputedStyle(document.body).fontSize)")
			p.load(at("footer form button"))
			if after := evaluate[float64](p, "parseFloat(getComputedStyle(document.body).fontSize)"); after < 20 || after <= before {
				p.t.Errorf("letters of %g px, before %g", after, before)
			}
		}},
	})
}
