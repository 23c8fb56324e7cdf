package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// queueKind is how the queue runs, in Chinese.
func queueKind(kind string) string {
	return map[string]string{"embedded": "内置队列", "redis": "Redis", "sentinel": "Redis 哨兵", "cluster": "Redis 集群"}[kind]
}

// queueData is the page of the queues: what Redis says beside what the database knows.
type queueData struct {
	shell
	Q          queueJSON
	Failed     []failedJSON
	Unsettled  []deliveryJSON // messages that may have arrived, or did not
	FailedMore bool
}

// onePage is how many rows of each kind the page shows; what is more stands in the API.
const onePage = 50

func (a *app) queuePage(c *fiber.Ctx, _ *caller) error {
	ctx := c.UserContext()
	d := queueData{shell: a.shell(c, "任务队列")}
	var err error
	if d.Q, err = a.queue(ctx); err != nil {
		return err
	}
	failed, total, err := a.store.FailedJobs(ctx, true, 1, onePage)
	if err != nil {
		return err
	}
	d.FailedMore = total > len(failed)
	for _, f := range failed {
		d.Failed = append(d.Failed, failedOf(f))
	}
	for _, state := range []string{"unsure", "failed"} {
		list, _, err := a.store.Deliveries(ctx, state, 1, onePage)
		if err != nil {
			return err
		}
		for _, x := range list {
			d.Unsettled = append(d.Unsettled, deliveryOf(x))
		}
	}
	if c.Query("done") != "" {
		d.Notice = "已交回队列，几秒后生效"
	}
	return a.show(c, 200, "queue", d)
}

func (a *app) postRedrive(c *fiber.Ctx, by *caller) error {
	if err := a.redrive(c.UserContext(), by, c.Params("id")); err != nil {
		return err
	}
	return c.Redirect("/admin/queue?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}

func (a *app) postRedriveDelivery(c *fiber.Ctx, by *caller) error {
	id, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	if err := a.redriveDelivery(c.UserContext(), by, id); err != nil {
		return err
	}
	return c.Redirect("/admin/queue?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}

// personLine is one account.
type personLine struct {
	Login, Name, Role, Office string
	Active                    bool
}

type officeLine struct{ ID, Name, Kind, Division string }

// shownAtMost is how many of a kind a page of the organisation shows; the rest is found by name.
const shownAtMost = 40

// finder narrows the lists of the organisation by what was typed into the search field.
type finder struct{ Q string }

func finderOf(c *fiber.Ctx) finder { return finder{clip(strings.TrimSpace(c.Query("q")), 40)} }

func (f finder) has(texts ...string) bool {
	return f.Q == "" || slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, f.Q) })
}

type peopleData struct {
	shell
	finder
	People    []personLine
	PeopleAll int
	Offices   []officeLine
	Roles     []option
	New       newPerson
	Password  string // just made, shown once
}

type newPerson struct{ Login, Name, Role, Office, IDNumber string }

// officeLines are the offices that the finder lets through, and how many there are.
func (a *app) officeLines(ctx context.Context, f finder) (list []officeLine, all int, err error) {
	offices, err := a.store.Offices(ctx)
	for _, o := range offices {
		if f.has(o.Name, o.Division) {
			if all++; len(list) < shownAtMost {
				list = append(list, officeLine{fmt.Sprint(o.ID), o.Name, o.Kind.Title(), o.Division})
			}
		}
	}
	return list, all, err
}

// peoplePage is the accounts: opened, closed and given new passwords by the security administrator alone.
func (a *app) peoplePage(c *fiber.Ctx, by *caller) error { return a.showPeople(c, by, nil, "") }

func (a *app) showPeople(c *fiber.Ctx, _ *caller, refused *problem, password string) error {
	ctx := c.UserContext()
	d := peopleData{shell: a.shell(c, "账号"), finder: finderOf(c), Password: password}
	d.Here = "/admin/accounts"
	officers, err := a.store.Officers(ctx)
	if err != nil {
		return err
	}
	for _, o := range officers {
		if d.has(o.Login, o.Name, o.OfficeName) {
			if d.PeopleAll++; len(d.People) < shownAtMost {
				d.People = append(d.People, personLine{o.Login, o.Name, o.Role.Title(), o.OfficeName, o.Active})
			}
		}
	}
	if d.Offices, _, err = a.officeLines(ctx, d.finder); err != nil {
		return err
	}
	status := 200
	if refused != nil {
		status = refused.Status
		d.Errors = errorsOnPage(refused)
		d.New = newPerson{c.FormValue("login"), c.FormValue("name"), c.FormValue("role"), c.FormValue("office"), c.FormValue("id_number")}
	} else if password == "" && c.Query("done") != "" {
		d.Notice = "已保存"
	}
	for _, r := range workflow.Roles() {
		d.Roles = append(d.Roles, option{string(r), r.Title(), string(r) == d.New.Role})
	}
	return a.show(c, status, "accounts", d)
}

type officesData struct {
	shell
	finder
	Offices                  []officeLine
	Divisions                []models.Division
	Leaves                   []leaveJSON
	OfficesAll, DivisionsAll int
}

// officesPage is the offices, the divisions and who is away.
func (a *app) officesPage(c *fiber.Ctx, _ *caller) error {
	ctx := c.UserContext()
	d := officesData{shell: a.shell(c, "机构"), finder: finderOf(c)}
	var err error
	if d.Offices, d.OfficesAll, err = a.officeLines(ctx, d.finder); err != nil {
		return err
	}
	divisions, err := a.store.Divisions(ctx)
	if err != nil {
		return err
	}
	for _, x := range divisions {
		if d.has(x.Name, x.Code) {
			if d.DivisionsAll++; len(d.Divisions) < shownAtMost {
				d.Divisions = append(d.Divisions, x)
			}
		}
	}
	leaves, err := a.store.Leaves(ctx, a.today())
	if err != nil {
		return err
	}
	for _, l := range leaves {
		d.Leaves = append(d.Leaves, leaveOf(l))
	}
	if c.Query("done") != "" {
		d.Notice = "已保存"
	}
	return a.show(c, 200, "offices", d)
}

type logData struct {
	shell
	Acts     []actLine
	Accesses []actLine
	Total    int
	Reads    int
	Pager    pager
}

type actLine struct{ At, Who, What, Subject string }

// logPage is for the audit administrator: what the other administrators did, and who read personal numbers in clear.
func (a *app) logPage(c *fiber.Ctx, _ *caller) error {
	ctx, n := c.UserContext(), max(1, c.QueryInt("page", 1))
	d := logData{shell: a.shell(c, "审计日志")}
	acts, total, err := a.store.AdminActs(ctx, n, perPage)
	if err != nil {
		return err
	}
	reads, all, err := a.store.AccessLog(ctx, n, perPage)
	if err != nil {
		return err
	}
	d.Total, d.Reads = total, all
	d.Pager, _ = pagerOf(c, max(total, all))
	for _, x := range acts {
		d.Acts = append(d.Acts, actLine{b8(x.At), x.Officer, x.What, x.Subject})
	}
	for _, x := range reads {
		d.Accesses = append(d.Accesses, actLine{At: b8(x.At), Who: x.Officer, What: x.Office})
	}
	return a.show(c, 200, "log", d)
}

// noted writes down what an administrator did. What is done cannot be undone for a log that does not answer: it is said in the program's
// own log then.
func (a *app) noted(ctx context.Context, by *caller, what, subject string) {
	a.log.InfoContext(ctx, "administration", "what", what, "subject", subject, "officer", int64(by.ID))
	if err := a.store.NoteAdmin(ctx, by.ID, what, subject); err != nil {
		a.log.ErrorContext(ctx, "the log of the administration", "what", what, "error", err)
	}
}

// errorsOnPage are the lines of a refusal, each leading to its field.
func errorsOnPage(p *problem) []pageError {
	var list []pageError
	for _, e := range p.Errors {
		list = append(list, pageError{"#" + e.Field, e.Message})
	}
	if len(list) == 0 {
		list = []pageError{{"", p.Detail}}
	}
	return list
}

// postPerson opens an account with a one-time password, shown once; one that needs two persons waits for a second administrator.
func (a *app) postPerson(c *fiber.Ctx, by *caller) error {
	ctx := c.UserContext()
	n := models.NewOfficer{Login: strings.TrimSpace(c.FormValue("login")), Name: strings.TrimSpace(c.FormValue("name")), Role: workflow.Role(c.FormValue("role")), Password: rand.Text()[:16],
		OneTime: true, IDNumber: strings.TrimSpace(c.FormValue("id_number"))}
	refusal := func(field, text string) error {
		return a.showPeople(c, by, a.answer(ctx, invalid(field, text), where{path: c.Path(), by: by.officer()}), "")
	}
	if !slices.Contains(workflow.Roles(), n.Role) {
		return refusal("role", "请选择岗位")
	}
	if n.IDNumber != "" {
		if wrong := workflow.CheckIDNumber(n.IDNumber, a.today()); wrong != "" {
			return refusal("id_number", wrong)
		}
	}
	offices, err := a.store.Offices(ctx)
	if err != nil {
		return err
	}
	for _, o := range offices {
		if fmt.Sprint(o.ID) == c.FormValue("office") {
			n.Kind, n.Division = o.Kind, o.Division
		}
	}
	if n.Division == "" {
		return refusal("office", "请选择单位")
	}
	waits, err := a.store.OpenAccount(ctx, models.Administrator{Officer: by.ID}, n)
	if errors.Is(err, models.ErrTaken) {
		return refusal("login", "已有账号 "+n.Login+"，请换一个")
	}
	if err != nil {
		p := a.answer(ctx, err, where{path: c.Path(), by: by.officer()})
		if p.Status >= 500 {
			return p
		}
		return a.showPeople(c, by, p, "")
	}
	if waits {
		return c.Redirect("/admin/changes?asked=1", fiber.StatusSeeOther)
	}
	return a.showPeople(c, by, nil, n.Login+"："+n.Password)
}

// postPersonChange disables an account, or gives it a one-time password, shown once; one that needs two persons waits for a second
// administrator.
func (a *app) postPersonChange(c *fiber.Ctx, by *caller) error {
	ctx, login := c.UserContext(), c.Params("login")
	switch c.FormValue("do") {
	case "disable":
		if login == by.Login {
			return invalid("login", "不能停用自己的账号，请由另一位系统管理员办理")
		}
		if err := a.store.DisableOfficer(ctx, models.Administrator{Officer: by.ID}, login); err != nil {
			return err
		}
		return c.Redirect("/admin/accounts?done=1", fiber.StatusSeeOther)
	case "reset":
		password := rand.Text()[:16]
		waits, err := a.store.ResetPassword(ctx, models.Administrator{Officer: by.ID}, login, password, true)
		switch {
		case errors.Is(err, workflow.ErrStale):
			return refuse(409, "这个账号已有一项在等另一位管理员确认，请到“待确认”查看")
		case err != nil:
			return err
		case waits:
			return c.Redirect("/admin/changes?asked=1", fiber.StatusSeeOther)
		}
		return a.showPeople(c, by, nil, login+"："+password)
	}
	return invalid("do", "请选择停用或重置密码")
}

// postOffice renames an office; papers already issued keep the name of their day.
func (a *app) postOffice(c *fiber.Ctx, by *caller) error {
	id, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	name, wrong := workflow.CheckName(c.FormValue("name"), "单位名称", 60)
	if wrong != "" {
		return invalid("name", wrong)
	}
	if err := a.store.RenameOffice(c.UserContext(), workflow.OfficeID(id), name); err != nil {
		return err
	}
	a.noted(c.UserContext(), by, "改单位名称", name)
	return c.Redirect("/admin/offices?done=1", fiber.StatusSeeOther)
}

type calendarData struct {
	shell
	Years    []yearLine
	Versions []models.CalendarVersion
	Typed    yearText
	Tried    bool // a dry run is shown
	Done     workflow.Imported
	Moves    []movedLine
}

// yearText is a notice as it was typed.
type yearText struct{ Year, Notice, Published, Off, Work string }

type yearLine struct {
	Year, Notice string
	Provisional  bool
}

type movedLine struct{ Href, Number, Stage, Limit, Was, Is, Why, How string }

func (a *app) calendarPage(c *fiber.Ctx, by *caller) error {
	return a.showCalendar(c, calendarData{shell: a.shell(c, "工作日历")}, 200)
}

func (a *app) showCalendar(c *fiber.Ctx, d calendarData, status int) error {
	d.Here = "/admin/calendar"
	cal := a.svc.County().Calendar
	known := map[int]bool{}
	for _, y := range cal.Years() {
		known[y.Year] = true
		d.Years = append(d.Years, yearLine{Year: fmt.Sprint(y.Year), Notice: y.Notice})
	}
	this, _, _ := a.today().Date()
	for y := this; y <= this+1; y++ {
		if !known[y] {
			d.Years = append(d.Years, yearLine{Year: fmt.Sprint(y), Provisional: true})
		}
	}
	var err error
	if d.Versions, err = a.store.CalendarVersions(c.UserContext()); err != nil {
		return err
	}
	return a.show(c, status, "calendar", d)
}

// yearOf reads a year's notice as it is typed from the paper: breaks and make-up days, one a line.
func yearOf(c *fiber.Ctx) ([]calendar.Year, error) {
	lines := func(name string) []string {
		return strings.FieldsFunc(c.FormValue(name), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，;；、", r) })
	}
	year, err := strconv.Atoi(workflow.NormalIDNumber(strings.TrimSpace(c.FormValue("year"))))
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(map[string]any{"year": year, "notice": strings.TrimSpace(c.FormValue("notice")), "published_on": c.FormValue("published_on"), "off": lines("off"), "work": lines("work")})
	if err != nil {
		return nil, err
	}
	return calendar.ParseYears(raw)
}

// postCalendar tries a notice, and puts it in force when it is sent again with do=apply: the people see first what would move.
func (a *app) postCalendar(c *fiber.Ctx, by *caller) error {
	ctx := c.UserContext()
	d := calendarData{shell: a.shell(c, "工作日历"), Tried: true, Typed: yearText{c.FormValue("year"), c.FormValue("notice"), c.FormValue("published_on"), c.FormValue("off"), c.FormValue("work")}}
	apply := c.FormValue("do") == "apply"
	years, err := yearOf(c)
	if err == nil && (years[0].Notice == "" || len([]rune(years[0].Notice)) < 6) {
		err = invalid("notice", "请写明通知的名称和文号，例如：国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕7号）")
	}
	if err == nil {
		d.Done, err = a.svc.ImportCalendar(ctx, by.ID, years, !apply)
	}
	if err != nil {
		p := a.answer(ctx, err, where{path: c.Path(), by: by.officer()})
		d.Tried, d.Errors = false, []pageError{{"#off", "这份通知读不通，没有改动任何内容。请核对：年份是今年、明年或近十年；日期都在这一年（元旦可从上一年12月起）；放假写作 2027-01-01/2027-01-03，一行一段；调休上班日须是周六或周日；同一天不能既放假又上班"}}
		if p.Status == 422 && len(p.Errors) > 0 {
			d.Errors = errorsOnPage(p)
		}
		return a.showCalendar(c, d, 422)
	}
	if apply {
		if a.cfg.CountyChanged != nil {
			if err := a.cfg.CountyChanged(ctx); err != nil {
				return err
			}
		}
		a.noted(c.UserContext(), by, "启用工作日历", fmt.Sprintf("第 %d 版", d.Done.Version))
		d.Notice, d.Tried, d.Typed = fmt.Sprintf("已启用日历第 %d 版，重新计算了 %d 个期限", d.Done.Version, len(d.Done.Moves)), false, yearText{}
	}
	for _, m := range d.Done.Moves {
		l := movedLine{Href: caseAddress(m.Case), Number: m.Number, Stage: m.Stage.Title(), Limit: string(m.Limit), Was: m.Was.String(), Is: m.Is.String(), Why: m.Why, How: "改期"}
		switch {
		case m.Held:
			l.How = "已到期，不改"
		case m.Settled:
			l.How = "暂定转为确定"
		}
		d.Moves = append(d.Moves, l)
	}
	return a.showCalendar(c, d, 200)
}

type limitLine struct {
	Stages, ID, Limit, Rule, Promise string
	Statutory, Fixed                 bool // a minimum, or a day that a notice states, cannot be promised
}

type limitsData struct {
	shell
	Limits     []limitLine
	Standard   string
	Hours      string
	Mandate    workflow.Mandate
	From, To   string
	Body       string
	Bodies     []option
	Issuers    []option
	ProofFirst bool
}

func (a *app) limitsPage(c *fiber.Ctx, by *caller) error { return a.showLimits(c, by, nil) }

func (a *app) showLimits(c *fiber.Ctx, _ *caller, refused *problem) error {
	d := limitsData{shell: a.shell(c, "承诺时限和县级参数")}
	d.Here = "/admin/limits"
	p := a.svc.County().Parameters
	promises := p.Promises
	if refused != nil {
		promises = nil
	}
	for _, l := range a.promisable() {
		line := limitLine{Stages: strings.Join(l.where, "、"), ID: string(l.ID), Limit: fmt.Sprintf("%d %s", l.N, units[string(l.Unit)]), Rule: string(l.Rule) + " " + l.Under.String(),
			Statutory: l.Statutory, Fixed: !l.MayPromise(1), Promise: strings.TrimSpace(c.FormValue("promise-" + string(l.ID)))}
		if n := promises[l.ID]; n > 0 {
			line.Promise = fmt.Sprint(n)
		}
		d.Limits = append(d.Limits, line)
	}
	d.Standard, d.Body, d.Mandate, d.ProofFirst = p.HomesteadStandard.String(), p.MeetingBody, p.Mandate, p.ProofBeforeRegistration
	if p.Mandate.From != 0 {
		d.From = p.Mandate.From.String()
	}
	if p.Mandate.To != 0 {
		d.To = p.Mandate.To.String()
	}
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, errorsOnPage(refused)
		d.Standard, d.Body, d.Mandate.Number, d.From, d.To = c.FormValue("standard"), c.FormValue("body"), c.FormValue("mandate"), c.FormValue("from"), c.FormValue("to")
		d.Mandate.Issuer, d.ProofFirst = workflow.Party(c.FormValue("issuer")), c.FormValue("proof") != ""
	} else if c.Query("done") != "" {
		d.Notice = "已保存，从下一次办理起生效"
	}
	for _, b := range []string{"group_villager_meeting", "member_assembly", "member_delegate_assembly"} {
		d.Bodies = append(d.Bodies, option{b, enumTitle("body", b), b == d.Body})
	}
	for _, i := range []workflow.Party{workflow.CountyNaturalResources, workflow.CountyApprovalBureau} {
		d.Issuers = append(d.Issuers, option{string(i), i.Title(), i == d.Mandate.Issuer})
	}
	return a.show(c, status, "limits", d)
}

// mostPromised is the longest that may be promised of a limit.
func (a *app) mostPromised(l workflow.Limit) int {
	n := 1
	for l.MayPromise(n + 1) {
		n++
	}
	return n
}

// promisedLimit is a limit with the stages in which it runs; the shortest of them where the matters differ.
type promisedLimit struct {
	workflow.Limit
	where []string
}

// promisable lists the limits of all chains once each, in their order.
func (a *app) promisable() []promisedLimit {
	var list []promisedLimit
	for _, ch := range a.svc.Chains().All() {
		for _, st := range ch.Stages {
			for _, l := range st.Limits() {
				i := slices.IndexFunc(list, func(o promisedLimit) bool { return o.ID == l.ID })
				if i < 0 {
					i, list = len(list), append(list, promisedLimit{Limit: l})
				}
				if l.N < list[i].N {
					list[i].Limit = l
				}
				if name := ch.Title + "　" + l.Title(st); !slices.Contains(list[i].where, name) {
					list[i].where = append(list[i].where, name)
				}
			}
		}
	}
	return list
}

// postLimits saves the parameters of the county that the rules leave to it.
func (a *app) postLimits(c *fiber.Ctx, by *caller) error {
	ctx := c.UserContext()
	p := a.svc.County().Parameters
	err := func() error {
		standard, err := workflow.ParseDecimal(strings.TrimSpace(c.FormValue("standard")))
		if err != nil {
			return invalid("standard", "宅基地面积标准应为最多两位小数的数，例如 133.00；不设标准填 0")
		}
		p.HomesteadStandard, p.MeetingBody, p.ProofBeforeRegistration = standard, c.FormValue("body"), c.FormValue("proof") != ""
		if enumTitle("body", p.MeetingBody) == p.MeetingBody && p.MeetingBody != "" {
			return invalid("body", "请选择讨论申请的会议")
		}
		m := workflow.Mandate{Number: clip(strings.TrimSpace(c.FormValue("mandate")), 60), Issuer: workflow.Party(c.FormValue("issuer"))}
		for _, f := range []struct {
			name string
			into *calendar.Day
		}{{"from", &m.From}, {"to", &m.To}} {
			text := strings.TrimSpace(c.FormValue(f.name))
			if text == "" {
				continue
			}
			if *f.into, err = calendar.ParseDay(text); err != nil {
				return invalid(f.name, "请填写真实存在的日期，例如 2026-03-02")
			}
		}
		if m.Number != "" && m.Issuer != workflow.CountyNaturalResources && m.Issuer != workflow.CountyApprovalBureau {
			return invalid("issuer", "请选择以哪个机关的名义发证")
		}
		if m.Number != "" && (m.From == 0 || m.To != 0 && m.To < m.From) {
			return invalid("from", "委托书的起始日期要填，且不晚于截止日期")
		}
		if m.Number == "" {
			m = workflow.Mandate{}
		}
		p.Mandate = m
		p.Promises = map[workflow.LimitID]int{}
		for _, l := range a.promisable() {
			field := "promise-" + string(l.ID)
			text := workflow.NormalIDNumber(strings.TrimSpace(c.FormValue(field)))
			if text == "" {
				continue
			}
			n, err := strconv.Atoi(text)
			if err != nil || !l.MayPromise(n) {
				return invalid(field, fmt.Sprintf("%s 的承诺天数应为 1 至 %d 的整数，只能比法定的短；不另作承诺的留空", l.ID, a.mostPromised(l.Limit)))
			}
			p.Promises[l.ID] = n
		}
		return nil
	}()
	if err == nil {
		err = a.store.SaveParameters(ctx, p)
	}
	if err == nil && a.cfg.CountyChanged != nil {
		err = a.cfg.CountyChanged(ctx)
	}
	if err == nil {
		a.noted(c.UserContext(), by, "修改县级参数", "")
	}
	return a.settlePage(c, by, err, "/admin/limits", func(p *problem) error { return a.showLimits(c, by, p) })
}

type channelsData struct {
	shell
	Channels               []channelLine
	Kind, URL, Key, Sender string
	Words                  workflow.Messages
}

type channelLine struct {
	ID, Kind, Office string
	Active           bool
}

// channelsPage shows by which ways messages leave, and what they say; the ways themselves hold passwords and are set by API or command.
func (a *app) channelsPage(c *fiber.Ctx, _ *caller) error { return a.showChannels(c, nil) }

// postChannel enters a way by which messages leave, or takes one away.
func (a *app) postChannel(c *fiber.Ctx, by *caller) error {
	ctx := c.UserContext()
	if c.FormValue("words") != "" {
		return a.settlePage(c, by, a.saveMessages(c, by), "/admin/channels", func(p *problem) error { return a.showChannels(c, p) })
	}
	if c.FormValue("remove") != "" {
		id, err := number(c.FormValue("remove"))
		if err == nil {
			err = a.removeChannel(ctx, by, id)
		}
		return a.settlePage(c, by, err, "/admin/channels", func(p *problem) error { return a.showChannels(c, p) })
	}
	config := map[string]any{}
	for _, n := range []string{"url", "key", "secret", "sender", "template"} {
		if v := strings.TrimSpace(c.FormValue(n)); v != "" {
			config[n] = v
		}
	}
	raw, err := json.Marshal(map[string]any{"kind": c.FormValue("kind"), "config": config, "active": true})
	if err == nil {
		_, err = a.setChannel(ctx, by, raw)
	}
	return a.settlePage(c, by, err, "/admin/channels", func(p *problem) error { return a.showChannels(c, p) })
}

// saveMessages keeps the words around what a message says.
func (a *app) saveMessages(c *fiber.Ctx, by *caller) error {
	ctx, p := c.UserContext(), a.svc.County().Parameters
	m := workflow.Messages{Sign: strings.Trim(strings.TrimSpace(c.FormValue("sign")), "【】"), Ask: strings.TrimSpace(c.FormValue("ask"))}
	switch {
	case len([]rune(m.Sign)) > 12 || !plainText(m.Sign):
		return invalid("sign", "落款最多 12 个字，例如：稷山安居")
	case len([]rune(m.Ask)) > 60 || !plainText(m.Ask):
		return invalid("ask", "结尾最多 60 个字，例如：请登录系统办理和确认。")
	}
	p.Messages = m
	err := a.store.SaveParameters(ctx, p)
	if err == nil && a.cfg.CountyChanged != nil {
		err = a.cfg.CountyChanged(ctx)
	}
	if err == nil {
		a.noted(c.UserContext(), by, "修改消息模板", m.Sign)
	}
	return err
}

func (a *app) showChannels(c *fiber.Ctx, refused *problem) error {
	ctx := c.UserContext()
	d := channelsData{shell: a.shell(c, "消息通道和模板")}
	d.Here = "/admin/channels"
	d.Words = a.svc.County().Parameters.Messages
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, errorsOnPage(refused)
		for i := range d.Errors {
			d.Errors[i].Href = strings.Replace(d.Errors[i].Href, "#config.", "#", 1)
		}
		d.Kind, d.URL, d.Key, d.Sender = c.FormValue("kind"), c.FormValue("url"), c.FormValue("key"), c.FormValue("sender")
	} else if c.Query("done") != "" {
		d.Notice = "已保存"
	}
	list, err := a.store.Channels(ctx)
	if err != nil {
		return err
	}
	offices, err := a.store.Offices(ctx)
	if err != nil {
		return err
	}
	for _, ch := range list {
		l := channelLine{ID: fmt.Sprint(ch.ID), Kind: map[string]string{"sms": "短信", "wecom": "企业微信", "dingtalk": "钉钉", "mail": "邮件"}[ch.Kind], Office: "全县", Active: ch.Active}
		for _, o := range offices {
			if o.ID == ch.Office {
				l.Office = o.Name
			}
		}
		d.Channels = append(d.Channels, l)
	}
	return a.show(c, status, "channels", d)
}

type healthData struct {
	shell
	Checks []healthLine
}

type healthLine struct {
	Name, Text, Do string
	OK             bool
}

// watchedLines are the clock and the processes. They do not depend on a worker being alive.
func (a *app) watchedLines(ctx context.Context, add func(name string, ok bool, text, do string)) error {
	list, err := a.store.Processes(ctx)
	if err != nil {
		return err
	}
	cause, held := "", false
	for _, h := range a.held() {
		if h.Hold == workflow.HoldClock {
			cause, held = h.Cause, true
		}
	}
	for _, p := range list {
		if !held && p.Alive() && p.Doubt != "" {
			cause, held = p.Host+": "+p.Doubt, true
		}
	}
	add("时钟", !held, map[bool]string{true: "没有发现问题", false: "可能不准，红牌、催办和文书编号已暂停：" + cause}[!held],
		"核对服务器和数据库所在机器的时钟并校准；确认现在的时间正确的，在服务器上运行 anju clock confirm")
	w := workersOf(list)
	text := noWorker(list)
	if w.Alive > 0 {
		text = fmt.Sprintf("%d 个在运行，最后一次报到在 %.0f 秒前", w.Alive, *w.LastBeatSeconds)
	}
	if a.full(nil) { // no worker can report then
		add("存储", false, "服务器存储已满：暂不能保存，后台任务也不能报到", "给数据库所在的磁盘腾出空间")
		return nil
	}
	add("后台任务", w.Alive > 0, text, "启动后台任务（anju serve，角色 worker 或 all），并查看它的日志")
	return nil
}

// restoreLine says what waits until a restore is confirmed.
func (a *app) restoreLine(ctx context.Context, add func(name string, ok bool, text, do string)) error {
	l, err := a.store.RestoreWaits(ctx)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	add("恢复", false, fmt.Sprintf("数据库比已有的记录旧，停在 %s（%s）。等待确认的有：待发消息 %d 条（其中恢复前已发过 %d 条），未送达各单位的通知 %d 条，"+
		"到期未处理的期限 %d 个，其间已过期限 %d 个", when(shanghai(l.Ends)), l.Cause, l.Waiting, l.Told, l.Outbox+l.Unplanned, l.Due, len(l.Passed)),
		"在服务器上运行 anju restore status 逐条核对，再运行 anju restore confirm；在此之前不发红牌、催办和消息，其他办理照常")
	return nil
}

// healthPage says in one screen whether the system is well, and what to do where it is not.
func (a *app) healthPage(c *fiber.Ctx, _ *caller) error {
	ctx := c.UserContext()
	d := healthData{shell: a.shell(c, "运行状况")}
	add := func(name string, ok bool, text, do string) {
		if ok {
			do = ""
		}
		d.Checks = append(d.Checks, healthLine{name, text, do, ok})
	}
	if b := a.cfg.Build; b.Version != "" {
		text := b.Version + "，提交 " + cmp.Or(b.Commit, "未知") + "，" + b.Go
		add("程序版本", !b.Dirty, text, "这个程序含有未提交的改动，请换用正式发布的版本")
	}
	err := a.store.Ping(ctx)
	add("数据库", err == nil, map[bool]string{true: "正常应答", false: "不应答"}[err == nil], "检查数据库服务是否在运行、磁盘是否写满")
	if err != nil {
		return a.show(c, 200, "health", d)
	}
	q, err := a.queue(ctx)
	if err != nil {
		return err
	}
	if q.Redis != nil {
		add("队列", q.Redis.Answers, map[bool]string{true: queueKind(q.Redis.Kind) + "，正常应答", false: q.Redis.Problem}[q.Redis.Answers], "期限由数据库巡检照常处理；请检查 Redis")
	}
	if err := a.watchedLines(ctx, add); err != nil {
		return err
	}
	if err := a.restoreLine(ctx, add); err != nil {
		return err
	}
	late := !q.oldest.IsZero() && a.svc.Now().Sub(q.oldest) > models.LateAfter
	text := "正常"
	if late {
		text = fmt.Sprintf("有 %d 条通知没有送到各单位，最早的一条已等待 10 分钟以上", q.Database.Undelivered)
	}
	add("通知送达", !late, text, "检查后台任务和队列是否在运行（anju doctor）")
	add("积压", q.Database.DueUnfired == 0, fmt.Sprintf("已到时刻未处理的期限 %d 个，未送达的消息 %d 条", q.Database.DueUnfired, q.Database.Undelivered), "看任务队列页，稍等巡检；一直不减请看日志")
	add("失败的任务", q.Database.Failed == 0, fmt.Sprintf("%d 个", q.Database.Failed), "到任务队列页查看原因并重新执行")
	add("消息", q.Database.Undeliverable+q.Database.Unsure == 0, fmt.Sprintf("未送达 %d 条，不确定 %d 条", q.Database.Undeliverable, q.Database.Unsure), "到任务队列页核对后重发")
	y, m, _ := a.today().Date()
	covered := func(year int) bool {
		for _, x := range a.svc.County().Calendar.Years() {
			if x.Year == year {
				return true
			}
		}
		return false
	}
	add("今年的日历", covered(y), fmt.Sprintf("%d 年", y), "导入国务院办公厅当年的放假通知，否则期限都是暂定的，不亮红牌")
	add("明年的日历", covered(y+1) || m < 11, map[bool]string{true: fmt.Sprintf("%d 年已导入", y+1), false: fmt.Sprintf("%d 年还没有", y+1)}[covered(y+1)], "11 月起请导入明年的放假通知")
	for _, al := range q.Alarms {
		add("告警", false, al.Text, "自 "+when(al.OpenedAt)+" 起")
	}
	return a.show(c, 200, "health", d)
}
