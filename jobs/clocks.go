package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// skewAtMost is how far the clocks of this machine and of the database may be apart.
const skewAtMost = 5 * time.Second

// errSkewed: one of the two clocks is wrong, and nobody knows which. A card that was issued by it would have to be taken
// back; a card that comes later does no harm.
var errSkewed = errors.New("the clocks of this machine and of the database differ")

// dated is a store whose database has a clock of its own. A SQLite file has not.
type dated interface {
	DatabaseNow(ctx context.Context) (time.Time, error)
}

// clocks knows whether the clocks differ. It says so once, and once when they agree again.
type clocks struct {
	mu    sync.Mutex
	apart time.Duration // 0: they agree
}

// inStep fails with errSkewed while the clocks differ: no rung fires then. What people decide goes on. It compares the
// machine's clock, on which the injected one goes, and asks before every transaction: a clock that jumps lets everything fall
// due in that moment.
func (r *Runner) inStep(ctx context.Context) error {
	db, ok := r.store.(dated)
	if !ok {
		return nil
	}
	asked := time.Now()
	there, err := db.DatabaseNow(ctx)
	if err != nil {
		return fmt.Errorf("ask the database for its time: %w", err)
	}
	skew := between(asked, there, time.Now())
	if r.clocks.set(skew, r.log); skew != 0 {
		return errSkewed
	}
	return nil
}

// between tells how far the database's clock was ahead, asked and answered at two instants of ours; 0 within the bound. A slow
// answer is no skew.
func between(asked, there, answered time.Time) time.Duration {
	switch {
	case there.Before(asked.Add(-skewAtMost)):
		return there.Sub(asked)
	case there.After(answered.Add(skewAtMost)):
		return there.Sub(answered)
	}
	return 0
}

func (c *clocks) set(apart time.Duration, log *slog.Logger) {
	c.mu.Lock()
	was := c.apart
	c.apart = apart
	c.mu.Unlock()
	switch {
	case apart != 0 && was == 0:
		log.Error("the clocks of this machine and of the database differ: no card is issued until they agree", "database_ahead_by", apart.Round(time.Second).String())
	case apart == 0 && was != 0:
		log.Info("the clocks of this machine and of the database agree again: what fell due meanwhile is taken")
	}
}

func (c *clocks) skew() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.apart
}
