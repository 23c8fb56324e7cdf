package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"anju/cmd/anju/bench"
	"anju/cmd/anju/failure"
)

func benchAudit(a *program) *cobra.Command {
	b := bench.Audit{}
	c := &cobra.Command{
		Use: "audit", Short: "the statistics over millions of stages, beside the same table by bare SQL",
		Long: "Builds stages of two years on PostgreSQL (ANJU_DB), in a schema of its own that is dropped at the end: " +
			"once in a table made for\n" +
			"the question alone, once in the table of the program. Rounds alternate between the bare SQL and what `anju sla " +
			"summary` asks,\n" +
			"for the two years and for three months; the medians are compared, and both must give the same numbers. Five " +
			"million rows\n" +
			"take some 4 GB of disk.",
	}
	c.Flags().IntVar(&b.Rows, "rows", 5_000_000, "how many stages")
	c.Flags().IntVar(&b.Rounds, "rounds", 3, "rounds of each")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case b.Rows < 1 || b.Rounds < 1:
			return failure.Usagef("bench audit needs at least one stage and one round")
		case !a.settings.Postgres():
			return failure.Usagef("bench audit runs on PostgreSQL: set ANJU_DB=postgres://user@host/database")
		}
		b.URL = a.settings.DB
		b.Log = func(format string, v ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", v...) }
		r, err := b.Run(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c, r)
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: %d stages, %d of them open\n", r.Database, r.Rows, r.Open)
		for _, t := range []bench.AuditTimes{r.AuditTimes, r.Short} {
			fmt.Fprintf(c.OutOrStdout(), "%s to %s, %d groups: %.2f s; limit %s: %.2f s; ratio %.2f\n", t.From, t.To, t.Groups,
				t.Seconds, t.Limit.Name, t.Limit.Seconds, t.Ratio)
		}
		return nil
	}
	return c
}

func benchCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "bench", Short: "the product's own benchmarks, each beside its limit in the same run"})
	c.AddCommand(benchMoves(a), benchSweep(a), benchAudit(a))
	return c
}

func benchMoves(a *program) *cobra.Command {
	b := bench.Moves{}
	c := &cobra.Command{
		Use: "moves", Short: "moves a second through the whole engine on PostgreSQL, beside the same rows written by bare SQL",
		Long: "Builds real homestead cases on PostgreSQL (ANJU_DB), in a schema of its own that is dropped at the end, " +
			"and lets the\n" +
			"workers hand them over to the village and take them back again. Rounds alternate with the same rows written by " +
			"bare SQL,\n" +
			"by pgbench where it is installed; the medians are compared.",
	}
	c.Flags().IntVar(&b.Cases, "cases", 2000, "how many cases")
	c.Flags().IntVar(&b.Workers, "workers", 16, "how many officers act at once")
	c.Flags().Float64Var(&b.Seconds, "seconds", 20, "length of a round")
	c.Flags().IntVar(&b.Rounds, "rounds", 3, "rounds of each")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case b.Cases < b.Workers || b.Workers < 1 || b.Seconds <= 0 || b.Rounds < 1:
			return failure.Usagef("bench moves needs at least one worker, a case for each, a round and a time above 0")
		case !a.settings.Postgres():
			return failure.Usagef("bench moves runs on PostgreSQL: set ANJU_DB=postgres://user@host/database")
		}
		b.URL = a.settings.DB
		b.Log = func(format string, v ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", v...) }
		r, err := b.Run(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c, r)
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: %d moves by %d workers in %.1f s: %.0f moves/s, p50 %.1f ms, p99 %.1f ms\n"+
			"limit %s: %.0f moves/s\nratio %.2f\n",
			r.Database, r.Moves, r.Workers, r.Seconds, r.PerS, r.P50, r.P99, r.Limit.Name, r.Limit.PerS, r.Ratio)
		return nil
	}
	return c
}

func benchSweep(a *program) *cobra.Command {
	b := bench.Sweep{}
	c := &cobra.Command{
		Use: "sweep", Short: "very many limits that pass at one instant: how late the last red card is, and how long " +
			"pages take meanwhile",
		Long: "Builds cases on PostgreSQL (ANJU_DB), in a schema of its own that is dropped at the end, whose limits all " +
			"pass at one instant, and\n" +
			"lets the sweep of the jobs take them while people ask for lists and cases at a steady rate, in the same " +
			"process. The time is\n" +
			"counted from the instant on, until each transaction is committed. Beside it the least that any program must " +
			"write for it: one\n" +
			"statement of bare SQL a batch, on copies of the same tables. Exit 1 where a card is missing or was issued twice.",
	}
	c.Flags().IntVar(&b.Due, "due", 100_000, "how many limits pass")
	c.Flags().IntVar(&b.Workers, "workers", 2, "how many batches are taken at once")
	c.Flags().Float64Var(&b.Rate, "rate", 10, "pages a second meanwhile")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case b.Due < 1 || b.Workers < 1 || b.Rate <= 0 || b.Rate > 1000:
			return failure.Usagef("bench sweep needs a limit that passes, a worker, and 1 to 1000 pages a second")
		case !a.settings.Postgres():
			return failure.Usagef("bench sweep runs on PostgreSQL: set ANJU_DB=postgres://user@host/database")
		}
		b.URL = a.settings.DB
		b.Log = func(format string, v ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", v...) }
		r, err := b.Run(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			if err := printJSON(c, r); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(c.OutOrStdout(), "%s: %d due, %d fired, %d twice; the last %.1f s late, p50 %.1f s, p99 %.1f s\n"+
				"%d breaches, %d lines of history, %d messages\n%d pages meanwhile, p95 %.0f ms, %d failed; before it p95 %.0f "+
				"ms\nlimit %s: %.1f s\nratio %.2f\n",
				r.Database, r.Due, r.Fired, r.Twice, r.Last, r.P50, r.P99, r.Breaches, r.History, r.Outbox, r.Pages, r.Page,
				r.Failed, r.PageIdle,
				r.Limit.Name, r.Limit.Seconds, r.Ratio)
		}
		return r.Check()
	}
	return c
}
