package handlers

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// shell is what every page has around its own matter.
type shell struct {
	Title         string
	User          *userJSON
	CSRF          string
	Demo          *demoBar // nil outside the demo
	Here          string
	Counter       bool
	Handles       bool // the caller sees cases
	Nav           []navLink
	Big           bool // 大字版, kept in a cookie of this browser
	Hidden        bool // no search engine may keep the page
	Style, Script string
	Errors        []pageError
	Notice        string
	Holds         []string // what is held now, on every page of who is logged in
}

// navLink is one entry of the main menu.
type navLink struct{ Href, Text string }

// pageError is one line of the summary on top, with the field it leads to.
type pageError struct{ Href, Text string }

func (a *app) shell(c *fiber.Ctx, title string) shell {
	s := shell{Title: title, Here: "/", Style: a.pages.style, Script: a.pages.script, Big: c.Cookies(bigCookie) == "1"}
	if safe(c.Method()) {
		s.Here = c.Path()
	}
	if by := callerOf(c.UserContext()); by != nil {
		u := userOf(by.Officer)
		s.User, s.CSRF, s.Counter, s.Handles = &u, mask(by.csrf), by.OfficeKind == workflow.ServiceCenter, by.handles()
		s.Nav = navOf(by)
		if a.cfg.Demo != nil {
			s.Demo = a.demoBar(c, by)
		}
		for _, h := range a.held() {
			s.Holds = append(s.Holds, holdText(h.Hold))
		}
	}
	return s
}

// navOf is the main menu of a role: the pages that its office works with, and no other.
func navOf(by *caller) []navLink {
	if !by.handles() {
		switch by.Role {
		case workflow.SecurityAdmin:
			return []navLink{{"/", "首页"}, {"/admin/accounts", "账号"}, {"/admin/changes", "待确认"}}
		case workflow.AuditAdmin:
			return []navLink{{"/", "首页"}, {"/admin/log", "审计日志"}, {"/admin/changes", "待确认"}}
		}
		return []navLink{{"/admin/offices", "机构"}, {"/admin/calendar", "工作日历"}, {"/admin/limits", "承诺时限"}, {"/admin/channels", "消息通道"}, {"/admin/queue", "任务队列"}, {"/admin/health", "运行状况"},
			{"/admin/changes", "待确认"}}
	}
	nav := []navLink{{"/", "待办"}, {"/inbox", "消息"}, {"/cases", "办件"}}
	switch level := by.OfficeKind.Level(); {
	case by.OfficeKind == workflow.ServiceCenter:
		nav = append(nav, navLink{"/new", "新办件"})
	case level == workflow.CountyLevel || by.Role == workflow.Auditor:
		nav = append(nav, navLink{"/audit", "效能监督"})
	case level == workflow.TownshipLevel:
		nav = append(nav, navLink{"/board", "联审台"}, navLink{"/audit", "效能监督"})
	}
	nav = append(nav, navLink{"/petitions", "群众来件"})
	if level := by.OfficeKind.Level(); level == workflow.TownshipLevel || level == workflow.CountyLevel {
		nav = append(nav, navLink{"/contractors", "承揽名录"})
	}
	return nav
}

// bigCookie keeps the choice of large text: a wish of the eyes, nothing personal.
const bigCookie = "anju_big"

// postDisplay switches large text on or off.
func (a *app) postDisplay(c *fiber.Ctx, by *caller) error {
	if by == nil && !sameOrigin(c) {
		return errForged
	}
	value := "0"
	if c.FormValue("big") == "1" {
		value = "1"
	}
	c.Cookie(&fiber.Cookie{Name: bigCookie, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, Secure: a.cfg.SecureCookies, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode})
	return c.Redirect(local(c.FormValue("back")), fiber.StatusSeeOther)
}

func clockText(t time.Time) string {
	t = t.In(calendar.Shanghai)
	return t.Format("2006年1月2日 15:04") + "　星期" + string([]rune("日一二三四五六")[t.Weekday()])
}

// mask writes a token differently on each page, so that a compressed answer betrays nothing of it.
func mask(token string) string {
	pad := make([]byte, len(token))
	_, _ = rand.Read(pad) // crypto/rand does not fail
	b := append([]byte(nil), pad...)
	for i := range len(token) {
		b = append(b, token[i]^pad[i])
	}
	return "m." + base64.RawURLEncoding.EncodeToString(b)
}

// unmask reads a token as a page or a program sends it.
func unmask(s string) string {
	enc, ok := strings.CutPrefix(s, "m.")
	if !ok {
		return s
	}
	b, err := base64.RawURLEncoding.DecodeString(enc)
	if err != nil || len(b)%2 != 0 {
		return ""
	}
	n := len(b) / 2
	token := make([]byte, n)
	for i := range n {
		token[i] = b[i] ^ b[n+i]
	}
	return string(token)
}

// arrival tells the script where a form leads instead of redirecting it: the browser would fetch the page for the script, and once
// more for the person.
func arrival(c *fiber.Ctx, err error) error {
	to := string(c.Response().Header.Peek(fiber.HeaderLocation))
	if err == nil && to != "" && c.Get("Anju-Script") != "" && c.Response().StatusCode() == fiber.StatusSeeOther {
		c.Response().Header.Del(fiber.HeaderLocation)
		c.Set("Anju-Location", to)
		return c.Status(fiber.StatusOK).SendString("")
	}
	return err
}

func (a *app) toLogin(c *fiber.Ctx) error {
	return c.Redirect("/login?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
}

// local is a path of ours to go on to, never another site's.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

type loginData struct {
	shell
	Next, Login string
	Trial       bool // the demo county: its accounts stand on the page
}

func (a *app) loginPage(c *fiber.Ctx, by *caller) error {
	if by != nil {
		return c.Redirect("/", fiber.StatusSeeOther)
	}
	d := loginData{shell: a.shell(c, "登录"), Next: local(c.Query("next", "/")), Trial: a.cfg.Demo != nil}
	if c.Query("kept") != "" {
		d.Notice = "登录已失效，刚才的内容没有提交，但已为您保存。请重新登录，内容会回到原来的表上，核对后再提交一次。"
	}
	return a.show(c, 200, "login", d)
}

func (a *app) postLogin(c *fiber.Ctx, _ *caller) error {
	if !sameOrigin(c) {
		return errForged
	}
	login, next := strings.TrimSpace(c.FormValue("login")), local(c.FormValue("next"))
	from := a.browserOf(c)
	_, s, err := a.logIn(c.UserContext(), login, c.FormValue("password"), from, c.Cookies(cookieName))
	if err != nil {
		p := a.answer(c.UserContext(), err, where{path: c.Path()})
		if p.Status >= 500 {
			return p
		}
		d := loginData{shell: a.shell(c, "登录"), Next: next, Login: login, Trial: a.cfg.Demo != nil}
		d.Errors = []pageError{{"#login", p.Detail}}
		return a.show(c, p.Status, "login", d)
	}
	a.setDevice(c, from)
	a.setCookie(c, s.token, s.expires)
	return c.Redirect(next, fiber.StatusSeeOther)
}

func (a *app) postLogout(c *fiber.Ctx, by *caller) error {
	if err := a.store.EndSession(c.UserContext(), by.token); err != nil {
		return err
	}
	a.dropCookie(c)
	return c.Redirect("/login", fiber.StatusSeeOther)
}

type errorData struct {
	shell
	Problem *problem
	Kept    []fact
}

func (a *app) errorPage(c *fiber.Ctx, p *problem) error {
	d := errorData{shell: a.shell(c, p.Title), Problem: p}
	if p.Status != fiber.StatusRequestEntityTooLarge {
		d.Kept = a.kept(c)
	}
	d.Here = "/"
	return a.show(c, p.Status, "error", d)
}

// loginLost keeps what was typed when the login has run out meanwhile: it stands in its form again after the same person has
// logged in. Where the form does not say whose it is, it is shown.
func (a *app) loginLost(c *fiber.Ctx) error {
	const lost = "登录已失效，刚才的内容没有提交"
	if page, ok := a.rescue(c); ok {
		return rescued(c, "/login?"+url.Values{"next": {page}, "kept": {"1"}}.Encode())
	}
	if scripted(c) {
		return errNoCaller
	}
	return a.errorPage(c, refuse(401, lost+"。请在新窗口重新登录，再返回上一页刷新后提交；您填写的内容列在下面，可以复制"))
}

// kept is what a person typed into a form, without what the form itself carries.
func (a *app) kept(c *fiber.Ctx) []fact { return a.labels.factsOf(formOf(c)) }

// typedField tells whether a field of a form is one that a person fills in.
func typedField(name string) bool {
	switch name {
	case "reason", "reason_pick", "text", "answer", "ground", "name", "phone", "notice", "off", "work":
		return true
	}
	return strings.Contains(name, ".") && !strings.HasSuffix(name, ".signature")
}

func formOf(c *fiber.Ctx) url.Values {
	if safe(c.Method()) {
		return nil
	}
	if m, err := c.MultipartForm(); err == nil {
		return m.Value
	}
	v, err := url.ParseQuery(string(c.Body()))
	if err != nil {
		return nil
	}
	return v
}

type taskLine struct {
	Href, Number, Head, Place, Chain, Stage, Kind, Text, Due, Left string
	On                                                             string // the due day as data: 2026-03-09
	Lamp                                                           lamp
}

// opens lists the chains of which the caller's office opens cases.
func (a *app) opens(by *caller) []workflow.Chain {
	return slices.DeleteFunc([]workflow.Chain(a.svc.Chains().All()), func(ch workflow.Chain) bool { return !ch.MayOpen(by.OfficeKind) })
}

type homeData struct {
	shell
	Resets []string // of passwords of the office
	Tasks  []taskLine
	Total  int
	Pager  pager
	Chains []workflow.Chain
	Drafts []draftLine
	Cards  []lateLine // red cards that the office has not explained
	inboxCounts
	OwedCases []owedLine    // the most urgent ones
	Messages  []messageLine // the newest unread ones that another office wrote
}

type draftLine struct{ Href, Title, At string }

type pager struct {
	Page, Pages int
	Prev, Next  string
}

const perPage = 20

func pagerOf(c *fiber.Ctx, total int) (pager, int) {
	n := max(1, c.QueryInt("page", 1))
	p := pager{Page: n, Pages: max(1, (total+perPage-1)/perPage)}
	at := func(i int) string {
		q, err := url.ParseQuery(string(c.Request().URI().QueryString()))
		if err != nil {
			q = url.Values{}
		}
		q.Set("page", fmt.Sprint(i))
		return c.Path() + "?" + q.Encode()
	}
	if n > 1 {
		p.Prev = at(n - 1)
	}
	if n < p.Pages {
		p.Next = at(n + 1)
	}
	return p, n
}

func (a *app) homePage(c *fiber.Ctx, by *caller) error {
	d := homeData{shell: a.shell(c, "待办"), Chains: a.opens(by)}
	var err error
	if d.Resets, err = a.resets(c, by); err != nil {
		return err
	}
	if !by.handles() {
		return a.show(c, 200, "home", d)
	}
	ctx, n := c.UserContext(), max(1, c.QueryInt("page", 1))
	tasks, total, err := a.store.Tasks(ctx, by.ID, n, perPage)
	if err != nil {
		return err
	}
	d.Total = total
	d.Pager, _ = pagerOf(c, total)
	for _, t := range tasks {
		j := a.taskOf(t)
		l := a.listLine(j.Case, j.Light, j.DueOn, j.DueBefore, j.Paused)
		l.Kind, l.Text = taskKinds[j.Kind], j.Text
		if i := slices.IndexFunc(d.Tasks, func(o taskLine) bool { return o.Href == l.Href }); i >= 0 { // one line a case
			if l.Kind != d.Tasks[i].Kind {
				d.Tasks[i].Kind += "、" + l.Kind
			}
			continue
		}
		d.Tasks = append(d.Tasks, l)
	}
	if d.Cards, err = a.cardsOf(ctx, by, models.BreachQuery{Office: by.Office, Status: "open", PerPage: 10}); err != nil {
		return err
	}
	drafts, err := a.store.Drafts(ctx, by.ID)
	if err != nil {
		return err
	}
	for _, x := range drafts {
		d.Drafts = append(d.Drafts, draftLine{x.Form, x.Title, x.SavedAt.In(calendar.Shanghai).Format("1月2日 15:04")})
	}
	if err := a.homeInbox(ctx, by, &d); err != nil {
		return err
	}
	if c.Query("saved") != "" {
		d.Notice = "已保存，随时可以从下面的“没填完的表”接着填"
	}
	return a.show(c, 200, "home", d)
}

func (a *app) listLine(h caseHead, light workflow.Light, on, before *string, paused bool) taskLine {
	l := taskLine{Href: "/cases/" + h.ID, Number: h.Number, Head: h.Household.Head, Stage: h.Title, Place: h.Division + " " + h.GroupNo + "组",
		Lamp: lampOf(string(light), paused)}
	least := false
	if ch, err := a.svc.Chains().At(h.Chain, h.ChainVersion); err == nil {
		l.Chain = ch.Title
		st, _ := ch.Stage(h.State)
		least = st.Within.Bound == calendar.Min
	}
	if h.ClosedAt != nil {
		l.Lamp = over
	}
	if on != nil {
		l.On, l.Due, l.Left = *on, dayText(*on), a.leftOf(least, *on)
	}
	return l
}

func dayText(on string) string {
	d, err := calendar.ParseDay(on)
	if err != nil {
		return on
	}
	y, m, n := d.Date()
	return fmt.Sprintf("%d年%d月%d日", y, int(m), n)
}

// leftOf says what remains of a limit; a minimum that has run makes nobody late.
func (a *app) leftOf(least bool, on string) string {
	d, err := calendar.ParseDay(on)
	switch today := a.today(); {
	case err != nil || !least:
		return a.left(on)
	case today > d:
		return "期限已满，可以往下办"
	case today == d:
		return "今天 24:00 期满，明天可以签署"
	}
	return a.left(on) + "期满"
}

// left says how many working days remain until the end of a day.
func (a *app) left(on string) string {
	d, err := calendar.ParseDay(on)
	if err != nil {
		return ""
	}
	cal, today := a.svc.County().Calendar, calendar.DayOf(a.svc.Now())
	if today > d {
		n := 0
		for x := d + 1; x <= today; x++ {
			if cal.Working(x) {
				n++
			}
		}
		return fmt.Sprintf("已过 %d 个工作日", n)
	}
	n := 0
	for x := today + 1; x <= d; x++ {
		if cal.Working(x) {
			n++
		}
	}
	if today == d {
		return "今天到期"
	}
	return fmt.Sprintf("剩 %d 个工作日", n)
}

type casesData struct {
	shell
	Cases  []taskLine
	Total  int
	Pager  pager
	Q      string
	Light  string
	Lights []option
	Chain  string
	Chains []option
}

func (a *app) casesPage(c *fiber.Ctx, by *caller) error {
	q, light := strings.TrimSpace(c.Query("q")), c.Query("light")
	if _, ok := lights[light]; !ok || light == "paused" {
		light = ""
	}
	chain := c.Query("chain")
	if _, err := a.svc.Chains().Newest(workflow.ChainID(chain)); err != nil {
		chain = ""
	}
	if len([]rune(q)) > 100 {
		q = string([]rune(q)[:100])
	}
	n := max(1, c.QueryInt("page", 1))
	cases, total, err := a.store.Cases(c.UserContext(), by.ID, models.CaseQuery{Q: q, Light: light, Chain: chain, Page: n, PerPage: perPage})
	if err != nil {
		return err
	}
	d := casesData{shell: a.shell(c, "办件查询"), Total: total, Q: q, Light: light, Chain: chain}
	for _, ch := range a.svc.Chains().All() {
		d.Chains = append(d.Chains, option{string(ch.ID), ch.Title, string(ch.ID) == chain})
	}
	for _, l := range []string{"", "red", "yellow", "green", "grey"} {
		word := "全部"
		if l != "" {
			word = lights[l].Shape + " " + lights[l].Word
		}
		d.Lights = append(d.Lights, option{l, word, l == light})
	}
	d.Pager, _ = pagerOf(c, total)
	for _, x := range cases {
		j := a.lineOf(x)
		l := a.listLine(j.caseHead, j.Light, j.DueOn, j.DueBefore, j.Paused)
		if j.Outcome != nil {
			l.Text = outcomes[string(*j.Outcome)]
		}
		d.Cases = append(d.Cases, l)
	}
	return a.show(c, 200, "cases", d)
}

func (a *app) getMaterial(c *fiber.Ctx, by *caller) error {
	n, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	m, b, err := a.material(c.UserContext(), by, workflow.CaseID(n), c.Params("code"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, m.Type)
	c.Set(fiber.HeaderContentDisposition, disposition(m.Name))
	c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'")
	return c.Send(b)
}

// view is the case that a page's address names, as the caller sees it.
func (a *app) view(c *fiber.Ctx, by *caller) (workflow.View, error) {
	n, err := number(c.Params("id"))
	if err != nil {
		return workflow.View{}, err
	}
	return a.svc.View(c.UserContext(), workflow.CaseID(n), by.ID)
}
