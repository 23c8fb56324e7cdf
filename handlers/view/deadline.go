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

// DeadlineJSON is a deadline with how it is counted.
type DeadlineJSON struct {
	ID          string         `json:"id"`
	Stage       glossary.State `json:"stage"`
	Title       string         `json:"title"`
	Generation  int            `json:"generation"`
	Limit       *LimitJSON     `json:"limit"`
	StartedOn   string         `json:"started_on"`
	Extend      int            `json:"extend"`
	DueOn       *string        `json:"due_on"`
	DueBefore   *string        `json:"due_before"`
	Light       workflow.Light `json:"light"`
	Paused      bool           `json:"paused"`
	Provisional bool           `json:"provisional"`
	OpenedAt    string         `json:"opened_at"`
	ClosedAt    *string        `json:"closed_at"`
	BackEntry   *backJSON      `json:"back_entry" doc:"补录：期限自材料实际收到之日起算；不是补录的为 null"`
	Days        []dayJSON      `json:"days" doc:"逐日说明：每一天是什么日子、计不计入；暂停计时的到今天为止"`
	Remaining   *int           `json:"remaining_days" doc:"暂停计时的：恢复计时后还剩多少日；没有暂停的为 null"`
	Stricter    *string        `json:"stricter_due_on" doc:"按自然日计的内控预警日（只预警，不亮红）"`
}

type dayJSON struct {
	Date    string `json:"date"`
	Kind    string `json:"kind"`
	Counted bool   `json:"counted"`
	Ground  string `json:"ground,omitempty" doc:"暂停的事由"`
	Article string `json:"article,omitempty" doc:"不计入、暂停或顺延的依据"`
}

type backJSON struct {
	On     string `json:"on"`
	Reason string `json:"reason"`
}

// TransformSchema implements huma.SchemaTransformer.
func (DeadlineJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
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

// Explain counts a deadline again, day by day, with the county's calendar in force. While its clock stands it says the
// days up to now, and how many are left for when it goes on.
func (a *Builder) Explain(ch workflow.Chain, f workflow.File, d workflow.Deadline) (DeadlineJSON, error) {
	j := DeadlineJSON{ID: fmt.Sprint(d.ID), Stage: d.Stage, Title: ch.DeadlineTitle(d), Generation: d.Run,
		StartedOn: d.StartedOn.String(), Extend: d.Extend,
		Light: workflow.Grey, Provisional: d.Provisional, OpenedAt: Shanghai(d.OpenedAt), Days: []dayJSON{}}
	j.DueOn, j.DueBefore, j.Paused = Day(d)
	until := calendar.DayOf(a.svc.Now())
	if d.ClosedAt != nil {
		j.ClosedAt, until = Stamp(*d.ClosedAt), calendar.DayOf(*d.ClosedAt)
	} else {
		j.Light = workflow.LightOf(d, a.svc.Now())
	}
	l, ok := ch.Limit(d)
	if !ok {
		return j, nil
	}
	j.Limit = runOf(l, d)
	for _, b := range f.BackEntries {
		if b.At.Equal(d.OpenedAt) {
			j.BackEntry = &backJSON{b.On.String(), b.Reason}
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
		j.Days = append(j.Days, dayJSON{x.Date.String(), x.Kind, x.Counted, x.Ground,
			dayArticle(f, l, x, x.Date == due.DueOn)})
	}
	if stands {
		if d.Live() {
			j.Remaining = &left
		}
		return j, nil
	}
	if s, ok, err := cal.Stricter(d.Count(l)); l.Double && ok && err == nil {
		on := s.DueOn.String()
		j.Stricter = &on
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
