package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/models/org"
	"anju/seeds"
	"anju/workflow"
)

func seedCommand(a *program) *cobra.Command {
	c := &cobra.Command{Use: "seed", Short: "load divisions, offices, holidays and parameters; twice changes nothing"}
	demo := c.Flags().Bool("demo", false, "load the demo county with accounts and cases as well")
	file := c.Flags().String("parameters", "",
		"YAML file with what the county has decided: homestead_standard, meeting_body, mandate {number, issuer, from, to}")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		parameters, err := parametersOf(*file, *demo)
		if err != nil {
			return err
		}
		clock, now := (*backend.Clock)(nil), time.Now
		if *demo {
			clock = backend.NewClock(seeds.DemoDawn)
			now = clock.Now
		}
		b, err := backend.Open(c.Context(), a.settings,
			backend.Opening{Create: true, Migrate: !a.settings.Postgres(), Now: now})
		if err != nil {
			return err
		}
		defer func() { err = failure.First(err, b.Close()) }()
		if *demo {
			if err := failure.First(b.LoadDemo(c.Context(), clock), backend.KeepBlankPage(a.settings.Data)); err != nil {
				return err
			}
			if err := b.Note(c.Context(), seedAct, seeded(*demo, *file)); err != nil {
				return err
			}
		} else {
			is, err := b.IsDemo(c.Context())
			if err != nil {
				return err
			}
			if is {
				return backend.DemoError(a.settings)
			}
			if err := b.Note(c.Context(), seedAct, seeded(*demo, *file)); err != nil {
				return err
			}
			if err := seeds.Load(c.Context(), b.Store); err != nil {
				return err
			}
			if *file != "" {
				if err := b.Store.SaveParameters(c.Context(), parameters, org.Act{}); err != nil {
					return err
				}
			}
		}
		fmt.Fprintf(c.OutOrStdout(), "seeded: %s\n", settings.Mask(a.settings.DB))
		return nil
	}
	return c
}

// seedAct is what the log of the administration says of a seed. It says so before the data of a county is loaded, which
// is many transactions, and loading it again changes nothing; a demo county must be empty, and is told of afterwards.
const seedAct = "装入初始数据"

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
		return workflow.Parameters{}, failure.Usagef("--parameters is for a county; the demo has its own")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return workflow.Parameters{}, failure.Usagef("parameters: %w", failure.Plain(err))
	}
	p, err := seeds.ReadParameters(text)
	if err != nil {
		return p, failure.Usagef("parameters %s: %s", file, failure.FirstLine(err.Error()))
	}
	return p, nil
}
