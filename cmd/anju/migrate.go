package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/models/db"
)

func migrateCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "migrate", Short: "the tables of the database: up, status"})
	up := &cobra.Command{Use: "up", Short: "bring the tables up to date; safe beside running instances"}
	up.RunE = func(c *cobra.Command, _ []string) error {
		b, err := backend.Open(c.Context(), a.settings, backend.Opening{Create: true, Migrate: true,
			Applied: func(name string) { fmt.Fprintf(c.OutOrStdout(), "applied  %s\n", name) },
			Waits: func(h db.Holder) {
				fmt.Fprintf(c.ErrOrStderr(), "anju: waiting for a table held by %s\n", failure.OneLine(h.String()))
			}})
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "the database is up to date: %s\n", settings.Mask(a.settings.DB))
		return b.Close()
	}
	status := &cobra.Command{Use: "status", Short: "what is applied and what is not; exit 1 when something is not"}
	asJSON := jsonFlag(status)
	status.RunE = func(c *cobra.Command, _ []string) (err error) {
		b, err := backend.OpenAnySchema(c.Context(), a.settings, backend.Opening{})
		if err != nil {
			return err
		}
		defer func() { err = failure.First(err, b.Close()) }()
		states, err := b.DB.MigrationStatus(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			if err := printJSON(c, states); err != nil {
				return err
			}
		}
		pending := 0
		for _, s := range states {
			word, name := "pending", s.Name
			switch {
			case s.Unknown:
				word, name = "unknown", fmt.Sprintf("%04d, applied %s by a newer anju", s.Version,
					s.AppliedAt.Format(time.DateOnly))
			case s.Applied:
				word = "applied"
			default:
				pending++
			}
			if !*asJSON {
				fmt.Fprintf(c.OutOrStdout(), "%-8s %s\n", word, name)
			}
		}
		if err := b.DB.CheckSchema(c.Context()); err != nil {
			return err
		}
		if pending > 0 {
			return fmt.Errorf("%d migrations are not applied; run `anju migrate up`", pending)
		}
		return nil
	}
	c.AddCommand(up, status)
	return c
}
