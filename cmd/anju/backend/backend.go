// Package backend opens a county: its keys and database by the settings, its calendar and parameters, the clock it goes
// by, and the demo county. Every command stands on it. It prints nothing, reads no flag and knows neither the web nor
// the queue.
package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/models"
	database "anju/models/db"
	"anju/seeds"
	"anju/workflow"
)

// Backend is the open database and what stands on it.
type Backend struct {
	DB    *database.DB
	Store *models.Store
	Now   func() time.Time
}

// Close closes the database.
func (b *Backend) Close() error { return b.DB.Close() }

// Opening says what a command may do to a database that it finds missing or old.
type Opening struct {
	Create  bool // make the folder, the key and the SQLite file where they are missing
	Migrate bool // bring the tables up to date, rather than ask for it
	Now     func() time.Time
	Applied func(migration string)  // told of each migration; nil: not
	Waits   func(h database.Holder) // told of each session that a migration waits for; nil: not
}

// Open opens keys and database, with its tables up to date. Every failure is one sentence: what, and what to do.
func Open(ctx context.Context, s settings.Settings, o Opening) (*Backend, error) {
	b, err := OpenAnySchema(ctx, s, o)
	if err != nil {
		return nil, err
	}
	if err := b.upToDate(ctx, o); err != nil {
		return nil, failure.First(OpenError(s, err), b.Close())
	}
	return b, nil
}

// OpenError says what to do about a database that could not be opened: another key, or another address.
func OpenError(s settings.Settings, err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "key file"):
		return fmt.Errorf("key file %s: %w; set ANJU_KEY_FILE", s.KeyFile, err)
	case strings.Contains(text, "anju migrate"), errors.As(err, new(*database.NewerSchema)),
		errors.As(err, new(*database.HeldTable)):
		return err // it says what to do
	}
	return fmt.Errorf("database %s: %w; %s", settings.Mask(s.DB), err, DatabaseAdvice(err, "check ANJU_DB"))
}

// DatabaseAdvice says what to do about an error of the database, by its kind; otherwise where its kind is not known.
func DatabaseAdvice(err error, otherwise string) string {
	switch err = database.TranslateError(err); {
	case errors.Is(err, database.ErrFull):
		return "make room on the disk of the database"
	case errors.Is(err, database.ErrUnavailable):
		return "check ANJU_DB and that the server runs"
	case errors.Is(err, workflow.ErrBusy):
		return "another process holds the table; try again once it has ended"
	}
	return otherwise
}

// OpenAnySchema opens keys and database, whatever the tables are.
func OpenAnySchema(ctx context.Context, s settings.Settings, o Opening) (*Backend, error) {
	if o.Now == nil {
		o.Now = Wall
	}
	fresh, err := prepareFiles(s, o.Create)
	if err != nil {
		return nil, err
	}
	keys, err := database.LoadKeyring(s.KeyFile, fresh)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w; give the right one with ANJU_KEY_FILE, readable by this user alone "+
			"(chmod 600)", s.KeyFile, failure.Plain(err))
	}
	db, err := database.Open(ctx, database.Options{URL: s.DB, Keys: keys, Now: o.Now, Failpoint: failpoint})
	if err != nil {
		if fresh {
			_ = os.Remove(s.KeyFile) // nothing is sealed with it yet
		}
		return nil, OpenError(s, err)
	}
	return &Backend{DB: db, Store: models.NewStore(db, Chains()), Now: o.Now}, nil
}

func (b *Backend) upToDate(ctx context.Context, o Opening) error {
	if o.Migrate {
		if o.Waits == nil {
			o.Waits = func(database.Holder) {}
		}
		applied, err := b.DB.MigrateTelling(ctx, o.Waits)
		for _, name := range applied {
			if o.Applied != nil {
				o.Applied(name)
			}
		}
		if err != nil {
			return fmt.Errorf("migrate the database: %w", err)
		}
		_, err = b.Store.IndexHouseholds(ctx) // those entered by a version that could not find by pinyin
		return err
	}
	if err := b.DB.CheckSchema(ctx); err != nil {
		return err
	}
	pending, err := b.Pending(ctx)
	if err != nil {
		return err
	}
	if pending > 0 {
		return fmt.Errorf("the database lacks %d migrations; run `anju migrate up` first", pending)
	}
	return nil
}

// Pending returns how many migrations the database lacks.
func (b *Backend) Pending(ctx context.Context) (int, error) {
	states, err := b.DB.MigrationStatus(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the migrations of the database: %w", err)
	}
	n := 0
	for _, st := range states {
		if !st.Applied {
			n++
		}
	}
	return n, nil
}

// Seeded tells whether the divisions and offices are there.
func (b *Backend) Seeded(ctx context.Context) (bool, error) {
	_, ok, err := b.Store.Setting(ctx, seeds.Mark)
	return ok, err
}
