package handlers

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
)

// boardLine is one case on the board of a township: its clock, and which of the offices have had their say.
type boardLine struct {
	taskLine
	ID      string
	Seen    int
	Verb    string // what the caller may do with several at once; empty for none
	Do      string
	Offices []boardMark
}

type boardMark struct{ Title, Mark, Class string }

type boardPart struct {
	State, Title string
	Total        int
	Lines        []boardLine
	Bulk         []option // the verbs that may be taken on several
}

type boardData struct {
	shell
	Parts   []boardPart
	Key     string
	Results []bulkResult
}

// bulkResult is what became of one case of several.
type bulkResult struct {
	Href, Number, Text string
	Done               bool
}

// bulkMost is how many cases are taken at once.
const bulkMost = 50

// inBulk tells whether a verb may be taken on several cases with one outcome: a step ahead that asks for no reason and numbers no
// paper. Refusals and certificates never are.
func inBulk(ac workflow.Action) bool {
	return ac.Ahead && !ac.Reason && len(ac.Issues) == 0 && !slices.ContainsFunc(required(ac.Data), func(f string) bool { return f != "opinion" })
}

// required are the fields that a form cannot do without.
func required(f workflow.Form) []string {
	if f == nil {
		return nil
	}
	return formSchema(f).Required
}

var errNoBoard = refuse(403, "联审台由乡镇的办公室和窗口使用；本单位的办件在“待办”里")

func (a *app) boardPage(c *fiber.Ctx, by *caller) error {
	if by.OfficeKind.Level() != workflow.TownshipLevel {
		return errNoBoard
	}
	return a.showBoard(c, by, nil)
}

func (a *app) showBoard(c *fiber.Ctx, by *caller, results []bulkResult) error {
	ctx := c.UserContext()
	d := boardData{shell: a.shell(c, "联审台"), Key: rand.Text(), Results: results}
	d.Here = "/board"
	for _, st := range []workflow.State{workflow.TownshipIntake, workflow.JointReview, workflow.Decision, workflow.Approved, workflow.Issued, workflow.Filed} {
		cases, total, err := a.store.Cases(ctx, by.ID, models.CaseQuery{State: string(st), Page: 1, PerPage: bulkMost})
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
			if l.Verb != "" && !slices.ContainsFunc(p.Bulk, func(o option) bool { return o.Value == l.Verb }) {
				p.Bulk = append(p.Bulk, option{Value: l.Verb, Label: l.Do})
			}
			p.Lines = append(p.Lines, l)
		}
		slices.SortStableFunc(p.Lines, func(x, y boardLine) int { return strings.Compare(dueKey(x), dueKey(y)) })
		d.Parts = append(d.Parts, p)
	}
	return a.show(c, 200, "board", d)
}

// dueKey sorts by what is due first; what has no clock comes last.
func dueKey(l boardLine) string {
	if l.On == "" {
		return "9"
	}
	return l.On
}

func (a *app) boardLine(x workflow.Case, by *caller) (boardLine, error) {
	j := a.lineOf(x)
	l := boardLine{taskLine: a.listLine(j.caseHead, j.Light, j.DueOn, j.DueBefore, j.Paused), ID: fmt.Sprint(x.ID), Seen: x.Seen}
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
	if x.State != workflow.JointReview {
		return l, nil
	}
	mark := func(title string, done bool) {
		m := boardMark{title, "▲ 未出", "yellow"}
		if done {
			m.Mark, m.Class = "✓ 已出", "green"
		}
		l.Offices = append(l.Offices, m)
	}
	since := func(kind workflow.RecordKind, p workflow.Party) bool {
		return slices.ContainsFunc(x.File.Records, func(r workflow.Record) bool {
			return r.Kind == kind && (p == "" || r.Party == p) && !r.At.Before(x.EnteredAt)
		})
	}
	mark("现场", since(workflow.SiteRecordKind, ""))
	if row, ok := v.Chain.Record(v.Stage, workflow.JointSheetKind); ok {
		for _, p := range row.By {
			mark(strings.TrimSuffix(p.Title(), "办公室"), since(workflow.JointSheetKind, p))
		}
	}
	return l, nil
}

// postBulk takes one verb on several cases, each in its own transaction: what is stale or not theirs does not stop the rest.
func (a *app) postBulk(c *fiber.Ctx, by *caller) error {
	if by.OfficeKind.Level() != workflow.TownshipLevel {
		return errNoBoard
	}
	ctx, form := c.UserContext(), formOf(c)
	verb, key := form.Get("verb"), form.Get("key")
	if key == "" || len(key) > 60 {
		return refuse(400, "页面缺少一次性编号，请刷新后重新提交")
	}
	ids := form["case"]
	switch {
	case len(ids) == 0:
		return invalid("case", "请先勾选要办理的办件")
	case len(ids) > bulkMost:
		return invalid("case", fmt.Sprintf("一次最多办理 %d 件", bulkMost))
	}
	var results []bulkResult
	for _, sent := range ids {
		id, seen, _ := strings.Cut(sent, ":")
		n, err := number(id)
		r := bulkResult{Number: id, Href: "/cases/" + id}
		if err == nil {
			r.Number, err = a.moveOne(c, by, workflow.CaseID(n), verb, key+"-"+id, seen)
		}
		if err != nil {
			r.Text = a.answer(ctx, err, where{path: c.Path(), id: workflow.CaseID(n), by: by.officer()}).Detail
		} else {
			r.Done, r.Text = true, "已办理"
		}
		results = append(results, r)
	}
	return a.showBoard(c, by, results)
}

func (a *app) moveOne(c *fiber.Ctx, by *caller, id workflow.CaseID, verb, key, seen string) (string, error) {
	ctx := c.UserContext()
	v, err := a.svc.View(ctx, id, by.ID)
	if err != nil {
		return fmt.Sprint(id), err
	}
	ac, ok := v.Stage.Action(workflow.Verb(verb))
	if ok && !inBulk(ac) {
		return v.Case.Number, refuse(422, "不予许可、发证等不能批量办理，请逐件办理")
	}
	data := map[string]string{}
	if slices.Contains(required(ac.Data), "opinion") {
		data["opinion"] = openings[ac.Do]
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
	_, err = a.move(ctx, by, id, key, digest([]byte("bulk"), []byte(verb), []byte(seen)), moveBody{Verb: verb, Data: raw, Seen: n})
	return v.Case.Number, err
}
