package household

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/db"
	"anju/workflow"
	life "anju/workflow/household"
)

// changeData is the page on which a household's file is changed.
type changeData struct {
	web.Layout
	ID, Head         string
	Kinds            []kindLink
	Kind             *life.KindRow // nil: none is chosen yet, or one change is settled
	Fields           []schema.FormField
	Persons          []view.HouseholdPerson
	How, Of, What    string // confirms or takes_back, of which change, and what it says
	Title            string
	Reason, Evidence string
	Key              string
	Keep             Kept
}

type kindLink struct{ Href, Title string }

// ChangePage shows the form of a change: of the kind that is chosen, or of what settles another change.
func (a *Pages) ChangePage(c *fiber.Ctx, by *request.Caller) error {
	q := url.Values{}
	for _, name := range []string{"kind", "confirms", "takes_back"} {
		if v := c.Query(name); v != "" {
			q.Set(name, web.Clip(v, 20))
		}
	}
	d, s, err := a.changeForm(c, by, q)
	if err != nil {
		return err
	}
	d.Key = rand.Text()
	form := d.Keep.Form
	if form != nil {
		d.Reason, d.Evidence = form.Get("reason"), form.Get("d.evidence")
		d.Notice = "已放回您 " + d.Keep.SavedAt + " 填写的内容，还没有提交。"
	}
	if d.Kind != nil {
		var value any
		if form != nil {
			value = schema.SubmittedValue(s, form)
		}
		d.fill(s, value, nil)
	}
	return a.site.Show(c, 200, "household_change", d)
}

// PostChange enters a change, or shows the form again with what was typed and what does not hold.
func (a *Pages) PostChange(c *fiber.Ctx, by *request.Caller) error {
	form := web.FormOf(c)
	q := url.Values{}
	for _, name := range []string{"kind", "confirms", "takes_back"} {
		if v := form.Get(name); v != "" {
			q.Set(name, web.Clip(v, 20))
		}
	}
	d, s, err := a.changeForm(c, by, q)
	if err != nil {
		return err
	}
	b := intake.HouseholdChange{Kind: life.Kind(form.Get("kind")), Reason: form.Get("reason"),
		Evidence: form.Get("d.evidence"), Confirms: form.Get("confirms"), TakesBack: form.Get("takes_back")}
	if s != nil {
		if b.Data, err = json.Marshal(schema.ReadForm(s, form)); err != nil {
			return err
		}
	}
	n, err := request.Number(d.ID)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	if key := form.Get("key"); request.KeyHolds(key) {
		ctx, _ = db.WithKey(ctx, by.ID, key, request.Digest([]byte("household_change"), []byte(form.Encode())))
	}
	_, err = a.intake.ChangeHousehold(ctx, by, workflow.HouseholdID(n), b)
	if err == nil {
		a.desk.Forget(c.UserContext(), by, d.Keep.Page)
		return c.Redirect("/households/"+d.ID+"#changes", fiber.StatusSeeOther)
	}
	p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
	if p.Status >= 500 {
		return p
	}
	d.Key, d.Reason, d.Evidence = form.Get("key"), b.Reason, b.Evidence
	d.Keep.Revision, _ = strconv.Atoi(form.Get("revision"))
	var wrong map[string]string
	d.Errors, wrong = web.Summary(p, "f", s)
	for i, e := range p.Errors {
		if e.Field == "reason" || e.Field == "evidence" {
			d.Errors[i].Href = "#f-" + e.Field
		}
	}
	if d.Kind != nil {
		d.fill(s, schema.SubmittedValue(s, form), wrong)
	}
	return a.site.Show(c, p.Status, "household_change", d)
}

// changeForm is the page without values, and the schema of its form; nil where the form has no data.
func (a *Pages) changeForm(c *fiber.Ctx, by *request.Caller, q url.Values) (d changeData, s *huma.Schema, err error) {
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return d, nil, err
	}
	h, err := a.lookup.HouseholdFile(c.UserContext(), by, workflow.HouseholdID(n))
	if err != nil {
		return d, nil, err
	}
	d = changeData{Layout: a.site.Layout(c, "户档变更："+h.Householder.Name), ID: h.ID, Head: h.Householder.Name,
		Persons: h.Persons}
	d.Here = "/households/" + h.ID
	if d.Keep, err = a.desk.Kept(c.UserContext(), by, Address(h.ID, q)); err != nil {
		return d, nil, err
	}
	for _, how := range []string{"confirms", "takes_back"} {
		if q.Get(how) == "" {
			continue
		}
		list, err := a.lookup.HouseholdChanges(c.UserContext(), by, workflow.HouseholdID(n))
		if err != nil {
			return d, nil, err
		}
		for _, x := range list {
			if x.ID == q.Get(how) {
				d.How, d.Of, d.What = how, x.ID, x.Text+"（"+x.Reason+"；"+x.Evidence+"）"
				d.Title = map[string]string{"confirms": "确认", "takes_back": "撤销"}[how] + x.Title
			}
		}
		if d.Of == "" {
			return d, nil, problem.New(404, "本户没有这项变更")
		}
		return d, nil, nil
	}
	for _, k := range life.Kinds {
		d.Kinds = append(d.Kinds, kindLink{Address(h.ID, url.Values{"kind": {string(k.Kind)}}), k.Title})
	}
	if row, ok := life.Of(life.Kind(q.Get("kind"))); ok {
		d.Kind, d.Title = &row, row.Title
		s = schema.OfForm(row.Form)
	}
	return d, s, nil
}

// fill makes the fields of a kind, with the persons of the household to choose from.
func (d *changeData) fill(s *huma.Schema, value any, wrong map[string]string) {
	options := make([]schema.Option, len(d.Persons))
	for i, p := range d.Persons {
		options[i] = schema.Option{Value: p.Person, Label: fmt.Sprintf("%s（%s）", p.Name, strings.TrimSpace(p.Relation))}
	}
	choices := map[string][]schema.Option{"person": options, "successor": options, "persons": options, "head": options}
	d.Fields = schema.FormMaker{ID: "f", Errors: wrong, Choices: choices}.Fields(s, value)
}
