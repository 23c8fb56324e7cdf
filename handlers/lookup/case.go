package lookup

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/glossary"
)

// Attribution divides the life of a case that was read for the caller among the offices that had it.
func (a *Reader) Attribution(ctx context.Context, v workflow.View) (view.Attribution, error) {
	j := view.Attribution{Intervals: []view.Interval{}, Totals: []view.Owned{}}
	stays, err := a.store.Stays(ctx, v.Case)
	if err != nil {
		return j, err
	}
	for _, r := range attribution.Attribute(v.Chain, v.Case, stays, a.svc.County(), a.svc.Now()) {
		owner := view.Owner{Party: r.Party, Office: r.Name}
		x := view.Interval{From: view.NewInstant(r.From), To: view.NewInstant(r.To), Owner: owner, Stage: r.Stage,
			Kind: r.Kind, Ground: nil, Wall: r.Wall, Working: r.Working}
		if r.Ground != "" {
			x.Ground = &r.Ground
		}
		j.Intervals = append(j.Intervals, x)
		i := slices.IndexFunc(j.Totals, func(t view.Owned) bool { return t.Owner == owner })
		if i < 0 {
			i, j.Totals = len(j.Totals), append(j.Totals, view.Owned{Owner: owner})
		}
		j.Totals[i].Wall, j.Totals[i].Working = j.Totals[i].Wall+r.Wall, j.Totals[i].Working+r.Working
	}
	return j, nil
}

var divisionForm = regexp.MustCompile(`^[0-9]{6,14}$`)

// Known refuses filters that no case can match: what is mistyped must not look like an empty county.
func (a *Reader) Known(chain, state, division string) error {
	var found []workflow.FieldError
	chains := a.svc.Chains().All()
	if _, err := a.svc.Chains().Newest(workflow.ChainID(chain)); chain != "" && err != nil {
		names := make([]string, len(chains))
		for i, ch := range chains {
			names[i] = string(ch.ID)
		}
		found = append(found, workflow.FieldError{Field: "chain", Message: "没有“" + schema.Shown(chain) + "”这个事项，只能是 " +
			strings.Join(names, "、") + " 之一"})
	}
	if state != "" && !slices.ContainsFunc(chains,
		func(ch workflow.Chain) bool { _, ok := ch.Stage(glossary.State(state)); return ok }) {
		found = append(found, workflow.FieldError{Field: "state", Message: "没有“" + schema.Shown(state) +
			"”这个环节，请从事项的 stages 中选择"})
	}
	if division != "" && !divisionForm.MatchString(division) {
		found = append(found, workflow.FieldError{Field: "division", Message: "区划代码应为 6 至 14 位数字，例如 140824100214"})
	}
	if len(found) > 0 {
		return &workflow.Invalid{Fields: found}
	}
	return nil
}

// HouseholdFile returns the file of a household of the caller's area.
func (a *Reader) HouseholdFile(ctx context.Context, by *request.Caller,
	id workflow.HouseholdID) (view.Household, error) {
	f, err := a.store.HouseholdFile(ctx, by.ID, id)
	if errors.Is(err, workflow.ErrNotFound) {
		return view.Household{}, problem.New(404, "未找到该户档")
	}
	if err != nil {
		return view.Household{}, err
	}
	return a.views.NewHousehold(f), nil
}

// HouseholdChanges returns the changes of a household's file, the newest first.
func (a *Reader) HouseholdChanges(ctx context.Context, by *request.Caller,
	id workflow.HouseholdID) ([]view.HouseholdChange, error) {
	list, err := a.store.Changes(ctx, by.ID, id)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil, problem.New(404, "未找到该户档")
	}
	changes := make([]view.HouseholdChange, len(list))
	for i, c := range list {
		changes[i] = view.NewHouseholdChange(c)
	}
	return changes, err
}

// Deadlines returns the deadlines of a case that was read for the caller, each with the promise that ran beside it.
func (a *Reader) Deadlines(ctx context.Context, v workflow.View) ([]view.Deadline, error) {
	all, err := a.store.AllDeadlines(ctx, v.Case)
	if err != nil {
		return nil, err
	}
	promises := map[workflow.Strand]map[time.Time]*workflow.PromiseView{}
	for _, d := range all {
		if d.Beside {
			of := workflow.Strand{Limit: d.Limit, By: d.By}
			if promises[of] == nil {
				promises[of] = map[time.Time]*workflow.PromiseView{}
			}
			end := a.svc.Now()
			if d.ClosedAt != nil {
				end = *d.ClosedAt
			}
			promises[of][d.OpenedAt] = &workflow.PromiseView{Deadline: d, Light: workflow.LightOf(d, end)}
		}
	}
	list := []view.Deadline{}
	for _, d := range all {
		if d.Beside {
			continue
		}
		shown, err := a.views.NewDeadline(v.Chain, v.Case.File, d, promises[d.Strand()][d.OpenedAt])
		if err != nil {
			return nil, err
		}
		list = append(list, shown)
	}
	return list, nil
}
