package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"anju/models/registry"
	"anju/workflow"
)

// restoreCommand holds what is done with a database that is behind what was done already.
func restoreCommand(a *app) *cobra.Command {
	c := group(&cobra.Command{Use: "restore", Short: "after a restore: what waits, and letting it go",
		Long: "A database that is behind the mark in the data folder, or was read back from a backup, escalates nothing and sends nothing\n" +
			"until it is confirmed. People go on deciding meanwhile; numbers that may have been given are left out."})
	c.AddCommand(restoreStatus(a), restoreConfirm(a))
	return c
}

// restoreState is the shape that scripts read.
type restoreState struct {
	Held      bool              `json:"held"`
	Cause     string            `json:"cause"`
	Ends      *string           `json:"ends_at"` // newest entry of the history that was there
	Began     *string           `json:"held_since"`
	Waiting   int               `json:"messages"`
	Told      int               `json:"messages_sent_before"`
	Unplanned int               `json:"notices_unplanned"`
	Outbox    int               `json:"moves_untold"`
	Due       int               `json:"rungs_due"`
	Messages  []waitingMessage  `json:"message_list"`
	Rungs     []dueRung         `json:"rung_list"`
	Passed    []passedDeadlines `json:"deadlines_passed"`
}

type waitingMessage struct {
	ID      int64   `json:"id"`
	Officer string  `json:"officer"`
	Office  string  `json:"office"`
	Kind    string  `json:"kind"`
	DueAt   *string `json:"due_at"`
	Notices int     `json:"notices"`
	Told    int     `json:"notices_sent_before"`
}

type dueRung struct {
	Number string  `json:"number"`
	Limit  string  `json:"limit"`
	Rung   string  `json:"rung"`
	At     *string `json:"at"`
	Told   bool    `json:"sent_before"`
}

type passedDeadlines struct {
	Number string  `json:"number"`
	Limit  string  `json:"limit"`
	Before *string `json:"due_before"`
}

func stateOf(l registry.RestoreList) restoreState {
	s := restoreState{Held: true, Cause: l.Cause, Ends: stampOf(l.Ends), Began: stampOf(l.Began), Waiting: l.Waiting, Told: l.Told, Unplanned: l.Unplanned,
		Outbox: l.Outbox, Due: l.Due, Messages: []waitingMessage{}, Rungs: []dueRung{}, Passed: []passedDeadlines{}}
	for _, m := range l.Messages {
		s.Messages = append(s.Messages, waitingMessage{m.ID, m.Officer, m.Office, m.Kind, stampOf(m.DueAt), m.Notices, m.Told})
	}
	for _, r := range l.Rungs {
		s.Rungs = append(s.Rungs, dueRung{r.Number, string(r.Limit), string(r.Rung), stampOf(r.At), r.Told})
	}
	for _, p := range l.Passed {
		s.Passed = append(s.Passed, passedDeadlines{p.Number, string(p.Limit), stampOf(p.Before)})
	}
	return s
}

func restoreStatus(a *app) *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "what would go out if the restore were confirmed now; exit 1 while it is not"}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
		l, err := b.store.RestoreWaits(c.Context())
		held := !errors.Is(err, workflow.ErrNotFound)
		if held && err != nil {
			return err
		}
		s := restoreState{Messages: []waitingMessage{}, Rungs: []dueRung{}, Passed: []passedDeadlines{}}
		if held {
			s = stateOf(l)
		}
		if *asJSON {
			err = printJSON(c, s)
		} else {
			printRestore(c.OutOrStdout(), s)
		}
		if err == nil && held {
			return silent(exitFalse)
		}
		return firstError(nil, unless(err, workflow.ErrNotFound))
	})
	return c
}

// unless is nil for an error that is expected.
func unless(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func printRestore(out io.Writer, s restoreState) {
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
	fmt.Fprintf(out, "%d messages wait, %d of them sent before; %d notices without a message yet; %d moves not told to their offices; %d rungs are due\n",
		s.Waiting, s.Told, s.Unplanned, s.Outbox, s.Due)
	for _, m := range s.Messages {
		fmt.Fprintf(out, "message   %s  %s, %s  %s, %d things, %d of them sent before\n", *m.DueAt, m.Office, m.Officer, m.Kind, m.Notices, m.Told)
	}
	for _, r := range s.Rungs {
		fmt.Fprintf(out, "rung      %s  %s  %s %s, %s\n", *r.At, r.Number, r.Limit, r.Rung, word(r.Told))
	}
	for _, p := range s.Passed {
		fmt.Fprintf(out, "passed    %s  %s  %s\n", *p.Before, p.Number, p.Limit)
	}
	fmt.Fprintln(out, "then: anju restore confirm (what was sent before is not sent again), with --messages all or --messages none for the others")
}

func restoreConfirm(a *app) *cobra.Command {
	c := &cobra.Command{Use: "confirm", Short: "end the hold after a restore",
		Long: "Ends the hold; running processes go on within seconds. --messages says what becomes of messages to officers: rest (what was\n" +
			"sent before the restore, by the log in the data folder, is not sent again), all (that too), none (what waits as a message now is\n" +
			"dropped, the inboxes keep it). It is written into the log of the administration with the account that ran it."}
	how := c.Flags().String("messages", string(registry.TellRest), "rest, all or none")
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
		telling := registry.Telling(*how)
		switch telling {
		case registry.TellRest, registry.TellAgain, registry.TellNothing:
		default:
			return usagef("--messages %q is none of rest, all, none", *how)
		}
		err := b.store.ConfirmRestore(c.Context(), operator().Command, telling)
		if errors.Is(err, workflow.ErrNotFound) {
			return errors.New("no restore waits to be confirmed")
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), "confirmed: running processes go on within seconds")
		return nil
	})
	return c
}
