package backend

import (
	"context"
	"log/slog"
	"time"

	"anju/models/clock"
)

// Wall is the wall clock of this machine.
func Wall() time.Time { return ReadClocks().Wall }

// ReadClocks reads the clocks of this machine; a test may shift the wall clock.
func ReadClocks() clock.Reading {
	r := clock.Read()
	if ClockShift != nil {
		r.Wall = r.Wall.Add(ClockShift())
	}
	return r
}

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
