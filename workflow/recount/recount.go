// Package recount counts the deadlines of a case anew, where the county's calendar or a promise of the county has changed.
package recount

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// Recount judges what the county's calendar, or another promise, does to the deadlines of a case that were counted under
// an older one. What is due already stays and is only recorded: a standing card falls by the auditor's act alone. Where
// the law has acted on a limit before its notice was published, the card that waited for the notice is given. It fails
// with ErrNothingDue when nothing was counted under an older calendar. was is the calendar that those were counted with,
// nil where it is not known.
func Recount(ch workflow.Chain, c workflow.Case, by workflow.Actor, at time.Time, county workflow.County,
	was ...*calendar.Calendar) (workflow.Outcome, []workflow.Recounted, error) {
	out := workflow.Outcome{Case: c, NoHistory: true}
	var moves []workflow.Recounted
	cal, title := county.Calendar, fmt.Sprintf("工作日历第 %d 版", county.Calendar.Version())
	for _, d := range c.Deadlines {
		if d.Calendar >= cal.Version() || !d.Live() && !awaitsCard(d) {
			continue
		}
		stage := c.State
		if !d.Live() {
			stage = d.Stage // owed by the office that had the case then
		}
		clock, ok := ch.Clock(d, stage)
		if !ok {
			return workflow.Outcome{}, nil, fmt.Errorf("stage %s has no limit %s", d.Stage, d.Limit)
		}
		now, err := d.Counted(clock, cal, at)
		if err != nil {
			return workflow.Outcome{}, nil, err
		}
		m := workflow.Recounted{Case: c.ID, Number: c.Number, Stage: stage, Limit: d.Limit, Beside: d.Beside, Was: d.DueOn,
			Is: now.DueOn, Division: c.Division, Settled: d.Provisional && !now.Provisional, Why: differing(d, now, cal, was)}
		if m.Held = d.Live() && d.Passed(at); m.Held {
			due := now
			now = d
			now.Calendar, m.Is = due.Calendar, due.DueOn
		}
		if d.Calendar == countAnew {
			title = "承诺期限调整"
		}
		if !d.Live() {
			if err := card(ch, &out, c, &now, clock, at, county); err != nil {
				return workflow.Outcome{}, nil, err
			}
		}
		out.Advance = append(out.Advance, now)
		if !d.Paused && (m.Was != m.Is || m.Settled) {
			moves = append(moves, m)
		}
	}
	if len(out.Advance) == 0 {
		return workflow.Outcome{}, nil, workflow.ErrNothingDue
	}
	if len(moves) == 0 {
		return out, nil, nil
	}
	out.NoHistory = false
	said := make([]string, len(moves))
	for i, m := range moves {
		said[i] = m.String()
	}
	st, _ := ch.Stage(c.State)
	out.Entry = workflow.Entry{At: at, By: by, Verb: "recount", From: c.State, To: c.State, Rule: "A2",
		Reason: title + "：" + strings.Join(said, "；")}
	out.Message = &workflow.Message{Topic: "recounted", Tells: []glossary.Party{st.By}, Verb: "recount", State: c.State}
	return out, moves, nil
}

// countAnew stands in the place of the calendar's version on a deadline of which the county has changed the promise.
const countAnew = 0

// awaitsCard tells whether the law has acted on the deadline before its day was published: its card waits for the day.
func awaitsCard(d workflow.Deadline) bool {
	return d.ClosedAt != nil && d.Provisional && d.Next == workflow.RungRed
}

// card gives the card of a limit on which the law has acted before its day was published: the office was late then,
// and the limit was met when the law acted.
func card(ch workflow.Chain, out *workflow.Outcome, c workflow.Case, d *workflow.Deadline, clock workflow.Clock,
	at time.Time, county workflow.County) error {
	if d.Provisional {
		return nil
	}
	d.Red, d.Next, d.NextAt = true, "", time.Time{}
	c.State = d.Stage
	b, err := ch.Missed(c, *d, clock, at, county)
	if err != nil {
		return err
	}
	b.MetAt = d.ClosedAt
	out.Breach = &b
	tell := []glossary.Party{clock.By}
	for _, r := range clock.Late {
		if r.Name == workflow.RungRed {
			tell = append(tell, r.Tell...)
		}
	}
	out.Fired = &workflow.Fired{Deadline: d.ID, Run: d.Run, Rung: workflow.RungRed, Tell: ch.Desks(c, tell)}
	return nil
}

// differing names the days within a deadline that the two calendars see differently.
func differing(was, now workflow.Deadline, cal *calendar.Calendar, older []*calendar.Calendar) string {
	if len(older) == 0 || older[0] == nil {
		return ""
	}
	return cal.Differing(older[0], was.StartedOn+1, max(was.DueOn, now.DueOn))
}
