package desk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/handlers/household"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// SamePerson tells the form, as soon as a number is whole, which households of the area know the person already.
func (a *Pages) SamePerson(c *fiber.Ctx, by *request.Caller) error {
	hits, err := a.store.SamePerson(c.UserContext(), by.ID, c.FormValue("id_number"))
	if err != nil {
		return err
	}
	items := []fiber.Map{}
	for _, h := range hits {
		l := newHouseholdLine(h, "")
		items = append(items, fiber.Map{"href": l.Href, "text": l.Head + "　" + l.Place + "　" + l.Text})
	}
	return c.JSON(fiber.Map{"items": items})
}

type householdData struct {
	web.Layout
	ID       string
	Fields   []schema.FormField
	NewChain string
	Key      string // one-time key of the form
	Keep     draftRef
	Differs  []view.Difference // what was typed otherwise than the file that is there has it
	Change   string            // address of the form of a change
}

func householdAddress(chain string) string {
	return "/households/new?" + url.Values{"chain": {chain}}.Encode()
}

// NewHouseholdPage shows the form of a household.
func (a *Pages) NewHouseholdPage(c *fiber.Ctx, by *request.Caller) error {
	d := householdData{Layout: a.site.Layout(c, "登记一户"), NewChain: web.Clip(c.Query("chain"), 60), Key: rand.Text()}
	d.Keep = a.draftRef(by, householdAddress(d.NewChain))
	s, value := schema.OfForm(forms.Household{}), any(nil)
	form, err := a.draft(c.UserContext(), by, &d.Keep)
	if err != nil {
		return err
	}
	if form != nil {
		value = schema.SubmittedValue(s, form)
		d.Notice = "已放回您 " + d.Keep.SavedAt + " 填写的内容，还没有提交。"
	}
	if d.Fields, err = a.householdFields(c.UserContext(), by, s, value, nil); err != nil {
		return err
	}
	return a.site.Show(c, 200, "household_new", d)
}

// PostHousehold saves a household and leads to its page, or to the case that is opened for it.
func (a *Pages) PostHousehold(c *fiber.Ctx, by *request.Caller) error {
	form, s := web.FormOf(c), schema.OfForm(forms.Household{})
	raw, err := json.Marshal(schema.ReadForm(s, form))
	if err != nil {
		return err
	}
	id, created, err := a.intake.SaveHousehold(c.UserContext(), by, form.Get("key"), raw)
	keep := a.draftRef(by, householdAddress(form.Get("chain")))
	if err == nil && !created {
		differs, err := a.intake.Differences(c.UserContext(), by, id, raw)
		if err != nil {
			return err
		}
		if len(differs) > 0 {
			return a.askDifferences(c, by, id, differs, keep)
		}
	}
	if err == nil {
		a.drop(c.UserContext(), by, keep.Page)
		if chain := form.Get("chain"); chain != "" {
			return c.Redirect(newAddress(workflow.ChainID(chain), fmt.Sprint(id)), fiber.StatusSeeOther)
		}
		return c.Redirect(fmt.Sprintf("/households/%d", id), fiber.StatusSeeOther)
	}
	p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
	if p.Status >= 500 {
		return p
	}
	d := householdData{Layout: a.site.Layout(c, "登记一户"), NewChain: form.Get("chain"), Key: form.Get("key"), Keep: keep}
	d.Keep.Revision, _ = strconv.Atoi(form.Get(revisionField))
	var byField map[string]string
	d.Errors, byField = web.Summary(p, "f", s)
	if d.Fields, err = a.householdFields(c.UserContext(), by, s, schema.SubmittedValue(s, form), byField); err != nil {
		return err
	}
	return a.site.Show(c, p.Status, "household_new", d)
}

// askDifferences shows the form of a householder who has a file already, with what the file has otherwise.
func (a *Pages) askDifferences(c *fiber.Ctx, by *request.Caller, id workflow.HouseholdID, differs []view.Difference,
	keep draftRef) error {
	form, s := web.FormOf(c), schema.OfForm(forms.Household{})
	d := householdData{Layout: a.site.Layout(c, "登记一户"), NewChain: form.Get("chain"), Key: form.Get("key"), Keep: keep,
		Differs: differs, ID: fmt.Sprint(id), Change: household.Address(fmt.Sprint(id), nil)}
	d.Keep.Revision, _ = strconv.Atoi(form.Get(revisionField))
	var err error
	d.Fields, err = a.householdFields(c.UserContext(), by, s, schema.SubmittedValue(s, form), nil)
	if err != nil {
		return err
	}
	return a.site.Show(c, 200, "household_new", d)
}

// householdFields is the form of a household, with the villages of the caller's area to choose from.
func (a *Pages) householdFields(ctx context.Context, by *request.Caller, s *huma.Schema, value any,
	wrong map[string]string) ([]schema.FormField, error) {
	all, err := a.store.Divisions(ctx)
	if err != nil {
		return nil, err
	}
	villages := []schema.Option{}
	for _, d := range all {
		if len(d.Code) == 12 && !strings.HasSuffix(d.Code, "000") &&
			(glossary.Within(by.Division, d.Code, "") || strings.HasPrefix(by.Division, d.Code)) {
			villages = append(villages, schema.Option{Value: d.Code, Label: d.Name})
		}
	}
	return schema.FormMaker{ID: "f", Errors: wrong, Choices: map[string][]schema.Option{"division": villages}}.Fields(s,
		value), nil
}
