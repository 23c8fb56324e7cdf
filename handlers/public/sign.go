package public

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/forms"
)

type signData struct {
	web.Layout
	Token, Number, Head, Matter, Kind string
	Name, Opinion, Reason             string
	Identity, Capacity                string // of who signs for the party
	Done                              bool
}

func (a *Pages) signShell(c *fiber.Ctx) (signData, casework.SignLink, error) {
	l, ok := a.intake.SignLink(c.Params("token"))
	if !ok {
		return signData{}, l, intake.ErrNoLink
	}
	k, err := a.svc.Signing(c.UserContext(), l)
	if err != nil && !errors.As(err, new(*workflow.Refusal)) {
		return signData{}, l, intake.ErrNoLink
	}
	d := signData{Layout: a.site.Layout(c, l.Kind.Title()), Token: c.Params("token"), Number: k.Number,
		Head: web.Surname(k.Householder), Kind: l.Kind.Title()}
	if ch, e := a.svc.Chains().At(k.Chain, k.ChainVersion); e == nil {
		d.Matter = ch.Title
	}
	return d, l, err
}

// SignPage shows the record that a link asks to sign.
func (a *Pages) SignPage(c *fiber.Ctx, _ *request.Caller) error {
	d, _, err := a.signShell(c)
	if err != nil {
		return a.unsigned(c, d, err)
	}
	return a.site.Show(c, 200, "sign", d)
}

// unsigned says why a link does not serve.
func (a *Pages) unsigned(c *fiber.Ctx, d signData, err error) error {
	p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path()})
	var refused *workflow.Refusal
	if errors.As(err, &refused) && len(refused.Blocked) > 0 {
		return problem.New(410, refused.Blocked[0].Message)
	}
	if p.Status == 422 && d.Token != "" {
		for _, e := range p.Errors {
			d.Errors = append(d.Errors, web.PageError{Href: "#" + e.Field, Text: e.Message})
		}
		return a.site.Show(c, 422, "sign", d)
	}
	return p
}

// PostSign takes the signed record of a link.
func (a *Pages) PostSign(c *fiber.Ctx, _ *request.Caller) error {
	d, l, err := a.signShell(c)
	if err != nil {
		return a.unsigned(c, d, err)
	}
	form := web.FormOf(c)
	d.Name, d.Opinion, d.Reason = strings.TrimSpace(form.Get("name")), form.Get("opinion"),
		strings.TrimSpace(form.Get("reason"))
	d.Identity, d.Capacity = strings.TrimSpace(form.Get("identity")), strings.TrimSpace(form.Get("capacity"))
	name, wrong := forms.CheckName(d.Name, "您的姓名", 50)
	switch {
	case wrong != "":
		return a.unsigned(c, d, schema.Invalid("name", wrong))
	case d.Opinion != "pass" && d.Opinion != "fail":
		return a.unsigned(c, d, schema.Invalid("opinion", "请选择合格或不合格"))
	case len([]rune(d.Identity)) > 40 || len([]rune(d.Capacity)) > 60:
		return a.unsigned(c, d, schema.Invalid("identity", "身份证号或工号最多 40 字，单位和身份最多 60 字"))
	case len([]rune(d.Reason)) > 1000 || strings.ContainsFunc(d.Reason,
		func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' }):
		return a.unsigned(c, d, schema.Invalid("reason", "理由最多 1000 字，不含特殊控制字符"))
	case form.Get("mine") != "yes":
		return a.unsigned(c, d, schema.Invalid("mine", "请确认由您本人签署"))
	}
	signed := forms.PartyOpinion{Name: name, Opinion: d.Opinion, Reason: d.Reason, Means: "phone", Link: l.ID}
	if d.Identity != "" {
		signed.Strangers = []forms.Stranger{{Name: name, Identity: d.Identity, Capacity: d.Capacity}}
	}
	if _, err := a.svc.Sign(c.UserContext(), l, name, signed); err != nil {
		return a.unsigned(c, d, err)
	}
	d.Done = true
	return a.site.Show(c, 200, "sign", d)
}
