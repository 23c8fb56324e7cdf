package desk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/household"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
)

// The fields that a form carries for its draft: the address of its page, its owner (signed, so that what was typed can
// be kept for that person and shown to no other when the login has run out), and the revision that it was made from.
const (
	pageField     = "page"
	whoField      = "who"
	revisionField = "revision"
)

// draftRef is what a form needs so that nothing typed into it is lost.
type draftRef struct {
	Page, Who string
	Revision  int
	SavedAt   string // of the draft that was put back; empty without one
}

func (a *Pages) draftRef(by *request.Caller, page string) draftRef {
	text := fmt.Sprintf("%d.%d", by.ID, time.Now().Add(request.SessionTTL).Unix())
	return draftRef{Page: page, Who: text + "." + a.store.Tag("who", text+page)}
}

// draft is what the caller has typed into the form of a page and not sent; nil without anything.
func (a *Pages) draft(ctx context.Context, by *request.Caller, k *draftRef) (url.Values, error) {
	d, err := a.store.Draft(ctx, by.ID, k.Page)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(d.Body))
	if err != nil {
		return nil, fmt.Errorf("draft of %s: %w", k.Page, err)
	}
	k.Revision, k.SavedAt = d.Revision, d.SavedAt.In(calendar.Shanghai).Format("1月2日 15:04")
	return form, nil
}

// drop forgets a draft once its form was sent. That it stays is no reason to refuse what was done.
func (a *Pages) drop(ctx context.Context, by *request.Caller, page string) {
	if page == "" {
		return
	}
	if err := a.store.DropDraft(ctx, by.ID, page); err != nil {
		a.log.ErrorContext(ctx, "a draft stays", "error", err)
	}
}

// Kept implements household.Desk.
func (a *Pages) Kept(ctx context.Context, by *request.Caller, page string) (household.Kept, error) {
	k := a.draftRef(by, page)
	form, err := a.draft(ctx, by, &k)
	return household.Kept{Page: k.Page, Who: k.Who, Revision: k.Revision, SavedAt: k.SavedAt, Form: form}, err
}

// Forget implements household.Desk.
func (a *Pages) Forget(ctx context.Context, by *request.Caller, page string) { a.drop(ctx, by, page) }

// draftBody is what of a form is kept: everything typed, none of what belongs to one page or session.
func draftBody(form url.Values) []byte {
	kept := url.Values{}
	for k, v := range form {
		switch k {
		case request.CsrfField, "key", "seen", "confirmed", "password", pageField, whoField, revisionField:
		default:
			kept[k] = v
		}
	}
	return []byte(kept.Encode())
}

// owner returns the officer that a form was made for; false for what this program did not sign for this page, or signed
// longer ago than a session lives.
func (a *Pages) owner(form url.Values) (workflow.OfficerID, bool) {
	parts := strings.Split(form.Get(whoField), ".")
	if len(parts) != 3 {
		return 0, false
	}
	n, err := strconv.ParseInt(parts[0], 10, 64)
	until, bad := strconv.ParseInt(parts[1], 10, 64)
	return workflow.OfficerID(n), err == nil && bad == nil && time.Now().Unix() < until &&
		a.store.Tagged("who", parts[0]+"."+parts[1]+form.Get(pageField), parts[2])
}

// draftPage is a page with a form that is kept.
var draftPage = regexp.MustCompile(`^(/new\?|/households/new\?|/households/\d+/change\?|/cases/\d+$)`)

// Rescue keeps a form that cannot be taken because its login has run out, for the person who typed it. It tells the
// page of the form.
func (a *Pages) Rescue(c *fiber.Ctx) (page string, ok bool) {
	form := web.FormOf(c)
	owner, ok := a.owner(form)
	page = web.Local(form.Get(pageField))
	if !ok || !draftPage.MatchString(page) || !request.SameOrigin(c) {
		return "", false
	}
	body := draftBody(form)
	if form.Has("body") { // an autosave
		typed, err := url.ParseQuery(form.Get("body"))
		if err != nil {
			return "", false
		}
		body = draftBody(typed)
	}
	d := org.Draft{Form: page, Title: web.Clip(form.Get("title"), 70), Body: body}
	d.Revision, _ = strconv.Atoi(form.Get(revisionField)) // what is no number is a new draft
	_, err := a.store.SaveDraft(c.UserContext(), owner, d)
	if errors.Is(err, workflow.ErrStale) {
		return "", false // a newer text is kept, and is not written over unasked
	}
	if err != nil {
		a.log.ErrorContext(c.UserContext(), "a form could not be kept", "error", err)
		return "", false
	}
	return page, true
}

// Rescued goes on after a form was kept: the script is told, a person is led back.
func Rescued(c *fiber.Ctx, to string) error {
	if web.FormOf(c).Has("body") {
		return c.Status(fiber.StatusUnauthorized).JSON(fiber.Map{"detail": "登录已失效，内容已保存"})
	}
	return web.Arrival(c, c.Redirect(to, fiber.StatusSeeOther))
}

// PostDraft keeps what stands in a form: by the script every twenty seconds, or by the button of a page without it.
func (a *Pages) PostDraft(c *fiber.Ctx, by *request.Caller) error {
	form := web.FormOf(c)
	page := web.Local(form.Get(pageField))
	if !draftPage.MatchString(page) || len(page) > 300 {
		return schema.Invalid(pageField, "页面地址不正确，请刷新后重试")
	}
	d := org.Draft{Form: page, Title: web.Clip(form.Get("title"), 70)}
	d.Revision, _ = strconv.Atoi(form.Get(revisionField)) // what is no number is a new draft
	auto := form.Has("body")
	typed := form
	if auto {
		var err error
		if typed, err = url.ParseQuery(form.Get("body")); err != nil {
			return schema.ErrEncoding
		}
	}
	d.Body = draftBody(typed)
	kept, err := a.store.SaveDraft(c.UserContext(), by.ID, d)
	switch {
	case errors.Is(err, workflow.ErrStale) && auto:
		return c.Status(fiber.StatusConflict).JSON(fiber.Map{"revision": kept.Revision, "body": string(kept.Body),
			"detail": "同一份表在另一个页面也有改动"})
	case errors.Is(err, workflow.ErrStale):
		d.Revision = kept.Revision
		if _, err = a.store.SaveDraft(c.UserContext(), by.ID, d); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	if auto {
		return c.JSON(fiber.Map{"revision": kept.Revision, "saved_at": view.NewInstant(kept.SavedAt)})
	}
	return c.Redirect("/?saved=1", fiber.StatusSeeOther)
}

// PostDropDraft throws a draft away.
func (a *Pages) PostDropDraft(c *fiber.Ctx, by *request.Caller) error {
	page := web.Local(c.FormValue(pageField))
	if err := a.store.DropDraft(c.UserContext(), by.ID, page); err != nil {
		return err
	}
	return c.Redirect(web.Local(c.FormValue("back")), fiber.StatusSeeOther)
}
