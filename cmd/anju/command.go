package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/report"
	"anju/cmd/anju/settings"
)

// pure is a command that reads no setting, so that none can be in its way.
func pure(c *cobra.Command) *cobra.Command {
	c.PersistentPreRunE = func(*cobra.Command, []string) error { return nil }
	return c
}

// silent ends with a code when everything was already said on the output.
type silent int

func (s silent) Error() string { return fmt.Sprintf("exit %d", int(s)) }

// program is what the commands share: the settings, once they are read.
type program struct {
	settings settings.Settings
}

// group makes a command that only holds others: alone it prints its help, with an unknown word it is used wrongly.
func group(c *cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		hint := "see " + c.CommandPath() + " --help"
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "did you mean " + strings.Join(near, " or ") + "?"
		}
		return failure.Usagef("no command %q in %s; %s", args[0], c.CommandPath(), hint)
	}
	c.SuggestionsMinimumDistance = 2
	return c
}

// checkArgs makes a wrong number of arguments a wrong usage, in the command and all below it.
func checkArgs(c *cobra.Command) {
	inner := c.Args
	if inner == nil {
		inner = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := inner(c, args); err != nil {
			return failure.Usagef("%w; usage: %s", err, c.UseLine())
		}
		return nil
	}
	for _, sub := range c.Commands() {
		checkArgs(sub)
	}
}

// printJSON writes one value for a script.
func printJSON(c *cobra.Command, v any) error { return report.WriteJSON(c.OutOrStdout(), v) }

func jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, "print JSON for a script")
}

// withDatabase runs a command on an open database, at the time that is there: a demo has a clock of its own.
func withDatabase(a *program, do func(*cobra.Command, []string, *backend.Backend) error) func(*cobra.Command,
	[]string) error {
	return func(c *cobra.Command, args []string) (err error) {
		now := &backend.StandingClock{}
		b, err := backend.Open(c.Context(), a.settings, backend.Opening{Now: now.Now})
		if err != nil {
			return err
		}
		defer func() { err = failure.First(err, b.Close()) }()
		if err := now.Read(c.Context(), b); err != nil {
			return err
		}
		return do(c, args, b)
	}
}

// Exit codes: scripts rely on them.
const (
	exitDone  = 0
	exitFalse = 1 // what was asked for did not hold, or failed
	exitUsage = 2 // asked for wrongly
)
