package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// people are the persons of the household, numbers masked.
func (a *Pages) people(ctx context.Context, by *request.Caller, id workflow.HouseholdID) ([]schema.Fact, error) {
	e, err := a.store.Entry(ctx, by.ID, id)
	if err != nil {
		return nil, err
	}
	h := e.Household
	list := []schema.Fact{{Label: "户主", Value: strings.TrimSpace(h.Householder.Name + "　" + h.Householder.IDNumber + "　" +
		h.Householder.Phone)}}
	for _, m := range h.Members {
		list = append(list, schema.Fact{Label: m.Relation, Value: m.Name + "　" + m.IDNumber})
	}
	return list, nil
}

// colleagues are the officers of the caller's office to whom a case may be handed.
func (a *Pages) colleagues(ctx context.Context, by *request.Caller) []schema.Option {
	officers, err := a.store.OfficersOf(ctx, by.Office)
	if err != nil {
		a.log.ErrorContext(ctx, "colleagues", "error", err)
		return nil // the login is typed then
	}
	list := []schema.Option{}
	for _, o := range officers {
		if o.Active {
			list = append(list, schema.Option{Value: o.Login, Label: o.Name})
		}
	}
	return list
}

// openBreaches are red cards that are not closed, for the pages of those who owe the explanation.
func (a *Pages) openBreaches(ctx context.Context, by *request.Caller, q cases.BreachQuery) ([]view.Breach, error) {
	q.To, q.Page = a.site.Today()+1, 1
	lines, _, err := a.store.Breaches(ctx, by.ID, q)
	if err != nil {
		return nil, err
	}
	var list []view.Breach
	for _, l := range lines {
		if l.ClosedAt == nil {
			list = append(list, a.views.NewBreach(l, nil))
		}
	}
	return list, nil
}

// brief is what the deciding officer sees first, as the chain sums it up; nothing for a matter without such a summary.
func (a *Pages) brief(v workflow.View) []schema.Fact {
	var list []schema.Fact
	for _, l := range v.Chain.Brief(v.Case, a.svc.County()) {
		list = append(list, schema.Fact{Label: l.Label, Value: l.Value})
	}
	return list
}

// steps is the chain as a row of stages: where the case has been and for how long, where it lies, what is before it.
func (a *Pages) steps(ctx context.Context, v workflow.View) ([]web.StepLine, error) {
	times, err := a.lookup.Attribution(ctx, v)
	if err != nil {
		return nil, err
	}
	spent := map[glossary.State]int{}
	for _, x := range times.Intervals {
		spent[x.Stage] += x.Working
	}
	line := lines.Main(v.Chain)
	at := slices.Index(line, v.Case.State)
	var list []web.StepLine
	for i, st := range line {
		s := web.StepLine{Title: st.Title(), Here: st == v.Case.State, Done: i < at || at < 0 && spent[st] > 0}
		if stage, ok := v.Chain.Stage(st); ok && stage.By != "" {
			s.Who = stage.By.Title()
		}
		if n, ok := spent[st]; ok {
			s.Spent = view.FormatWork(n)
		}
		list = append(list, s)
	}
	if at < 0 && v.Case.ClosedAt == nil { // beside the main line: correction, objection, return
		list = append(list, web.StepLine{Title: lines.State(v.Chain, v.Case.State), Here: true,
			Spent: view.FormatWork(spent[v.Case.State])})
	}
	for i := range list {
		if list[i].Here {
			list[i].Lamp = web.NewBadge(string(v.Light), false)
			if v.Own != nil {
				on, _, paused := view.DueDates(v.Own.Deadline)
				list[i].Lamp = web.NewBadge(string(v.Light), paused)
				if on != nil {
					list[i].Left = a.site.LeftOf(v.Own.Limit.Bound == calendar.Min, *on)
				}
			}
		}
	}
	return list, nil
}

// nextDue is the next instant at which a clock of the case runs out, as the demo bar sends it; empty without one.
func (a *Pages) nextDue(v workflow.View) string {
	var next time.Time
	for _, d := range v.Deadlines {
		if _, _, paused := view.DueDates(d.Deadline); paused {
			continue
		}
		if at := d.Deadline.DueBefore; at.After(a.svc.Now()) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if next.IsZero() {
		return ""
	}
	return next.In(calendar.Shanghai).Format(web.ClockForm)
}
