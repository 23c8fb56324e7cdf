package main

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"anju/models/clock"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
)

func clockCommand(a *app) *cobra.Command {
	c := group(&cobra.Command{Use: "clock", Short: "whether the clock can be relied upon, and saying that it can",
		Long: "While a clock is in doubt nothing is escalated and no paper is numbered or dated. status says why; confirm says that this\n" +
			"machine's clock is right. Running processes go on within seconds."})
	c.AddCommand(clockStatus(a), clockConfirm(a))
	return c
}

// clockState is the shape that scripts read.
type clockState struct {
	InDoubt   bool           `json:"in_doubt"`
	Doubt     string         `json:"doubt"`
	Wall      string         `json:"wall"`
	Database  string         `json:"database"`
	LastRight *string        `json:"last_right"` // the newest instant known to be right
	Confirmed *confirmedJSON `json:"confirmed"`
	Processes []processState `json:"processes"`
}

type confirmedJSON struct {
	At string `json:"at"`
	By string `json:"by"`
}

type processState struct {
	ID          string  `json:"id"`
	Role        string  `json:"role"`
	Host        string  `json:"host"`
	Version     string  `json:"version"`
	Started     string  `json:"started_at"`
	BeatSeconds float64 `json:"last_beat_seconds"`
	Alive       bool    `json:"alive"`
	Swept       *string `json:"last_sweep"`
	LastRight   *string `json:"last_right"`
	Doubt       string  `json:"doubt"`
}

func stampOf(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.In(calendar.Shanghai).Format(time.RFC3339))
}

// readClockState looks at the clocks once, and at what the running processes say of theirs.
func readClockState(c *cobra.Command, b *backend) (clockState, error) {
	ctx := c.Context()
	demo, err := b.isDemo(ctx)
	if err != nil {
		return clockState{}, err
	}
	guard, err := b.guard(ctx, demo, slog.New(slog.DiscardHandler))
	if err != nil {
		return clockState{}, err
	}
	trust := guard.Trusted()
	s := clockState{Wall: *stampOf(wall()), LastRight: stampOf(trust.At), Processes: []processState{}}
	there := wall()
	if ask := b.databaseClock(); ask != nil {
		if there, err = ask(ctx); err != nil {
			return s, err
		}
	}
	s.Database = *stampOf(there)
	var held *workflow.Held
	if err := guard.Look(ctx); errors.As(err, &held) {
		s.Doubt = held.Cause
	} else if err != nil {
		return s, err
	}
	said, err := b.store.Confirmed(ctx)
	if err != nil {
		return s, err
	}
	if said.ID != 0 {
		s.Confirmed = &confirmedJSON{*stampOf(said.Clock.At), said.Operator}
	}
	list, err := b.store.Processes(ctx)
	if err != nil {
		return s, err
	}
	for _, p := range list {
		if s.Doubt == "" && p.Alive() && p.Doubt != "" {
			s.Doubt = "process " + p.ID + " on " + p.Host + ": " + p.Doubt
		}
		s.Processes = append(s.Processes, processState{p.ID, p.Role, p.Host, p.Version, *stampOf(p.Started),
			p.Age.Seconds(), p.Alive(), stampOf(p.Swept), stampOf(p.Trust.At), p.Doubt})
	}
	s.InDoubt = s.Doubt != ""
	return s, nil
}

func clockStatus(a *app) *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "this machine's clock, the database's, and the running processes; exit 1 when one is in doubt"}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
		s, err := readClockState(c, b)
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c, s)
		} else {
			printClock(c, s)
		}
		if err == nil && s.InDoubt {
			return errors.New("the clock is in doubt: set it right (timedatectl set-ntp true), or run `anju clock confirm` where it is right")
		}
		return err
	})
	return c
}

func printClock(c *cobra.Command, s clockState) {
	out := c.OutOrStdout()
	or := func(s *string, none string) string {
		if s == nil {
			return none
		}
		return *s
	}
	fmt.Fprintf(out, "this machine  %s\ndatabase      %s\n", s.Wall, s.Database)
	fmt.Fprintf(out, "last right    %s\n", or(s.LastRight, "not known"))
	if s.Confirmed != nil {
		fmt.Fprintf(out, "confirmed     %s by %s\n", s.Confirmed.At, s.Confirmed.By)
	}
	if s.InDoubt {
		fmt.Fprintf(out, "doubt         %s\n", s.Doubt)
	} else {
		fmt.Fprintln(out, "doubt         none")
	}
	for _, p := range s.Processes {
		state := "ended"
		if p.Alive {
			state = "alive"
		}
		fmt.Fprintf(out, "process       %s  %-6s %s  %s  last beat %.0f s ago, last sweep %s\n", p.ID, p.Role, state,
			p.Host, p.BeatSeconds, or(p.Swept, "none"))
	}
}

func clockConfirm(a *app) *cobra.Command {
	c := &cobra.Command{Use: "confirm", Short: "say that the clock of this machine is right",
		Long: "Says that the clock of this machine shows the right time now. It is kept in the database with who said it, and every\n" +
			"running process goes by it within seconds: what fell due is taken, and papers are dated again. Compare it with a clock that is\n" +
			"right first: a red card that was issued too early is taken back only by an auditor's ruling."}
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
		if err := clock.New(clock.Config{Read: readClocks, Database: b.databaseClock()}).Look(c.Context()); err != nil {
			return fmt.Errorf("nothing was confirmed: %w", err) // two clocks that differ cannot both be right
		}
		s, err := readClockState(c, b)
		if err != nil {
			return err
		}
		now := readClocks()
		if _, err := b.store.ConfirmClock(c.Context(), registry.Confirmation{Clock: now.Trust(), Operator: operator().Command, Doubt: s.Doubt}); err != nil {
			return err
		}
		if err := b.note(c.Context(), "确认服务器时钟无误", *stampOf(now.Wall)); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "confirmed: it is %s; running processes go on within seconds\n", *stampOf(now.Wall))
		return nil
	})
	return c
}
