package lookup

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/workflow"
)

// ErrNoPaper is the answer where a case has no such paper.
var ErrNoPaper = problem.New(404, "本件没有这份文书，请核对文书编号或表单代码")

// FormName is the form of the code of a paper.
var FormName = regexp.MustCompile(`^(F[0-9]{2}(-[a-z]+)?|guidance_notice)$`)

// Paper finds a document of a case by its form or its number in the list, and gives it as a PDF with its name.
func (a *Reader) Paper(ctx context.Context, by *request.Caller, id workflow.CaseID,
	which string) ([]byte, string, error) {
	v, err := a.svc.Disclose(ctx, id, by.ID)
	if err != nil {
		return nil, "", err
	}
	if a.papers == nil {
		return nil, "", ErrNoPaper
	}
	n, numeric := strconv.ParseInt(which, 10, 64)
	for _, d := range slices.Backward(v.Case.File.Documents) {
		if numeric == nil && d.ID == n || numeric != nil && (d.Kind.Form() == which || string(d.Kind) == which) {
			// papers carry ID numbers in clear: who read which stands in the log
			a.log.InfoContext(ctx, "paper", slog.String("form", d.Kind.Form()), slog.Int64("document", d.ID),
				slog.Int64("case", int64(id)), slog.Int64("officer", int64(by.ID)))
			b, err := a.papers.Print(ctx, id, d.ID)
			return b, strings.TrimSpace(d.Title + " " + d.Number), err
		}
	}
	if numeric == nil || !FormName.MatchString(which) {
		return nil, "", ErrNoPaper
	}
	a.log.InfoContext(ctx, "sheet", slog.String("form", which), slog.Int64("case", int64(id)),
		slog.Int64("officer", int64(by.ID)))
	b, err := a.papers.Sheet(ctx, id, which)
	if errors.Is(err, workflow.ErrNotFound) {
		err = ErrNoPaper
	}
	return b, which + " " + v.Case.Number, err
}

// Sheets lists the forms without a number that a case prints; none where this process prints no papers.
func (a *Reader) Sheets(c workflow.Case) []workflow.Document {
	if a.papers == nil {
		return nil
	}
	return a.papers.Sheets(c)
}

// ShownAs is the Content-Disposition of a paper that a browser shows.
func ShownAs(name string) string {
	return mime.FormatMediaType("inline", map[string]string{"filename": name + ".pdf"})
}

// Disposition is the Content-Disposition of a file to be saved under its name.
func Disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
