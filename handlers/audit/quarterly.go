package audit

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/lookup"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
)

// quarterlyData is the page of the figures that go upward, with the cases behind one of its numbers.
type quarterlyData struct {
	web.Layout
	F         auditFilter
	Rows      []quarterRow
	Total     view.Quarter
	XLSX, CSV string
	Of        string // the number that was opened, in words; "" where none was
	Behind    []view.GrantLine
}

// quarterRow is a row of the figures.
type quarterRow struct {
	view.Quarter
	Name, Matter string
	path         string
}

// Href is the address of the cases behind a number of the row.
func (r quarterRow) Href(of string) string {
	return r.path + "&" + url.Values{"of": {of}, "quarter": {r.Quarter.Quarter}, "in": {r.Division}, "chain": {r.Chain}}.
		Encode() + "#behind"
}

// behindTitles are the numbers of a row that open a list.
var behindTitles = map[string]string{"granted": "批准", "farmland": "占用农用地", "unbuilt": "期满未开工"}

// QuarterlyPage shows what was granted by quarter, township and matter, and the cases behind the number that is asked
// for: as many as the number says.
func (a *Pages) QuarterlyPage(c *fiber.Ctx, by *request.Caller) error {
	ctx, f := c.UserContext(), filterOf(c)
	q, err := a.lookup.Quarterly(ctx, by, lookup.Span{From: f.From, To: f.To}, f.Township)
	if err != nil {
		return a.plainly(c, by, err)
	}
	f.From, f.To = q.First.String(), q.Last.String()
	span := auditFilter{From: f.From, To: f.To, Township: f.Township}
	d := quarterlyData{Layout: a.site.Layout(c, "宅基地季度统计"), F: f, XLSX: request.APIRoot + span.At("/reports/quarterly.xlsx"),
		CSV: request.APIRoot + span.At("/reports/quarterly.csv")}
	names, err := a.lookup.DivisionNames(ctx)
	if err != nil {
		return err
	}
	matter := func(chain string) string {
		ch, _ := a.svc.Chains().Newest(workflow.ChainID(chain))
		return cmp.Or(ch.Title, chain)
	}
	for _, r := range q.Rows() {
		d.Rows = append(d.Rows, quarterRow{r, cmp.Or(names[r.Division], r.Division), matter(r.Chain),
			span.At("/reports/quarterly")})
		d.Total.Add(r)
	}
	if of := behindTitles[c.Query("of")]; of != "" {
		row := view.Quarter{Quarter: c.Query("quarter"), Division: c.Query("in"), Chain: f.Chain}
		d.Behind = q.Behind(row, c.Query("of"))
		d.Of = strings.Join([]string{web.Clip(row.Quarter, 10), names[row.Division], matter(row.Chain), of}, "　")
	}
	return a.site.Show(c, 200, "quarterly", d)
}
