package view

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/schema"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Deadline is a deadline with how it is counted.
type Deadline struct {
	ID         string         `json:"id"`
	Stage      glossary.State `json:"stage"`
	Title      string         `json:"title"`
	Generation int            `json:"generation"`
	Limit      *Limit         `json:"limit"`
	StartedOn  Day            `json:"started_on"`
	Extend     int            `json:"extend"`
	DueOn      *Day           `json:"due_on"`
	DueBefore  *Instant       `json:"due_before"`
	Promise
	Light       workflow.Light `json:"light"`
	Paused      bool           `json:"paused"`
	Provisional bool           `json:"provisional"`
	OpenedAt    Instant        `json:"opened_at"`
	ClosedAt    *Instant       `json:"closed_at"`
	BackEntry   *BackEntry     `json:"back_entry" doc:"补录：期限自材料实际收到之日起算；不是补录的为 null"`
	Days        []CountedDay   `json:"days" doc:"逐日说明：每一天是什么日子、计不计入；暂停计时的到今天为止"`
	Remaining   *int           `json:"remaining_days" doc:"暂停计时的：恢复计时后还剩多少日；没有暂停的为 null"`
	Stricter    *Day           `json:"stricter_due_on" doc:"按自然日计的内控预警日（只预警，不亮红）"`
	EffectOn    *Day           `json:"effect_on" doc:"暂定的到期日：法律规定的后果最迟在这一天 24:00 发生；没有的为 null"`
	Effect      string         `json:"effect,omitempty" doc:"这一后果和依据"`
}

// Live tells whether the deadline still runs.
func (d Deadline) Live() bool { return d.ClosedAt == nil }

// CountedDay is a day of a deadline and whether it counts.
type CountedDay struct {
	Date    Day    `json:"date"`
	Kind    string `json:"kind"`
	Counted bool   `json:"counted"`
	Ground  string `json:"ground,omitempty" doc:"暂停的事由"`
	Article string `json:"article,omitempty" doc:"不计入、暂停或顺延的依据"`
}

// BackEntry says on which day papers came in that were entered later (补录).
type BackEntry struct {
	On     Day    `json:"on"`
	Reason string `json:"reason"`
}

// TransformSchema implements huma.SchemaTransformer.
func (Deadline) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return schema.OrNull(s, "limit", "back_entry")
}

// dayArticle is the law under which a day does not count.
func dayArticle(f workflow.File, l workflow.Limit, x calendar.ExplainedDay, last bool) string {
	switch {
	case x.Counted:
		return ""
	case x.Kind == string(calendar.KindPaused):
		var laws []string
		for _, s := range f.Suspensions {
			if law := s.Ground.Article().String(); x.Date > s.From && (s.Open || x.Date <= s.To) && !slices.Contains(laws, law) {
				laws = append(laws, law)
			}
		}
		return strings.Join(laws, "、")
	case x.Kind == string(calendar.KindRolled), last && l.Unit != calendar.WorkingDay:
		return law.CivilCode.Art("203").String()
	}
	return law.Licensing.Art("82").String()
}

// NewDeadline counts a deadline again, day by day, with the county's calendar in force. While its clock stands it says
// the days up to now, and how many are left for when it goes on.
func (a *Builder) NewDeadline(ch workflow.Chain, f workflow.File, d workflow.Deadline,
	beside *workflow.PromiseView) (Deadline, error) {
	j := Deadline{ID: fmt.Sprint(d.ID), Stage: d.Stage, Title: deadlineTitle(ch, d), Generation: d.Run,
		StartedOn: NewDay(d.StartedOn), Extend: d.Extend,
		Promise: NewPromise(beside), Light: workflow.Grey, Provisional: d.Provisional, OpenedAt: NewInstant(d.OpenedAt), Days: []CountedDay{}}
	j.DueOn, j.DueBefore, j.Paused = DueDates(d)
	until := calendar.DayOf(a.svc.Now())
	if d.ClosedAt != nil {
		j.ClosedAt, until = OptionalInstant(*d.ClosedAt), calendar.DayOf(*d.ClosedAt)
	} else {
		j.Light = workflow.LightOf(d, a.svc.Now())
		j.EffectOn, j.Effect = effect(ch, d, a.svc.County().Calendar)
	}
	l, ok := ch.Limit(d)
	if !ok {
		return j, nil
	}
	j.Limit = newRunningLimit(l, d)
	for _, b := range f.BackEntries {
		if b.At.Equal(d.OpenedAt) {
			j.BackEntry = &BackEntry{NewDay(b.On), b.Reason}
		}
	}
	cal := a.svc.County().Calendar
	due, days, err := cal.Explain(d.Count(l))
	stands := errors.Is(err, calendar.ErrPaused)
	if stands {
		due, days, err = cal.Explain(endedOn(d.Count(l), until))
	}
	if err != nil {
		return j, err
	}
	left := 0
	for _, x := range days {
		if stands && x.Date > until {
			if x.Counted {
				left++
			}
			continue
		}
		j.Days = append(j.Days, CountedDay{NewDay(x.Date), x.Kind, x.Counted, x.Ground,
			dayArticle(f, l, x, x.Date == due.DueOn)})
	}
	if stands {
		if d.Live() {
			j.Remaining = &left
		}
		return j, nil
	}
	if s, ok, err := cal.Stricter(d.Count(l)); l.Double && ok && err == nil {
		j.Stricter = &Day{s.DueOn}
	}
	return j, nil
}

// endedOn is a count that goes on after a day.
func endedOn(n calendar.Count, day calendar.Day) calendar.Count {
	n.Pauses = slices.Clone(n.Pauses)
	for i, p := range n.Pauses {
		if p.Open {
			n.Pauses[i].Open, n.Pauses[i].To = false, max(p.From, day)
		}
	}
	return n
}

// deadlineTitle says what a deadline of the chain limits.
func deadlineTitle(ch workflow.Chain, d workflow.Deadline) string {
	st, _ := ch.Stage(d.Stage)
	l, _ := ch.Limit(d)
	return l.Title(st)
}
