package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"anju/handlers/lookup"
	"anju/handlers/request"
	"anju/handlers/sheet"
	"anju/handlers/view"
	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// ExportLimit is how long an export may take to be written.
const ExportLimit = 2 * time.Minute

// format is one kind of file that a table is exported as.
type format struct {
	Name, title, Media string
	write              func(io.Writer, sheet.Table) error
}

// Formats are the kinds of file that a list is exported as.
var Formats = []format{
	{"xlsx", "Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet.WriteXLSX},
	{"csv", "CSV", "text/csv", sheet.WriteCSV},
}

// export is a table to be written with the words of its question.
type export struct {
	table sheet.Table
	file  string // name without its ending
	query string
}

type exportOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

// exportOperation adds an operation that answers with a file.
func exportOperation[I any](a *API, ops operations, op huma.Operation, f format,
	ask func(context.Context, *request.Caller, *I) (export, error)) {
	describe(a, ops, op, nil, func(ctx context.Context, by *request.Caller, in *I) (*exportOut, error) {
		e, err := ask(ctx, by, in)
		if err != nil {
			return nil, err
		}
		return a.send(ctx, by, e, f)
	}).answers(f.Media)
}

// send writes an export into a file of its own first: rows come from the database one by one and are held nowhere, what
// goes wrong on the way is answered as a refusal and never as half a table, and a slow line keeps no query open.
func (a *API) send(ctx context.Context, by *request.Caller, e export, f format) (_ *exportOut, err error) {
	at := a.svc.Now()
	e.table.About.Query, e.table.About.At, e.table.About.By, e.table.About.Office = e.query, at, by.Name+"（"+by.Login+"）",
		by.OfficeName
	rows, inner := 0, e.table.Rows
	e.table.Rows = func(yield func([]string, error) bool) {
		for row, err := range inner {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(row, err) {
				return
			}
			rows++
		}
	}
	file, err := os.CreateTemp(filepath.Join(a.settings.UploadDir, "tmp"), "export-*")
	if err != nil {
		return nil, fmt.Errorf("write an export: %w", err)
	}
	s := &spool{File: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	size := int64(0)
	if err = f.write(file, e.table); err == nil {
		size, err = file.Seek(0, io.SeekCurrent)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("write an export: %w", err)
	}
	a.log.InfoContext(ctx, "export", slog.String("table", e.table.Title), slog.String("format", f.Name),
		slog.Int("rows", rows), slog.Int64("officer", int64(by.ID)),
		slog.String("query", e.query))
	name := fmt.Sprintf("%s_%s.%s", e.file, calendar.DayOf(at), f.Name)
	media := f.Media
	if f.Name == "csv" {
		media += "; charset=utf-8"
	}
	return &exportOut{media, lookup.Disposition(name),
		func(c huma.Context) { _ = humafiber.Unwrap(c).SendStream(s, int(size)) }}, nil // it always takes the stream
}

// spool is a file that is gone once it was read.
type spool struct{ *os.File }

// Close implements io.Closer.
func (s *spool) Close() error { return errors.Join(s.File.Close(), os.Remove(s.Name())) }

// summaryTypes are the columns of the summary that are no text.
var summaryTypes = map[int]sheet.Type{5: sheet.Number, 6: sheet.Number, 7: sheet.Number, 8: sheet.Number,
	9: sheet.Number, 10: sheet.Number}

// summaryTable is the summary as a table of strings.
func (a *API) summaryTable(ctx context.Context, j view.Summary, q statistics.SummaryQuery) export {
	number := func(h *float64) string {
		if h == nil {
			return ""
		}
		return fmt.Sprintf("%.1f", *h)
	}
	names := map[string]string{}
	return export{file: "时限统计", query: a.lookup.QueryText(ctx, q.From, q.To, q.Township, q.Chain, q.Stage),
		table: sheet.Table{Title: "时限统计",
			Types:  summaryTypes,
			Header: []string{"乡镇代码", "乡镇", "事项", "环节", "月份", "件数", "按时", "临期（黄）", "逾期（红）", "用时中位数（工作小时）", "用时第90百分位（工作小时）", "超过承诺"},
			Rows: func(yield func([]string, error) bool) {
				for _, r := range j.Rows {
					if _, known := names[r.Division]; !known {
						names[r.Division] = a.lookup.Township(ctx, r.Division)
					}
					title := r.Chain
					if ch, err := a.svc.Chains().Newest(workflow.ChainID(r.Chain)); err == nil {
						title = ch.Title
					}
					if !yield([]string{r.Division, names[r.Division], title, glossary.State(r.Stage).Title(), r.Month,
						fmt.Sprint(r.Count), fmt.Sprint(r.OnTime),
						fmt.Sprint(r.Yellow), fmt.Sprint(r.Red), number(r.Median), number(r.P90),
						fmt.Sprint(r.Promised)}, nil) {
						return
					}
				}
				t := j.Totals
				yield([]string{"合计", "", "", "", "", fmt.Sprint(t.Count), fmt.Sprint(t.OnTime), fmt.Sprint(t.Yellow),
					fmt.Sprint(t.Red), "", "", fmt.Sprint(t.Promised)}, nil)
			}}}
}
