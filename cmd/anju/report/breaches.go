package report

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"anju/cmd/anju/backend"
	"anju/handlers/sheet"
	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// The shape of an entry of the register that scripts read.
type (
	spokenJSON struct {
		At     time.Time        `json:"at"`
		By     string           `json:"by"`
		Text   string           `json:"text,omitempty"`
		MoveBy calendar.Day     `json:"move_by,omitzero"`
		Ruling workflow.Verdict `json:"ruling,omitempty"`
		Ground string           `json:"ground,omitempty"`
	}
	breachJSON struct {
		ID          string                `json:"id"`
		CaseID      string                `json:"case_id"`
		Number      string                `json:"number"`
		Chain       workflow.ChainID      `json:"chain"`
		Stage       glossary.State        `json:"stage"`
		Division    string                `json:"division"`
		GroupNo     string                `json:"group_no"`
		Householder string                `json:"householder"`
		Office      string                `json:"office"`
		Officer     *string               `json:"officer"`
		Rule        law.Rule              `json:"rule"`
		Article     string                `json:"article"`
		Limit       law.LimitID           `json:"limit"`
		Kind        workflow.Kind         `json:"kind"`
		DueBefore   time.Time             `json:"due_before"`
		LateHours   float64               `json:"late_hours"`
		OpenedAt    time.Time             `json:"opened_at"`
		ExplainBy   *time.Time            `json:"explain_by"`
		MetAt       *time.Time            `json:"met_at"`
		ClosedAt    *time.Time            `json:"closed_at"`
		Status      workflow.BreachStatus `json:"status"`
		Explanation *spokenJSON           `json:"explanation"`
		Ruling      *spokenJSON           `json:"ruling"`
	}
	breachesJSON struct {
		From  *calendar.Day `json:"from"` // null: open
		To    calendar.Day  `json:"to"`
		Items []breachJSON  `json:"items"`
		Total int           `json:"total"`
	}
)

// BreachStatuses are the states of an entry of the register.
var BreachStatuses = []workflow.BreachStatus{workflow.BreachOpen, workflow.BreachExplained, workflow.BreachUpheld,
	workflow.BreachExcused, workflow.BreachClosed}

// NewBreaches is the breach register of a time, narrowed to an area and, where it is not empty, a status. It fails as
// newSummary does.
func NewBreaches(ctx context.Context, b *backend.Backend, period Span, narrow *Area,
	status workflow.BreachStatus) (l Listing, err error) {
	p, err := readPlaces(ctx, b)
	if err != nil {
		return l, err
	}
	q := cases.BreachQuery{Chain: narrow.Chain, Stage: narrow.Stage, Status: status}
	if q.From, q.To, err = period.days(b.Now(), true); err != nil {
		return l, err
	}
	if narrow.Township, err = p.township(narrow.Township); err != nil {
		return l, err
	}
	q.Township = narrow.Township
	chains := backend.Chains()
	asked := narrow.describe(q.From, q.To, p, chains)
	if status != "" {
		asked += "；状态：" + status.Title()
	}
	register := readBreaches(ctx, b, q)
	n := 0
	return Listing{now: b.Now(), short: []int{0, 1, 3, 6, 7, 8, 11, 12, 13, 14}, right: []int{0, 13},
		footer: func() string { return fmt.Sprintf("共 %d 张；%s", n, asked) },
		json: func() (any, error) {
			j := breachesJSON{To: q.To, Items: []breachJSON{}}
			if q.From != 0 {
				j.From = &q.From
			}
			for one, err := range register {
				if err != nil {
					return nil, err
				}
				j.Items = append(j.Items, one)
			}
			j.Total = len(j.Items)
			return j, nil
		},
		table: sheet.Table{Title: "超期台账", About: sheet.About{Query: asked},
			Types: map[int]sheet.Type{12: sheet.Time, 13: sheet.Number, 15: sheet.Time, 16: sheet.Time, 19: sheet.Date,
				20: sheet.Time,
				24: sheet.Time, 25: sheet.Time},
			Header: []string{"编号", "办件编号", "事项", "环节", "区划代码", "组", "户主", "责任单位", "承办人", "规则", "条文", "期限", "到期（此刻之前）", "超期工作小时",
				"状态", "应说明（此刻之前）",
				"说明时间", "说明人", "说明", "承诺办结日期", "裁定时间", "裁定人", "裁定", "裁定理由", "办结时间", "销号时间", "类别"},
			Rows: func(yield func([]string, error) bool) {
				for one, err := range register {
					n++
					if !yield(one.cells(chains), err) {
						return
					}
				}
			}}}, nil
}

// readBreaches yields the entries asked for, read one by one.
func readBreaches(ctx context.Context, b *backend.Backend, q cases.BreachQuery) iter.Seq2[breachJSON, error] {
	return func(yield func(breachJSON, error) bool) {
		county, err := b.Store.County(ctx)
		if err != nil {
			yield(breachJSON{}, err)
			return
		}
		officers, err := b.Store.Officers(ctx)
		if err != nil {
			yield(breachJSON{}, err)
			return
		}
		names := map[workflow.OfficerID]string{}
		for _, o := range officers {
			names[o.ID] = o.Name
		}
		enough := errors.New("no more rows are wanted")
		err = b.Store.EachBreach(ctx, 0, q, func(l cases.BreachLine) error {
			if !yield(breachOf(l, county, names, b.Now()), nil) {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(breachJSON{}, err)
		}
	}
}

func breachOf(l cases.BreachLine, county workflow.County, names map[workflow.OfficerID]string,
	now time.Time) breachJSON {
	end := now
	if l.MetAt != nil {
		end = *l.MetAt
	}
	late := county.Calendar.Between(county.Parameters.WorkHours(), l.DueBefore, end)
	j := breachJSON{ID: fmt.Sprint(l.ID), CaseID: fmt.Sprint(l.Case), Number: l.Number, Chain: l.Chain, Stage: l.Stage,
		Division: l.Division, GroupNo: l.GroupNo,
		Householder: l.Householder, Office: l.OfficeName, Rule: l.Rule, Article: l.Under.String(), Limit: l.Limit, Kind: l.Kind,
		DueBefore: l.DueBefore.In(calendar.Shanghai),
		LateHours: hours(int(late.Minutes())), OpenedAt: l.OpenedAt.In(calendar.Shanghai), ExplainBy: localTime(&l.ExplainBy),
		MetAt: localTime(l.MetAt), ClosedAt: localTime(l.ClosedAt),
		Status: l.Status()}
	if l.OfficerName != "" {
		j.Officer = &l.OfficerName
	}
	if e := l.Explained; e != nil {
		j.Explanation = &spokenJSON{At: e.At.In(calendar.Shanghai), By: names[e.Officer], Text: e.Text, MoveBy: e.MoveBy}
	}
	if r := l.Ruled; r != nil {
		j.Ruling = &spokenJSON{At: r.At.In(calendar.Shanghai), By: names[r.Officer], Ruling: r.Verdict, Ground: r.Ground}
	}
	return j
}

// cells are an entry as a row of text.
func (j breachJSON) cells(chains workflow.Chains) []string {
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format("2006-01-02 15:04")
	}
	officer := ""
	if j.Officer != nil {
		officer = *j.Officer
	}
	row := []string{j.ID, j.Number, chainTitle(chains, j.Chain), j.Stage.Title(), j.Division, j.GroupNo, j.Householder,
		j.Office, officer, string(j.Rule), j.Article,
		string(j.Limit), at(&j.DueBefore), fmt.Sprintf("%.1f", j.LateHours), j.Status.Title(), at(j.ExplainBy), "", "", "",
		"", "", "", "", "", at(j.MetAt), at(j.ClosedAt), j.Kind.Title()}
	if e := j.Explanation; e != nil {
		row[16], row[17], row[18] = at(&e.At), e.By, e.Text
		if e.MoveBy != 0 {
			row[19] = e.MoveBy.String()
		}
	}
	if r := j.Ruling; r != nil {
		row[20], row[21], row[22], row[23] = at(&r.At), r.By, r.Ruling.Title(), r.Ground
	}
	return row
}
