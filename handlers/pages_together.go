package handlers

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/workflow"
)

// waitsForRecords tells which records of the caller's own a signature still waits for: nil where anything else is missing, or nothing is.
func waitsForRecords(v workflow.View, vv workflow.VerbView) []workflow.RecordView {
	if !vv.Mine || vv.Action.Do != workflow.SignOpinion || len(vv.Blocked) == 0 {
		return nil
	}
	var list []workflow.RecordView
	for _, b := range vv.Blocked {
		kind, ok := strings.CutPrefix(b.By, "record:")
		if !ok {
			return nil
		}
		there := false
		for _, r := range list {
			there = there || string(r.Row.Kind) == kind
		}
		for _, r := range v.Records {
			if string(r.Row.Kind) == kind && r.Allowed && !there {
				list, there = append(list, r), true
			}
		}
		if !there {
			return nil
		}
	}
	return list
}

// together is a signature and the records that it waits for as one form: who has looked into everything writes it down and signs with one
// press. Nil where the stage knows no such signature.
func (a *app) together(v workflow.View, back *sent, keep keeper, choices map[string][]option) *actForm {
	for _, vv := range v.Verbs {
		records := waitsForRecords(v, vv)
		if records == nil {
			continue
		}
		ac := vv.Action
		f := &actForm{ID: "together", Action: caseAddress(v.Case.ID) + "/together", Field: "together", Title: ac.Title, To: vv.To.Title(), Ahead: true, Open: true,
			Law: string(ac.Rule) + " " + ac.Under.String(), Key: rand.Text(), Seen: v.Case.Seen, Keep: keep}
		names := []string{string(ac.Do)}
		add := func(kind, title string, form workflow.Form) {
			s, value := formSchema(form), a.initial(form, ac.Do, v.Case.Application)
			if back != nil && back.field == "together" {
				value = typedUnder(s, back.form, kind)
			}
			group := formField{ID: "together-" + kind, Label: title, Kind: "group", Required: true}
			group.Fields = maker{id: "together-" + kind, root: kind, choices: choices}.fields(s, value)
			f.Fields = append(f.Fields, group)
		}
		for _, r := range records {
			names = append(names, string(r.Row.Kind))
			add(string(r.Row.Kind), r.Row.Kind.Title(), r.Row.Data)
		}
		if ac.Data != nil {
			add(string(ac.Do), ac.Title, ac.Data)
		}
		f.Name = strings.Join(names, ",")
		if back != nil && back.field == "together" {
			back.name = f.Name // what was entered meanwhile is not asked for again
			if key := back.form.Get("key"); key != "" && back.p != nil && back.p.Status != 409 {
				f.Key = key
			}
		}
		return f
	}
	return nil
}

// postTogether enters the records, each as a line of its own, and then takes the verb. What was entered stays where the signature is
// refused: the page then asks for the rest.
func (a *app) postTogether(c *fiber.Ctx, by *caller) error {
	ctx, form := c.UserContext(), formOf(c)
	v, err := a.view(c, by)
	if err != nil {
		return err
	}
	key := strings.TrimSpace(form.Get("key"))
	if key == "" || len(key) > 60 {
		return refuse(400, "页面缺少一次性编号，请刷新后重新提交")
	}
	for _, f := range []string{csrfField, revisionField, "title"} {
		form.Del(f)
	}
	verb, kinds, _ := strings.Cut(form.Get("together"), ",")
	asked := digest([]byte("together"), []byte(form.Encode()))
	err = func() error {
		for kind := range strings.SplitSeq(kinds, ",") {
			raw, err := json.Marshal(readUnder(formSchema(dataForm(v, "kind", kind)), form, kind))
			if err != nil {
				return err
			}
			if _, err := a.record(ctx, by, v.Case.ID, key+"-"+kind, asked, recordBody{Kind: kind, Data: raw}); err != nil {
				return under(kind, err)
			}
		}
		now, err := a.svc.View(ctx, v.Case.ID, by.ID) // the records have written lines of their own
		if err != nil {
			return err
		}
		seen := -1
		if _, err := fmt.Sscanf(form.Get("seen"), "%d", &seen); err == nil && seen == v.Case.Seen {
			seen = now.Case.Seen // else somebody has been at the case, and the move says so
		}
		raw, err := json.Marshal(readUnder(formSchema(dataForm(v, "verb", verb)), form, verb))
		if err != nil {
			return err
		}
		_, err = a.move(ctx, by, v.Case.ID, key, asked, moveBody{Verb: verb, Data: raw, Seen: seen})
		return under(verb, err)
	}()
	if err == nil {
		a.drop(ctx, by, caseAddress(v.Case.ID))
		return c.Redirect(fmt.Sprintf("/cases/%d?done=%s", v.Case.ID, url.QueryEscape(verb)), fiber.StatusSeeOther)
	}
	p := a.answer(ctx, err, where{path: c.Path(), id: v.Case.ID, by: by})
	if p.Status >= 500 || p.Status == 404 {
		return p
	}
	return a.showCasePage(c, by, &sent{"together", form.Get("together"), p, form})
}

// under puts the name of a form before the fields that a refusal names.
func under(form string, err error) error {
	var bad *workflow.Invalid
	var own *problem
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
