package clock

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"anju/workflow"
)

// Config is what a guard compares.
type Config struct {
	Read func() Reading // nil: the clocks of this machine
	// Database asks the database for its time; nil where it has no clock of its own.
	Database func(context.Context) (time.Time, error)
	// Injected tells that the program goes by another clock than the machine's, as a demo does: only the database's
	// clock is compared then.
	Injected bool
	Trust    Trust // what is known at the start
	Log      *slog.Logger
}

// Guard watches the clock of this machine for one process. It is safe for use by many goroutines.
type Guard struct {
	cfg Config

	mu    sync.Mutex
	trust Trust
	apart time.Duration // by which the database's clock is ahead; 0: in step
	cause string        // "": nothing is wrong
}

// New makes a guard. It holds nothing until it has looked.
func New(cfg Config) *Guard {
	if cfg.Read == nil {
		cfg.Read = Read
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Guard{cfg: cfg, trust: cfg.Trust}
}

// Look compares all clocks. It fails with *workflow.Held while one of them is in doubt, and when the database does
// not answer.
func (g *Guard) Look(ctx context.Context) error {
	if g.cfg.Database != nil {
		asked := g.cfg.Read().Wall
		there, err := g.cfg.Database(ctx)
		if err != nil {
			return fmt.Errorf("ask the database for its time: %w", err)
		}
		apart := Apart(asked, there, g.cfg.Read().Wall)
		g.mu.Lock()
		g.apart = apart
		g.mu.Unlock()
	}
	return g.Check()
}

// Check is Look without a question to the database: its clock counts as it was last seen.
func (g *Guard) Check() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.cfg.Read()
	cause := ""
	if !g.cfg.Injected {
		cause = Judge(now, g.trust)
	}
	if cause == "" && g.apart != 0 {
		cause = "the clocks of this machine and of the database are " + round(g.apart.Abs()) + " apart"
	}
	if cause == "" {
		g.trust = now.Trust() // small steps are followed
	}
	g.say(cause)
	if cause == "" {
		return nil
	}
	return &workflow.Held{Hold: workflow.HoldClock, Cause: cause +
		"; set it right, or run `anju clock confirm` where it is right"}
}

// say logs a doubt once, and once that it is over.
func (g *Guard) say(cause string) {
	was := g.cause
	g.cause = cause
	switch {
	case cause != "" && was == "":
		g.cfg.Log.Error("the clock is in doubt: nothing is escalated, no paper is numbered or dated until it is right or "+
			"confirmed", "cause", cause)
	case cause == "" && was != "":
		g.cfg.Log.Info("the clock is right again: what fell due meanwhile is taken")
	}
}

// Confirm takes a clock for right, as an operator said.
func (g *Guard) Confirm(t Trust) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trust = t
}

// Trusted is the clock as it was last found right.
func (g *Guard) Trusted() Trust {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trust
}
