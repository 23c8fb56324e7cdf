package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/report"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

func calendarImport(a *program) *cobra.Command {
	c := &cobra.Command{
		Use: "import FILE", Short: "put a year's notice of the State Council in force and recount every open deadline",
		Args: cobra.ExactArgs(1),
		Long: "Reads one year or an array of years, in the form of `anju calendar show YEAR --json`. Where it differs " +
			"from what is in force a new\n" +
			"version of the calendar begins and every open deadline is counted again, all in one transaction. What is due " +
			"already stays:\n" +
			"a standing red card falls by the auditor's ruling alone. With --dry-run nothing is written.",
		Example: "  anju calendar show 2026 --json > 2026.json\n  anju calendar import 2026.json --dry-run",
	}
	dry := c.Flags().Bool("dry-run", false, "list what would move, and write nothing")
	as := c.Flags().String("as", "", "login of the system administrator who imports it; otherwise the program itself "+
		"stands in the history")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		years, err := backend.ReadYears(args[0])
		if err != nil {
			return err
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
			by, err := administrator(c.Context(), b, *as)
			if err != nil {
				return err
			}
			svc, _, err := b.Service(c.Context())
			if err != nil {
				return err
			}
			done, err := svc.ImportCalendar(org.WithAct(c.Context(), backend.Act("导入工作日历", "")), by, years, *dry)
			if errors.As(err, new(*calendar.Refused)) {
				return backend.NoticeError(args[0], err)
			}
			if err != nil {
				return fmt.Errorf("import the calendar: %w; nothing was changed", err)
			}
			j := report.NewImported(done, *dry)
			for _, y := range years {
				if doubt := y.Doubt(); doubt != "" {
					j.Doubts = append(j.Doubts, doubt)
				}
			}
			if *asJSON {
				return printJSON(c, j)
			}
			report.PrintImported(c.OutOrStdout(), j)
			return nil
		})(c, args)
	}
	return c
}

// administrator returns the officer that imports; 0 where login is empty. It fails unless they are an active
// administrator of the system.
func administrator(ctx context.Context, b *backend.Backend, login string) (workflow.OfficerID, error) {
	if login == "" {
		return 0, nil
	}
	officers, err := b.Store.Officers(ctx)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(officers, func(o org.Officer) bool { return o.Login == login })
	switch {
	case i < 0:
		return 0, accountError(login, workflow.ErrNotFound)
	case !officers[i].Active || officers[i].Role != glossary.SystemAdmin:
		return 0, fmt.Errorf("account %s is no active %s; only one may import a calendar", login, glossary.SystemAdmin)
	}
	return officers[i].ID, nil
}

func calendarVersions(a *program) *cobra.Command {
	c := &cobra.Command{Use: "versions", Short: "every version of the calendar, the newest first: when, by whom, " +
		"which years"}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
		list, err := b.Store.CalendarVersions(c.Context())
		if err != nil {
			return err
		}
		versions := make([]report.VersionJSON, len(list))
		for i, v := range list {
			versions[i] = report.VersionJSON{Version: v.Version, ImportedAt: v.ImportedAt.In(calendar.Shanghai), Years: []int{},
				Notices: []string{}}
			if v.By != "" {
				versions[i].By = &v.By
			}
			for _, y := range v.Years {
				versions[i].Years, versions[i].Notices = append(versions[i].Years, y.Year), append(versions[i].Notices, y.Notice)
			}
		}
		if *asJSON {
			return printJSON(c, versions)
		}
		return report.VersionList(versions).Text(c.OutOrStdout())
	})
	return c
}
