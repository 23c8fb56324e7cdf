package main

import (
	"io"

	"github.com/spf13/cobra"

	"anju/cmd/anju/tour"
)

func demoCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "demo", Short: "walk three households through all chains on a movable clock and print the timeline",
		Long: "Walks three households of the demo county by real moves, in a database that is thrown away: one from the " +
			"homestead through building\n" +
			"and acceptance to business use; one that began to build without registration; one whose business was refused. " +
			"For each stage it tells who had the case, since when, until when and why, what was issued, and the hashes of " +
			"the history verified.",
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		out := c.OutOrStdout()
		if *asJSON {
			out = io.Discard
		}
		r, err := tour.Run(c.Context(), out)
		if err == nil && *asJSON {
			err = printJSON(c, r)
		}
		return err
	}
	return c
}
