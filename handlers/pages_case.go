package handlers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// actForm is one verb or record of a case as a form.
type actForm struct {
	ID      string // of the form on the page
	Action  string // where it is sent
	Field   string // "verb" or "kind"
	Name    string
	Title   string
	Who     string // whose turn it is, where not the caller's
	Law     string
	To      string
	Open    bool
	Ahead   bool
	Reason  bool
	Reasons []option // the common ones, to be picked instead of typed
	Typed   string   // the reason as typed
	Blocked []workflow.Unmet
	Fields  []formField
	Key     string
	Seen    int
	Keep    keeper
	Link    string // where a link is made by which another signs it on his phone
	Danger  bool   // ends the case against the applicant: said in the colour of the button
	Changes []change
	Confirm string // says that the changes were seen, when it comes back
}

type paperLine struct {
	Code, Name, Href    string
	Required, Present   bool
	Allowed             bool
	Asked               bool
	File, Size, Problem string
	Source, If          string // number of the earlier case that holds it; when it is owed at all
}

type timeLine struct {
	At, Who, Office, Title, Paper, From, To, Reason, Rule string
	Facts                                                 []fact
	Moved, Alarm                                          bool
	Quiet                                                 bool // of the program itself, for the whole history only
}

type caseData struct {
	shell
	Case      caseJSON
	Chain     string
	Steps     []stepLine
	People    []fact
	Frozen    string  // by what finding of the verification; "": it is not
	Key       string  // one-time key of the forms that hand in a scan, followed by the code of the paper
	Draft     bool    // nothing was handed in yet: what was typed is checked first
	Saved     *keeper // a draft stands in one of the forms
	Petitions []petitionLine
	Cards     []lateLine // the red cards that are not closed
	Plot      *plot      // the site as a sketch
	Brief     []fact     // the case in five lines: who, where, how big
	Receipt   string     // address of the paper that is printed next
	Slip      bool       // the counter may print the slip with the query code
	Poster    bool       // the public notice can be printed and hung
	Back      []fact     // 补录: what was typed in after its papers had come
	Outcome   string
	Office    string
	Due, Left string
	Untimed   string
	Limit     string
	Lamp      lamp
	Together  *actForm  // the signature with the records that it waits for, in one form
	Verbs     []actForm // the caller may take them now
	Waiting   []actForm // the caller's office, but something is missing
	Others    []actForm // another office
	Records   []actForm
	Asides    []actForm // records that nothing waits for, under one disclosure
	AsideOpen bool      // one of them came back refused
	AsideList string    // what they are
	Papers    []paperLine
	Missing   int
	Turn      bool // something on the main line waits for the caller
	Facts     []fact
	Lines     []timeLine // the newest
	More      int        // how many there are beside them
	Lost      []fact     // what was typed into a form that the case has outrun
}

// newest is how many lines of the history the page of a case shows; the others stand on their own page.
const newest = 6

// sent is a form that came back refused, or a draft that was put back (p is nil): what was typed, and its errors.
type sent struct {
	field, name string
	p           *problem
	form        url.Values
}

func (s *sent) is(f *actForm) bool { return s != nil && s.field == f.Field && s.name == f.Name }

func (a *app) casePage(c *fiber.Ctx, by *caller) error { return a.showCasePage(c, by, nil) }

// caseAddress is the address of a case's page, and the name of the draft of its forms.
func caseAddress(id workflow.CaseID) string { return fmt.Sprintf("/cases/%d", id) }

func (a *app) showCasePage(c *fiber.Ctx, by *caller, back *sent) error {
	ctx := c.UserContext()
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	j, err := a.caseOf(ctx, v)
	if err != nil {
		return err
	}
	d := caseData{shell: a.shell(c, v.Case.Householder+"　"+v.Case.State.Title()), Case: j, Chain: v.Chain.Title, Lamp: lampOf(string(v.Light), j.Stage.Paused),
		Untimed: v.Stage.Untimed, Frozen: v.Case.Frozen, Key: rand.Text()}
	if j.Stage.Office != nil {
		d.Office = j.Stage.Office.Name
	}
	d.Here = caseAddress(v.Case.ID)
	keep := a.keeper(by, d.Here)
	if back == nil {
		form, err := a.draft(ctx, by, &keep)
		if err != nil {
			return err
		}
		for _, field := range []string{"verb", "kind", "together"} {
			if form.Get(field) != "" {
				back, d.Saved = &sent{field: field, name: form.Get(field), form: form}, &keep
			}
		}
	}
	if j.ClosedAt != nil {
		d.Lamp = over
	}
	if d.Demo != nil {
		d.Demo.NextDue = a.nextDue(v)
	}
	if j.Outcome != nil {
		d.Outcome = outcomes[string(*j.Outcome)]
	}
	if j.Stage.DueOn != nil {
		d.Due, d.Left = dayText(*j.Stage.DueOn), a.leftOf(v.Stage.Within.Bound == calendar.Min, *j.Stage.DueOn)
	}
	if j.Stage.Limit != nil {
		d.Limit = a.limitText(v.Stage.Within)
	}
	status := 200
	if back != nil && back.p != nil {
		status = back.p.Status
	}
	found := a.actForms(ctx, &d, v, by, back, keep)
	if back != nil && back.p == nil && !found {
		d.Lost, d.Saved = a.labels.factsOf(back.form), nil
		a.drop(ctx, by, d.Here)
	}
	if back != nil && back.p != nil {
		switch {
		case back.field == "code":
			d.Errors = []pageError{{"#paper-" + back.name, back.p.Detail}}
		case back.p.Status == 409 || len(d.Errors) == 0:
			d.Errors = append([]pageError{{"", back.p.Detail}}, d.Errors...)
		}
		if !found && back.field != "code" {
			d.Lost = a.kept(c)
		}
	}
	a.papers(&d, v, back)
	for i, doc := range d.Case.Documents {
		if !strings.HasPrefix(doc.Form, "F") {
			d.Case.Documents[i].Form = "" // a paper without a number of form
		}
		for _, p := range []workflow.Party{workflow.TownshipGovernment, workflow.ServiceCenter, workflow.CountyNaturalResources, workflow.CountyApprovalBureau} {
			if doc.Issuer == p.Title() {
				d.Case.Documents[i].Issuer = a.officeName(ctx, p, v.Case)
			}
		}
	}
	d.Facts = append(d.Facts, factsOf(formSchema(v.Chain.Form), v.Case.Application)...)
	d.Plot, d.Brief, d.Draft = plotOf(v), a.brief(v), v.Case.State == workflow.Draft
	if d.People, err = a.people(ctx, by, v.Case.Household); err != nil {
		return err
	}
	if d.Steps, err = a.steps(ctx, v, by); err != nil {
		return err
	}
	lines, err := a.timeline(c, &d.shell, v, by)
	if err != nil {
		return err
	}
	all := len(lines)
	lines = slices.DeleteFunc(lines, func(l timeLine) bool { return l.Quiet })
	d.Lines = lines[:min(newest, len(lines))]
	d.More = all - len(d.Lines)
	if d.Petitions, err = a.petitionsOf(ctx, by, v.Case); err != nil {
		return err
	}
	_, d.Poster = a.noticeOfCase(ctx, v.Case, v.Chain)
	if d.Cards, err = a.cardsOf(ctx, by, models.BreachQuery{Case: v.Case.ID, PerPage: 20}); err != nil {
		return err
	}
	for _, b := range v.Case.File.BackEntries {
		d.Back = append(d.Back, fact{Label: dayText(b.On.String()) + " 收到", Value: dayText(calendar.DayOf(b.At).String()) + " 录入，" + b.Reason})
	}
	d.Slip = d.Counter
	if docs := d.Case.Documents; len(docs) > 0 {
		d.Receipt = fmt.Sprintf("/api/v1%s/documents/%s.pdf", d.Here, docs[len(docs)-1].ID)
	}
	return a.show(c, status, "case", d)
}

// people are the persons of the household, numbers masked.
func (a *app) people(ctx context.Context, by *caller, id workflow.HouseholdID) ([]fact, error) {
	f, err := a.store.HouseholdFile(ctx, by.ID, id)
	if err != nil {
		return nil, err
	}
	h := f.Household
	list := []fact{{Label: "户主", Value: strings.TrimSpace(h.Householder.Name + "　" + h.Householder.IDNumber + "　" + h.Householder.Phone)}}
	for _, m := range h.Members {
		list = append(list, fact{Label: m.Relation, Value: m.Name + "　" + m.IDNumber})
	}
	return list, nil
}

// colleagues are the officers of the caller's office to whom a case may be handed.
func (a *app) colleagues(ctx context.Context, by *caller) []option {
	officers, err := a.store.Officers(ctx)
	if err != nil {
		a.log.ErrorContext(ctx, "colleagues", "error", err)
		return nil // the login is typed then
	}
	list := []option{}
	for _, o := range officers {
		if o.Office == by.Office && o.Active {
			list = append(list, option{Value: o.Login, Label: o.Name})
		}
	}
	return list
}

// cardsOf are red cards that are not closed, for the pages of those who owe the explanation.
func (a *app) cardsOf(ctx context.Context, by *caller, q models.BreachQuery) ([]lateLine, error) {
	q.To, q.Page = a.today()+1, 1
	lines, _, err := a.store.Breaches(ctx, by.ID, q)
	if err != nil {
		return nil, err
	}
	var list []lateLine
	for _, l := range lines {
		if l.ClosedAt == nil {
			list = append(list, a.lateLine(l))
		}
	}
	return list, nil
}

// brief is a house in five lines, against what is allowed, as who decides wants to see it first; nothing for a matter without a house.
func (a *app) brief(v workflow.View) []fact {
	if v.Chain.ID != "homestead" && v.Chain.ID != "planning_permit" {
		return nil
	}
	p := workflow.Applied[workflow.Application](v.Case).Proposed
	if p.HomesteadArea <= 0 {
		return nil
	}
	area := p.HomesteadArea.String() + " ㎡"
	if most := a.svc.County().Parameters.HomesteadStandard; most > 0 {
		area += "（标准 " + most.String() + " ㎡以内）"
	}
	neighbours := "还没有登记"
	if said, ok := v.Case.Latest(workflow.NeighborKind); ok {
		neighbours = "已登记，" + said.At.In(calendar.Shanghai).Format("1月2日")
	}
	return []fact{{Label: "户", Value: fmt.Sprintf("%s，%d 人", v.Case.Householder, v.Case.File.Members)}, {Label: "位置", Value: p.Address}, {Label: "宅基地", Value: area},
		{Label: "房屋", Value: fmt.Sprintf("占地 %s ㎡，%d 层，建筑 %s ㎡，高 %s 米", p.FootprintArea, p.Floors, p.BuildingArea, p.Height)}, {Label: "邻里意见", Value: neighbours}}
}

// stepLine is one stage of a chain's main line on the picture of a case.
type stepLine struct {
	Title, Who, Spent, Left string
	Done, Here              bool
	Lamp                    lamp
}

// steps is the chain as a row of stages: where the case has been and for how long, where it lies, what is before it.
func (a *app) steps(ctx context.Context, v workflow.View, by *caller) ([]stepLine, error) {
	times, err := a.attributionOf(ctx, by, v)
	if err != nil {
		return nil, err
	}
	spent := map[workflow.State]int{}
	for _, x := range times.Intervals {
		spent[x.Stage] += x.Working
	}
	line := v.Chain.MainLine()
	at := slices.Index(line, v.Case.State)
	var list []stepLine
	for i, st := range line {
		s := stepLine{Title: st.Title(), Here: st == v.Case.State, Done: i < at || at < 0 && spent[st] > 0}
		if stage, ok := v.Chain.Stage(st); ok && stage.By != "" {
			s.Who = stage.By.Title()
		}
		if n, ok := spent[st]; ok {
			s.Spent = hoursText(n)
		}
		list = append(list, s)
	}
	if at < 0 && v.Case.ClosedAt == nil { // beside the main line: correction, objection, return
		list = append(list, stepLine{Title: v.Case.State.Title(), Here: true, Spent: hoursText(spent[v.Case.State])})
	}
	for i := range list {
		if list[i].Here {
			list[i].Lamp = lampOf(string(v.Light), false)
			if v.Own != nil {
				on, _, paused := day(v.Own.Deadline)
				list[i].Lamp = lampOf(string(v.Light), paused)
				if on != nil {
					list[i].Left = a.leftOf(v.Own.Limit.Bound == calendar.Min, *on)
				}
			}
		}
	}
	return list, nil
}

// hoursText writes working minutes as people say them.
func hoursText(minutes int) string {
	if minutes < 60 {
		return fmt.Sprintf("%d 分钟", minutes)
	}
	return fmt.Sprintf("%g 工时", hours(minutes))
}

// nextDue is the next instant at which a clock of the case runs out, as the demo bar sends it; empty without one.
func (a *app) nextDue(v workflow.View) string {
	var next time.Time
	for _, d := range v.Deadlines {
		if _, _, paused := day(d.Deadline); paused {
			continue
		}
		if at := d.Deadline.DueBefore; at.After(a.svc.Now()) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if next.IsZero() {
		return ""
	}
	return next.In(calendar.Shanghai).Format(clockForm)
}

// limitText is a limit with its rule, and beside it what the county promises where that is something else.
func (a *app) limitText(l workflow.Limit) string {
	least := ""
	if l.Bound == calendar.Min {
		least = "不少于 "
	}
	kind := "法定"
	if !l.Statutory {
		kind = "承诺"
	}
	text := fmt.Sprintf("%s %s%d %s（%s %s，%s）", kind, least, l.N, units[string(l.Unit)], l.ID, l.Rule, l.Under)
	if p := a.svc.County().Parameters.Promise(l); p.N != l.N {
		text += fmt.Sprintf("，本县承诺 %d %s", p.N, units[string(l.Unit)])
	}
	return text
}

// actForms sorts the verbs and records of the stage by what the caller can do with them, and says whether the form that came
// back is still among them.
func (a *app) actForms(ctx context.Context, d *caseData, v workflow.View, by *caller, back *sent, keep keeper) bool {
	found, waits := false, map[string]bool{} // by what would meet it
	choices, colleagues := map[string][]option{"material_code": {}}, a.colleagues(ctx, by)
	for _, p := range papersOf(v.Chain) {
		choices["material_code"] = append(choices["material_code"], option{Value: p.Code, Label: p.Name})
	}
	base := caseAddress(v.Case.ID) + "/"
	fill := func(f *actForm, data workflow.Form) {
		f.Key, f.Seen, f.Keep = rand.Text(), v.Case.Seen, keep
		s := formSchema(data)
		delete(choices, "officer")
		if f.Name == string(workflow.ReassignKind) { // another form may name an officer of another office
			choices["officer"] = colleagues
		}
		m, value := maker{id: f.ID, choices: choices}, a.initial(data, workflow.Verb(f.Name), v.Case.Application)
		if back.is(f) {
			found, f.Open = true, true
			f.Typed = back.form.Get("reason")
			picked(f.Reasons, back.form["reason_pick"])
			value = typed(s, back.form)
			if back.p != nil {
				d.Errors, m.errors = summary(back.p, f.ID, s)
			}
		}
		f.Fields = m.fields(s, value)
		if amends(data) {
			f.foldApplication(a.changes(data, f.Name, v.Case.Application, f.Fields))
		}
	}
	for _, vv := range v.Verbs {
		ac := vv.Action
		for _, b := range vv.Blocked {
			waits[b.By] = waits[b.By] || ac.Ahead
		}
		f := actForm{ID: "v-" + string(ac.Do), Action: base + "moves", Field: "verb", Name: string(ac.Do), Title: ac.Title, To: vv.To.Title(), Ahead: ac.Ahead,
			Reason: ac.Reason, Blocked: vv.Blocked, Law: string(ac.Rule) + " " + ac.Under.String(), Who: a.officeName(ctx, partyOf(ac, v.Stage), v.Case), Danger: ac.Do == workflow.Deny || ac.Do == workflow.Refuse}
		if ac.Reason {
			f.Reasons = reasonsFor(ac.Do)
		}
		switch {
		case vv.Mine && (len(vv.Blocked) == 0 || amends(ac.Data)):
			fill(&f, ac.Data)
			f.Open = f.Open || ac.Ahead && vv.Allowed
			d.Verbs = append(d.Verbs, f)
		case vv.Mine:
			// A signature may be written before its time; pressed too early it is refused with the reason, and stays as typed.
			if ac.Signed && ac.Ahead || back.is(&f) {
				fill(&f, ac.Data)
			}
			d.Waiting = append(d.Waiting, f)
		default:
			d.Others = append(d.Others, f)
		}
		d.Turn = d.Turn || vv.Mine && ac.Ahead
	}
	for _, r := range v.Records {
		f := actForm{ID: "r-" + string(r.Row.Kind), Action: base + "records", Field: "kind", Name: string(r.Row.Kind), Title: r.Row.Kind.Title(),
			Law: string(r.Row.Rule) + " " + r.Row.Under.String()}
		if !r.Allowed {
			continue
		}
		if _, ok := v.Chain.Signable(v.Case, r.Row.Kind); ok {
			f.Link = caseAddress(v.Case.ID) + "/sign-links"
		}
		f.Ahead = r.Owed || r.Row.Optional && waits["record:"+f.Name]
		fill(&f, r.Row.Data)
		d.Turn = d.Turn || f.Ahead
		if f.Ahead {
			f.Open = true
			d.Records = append(d.Records, f)
			continue
		}
		d.AsideOpen = d.AsideOpen || f.Open
		d.Asides = append(d.Asides, f)
		title, _, _ := strings.Cut(f.Title, "（")
		d.AsideList = strings.TrimPrefix(d.AsideList+"、"+title, "、")
	}
	if d.Together = a.together(v, back, keep, choices); d.Together != nil {
		if back.is(d.Together) {
			found = true
			if back.p != nil {
				for _, e := range back.p.Errors { // each leads to its field in its part of the form
					d.Errors = append(d.Errors, pageError{"#together-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(e.Field), plainMessage(e.Message)})
				}
			}
		}
	}
	return found
}

// amends tells whether a verb carries an amended application: it may be what meets the conditions.
func amends(f workflow.Form) bool {
	if f == nil {
		return false
	}
	return formSchema(f).Properties["application"] != nil
}

func (a *app) papers(d *caseData, v workflow.View, back *sent) {
	asked := map[string]string{}
	if v.Case.File.Asked != nil && v.Case.State == workflow.AwaitCorrection {
		for _, it := range v.Case.File.Asked.Items {
			asked[it.MaterialCode] = it.Problem + "；" + it.Requirement
		}
	}
	for _, m := range v.Materials {
		p := paperLine{Code: m.Paper.Code, Name: m.Paper.Name, Required: m.Owed, Present: m.Present, Allowed: m.Allowed, Problem: asked[m.Paper.Code], If: m.Paper.If}
		if m.Source != v.Case.Number {
			p.Source = m.Source
		}
		for _, s := range v.Case.File.Materials {
			if s.Code == m.Paper.Code {
				p.File, p.Size, p.Href = s.Name, sizeText(s.Size), fmt.Sprintf("/cases/%d/materials/%s", v.Case.ID, s.Code)
			}
		}
		if back != nil && back.p != nil && back.field == "code" && back.name == p.Code {
			p.Problem = back.p.Detail
		}
		if m.Owed && !m.Present {
			d.Missing++
		}
		d.Papers = append(d.Papers, p)
	}
}

func sizeText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", (n+1023)/1024)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// timeline is the history of a case, the newest line first.
func (a *app) timeline(c *fiber.Ctx, sh *shell, v workflow.View, by *caller) ([]timeLine, error) {
	lines, err := a.store.History(c.UserContext(), by.ID, v.Case.ID)
	if err != nil {
		return nil, err
	}
	var list []timeLine
	done := ""
	if safe(c.Method()) {
		done = c.Query("done")
	}
	for i := len(lines) - 1; i >= 0; i-- {
		x := lines[i]
		l := timeLine{At: x.At.In(calendar.Shanghai).Format("2006-01-02 15:04"), Who: x.OfficerName, Office: x.OfficeName, Title: v.Chain.LineTitle(x.From, x.Verb, x.Rung), Reason: x.Reason,
			Rule: string(x.Rule), Moved: x.From != x.To, Alarm: alarms[x.Rung]}
		if l.Who == "" {
			l.Who = workflow.BySystem.Name
		}
		l.Quiet = x.Verb == "print"
		if x.Verb == "material" {
			l.Paper = paperOf(v.Chain, x.Data)
		}
		if l.Moved {
			l.From, l.To = x.From.Title(), x.To.Title()
		}
		if s := lineSchema(v.Chain, x.From, x.Verb); s != nil && len(x.Data) > 0 {
			l.Facts = factsOf(s, x.Data)
		}
		if x.Verb == done && sh.Notice == "" {
			sh.Notice = "已办理：" + l.Title
		}
		list = append(list, l)
	}
	return list, nil
}

// alarms are the rungs that somebody is late at, or soon will be.
var alarms = map[workflow.RungName]bool{workflow.RungWarn: true, workflow.RungRed: true, workflow.RungDay3: true, workflow.RungDay7: true, workflow.RungMonth: true}

// paperOf names the paper that a line of the history hands in.
func paperOf(ch workflow.Chain, raw []byte) string {
	var m workflow.Material
	if json.Unmarshal(raw, &m) != nil {
		return ""
	}
	for _, p := range ch.Papers {
		if p.Code == m.Code {
			return p.Code + " " + p.Name
		}
	}
	return m.Code
}

// lineSchema finds what a line of the history says, by the row it was written under.
func lineSchema(ch workflow.Chain, from workflow.State, verb string) *huma.Schema {
	st, ok := ch.Stage(from)
	if !ok {
		return nil
	}
	if ac, ok := st.Action(workflow.Verb(verb)); ok && ac.Data != nil {
		return formSchema(ac.Data)
	}
	if r, ok := ch.Record(st, workflow.RecordKind(verb)); ok && r.Data != nil {
		return formSchema(r.Data)
	}
	return nil
}

// dataForm finds the form of a verb or record in the stage the case is in now; nil when it is not open there, and what was
// sent is then refused by the judgement itself.
func dataForm(v workflow.View, field, name string) workflow.Form {
	if field == "verb" {
		ac, _ := v.Stage.Action(workflow.Verb(name))
		return ac.Data
	}
	r, _ := v.Chain.Record(v.Stage, workflow.RecordKind(name))
	return r.Data
}

func (a *app) postMove(c *fiber.Ctx, by *caller) error   { return a.postAct(c, by, "verb") }
func (a *app) postRecord(c *fiber.Ctx, by *caller) error { return a.postAct(c, by, "kind") }

func (a *app) postAct(c *fiber.Ctx, by *caller, field string) error {
	ctx, form := c.UserContext(), formOf(c)
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	name, key := form.Get(field), strings.TrimSpace(form.Get("key"))
	if key == "" || len(key) > idempotentMax {
		return refuse(400, "页面缺少一次性编号，请刷新后重新提交")
	}
	data := dataForm(v, field, name)
	sends := readForm(formSchema(data), form)
	if amends(data) {
		changed := a.changes(data, name, v.Case.Application, maker{id: "v-" + name}.fields(formSchema(data), typed(formSchema(data), form)))
		switch {
		case len(changed) == 0:
			delete(sends, "application")
		case form.Get("confirmed") != confirmOf(changed):
			return a.showCasePage(c, by, &sent{field, name, refuse(422, "申请有修改，请核对下面列出的修改，再按一次提交"), form})
		}
	}
	raw, err := json.Marshal(sends)
	if err != nil {
		return err
	}
	for _, f := range []string{csrfField, revisionField, "title"} { // differ between two sendings of one form
		form.Del(f)
	}
	asked := digest([]byte("page"), []byte(form.Encode()))
	if field == "verb" {
		var seen int
		if _, err := fmt.Sscanf(form.Get("seen"), "%d", &seen); err != nil {
			seen = -1
		}
		_, err = a.move(ctx, by, v.Case.ID, key, asked, moveBody{Verb: name, Reason: reasonOf(form), Data: raw, Seen: seen})
	} else {
		_, err = a.record(ctx, by, v.Case.ID, key, asked, recordBody{Kind: name, Data: raw})
	}
	if err == nil {
		a.drop(ctx, by, caseAddress(v.Case.ID))
		return c.Redirect(fmt.Sprintf("/cases/%d?done=%s", v.Case.ID, url.QueryEscape(name)), fiber.StatusSeeOther)
	}
	p := a.answer(ctx, err, where{path: c.Path(), id: v.Case.ID, by: by.officer()})
	if p.Status >= 500 || p.Status == 404 {
		return p
	}
	return a.showCasePage(c, by, &sent{field, name, p, form})
}

func (a *app) postMaterial(c *fiber.Ctx, by *caller) error {
	ctx := c.UserContext()
	n, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	if err = a.attachPages(ctx, by, workflow.CaseID(n), c); err == nil {
		return c.Redirect(fmt.Sprintf("/cases/%d?done=material#papers", n), fiber.StatusSeeOther)
	}
	p := a.answer(ctx, err, where{path: c.Path(), id: workflow.CaseID(n), by: by.officer()})
	if p.Status >= 500 || p.Status == 404 {
		return p
	}
	return a.showCasePage(c, by, &sent{"code", c.FormValue("code"), p, formOf(c)})
}
