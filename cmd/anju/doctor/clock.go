package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/report"
	"anju/models/clock"
	"anju/workflow"
)

// Clocks is the shape that scripts read.
type Clocks struct {
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

// ReadClocks looks at the clocks once, and at what the running processes say of theirs.
func ReadClocks(ctx context.Context, b *backend.Backend) (Clocks, error) {
	demo, err := b.IsDemo(ctx)
	if err != nil {
		return Clocks{}, err
	}
	guard, err := b.Guard(ctx, demo, slog.New(slog.DiscardHandler))
	if err != nil {
		return Clocks{}, err
	}
	trust := guard.Trusted()
	s := Clocks{Wall: *report.Stamp(backend.Wall()), LastRight: report.Stamp(trust.At), Processes: []processState{}}
	there := backend.Wall()
	if ask := b.DatabaseClock(); ask != nil {
		if there, err = ask(ctx); err != nil {
			return s, err
		}
	}
	s.Database = *report.Stamp(there)
	var held *workflow.Held
	if err := guard.Look(ctx); errors.As(err, &held) {
		s.Doubt = held.Cause
	} else if err != nil {
		return s, err
	}
	said, err := b.Store.Confirmed(ctx)
	if err != nil {
		return s, err
	}
	if said.ID != 0 {
		s.Confirmed = &confirmedJSON{*report.Stamp(said.Clock.At), said.Operator}
	}
	list, err := b.Store.Processes(ctx)
	if err != nil {
		return s, err
	}
	for _, p := range list {
		if s.Doubt == "" && p.Alive() && p.Doubt != "" {
			s.Doubt = "process " + p.ID + " on " + p.Host + ": " + p.Doubt
		}
		s.Processes = append(s.Processes, processState{p.ID, p.Role, p.Host, p.Version, *report.Stamp(p.Started),
			p.Age.Seconds(), p.Alive(), report.Stamp(p.Swept), report.Stamp(p.Trust.At), p.Doubt})
	}
	s.InDoubt = s.Doubt != ""
	return s, nil
}

// PrintClocks prints the clocks and the processes for a person.
func PrintClocks(out io.Writer, s Clocks) {
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

// CompareClocks fails with *workflow.Held where the clock of this machine and that of the database differ.
func CompareClocks(ctx context.Context, b *backend.Backend) error {
	return clock.New(clock.Config{Read: backend.ReadClocks, Database: b.DatabaseClock()}).Look(ctx)
}
