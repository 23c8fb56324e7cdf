package public

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/models/petitions"
	"anju/workflow"
	"anju/workflow/glossary"
)

// PostPetition takes a question, a complaint or a rating about a case.
func (a *Pages) PostPetition(c *fiber.Ctx, _ *request.Caller) error {
	if !request.SameOrigin(c) {
		return problem.ErrForged
	}
	id, ok := a.household(c)
	if !ok {
		return c.Redirect("/progress?"+url.Values{"code": {c.Params("code")}}.Encode(), fiber.StatusSeeOther)
	}
	v, facts, err := a.publicCase(c.UserContext(), id)
	if err != nil {
		return err
	}
	kind := c.FormValue("kind")
	if kind == "objection" || web.PetitionKinds[kind] == "" {
		return schema.Invalid("kind", "请选择要办的事：催一催、投诉、评价或申请撤回")
	}
	again := func(err error) error {
		p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path()})
		if p.Status >= 500 {
			return p
		}
		return a.showProgress(c, p)
	}
	stars, _ := strconv.Atoi(c.FormValue("stars"))
	_, withdraws := v.Stage.Action(glossary.Withdraw)
	switch {
	case kind == "rating" && (stars < 1 || stars > 5):
		return again(schema.Invalid("stars", "请选择满意的程度"))
	case kind == "complaint" && strings.TrimSpace(c.FormValue("text")) == "":
		return again(schema.Invalid("complaint", "请写明投诉什么，例如：三月五日到窗口，没有告知缺什么材料"))
	case kind == "withdrawal" && !withdraws:
		return again(schema.Invalid("withdrawal", "已经作出决定，不能撤回；不想建了请到窗口办理注销"))
	}
	p := workflow.Petition{Case: id, Kind: kind, Name: facts.Household.Householder.Name,
		Phone: facts.Household.Householder.Phone,
		Text:  strings.TrimSpace(c.FormValue("text")), Stars: stars}
	if err := a.sendPetition(c, p, "/progress/"+url.PathEscape(c.Params("code"))); err != nil {
		return again(err)
	}
	return nil
}

var phoneForm = regexp.MustCompile(`^[0-9+\-]{5,20}$`)

// publicFormsPerHour is how many letters one sender may send in an hour.
const publicFormsPerHour = 10

// senderOf tells for whom a letter counts: its household for a case, which has proved itself; an address for the notice
// that an objection is against.
func (a *Pages) senderOf(c *fiber.Ctx, p workflow.Petition) string {
	if p.Kind == "objection" {
		return fmt.Sprintf("notice %d from %s", p.Case, a.gate.Address(c))
	}
	return fmt.Sprintf("case %d", p.Case)
}

// sendPetition keeps what a villager without an account sent, once, and leads back with its number.
func (a *Pages) sendPetition(c *fiber.Ctx, p workflow.Petition, back string) error {
	key := c.FormValue("key")
	if key == "" || len(key) > request.IdempotentMax {
		return problem.New(400, "页面缺少一次性编号，请刷新后重新提交")
	}
	switch {
	case !web.PlainText(p.Name) || !web.PlainText(p.Text):
		return schema.Invalid("text", "内容里有看不见的特殊字符，请重新输入")
	case p.Phone != "" && !phoneForm.MatchString(p.Phone) && p.Kind == "objection":
		return schema.Invalid("phone", "电话应为 5 至 20 位数字，例如 13800001234；不留电话可以空着")
	}
	within, err := a.store.Letter(c.UserContext(), a.senderOf(c, p), publicFormsPerHour, time.Now())
	switch {
	case err != nil:
		return err
	case p.Kind == "objection":
		p.Flagged = !within // to object while a notice hangs is a right (R36): no limit takes it away
	case !within:
		return problem.New(429, "一小时内提交的次数太多了，请过一会儿再提交，或到乡镇便民服务中心窗口提出")
	}
	var receipt string
	if p.Kind == workflow.ObjectionPetition { // it holds the signing from now on (R36)
		receipt, err = a.svc.Object(c.UserContext(), p, key)
	} else {
		var sent petitions.Petition
		sent, err = a.store.SendPetition(c.UserContext(), p, key)
		receipt = sent.Number
	}
	if errors.Is(err, workflow.ErrStale) {
		return problem.New(409, "这一步您已经提过了，办理单位已经收到；办件走到下一步后可以再提")
	}
	if err != nil {
		return err
	}
	return c.Redirect(back+"?sent="+url.QueryEscape(receipt), fiber.StatusSeeOther)
}
