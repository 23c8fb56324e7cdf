package report

import (
	"fmt"
	"io"
	"strings"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// ImportedJSON is the shape that scripts read.
type ImportedJSON struct {
	DryRun  bool            `json:"dry_run"`
	Version int             `json:"version"` // of the calendar in force after it
	Years   []int           `json:"years"`   // that differ from what was in force
	Moved   []recountedJSON `json:"moved"`
	Held    []recountedJSON `json:"held"`   // due already: recorded, and not changed
	Doubts  []string        `json:"doubts"` // what is odd in a notice that may still be true
}

type recountedJSON struct {
	CaseID   string         `json:"case_id"`
	Number   string         `json:"number"`
	Division string         `json:"division"`
	Stage    glossary.State `json:"stage"`
	Limit    law.LimitID    `json:"limit"`
	Was      calendar.Day   `json:"was"`
	Is       calendar.Day   `json:"is"`
	Settled  bool           `json:"settled"` // was provisional and is no longer
	Why      string         `json:"why"`
}

// NewImported returns an import as scripts read it.
func NewImported(done workflow.Imported, dry bool) ImportedJSON {
	j := ImportedJSON{DryRun: dry, Version: done.Version, Years: done.Years, Moved: []recountedJSON{},
		Held: []recountedJSON{}, Doubts: []string{}}
	if j.Years == nil {
		j.Years = []int{}
	}
	for _, m := range done.Moves {
		row := recountedJSON{fmt.Sprint(m.Case), m.Number, m.Division, m.Stage, m.Limit, m.Was, m.Is, m.Settled, m.Why}
		if m.Held {
			j.Held = append(j.Held, row)
		} else {
			j.Moved = append(j.Moved, row)
		}
	}
	return j
}

// PrintImported tells a person what an import has moved.
func PrintImported(out io.Writer, j ImportedJSON) {
	for _, doubt := range j.Doubts {
		fmt.Fprintf(out, "注意：%s\n", doubt)
	}
	if len(j.Years) == 0 {
		fmt.Fprintf(out, "与现行工作日历（第 %d 版）一致，没有变动\n", j.Version)
		return
	}
	word := "已导入"
	if j.DryRun {
		word = "试算，未改动任何数据"
	}
	fmt.Fprintf(out, "工作日历第 %d 版，%s 年有变动；%s\n", j.Version, yearList(j.Years), word)
	printRecounted(out, fmt.Sprintf("改期 %d 个在办期限", len(j.Moved)), "改为", j.Moved)
	printRecounted(out, fmt.Sprintf("已到期，不改 %d 个，红牌由效能审核员裁定", len(j.Held)), "按新日历应为", j.Held)
}

func printRecounted(out io.Writer, title, is string, rows []recountedJSON) {
	if len(rows) == 0 {
		fmt.Fprintln(out, title)
		return
	}
	fmt.Fprintln(out, title+"：")
	l := Listing{}
	l.table.Header = []string{"办件编号", "环节", "期限", "原到期日", is, "原因"}
	l.table.Rows = func(yield func([]string, error) bool) {
		for _, r := range rows {
			why := r.Why
			if r.Settled {
				why = strings.TrimPrefix(why+"，由暂定转为确定", "，")
			}
			if !yield([]string{r.Number, r.Stage.Title(), string(r.Limit), r.Was.String(), r.Is.String(), why}, nil) {
				return
			}
		}
	}
	_ = l.Text(out) // as all that is printed
}
