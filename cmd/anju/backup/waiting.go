package backup

import (
	"fmt"
	"io"

	"anju/cmd/anju/report"
	"anju/models/registry"
)

// RestoreState is the shape that scripts read.
type RestoreState struct {
	Held      bool              `json:"held"`
	Cause     string            `json:"cause"`
	Ends      *string           `json:"ends_at"` // newest entry of the history that was there
	Began     *string           `json:"held_since"`
	Waiting   int               `json:"messages"`
	Told      int               `json:"messages_sent_before"`
	Unplanned int               `json:"notices_unplanned"`
	Outbox    int               `json:"moves_untold"`
	Due       int               `json:"rungs_due"`
	Messages  []WaitingMessage  `json:"message_list"`
	Rungs     []DueRung         `json:"rung_list"`
	Passed    []PassedDeadlines `json:"deadlines_passed"`
}

// WaitingMessage is a message that waits for the restore to be confirmed.
type WaitingMessage struct {
	ID      int64   `json:"id"`
	Officer string  `json:"officer"`
	Office  string  `json:"office"`
	Kind    string  `json:"kind"`
	DueAt   *string `json:"due_at"`
	Notices int     `json:"notices"`
	Told    int     `json:"notices_sent_before"`
}

// DueRung is a rung that is due.
type DueRung struct {
	Number string  `json:"number"`
	Limit  string  `json:"limit"`
	Rung   string  `json:"rung"`
	At     *string `json:"at"`
	Told   bool    `json:"sent_before"`
}

// PassedDeadlines is a deadline that passed while the database was away.
type PassedDeadlines struct {
	Number string  `json:"number"`
	Limit  string  `json:"limit"`
	Before *string `json:"due_before"`
}

// NewRestoreState returns what waits as scripts read it.
func NewRestoreState(l registry.RestoreList) RestoreState {
	s := RestoreState{Held: true, Cause: l.Cause, Ends: report.Stamp(l.Ends), Began: report.Stamp(l.Began),
		Waiting: l.Waiting, Told: l.Told, Unplanned: l.Unplanned,
		Outbox: l.Outbox, Due: l.Due, Messages: []WaitingMessage{}, Rungs: []DueRung{}, Passed: []PassedDeadlines{}}
	for _, m := range l.Messages {
		s.Messages = append(s.Messages, WaitingMessage{m.ID, m.Officer, m.Office, m.Kind, report.Stamp(m.DueAt), m.Notices,
			m.Told})
	}
	for _, r := range l.Rungs {
		s.Rungs = append(s.Rungs, DueRung{r.Number, string(r.Limit), string(r.Rung), report.Stamp(r.At), r.Told})
	}
	for _, p := range l.Passed {
		s.Passed = append(s.Passed, PassedDeadlines{p.Number, string(p.Limit), report.Stamp(p.Before)})
	}
	return s
}

// PrintRestore prints what waits for a person.
func PrintRestore(out io.Writer, s RestoreState) {
	if !s.Held {
		fmt.Fprintln(out, "no restore waits to be confirmed")
		return
	}
	word := func(told bool) string {
		if told {
			return "sent before"
		}
		return "not sent before"
	}
	fmt.Fprintf(out, "held since %s: %s\nthe database ends at %s\n", *s.Began, s.Cause, *s.Ends)
	fmt.Fprintf(out, "%d messages wait, %d of them sent before; %d notices without a message yet; %d moves not told "+
		"to their offices; %d rungs are due\n",
		s.Waiting, s.Told, s.Unplanned, s.Outbox, s.Due)
	for _, m := range s.Messages {
		fmt.Fprintf(out, "message   %s  %s, %s  %s, %d things, %d of them sent before\n", *m.DueAt, m.Office, m.Officer,
			m.Kind, m.Notices, m.Told)
	}
	for _, r := range s.Rungs {
		fmt.Fprintf(out, "rung      %s  %s  %s %s, %s\n", *r.At, r.Number, r.Limit, r.Rung, word(r.Told))
	}
	for _, p := range s.Passed {
		fmt.Fprintf(out, "passed    %s  %s  %s\n", *p.Before, p.Number, p.Limit)
	}
	fmt.Fprintln(out, "then: anju restore confirm (what was sent before is not sent again), with --messages all or "+
		"--messages none for the others")
}
