package desk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
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
	Facts    []schema.Fact
	Cases    []web.CaseLine
	Docs     []docOfFile
	Chains   []workflow.Chain
	Fields   []schema.FormField
	NewChain string
	Key      string // one-time key of the form
	Keep     draftRef
	People   []personOfFile
	Revealed *revealed
	Accesses []accessLine
	Asking   string // the person asked about without a reason
	Changes  []changesOf
	Differs  []view.Difference // what was typed otherwise than the file that is there has it
	Change   string            // address of the form of a change; "" where the caller enters none
}

// docOfFile is a paper in a household's file.
type docOfFile struct {
	view.Document
	Href string
}

// personOfFile is one person of a household, numbers masked.
type personOfFile struct {
	Position                    int
	Name, Relation, Card, Phone string
}

// revealed are the numbers of one person in clear: shown once, and noted who asked and why.
type revealed struct{ Name, Card, Phone string }

type accessLine struct{ At, Who, Person, Reason string }

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

// HouseholdPage shows the file of a household, numbers masked.
func (a *Pages) HouseholdPage(c *fiber.Ctx, by *request.Caller) error {
	return a.showHousehold(c, by, nil, nil)
}

// PostReveal shows the numbers of one person in clear, after the reason is written down.
func (a *Pages) PostReveal(c *fiber.Ctx, by *request.Caller) error {
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	position, err := strconv.Atoi(c.FormValue("position"))
	if err != nil {
		return problem.ErrBadID
	}
	id, phone, err := a.store.RevealPerson(c.UserContext(), by.ID, workflow.HouseholdID(n), position,
		strings.TrimSpace(c.FormValue("reason")))
	if err != nil {
		p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
		if p.Status != 422 {
			return p
		}
		return a.showHousehold(c, by, nil, p)
	}
	return a.showHousehold(c, by, &revealed{c.FormValue("name"), id, phone}, nil)
}

func (a *Pages) showHousehold(c *fiber.Ctx, by *request.Caller, shown *revealed, refused *problem.Problem) error {
	n, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	file, err := a.store.HouseholdFile(c.UserContext(), by.ID, workflow.HouseholdID(n))
	if errors.Is(err, workflow.ErrNotFound) {
		return problem.New(404, "未找到该户档")
	}
	if err != nil {
		return err
	}
	h := a.views.NewHousehold(file)
	d := householdData{Layout: a.site.Layout(c, "一户一档："+h.Householder.Name), ID: h.ID, Chains: a.opens(by),
		Revealed: shown}
	d.Here = "/households/" + h.ID
	for _, x := range file.Cases {
		for _, doc := range a.views.NewDocuments(x) {
			d.Docs = append(d.Docs, docOfFile{doc, fmt.Sprintf("%s%s/documents/%s.pdf", request.APIRoot,
				web.CaseAddress(x.ID), doc.ID)})
		}
	}
	for _, p := range file.Persons {
		d.People = append(d.People, personOfFile{p.Position, p.Name, p.Relation, p.IDNumber, view.Hidden(p.Phone)})
	}
	if d.Changes, err = a.listChanges(c, by, h.ID, workflow.HouseholdID(n)); err != nil {
		return err
	}
	if by.OfficeKind == glossary.ServiceCenter {
		d.Change = household.Address(h.ID, nil)
	}
	accesses, err := a.store.Accesses(c.UserContext(), by.ID, workflow.HouseholdID(n))
	if err != nil {
		return err
	}
	for _, x := range accesses {
		d.Accesses = append(d.Accesses, accessLine{view.NewInstant(x.At).Stamp(), x.Officer + "（" +
			x.Office + "）", x.Person, x.Reason})
	}
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, web.ErrorsOnPage(refused)
		d.Asking = c.FormValue("position")
		for i := range d.Errors {
			d.Errors[i].Href = "#reason-" + d.Asking
		}
	}
	if raw, err := json.Marshal(h); err == nil {
		d.Facts = schema.FactsOf(schema.OfForm(forms.Household{}), raw)
	}
	names, err := a.lookup.DivisionNames(c.UserContext())
	if err != nil {
		return err
	}
	for i, f := range d.Facts {
		if f.Value == h.Division {
			d.Facts[i] = schema.Fact{Label: "村", Value: names[h.Division]}
		}
	}
	for _, x := range h.Cases {
		d.Cases = append(d.Cases, a.site.EndedLine(x))
	}
	return a.site.Show(c, status, "household", d)
}

// changesOf are the changes of a file as its page lists them.
type changesOf struct {
	view.HouseholdChange
	Confirm, TakeBack string // addresses; "" where the caller may not
}

// listChanges are the changes of a household, with what the caller may do about each.
func (a *Pages) listChanges(c *fiber.Ctx, by *request.Caller, id string, n workflow.HouseholdID) ([]changesOf, error) {
	list, err := a.lookup.HouseholdChanges(c.UserContext(), by, n)
	if err != nil {
		return nil, err
	}
	all := make([]changesOf, len(list))
	for i, x := range list {
		all[i] = changesOf{HouseholdChange: x}
		if x.State == "waiting" && by.OfficeKind == glossary.TownshipGovernment {
			all[i].Confirm = household.Address(id, url.Values{"confirms": {x.ID}})
		}
		if x.State != "taken_back" && x.Confirms == "" && x.TakesBack == "" && by.OfficeKind == glossary.ServiceCenter {
			all[i].TakeBack = household.Address(id, url.Values{"takes_back": {x.ID}})
		}
	}
	return all, nil
}
