package report

import (
	"fmt"
	"io"
	"time"

	"anju/workflow/calendar"
)

// PrintDeadline tells a person from when, how long and until when a limit runs.
func PrintDeadline(out io.Writer, n calendar.Count, due calendar.Deadline) {
	fmt.Fprintf(out, "起算  %s，当日不计入\n期限  %s", DayTitle(n.From), LimitTitle(n.Limit))
	if n.Extend > 0 {
		fmt.Fprintf(out, "，经批准延长 %d", n.Extend)
	}
	fmt.Fprintln(out)
	for _, p := range n.Pauses {
		until := "尚未恢复"
		if !p.Open {
			until = p.To.String() + " 恢复，其间不计"
		}
		fmt.Fprintf(out, "暂停  %s 书面告知，%s\n", p.From, until)
	}
	if n.Limit.Bound == calendar.Min {
		fmt.Fprintf(out, "期满  %s\n最早  %s\n", DayTitle(due.DueOn), due.DueBefore.Format(time.RFC3339))
	} else {
		fmt.Fprintf(out, "到期  %s\n截止  %s 之前\n", DayTitle(due.DueOn), due.DueBefore.Format(time.RFC3339))
	}
	if due.Provisional {
		fmt.Fprintln(out, "暂算  所涉年份的放假安排尚未公布，按周末暂算，公布后重算")
	}
}

// PrintDays lists every day of a limit, counted or not, and why.
func PrintDays(out io.Writer, days []calendar.ExplainedDay) {
	fmt.Fprintln(out)
	counted := 0
	for _, d := range days {
		mark := "  –"
		if d.Counted {
			counted++
			mark = fmt.Sprintf("%3d", counted)
		}
		fmt.Fprintf(out, "%s  %s  %s", mark, DayTitle(d.Date), DayKinds[calendar.DayKind(d.Kind)])
		if d.Ground != "" {
			fmt.Fprintf(out, "：%s", d.Ground)
		}
		fmt.Fprintln(out)
	}
}
