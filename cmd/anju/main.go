// Command anju is the approval engine for rural self-built housing: the web application, its worker, and the tools of
// the county's computer room. Every command is in a file named for its family; this one holds what they share.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes: scripts rely on them.
const (
	exitDone  = 0
	exitFalse = 1 // what was asked for did not hold, or failed
	exitUsage = 2 // asked for wrongly
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // what lives is some 30 MB; collecting it four times as rarely gives a tenth more moves
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program without its process: a test calls it too.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRoot(os.LookupEnv)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	var quiet silent
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &quiet):
		return int(quiet)
	}
	fmt.Fprintln(errOut, "anju: "+oneLine(err.Error()))
	var wrong usageError
	if errors.As(err, &wrong) {
		return exitUsage
	}
	return exitFalse
}

// usageError is a command used wrongly.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// silent ends with a code when everything was already said on the output.
type silent int

func (s silent) Error() string { return fmt.Sprintf("exit %d", int(s)) }

// app is what the commands share: the settings, once they are read.
type app struct {
	settings settings
}

func newRoot(getenv func(string) (string, bool)) *cobra.Command {
	a := &app{}
	root := &cobra.Command{
		Use:   "anju",
		Short: "Anju 安居: the approval engine for rural self-built housing",
		Long: "Anju 安居 carries an application for a rural house from the counter to its certificates, counts every statutory day\n" +
			"and keeps a record that nobody can quietly change.\n\nBegin with: anju serve --demo",
		Version:       readBuild().String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	group(root)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, c.CommandPath())
	})
	settingFlags(root.PersistentFlags())
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) (err error) {
		a.settings, err = readSettings(c.Root().PersistentFlags(), getenv)
		return err
	}
	root.AddCommand(commands(a)...)
	for _, c := range root.Commands() {
		checkArgs(c)
	}
	return root
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
		return usagef("no command %q in %s; %s", args[0], c.CommandPath(), hint)
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
			return usagef("%w; usage: %s", err, c.UseLine())
		}
		return nil
	}
	for _, sub := range c.Commands() {
		checkArgs(sub)
	}
}

// printJSON writes one value for a script.
func printJSON(c *cobra.Command, v any) error { return writeJSON(c.OutOrStdout(), v) }

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, "print JSON for a script")
}

// oneLine keeps an error on one line.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}
