package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"anju/cmd/anju/doctor"
)

func doctorCommand(a *program) *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: "check database, queue, clock, calendar, key, disk and backlog; exit 1 " +
		"with what to do"}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		found := doctor.Examine(c.Context(), a.settings)
		if *asJSON {
			err := printJSON(c, map[string]any{"ok": doctor.Faults(found) == 0, "checks": found})
			if err != nil {
				return err
			}
		} else {
			doctor.PrintFindings(c.OutOrStdout(), found)
		}
		if n := doctor.Faults(found); n > 0 {
			return fmt.Errorf("%d of %d checks failed: do what is said beside each", n, len(found))
		}
		return nil
	}
	return c
}
