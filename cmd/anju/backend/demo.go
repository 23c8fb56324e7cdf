package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/seeds"
)

// IsDemo tells whether --demo seeded the database.
func (b *Backend) IsDemo(ctx context.Context) (bool, error) {
	_, ok, err := b.Store.Setting(ctx, demoMark)
	return ok, err
}

// DemoError says that a county is not served from the database of a demo.
func DemoError(s settings.Settings) error {
	return fmt.Errorf("%s holds the demo county, with accounts whose password everybody knows; start it with --demo, "+
		"or choose another folder with ANJU_DATA", settings.Mask(s.DB))
}

// LoadDemo seeds the demo county into an empty database, or goes on with the one that is there. It leaves the clock
// where the demo is. It fails on a database in which a real county works.
func (b *Backend) LoadDemo(ctx context.Context, clock *Clock) error {
	is, err := b.IsDemo(ctx)
	if err != nil {
		return err
	}
	if is {
		kept, err := StoredClock(ctx, b.Store)
		if err != nil {
			return fmt.Errorf("read where the demo clock stands: %w", err)
		}
		if kept.Before(seeds.DemoStart) {
			return errors.New("the demo county was left half made; remove the data folder and start again")
		}
		return clock.Set(kept)
	}
	officers, err := b.Store.Officers(ctx)
	if err != nil {
		return err
	}
	if len(officers) > 0 {
		return errors.New("this database has real accounts, and --demo would add some whose password everybody knows; " +
			"choose another folder with ANJU_DATA")
	}
	if err := b.Store.SetSetting(ctx, demoMark, "made"); err != nil { // first of all: whatever follows, it is a demo
		return err
	}
	if _, err := seeds.LoadDemo(ctx, b.Store); err != nil {
		return err
	}
	svc, _, err := b.Service(ctx)
	if err != nil {
		return err
	}
	if err := seeds.Demo(ctx, b.Store, svc, clock); err != nil {
		return err
	}
	return b.Store.SetSetting(ctx, demoClockKey, clock.Now().UTC().Format(time.RFC3339Nano))
}

// KeepBlankPage puts the page that the demo county hands in for every paper where its rows look for it.
func KeepBlankPage(data string) error {
	page, name := seeds.BlankPage()
	path := filepath.Join(Uploads(data), name[:2], name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return failure.Plain(err)
	}
	return failure.Plain(os.WriteFile(path, page, 0o600))
}
