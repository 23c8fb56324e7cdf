package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"anju/seeds"
	"anju/workflow"
)

func seedCommand(a *app) *cobra.Command {
	c := &cobra.Command{Use: "seed", Short: "load divisions, offices, holidays and parameters; twice changes nothing"}
	demo := c.Flags().Bool("demo", false, "load the demo county with accounts and cases as well")
	file := c.Flags().String("parameters", "", "YAML file with what the county has decided: homestead_standard, meeting_body, mandate {number, issuer, from, to}")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		parameters, err := parametersOf(*file, *demo)
		if err != nil {
			return err
		}
		clock, now := (*movableClock)(nil), time.Now
		if *demo {
			clock = newClock(seeds.DemoDawn)
			now = clock.Now
		}
		b, err := openBackend(c.Context(), a.settings, opening{create: true, migrate: !a.settings.postgres(), now: now})
		if err != nil {
			return err
		}
		defer func() { err = firstError(err, b.close()) }()
		if *demo {
			if err := firstError(b.demo(c.Context(), clock), keepBlankPage(a.settings.Data)); err != nil {
				return err
			}
		} else {
			is, err := b.isDemo(c.Context())
			if err != nil {
				return err
			}
			if is {
				return errIsDemo(a.settings)
			}
			if err := seeds.Load(c.Context(), b.store); err != nil {
				return err
			}
			if *file != "" {
				if err := b.store.SaveParameters(c.Context(), parameters); err != nil {
					return err
				}
			}
		}
		if err := b.note(c.Context(), "装入初始数据", seeded(*demo, *file)); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "seeded: %s\n", mask(a.settings.DB))
		return nil
	}
	return c
}

// seeded tells the log of the administration what was loaded.
func seeded(demo bool, parameters string) string {
	switch {
	case demo:
		return "演示县，含演示账号"
	case parameters != "":
		return "区划、机构、日历和参数"
	}
	return "区划、机构和日历"
}

func parametersOf(file string, demo bool) (workflow.Parameters, error) {
	if file == "" {
		return workflow.Parameters{}, nil
	}
	if demo {
		return workflow.Parameters{}, usagef("--parameters is for a county; the demo has its own")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return workflow.Parameters{}, usagef("parameters: %w", plain(err))
	}
	p, err := seeds.ReadParameters(text)
	if err != nil {
		return p, usagef("parameters %s: %s", file, firstLine(err.Error()))
	}
	return p, nil
}

func errIsDemo(s settings) error {
	return fmt.Errorf("%s holds the demo county, with accounts whose password everybody knows; start it with --demo, or choose another folder with ANJU_DATA", mask(s.DB))
}

// demo seeds the demo county into an empty database, or goes on with the one that is there. It leaves the clock where
// the demo is. It fails on a database in which a real county works.
func (b *backend) demo(ctx context.Context, clock *movableClock) error {
	is, err := b.isDemo(ctx)
	if err != nil {
		return err
	}
	if is {
		kept, err := keptClock(ctx, b.store)
		if err != nil {
			return fmt.Errorf("read where the demo clock stands: %w", err)
		}
		if kept.Before(seeds.DemoStart) {
			return errors.New("the demo county was left half made; remove the data folder and start again")
		}
		return clock.Set(kept)
	}
	officers, err := b.store.Officers(ctx)
	if err != nil {
		return err
	}
	if len(officers) > 0 {
		return errors.New("this database has real accounts, and --demo would add some whose password everybody knows; choose another folder with ANJU_DATA")
	}
	if err := b.store.SetSetting(ctx, demoMark, "made"); err != nil { // first of all: whatever follows, it is a demo
		return err
	}
	if _, err := seeds.LoadDemo(ctx, b.store); err != nil {
		return err
	}
	svc, _, err := b.service(ctx)
	if err != nil {
		return err
	}
	if err := seeds.Demo(ctx, b.store, svc, clock); err != nil {
		return err
	}
	return b.store.SetSetting(ctx, demoClockKey, clock.Now().UTC().Format(time.RFC3339Nano))
}

// keepBlankPage puts the page that the demo county hands in for every paper where its rows look for it.
func keepBlankPage(data string) error {
	page, name := seeds.BlankPage()
	path := filepath.Join(uploads(data), name[:2], name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return plain(err)
	}
	return plain(os.WriteFile(path, page, 0o600))
}

// firstError gives the error that happened first, and the later one only where there was none.
func firstError(first, later error) error {
	if first != nil {
		return first
	}
	return later
}
