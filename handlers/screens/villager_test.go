package screens_test

import (
	"regexp"
	"strings"
	"testing"
)

var receipt = regexp.MustCompile(`回执号\s*(\S+?)[。，]`)

// sent reads the number under which the county keeps what was sent.
func (p *person) sent(what string) string {
	p.t.Helper()
	m := receipt.FindStringSubmatch(p.see(".notice"))
	if m == nil {
		p.t.Fatalf("%s: no receipt number:\n%s", what, p.see("main"))
	}
	return m[1]
}

// idNumber is an identity number in clear, which no public page may show.
var idNumber = regexp.MustCompile(`[1-9]\d{16}[0-9Xx]`)

func (p *person) discreet(where string) {
	p.t.Helper()
	if text := p.see("body"); idNumber.MatchString(text) {
		p.t.Errorf("%s shows an identity number:\n%s", where, text)
	}
	if wide := p.wide(360); wide > 0 {
		p.t.Errorf("%s is %d pixels wider than the phone: %s", where, wide, p.sticksOut(360))
	}
}

// A villager with an old phone and no script: one code and four digits, and everything that follows from them.
func TestVillagerFollowsACase(t *testing.T) {
	c := sharedCounty(t)
	clerk := c.officer(t, "counter")
	intake, notice, over := clerk.first("planning_permit", "township_intake"), clerk.first("homestead", "group_notice"), clerk.first("homestead", "archived")
	code, digits := clerk.codeOf(intake.ID), tail(t, intake.Household.Head)
	head := c.comes(t)
	head.becomes("group")
	hung := head.noticeOf(notice.ID)

	p := c.comes(t)
	p.bare()
	p.phone()
	p.open("/")
	wrong := "0000"
	if digits == wrong {
		wrong = "0001"
	}
	if status := p.load(typeIn("#code", code), typeIn("#tail", wrong), at("main form button")).Status; status != 422 {
		t.Errorf("wrong digits are answered %d", status)
	}
	if said := p.count(".summary li"); said != 1 {
		t.Errorf("wrong digits are answered with %d sentences:\n%s", said, p.see(".summary"))
	}
	holds(t, "the answer to wrong digits", p.see(".summary"), "不正确", "后四位")
	if strings.Contains(p.see("main"), intake.Household.Head) || strings.Contains(p.see("main"), intake.Number) {
		t.Error("wrong digits show whose case it is")
	}
	if got := p.value("#code"); got != code {
		t.Errorf("the code has to be typed again: %q", got)
	}
	p.discreet("the refused query")

	p.load(typeIn("#tail", digits), at("main form button"))
	holds(t, "the progress", p.see("main"), "镇上在审", "稷峰镇便民服务中心", "最晚", intake.Number)
	if p.count(".steps .here") != 1 {
		t.Errorf("the steps show %d places", p.count(".steps .here"))
	}
	p.discreet("the progress")

	p.load(at(`button[value="urge"]`))
	urged := p.sent("urging")
	p.load(at(`button[value="urge"]`))
	again := p.see("main")
	holds(t, "the second urging", again, "已经提过")
	for _, word := range []string{"待办", "kind", "urge"} { // an officer's desk, and bare names
		if strings.Contains(again, word) {
			t.Errorf("the second urging says %q to a villager:\n%s", word, again)
		}
	}
	if p.count(`main a[href="/progress/`+code+`"], main .steps`) == 0 {
		t.Errorf("the second urging leads nowhere:\n%s", p.see("main"))
	}

	p.open("/progress/" + code)
	p.do(at("details:nth-of-type(1) > summary"))
	p.load(at(`input[name="stars"][value="4"]`), typeIn("#rt", "窗口热情"), at("details:nth-of-type(1) button"))
	rated := p.sent("rating")
	if urged == rated {
		t.Errorf("both are kept under %s", urged)
	}

	p.open("/notices")
	if status := p.load(typeIn("#code", "1-0000000000000000"), at("main form button")).Status; status != 404 {
		t.Errorf("a wrong notice code is answered %d", status)
	}
	holds(t, "a wrong notice code", p.see("main"), "没有这份公示")
	p.open("/notices")
	p.load(typeIn("#code", hung), at("main form button"))
	holds(t, "the notice", p.see("main"), notice.Household.Head, "四至", "东至")
	p.discreet("the notice")
	p.load(at("main form button"))
	holds(t, "an empty objection", p.see(".summary"), "请写明")
	p.load(typeIn("#text", "西边占了我家一米"), typeIn("#name", "王有财"), at("main form button"))
	objected := p.sent("the objection")

	for _, d := range clerk.get(over.ID).Documents {
		if d.Form == "F05" || d.Form == "F04" {
			p.open(d.Verify)
			holds(t, d.Title, p.see("main"), "有效", d.Title, d.Number)
			p.discreet(d.Title)
			p.open(d.Verify[:len(d.Verify)-1] + map[bool]string{true: "1", false: "0"}[strings.HasSuffix(d.Verify, "0")])
			holds(t, "a forged address", p.see("main"), "没有找到")
		}
	}

	// what was sent lies where it can be answered
	head.open("/petitions")
	holds(t, "the group's letters", head.see("main"), objected, "西边占了我家一米")
	clerk2 := c.comes(t)
	clerk2.becomes("counter")
	clerk2.open("/petitions")
	holds(t, "the counter's letters", clerk2.see("main"), urged, intake.Number)
	clerk2.open("/cases/" + intake.ID)
	holds(t, "the case", clerk2.see("main"), urged)
}
