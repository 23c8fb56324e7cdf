package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func migrateCommand(a *app) *cobra.Command {
	c := group(&cobra.Command{Use: "migrate", Short: "the tables of the database: up, status"})
	up := &cobra.Command{Use: "up", Short: "bring the tables up to date; safe beside running instances"}
	up.RunE = func(c *cobra.Command, _ []string) error {
		b, err := openBackend(c.Context(), a.settings, opening{create: true, migrate: true})
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "the database is up to date: %s\n", mask(a.settings.DB))
		return b.close()
	}
	status := &cobra.Command{Use: "status", Short: "what is applied and what is not; exit 1 when something is not"}
	asJSON := jsonFlag(status)
	status.RunE = func(c *cobra.Command, _ []string) (err error) {
		b, err := openDatabase(c.Context(), a.settings, opening{})
		if err != nil {
			return err
		}
		defer func() { err = firstError(err, b.close()) }()
		states, err := b.db.MigrationStatus(c.Context())
		if err != nil {
			return err
		}
		pending, err := b.pending(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c, states)
		} else {
			for _, s := range states {
				word := "pending"
				if s.Applied {
					word = "applied"
				}
				fmt.Fprintf(c.OutOrStdout(), "%-8s %s\n", word, s.Name)
			}
		}
		if err == nil && pending > 0 {
			return fmt.Errorf("%d migrations are not applied; run `anju migrate up`", pending)
		}
		return err
	}
	c.AddCommand(up, status)
	return c
}
