package handlers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

type newData struct {
	shell
	Chain     workflow.Chain
	Chains    []workflow.Chain // to choose from, where none is chosen yet
	Household string
	Head      string
	Q         string
	Hits      []householdLine
	Key       string
	Fields    []formField
	Keep      keeper
	Papers    []guidePaper // what to bring, to tick off beside the form
}

// householdLine is a household that was found.
type householdLine struct{ ID, Href, Head, Place, Card, Text string }

func lineOfHousehold(h models.HouseholdHit, chain workflow.ChainID) householdLine {
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

// newPage leads from the matter to the household, and from the household to the form.
func (a *app) newPage(c *fiber.Ctx, by *caller) error {
	ctx := c.UserContext()
	if len(a.opens(by)) == 0 {
		return refuse(403, "本单位不录入办件，请由乡镇便民服务中心窗口录入")
	}
	if c.Query("chain") == "" {
		return a.show(c, 200, "choose", newData{shell: a.shell(c, "新办件"), Chains: a.opens(by)})
	}
	ch, err := a.svc.Chains().Newest(workflow.ChainID(c.Query("chain")))
	if err != nil {
		return err
	}
	d := newData{shell: a.shell(c, "新办件："+ch.Title), Chain: ch, Household: strings.TrimSpace(c.Query("household")), Q: clip(strings.TrimSpace(c.Query("q")), 60), Key: rand.Text()}
	if d.Household == "" {
		return a.chooseHousehold(c, by, d)
	}
	n, err := number(d.Household)
	if err != nil {
		d.Errors = []pageError{{"#q", "户档编号应为数字，请核对"}}
		return a.show(c, 422, "choose", d)
	}
	h, err := a.householdFile(ctx, by, workflow.HouseholdID(n))
	if err != nil {
		p := a.answer(ctx, err, where{path: c.Path(), by: by.officer()})
		d.Errors = []pageError{{"#q", p.Detail}}
		return a.show(c, p.Status, "choose", d)
	}
	d.Head = h.Householder.Name
	d.Keep = a.keeper(by, newAddress(ch.ID, d.Household))
	s, value := formSchema(ch.Form), a.initial(ch.Form, "", nil)
	form, err := a.draft(ctx, by, &d.Keep)
	if err != nil {
		return err
	}
	if form != nil {
		value = typed(s, form)
		d.Notice = "已放回您 " + d.Keep.SavedAt + " 填写的内容，还没有提交。"
	}
	d.Papers = papersOf(ch)
	d.Fields = maker{id: "f"}.fields(s, value)
	return a.show(c, 200, "new", d)
}

// newAddress is the address of the form of a new case, and the name of its draft.
func newAddress(chain workflow.ChainID, household string) string {
	return "/new?" + url.Values{"chain": {string(chain)}, "household": {household}}.Encode()
}

func papersOf(ch workflow.Chain) []guidePaper {
	var list []guidePaper
	for _, p := range ch.Papers {
		if p.Applicants() {
			list = append(list, guidePaper{p.Code, p.Name, p.If})
		}
	}
	return list
}

// chooseHousehold finds the household for which a case is opened: by name, pinyin, the last digits of ID number or phone, or the number of
// its file. In the demo county one that is ready for the matter stands first.
func (a *app) chooseHousehold(c *fiber.Ctx, by *caller, d newData) error {
	ctx := c.UserContext()
	if d.Q != "" {
		hits, err := a.store.FindHouseholds(ctx, by.ID, d.Q, 10)
		if err != nil {
			return err
		}
		for _, h := range hits {
			d.Hits = append(d.Hits, lineOfHousehold(h, d.Chain.ID))
		}
		return a.show(c, 200, "choose", d)
	}
	if a.cfg.Demo != nil && d.Chain.MayOpen(by.OfficeKind) {
		id, ok, err := a.store.FreeHousehold(ctx, d.Chain.ID, string(d.Chain.ID))
		if err != nil {
			return err
		}
		if ok {
			d.Household = fmt.Sprint(id)
		}
	}
	return a.show(c, 200, "choose", d)
}

// samePerson tells the form, as soon as a number is whole, which households of the area know the person already.
func (a *app) samePerson(c *fiber.Ctx, by *caller) error {
	hits, err := a.store.SamePerson(c.UserContext(), by.ID, c.FormValue("id_number"))
	if err != nil {
		return err
	}
	items := []fiber.Map{}
	for _, h := range hits {
		l := lineOfHousehold(h, "")
		items = append(items, fiber.Map{"href": l.Href, "text": l.Head + "　" + l.Place + "　" + l.Text})
	}
	return c.JSON(fiber.Map{"items": items})
}

// initial is what stands in a form before anybody types: under the demo its example; an application that may be amended, as it is.
func (a *app) initial(f workflow.Form, do workflow.Verb, application json.RawMessage) any {
	if f == nil {
		return nil
	}
	v := map[string]any{}
	if slices.Contains(required(f), "opinion") {
		v["opinion"] = openings[do]
	}
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
	keep := a.keeper(by, newAddress(ch.ID, form.Get("household")))
	if err == nil {
		a.drop(c.UserContext(), by, keep.Page)
		return c.Redirect(caseAddress(opened.ID), fiber.StatusSeeOther)
	}
	p := a.answer(c.UserContext(), err, where{path: c.Path(), by: by.officer()})
	if p.Status >= 500 {
		return p
	}
	d := newData{shell: a.shell(c, "新办件："+ch.Title), Chain: ch, Household: form.Get("household"), Head: form.Get("head"), Key: form.Get("key"),
		Keep: keep, Papers: papersOf(ch)}
	d.Keep.Revision, _ = strconv.Atoi(form.Get(revisionField))
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
		text := plainMessage(e.Message)
		if e.Rule != "" {
			text += "（" + string(e.Rule) + "）"
		}
		href := ""
		if p.Status == 422 && known(s, e.Field) {
			by[e.Field] = plainMessage(e.Message)
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

var code = regexp.MustCompile(`[a-z]{3,}(_[a-z]+)*`)

// plainMessage is what a page says of a field whose choices the API names by their codes.
func plainMessage(text string) string {
	if code.MatchString(text) {
		return "请从列表中选择一项"
	}
	return text
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
	Docs     []docOfFile
	Chains   []workflow.Chain
	Fields   []formField
	NewChain string
	Key      string // one-time key of the form
	Keep     keeper
	People   []personOfFile
	Revealed *revealed
	Accesses []accessLine
	Asking   string // the person whose numbers were asked for without a reason
}

// docOfFile is a paper in a household's file.
type docOfFile struct{ Href, Title, Number, Voided string }

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

func (a *app) newHouseholdPage(c *fiber.Ctx, by *caller) error {
	d := householdData{shell: a.shell(c, "登记一户"), NewChain: clip(c.Query("chain"), 60), Key: rand.Text()}
	d.Keep = a.keeper(by, householdAddress(d.NewChain))
	s, value := formSchema(workflow.Household{}), any(nil)
	form, err := a.draft(c.UserContext(), by, &d.Keep)
	if err != nil {
		return err
	}
	if form != nil {
		value = typed(s, form)
		d.Notice = "已放回您 " + d.Keep.SavedAt + " 填写的内容，还没有提交。"
	}
	if d.Fields, err = a.householdFields(c.UserContext(), by, s, value, nil); err != nil {
		return err
	}
	return a.show(c, 200, "household_new", d)
}

func (a *app) postHousehold(c *fiber.Ctx, by *caller) error {
	form, s := formOf(c), formSchema(workflow.Household{})
	raw, err := json.Marshal(readForm(s, form))
	if err != nil {
		return err
	}
	id, _, err := a.saveHousehold(c.UserContext(), by, form.Get("key"), raw)
	keep := a.keeper(by, householdAddress(form.Get("chain")))
	if err == nil {
		a.drop(c.UserContext(), by, keep.Page)
		if chain := form.Get("chain"); chain != "" {
			return c.Redirect(newAddress(workflow.ChainID(chain), fmt.Sprint(id)), fiber.StatusSeeOther)
		}
		return c.Redirect(fmt.Sprintf("/households/%d", id), fiber.StatusSeeOther)
	}
	p := a.answer(c.UserContext(), err, where{path: c.Path(), by: by.officer()})
	if p.Status >= 500 {
		return p
	}
	d := householdData{shell: a.shell(c, "登记一户"), NewChain: form.Get("chain"), Key: form.Get("key"), Keep: keep}
	d.Keep.Revision, _ = strconv.Atoi(form.Get(revisionField))
	var byField map[string]string
	d.Errors, byField = summary(p, "f", s)
	if d.Fields, err = a.householdFields(c.UserContext(), by, s, typed(s, form), byField); err != nil {
		return err
	}
	return a.show(c, p.Status, "household_new", d)
}

// householdFields is the form of a household, with the villages of the caller's area to choose from.
func (a *app) householdFields(ctx context.Context, by *caller, s *huma.Schema, value any, wrong map[string]string) ([]formField, error) {
	all, err := a.store.Divisions(ctx)
	if err != nil {
		return nil, err
	}
	villages := []option{}
	for _, d := range all {
		if len(d.Code) == 12 && !strings.HasSuffix(d.Code, "000") && (workflow.Within(by.Division, d.Code, "") || strings.HasPrefix(by.Division, d.Code)) {
			villages = append(villages, option{Value: d.Code, Label: d.Name})
		}
	}
	return maker{id: "f", errors: wrong, choices: map[string][]option{"division": villages}}.fields(s, value), nil
}

func (a *app) householdPage(c *fiber.Ctx, by *caller) error { return a.showHousehold(c, by, nil, nil) }

// postReveal shows the numbers of one person in clear, after the reason is written down.
func (a *app) postReveal(c *fiber.Ctx, by *caller) error {
	n, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	position, err := strconv.Atoi(c.FormValue("position"))
	if err != nil {
		return errBadID
	}
	id, phone, err := a.store.RevealPerson(c.UserContext(), by.ID, workflow.HouseholdID(n), position, strings.TrimSpace(c.FormValue("reason")))
	if err != nil {
		p := a.answer(c.UserContext(), err, where{path: c.Path(), by: by.officer()})
		if p.Status != 422 {
			return p
		}
		return a.showHousehold(c, by, nil, p)
	}
	return a.showHousehold(c, by, &revealed{c.FormValue("name"), id, phone}, nil)
}

func (a *app) showHousehold(c *fiber.Ctx, by *caller, shown *revealed, refused *problem) error {
	n, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	file, err := a.store.HouseholdFile(c.UserContext(), by.ID, workflow.HouseholdID(n))
	if errors.Is(err, workflow.ErrNotFound) {
		return refuse(404, "未找到该户档")
	}
	if err != nil {
		return err
	}
	h := a.householdOf(file)
	d := householdData{shell: a.shell(c, "一户一档："+h.Householder.Name), ID: h.ID, Chains: a.opens(by), Revealed: shown}
	d.Here = "/households/" + h.ID
	for _, x := range file.Cases {
		for _, doc := range x.File.Documents {
			d.Docs = append(d.Docs, docOfFile{fmt.Sprintf("%s%s/documents/%d.pdf", apiRoot, caseAddress(x.ID), doc.ID), doc.Title, doc.Number, doc.Voided})
		}
	}
	d.People = append(d.People, personOfFile{0, h.Householder.Name, "户主", h.Householder.IDNumber, h.Householder.Phone})
	for i, m := range h.Members {
		d.People = append(d.People, personOfFile{i + 1, m.Name, m.Relation, m.IDNumber, ""})
	}
	accesses, err := a.store.Accesses(c.UserContext(), by.ID, workflow.HouseholdID(n))
	if err != nil {
		return err
	}
	for _, x := range accesses {
		d.Accesses = append(d.Accesses, accessLine{x.At.In(calendar.Shanghai).Format("2006-01-02 15:04"), x.Officer + "（" + x.Office + "）", x.Person, x.Reason})
	}
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, errorsOnPage(refused)
		d.Asking = c.FormValue("position")
		for i := range d.Errors {
			d.Errors[i].Href = "#reason-" + d.Asking
		}
	}
	if raw, err := json.Marshal(h); err == nil {
		d.Facts = factsOf(formSchema(workflow.Household{}), raw)
	}
	names, err := a.divisionNames(c.UserContext())
	if err != nil {
		return err
	}
	for i, f := range d.Facts {
		if f.Value == h.Division {
			d.Facts[i] = fact{Label: "村", Value: names[h.Division]}
		}
	}
	for _, x := range h.Cases {
		l := a.listLine(x.caseHead, x.Light, x.DueOn, x.DueBefore, x.Paused)
		if x.Outcome != nil {
			l.Text = outcomes[string(*x.Outcome)]
		}
		d.Cases = append(d.Cases, l)
	}
	return a.show(c, status, "household", d)
}

// clockForm is how a page writes an instant for the demo clock.
const clockForm = "2006-01-02T15:04"
