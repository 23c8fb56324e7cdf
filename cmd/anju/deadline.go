package main

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/report"
	"anju/workflow/calendar"
)

func deadlineCommand(a *program) *cobra.Command {
	var from, limit string
	var pauses []string
	var least, explain bool
	var extend int
	c := &cobra.Command{
		Use:   "deadline --from RFC3339 --limit 5wd|10cd|1mo",
		Short: "count a limit and explain it day by day",
		Long: "Counts a limit as the law does: the first day is excluded (Civil Code Art. 201), working days follow the " +
			"State Council's\n" +
			"notices (Licensing Law Art. 82), calendar days and months roll forward to a working day (Civil Code Art. 203). " +
			"The calendar is\n" +
			"the one in force in the county's database, or the program's own where there is none; it is said which.",
		Example: "  anju deadline --from 2026-02-16T23:40:00+08:00 --limit 5wd --explain\n" +
			"  anju deadline --from 2025-09-22T09:00:00+08:00 --limit 15wd --pause 2025-09-26/2025-10-15",
	}
	c.Flags().StringVar(&from, "from", "", "instant of the event, such as 2026-03-02T09:00:00+08:00; a day alone will do")
	c.Flags().StringVar(&limit, "limit", "", "how long: 5wd working days, 10cd calendar days, 1mo months")
	c.Flags().BoolVar(&least, "min", false, "the limit is a minimum, as for a public notice")
	c.Flags().IntVar(&extend, "extend", 0, "approved extension, in the limit's unit, counted from the first day")
	c.Flags().StringArrayVar(&pauses, "pause", nil,
		"suspension FROM/TO: the day of the written notice / the day the result came; may be repeated")
	c.Flags().BoolVar(&explain, "explain", false, "print every day")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		n, err := readCount(from, limit, least, extend, pauses)
		if err != nil {
			return err
		}
		cal, used, err := backend.CalendarInForce(c.Context(), a.settings)
		if err != nil {
			return err
		}
		due, days, err := cal.Explain(n)
		switch {
		case errors.Is(err, calendar.ErrPaused):
			return errors.New("the limit is paused and has no due day: give --pause its end, FROM/TO, once the result has come")
		case err != nil:
			return failure.Usage(err)
		}
		effect, err := effectOf(cal, n, due)
		if err != nil {
			return err
		}
		if *asJSON {
			said := map[string]any{"due_on": due.DueOn, "due_before": due.DueBefore, "provisional": due.Provisional,
				"days":     days,
				"calendar": used.Calendar, "version": used.Version}
			maps.Copy(said, effect)
			return printJSON(c, said)
		}
		report.PrintDeadline(c.OutOrStdout(), n, due)
		if words, ok := effect["effect"]; ok {
			fmt.Fprintf(c.OutOrStdout(), "后果  %s：%s\n", effect["effect_on"], words)
		}
		fmt.Fprintf(c.OutOrStdout(), "日历  %s\n", used.Title())
		if explain {
			report.PrintDays(c.OutOrStdout(), days)
		}
		return nil
	}
	return c
}

// effectOf says until when an effect of law waits at the end of a maximum of which the notice is not published.
func effectOf(cal *calendar.Calendar, n calendar.Count, due calendar.Deadline) (map[string]any, error) {
	if !due.Provisional || n.Limit.Bound == calendar.Min {
		return nil, nil
	}
	day, known, err := cal.Latest(n)
	if err != nil || !known {
		return nil, err
	}
	return map[string]any{"effect_on": day, "effect": "the notice of the year is not published: what the law does at the end " +
		"of this limit happens at 24:00 of this day at the latest; counted again when the notice comes, never to a later " +
		"day; cards wait for the notice"}, nil
}

// readCount reads the flags of a count; what it cannot read is wrong usage.
func readCount(from, limit string, least bool, extend int, pauses []string) (calendar.Count, error) {
	if from == "" || limit == "" {
		return calendar.Count{}, failure.Usagef(
			"deadline needs --from and --limit, as in --from 2026-03-02T09:00:00+08:00 --limit 5wd")
	}
	var n calendar.Count
	if at, err := time.Parse(time.RFC3339, from); err == nil {
		n.From = calendar.DayOf(at)
	} else if n.From, err = calendar.ParseDay(from); err != nil {
		return n, failure.Usagef("--from %q is not an instant such as 2026-03-02T09:00:00+08:00", from)
	}
	var err error
	if n.Limit, err = calendar.ParseLimit(limit); err != nil {
		return n, failure.Usagef("--%w", err)
	}
	if least {
		n.Limit.Bound = calendar.Min
	}
	if extend < 0 {
		return n, failure.Usagef("--extend %d is less than nothing", extend)
	}
	n.Extend = extend
	for _, p := range pauses {
		first, second, pair := strings.Cut(p, "/")
		if !pair {
			return n, failure.Usagef("--pause %q is not FROM/TO, as in 2025-09-26/2025-10-15", p)
		}
		pause := calendar.Pause{Open: second == ""}
		if pause.From, err = calendar.ParseDay(first); err == nil && !pause.Open {
			pause.To, err = calendar.ParseDay(second)
		}
		if err != nil {
			return n, failure.Usagef("--pause %q: %w", p, err)
		}
		if !pause.Open && pause.To < pause.From {
			return n, failure.Usagef("--pause %q ends before it begins", p)
		}
		n.Pauses = append(n.Pauses, pause)
	}
	return n, nil
}
