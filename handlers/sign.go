package handlers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/workflow"
)

// signFor is how long a link to sign lives: parties sign on the day of the inspection or soon after.
const signFor = 72 * time.Hour

const signPurpose = "sign"

// signToken writes a link as the text of its address: what it is for, and the tag that only this program makes.
func (a *app) signToken(l workflow.SignLink) string {
	text := fmt.Sprintf("%s.%d.%s.%d.%d", l.ID, l.Case, l.Kind, l.Entered.UnixMicro(), l.Expires.Unix())
	return hex.EncodeToString([]byte(text)) + "." + a.store.Tag(signPurpose, text)
}

// signLink reads a token; false for one that this program did not make.
func (a *app) signLink(token string) (workflow.SignLink, bool) {
	var l workflow.SignLink
	body, tag, ok := strings.Cut(token, ".")
	text, err := hex.DecodeString(body)
	if !ok || err != nil || !a.store.Tagged(signPurpose, string(text), tag) {
		return l, false
	}
	var entered, expires int64
	parts := strings.Split(string(text), ".")
	if len(parts) < 5 {
		return l, false
	}
	n := len(parts)
	l.ID, l.Kind = parts[0], workflow.RecordKind(strings.Join(parts[2:n-2], "."))
	if _, err := fmt.Sscan(parts[1]+" "+parts[n-2]+" "+parts[n-1], &l.Case, &entered, &expires); err != nil {
		return l, false
	}
	l.Entered, l.Expires = time.UnixMicro(entered).UTC(), time.Unix(expires, 0)
	return l, true
}

var errNoLink = refuse(404, "签字链接不正确，请核对地址或向验收责任人索取新的链接")

type signLinkBody struct {
	Kind workflow.RecordKind `json:"kind" doc:"由谁签字" enum:"applicant_opinion,design_opinion,construction_opinion,supervision_opinion" example:"supervision_opinion"`
}

type signLinkJSON struct {
	URL       string `json:"url" doc:"发给签字人的一次性链接"`
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	ExpiresAt string `json:"expires_at"`
}

func (a *app) signOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "make-sign-link",
		Summary: "生成一次性签字链接：参建方在手机上签署竣工验收意见，不需要账号", DefaultStatus: http.StatusCreated}, typeOf[signLinkBody](),
		func(ctx context.Context, by *caller, in *struct {
			CaseIn
			Peer
			Sent
		}) (*out[signLinkJSON], error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			var b signLinkBody
			if err := decodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			j, err := a.makeSignLink(ctx, by, id, b.Kind, a.base(in.web))
			return &out[signLinkJSON]{Status: http.StatusCreated, Body: j}, err
		})
}

// makeSignLink makes a link by which one of the parties signs on his own phone.
func (a *app) makeSignLink(ctx context.Context, by *caller, id workflow.CaseID, kind workflow.RecordKind, base string) (signLinkJSON, error) {
	v, err := a.svc.Disclose(ctx, id, by.ID)
	if err != nil {
		return signLinkJSON{}, err
	}
	if _, ok := v.Chain.Signable(v.Case, kind); !ok {
		return signLinkJSON{}, &workflow.Refusal{Why: workflow.ErrNotOpen, State: v.Case.State, Verb: string(kind), Party: v.Stage.By}
	}
	for _, r := range v.Records {
		if r.Row.Kind == kind && !r.Allowed {
			return signLinkJSON{}, &workflow.Refusal{Why: workflow.ErrWrongParty, State: v.Case.State, Verb: string(kind), Party: r.Row.By[0].Desk(v.Case)}
		}
	}
	l := workflow.SignLink{ID: rand.Text(), Case: id, Kind: kind, Entered: v.Case.EnteredAt, Expires: a.svc.Now().Add(signFor)}
	return signLinkJSON{base + "/sign/" + a.signToken(l), string(kind), kind.Title(), shanghai(l.Expires)}, nil
}

// postSignLink makes a link from the page of a case, and shows it there with its picture, to be sent or scanned.
func (a *app) postSignLink(c *fiber.Ctx, by *caller) error {
	n, err := number(c.Params("id"))
	if err != nil {
		return err
	}
	j, err := a.makeSignLink(c.UserContext(), by, workflow.CaseID(n), workflow.RecordKind(c.FormValue("kind")), a.base(c))
	if err != nil {
		return err
	}
	d := linkData{shell: a.shell(c, "手机签字链接"), Link: j, Case: caseAddress(workflow.CaseID(n))}
	if d.QR, err = picture(j.URL); err != nil {
		return err
	}
	return a.show(c, 200, "sign_link", d)
}

// linkData is a link to sign, as it is handed on.
type linkData struct {
	shell
	Link signLinkJSON
	Case string
	QR   template.HTML
}

type signData struct {
	shell
	Token, Number, Head, Matter, Kind string
	Name, Opinion, Reason             string
	Done                              bool
}

func (a *app) signShell(c *fiber.Ctx) (signData, workflow.SignLink, error) {
	l, ok := a.signLink(c.Params("token"))
	if !ok {
		return signData{}, l, errNoLink
	}
	k, err := a.svc.Signing(c.UserContext(), l)
	if err != nil && !errors.As(err, new(*workflow.Refusal)) {
		return signData{}, l, errNoLink
	}
	d := signData{shell: a.shell(c, l.Kind.Title()), Token: c.Params("token"), Number: k.Number, Head: surname(k.Householder), Kind: l.Kind.Title()}
	if ch, e := a.svc.Chains().At(k.Chain, k.ChainVersion); e == nil {
		d.Matter = ch.Title
	}
	return d, l, err
}

// surname is a name as the public may see it: the first character, the others hidden.
func surname(name string) string {
	r := []rune(name)
	if len(r) < 2 {
		return name
	}
	return string(r[0]) + strings.Repeat("＊", len(r)-1)
}

// base is the address of this program as people reach it. Only the demo takes it from the request, which may name any host.
func (a *app) base(c *fiber.Ctx) string {
	if a.cfg.BaseURL == "" && a.cfg.Demo != nil {
		return c.BaseURL()
	}
	return a.cfg.BaseURL
}

func (a *app) signPage(c *fiber.Ctx, _ *caller) error {
	d, _, err := a.signShell(c)
	if err != nil {
		return a.unsigned(c, d, err)
	}
	return a.show(c, 200, "sign", d)
}

// unsigned says why a link does not serve.
func (a *app) unsigned(c *fiber.Ctx, d signData, err error) error {
	p := a.answer(c.UserContext(), err, where{path: c.Path()})
	var refused *workflow.Refusal
	if errors.As(err, &refused) && len(refused.Blocked) > 0 {
		return refuse(410, refused.Blocked[0].Message)
	}
	if p.Status == 422 && d.Token != "" {
		for _, e := range p.Errors {
			d.Errors = append(d.Errors, pageError{"#" + e.Field, e.Message})
		}
		return a.show(c, 422, "sign", d)
	}
	return p
}

func (a *app) postSign(c *fiber.Ctx, _ *caller) error {
	d, l, err := a.signShell(c)
	if err != nil {
		return a.unsigned(c, d, err)
	}
	form := formOf(c)
	d.Name, d.Opinion, d.Reason = strings.TrimSpace(form.Get("name")), form.Get("opinion"), strings.TrimSpace(form.Get("reason"))
	name, wrong := workflow.CheckName(d.Name, "您的姓名", 50)
	switch {
	case wrong != "":
		return a.unsigned(c, d, invalid("name", wrong))
	case d.Opinion != "pass" && d.Opinion != "fail":
		return a.unsigned(c, d, invalid("opinion", "请选择合格或不合格"))
	case len([]rune(d.Reason)) > 1000 || strings.ContainsFunc(d.Reason, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' }):
		return a.unsigned(c, d, invalid("reason", "理由最多 1000 字，不含特殊控制字符"))
	case form.Get("mine") != "yes":
		return a.unsigned(c, d, invalid("mine", "请确认由您本人签署"))
	}
	if _, err := a.svc.Sign(c.UserContext(), l, workflow.PartyOpinion{Name: name, Opinion: d.Opinion, Reason: d.Reason}); err != nil {
		return a.unsigned(c, d, err)
	}
	d.Done = true
	return a.show(c, 200, "sign", d)
}
