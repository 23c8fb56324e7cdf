package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anju/models"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

func demoCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "demo", Short: "walk three households through all chains on a movable clock and print the timeline",
		Long: "Walks three households of the demo county by real moves, in a database that is thrown away: one from the homestead through building\n" +
			"and acceptance to business use; one that began to build without registration; one whose business was refused. For each stage it tells who had the case, since when, until when and why, what was issued, and the hashes of the history verified.",
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		out := c.OutOrStdout()
		if *asJSON {
			out = io.Discard
		}
		r, err := demonstrate(c.Context(), out)
		if err == nil && *asJSON {
			err = printJSON(c, r)
		}
		return err
	}
	return c
}

// demoResult is the shape that scripts read.
type demoResult struct {
	Cases   []demoCase `json:"cases"`
	History struct {
		Entries  int  `json:"entries"`
		Verified bool `json:"verified"`
	} `json:"history"`
}

type demoCase struct {
	Chain     workflow.ChainID `json:"chain"`
	Household string           `json:"household"`
	Outcome   workflow.Ending  `json:"outcome"`
	Timeline  []demoEvent      `json:"timeline"`
}

type demoEvent struct {
	At      time.Time      `json:"at"`
	Stage   glossary.State `json:"stage"`
	By      string         `json:"by"`
	Verb    string         `json:"verb"`
	DueOn   *calendar.Day  `json:"due_on"`
	Light   workflow.Light `json:"light"`
	Issued  []demoDocument `json:"issued"`
	Refused string         `json:"refused,omitempty"` // the rule, where the verb was refused
}

type demoDocument struct {
	Form   string `json:"form"`
	Number string `json:"number"`
	Title  string `json:"title"`
}

// demonstrate makes the county, walks the case and verifies the history; what a person reads goes to out.
func demonstrate(ctx context.Context, out io.Writer) (r demoResult, err error) {
	folder, err := os.MkdirTemp("", "anju-demo-")
	if err != nil {
		return r, fmt.Errorf("make a folder for the demo: %w; set TMPDIR to one that this user can write", err)
	}
	defer func() { err = firstError(err, os.RemoveAll(folder)) }()
	keys, err := models.LoadKeyring(filepath.Join(folder, "master.key"), true)
	if err != nil {
		return r, err
	}
	clock := newClock(seeds.DemoStart)
	db, err := models.Open(ctx, models.Options{URL: filepath.Join(folder, "anju.db"), Keys: keys, Now: clock.Now})
	if err != nil {
		return r, err
	}
	b := &backend{db: db, store: models.NewStore(db), now: clock.Now}
	defer func() { err = firstError(err, b.close()) }()
	if err := db.Migrate(ctx); err != nil {
		return r, err
	}
	people, err := seeds.LoadDemo(ctx, b.store)
	if err != nil {
		return r, err
	}
	svc, county, err := b.service(ctx)
	if err != nil {
		return r, err
	}
	t := &tour{out: out, store: b.store, svc: svc, clock: clock, cal: county.get().Calendar,
		walker: &seeds.Walker{Service: svc, Officers: people}, people: people, cases: map[workflow.CaseID]*told{}}
	for _, story := range []struct {
		title string
		tell  func(context.Context) error
	}{{"第一户：从宅基地到经营", t.fromHomesteadToBusiness}, {"第二户：擅自开工、责令停工、鉴定、补办登记", t.unregisteredStart}, {"第三户：经营核查不符合、责令变更经营场所", t.refusedBusiness}} {
		fmt.Fprintf(out, "════ %s ════\n\n", story.title)
		if err := story.tell(ctx); err != nil {
			return r, fmt.Errorf("demo: %w", err)
		}
	}
	for _, c := range t.order {
		r.Cases = append(r.Cases, t.cases[c].result)
	}
	v, err := b.store.VerifyHistory(ctx)
	if err != nil {
		return r, err
	}
	r.History.Entries, r.History.Verified = v.Entries, v.Broken == nil
	if v.Broken != nil {
		return r, fmt.Errorf("the history does not verify: entry %d: %s", v.Broken.ID, v.Broken.Why)
	}
	fmt.Fprintf(out, "历史记录 %d 条，哈希链逐条复算无误\n", v.Entries)
	return r, nil
}

// tour walks the cases of three households and tells what happens.
type tour struct {
	out    io.Writer
	store  *models.Store
	svc    *casework.Service
	clock  *movableClock
	cal    *calendar.Calendar
	walker *seeds.Walker
	people seeds.People
	cases  map[workflow.CaseID]*told
	order  []workflow.CaseID
}

// told is what was told of one case so far.
type told struct {
	lines, papers int
	result        demoCase
}

// hooks are what happens in a stage before its verb ahead.
type hooks map[glossary.State]func(ctx context.Context, v workflow.View) error

// fromHomesteadToBusiness is one household through all chains: every case takes over what the ones before have brought into the file.
func (t *tour) fromHomesteadToBusiness(ctx context.Context) error {
	household, err := t.household(ctx, "homestead")
	if err != nil {
		return err
	}
	built := func(ctx context.Context, v workflow.View) error {
		if err := t.nextDay(ctx, 20); err != nil {
			return err
		}
		if _, err := t.walker.Write(ctx, v.Case.ID, glossary.PatrolKind); err != nil {
			return err
		}
		return t.nextDay(ctx, 40)
	}
	for _, leg := range []struct {
		chain workflow.ChainID
		hooks hooks
	}{{"homestead", hooks{glossary.VillageReview: t.lie, glossary.GroupNotice: t.early}}, {"construction_start.low_rise", hooks{glossary.Registered: built}},
		{"completion_acceptance.low_rise", nil}, {"business_use", nil}} {
		id, err := t.open(ctx, leg.chain, household)
		if err == nil {
			err = t.goOn(ctx, id, "", leg.hooks)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unregisteredStart is a household that begins to build without registration: stopped, ordered, appraised; its start is registered late, and
// not before the violation is closed (R124, R125).
func (t *tour) unregisteredStart(ctx context.Context) error {
	household, err := t.household(ctx, "construction_start.low_rise")
	if err != nil {
		return err
	}
	permit, err := t.open(ctx, "planning_permit", household)
	if err == nil {
		err = t.goOn(ctx, permit, "", nil)
	}
	if err != nil {
		return err
	}
	violation, err := t.open(ctx, "violation", household)
	if err == nil {
		err = t.goOn(ctx, violation, glossary.Ordered, nil)
	}
	if err != nil {
		return err
	}
	start, err := t.open(ctx, "construction_start.low_rise", household)
	if err != nil {
		return err
	}
	if err := t.tooEarly(ctx, start, glossary.Submit); err != nil {
		return err
	}
	if err := t.goOn(ctx, violation, "", nil); err != nil {
		return err
	}
	return t.goOn(ctx, start, "", nil)
}

// refusedBusiness is a business in a house that nobody accepted and nobody appraised: stopped, reported, ordered to change its premises.
func (t *tour) refusedBusiness(ctx context.Context) error {
	household, err := t.household(ctx, "hazard")
	if err != nil {
		return err
	}
	id, err := t.open(ctx, "business_use", household)
	if err == nil {
		err = t.goOn(ctx, id, glossary.TownshipCheck, nil)
	}
	if err != nil {
		return err
	}
	v, err := t.enter(ctx, id)
	if err == nil {
		err = t.nextDay(ctx, 1)
	}
	if err != nil {
		return err
	}
	check, _ := forms.PremisesCheck{}.Example().(forms.PremisesCheck)
	check.Qualified, check.Reason = false, "没有竣工验收资料，又未提供鉴定报告"
	if _, err := t.svc.Record(ctx, id, t.people[glossary.PlanningOffice], "", workflow.Recording{Kind: glossary.PremisesCheckKind, Data: workflow.Typed(check)}); err != nil {
		return err
	}
	if _, err := t.walker.Do(ctx, v.Case.ID, glossary.Stop); err != nil {
		return err
	}
	if err := t.tell(ctx, id); err != nil {
		return err
	}
	return t.goOn(ctx, id, "", hooks{glossary.Ordered: func(ctx context.Context, _ workflow.View) error { return t.nextDay(ctx, 10) }})
}

// household is one of those kept for a chain.
func (t *tour) household(ctx context.Context, chain workflow.ChainID) (workflow.HouseholdID, error) {
	id, ok, err := t.store.FreeHousehold(ctx, chain, string(chain))
	if err != nil || !ok {
		return 0, errors.Join(errors.New("no household is free"), err)
	}
	return id, nil
}

// open types in an application with its example, and says what the file has for it already.
func (t *tour) open(ctx context.Context, chain workflow.ChainID, household workflow.HouseholdID) (workflow.CaseID, error) {
	if len(t.order) > 0 {
		if err := t.nextDay(ctx, 2); err != nil {
			return 0, err
		}
	}
	c, err := t.walker.Open(ctx, chain, household)
	if err != nil {
		return 0, err
	}
	v, err := t.svc.View(ctx, c.ID, t.people[glossary.ServiceCenter])
	if err != nil {
		return 0, err
	}
	t.cases[c.ID] = &told{result: demoCase{Chain: chain, Household: c.Householder}}
	t.order = append(t.order, c.ID)
	fmt.Fprintf(t.out, "%s  %s  申请户 %s\n", v.Chain.Title, c.Number, c.Householder)
	var held []string
	for _, m := range v.Materials {
		if m.Source != "" && m.Source != c.Number {
			held = append(held, m.Paper.Name+"（"+m.Source+"）")
		}
	}
	if len(held) > 0 {
		fmt.Fprintf(t.out, "  档案中已有，不再要求提交：%s\n", strings.Join(held, "、"))
	}
	return c.ID, nil
}

// goOn walks a case along its main line until it has come into a state, or to its end.
func (t *tour) goOn(ctx context.Context, id workflow.CaseID, until glossary.State, do hooks) error {
	for {
		v, err := t.enter(ctx, id)
		if err != nil {
			return err
		}
		if err := t.work(ctx, v, do); err != nil {
			return err
		}
		c, err := t.leave(ctx, v)
		switch {
		case err != nil:
			return err
		case !c.Open():
			t.cases[id].result.Outcome = c.Outcome
			fmt.Fprintf(t.out, "\n■ %s  结果：%s\n\n", c.State.Title(), outcomes[c.Outcome])
			return nil
		case c.State == until:
			return nil
		}
	}
}

var outcomes = map[workflow.Ending]string{workflow.Granted: "准予", workflow.NotAccepted: "不予受理", workflow.Denied: "不予许可",
	workflow.Withdrawn: "撤回", workflow.Terminated: "终止", workflow.Settled: "结案"}

// enter tells who has the case now, since when, until when and why.
func (t *tour) enter(ctx context.Context, id workflow.CaseID) (workflow.View, error) {
	v, err := t.svc.View(ctx, id, t.people[glossary.ServiceCenter])
	if err != nil {
		return v, err
	}
	fmt.Fprintf(t.out, "\n■ %s  %s  自 %s\n", v.Case.State.Title(), v.Office.Title(), clockTitle(v.Case.EnteredAt))
	if v.Stage.Untimed != "" {
		fmt.Fprintf(t.out, "  不计时：%s\n", v.Stage.Untimed)
	}
	for _, d := range v.Deadlines {
		if d.Limit.Until != "" {
			d.Limit.N += d.Deadline.Extend // the notice states the day
			d.Deadline.Extend = 0
		}
		_, days, err := t.cal.Explain(d.Deadline.Count(d.Limit))
		if err != nil {
			return v, err
		}
		word := "到期"
		if d.Limit.Bound == calendar.Min {
			word = "期满"
		}
		fmt.Fprintf(t.out, "  %s %s（%s，%s）：%s 起，%s %s\n", d.Limit.ID, limitTitle(d.Limit.Limit), d.Limit.Rule, d.Limit.Under,
			d.Deadline.StartedOn, word, dayTitle(d.Deadline.DueOn))
		fmt.Fprintf(t.out, "     %s\n", counted(days))
	}
	return v, nil
}

// counted writes the counted days in a row, why others were left out, and where the end was rolled to.
func counted(days []calendar.ExplainedDay) string {
	var in, kinds []string
	left := map[string]int{}
	short := func(d calendar.Day) string {
		_, m, day := d.Date()
		return fmt.Sprintf("%d/%d", int(m), day)
	}
	for i, d := range days {
		k := calendar.DayKind(d.Kind)
		switch {
		case d.Counted && k == calendar.KindMakeup:
			in = append(in, short(d.Date)+"（调休上班）")
		case d.Counted:
			in = append(in, short(d.Date))
		case k == calendar.KindRolled || i == len(days)-1: // the due day that the end was rolled to
		default:
			if left[dayKinds[k]]++; left[dayKinds[k]] == 1 {
				kinds = append(kinds, dayKinds[k])
			}
		}
	}
	text := "计入 " + strings.Join(in, " ")
	for _, k := range kinds {
		text += fmt.Sprintf("；不计%s %d 天", k, left[k])
	}
	if last := days[len(days)-1]; !last.Counted {
		text += "；期末逢休息日，顺延至 " + short(last.Date)
	}
	return text
}

// work writes what the stage asks for, after what its hook does; where only time is missing the clock goes on.
func (t *tour) work(ctx context.Context, v workflow.View, do hooks) error {
	if err := t.nextDay(ctx, 1); err != nil {
		return err
	}
	hook := do[v.Case.State]
	if hook != nil && v.Case.State != glossary.GroupNotice {
		if err := hook(ctx, v); err != nil {
			return err
		}
	}
	err := t.walker.Prepare(ctx, v.Case.ID)
	var wait *seeds.WaitError
	if errors.As(err, &wait) {
		if hook != nil {
			if err := hook(ctx, v); err != nil {
				return err
			}
		}
		if err := t.reach(ctx, wait.Until.Add(9*time.Hour+20*time.Minute)); err != nil {
			return err
		}
		err = t.walker.Prepare(ctx, v.Case.ID)
	}
	if errors.Is(err, seeds.ErrEnded) {
		return nil
	}
	return firstError(err, t.tell(ctx, v.Case.ID))
}

// early tries to sign while the notice still hangs.
func (t *tour) early(ctx context.Context, v workflow.View) error {
	return t.refused(ctx, v.Case.ID, glossary.SignOpinion)
}

// tooEarly prepares a case and tries its verb, which something else holds back.
func (t *tour) tooEarly(ctx context.Context, id workflow.CaseID, verb glossary.Verb) error {
	if _, err := t.enter(ctx, id); err != nil {
		return err
	}
	if err := t.walker.Prepare(ctx, id); err == nil {
		return fmt.Errorf("case %d: nothing holds %s back", id, verb)
	}
	return t.refused(ctx, id, verb)
}

// refused tries a verb before its time, to show what is answered.
func (t *tour) refused(ctx context.Context, id workflow.CaseID, verb glossary.Verb) error {
	if err := t.tell(ctx, id); err != nil {
		return err
	}
	v, err := t.svc.View(ctx, id, t.people[glossary.ServiceCenter])
	if err != nil {
		return err
	}
	a, _ := v.Stage.Action(verb)
	who := t.people[v.Office]
	_, err = t.walker.Take(ctx, v, a, who)
	var refused *workflow.Refusal
	if !errors.As(err, &refused) || len(refused.Blocked) == 0 {
		return fmt.Errorf("%s before its time was not refused: %w", verb, err)
	}
	b := refused.Blocked[len(refused.Blocked)-1]
	name, err := t.name(ctx, who)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "  ✗ %s  %s（%s）被拒绝：%s（%s）\n", clockTitle(t.clock.Now()), a.Title, name, b.Message, b.Rule)
	r := &t.cases[id].result
	r.Timeline = append(r.Timeline, t.event(v, demoEvent{At: t.clock.Now().In(calendar.Shanghai), Stage: v.Case.State,
		By: name, Verb: string(a.Do), Refused: string(b.Rule), Issued: []demoDocument{}}))
	return nil
}

// lie lets the case lie past its due day.
func (t *tour) lie(ctx context.Context, v workflow.View) error {
	if v.Own == nil {
		return nil
	}
	return t.reach(ctx, v.Own.Deadline.DueBefore.Add(10*time.Hour))
}

// leave takes the verb ahead.
func (t *tour) leave(ctx context.Context, v workflow.View) (workflow.Case, error) {
	c, _, err := t.walker.Step(ctx, v.Case.ID)
	if err != nil {
		return c, err
	}
	return c, t.tell(ctx, c.ID)
}

// tell prints the lines that the history has gained, and the papers with them.
func (t *tour) tell(ctx context.Context, id workflow.CaseID) error {
	lines, err := t.store.History(ctx, t.people[glossary.ServiceCenter], id)
	if err != nil {
		return err
	}
	v, err := t.svc.View(ctx, id, t.people[glossary.ServiceCenter])
	if err != nil {
		return err
	}
	docs, so := v.Case.File.Documents, t.cases[id]
	for i, l := range lines[so.lines:] {
		e := demoEvent{At: l.At.In(calendar.Shanghai), Stage: l.From, By: l.OfficerName, Verb: l.Verb, Issued: []demoDocument{}}
		if e.Stage == "" {
			e.Stage = l.To
		}
		if e.By == "" {
			e.By = workflow.BySystem.Name
		}
		if so.lines+i == len(lines)-1 {
			for _, d := range docs[so.papers:] {
				e.Issued = append(e.Issued, demoDocument{d.Kind.Form(), d.Number, d.Title})
			}
			so.papers = len(docs)
		}
		e, err := t.dated(ctx, v, l, e)
		if err != nil {
			return err
		}
		so.result.Timeline = append(so.result.Timeline, e)
		t.print(v, l, e)
	}
	so.lines = len(lines)
	return nil
}

// dated adds when the stage was due and how its light stood at the instant of the line.
func (t *tour) dated(ctx context.Context, v workflow.View, l models.Line, e demoEvent) (demoEvent, error) {
	all, err := t.store.AllDeadlines(ctx, t.people[glossary.ServiceCenter], v.Case.ID)
	if err != nil {
		return e, err
	}
	e.Light = workflow.Grey
	st, ok := v.Chain.Stage(e.Stage)
	if !ok {
		return e, nil
	}
	for _, d := range slices.Backward(all) {
		if d.Limit == st.Within.ID && d.Limit != "" && !d.OpenedAt.After(l.At) {
			due := d.DueOn
			e.DueOn, e.Light = &due, workflow.LightOf(d, l.At)
			break
		}
	}
	return e, nil
}

func (t *tour) event(v workflow.View, e demoEvent) demoEvent {
	e.Light = v.Light
	if v.Own != nil {
		due := v.Own.Deadline.DueOn
		e.DueOn = &due
	}
	return e
}

func (t *tour) print(v workflow.View, l models.Line, e demoEvent) {
	title := verbTitle(v.Chain, e.Stage, l)
	mark := "●"
	if l.Rung != "" {
		mark = "▲"
	}
	who := e.By
	if l.OfficeName != "" {
		who += "，" + l.OfficeName
	}
	fmt.Fprintf(t.out, "  %s %s  %s（%s）", mark, clockTitle(e.At), title, who)
	if l.Rung != "" && l.Reason != "" {
		fmt.Fprintf(t.out, "  %s", l.Reason)
	}
	fmt.Fprintln(t.out)
	for _, d := range e.Issued {
		fmt.Fprintf(t.out, "     签发 %s %s %s\n", d.Form, d.Title, d.Number)
	}
}

// verbTitle is how a line of the history is called on screens.
func verbTitle(ch workflow.Chain, s glossary.State, l models.Line) string {
	if l.Rung != "" {
		return l.Rung.Title()
	}
	switch l.Verb {
	case "open":
		return "录入申请"
	case "material":
		return "提交材料"
	}
	if st, ok := ch.Stage(s); ok {
		if a, ok := st.Action(glossary.Verb(l.Verb)); ok {
			return a.Title
		}
	}
	return ch.LineTitle(s, l.Verb, l.Rung)
}

func (t *tour) name(ctx context.Context, id workflow.OfficerID) (string, error) {
	officers, err := t.store.Officers(ctx)
	for _, o := range officers {
		if o.ID == id {
			return o.Name, err
		}
	}
	return "", err
}

// nextDay moves the clock on by working days, to a time at which an office is open.
func (t *tour) nextDay(ctx context.Context, n int) error {
	now := t.clock.Now()
	d := t.cal.AddWorking(calendar.DayOf(now), n)
	return t.reach(ctx, d.Start().Add(9*time.Hour+time.Duration(len(t.order)*7%45)*time.Minute))
}

// reach moves the clock; what falls due on the way happens at its own instant.
func (t *tour) reach(ctx context.Context, to time.Time) error {
	return seeds.Reach(ctx, t.store, t.svc, t.clock, to)
}

func clockTitle(at time.Time) string {
	return at.In(calendar.Shanghai).Format("2006-01-02 15:04")
}
