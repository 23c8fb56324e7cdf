package desk

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/models/households"
	"anju/workflow"
)

type newData struct {
	web.Layout
	Chain     workflow.Chain
	Chains    []workflow.Chain // to choose from, where none is chosen yet
	Household string
	Head      string
	Q         string
	Hits      []householdLine
	Key       string
	Fields    []schema.FormField
	Keep      draftRef
	Papers    []web.GuidePaper // what to bring, to tick off beside the form
}

// NewPage leads from the matter to the household, and from the household to the form.
func (a *Pages) NewPage(c *fiber.Ctx, by *request.Caller) error {
	ctx := c.UserContext()
	if len(a.Opens(by)) == 0 {
		return problem.New(403, "本单位不录入办件，请由乡镇便民服务中心窗口录入")
	}
	if c.Query("chain") == "" {
		return a.site.Show(c, 200, "choose", newData{Layout: a.site.Layout(c, "新办件"), Chains: a.Opens(by)})
	}
	ch, err := a.svc.Chains().Newest(workflow.ChainID(c.Query("chain")))
	if err != nil {
		return err
	}
	d := newData{Layout: a.site.Layout(c, "新办件："+ch.Title), Chain: ch, Household: strings.TrimSpace(c.Query("household")),
		Q: web.Clip(strings.TrimSpace(c.Query("q")), 60), Key: rand.Text()}
	if d.Household == "" {
		return a.chooseHousehold(c, by, d)
	}
	n, err := request.Number(d.Household)
	if err != nil {
		d.Errors = []web.PageError{{Href: "#q", Text: "户档编号应为数字，请核对"}}
		return a.site.Show(c, 422, "choose", d)
	}
	h, err := a.lookup.HouseholdFile(ctx, by, workflow.HouseholdID(n))
	if err != nil {
		p := a.problems.ToProblem(ctx, err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
		d.Errors = []web.PageError{{Href: "#q", Text: p.Detail}}
		return a.site.Show(c, p.Status, "choose", d)
	}
	d.Head = h.Householder.Name
	d.Keep = a.draftRef(by, newAddress(ch.ID, d.Household))
	s, value := schema.OfForm(ch.Form), a.initial(ch.Form, "", nil)
	form, err := a.draft(ctx, by, &d.Keep)
	if err != nil {
		return err
	}
	if form != nil {
		value = schema.SubmittedValue(s, form)
		d.Notice = "已放回您 " + d.Keep.SavedAt + " 填写的内容，还没有提交。"
	}
	d.Papers = web.PapersOf(ch)
	d.Fields = schema.FormMaker{ID: "f"}.Fields(s, value)
	return a.site.Show(c, 200, "new", d)
}

// newAddress is the address of the form of a new case, and the name of its draft.
func newAddress(chain workflow.ChainID, household string) string {
	return "/new?" + url.Values{"chain": {string(chain)}, "household": {household}}.Encode()
}

// PostNew opens a case, or shows the form again with what is wrong.
func (a *Pages) PostNew(c *fiber.Ctx, by *request.Caller) error {
	form := web.FormOf(c)
	ch, err := a.svc.Chains().Newest(workflow.ChainID(form.Get("chain")))
	if err != nil {
		return err
	}
	s := schema.OfForm(ch.Form)
	raw, err := json.Marshal(schema.ReadForm(s, form))
	if err != nil {
		return err
	}
	opened, err := a.intake.Open(c.UserContext(), by, string(ch.ID), form.Get("household"), form.Get("key"), raw)
	keep := a.draftRef(by, newAddress(ch.ID, form.Get("household")))
	if err == nil {
		a.drop(c.UserContext(), by, keep.Page)
		return c.Redirect(web.CaseAddress(opened.ID), fiber.StatusSeeOther)
	}
	p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
	if p.Status >= 500 {
		return p
	}
	d := newData{Layout: a.site.Layout(c, "新办件："+ch.Title), Chain: ch, Household: form.Get("household"),
		Head: form.Get("head"), Key: form.Get("key"),
		Keep: keep, Papers: web.PapersOf(ch)}
	d.Keep.Revision, _ = strconv.Atoi(form.Get(revisionField))
	var byField map[string]string
	d.Errors, byField = web.Summary(p, "f", s)
	d.Fields = schema.FormMaker{ID: "f", Errors: byField}.Fields(s, schema.SubmittedValue(s, form))
	return a.site.Show(c, p.Status, "new", d)
}

// householdLine is a household that was found.
type householdLine struct{ ID, Href, Head, Place, Card, Text string }

func newHouseholdLine(h households.HouseholdHit, chain workflow.ChainID) householdLine {
	l := householdLine{ID: fmt.Sprint(h.ID), Head: h.Householder, Place: h.Village + h.GroupNo + "组", Card: h.IDNumber}
	l.Href = "/households/" + l.ID
	if chain != "" {
		l.Href = "/new?" + url.Values{"chain": {string(chain)}, "household": {l.ID}}.Encode()
	}
	switch {
	case len(h.Running) > 0:
		l.Text = "正在办理：" + strings.Join(h.Running, "、")
	case h.Cases > 0:
		l.Text = fmt.Sprintf("办过 %d 件", h.Cases)
	default:
		l.Text = "还没有办件"
	}
	return l
}

// chooseHousehold finds the household for which a case is opened: by name, pinyin, the last digits of ID number or
// phone, or the number of its file. In the demo county one that is ready for the matter stands first.
func (a *Pages) chooseHousehold(c *fiber.Ctx, by *request.Caller, d newData) error {
	ctx := c.UserContext()
	if d.Q != "" {
		hits, err := a.store.FindHouseholds(ctx, by.ID, d.Q, 10)
		if err != nil {
			return err
		}
		for _, h := range hits {
			d.Hits = append(d.Hits, newHouseholdLine(h, d.Chain.ID))
		}
		return a.site.Show(c, 200, "choose", d)
	}
	if a.settings.Demo != nil && d.Chain.MayOpen(by.OfficeKind) {
		id, ok, err := a.store.FreeHousehold(ctx, d.Chain.ID, string(d.Chain.ID))
		if err != nil {
			return err
		}
		if ok {
			d.Household = fmt.Sprint(id)
		}
	}
	return a.site.Show(c, 200, "choose", d)
}
