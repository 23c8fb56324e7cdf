package web

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
)

// ErrorsOnPage are the lines of a refusal, each leading to its field.
func ErrorsOnPage(p *problem.Problem) []PageError {
	var list []PageError
	for _, e := range p.Errors {
		list = append(list, PageError{"#" + e.Field, e.Message})
	}
	if len(list) == 0 {
		list = []PageError{{"", p.Detail}}
	}
	return list
}

// SettlePage answers a form of a page: back to it where it holds, or the page again with what was typed and why not.
func (a *Site) SettlePage(c *fiber.Ctx, by *request.Caller, err error, back string,
	show func(*problem.Problem) error) error {
	if err == nil {
		return c.Redirect(back+"?"+url.Values{"done": {"1"}}.Encode(), fiber.StatusSeeOther)
	}
	p := a.problems.ToProblem(c.UserContext(), err, problem.RequestInfo{Path: c.Path(), By: by.OfficerID()})
	if p.Status >= 500 || p.Status == 404 || p.Status == 403 {
		return p
	}
	return show(p)
}

// SentForm is the fields of a form as the JSON that the API takes; what was left empty is left out.
func SentForm(c *fiber.Ctx, names ...string) ([]byte, error) {
	body := map[string]string{}
	for _, n := range names {
		if v := strings.TrimSpace(c.FormValue(n)); v != "" {
			body[n] = v
		}
	}
	return json.Marshal(body)
}

// BulkResult is what became of one case of several.
type BulkResult struct {
	Href, Number, Text string
	Done               bool
}

// BulkMost is how many cases are taken at once.
const BulkMost = 50
