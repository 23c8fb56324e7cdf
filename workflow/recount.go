package workflow

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// Recount judges what the county's calendar does to the open deadlines of a case that were counted under an older one.
// What is due already stays and is only recorded: a standing card falls by the auditor's act alone. It fails with
// ErrMovedOn when nothing was counted under an older calendar. was is the calendar that those were counted with, nil
// where it is not known.
func (ch Chain) Recount(c Case, by Actor, at time.Time, county County,
	was ...*calendar.Calendar) (Outcome, []Recounted, error) {
	out := Outcome{Case: c, NoHistory: true}
	var moves []Recounted
	cal := county.Calendar
	for _, d := range c.Deadlines {
		if !d.Live() || d.Calendar >= cal.Version() {
			continue
		}
		clock, ok := ch.Clock(d, c.State)
		if !ok {
			return Outcome{}, nil, fmt.Errorf("stage %s has no limit %s", d.Stage, d.Limit)
		}
		now := d
		if err := now.count(clock.Limit, cal, calendar.DayOf(at)); err != nil {
			return Outcome{}, nil, err
		}
		m := Recounted{Case: c.ID, Number: c.Number, Stage: c.State, Limit: d.Limit, Was: d.DueOn, Is: now.DueOn,
			Division: c.Division, Settled: d.Provisional && !now.Provisional, Why: differing(d, now, cal, was)}
		if m.Held = d.Passed(at); m.Held {
			due := now
			now = d
			now.Calendar, m.Is = due.Calendar, due.DueOn
		}
		now.advanceLadder(clock, cal, d.Next)
		out.Advance = append(out.Advance, now)
		if !d.Paused && (m.Was != m.Is || m.Settled) {
			moves = append(moves, m)
		}
	}
	if len(out.Advance) == 0 {
		return Outcome{}, nil, ErrNothingDue
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
	out.Entry = Entry{At: at, By: by, Verb: "recount", From: c.State, To: c.State, Rule: "A2",
		Reason: fmt.Sprintf("工作日历第 %d 版：%s", cal.Version(), strings.Join(said, "；"))}
	out.Message = &Message{Topic: "recounted", Tells: []glossary.Party{st.By}, Verb: "recount", State: c.State}
	return out, moves, nil
}

// String says the move of one deadline in Chinese.
func (m Recounted) String() string {
	why := ""
	if m.Why != "" {
		why = "（" + m.Why + "）"
	}
	switch {
	case m.Held:
		return fmt.Sprintf("%s 已于 %s 到期，不改，按新日历应为 %s%s", m.Limit, m.Was, m.Is, why)
	case m.Was == m.Is:
		return fmt.Sprintf("%s 到期日 %s 由暂定转为确定", m.Limit, m.Is)
	}
	return fmt.Sprintf("%s 到期日 %s 改为 %s%s", m.Limit, m.Was, m.Is, why)
}

// differing names the days within a deadline that the two calendars see differently.
func differing(was, now Deadline, cal *calendar.Calendar, older []*calendar.Calendar) string {
	if len(older) == 0 || older[0] == nil {
		return ""
	}
	return cal.Differing(older[0], was.StartedOn+1, max(was.DueOn, now.DueOn))
}
