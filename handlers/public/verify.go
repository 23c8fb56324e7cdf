package public

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/web"
	"anju/models/papers"
	"anju/workflow"
	"anju/workflow/calendar"
)

type verifyData struct {
	web.Layout
	Found                                 bool
	Title0, Number, Issuer, Holder, Place string
	IssuedOn, ValidTo, Voided             string
	Pending                               string // why it cannot be relied upon now
	Expired                               bool
}

// VerifyPage is the public check of a paper (its QR code leads here): real, by whom, for whom as far as the paper
// itself says, valid or not.
func (a *Pages) VerifyPage(c *fiber.Ctx, _ *request.Caller) error {
	d := verifyData{Layout: a.site.Layout(c, "证照核验")}
	n, ok := a.store.DocumentOf(c.Params("certificate"))
	if !ok {
		return a.site.Show(c, 404, "verify", d)
	}
	doc, err := a.store.PublicDocument(c.UserContext(), n)
	if errors.Is(err, workflow.ErrNotFound) {
		return a.site.Show(c, 404, "verify", d)
	}
	if err != nil {
		return err
	}
	d.Found, d.Title0, d.Number, d.Issuer, d.Holder, d.Place = true, doc.Title, doc.Number, doc.Issuer,
		web.Surname(doc.Holder), doc.Township
	d.IssuedOn, d.Voided = calendar.DayOf(doc.IssuedAt).String(), doc.Voided
	if doc.ValidTo != 0 {
		d.ValidTo, d.Expired = doc.ValidTo.String(), calendar.DayOf(a.svc.Now()) > doc.ValidTo
	}
	d.Pending = doc.Question
	if doc.Kind.Certificate() && !slices.Contains([]workflow.Ending{"", workflow.Granted}, doc.Outcome) {
		d.Pending = "所附的申请未获批准或已撤回，不能据以建房"
	}
	if d.Voided != "" {
		d.Voided, _, _ = strings.Cut(d.Voided, "：") // the facts are the parties' own
	}
	return a.site.Show(c, 200, "verify", d)
}

type disclosuresData struct {
	web.Layout
	Items []papers.DisclosureLine
	Total int
	Next  string
}

// DisclosuresPage lists the results that were made public (L11): name, village, address, areas and floors, and nothing
// else (A37).
func (a *Pages) DisclosuresPage(c *fiber.Ctx, _ *request.Caller) error {
	d := disclosuresData{Layout: a.site.Layout(c, "审批结果公开")}
	page := max(1, min(c.QueryInt("page", 1), 100_000))
	var err error
	if d.Items, d.Total, err = a.store.Disclosures(c.UserContext(), "", page, 50); err != nil {
		return err
	}
	for i := range d.Items {
		d.Items[i].Holder = web.Surname(d.Items[i].Holder)
	}
	if page*50 < d.Total {
		d.Next = fmt.Sprintf("/disclosures?page=%d", page+1)
	}
	return a.site.Show(c, 200, "disclosures", d)
}

// VerifyQuery shows the form that asks for the number of a paper.
func (a *Pages) VerifyQuery(c *fiber.Ctx, _ *request.Caller) error {
	if code := strings.TrimSpace(c.Query("code")); code != "" {
		return c.Redirect("/verify/"+url.PathEscape(web.Clip(code, 80)), fiber.StatusSeeOther)
	}
	return a.site.Show(c, 200, "verify_query", a.site.Layout(c, "证照核验"))
}
