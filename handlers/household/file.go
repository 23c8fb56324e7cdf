package household

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// fileData is the page of a household's file.
type fileData struct {
	web.Layout
	ID       string
	Facts    []schema.Fact
	Cases    []web.CaseLine
	Docs     []docOfFile
	Chains   []workflow.Chain // that the caller may open for it
	People   []personOfFile
	Revealed *revealed
	Accesses []accessLine
	Asking   string // the person asked about without a reason
	Changes  []changesOf
	Change   string // address of the form of a change; "" where the caller enters none
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

// FilePage shows the file of a household, numbers masked.
func (a *Pages) FilePage(c *fiber.Ctx, by *request.Caller) error {
	return a.showFile(c, by, nil, nil)
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
		return a.showFile(c, by, nil, p)
	}
	return a.showFile(c, by, &revealed{c.FormValue("name"), id, phone}, nil)
}

func (a *Pages) showFile(c *fiber.Ctx, by *request.Caller, shown *revealed, refused *problem.Problem) error {
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
	d := fileData{Layout: a.site.Layout(c, "一户一档："+h.Householder.Name), ID: h.ID, Chains: a.desk.Opens(by),
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
		d.Change = Address(h.ID, nil)
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
			all[i].Confirm = Address(id, url.Values{"confirms": {x.ID}})
		}
		if x.State != "taken_back" && x.Confirms == "" && x.TakesBack == "" && by.OfficeKind == glossary.ServiceCenter {
			all[i].TakeBack = Address(id, url.Values{"takes_back": {x.ID}})
		}
	}
	return all, nil
}
