package handlers

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"anju/workflow"
)

type ownerJSON struct {
	Party  workflow.Party `json:"party" doc:"applicant 申请户，suspension 依法停表，其余为单位的种类"`
	Office string         `json:"office" doc:"单位名称"`
}

type intervalJSON struct {
	From    string                `json:"from"`
	To      string                `json:"to"`
	Owner   ownerJSON             `json:"owner"`
	Stage   workflow.State        `json:"stage"`
	Kind    workflow.IntervalKind `json:"kind" enum:"running,suspended,grace" doc:"running 期限在走，suspended 依法停表，grace 没有期限或轮到申请户"`
	Ground  *string               `json:"ground" doc:"停表事由；没有停表的为 null"`
	Wall    int                   `json:"wall_minutes"`
	Working int                   `json:"working_minutes"`
}

type ownedJSON struct {
	Owner   ownerJSON `json:"owner"`
	Wall    int       `json:"wall_minutes"`
	Working int       `json:"working_minutes"`
}

type attributionJSON struct {
	Intervals []intervalJSON `json:"intervals" doc:"首尾相接，合起来就是办件从录入到办结（未办结的到现在）的全部时间"`
	Totals    []ownedJSON    `json:"totals"`
}

// attribution divides the life of a case among those who had it.
func (a *app) attribution(ctx context.Context, by *caller, id workflow.CaseID) (attributionJSON, error) {
	v, err := a.svc.View(ctx, id, by.ID)
	if err != nil {
		return attributionJSON{}, err
	}
	return a.attributionOf(ctx, by, v)
}

func (a *app) attributionOf(ctx context.Context, by *caller, v workflow.View) (attributionJSON, error) {
	j := attributionJSON{Intervals: []intervalJSON{}, Totals: []ownedJSON{}}
	stays, err := a.store.Stays(ctx, by.ID, v.Case.ID)
	if err != nil {
		return j, err
	}
	for _, r := range v.Chain.Attribute(v.Case, stays, a.svc.County(), a.svc.Now()) {
		owner := ownerJSON{r.Party, r.Name}
		x := intervalJSON{shanghai(r.From), shanghai(r.To), owner, r.Stage, r.Kind, nil, r.Wall, r.Working}
		if r.Ground != "" {
			x.Ground = &r.Ground
		}
		j.Intervals = append(j.Intervals, x)
		i := slices.IndexFunc(j.Totals, func(t ownedJSON) bool { return t.Owner == owner })
		if i < 0 {
			i, j.Totals = len(j.Totals), append(j.Totals, ownedJSON{Owner: owner})
		}
		j.Totals[i].Wall, j.Totals[i].Working = j.Totals[i].Wall+r.Wall, j.Totals[i].Working+r.Working
	}
	return j, nil
}

func (a *app) attributionOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "case-attribution", Summary: "办件的时间归谁：逐段列出，不重不漏"}, nil,
		func(ctx context.Context, by *caller, in *CaseIn) (*out[attributionJSON], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			j, err := a.attribution(ctx, by, id)
			return &out[attributionJSON]{Status: http.StatusOK, Body: j}, err
		})
}
