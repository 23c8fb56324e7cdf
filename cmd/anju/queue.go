package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/models/notices"
	"anju/workflow"
)

func queueCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "queue", Short: "what the jobs have given up, and driving it again"})
	c.AddCommand(queueList(a), queueRedrive(a))
	return c
}

// failedLine is the shape that scripts read.
type failedLine struct {
	ID       int64           `json:"id"`
	Task     string          `json:"task"`
	CaseID   workflow.CaseID `json:"case_id"`
	Number   string          `json:"number"`
	Error    string          `json:"error"`
	Tries    int             `json:"tries"`
	At       string          `json:"at"`
	Redriven bool            `json:"redriven"`
	Resolved bool            `json:"resolved"`
}

// everyFailed gives the tasks that were given up, the newest first.
func everyFailed(b *backend.Backend, c *cobra.Command, open bool, each func(notices.FailedJob) error) error {
	for page, seen := 1, 0; ; page++ {
		list, total, err := b.Store.FailedJobs(c.Context(), open, page, 200)
		if err != nil {
			return err
		}
		for _, f := range list {
			if err := each(f); err != nil {
				return err
			}
		}
		if seen += len(list); len(list) == 0 || seen >= total {
			return nil
		}
	}
}

func queueList(a *program) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "tasks that failed for good and wait for a person"}
	all := c.Flags().Bool("all", false, "also those that were put right")
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
		lines := []failedLine{}
		if err := everyFailed(b, c, !*all, func(f notices.FailedJob) error {
			lines = append(lines, failedLine{f.ID, f.Task, f.Case, f.Number, f.Error, f.Tries,
				f.At.Format("2006-01-02T15:04:05Z07:00"), !f.RedrivenAt.IsZero(), !f.ResolvedAt.IsZero()})
			return nil
		}); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c, lines)
		}
		for _, l := range lines {
			fmt.Fprintf(c.OutOrStdout(), "%d  %s  %s  tried %d times, last %s: %s\n", l.ID, l.Task, l.Number, l.Tries, l.At,
				failure.OneLine(l.Error))
		}
		if len(lines) == 0 {
			fmt.Fprintln(c.OutOrStdout(), "nothing was given up")
		}
		return nil
	})
	return c
}

func queueRedrive(a *program) *cobra.Command {
	c := &cobra.Command{
		Use: "redrive [ID]", Short: "have what was given up tried again by the worker that runs", Args: cobra.MaximumNArgs(1),
		Long: "Marks a task, or with --all every open one, to be tried again. The process that runs the jobs takes it " +
			"within seconds.",
	}
	all := c.Flags().Bool("all", false, "every task that is open")
	c.RunE = withDatabase(a, func(c *cobra.Command, args []string, b *backend.Backend) error {
		if *all == (len(args) == 1) {
			return failure.Usagef("give the number of one task, or --all")
		}
		var ids []int64
		if *all {
			if err := everyFailed(b, c, true, func(f notices.FailedJob) error {
				ids = append(ids,
					f.ID)
				return nil
			}); err != nil {
				return err
			}
		} else {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id < 1 {
				return failure.Usagef("%q is no number of a task; see anju queue list", args[0])
			}
			ids = append(ids, id)
		}
		for _, id := range ids {
			f, err := b.Store.Redrive(c.Context(), id, backend.Act("重新执行任务", strconv.FormatInt(id, 10)))
			if errors.Is(err, workflow.ErrNotFound) {
				return fmt.Errorf("task %d is not open; see anju queue list", id)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "task %d (%s %s) will be tried again\n", f.ID, f.Task, f.Number)
		}
		if len(ids) == 0 {
			fmt.Fprintln(c.OutOrStdout(), "nothing was given up")
		}
		return nil
	})
	return c
}
