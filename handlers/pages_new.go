package handlers

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/workflow"
)

type newData struct {
	shell
	Chain     workflow.Chain
	Household string
	Head      string
	Key       string
	Fields    []formField
	Chosen    bool
}

func (a *app) newPage(c *fiber.Ctx, by *caller) error {
	ch, err := a.svc.Chains().Newest(workflow.ChainID(c.Query("chain")))
	if err != nil {
		return err
	}
	d := newData{shell: a.shell(c, "新办件："+ch.Title), Chain: ch, Household: strings.TrimSpace(c.Query("household")), Key: rand.Text()}
	if d.Household == "" {
		if a.cfg.Demo != nil && ch.MayOpen(by.OfficeKind) {
			id, ok, err := a.store.FreeHousehold(c.UserContext(), ch.ID, string(ch.ID))
			if err != nil {
				return err
			}
			if ok {
				d.Household = fmt.Sprint(id)
			}
		}
		return a.show(c, 200, "choose", d)
	}
	n, err := number(d.Household)
	if err != nil {
		d.Errors = []pageError{{"#household", "户档编号应为数字，请核对"}}
		return a.show(c, 422, "choose", d)
	}
	h, err := a.householdFile(c.UserContext(), by, workflow.HouseholdID(n))
	if err != nil {
		p := a.answer(c.UserContext(), err, where{path: c.Path(), by: by})
		d.Errors = []pageError{{"#household", p.Detail}}
		return a.show(c, p.Status, "choose", d)
	}
	d.Head, d.Chosen = h.Householder.Name, true
	d.Fields = maker{id: "f"}.fields(formSchema(ch.Form), a.initial(ch.Form, nil))
	return a.show(c, 200, "new", d)
}

// initial is what stands in a form before anybody types: under the demo its example; an application that may be amended, as it is.
func (a *app) initial(f workflow.Form, application json.RawMessage) any {
	if f == nil {
		return nil
	}
	v := map[string]any{}
	if a.cfg.Demo != nil {
		if b, err := json.Marshal(f.Example()); err == nil {
			_ = json.Unmarshal(b, &v) // an example that is no object leaves the form empty
		}
	}
	if p := formSchema(f).Properties["application"]; p != nil && len(application) > 0 {
		var app any
		if json.Unmarshal(application, &app) == nil {
			v["application"] = app
		}
	}
	return v
}

func (a *app) postNew(c *fiber.Ctx, by *caller) error {
	form := formOf(c)
	ch, err := a.svc.Chains().Newest(workflow.ChainID(form.Get("chain")))
	if err != nil {
		return err
	}
	s := formSchema(ch.Form)
	raw, err := json.Marshal(readForm(s, form))
	if err != nil {
		return err
	}
	opened, err := a.open(c.UserContext(), by, string(ch.ID), form.Get("household"), form.Get("key"), raw)
	if err == nil {
		return c.Redirect(fmt.Sprintf("/cases/%d", opened.ID), fiber.StatusSeeOther)
	}
	p := a.answer(c.UserContext(), err, where{path: c.Path(), by: by})
	if p.Status >= 500 {
		return p
	}
	d := newData{shell: a.shell(c, "新办件："+ch.Title), Chain: ch, Household: form.Get("household"), Head: form.Get("head"), Key: form.Get("key"), Chosen: true}
	var byField map[string]string
	d.Errors, byField = summary(p, "f", s)
	d.Fields = maker{id: "f", errors: byField}.fields(s, typed(s, form))
	return a.show(c, p.Status, "new", d)
}

// summary is the list of what is wrong, each line leading to its field, and the same words by field.
func summary(p *problem, id string, s *huma.Schema) ([]pageError, map[string]string) {
	by := map[string]string{}
	var list []pageError
	for _, e := range p.Errors {
		text := e.Message
		if e.Rule != "" {
			text += "（" + string(e.Rule) + "）"
		}
		href := ""
		if p.Status == 422 && known(s, e.Field) {
			by[e.Field] = e.Message
			href = "#" + id + "-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(e.Field)
		}
		if e.Field == "reason" && !known(s, "reason") {
			href = "#" + id + "-reason"
		}
		list = append(list, pageError{href, text})
	}
	if len(list) == 0 {
		list = []pageError{{"", p.Detail}}
	}
	return list, by
}

// known tells whether an error's path names a field of the schema.
func known(s *huma.Schema, path string) bool {
	if s == nil {
		return false
	}
	name, rest, deeper := strings.Cut(path, ".")
	name, _, _ = strings.Cut(name, "[")
	p := s.Properties[name]
	if p == nil {
		return false
	}
	if p.Type == huma.TypeArray {
		return !deeper || known(p.Items, rest)
	}
	return !deeper || known(p, rest)
}

type householdData struct {
	shell
	ID       string
	Facts    []fact
	Cases    []taskLine
	Docs     []documentJSON
	Chains   []workflow.Chain
	Fields   []formField
	NewChain string
}

func (a *app) newHouseholdPage(c *fiber.Ctx, _ *caller) error {
	d := householdData{shell: a.shell(c, "登记一户"), NewChain: c.Query("chain")}
	d.Fields = maker{id: "f"}.fields(formSchema(workflow.Household{}), a.initial(workflow.Household{}, nil))
	return a.show(c, 200, "household_new", d)
}

func (a *app) postHousehold(c *fiber.Ctx, by *caller) error {
	form, s := formOf(c), formSchema(workflow.Household{})
	raw, err := json.Marshal(readForm(s, form))
	if err != nil {
		return err
	}
	id, _, err := a.saveHousehold(c.UserContext(), by, raw)
	if err == nil {
		return c.Redirect(fmt.Sprintf("/households/%d?chain=%s", id, url.QueryEscape(form.Get("chain"))), fiber.StatusSeeOther)
	}
	p := a.answer(c.UserContext(), err, where{path: c.Path(), by: by})
	if p.Status >= 500 {
		return p
	}
	d := householdData{shell: a.shell(c, "登记一户"), NewChain: form.Get("chain")}
	var byField map[string]string
	d.Errors, byField = summary(p, "f", s)
	d.Fields = maker{id: "f", errors: byField}.fields(s, typed(s, form))
	return a.show(c, p.Status, "household_new", d)
}

func (a *app) householdPage(c *fiber.Ctx, by *caller) error {
	n, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	h, err := a.householdFile(c.UserContext(), by, workflow.HouseholdID(n))
	if err != nil {
		return err
	}
	d := householdData{shell: a.shell(c, "一户一档："+h.Householder.Name), ID: h.ID, Docs: h.Documents, Chains: a.opens(by)}
	if raw, err := json.Marshal(h); err == nil {
		d.Facts = factsOf(formSchema(workflow.Household{}), raw)
	}
	for _, x := range h.Cases {
		l := a.listLine(x.caseHead, x.Light, x.DueOn, x.DueBefore, x.Paused)
		if x.Outcome != nil {
			l.Text = outcomes[string(*x.Outcome)]
		}
		d.Cases = append(d.Cases, l)
	}
	return a.show(c, 200, "household", d)
}

// clockForm is how a page writes an instant for the demo clock.
const clockForm = "2006-01-02T15:04"
