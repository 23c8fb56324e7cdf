package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"anju/models"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
)

// backend is the open database and what stands on it.
type backend struct {
	db    *models.DB
	store *models.Store
	now   func() time.Time
}

func (b *backend) close() error { return b.db.Close() }

// operator is who runs a command, for the log of the administration: the account of the operating system, by its number where
// it has no name, and the machine.
func operator() models.Administrator {
	name := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return models.Administrator{Command: name}
}

// note writes a line of the log of the administration: what the command did, in Chinese, and to what.
func (b *backend) note(ctx context.Context, what, subject string) error {
	if err := b.store.NoteCommand(ctx, operator().Command, what, subject); err != nil {
		return fmt.Errorf("write the log of the administration: %w", err)
	}
	return nil
}

// opening says what a command may do to a database that it finds missing or old.
type opening struct {
	create  bool // make the folder, the key and the SQLite file where they are missing
	migrate bool // bring the tables up to date, rather than ask for it
	now     func() time.Time
	applied func(migration string) // told of each migration; nil: not
	waits   func(h models.Holder)  // told of each session that a migration waits for; nil: not
}

// openBackend opens keys and database, with its tables up to date. Every failure is one sentence: what, and what to do.
func openBackend(ctx context.Context, s settings, o opening) (*backend, error) {
	b, err := openDatabase(ctx, s, o)
	if err != nil {
		return nil, err
	}
	if err := b.upToDate(ctx, o); err != nil {
		return nil, firstError(s.unopened(err), b.close())
	}
	return b, nil
}

// unopened says what to do about a database that could not be opened: another key, or another address.
func (s settings) unopened(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "key file"):
		return fmt.Errorf("key file %s: %w; set ANJU_KEY_FILE", s.KeyFile, err)
	case strings.Contains(text, "anju migrate"), errors.As(err, new(*models.NewerSchema)), errors.As(err, new(*models.HeldTable)):
		return err // it says what to do
	}
	return fmt.Errorf("database %s: %w; %s", mask(s.DB), err, databaseAdvice(err, "check ANJU_DB"))
}

// databaseAdvice says what to do about an error of the database, by its kind; otherwise where its kind is not known.
func databaseAdvice(err error, otherwise string) string {
	switch err = models.Classify(err); {
	case errors.Is(err, models.ErrFull):
		return "make room on the disk of the database"
	case errors.Is(err, models.ErrUnavailable):
		return "check ANJU_DB and that the server runs"
	case errors.Is(err, workflow.ErrBusy):
		return "another process holds the table; try again once it has ended"
	}
	return otherwise
}

// openDatabase opens keys and database, whatever the tables are.
func openDatabase(ctx context.Context, s settings, o opening) (*backend, error) {
	if o.now == nil {
		o.now = wall
	}
	fresh, err := prepareFiles(s, o.create)
	if err != nil {
		return nil, err
	}
	keys, err := models.LoadKeyring(s.KeyFile, fresh)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w; give the right one with ANJU_KEY_FILE, readable by this user alone (chmod 600)", s.KeyFile, plain(err))
	}
	db, err := models.Open(ctx, models.Options{URL: s.DB, Keys: keys, Now: o.now, Failpoint: failpoint})
	if err != nil {
		if fresh {
			_ = os.Remove(s.KeyFile) // nothing is sealed with it yet
		}
		return nil, s.unopened(err)
	}
	return &backend{db: db, store: models.NewStore(db), now: o.now}, nil
}

// prepareFiles makes the data folder and says whether a key may be made: only for a database that is new too.
func prepareFiles(s settings, create bool) (freshKey bool, err error) {
	if _, err := os.Lstat(restoreFolder(s.Data)); err == nil {
		return false, fmt.Errorf("a restore into %s has not ended; run `anju restore --in FILE` again", s.Data)
	}
	_, err = os.Stat(s.KeyFile)
	keyMissing := errors.Is(err, fs.ErrNotExist)
	fileMissing := false
	if !s.postgres() {
		_, err = os.Stat(s.DB)
		fileMissing = errors.Is(err, fs.ErrNotExist)
	}
	if fileMissing && !create {
		return false, fmt.Errorf("database %s does not exist; begin with `anju serve`, or `anju migrate up` and `anju seed`", s.DB)
	}
	if !create {
		return false, nil
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return false, fmt.Errorf("data folder: %w; choose one that this user can write with ANJU_DATA", plain(err))
	}
	if !s.postgres() {
		if err := os.MkdirAll(filepath.Dir(s.DB), 0o700); err != nil {
			return false, fmt.Errorf("database folder: %w; choose one that this user can write with ANJU_DB", plain(err))
		}
	}
	if keyMissing && s.from["key-file"] != "default" {
		return false, fmt.Errorf("key file %s does not exist; put the key there, or leave ANJU_KEY_FILE unset to have one made", s.KeyFile)
	}
	return keyMissing && (s.postgres() || fileMissing), nil
}

func (b *backend) upToDate(ctx context.Context, o opening) error {
	if o.migrate {
		if o.waits == nil {
			o.waits = func(models.Holder) {}
		}
		applied, err := b.db.MigrateTelling(ctx, o.waits)
		for _, name := range applied {
			if o.applied != nil {
				o.applied(name)
			}
		}
		if err != nil {
			return fmt.Errorf("migrate the database: %w", err)
		}
		_, err = b.store.IndexHouseholds(ctx) // those entered by a version that could not find by pinyin
		return err
	}
	if err := b.db.CheckSchema(ctx); err != nil {
		return err
	}
	pending, err := b.pending(ctx)
	if err != nil {
		return err
	}
	if pending > 0 {
		return fmt.Errorf("the database lacks %d migrations; run `anju migrate up` first", pending)
	}
	return nil
}

func (b *backend) pending(ctx context.Context) (int, error) {
	states, err := b.db.MigrationStatus(ctx)
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

// county keeps the county's settings in memory; a new value takes the place of the old one at once.
type county struct {
	p       atomic.Pointer[workflow.County]
	loading sync.Mutex // what was read first must not be kept last
}

func (c *county) get() workflow.County { return *c.p.Load() }

func (c *county) load(ctx context.Context, store *models.Store) error {
	c.loading.Lock()
	defer c.loading.Unlock()
	v, err := store.County(ctx)
	if err != nil {
		return fmt.Errorf("read the county's calendar and parameters: %w", err)
	}
	c.p.Store(&v)
	return nil
}

// watch reads the settings again and again: what another process imports takes effect here within half a minute.
func (c *county) watch(ctx context.Context, store *models.Store, log *slog.Logger) {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.load(ctx, store); err != nil && ctx.Err() == nil {
			log.Warn("the county's settings stay as they were", "err", err)
		}
	}
}

// service joins chains, store, county and clock.
func (b *backend) service(ctx context.Context, options ...casework.Option) (*casework.Service, *county, error) {
	c := &county{}
	if err := c.load(ctx, b.store); err != nil {
		return nil, nil, err
	}
	if err := chains.CheckPublished(); err != nil {
		return nil, nil, err
	}
	return casework.NewService(b.store, chains.Published(), c.get, b.now, options...), c, nil
}

// isDemo tells whether --demo seeded the database.
func (b *backend) isDemo(ctx context.Context) (bool, error) {
	_, ok, err := b.store.Setting(ctx, demoMark)
	return ok, err
}

// seeded tells whether the divisions and offices are there.
func (b *backend) seeded(ctx context.Context) (bool, error) {
	_, ok, err := b.store.Setting(ctx, seeds.Mark)
	return ok, err
}
