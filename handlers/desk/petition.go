package desk

import (
	"context"
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
	"anju/models/petitions"
	"anju/workflow"
	"anju/workflow/glossary"
)

// petitionLine is what a villager without an account sent about a case, for the office that answers it.
type petitionLine struct {
	ID, Number, CaseID, CaseNumber, Kind, Name, Phone, Text, At, Answer, By string
	Stars                                                                   string
	// Answers: by the caller; Flagged: to be checked whether it is meant
	Open, Answers, Flagged bool
}

// newPetitionLine shows who wrote in full only to those who answer: the counter and the supervision office, and the
// group that looks into an objection. Others see a surname and four digits.
func newPetitionLine(p petitions.Petition, by *request.Caller) petitionLine {
	answers := by.OfficeKind == glossary.ServiceCenter || by.OfficeKind == glossary.SupervisionOffice ||
		p.Kind == "objection" && by.OfficeKind == glossary.GroupCollective
	if !answers {
		if p.Name != "" {
			p.Name = web.Surname(p.Name)
		}
		if r := []rune(p.Phone); len(r) > 4 {
			p.Phone = strings.Repeat("*", len(r)-4) + string(r[len(r)-4:])
		}
	}
	l := petitionLine{ID: fmt.Sprint(p.ID), Number: p.Number, CaseID: fmt.Sprint(p.Case), CaseNumber: p.CaseNumber,
		Kind: web.PetitionKinds[p.Kind], Name: p.Name, Phone: p.Phone,
		Text: p.Text, At: view.NewInstant(p.At).Short(), Answer: p.Answer, By: p.TakenBy,
		Open:    p.Taken.IsZero(),
		Answers: p.Answers, Flagged: p.Flagged}
	if p.Stars > 0 {
		l.Stars = strings.Repeat("★", p.Stars) + strings.Repeat("☆", 5-p.Stars)
	}
	return l
}

// petitionsOnPage is how many petitions the page of a case shows before the work to do.
const petitionsOnPage = 5

// openPetitions are the open petitions about a case. Objections were entered in its history, and stand here while they
// are looked into.
func (a *Pages) openPetitions(ctx context.Context, by *request.Caller, c workflow.Case) ([]petitionLine, error) {
	hangs := c.State == glossary.GroupNotice || c.State == glossary.GroupObjection
	list, err := a.store.PetitionsOf(ctx, by.ID, c)
	if err != nil {
		return nil, err
	}
	var open []petitionLine
	for _, p := range list {
		if p.Taken.IsZero() && p.Kind != "rating" && (p.Kind != "objection" || hangs) && len(open) < petitionsOnPage &&
			(p.Kind != "complaint" || strings.HasSuffix(by.Division, "000000")) {
			open = append(open, newPetitionLine(p, by))
		}
	}
	return open, nil
}

type petitionsData struct {
	web.Layout
	Items   []petitionLine
	Total   int
	Ratings int
	Average string
	Pager   web.Pager
	Open    bool
}

// PetitionsPage lists what villagers sent.
func (a *Pages) PetitionsPage(c *fiber.Ctx, by *request.Caller) error {
	d := petitionsData{Layout: a.site.Layout(c, "群众来件"), Open: c.Query("all") == ""}
	list, total, err := a.store.Petitions(c.UserContext(), by.ID, d.Open, max(1, c.QueryInt("page", 1)), web.PerPage)
	if err != nil {
		return err
	}
	d.Total = total
	d.Pager, _ = web.PagerOf(c, total)
	for _, p := range list {
		d.Items = append(d.Items, newPetitionLine(p, by))
	}
	n, average, err := a.store.Ratings(c.UserContext(), by.ID)
	if err != nil {
		return err
	}
	d.Ratings, d.Average = n, strconv.FormatFloat(average, 'f', 1, 64)
	if c.Query("done") != "" {
		d.Notice = "已答复"
	}
	return a.site.Show(c, 200, "petitions", d)
}

// PostAnswer answers a petition. It fails where the petition was answered meanwhile.
func (a *Pages) PostAnswer(c *fiber.Ctx, by *request.Caller) error {
	id, err := request.Number(c.Params("id"))
	if err != nil {
		return err
	}
	answer := strings.TrimSpace(c.FormValue("answer"))
	if answer == "" || len([]rune(answer)) > 1000 {
		return schema.Invalid("answer", "请写明怎么处理的，最多 1000 字，例如：已电话告知，三天内现场核对")
	}
	err = a.store.AnswerPetition(c.UserContext(), by.ID, id, answer)
	if errors.Is(err, workflow.ErrStale) {
		return problem.New(409, "已经有人答复了这一件，请刷新来件页看答复")
	}
	if err != nil {
		return err
	}
	return c.Redirect("/petitions?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}
