package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/web"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/glossary"
)

// part is one of the forms that are sent together.
type part struct {
	field, name string
	raw         []byte
}

// parts reads the forms that were sent together, and refuses what any of them lacks before one is written.
func (a *Pages) parts(v workflow.View, form url.Values) ([]part, error) {
	verb, kinds, _ := strings.Cut(form.Get("together"), ",")
	var list []part
	for kind := range strings.SplitSeq(kinds, ",") {
		list = append(list, part{field: "kind", name: kind})
	}
	list = append(list, part{field: "verb", name: verb})
	wrong := &workflow.Invalid{}
	for i, p := range list {
		f := dataForm(v, p.field, p.name)
		raw, err := json.Marshal(schema.ReadUnder(schema.OfForm(f), form, p.name))
		if err != nil {
			return nil, err
		}
		list[i].raw = raw
		if f == nil {
			continue // not open here any more: the judgement says so, or knows the key
		}
		err = under(p.name, schema.Validated(raw).Decode(reflect.New(reflect.TypeOf(f)).Interface(), a.svc.Now()))
		var bad *workflow.Invalid
		switch {
		case errors.As(err, &bad):
			wrong.Fields = append(wrong.Fields, bad.Fields...)
		case err != nil:
			return nil, err
		}
	}
	if len(wrong.Fields) > 0 {
		return nil, wrong
	}
	return list, nil
}

// PostTogether enters the records and takes the verb, all in one transaction: where one of them is refused nothing is
// written, and the page asks for all of it again.
func (a *Pages) PostTogether(c *fiber.Ctx, by *request.Caller) error {
	ctx, form := c.UserContext(), web.FormOf(c)
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	key := strings.TrimSpace(form.Get("key"))
	if key == "" || len(key) > request.IdempotentMax {
		return problem.New(400, "页面缺少一次性编号，请刷新后重新提交")
	}
	for _, f := range []string{request.CsrfField, revisionField, "title"} {
		form.Del(f)
	}
	if err = a.signTogether(ctx, by, v, key, form); err == nil {
		a.drop(ctx, by, web.CaseAddress(v.Case.ID))
		verb, _, _ := strings.Cut(form.Get("together"), ",")
		return c.Redirect(fmt.Sprintf("/cases/%d?done=%s", v.Case.ID, url.QueryEscape(verb)), fiber.StatusSeeOther)
	}
	p := a.problems.ToProblem(ctx, err, problem.RequestInfo{Path: c.Path(), ID: v.Case.ID, By: by.OfficerID()})
	if p.Status >= 500 || p.Status == 404 {
		return p
	}
	return a.showCasePage(c, by, &submission{"together", form.Get("together"), p, form})
}

// signTogether submits the forms that were sent together; what it refuses names the form.
func (a *Pages) signTogether(ctx context.Context, by *request.Caller, v workflow.View, key string,
	form url.Values) error {
	parts, err := a.parts(v, form)
	if err != nil {
		return err
	}
	var records []workflow.Recording
	for _, p := range parts[:len(parts)-1] {
		records = append(records, workflow.Recording{Kind: glossary.RecordKind(p.name), Data: schema.Validated(p.raw)})
	}
	last := parts[len(parts)-1]
	seen := -1
	if _, err := fmt.Sscanf(form.Get("seen"), "%d", &seen); err != nil {
		seen = -1
	}
	asked := request.Digest([]byte("together"), []byte(form.Encode()))
	_, err = a.intake.Enter(v.Case.ID, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Submit(ctx, v.Case.ID, by.ID, key, records,
			workflow.Move{Do: glossary.Verb(last.name), Data: schema.Validated(last.raw), Seen: seen, Asked: asked})
	})
	var refused *casework.PartError
	if errors.As(err, &refused) && refused.Part < len(parts) {
		return ofPart(parts[refused.Part].name, refused.Err)
	}
	return err
}

// ofPart names the form in what one of several was refused for: a condition that a record does not meet is named at
// that record.
func ofPart(name string, err error) error {
	var r *workflow.Refusal
	if !errors.As(err, &r) || !errors.Is(r.Why, workflow.ErrBlocked) {
		return under(name, err)
	}
	open := &workflow.Invalid{}
	for _, b := range r.Blocked {
		field, ok := strings.CutPrefix(b.By, "record:")
		if !ok {
			field = name
		}
		open.Fields = append(open.Fields, workflow.FieldError{Field: field, Message: b.Message, Rule: b.Rule})
	}
	return open
}

// under puts the name of a form before the fields that a refusal names.
func under(form string, err error) error {
	var bad *workflow.Invalid
	var own *problem.Problem
	prefixed := func(list []workflow.FieldError) []workflow.FieldError {
		moved := slices.Clone(list)
		for i := range moved {
			moved[i].Field = form + "." + moved[i].Field
		}
		return moved
	}
	switch {
	case errors.As(err, &bad):
		return &workflow.Invalid{Fields: prefixed(bad.Fields)}
	case errors.As(err, &own) && own.Status == 422:
		p := *own
		p.Errors = prefixed(own.Errors)
		return &p
	}
	return err
}
