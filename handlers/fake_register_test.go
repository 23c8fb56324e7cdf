package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/handlers/api"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/models/cases"
	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// stageKept is one stage of a case's life in the memory store.
type stageKept struct {
	id    workflow.CaseID
	stay  attribution.Stay
	clock workflow.Deadline // of the stage, where a maximum runs against an office
	spent *workflow.Spent   // how it was left
}

// register keeps what an outcome says of stages and breaches.
func (m *memory) register(out workflow.Outcome, c workflow.Case) {
	at := out.Entry.At
	ch, _ := chains.Published().At(c.Chain, c.ChainVersion)
	if out.Moved {
		for i := range m.stages {
			if s := &m.stages[i]; s.id == c.ID && s.stay.Left.IsZero() {
				s.stay.Left, s.spent = at, out.StageStats
			}
		}
		if st, _ := ch.Stage(c.State); st.Ends == "" {
			p := ch.Desk(st.By, c)
			o, _ := m.Office(context.Background(), p, glossary.OfficeDivision(p.Level(), c.Division, c.GroupNo))
			s := stageKept{id: c.ID, stay: attribution.Stay{Stage: c.State, Party: st.By, Office: o.ID, Name: o.Name, Entered: at}}
			m.stages = append(m.stages, s)
		}
	}
	for i := range m.stages {
		st, _ := ch.Stage(m.stages[i].stay.Stage)
		for _, d := range c.Deadlines {
			if s := &m.stages[i]; s.id == c.ID && s.stay.Left.IsZero() && d.Live() && d.Limit == st.Within.ID && st.By != glossary.Applicant && st.Within.Bound != calendar.Min {
				s.clock = d
			}
		}
	}
	for i := range m.breaches {
		if slices.Contains(out.Close, m.breaches[i].Deadline) {
			m.breaches[i].MetAt = &at
		}
	}
	if b := out.Breach; b != nil {
		if b.ID != 0 {
			i := slices.IndexFunc(m.breaches, func(x workflow.Breach) bool { return x.ID == b.ID })
			m.breaches[i] = *b
			return
		}
		b.ID = workflow.BreachID(m.next())
		o, _ := m.Office(context.Background(), b.Party, glossary.OfficeDivision(b.Party.Level(), c.Division, c.GroupNo))
		b.Office = o.ID
		for _, f := range m.officers {
			if f.Office == o.ID {
				b.Officer = f.ID
			}
		}
		m.breaches = append(m.breaches, *b)
	}
}

// settle takes every rung that is due, the earliest first, and closes what was ruled on and has moved on.
func (m *memory) settle(ctx context.Context, svc *casework.Service) (fired int, err error) {
	for range 1000 {
		next, found := workflow.Deadline{}, false
		m.mu.Lock()
		for _, c := range m.cases {
			for _, d := range c.Deadlines {
				if d.Live() && d.Next != "" && !d.NextAt.IsZero() && !d.NextAt.After(m.now()) && (!found || d.NextAt.Before(next.NextAt)) {
					next, found = d, true
				}
			}
		}
		m.mu.Unlock()
		if !found {
			break
		}
		if err := svc.Escalate(ctx, next.Case, next.ID, next.Run, next.Next); err != nil {
			return fired, err
		}
		fired++
	}
	for _, b := range slices.Clone(m.breaches) {
		if err := svc.Clear(ctx, b.ID); err != nil && !errors.Is(err, workflow.ErrNothingDue) {
			return fired, err
		}
	}
	return fired, nil
}

func (m *memory) UpdateMany(context.Context, []workflow.CaseID, func(workflow.Case) (workflow.Outcome, error)) (map[workflow.CaseID]error, error) {
	return nil, errors.ErrUnsupported
}

func (m *memory) ImportCalendar(context.Context, workflow.OfficerID, []calendar.Year, bool,
	func(*calendar.Calendar, workflow.Case, workflow.Actor) (workflow.Outcome, []workflow.Recounted, error)) (workflow.Imported, error) {
	return workflow.Imported{}, errors.ErrUnsupported
}

func (m *memory) UpdateBreach(ctx context.Context, id workflow.BreachID, by workflow.OfficerID, key string,
	judge func(workflow.Case, workflow.Actor, workflow.Breach) (workflow.Outcome, error)) (workflow.Case, error) {
	m.mu.Lock()
	i := slices.IndexFunc(m.breaches, func(b workflow.Breach) bool { return b.ID == id })
	m.mu.Unlock()
	if i < 0 {
		return workflow.Case{}, workflow.ErrNotFound
	}
	return m.Update(ctx, m.breaches[i].Case, by, key, func(c workflow.Case, a workflow.Actor) (workflow.Outcome, error) {
		return judge(c, a, m.breaches[i])
	})
}

func (m *memory) breachLine(b workflow.Breach) cases.BreachLine {
	c := m.cases[b.Case]
	l := cases.BreachLine{Breach: b, Number: c.Number, Householder: c.Householder, Division: c.Division, GroupNo: c.GroupNo, ChainVersion: c.ChainVersion, OfficeName: b.Party.Title()}
	if b.Officer != 0 {
		l.OfficerName = m.officer(b.Officer).Name
	}
	return l
}

func (m *memory) EachBreach(_ context.Context, by workflow.OfficerID, q cases.BreachQuery, each func(cases.BreachLine) error) error {
	if m.broken != nil {
		return m.broken
	}
	m.mu.Lock()
	list := slices.Clone(m.breaches)
	m.mu.Unlock()
	slices.SortFunc(list, func(a, b workflow.Breach) int { return cmp.Compare(b.ID, a.ID) })
	for _, b := range list {
		l := m.breachLine(b)
		day := calendar.DayOf(b.DueBefore) - 1
		switch {
		case !m.sees(by, m.cases[b.Case]), day < q.From, day >= q.To, q.Township != "" && l.Division[:9] != q.Township[:9], q.Chain != "" && string(b.Chain) != q.Chain,
			q.Stage != "" && string(b.Stage) != q.Stage, q.Status != "" && b.Status() != q.Status, q.Case != 0 && b.Case != q.Case, q.Office != 0 && b.Office != q.Office:
			continue
		}
		if err := each(l); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Breaches(ctx context.Context, by workflow.OfficerID, q cases.BreachQuery) ([]cases.BreachLine, int, error) {
	var list []cases.BreachLine
	err := m.EachBreach(ctx, by, q, func(l cases.BreachLine) error { list = append(list, l); return nil })
	return api.Slice(list, request.Paging{Page: q.Page, PerPage: q.PerPage}), len(list), err
}

func (m *memory) Breach(_ context.Context, by workflow.OfficerID, id workflow.BreachID) (cases.BreachLine, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range m.breaches {
		if b.ID == id && m.sees(by, m.cases[b.Case]) {
			return m.breachLine(b), nil
		}
	}
	return cases.BreachLine{}, workflow.ErrNotFound
}

func (m *memory) Stays(_ context.Context, c workflow.Case) ([]attribution.Stay, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []attribution.Stay
	for _, s := range m.stages {
		if s.id == c.ID {
			list = append(list, s.stay)
		}
	}
	return list, nil
}

// behind lists the stages of a query with their lights; of village and group nobody asks.
func (m *memory) behind(by workflow.OfficerID, q statistics.SummaryQuery) ([]statistics.StageLine, error) {
	if m.broken != nil {
		return nil, m.broken
	}
	if o := m.officer(by); o.OfficeKind.Level() == glossary.VillageLevel || o.OfficeKind.Level() == glossary.GroupLevel {
		return nil, &workflow.Refusal{Why: workflow.ErrWrongParty, Verb: problem.Counting, Party: glossary.TownshipGovernment}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []statistics.StageLine
	for _, s := range m.stages {
		c, day := m.cases[s.id], calendar.DayOf(s.stay.Entered)
		if s.clock.ID == 0 || !m.sees(by, c) || day < q.From || day >= q.To || q.Township != "" && c.Division[:9] != q.Township[:9] ||
			q.Chain != "" && string(c.Chain) != q.Chain || q.Stage != "" && string(s.stay.Stage) != q.Stage {
			continue
		}
		l := fakeStage(c, s, m.now())
		list = append(list, l)
	}
	return list, nil
}

func (m *memory) StagesBehind(_ context.Context, by workflow.OfficerID, q statistics.SummaryQuery, light workflow.Light, page, size int) ([]statistics.StageLine, int, error) {
	all, err := m.behind(by, q)
	list := slices.DeleteFunc(all, func(l statistics.StageLine) bool { return light != "" && l.Light != light })
	return api.Slice(list, request.Paging{Page: page, PerPage: size}), len(list), err
}

func (m *memory) Summary(_ context.Context, by workflow.OfficerID, q statistics.SummaryQuery) ([]statistics.SummaryRow, error) {
	all, err := m.behind(by, q)
	rows := map[string]*statistics.SummaryRow{}
	var order []string
	for _, l := range all {
		month := l.Entered.In(calendar.Shanghai).Format("2006-01")
		key := fmt.Sprint(l.Division[:9], l.Chain, l.Stage, month)
		r := rows[key]
		if r == nil {
			r = &statistics.SummaryRow{Township: l.Division[:9] + "000", Chain: string(l.Chain), Stage: string(l.Stage), Month: month}
			rows[key], order = r, append(order, key)
		}
		r.Count++
		switch l.Light {
		case workflow.Red:
			r.Red++
		case workflow.Yellow:
			r.Yellow++
		default:
			r.OnTime++
		}
		if l.Working != nil {
			r.Median, r.P90 = l.Working, l.Working
		}
	}
	var list []statistics.SummaryRow
	slices.Sort(order)
	for _, k := range order {
		list = append(list, *rows[k])
	}
	return list, err
}

func fakeStage(c workflow.Case, s stageKept, now time.Time) statistics.StageLine {
	l := statistics.StageLine{Case: c.ID, Number: c.Number, Householder: c.Householder, Division: c.Division, GroupNo: c.GroupNo, Chain: c.Chain, Stage: s.stay.Stage,
		Office: s.stay.Name, Entered: s.stay.Entered, DueBefore: s.clock.DueBefore}
	warn, due, at := s.clock.WarnAt, s.clock.DueBefore, now
	if s.spent != nil {
		worked := int(s.spent.Working.Minutes())
		warn, due, at, l.Left, l.Working = s.spent.WarnAt, s.spent.DueBefore, s.stay.Left, s.stay.Left, &worked
	}
	switch {
	case !at.Before(due):
		l.Light = workflow.Red
	case !at.Before(warn):
		l.Light = workflow.Yellow
	default:
		l.Light = workflow.Green
	}
	return l
}
