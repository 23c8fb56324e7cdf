package backend

import (
	"context"
	"log/slog"
	"time"

	"anju/models/clock"
)

// DatabaseClock asks the database for its time. It is nil for SQLite, which goes by the program's clock.
func (b *Backend) DatabaseClock() func(context.Context) (time.Time, error) {
	if b.DB.Dialect() == "sqlite" {
		return nil
	}
	return func(ctx context.Context) (time.Time, error) {
		at, err := b.Store.DatabaseNow(ctx)
		if ClockShift != nil {
			at = at.Add(ClockShift())
		}
		return at, err
	}
}

// Guard is the guard of this machine's clock, with what the database knows of it. A demo goes by a clock of its own.
func (b *Backend) Guard(ctx context.Context, demo bool, log *slog.Logger) (*clock.Guard, error) {
	trust, err := b.Store.ClockTrust(ctx, ReadClocks().Boot)
	if err != nil {
		return nil, err
	}
	return clock.New(clock.Config{Read: ReadClocks, Database: b.DatabaseClock(), Injected: demo, Trust: trust,
		Log: log}), nil
}
