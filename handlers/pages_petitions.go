package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/models/petitions"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// petitionLine is what somebody without an account sent about a case, for the office that answers it.
type petitionLine struct {
	ID, Number, CaseID, CaseNumber, Kind, Name, Phone, Text, At, Answer, By string
	Stars                                                                   string
	Open, Answers, Flagged                                                  bool // Answers: by the caller; Flagged: to be checked whether it is meant
}

// lineOfPetition shows who wrote in full only to those who answer: the counter and the supervision office, and the group that looks into an
// objection. Others see a surname and four digits.
func lineOfPetition(p petitions.Petition, by *caller) petitionLine {
	answers := by.OfficeKind == glossary.ServiceCenter || by.OfficeKind == glossary.SupervisionOffice || p.Kind == "objection" && by.OfficeKind == glossary.GroupCollective
	if !answers {
		if p.Name != "" {
			p.Name = surname(p.Name)
		}
		if r := []rune(p.Phone); len(r) > 4 {
			p.Phone = strings.Repeat("*", len(r)-4) + string(r[len(r)-4:])
		}
	}
	l := petitionLine{ID: fmt.Sprint(p.ID), Number: p.Number, CaseID: fmt.Sprint(p.Case), CaseNumber: p.CaseNumber, Kind: petitionKinds[p.Kind], Name: p.Name, Phone: p.Phone,
		Text: p.Text, At: p.At.In(calendar.Shanghai).Format("1月2日 15:04"), Answer: p.Answer, By: p.TakenBy, Open: p.Taken.IsZero(),
		Answers: p.Answers, Flagged: p.Flagged}
	if p.Stars > 0 {
		l.Stars = strings.Repeat("★", p.Stars) + strings.Repeat("☆", 5-p.Stars)
	}
	return l
}

// petitionsOnPage is how many petitions the page of a case shows before the work to do.
const petitionsOnPage = 5

// petitionsOf are the open petitions about a case. Objections were entered in its history, and stand here while they are looked into.
func (a *app) petitionsOf(ctx context.Context, by *caller, c workflow.Case) ([]petitionLine, error) {
	hangs := c.State == glossary.GroupNotice || c.State == glossary.GroupObjection
	list, err := a.store.PetitionsOf(ctx, by.ID, c.ID)
	if err != nil {
		return nil, err
	}
	var open []petitionLine
	for _, p := range list {
		if p.Taken.IsZero() && p.Kind != "rating" && (p.Kind != "objection" || hangs) && len(open) < petitionsOnPage &&
			(p.Kind != "complaint" || strings.HasSuffix(by.Division, "000000")) {
			open = append(open, lineOfPetition(p, by))
		}
	}
	return open, nil
}

type petitionsData struct {
	shell
	Items   []petitionLine
	Total   int
	Ratings int
	Average string
	Pager   pager
	Open    bool
}

func (a *app) petitionsPage(c *fiber.Ctx, by *caller) error {
	d := petitionsData{shell: a.shell(c, "群众来件"), Open: c.Query("all") == ""}
	list, total, err := a.store.Petitions(c.UserContext(), by.ID, d.Open, max(1, c.QueryInt("page", 1)), perPage)
	if err != nil {
		return err
	}
	d.Total = total
	d.Pager, _ = pagerOf(c, total)
	for _, p := range list {
		d.Items = append(d.Items, lineOfPetition(p, by))
	}
	n, average, err := a.store.Ratings(c.UserContext(), by.ID)
	if err != nil {
		return err
	}
	d.Ratings, d.Average = n, strconv.FormatFloat(average, 'f', 1, 64)
	if c.Query("done") != "" {
		d.Notice = "已答复"
	}
	return a.show(c, 200, "petitions", d)
}

func (a *app) postAnswer(c *fiber.Ctx, by *caller) error {
	id, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	answer := strings.TrimSpace(c.FormValue("answer"))
	if answer == "" || len([]rune(answer)) > 1000 {
		return invalid("answer", "请写明怎么处理的，最多 1000 字，例如：已电话告知，三天内现场核对")
	}
	err = a.store.AnswerPetition(c.UserContext(), by.ID, id, answer)
	if errors.Is(err, workflow.ErrStale) {
		return refuse(409, "已经有人答复了这一件，请刷新来件页看答复")
	}
	if err != nil {
		return err
	}
	return c.Redirect("/petitions?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}
