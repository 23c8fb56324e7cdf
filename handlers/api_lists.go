package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

type lineJSON struct {
	ID         string            `json:"id"`
	Step       int               `json:"step"`
	At         string            `json:"at"`
	By         string            `json:"by"`
	Officer    string            `json:"officer_id,omitempty"`
	Office     string            `json:"office,omitempty"`
	Verb       string            `json:"verb"`
	Title      string            `json:"title"`
	From       workflow.State    `json:"from"`
	To         workflow.State    `json:"to"`
	Reason     string            `json:"reason,omitempty"`
	Data       any               `json:"data,omitempty"`
	Rung       workflow.RungName `json:"rung,omitempty"`
	Rule       workflow.Rule     `json:"rule,omitempty"`
	Algorithm  string            `json:"algorithm"`
	KeyVersion int               `json:"key_version"`
	Previous   string            `json:"previous"`
	Hash       string            `json:"hash"`
}

// scanJSON is the data of the line that a scan was handed in.
type scanJSON struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Hash string `json:"hash"`
	Size int64  `json:"size"`
	Type string `json:"type"`
	At   string `json:"at"`
	By   string `json:"by"`
}

func historyLine(ch workflow.Chain, l models.Line) lineJSON {
	j := lineJSON{ID: fmt.Sprint(l.ID), Step: l.Step, At: shanghai(l.At), By: l.OfficerName, Office: l.OfficeName, Verb: l.Verb, Title: ch.LineTitle(l.From, l.Verb, l.Rung),
		From: l.From, To: l.To, Reason: l.Reason, Rung: l.Rung, Rule: l.Rule, Algorithm: l.Alg, KeyVersion: l.KeyVersion, Previous: l.Previous, Hash: l.Hash}
	if l.Officer != 0 {
		j.Officer = fmt.Sprint(l.Officer)
	}
	if j.By == "" {
		j.By = workflow.BySystem.Name
	}
	var m workflow.Material
	if l.Verb == "material" && json.Unmarshal(l.Data, &m) == nil {
		j.Data = scanJSON{m.Code, m.Name, m.Hash, m.Size, m.Type, shanghai(m.At), fmt.Sprint(m.By)}
	} else if len(l.Data) > 0 && json.Valid(l.Data) {
		j.Data = json.RawMessage(l.Data)
	}
	return j
}

type deadlineJSON struct {
	ID          string         `json:"id"`
	Stage       workflow.State `json:"stage"`
	Title       string         `json:"title"`
	Generation  int            `json:"generation"`
	Limit       *limitJSON     `json:"limit"`
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
func (deadlineJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "limit", "back_entry")
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
		return workflow.CivilCode.Art("203").String()
	}
	return workflow.Licensing.Art("82").String()
}

// explain counts a deadline again, day by day, with the county's calendar in force. While its clock stands it says the days up
// to now, and how many are left for when it goes on.
func (a *app) explain(ch workflow.Chain, f workflow.File, d workflow.Deadline) (deadlineJSON, error) {
	j := deadlineJSON{ID: fmt.Sprint(d.ID), Stage: d.Stage, Title: ch.DeadlineTitle(d), Generation: d.Generation, StartedOn: d.StartedOn.String(), Extend: d.Extend,
		Light: workflow.Grey, Provisional: d.Provisional, OpenedAt: shanghai(d.OpenedAt), Days: []dayJSON{}}
	j.DueOn, j.DueBefore, j.Paused = day(d)
	until := calendar.DayOf(a.svc.Now())
	if d.ClosedAt != nil {
		j.ClosedAt, until = stamp(*d.ClosedAt), calendar.DayOf(*d.ClosedAt)
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
		j.Days = append(j.Days, dayJSON{x.Date.String(), x.Kind, x.Counted, x.Ground, dayArticle(f, l, x, x.Date == due.DueOn)})
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

// endedOn is a count whose clock goes on after a day.
func endedOn(n calendar.Count, day calendar.Day) calendar.Count {
	n.Pauses = slices.Clone(n.Pauses)
	for i, p := range n.Pauses {
		if p.Open {
			n.Pauses[i].Open, n.Pauses[i].To = false, max(p.From, day)
		}
	}
	return n
}

func (a *app) deadlines(ctx context.Context, by *caller, id workflow.CaseID) ([]deadlineJSON, error) {
	v, err := a.svc.View(ctx, id, by.ID)
	if err != nil {
		return nil, err
	}
	all, err := a.store.AllDeadlines(ctx, by.ID, id)
	if err != nil {
		return nil, err
	}
	list := make([]deadlineJSON, len(all))
	for i, d := range all {
		if list[i], err = a.explain(v.Chain, v.Case.File, d); err != nil {
			return nil, err
		}
	}
	return list, nil
}

type taskJSON struct {
	Kind      string            `json:"kind" doc:"stage 待办，opinion 待出意见，notice 提醒"`
	Case      caseHead          `json:"case"`
	Light     workflow.Light    `json:"light"`
	DueOn     *string           `json:"due_on"`
	DueBefore *string           `json:"due_before"`
	Paused    bool              `json:"paused"`
	Rung      workflow.RungName `json:"rung,omitempty"`
	Text      string            `json:"text"`
	At        *string           `json:"at"`
}

func (a *app) taskOf(t models.Task) taskJSON {
	line := a.lineOf(t.Case)
	j := taskJSON{Kind: t.Kind, Case: line.caseHead, Light: line.Light, DueOn: line.DueOn, DueBefore: line.DueBefore, Paused: line.Paused, Rung: t.Rung,
		Text: t.Text, At: stamp(t.At)}
	if t.Kind == "opinion" {
		j.Text = "待出：" + workflow.RecordKind(t.Text).Title()
	}
	if t.Deadline != nil {
		j.DueOn, j.DueBefore, j.Paused = day(*t.Deadline)
		if l := workflow.LightOf(*t.Deadline, a.svc.Now()); j.Light != workflow.Red && l != workflow.Green {
			j.Light = l
		}
	}
	return j
}

// slice pages a list that is whole in memory.
func slice[T any](all []T, p Paging) []T {
	from := min(len(all), (p.Page-1)*p.PerPage)
	return all[from:min(len(all), from+p.PerPage)]
}

type caseListIn struct {
	CaseIn
	Paging
}

func (a *app) listOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "case-history", Summary: "办理经过，一行一步"}, nil,
		func(ctx context.Context, by *caller, in *caseListIn) (*out[listOf[lineJSON]], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			v, err := a.svc.View(ctx, id, by.ID)
			if err != nil {
				return nil, err
			}
			lines, err := a.store.History(ctx, by.ID, id)
			if err != nil {
				return nil, err
			}
			list := []lineJSON{}
			for _, l := range slice(lines, in.Paging) {
				list = append(list, historyLine(v.Chain, l))
			}
			return &out[listOf[lineJSON]]{Status: http.StatusOK, Body: pageOf(list, len(lines), in.Paging)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "case-deadlines", Summary: "每个期限与逐日说明"}, nil,
		func(ctx context.Context, by *caller, in *caseListIn) (*out[listOf[deadlineJSON]], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			all, err := a.deadlines(ctx, by, id)
			return &out[listOf[deadlineJSON]]{Status: http.StatusOK, Body: pageOf(slice(all, in.Paging), len(all), in.Paging)}, err
		})
	describe(a, ops, huma.Operation{OperationID: "case-documents", Summary: "已出具的文书与证书"}, nil,
		func(ctx context.Context, by *caller, in *caseListIn) (*out[listOf[documentJSON]], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			v, err := a.svc.View(ctx, id, by.ID)
			if err != nil {
				return nil, err
			}
			docs := a.documentsOf(v.Case.File.Documents)
			return &out[listOf[documentJSON]]{Status: http.StatusOK, Body: pageOf(slice(docs, in.Paging), len(docs), in.Paging)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "tasks", Summary: "本单位待办，最急的在前"}, nil,
		func(ctx context.Context, by *caller, in *Paging) (*out[listOf[taskJSON]], error) {
			tasks, total, err := a.store.Tasks(ctx, by.ID, in.Page, in.PerPage)
			if err != nil {
				return nil, err
			}
			list := []taskJSON{}
			for _, t := range tasks {
				list = append(list, a.taskOf(t))
			}
			return &out[listOf[taskJSON]]{Status: http.StatusOK, Body: pageOf(list, total, *in)}, nil
		})
}
