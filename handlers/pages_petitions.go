package handlers

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// petitionLine is what somebody without an account sent about a case, for the office that answers it.
type petitionLine struct {
	ID, Number, CaseID, CaseNumber, Kind, Name, Phone, Text, At, Answer, By string
	Stars                                                                   string
	Open                                                                    bool
}

func lineOfPetition(p models.Petition) petitionLine {
	l := petitionLine{ID: fmt.Sprint(p.ID), Number: p.Number, CaseID: fmt.Sprint(p.Case), CaseNumber: p.CaseNumber, Kind: petitionKinds[p.Kind], Name: p.Name, Phone: p.Phone,
		Text: p.Text, At: p.At.In(calendar.Shanghai).Format("1月2日 15:04"), Answer: p.Answer, By: p.TakenBy, Open: p.Taken.IsZero()}
	if p.Stars > 0 {
		l.Stars = strings.Repeat("★", p.Stars) + strings.Repeat("☆", 5-p.Stars)
	}
	return l
}

// petitionsOf are the open petitions about a case.
func (a *app) petitionsOf(ctx context.Context, by *caller, id workflow.CaseID) ([]petitionLine, error) {
	list, err := a.store.PetitionsOf(ctx, by.ID, id)
	if err != nil {
		return nil, err
	}
	var open []petitionLine
	for _, p := range list {
		if p.Taken.IsZero() && p.Kind != "rating" {
			open = append(open, lineOfPetition(p))
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
		d.Items = append(d.Items, lineOfPetition(p))
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
	if err := a.store.AnswerPetition(c.UserContext(), by.ID, id, answer); err != nil {
		return err
	}
	return c.Redirect("/petitions?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
}

// postAcknowledge says that the office knows of a reminder.
func (a *app) postAcknowledge(c *fiber.Ctx, by *caller) error {
	id, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	if err := a.store.Acknowledge(c.UserContext(), by.ID, id); err != nil {
		return err
	}
	return c.Redirect("/", fiber.StatusSeeOther)
}
