package desk

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	casesstore "anju/models/cases"
	"anju/workflow"
	"anju/workflow/glossary"
)

// boardLine is one case on the board of a township: its clock, and which of the offices have had their say.
type boardLine struct {
	web.CaseLine
	Verb    string // what the caller may do with several at once; empty for none
	Do      string
	Offices []boardMark
}

type boardMark struct{ Title, Mark, Class string }

type boardPart struct {
	State, Title string
	Total        int
	Lines        []boardLine
	Bulk         []schema.Option // the verbs that may be taken on several
}

type boardData struct {
	web.Layout
	Parts   []boardPart
	Key     string
	Results []web.BulkResult
}

// inBulk tells whether a verb may be taken on several cases with one outcome: a step ahead that asks for no reason and
// numbers no paper. Refusals and certificates never are.
func inBulk(ac workflow.Action) bool {
	return ac.MainLine && !ac.Reason && len(ac.Issues) == 0 &&
		!slices.ContainsFunc(required(ac.Data), func(f string) bool { return f != "opinion" })
}

// required are the fields that a form cannot do without.
func required(f workflow.Form) []string {
	if f == nil {
		return nil
	}
	return schema.OfForm(f).Required
}

var errNoBoard = problem.New(403, "联审台由乡镇的办公室和窗口使用；本单位的办件在“待办”里")

// BoardPage shows the tasks of the caller's office.
func (a *Pages) BoardPage(c *fiber.Ctx, by *request.Caller) error {
	if by.OfficeKind.Level() != glossary.TownshipLevel {
		return errNoBoard
	}
	return a.showBoard(c, by, nil)
}

func (a *Pages) showBoard(c *fiber.Ctx, by *request.Caller, results []web.BulkResult) error {
	ctx := c.UserContext()
	d := boardData{Layout: a.site.Layout(c, "联审台"), Key: rand.Text(), Results: results}
	d.Here = "/board"
	for _, st := range []glossary.State{glossary.TownshipIntake, glossary.JointReview, glossary.Decision,
		glossary.Approved, glossary.Issued, glossary.Filed} {
		cases, total, err := a.store.Cases(ctx, by.ID,
			casesstore.CaseQuery{State: string(st), Whole: true, Page: 1, PerPage: web.BulkMost})
		if err != nil {
			return err
		}
		if total == 0 {
			continue
		}
		p := boardPart{State: string(st), Title: st.Title(), Total: total}
		for _, x := range cases {
			l, err := a.boardLine(x, by)
			if err != nil {
				return err
			}
			if l.Verb != "" && !slices.ContainsFunc(p.Bulk, func(o schema.Option) bool { return o.Value == l.Verb }) {
				p.Bulk = append(p.Bulk, schema.Option{Value: l.Verb, Label: l.Do})
			}
			p.Lines = append(p.Lines, l)
		}
		slices.SortStableFunc(p.Lines, func(x, y boardLine) int { return strings.Compare(dueKey(x), dueKey(y)) })
		d.Parts = append(d.Parts, p)
	}
	return a.site.Show(c, 200, "board", d)
}

// dueKey sorts by what is due first; what has no clock comes last.
func dueKey(l boardLine) string {
	if l.DueOn == nil {
		return "9"
	}
	return l.DueOn.String()
}

func (a *Pages) boardLine(x workflow.Case, by *request.Caller) (boardLine, error) {
	l := boardLine{CaseLine: a.site.ListLine(a.views.NewCaseLine(x))}
	v, err := a.svc.Show(x, by.Actor())
	if err != nil {
		return l, err
	}
	for _, vv := range v.Verbs {
		if vv.Allowed && inBulk(vv.Action) {
			l.Verb, l.Do = string(vv.Action.Do), vv.Action.Title
			break
		}
	}
	if x.State != glossary.JointReview {
		return l, nil
	}
	mark := func(title string, done bool) {
		m := boardMark{title, "▲ 未出", "yellow"}
		if done {
			m.Mark, m.Class = "✓ 已出", "green"
		}
		l.Offices = append(l.Offices, m)
	}
	since := func(kind glossary.RecordKind, p glossary.Party) bool {
		return slices.ContainsFunc(x.File.Records, func(r workflow.Record) bool {
			return r.Kind == kind && (p == "" || r.Party == p) && !r.At.Before(x.EnteredAt)
		})
	}
	mark("现场", since(glossary.SiteRecordKind, ""))
	if row, ok := v.Chain.RecordRow(v.Stage, glossary.JointSheetKind); ok {
		for _, p := range row.By {
			mark(strings.TrimSuffix(p.Title(), "办公室"), since(glossary.JointSheetKind, p))
		}
	}
	return l, nil
}

// PostBulk takes one verb on several cases, each in its own transaction: what is stale or not theirs does not stop the
// rest.
func (a *Pages) PostBulk(c *fiber.Ctx, by *request.Caller) error {
	if by.OfficeKind.Level() != glossary.TownshipLevel {
		return errNoBoard
	}
	ctx, form := c.UserContext(), web.FormOf(c)
	verb, key := form.Get("verb"), form.Get("key")
	if key == "" || len(key) > 60 {
		return problem.New(400, "页面缺少一次性编号，请刷新后重新提交")
	}
	ids := form["case"]
	switch {
	case len(ids) == 0:
		return schema.Invalid("case", "请先勾选要办理的办件")
	case len(ids) > web.BulkMost:
		return schema.Invalid("case", fmt.Sprintf("一次最多办理 %d 件", web.BulkMost))
	}
	var results []web.BulkResult
	for _, sent := range ids {
		id, seen, _ := strings.Cut(sent, ":")
		n, err := request.Number(id)
		r := web.BulkResult{Number: id, Href: "/cases/" + id}
		if err == nil {
			r.Number, err = a.moveOne(c, by, workflow.CaseID(n), verb, key+"-"+id, seen)
		}
		if err != nil {
			r.Text = a.problems.ToProblem(ctx, err,
				problem.RequestInfo{Path: c.Path(), ID: workflow.CaseID(n), By: by.OfficerID()}).Detail
		} else {
			r.Done, r.Text = true, "已办理"
		}
		results = append(results, r)
	}
	return a.showBoard(c, by, results)
}

func (a *Pages) moveOne(c *fiber.Ctx, by *request.Caller, id workflow.CaseID, verb, key, seen string) (string, error) {
	ctx := c.UserContext()
	v, err := a.svc.View(ctx, id, by.ID)
	if err != nil {
		return fmt.Sprint(id), err
	}
	ac, ok := v.Stage.Action(glossary.Verb(verb))
	if ok && !inBulk(ac) {
		return v.Case.Number, problem.New(422, "不予许可、发证等不能批量办理，请逐件办理")
	}
	data := map[string]string{}
	if slices.Contains(required(ac.Data), "opinion") {
		data["opinion"] = web.Openings[ac.Do]
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return v.Case.Number, err
	}
	n, err := strconv.Atoi(seen)
	if err != nil {
		n = -1
	}
	if ac.Data == nil {
		raw = nil
	}
	_, err = a.intake.Move(ctx, by, id, key, request.Digest([]byte("bulk"), []byte(verb), []byte(seen)),
		intake.MoveBody{Verb: verb, Data: raw, Seen: n})
	return v.Case.Number, err
}
