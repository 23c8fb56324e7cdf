package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/sheet"
	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

type explanationJSON struct {
	At     string  `json:"at"`
	By     string  `json:"by"`
	Text   string  `json:"text"`
	MoveBy *string `json:"move_by" doc:"承诺办结的日期；没有写的为 null"`
}

type rulingJSON struct {
	At     string           `json:"at"`
	By     string           `json:"by"`
	Ruling workflow.Verdict `json:"ruling" enum:"upheld,excused"`
	Title  string           `json:"title"`
	Ground string           `json:"ground"`
}

// breachJSON is one entry of the breach register.
type breachJSON struct {
	ID          string                `json:"id"`
	CaseID      string                `json:"case_id"`
	Number      string                `json:"number"`
	Chain       workflow.ChainID      `json:"chain"`
	Stage       workflow.State        `json:"stage" doc:"期限届满时办件所在的环节"`
	StageTitle  string                `json:"stage_title"`
	Division    string                `json:"division" doc:"村级区划代码"`
	GroupNo     string                `json:"group_no"`
	Head        string                `json:"householder"`
	Party       workflow.Party        `json:"party" doc:"责任单位的种类"`
	OfficeID    string                `json:"office_id"`
	Office      string                `json:"office" doc:"责任单位"`
	Officer     *string               `json:"officer" doc:"当时的承办人或负责人；没有的为 null"`
	Rule        workflow.Rule         `json:"rule"`
	Article     string                `json:"article"`
	Limit       workflow.LimitID      `json:"limit" doc:"期限编号"`
	DueBefore   string                `json:"due_before"`
	LateHours   float64               `json:"late_hours" doc:"自到期至办结（未办结的至现在）的工作小时数"`
	OpenedAt    string                `json:"opened_at"`
	ExplainBy   *string               `json:"explain_by" doc:"应在此刻之前说明"`
	MetAt       *string               `json:"met_at" doc:"办结的时刻；未办结的为 null"`
	ClosedAt    *string               `json:"closed_at" doc:"销号的时刻"`
	Status      workflow.BreachStatus `json:"status" enum:"open,explained,upheld,excused,closed"`
	StatusTitle string                `json:"status_title"`
	Explanation *explanationJSON      `json:"explanation"`
	Ruling      *rulingJSON           `json:"ruling" doc:"最近一次裁定"`
}

// TransformSchema implements huma.SchemaTransformer.
func (breachJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "explanation", "ruling")
}

type shareJSON struct {
	Party   workflow.Party `json:"party"`
	Office  string         `json:"office"`
	Working int            `json:"working_minutes"`
	Hours   float64        `json:"hours"`
}

// breachDetailJSON is an entry with whose the late hours were, what was said about it, and what the caller may do.
type breachDetailJSON struct {
	breachJSON
	LateBy     []shareJSON `json:"late_by" doc:"逾期的工作时间归谁"`
	History    []lineJSON  `json:"history" doc:"历次说明、裁定与销号"`
	MayExplain bool        `json:"may_explain" doc:"本单位可以说明"`
	MayRule    bool        `json:"may_rule" doc:"本人可以裁定"`
}

// TransformSchema implements huma.SchemaTransformer.
func (breachDetailJSON) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embeds[breachJSON](r, s)
}

// breachAnswer is the JSON of an entry that may be an answer given before, repeated byte by byte.
type breachAnswer struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (breachAnswer) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[breachDetailJSON](), true, "Breach")
}

type explanationBody struct {
	Text   string       `json:"text" doc:"超期原因和已采取的措施" minLength:"1" maxLength:"2000" example:"现场核查时遇连续降雨，已于3月9日补做"`
	MoveBy calendar.Day `json:"move_by,omitempty" required:"false" doc:"承诺办结的日期" format:"date" example:"2026-03-20"`
}

type rulingBody struct {
	Ruling string `json:"ruling" doc:"裁定：upheld 红牌成立，excused 情况属实、撤牌" enum:"upheld,excused" example:"upheld"`
	Ground string `json:"ground" doc:"裁定理由" minLength:"1" maxLength:"2000" example:"说明的情况不影响按期办理，红牌成立"`
}

// names of officers, asked once and only where somebody is to be named.
type names struct {
	ask func() ([]models.Officer, error)
	of  map[workflow.OfficerID]string
	err error
}

func (a *app) names(ctx context.Context) *names {
	return &names{ask: func() ([]models.Officer, error) { return a.store.Officers(ctx) }}
}

func (n *names) name(id workflow.OfficerID) string {
	if n.of == nil {
		var list []models.Officer
		n.of = map[workflow.OfficerID]string{}
		list, n.err = n.ask()
		for _, o := range list {
			n.of[o.ID] = o.Name
		}
	}
	return n.of[id]
}

// late is the working minutes from the due instant of a breach until it was met, or now.
func (a *app) late(b workflow.Breach) int {
	end, county := a.svc.Now(), a.svc.County()
	if b.MetAt != nil {
		end = *b.MetAt
	}
	return int(county.Calendar.Between(county.Parameters.WorkHours(), b.DueBefore, end).Minutes())
}

func (a *app) breachOf(l models.BreachLine, who *names) breachJSON {
	j := breachJSON{ID: fmt.Sprint(l.ID), CaseID: fmt.Sprint(l.Case), Number: l.Number, Chain: l.Chain, Stage: l.Stage, StageTitle: l.Stage.Title(), Division: l.Division,
		GroupNo: l.GroupNo, Head: l.Householder, Party: l.Party, OfficeID: fmt.Sprint(l.Office), Office: l.OfficeName, Rule: l.Rule, Article: l.Under.String(), Limit: l.Limit,
		DueBefore: shanghai(l.DueBefore), LateHours: hours(a.late(l.Breach)), OpenedAt: shanghai(l.OpenedAt), ExplainBy: stamp(l.ExplainBy), Status: l.Status(), StatusTitle: l.Status().Title()}
	if l.OfficerName != "" {
		j.Officer = &l.OfficerName
	}
	if l.MetAt != nil {
		j.MetAt = stamp(*l.MetAt)
	}
	if l.ClosedAt != nil {
		j.ClosedAt = stamp(*l.ClosedAt)
	}
	if e := l.Explained; e != nil {
		j.Explanation = &explanationJSON{At: shanghai(e.At), By: who.name(e.Officer), Text: e.Text}
		if e.MoveBy != 0 {
			on := e.MoveBy.String()
			j.Explanation.MoveBy = &on
		}
	}
	if r := l.Ruled; r != nil {
		j.Ruling = &rulingJSON{shanghai(r.At), who.name(r.Officer), r.Verdict, r.Verdict.Title(), r.Ground}
	}
	return j
}

// Register is what the breach register is narrowed to, as it is sent.
type Register struct {
	From   string `query:"from" doc:"到期日起始（含当日），写作 2026-03-01；不填不限"`
	To     string `query:"to" doc:"到期日截止（不含当日），写作 2026-04-01；不填为明天"`
	Status string `query:"status" doc:"状态：open 待说明，explained 待裁定，upheld 红牌成立，excused 已撤牌，closed 已销号" enum:"open,explained,upheld,excused,closed"`
	CaseID string `query:"case_id" doc:"办件编号"`
	Narrow
}

func (a *app) breachQuery(ctx context.Context, by *caller, in Register, p Paging) (models.BreachQuery, error) {
	var found findings
	q := models.BreachQuery{Chain: in.Chain, Stage: in.Stage, Status: workflow.BreachStatus(in.Status), Page: p.Page, PerPage: p.PerPage}
	q.From, q.To = a.span(in.From, in.To, true, &found)
	if in.CaseID != "" {
		n, err := number(in.CaseID)
		if err != nil {
			found.add("case_id", "case_id 应为办件编号的数字，例如 12")
		}
		q.Case = workflow.CaseID(n)
	}
	var err error
	if q.Township, err = a.narrow(ctx, by, in.Narrow, &found); err != nil {
		return q, err
	}
	return q, found.refusal()
}

// BreachIn is the path of an entry of the register.
type BreachIn struct {
	ID string `path:"id" doc:"红牌编号"`
}

func (b BreachIn) breach() (workflow.BreachID, error) {
	n, err := number(b.ID)
	return workflow.BreachID(n), err
}

var errNoBreach = refuse(404, "未找到该红牌记录，请核对编号")

func (a *app) breachLine(ctx context.Context, by *caller, id workflow.BreachID) (models.BreachLine, error) {
	l, err := a.store.Breach(ctx, by.ID, id)
	if errors.Is(err, workflow.ErrNotFound) {
		return l, errNoBreach
	}
	return l, err
}

func (a *app) breachDetail(ctx context.Context, by *caller, id workflow.BreachID) (breachDetailJSON, error) {
	l, err := a.breachLine(ctx, by, id)
	if err != nil {
		return breachDetailJSON{}, err
	}
	v, err := a.svc.View(ctx, l.Case, by.ID)
	if err != nil {
		return breachDetailJSON{}, err
	}
	stays, err := a.store.Stays(ctx, by.ID, l.Case)
	if err != nil {
		return breachDetailJSON{}, err
	}
	lines, err := a.store.History(ctx, by.ID, l.Case)
	if err != nil {
		return breachDetailJSON{}, err
	}
	who := a.names(ctx)
	j := breachDetailJSON{breachJSON: a.breachOf(l, who), LateBy: []shareJSON{}, History: []lineJSON{},
		MayExplain: l.Office == by.Office && l.Explainable(a.svc.Now()), MayRule: by.Role == workflow.Auditor && l.ClosedAt == nil}
	for _, s := range v.Chain.LateBy(l.Breach, v.Case, stays, a.svc.County(), a.svc.Now()) {
		j.LateBy = append(j.LateBy, shareJSON{s.Party, s.Office, s.Working, hours(s.Working)})
	}
	for _, x := range lines {
		if workflow.About(x.Data) == l.ID {
			j.History = append(j.History, historyLine(v.Chain, x))
		}
	}
	return j, who.err
}

type breachOut struct {
	Status int
	Body   breachAnswer
}

// speak enters an explanation or a ruling once under a key. A request without a key gets one.
func (a *app) speak(ctx context.Context, by *caller, id workflow.BreachID, key, asked string, do func(key string) (workflow.Case, error)) (entry, error) {
	key, err := keyOr(key)
	if err != nil {
		return entry{}, err
	}
	e, err := a.enter(0, key, asked, do)
	switch {
	case errors.Is(err, workflow.ErrNotFound):
		return e, errNoBreach
	case err != nil:
		w := where{path: apiRoot + "/sla/breaches", by: by.officer()}
		if l, err := a.store.Breach(ctx, by.ID, id); err == nil {
			w.id = l.Case
		}
		return e, a.answer(ctx, err, w)
	}
	return e, nil
}

// keepReply keeps what was asked and answered beside the key of a breach's entry.
func (a *app) keepReply(ctx context.Context, by *caller, e entry, answer json.RawMessage) {
	saved, err := json.Marshal(reply{e.asked, answer})
	if err == nil {
		err = a.store.SaveReply(ctx, e.ID, by.ID, e.key, saved)
	}
	if err != nil { // it stands; a repetition will be answered with the entry as it is then
		a.log.WarnContext(ctx, "keep reply", "case", e.ID, "error", err)
	}
}

// answerBreach answers a program that entered an explanation or a ruling with the breach, and answers the same to the same.
func (a *app) answerBreach(ctx context.Context, by *caller, id workflow.BreachID, e entry) (*breachOut, error) {
	if len(e.Answer) > 0 && string(e.Answer) != "null" {
		return &breachOut{http.StatusCreated, breachAnswer{e.Answer}}, nil
	}
	j, err := a.breachDetail(ctx, by, id)
	if err != nil {
		a.log.ErrorContext(ctx, "show what was done", slog.Int64("breach", int64(id)), slog.Any("error", err))
		return nil, errLater
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	if e.Before == nil {
		a.keepReply(ctx, by, e, b)
	}
	return &breachOut{http.StatusCreated, breachAnswer{b}}, nil
}

// speakIn is an explanation or a ruling as it is sent; its key may be left out.
type speakIn struct {
	BreachIn
	Keyed
	Sent
}

// explainBreach enters the explanation of the office that was late.
func (a *app) explainBreach(ctx context.Context, by *caller, id workflow.BreachID, key string, raw []byte) (entry, error) {
	var b explanationBody
	if err := decodeJSON(raw, &b); err != nil {
		return entry{}, err
	}
	today := calendar.DayOf(a.svc.Now())
	if b.MoveBy != 0 && (b.MoveBy < today || b.MoveBy > today.AddMonths(12)) {
		return entry{}, invalid("move_by", fmt.Sprintf("承诺办结的日期应在 %s 至 %s 之间，填写的是 %s", today, today.AddMonths(12), b.MoveBy))
	}
	asked := digest([]byte("explain"), []byte(fmt.Sprint(id)), []byte(b.Text), []byte(b.MoveBy.String()))
	return a.speak(ctx, by, id, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Explain(ctx, id, by.ID, key, workflow.Explanation{Text: b.Text, MoveBy: b.MoveBy})
	})
}

// ruleBreach enters the auditor's ruling.
func (a *app) ruleBreach(ctx context.Context, by *caller, id workflow.BreachID, key string, raw []byte) (entry, error) {
	var b rulingBody
	if err := decodeJSON(raw, &b); err != nil {
		return entry{}, err
	}
	asked := digest([]byte("rule"), []byte(fmt.Sprint(id)), []byte(b.Ruling), []byte(b.Ground))
	return a.speak(ctx, by, id, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Rule(ctx, id, by.ID, key, workflow.Ruling{Verdict: workflow.Verdict(b.Ruling), Ground: b.Ground})
	})
}

// speaks serves an operation that enters something about a breach.
func (a *app) speaks(enter func(context.Context, *caller, workflow.BreachID, string, []byte) (entry, error)) func(context.Context, *caller, *speakIn) (*breachOut, error) {
	return func(ctx context.Context, by *caller, in *speakIn) (*breachOut, error) {
		id, err := in.breach()
		if err != nil {
			return nil, err
		}
		e, err := enter(ctx, by, id, in.Key, in.raw)
		if err != nil {
			return nil, err
		}
		return a.answerBreach(ctx, by, id, e)
	}
}

func (a *app) breachOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "sla-breaches", Summary: "超期台账（红牌）"}, nil,
		func(ctx context.Context, by *caller, in *struct {
			Register
			Paging
		}) (*out[listOf[breachJSON]], error) {
			q, err := a.breachQuery(ctx, by, in.Register, in.Paging)
			if err != nil {
				return nil, err
			}
			lines, total, err := a.store.Breaches(ctx, by.ID, q)
			if err != nil {
				return nil, err
			}
			who := a.names(ctx)
			list := make([]breachJSON, len(lines))
			for i, l := range lines {
				list[i] = a.breachOf(l, who)
			}
			return &out[listOf[breachJSON]]{Status: http.StatusOK, Body: pageOf(list, total, in.Paging)}, who.err
		})
	for _, f := range formats {
		exportOperation(a, ops, huma.Operation{OperationID: "sla-breaches-" + f.name, Summary: "导出超期台账（" + f.title + "）",
			Description: "筛选条件与 /sla/breaches 相同，一次导出全部；不含身份证号和电话"}, f,
			func(ctx context.Context, by *caller, in *Register) (export, error) {
				q, err := a.breachQuery(ctx, by, *in, Paging{})
				return a.breachTable(ctx, by, q), err
			})
	}
	describe(a, ops, huma.Operation{OperationID: "sla-breach", Summary: "一张红牌：逾期的时间归谁，历次说明与裁定"}, nil,
		func(ctx context.Context, by *caller, in *BreachIn) (*out[breachDetailJSON], error) {
			id, err := in.breach()
			if err != nil {
				return nil, err
			}
			j, err := a.breachDetail(ctx, by, id)
			return &out[breachDetailJSON]{Status: http.StatusOK, Body: j}, err
		})
	describe(a, ops, huma.Operation{OperationID: "explain-breach", DefaultStatus: http.StatusCreated,
		Summary: "责任单位说明超期原因"}, typeOf[explanationBody](), a.speaks(a.explainBreach))
	describe(a, ops, huma.Operation{OperationID: "rule-breach", DefaultStatus: http.StatusCreated,
		Summary: "效能审核员裁定"}, typeOf[rulingBody](), a.speaks(a.ruleBreach))
}

// breachTypes are the columns of the register that are no text.
var breachTypes = map[int]sheet.Type{12: sheet.Time, 13: sheet.Number, 15: sheet.Time, 16: sheet.Time, 19: sheet.Date, 20: sheet.Time,
	24: sheet.Time, 25: sheet.Time}

// breachTable is the register as a table of strings, its rows asked from the store one by one.
func (a *app) breachTable(ctx context.Context, by *caller, q models.BreachQuery) export {
	query := a.queryText(ctx, q.From, q.To, q.Township, q.Chain, q.Stage)
	if q.Status != "" {
		query += "；状态：" + q.Status.Title()
	}
	if q.Case != 0 {
		query += fmt.Sprintf("；办件编号：%d", q.Case)
	}
	at := func(s *string) string {
		if s == nil {
			return ""
		}
		return strings.Replace((*s)[:16], "T", " ", 1)
	}
	return export{file: "超期台账", query: query, table: sheet.Table{Title: "超期台账",
		Types: breachTypes,
		Header: []string{"编号", "办件编号", "事项", "环节", "区划代码", "组", "户主", "责任单位", "承办人", "规则", "条文", "期限", "到期（此刻之前）", "超期工作小时", "状态", "应说明（此刻之前）",
			"说明时间", "说明人", "说明", "承诺办结日期", "裁定时间", "裁定人", "裁定", "裁定理由", "办结时间", "销号时间"},
		Rows: func(yield func([]string, error) bool) {
			who := a.names(ctx)
			who.name(0) // asked before the rows are: no second question waits for a connection while the first holds one
			stopped := errors.New("no more rows are wanted")
			err := a.store.EachBreach(ctx, by.ID, q, func(l models.BreachLine) error {
				j := a.breachOf(l, who)
				if who.err != nil {
					return who.err
				}
				chain, officer := string(j.Chain), ""
				if ch, err := a.svc.Chains().At(l.Chain, l.ChainVersion); err == nil {
					chain = ch.Title
				}
				if j.Officer != nil {
					officer = *j.Officer
				}
				row := []string{j.ID, j.Number, chain, j.StageTitle, j.Division, l.GroupNo, j.Head, j.Office, officer, string(j.Rule), j.Article, string(j.Limit), at(&j.DueBefore),
					fmt.Sprintf("%.1f", j.LateHours), j.StatusTitle, at(j.ExplainBy), "", "", "", "", "", "", "", "", at(j.MetAt), at(j.ClosedAt)}
				if e := j.Explanation; e != nil {
					row[16], row[17], row[18] = at(&e.At), e.By, e.Text
					if e.MoveBy != nil {
						row[19] = *e.MoveBy
					}
				}
				if r := j.Ruling; r != nil {
					row[20], row[21], row[22], row[23] = at(&r.At), r.By, r.Title, r.Ground
				}
				if !yield(row, nil) {
					return stopped
				}
				return nil
			})
			if err != nil && !errors.Is(err, stopped) {
				yield(nil, err)
			}
		}}}
}
