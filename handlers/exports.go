package handlers

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

	"anju/handlers/sheet"
	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// exportLimit is how long an export may take to be written.
const exportLimit = 2 * time.Minute

// format is one kind of file that a table is exported as.
type format struct {
	name, title, media string
	write              func(io.Writer, sheet.Table) error
}

var formats = []format{
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
func exportOperation[I any](a *app, ops operations, op huma.Operation, f format, ask func(context.Context, *caller, *I) (export, error)) {
	describe(a, ops, op, nil, func(ctx context.Context, by *caller, in *I) (*exportOut, error) {
		e, err := ask(ctx, by, in)
		if err != nil {
			return nil, err
		}
		return a.send(ctx, by, e, f)
	}).answers(f.media)
}

// send writes an export into a file of its own first: rows come from the database one by one and are held nowhere, what goes
// wrong on the way is answered as a refusal and never as half a table, and a slow line keeps no query open.
func (a *app) send(ctx context.Context, by *caller, e export, f format) (_ *exportOut, err error) {
	at := a.svc.Now()
	e.table.About.Query, e.table.About.At, e.table.About.By, e.table.About.Office = e.query, at, by.Name+"（"+by.Login+"）", by.OfficeName
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
	file, err := os.CreateTemp(filepath.Join(a.cfg.UploadDir, "tmp"), "export-*")
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
	a.log.InfoContext(ctx, "export", slog.String("table", e.table.Title), slog.String("format", f.name), slog.Int("rows", rows), slog.Int64("officer", int64(by.ID)),
		slog.String("query", e.query))
	name := fmt.Sprintf("%s_%s.%s", e.file, calendar.DayOf(at), f.name)
	media := f.media
	if f.name == "csv" {
		media += "; charset=utf-8"
	}
	return &exportOut{media, disposition(name), func(c huma.Context) { _ = humafiber.Unwrap(c).SendStream(s, int(size)) }}, nil // it always takes the stream
}

// spool is a file that is gone once it was read.
type spool struct{ *os.File }

// Close implements io.Closer.
func (s *spool) Close() error { return errors.Join(s.File.Close(), os.Remove(s.Name())) }

// queryText says in words what a table was narrowed to.
func (a *app) queryText(ctx context.Context, from, to calendar.Day, township, chain, stage string) string {
	all := func(s string) string {
		if s == "" {
			return "全部"
		}
		return s
	}
	if ch, err := a.svc.Chains().Newest(workflow.ChainID(chain)); err == nil {
		chain = ch.Title
	}
	if stage != "" {
		stage = workflow.State(stage).Title()
	}
	if township != "" {
		township = a.township(ctx, township) + " " + township
	}
	first := from.String() + " 起"
	if from == 0 {
		first = "不限起始日期"
	}
	return fmt.Sprintf("%s，%s 前（不含当日）；乡镇：%s；事项：%s；环节：%s", first, to, all(township), all(chain), all(stage))
}

// township is the name of the government of a township; its code where the store knows none.
func (a *app) township(ctx context.Context, division string) string {
	o, err := a.store.Office(ctx, workflow.TownshipGovernment, twelve(division[:min(len(division), 9)]))
	if err != nil {
		return division
	}
	return o.Name
}

// summaryTypes are the columns of the summary that are no text.
var summaryTypes = map[int]sheet.Type{5: sheet.Number, 6: sheet.Number, 7: sheet.Number, 8: sheet.Number, 9: sheet.Number, 10: sheet.Number}

// summaryTable is the summary as a table of strings.
func (a *app) summaryTable(ctx context.Context, j summaryJSON, q models.SummaryQuery) export {
	number := func(h *float64) string {
		if h == nil {
			return ""
		}
		return fmt.Sprintf("%.1f", *h)
	}
	names := map[string]string{}
	return export{file: "时限统计", query: a.queryText(ctx, q.From, q.To, q.Township, q.Chain, q.Stage), table: sheet.Table{Title: "时限统计",
		Types:  summaryTypes,
		Header: []string{"乡镇代码", "乡镇", "事项", "环节", "月份", "件数", "按时", "临期（黄）", "逾期（红）", "用时中位数（工作小时）", "用时第90百分位（工作小时）"},
		Rows: func(yield func([]string, error) bool) {
			for _, r := range j.Rows {
				if _, known := names[r.Division]; !known {
					names[r.Division] = a.township(ctx, r.Division)
				}
				title := r.Chain
				if ch, err := a.svc.Chains().Newest(workflow.ChainID(r.Chain)); err == nil {
					title = ch.Title
				}
				if !yield([]string{r.Division, names[r.Division], title, workflow.State(r.Stage).Title(), r.Month, fmt.Sprint(r.Count), fmt.Sprint(r.OnTime),
					fmt.Sprint(r.Yellow), fmt.Sprint(r.Red), number(r.Median), number(r.P90)}, nil) {
					return
				}
			}
			t := j.Totals
			yield([]string{"合计", "", "", "", "", fmt.Sprint(t.Count), fmt.Sprint(t.OnTime), fmt.Sprint(t.Yellow), fmt.Sprint(t.Red), "", ""}, nil)
		}}}
}
