package main

import (
	"slices"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/report"
	"anju/workflow"
)

func slaCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "sla", Short: "who was late: the statistics, the breach register, and what another " +
		"limit would have meant"})
	c.AddCommand(slaSummary(a), slaBreaches(a), slaWhatIf(a))
	return c
}

func spanFlags(c *cobra.Command, what, otherwise string) *report.Span {
	s := &report.Span{}
	c.Flags().StringVar(&s.From, "from", "", "first day "+what+", such as 2026-03-01 (default: "+otherwise+")")
	c.Flags().StringVar(&s.To, "to", "", "the day after the last one: --to itself is excluded, so that months join "+
		"without overlap (default: tomorrow)")
	return s
}

func areaFlags(c *cobra.Command) *report.Area {
	n := &report.Area{}
	c.Flags().StringVar(&n.Township, "township", "", "code of a township, 9 or 12 digits")
	c.Flags().StringVar(&n.Chain, "chain", "", "a chain, such as homestead; anju chain list names them")
	c.Flags().StringVar(&n.Stage, "stage", "", "a stage, such as village_review; anju chain show CHAIN names them")
	return n
}

func slaSummary(a *program) *cobra.Command {
	c := &cobra.Command{
		Use: "summary", Short: "by township, chain, stage and month: how many on time, yellow, red, and how many working " +
			"hours",
		Long: "Counts the stages that an office had to be through within a limit, by township, chain, stage and month of " +
			"entry: on time,\n" +
			"yellow (left after the warning), red (left late, or open past due), and the working hours of those that were " +
			"left.\n" +
			"--to is excluded.",
		Example: "  anju sla summary --from 2026-01-01 --to 2026-04-01 --township 140824100 --out 一季度.xlsx",
	}
	period, narrow, out := spanFlags(c, "on which a stage was entered", "twelve months before --to"), areaFlags(c),
		printerFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := out.Settle(c.OutOrStdout()); err != nil {
			return err
		}
		if err := narrow.Check(backend.Chains()); err != nil {
			return err
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
			l, err := report.NewSummary(c.Context(), b, *period, narrow)
			if err != nil {
				return err
			}
			return out.Print(c.OutOrStdout(), l)
		})(c, args)
	}
	return c
}

func slaBreaches(a *program) *cobra.Command {
	c := &cobra.Command{
		Use: "breaches", Short: "the breach register (红牌台账)",
		Long: "Lists the red cards whose limit passed between the two days: whose, by how many working hours, what was " +
			"said about it and\n" +
			"how it was ruled on. --to is excluded.",
		Example: "  anju sla breaches --status open\n  anju sla breaches --from 2026-01-01 --to 2026-04-01 --out 超期台账.xlsx",
	}
	period, narrow := spanFlags(c, "on which a limit passed", "all there is"), areaFlags(c)
	status := c.Flags().String("status", "", "open, explained, upheld, excused or closed")
	out := printerFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := out.Settle(c.OutOrStdout()); err != nil {
			return err
		}
		if err := narrow.Check(backend.Chains()); err != nil {
			return err
		}
		if s := workflow.BreachStatus(*status); s != "" && !slices.Contains(report.BreachStatuses, s) {
			return failure.Usagef("--status %q is none of open, explained, upheld, excused, closed", *status)
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
			l, err := report.NewBreaches(c.Context(), b, *period, narrow, workflow.BreachStatus(*status))
			if err != nil {
				return err
			}
			return out.Print(c.OutOrStdout(), l)
		})(c, args)
	}
	return c
}

func printerFlags(c *cobra.Command) *report.Printer {
	o := &report.Printer{}
	c.Flags().StringVar(&o.Format, "format", "",
		"table, json, csv or xlsx (default: by the ending of --out, otherwise table)")
	c.Flags().StringVar(&o.File, "out", "",
		"file to write, readable by this user alone; it is replaced once the new one is whole")
	o.JSON = jsonFlag(c)
	return o
}

func slaWhatIf(a *program) *cobra.Command {
	c := &cobra.Command{
		Use: "what-if --limit L06=10wd", Short: "counts the past again under another limit or calendar, and names who " +
			"would have been late",
		Long: "Counts the limits that began between the two days again, as if they had been other ones or the calendar " +
			"another, and lists\n" +
			"whoever would have been late and was not, and the other way round. It writes nothing. --to is excluded.\n" +
			"With --limit alone the limits named are counted, with --calendar all of them.",
		Example: "  anju sla what-if --limit L06=10wd --limit L04=3cd --from 2026-01-01 --to 2026-04-01\n" +
			"  anju sla what-if --calendar draft-2027.json",
	}
	var limits []string
	var file string
	var narrow report.Area
	c.Flags().StringArrayVar(&limits, "limit", nil,
		"another length of a limit, such as L06=10wd, L04=3cd or L14=2mo; may be repeated")
	c.Flags().StringVar(&file, "calendar", "", "file of one year or several, as anju calendar import reads it")
	c.Flags().StringVar(&narrow.Township, "township", "", "code of a township, 9 or 12 digits")
	period, out := spanFlags(c, "on which a limit began", "twelve months before --to"), printerFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := out.Settle(c.OutOrStdout()); err != nil {
			return err
		}
		w := report.WhatIf{Township: narrow.Township, Period: *period}
		if err := w.Read(limits, file); err != nil {
			return err
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
			l, err := w.Listing(c.Context(), b)
			if err != nil {
				return err
			}
			return out.Print(c.OutOrStdout(), l)
		})(c, args)
	}
	return c
}
