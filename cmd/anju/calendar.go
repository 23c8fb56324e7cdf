package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/report"
)

func calendarCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "calendar", Short: "the legal calendar: show, import, versions"})
	c.AddCommand(calendarShow(a), calendarImport(a), calendarVersions(a))
	return c
}

func calendarShow(a *program) *cobra.Command {
	c := &cobra.Command{Use: "show YEAR", Short: "print a year: breaks, make-up working days, totals and the notice",
		Args: cobra.ExactArgs(1)}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		year, err := strconv.Atoi(args[0])
		if err != nil || year < 1950 || year > 2199 {
			return failure.Usagef("%q is not a year such as 2026", args[0])
		}
		cal, used, err := backend.CalendarInForce(c.Context(), a.settings)
		if err != nil {
			return err
		}
		shown := report.ShowYear(cal, year)
		shown.CalendarUsed = used
		if *asJSON {
			return printJSON(c, shown)
		}
		report.PrintYear(c.OutOrStdout(), cal, shown)
		return nil
	}
	return c
}
