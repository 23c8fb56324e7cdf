package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"rsc.io/qr"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// rootPage is the start: for officers what waits, for everybody else the query of a case.
func (a *app) rootPage(c *fiber.Ctx, by *caller) error {
	if by == nil {
		return a.progressQuery(c, nil)
	}
	return a.homePage(c, by)
}

func (a *app) helpPage(c *fiber.Ctx, _ *caller) error {
	return a.show(c, 200, "help", a.shell(c, "按键和帮助"))
}

// The progress of a case for its household: found by the code on the slip and the last four of the ID number. A cookie keeps
// for two hours that they were right; it names the case and opens nothing else.
const (
	progressCookie = "anju_progress"
	progressTTL    = 2 * time.Hour
)

type queryData struct {
	shell
	Code, Tail string
}

func (a *app) progressQuery(c *fiber.Ctx, _ *caller) error {
	return a.show(c, 200, "progress_query", queryData{shell: a.shell(c, "查进度"), Code: clip(strings.TrimSpace(c.Query("code")), 60)})
}

func (a *app) postProgress(c *fiber.Ctx, _ *caller) error {
	if !sameOrigin(c) {
		return errForged
	}
	code, tail := strings.TrimSpace(c.FormValue("code")), workflow.NormalIDNumber(c.FormValue("tail"))
	d := queryData{shell: a.shell(c, "查进度"), Code: clip(code, 60), Tail: clip(tail, 10)}
	id, err := a.store.CaseByCode(c.UserContext(), code, tail, a.address(c), time.Now())
	switch {
	case errors.Is(err, models.ErrBadLogin):
		d.Errors = []pageError{{"#code", "查询码或证件后四位不正确，请对照回执上的查询码（例如 12-3f0a9c2b71d45e88）和户主身份证后四位再填一次"}}
		return a.show(c, 422, "progress_query", d)
	case errors.Is(err, models.ErrTooMany):
		d.Errors = []pageError{{"#code", "试的次数太多了，请一小时后再查，或带回执到乡镇便民服务中心窗口查询"}}
		return a.show(c, 429, "progress_query", d)
	case err != nil:
		return err
	}
	until := strconv.FormatInt(time.Now().Add(progressTTL).Unix(), 10)
	text := fmt.Sprintf("%d.%s", id, until)
	c.Cookie(&fiber.Cookie{Name: progressCookie, Value: text + "." + a.store.Tag("household", text), Path: "/progress", MaxAge: int(progressTTL / time.Second), HTTPOnly: true,
		Secure: a.cfg.SecureCookies, SameSite: fiber.CookieSameSiteLaxMode})
	return c.Redirect("/progress/"+url.PathEscape(code), fiber.StatusSeeOther)
}

// household tells whether the browser has proved that it may see the case of a code, and which case that is.
func (a *app) household(c *fiber.Ctx) (workflow.CaseID, bool) {
	id, ok := a.store.CaseOfCode(c.Params("code"))
	parts := strings.Split(c.Cookies(progressCookie), ".")
	if !ok || len(parts) != 3 {
		return 0, false
	}
	until, err := strconv.ParseInt(parts[1], 10, 64)
	return id, err == nil && time.Now().Unix() < until && parts[0] == fmt.Sprint(id) && a.store.Tagged("household", parts[0]+"."+parts[1], parts[2])
}

// publicStep is one thing that happened, in the words of a villager.
type publicStep struct{ At, What, Who string }

type progressData struct {
	shell
	Code, Number, Matter, Where, Next, Due, Left string
	Lamp                                         lamp
	Steps                                        []stepLine
	Lines                                        []publicStep
	Missing                                      []fact // what to bring: the paper, and what it must look like
	Ready                                        bool   // a certificate waits at the counter
	Over                                         string
	Documents                                    []fact
	Key                                          string
	Withdraws                                    bool   // the case may still be withdrawn
	Sent                                         string // number of the petition just sent
	Kind, Text                                   string // what was sent and refused
	Petitions                                    []fact // what the household sent, and the answers
}

// publicCase is a case with its chain for a page without an account.
func (a *app) publicCase(ctx context.Context, id workflow.CaseID) (workflow.View, models.PaperFacts, error) {
	facts, err := a.store.PaperFacts(ctx, id)
	if err != nil {
		return workflow.View{}, facts, err
	}
	v, err := a.svc.View(ctx, id, 0)
	return v, facts, err
}

// publicTitle names a stage as people say it: by whose desk it lies on, never by its inner name.
func publicTitle(ch workflow.Chain, st workflow.State) string {
	switch st {
	case workflow.Draft:
		return "窗口录入"
	case workflow.AwaitCorrection:
		return "等您补材料"
	case workflow.Approved:
		return "已批准，可来领证"
	case workflow.Issued, workflow.Filed, workflow.Archived:
		return "已发证"
	}
	stage, ok := ch.Stage(st)
	switch {
	case !ok || stage.Ends != "":
		return "已办结"
	case stage.By == workflow.Applicant:
		return "等您办理"
	}
	return map[workflow.Level]string{workflow.GroupLevel: "组里在审", workflow.VillageLevel: "村里在审", workflow.TownshipLevel: "镇上在审", workflow.CountyLevel: "县里在审"}[stage.By.Level()]
}

func (a *app) progressPage(c *fiber.Ctx, _ *caller) error { return a.showProgress(c, nil) }

// showProgress shows a case to its household; refused is why something that it sent was not taken.
func (a *app) showProgress(c *fiber.Ctx, refused *problem) error {
	id, ok := a.household(c)
	if !ok {
		return c.Redirect("/progress?"+url.Values{"code": {c.Params("code")}}.Encode(), fiber.StatusSeeOther)
	}
	ctx := c.UserContext()
	v, facts, err := a.publicCase(ctx, id)
	if err != nil {
		return err
	}
	d := progressData{shell: a.shell(c, "办理进度"), Code: c.Params("code"), Number: v.Case.Number, Matter: v.Chain.Title, Where: publicTitle(v.Chain, v.Case.State), Key: rand.Text(),
		Lamp: lampOf(string(v.Light), false), Sent: clip(c.Query("sent"), 40)}
	d.Hidden, d.Here = true, "/"
	if v.Case.ClosedAt != nil {
		d.Lamp, d.Over = over, outcomes[string(v.Case.Outcome)]
	}
	if v.Stage.By != workflow.Applicant { // else it lies with the household itself
		d.Next = a.officeName(ctx, v.Office, v.Case)
	}
	if v.Own != nil {
		on, _, paused := day(v.Own.Deadline)
		d.Lamp = lampOf(string(v.Light), paused)
		if on != nil {
			d.Due, d.Left = dayText(*on), a.leftOf(v.Own.Limit.Bound == calendar.Min, *on)
		}
	}
	at := slices.Index(v.Chain.MainLine(), v.Case.State)
	for i, st := range v.Chain.MainLine() {
		title := publicTitle(v.Chain, st)
		if n := len(d.Steps); n == 0 || d.Steps[n-1].Title != title {
			d.Steps = append(d.Steps, stepLine{Title: title})
		}
		s := &d.Steps[len(d.Steps)-1]
		s.Here, s.Done = s.Here || i == at, i < at
		if s.Here {
			s.Done, s.Lamp, s.Left = false, d.Lamp, d.Left
		}
	}
	if at < 0 && d.Over == "" {
		d.Steps = append(d.Steps, stepLine{Title: d.Where, Here: true, Lamp: d.Lamp, Left: d.Left})
	}
	_, d.Withdraws = v.Stage.Action(workflow.Withdraw)
	asked := map[string]string{}
	if v.Case.File.Asked != nil && v.Case.State == workflow.AwaitCorrection {
		for _, it := range v.Case.File.Asked.Items {
			asked[it.MaterialCode] = it.Problem + "；" + it.Requirement
		}
	}
	for _, m := range v.Materials {
		if asked[m.Paper.Code] != "" || m.Owed && !m.Present && m.Paper.Applicants() {
			d.Missing = append(d.Missing, fact{Label: m.Paper.Name, Value: asked[m.Paper.Code]})
		}
	}
	for _, doc := range v.Case.File.Documents {
		d.Documents = append(d.Documents, fact{Label: doc.Title, Value: doc.Number})
		d.Ready = d.Ready || v.Case.State == workflow.Approved
	}
	for _, l := range slices.Backward(facts.Lines) {
		s := publicStep{At: l.At.In(calendar.Shanghai).Format("2006年1月2日"), Who: l.OfficeName}
		from, to := publicTitle(v.Chain, l.From), publicTitle(v.Chain, l.To)
		switch {
		case l.Rung != "" && alarms[l.Rung]:
			s.What = "超过期限或快到期，已提醒办理单位"
		case l.From != l.To && from != to:
			s.What = "转到：" + to
		default:
			continue // outsiders see the steps, not the papers of the offices
		}
		if n := len(d.Lines); n > 0 && d.Lines[n-1] == s {
			continue
		}
		d.Lines = append(d.Lines, s)
	}
	sent, err := a.store.PetitionsOf(ctx, 0, id)
	if err != nil {
		return err
	}
	for _, p := range sent {
		if p.Kind == "objection" {
			continue // others wrote it
		}
		answer := "办理单位还没有答复"
		if p.Answer != "" {
			answer = "答复：" + p.Answer
		}
		d.Petitions = append(d.Petitions, fact{Label: petitionKinds[p.Kind] + " " + p.Number, Value: strings.TrimSpace(p.Text + "　" + answer)})
	}
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, errorsOnPage(refused)
		d.Kind, d.Text = c.FormValue("kind"), c.FormValue("text")
	}
	return a.show(c, status, "progress", d)
}

// petitionKinds are what a household may send about its case.
var petitionKinds = map[string]string{"urge": "催一催", "complaint": "投诉", "rating": "评价", "withdrawal": "申请撤回", "objection": "公示异议"}

func (a *app) postPetition(c *fiber.Ctx, _ *caller) error {
	if !sameOrigin(c) {
		return errForged
	}
	id, ok := a.household(c)
	if !ok {
		return c.Redirect("/progress?"+url.Values{"code": {c.Params("code")}}.Encode(), fiber.StatusSeeOther)
	}
	v, facts, err := a.publicCase(c.UserContext(), id)
	if err != nil {
		return err
	}
	kind := c.FormValue("kind")
	if kind == "objection" || petitionKinds[kind] == "" {
		return invalid("kind", "请选择要办的事：催一催、投诉、评价或申请撤回")
	}
	again := func(err error) error {
		p := a.answer(c.UserContext(), err, where{path: c.Path()})
		if p.Status >= 500 {
			return p
		}
		return a.showProgress(c, p)
	}
	stars, _ := strconv.Atoi(c.FormValue("stars"))
	_, withdraws := v.Stage.Action(workflow.Withdraw)
	switch {
	case kind == "rating" && (stars < 1 || stars > 5):
		return again(invalid("stars", "请选择满意的程度"))
	case kind == "complaint" && strings.TrimSpace(c.FormValue("text")) == "":
		return again(invalid("complaint", "请写明投诉什么，例如：三月五日到窗口，没有告知缺什么材料"))
	case kind == "withdrawal" && !withdraws:
		return again(invalid("withdrawal", "已经作出决定，不能撤回；不想建了请到窗口办理注销"))
	}
	p := workflow.Petition{Case: id, Kind: kind, Name: facts.Household.Householder.Name, Phone: facts.Household.Householder.Phone,
		Text: strings.TrimSpace(c.FormValue("text")), Stars: stars}
	if err := a.sendPetition(c, p, "/progress/"+url.PathEscape(c.Params("code"))); err != nil {
		return again(err)
	}
	return nil
}

var phoneForm = regexp.MustCompile(`^[0-9+\-]{5,20}$`)

// plainText is what people type: lines of text without characters that cannot be seen.
func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' || unicode.Is(unicode.Cf, r) || unprintable(r)
	})
}

// lettersAnHour is how many letters one sender may send in an hour.
const lettersAnHour = 10

// senderOf tells for whom a letter counts: its household for a case, which has proved itself; an address for the notice that
// an objection is against.
func (a *app) senderOf(c *fiber.Ctx, p workflow.Petition) string {
	if p.Kind == "objection" {
		return fmt.Sprintf("notice %d from %s", p.Case, a.address(c))
	}
	return fmt.Sprintf("case %d", p.Case)
}

// sendPetition keeps what somebody without an account sent, once, and leads back with its number.
func (a *app) sendPetition(c *fiber.Ctx, p workflow.Petition, back string) error {
	key := c.FormValue("key")
	if key == "" || len(key) > idempotentMax {
		return refuse(400, "页面缺少一次性编号，请刷新后重新提交")
	}
	switch {
	case !plainText(p.Name) || !plainText(p.Text):
		return invalid("text", "内容里有看不见的特殊字符，请重新输入")
	case p.Phone != "" && !phoneForm.MatchString(p.Phone) && p.Kind == "objection":
		return invalid("phone", "电话应为 5 至 20 位数字，例如 13800001234；不留电话可以空着")
	}
	within, err := a.store.Letter(c.UserContext(), a.senderOf(c, p), lettersAnHour, time.Now())
	switch {
	case err != nil:
		return err
	case p.Kind == "objection":
		p.Flagged = !within // to object while a notice hangs is a right (R36): no limit takes it away
	case !within:
		return refuse(429, "一小时内提交的次数太多了，请过一会儿再提交，或到乡镇便民服务中心窗口提出")
	}
	var receipt string
	if p.Kind == workflow.ObjectionPetition { // it holds the signing from now on (R36)
		receipt, err = a.svc.Object(c.UserContext(), p, key)
	} else {
		var sent models.Petition
		sent, err = a.store.SendPetition(c.UserContext(), p, key)
		receipt = sent.Number
	}
	if errors.Is(err, workflow.ErrStale) {
		return refuse(409, "这一步您已经提过了，办理单位已经收到；办件走到下一步后可以再提")
	}
	if err != nil {
		return err
	}
	return c.Redirect(back+"?sent="+url.QueryEscape(receipt), fiber.StatusSeeOther)
}

// noticeFacts is what a public notice says, and nothing else (A37).
type noticeFacts struct {
	Village, Head, Office, From, Until, Contact string
	Facts                                       []fact
	Running                                     bool
}

// noticeOfCase is the public notice of a case while it hangs: from the posting until the objections are dealt with; before, as it is to be
// printed.
func (a *app) noticeOfCase(ctx context.Context, c workflow.Case, ch workflow.Chain) (noticeFacts, bool) {
	n := noticeFacts{Head: c.Householder}
	if c.State != workflow.GroupMeeting && c.State != workflow.GroupNotice && c.State != workflow.GroupObjection {
		return n, false
	}
	app := workflow.Applied[workflow.Application](c)
	p := app.Proposed
	var grounds []string
	for _, g := range app.Grounds {
		grounds = append(grounds, enumTitle("grounds", g))
	}
	n.Facts = []fact{{Label: "申请人", Value: c.Householder}, {Label: "申请理由", Value: strings.Join(grounds, "、")}, {Label: "拟用地位置", Value: p.Address},
		{Label: "四至", Value: "东至" + p.Boundary.East + "，南至" + p.Boundary.South + "，西至" + p.Boundary.West + "，北至" + p.Boundary.North},
		{Label: "用地面积", Value: p.HomesteadArea.String() + " 平方米（其中房基占地 " + p.FootprintArea.String() + " 平方米）"},
		{Label: "层数、高度", Value: fmt.Sprintf("%d 层，高度 %s 米", p.Floors, p.Height)}, {Label: "建筑面积", Value: p.BuildingArea.String() + " 平方米"}}
	n.Office = a.officeName(ctx, workflow.GroupCollective, c)
	n.Village = strings.TrimSuffix(n.Office, "农村集体经济组织")
	if at, ok := c.File.Marks[workflow.Noticed]; ok {
		n.From = dayText(calendar.DayOf(at).String())
	}
	if said, ok := c.Latest(workflow.PublicNoticeKind); ok {
		n.Contact = workflow.Recorded[workflow.PublicNotice](said).Contact
	}
	for _, d := range c.Deadlines {
		if d.Limit == "L02" && d.Live() {
			n.Until, n.Running = dayText(d.DueOn.String()), a.svc.Now().Before(d.DueBefore)
		}
	}
	return n, true
}

type noticePageData struct {
	shell
	noticeFacts
	Code, Sent, Key   string
	Name, Phone, Text string
}

func (a *app) noticeQuery(c *fiber.Ctx, _ *caller) error {
	if code := strings.TrimSpace(c.Query("code")); code != "" {
		return c.Redirect("/notices/"+url.PathEscape(clip(code, 60)), fiber.StatusSeeOther)
	}
	return a.show(c, 200, "notice_query", a.shell(c, "看公示"))
}

// hung is the notice that a code on a village board leads to; refused for a wrong code and after it was taken down.
func (a *app) hung(c *fiber.Ctx) (workflow.Case, noticeFacts, error) {
	gone := refuse(404, "没有这份公示，或者公示期已满、已经撤下；请核对公示栏上的公示码，或向本组负责人了解")
	id, ok := a.store.CaseOfNotice(c.Params("code"))
	if !ok {
		return workflow.Case{}, noticeFacts{}, gone
	}
	v, err := a.svc.View(c.UserContext(), id, 0)
	if err != nil {
		return workflow.Case{}, noticeFacts{}, err
	}
	n, ok := a.noticeOfCase(c.UserContext(), v.Case, v.Chain)
	if !ok || !n.Running {
		return workflow.Case{}, noticeFacts{}, gone
	}
	return v.Case, n, nil
}

func (a *app) noticePage(c *fiber.Ctx, _ *caller) error {
	_, n, err := a.hung(c)
	if err != nil {
		return err
	}
	c.Set("X-Robots-Tag", "noindex, nofollow")
	d := noticePageData{shell: a.shell(c, "建房公示"), noticeFacts: n, Code: c.Params("code"), Key: rand.Text(), Sent: clip(c.Query("sent"), 40)}
	d.Hidden, d.Here = true, "/"
	return a.show(c, 200, "notice", d)
}

func (a *app) postObjection(c *fiber.Ctx, _ *caller) error {
	if !sameOrigin(c) {
		return errForged
	}
	cs, n, err := a.hung(c)
	if err != nil {
		return err
	}
	p := workflow.Petition{Case: cs.ID, Kind: "objection", Name: strings.TrimSpace(c.FormValue("name")), Phone: strings.TrimSpace(c.FormValue("phone")),
		Text: strings.TrimSpace(c.FormValue("text"))}
	d := noticePageData{shell: a.shell(c, "建房公示"), noticeFacts: n, Code: c.Params("code"), Key: c.FormValue("key"), Name: p.Name, Phone: p.Phone, Text: p.Text}
	d.Hidden, d.Here = true, "/"
	if p.Text == "" {
		d.Errors = []pageError{{"#text", "请写明有什么异议，例如：四至与我家重叠一米"}}
		return a.show(c, 422, "notice", d)
	}
	if err = a.sendPetition(c, p, "/notices/"+url.PathEscape(c.Params("code"))); err == nil {
		return nil
	}
	refused := a.answer(c.UserContext(), err, where{path: c.Path()})
	if refused.Status >= 500 {
		return refused
	}
	d.Errors = errorsOnPage(refused) // what was typed stays
	return a.show(c, refused.Status, "notice", d)
}

func (a *app) verifyQuery(c *fiber.Ctx, _ *caller) error {
	if code := strings.TrimSpace(c.Query("code")); code != "" {
		return c.Redirect("/verify/"+url.PathEscape(clip(code, 80)), fiber.StatusSeeOther)
	}
	return a.show(c, 200, "verify_query", a.shell(c, "证照核验"))
}

// guideLine is one stage of a matter for who wants to apply: who decides, within how long by law and as promised.
type guideLine struct{ Stage, Who, Limit string }

type guidePaper struct{ Code, Name, If string }

type guideData struct {
	shell
	Chains []workflow.Chain
	Chain  workflow.Chain
	Lines  []guideLine
	Papers []guidePaper
	Forms  []fact
}

func (a *app) guidanceList(c *fiber.Ctx, _ *caller) error {
	return a.show(c, 200, "guidance", guideData{shell: a.shell(c, "办事指南"), Chains: a.svc.Chains().All()})
}

// formsOf are the blank forms that a matter begins with.
var formsOf = map[workflow.ChainID][]fact{
	"homestead": {{Label: "农村宅基地和建房（规划许可）申请表", Value: "F01"}, {Label: "农村宅基地使用承诺书", Value: "F02"}}, "planning_permit": {{Label: "农村宅基地和建房（规划许可）申请表", Value: "F01"}, {Label: "农村宅基地使用承诺书", Value: "F02"}},
	"construction_start.low_rise": {{Label: "开工登记表", Value: "F08"}, {Label: "施工合同", Value: "F10"}}, "construction_start.other": {{Label: "施工许可申请表", Value: "F11"}},
	"completion_acceptance.low_rise": {{Label: "竣工验收表", Value: "F09"}}, "completion_acceptance.other": {{Label: "竣工验收备案表", Value: "F13"}},
}

func (a *app) guidancePage(c *fiber.Ctx, _ *caller) error {
	ch, err := a.svc.Chains().Newest(workflow.ChainID(c.Params("chain")))
	if err != nil {
		return errNoPage
	}
	d := guideData{shell: a.shell(c, "办事指南："+ch.Title), Chain: ch, Forms: formsOf[ch.ID]}
	for _, st := range ch.MainLine() {
		stage, ok := ch.Stage(st)
		if !ok || stage.By == "" {
			continue
		}
		l := guideLine{Stage: st.Title(), Who: stage.By.Title(), Limit: "没有期限：" + stage.Untimed}
		if stage.Untimed == "" && stage.Within.ID != "" {
			l.Limit = a.limitText(stage.Within)
		}
		d.Lines = append(d.Lines, l)
	}
	for _, p := range ch.Papers {
		if p.Applicants() {
			d.Papers = append(d.Papers, guidePaper{p.Code, p.Name, p.If})
		}
	}
	return a.show(c, 200, "guide", d)
}

var errNoForm = refuse(404, "没有这份空白表格，请从办事指南里选择")

// blankForm gives an empty form to print, to anybody.
func (a *app) blankForm(c *fiber.Ctx, _ *caller) error {
	form, ok := strings.CutSuffix(c.Params("form"), ".pdf")
	if !ok || a.cfg.Papers == nil || !formName.MatchString(form) {
		return errNoForm
	}
	b, err := a.cfg.Papers.Blank(form)
	if err != nil {
		return errNoForm
	}
	c.Set(fiber.HeaderContentType, typePDF)
	c.Set(fiber.HeaderContentDisposition, shownAs(form))
	return c.Send(b)
}

// picture is an address as a QR code: one path of squares, no image to load.
func picture(address string) (template.HTML, error) {
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="-2 -2 %d %d" role="img" aria-label="二维码" shape-rendering="crispEdges"><path d="`, code.Size+4, code.Size+4)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			n := 0
			for x+n < code.Size && code.Black(x+n, y) {
				n++
			}
			if n > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, n, n)
				x += n
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil // numbers and fixed text only
}
