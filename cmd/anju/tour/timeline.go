package tour

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"anju/cmd/anju/report"
	"anju/models/history"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// printStage tells which office has the case now, since when, until when and why.
func (t *walkthrough) printStage(ctx context.Context, id workflow.CaseID) (workflow.View, error) {
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
		fmt.Fprintf(t.out, "  %s %s（%s，%s）：%s 起，%s %s\n", d.Limit.ID, report.LimitTitle(d.Limit.Limit), d.Limit.Rule,
			d.Limit.Under,
			d.Deadline.StartedOn, word, report.DayTitle(d.Deadline.DueOn))
		fmt.Fprintf(t.out, "     %s\n", describeDays(days))
	}
	return v, nil
}

// describeDays writes the counted days in a row, why others were left out, and where the end was rolled to.
func describeDays(days []calendar.ExplainedDay) string {
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
			if left[report.DayKinds[k]]++; left[report.DayKinds[k]] == 1 {
				kinds = append(kinds, report.DayKinds[k])
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

// printNewLines prints the lines that the history has gained, and the papers with them.
func (t *walkthrough) printNewLines(ctx context.Context, id workflow.CaseID) error {
	v, err := t.svc.View(ctx, id, t.people[glossary.ServiceCenter])
	if err != nil {
		return err
	}
	lines, err := t.store.History(ctx, v.Case)
	if err != nil {
		return err
	}
	docs, so := v.Case.File.Documents, t.cases[id]
	for i, l := range lines[so.lines:] {
		e := Event{At: l.At.In(calendar.Shanghai), Stage: l.From, By: l.OfficerName, Verb: l.Verb, Issued: []Document{}}
		if e.Stage == "" {
			e.Stage = l.To
		}
		if e.By == "" {
			e.By = workflow.BySystem.Name
		}
		if so.lines+i == len(lines)-1 {
			for _, d := range docs[so.papers:] {
				e.Issued = append(e.Issued, Document{d.Kind.Form(), d.Number, d.Title})
			}
			so.papers = len(docs)
		}
		e, err := t.withDeadline(ctx, v, l, e)
		if err != nil {
			return err
		}
		so.result.Timeline = append(so.result.Timeline, e)
		t.print(v, l, e)
	}
	so.lines = len(lines)
	return nil
}

// withDeadline adds when the stage was due and how its light stood at the instant of the line.
func (t *walkthrough) withDeadline(ctx context.Context, v workflow.View, l history.Line, e Event) (Event, error) {
	all, err := t.store.AllDeadlines(ctx, v.Case)
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

func (t *walkthrough) event(v workflow.View, e Event) Event {
	e.Light = v.Light
	if v.Own != nil {
		due := v.Own.Deadline.DueOn
		e.DueOn = &due
	}
	return e
}

func (t *walkthrough) print(v workflow.View, l history.Line, e Event) {
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
func verbTitle(ch workflow.Chain, s glossary.State, l history.Line) string {
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
	return lines.Title(ch, s, l.Verb, l.Rung)
}

func (t *walkthrough) name(ctx context.Context, id workflow.OfficerID) (string, error) {
	officers, err := t.store.Officers(ctx)
	for _, o := range officers {
		if o.ID == id {
			return o.Name, err
		}
	}
	return "", err
}

func clockTitle(at time.Time) string {
	return at.In(calendar.Shanghai).Format("2006-01-02 15:04")
}
