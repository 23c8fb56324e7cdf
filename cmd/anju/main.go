// Command anju is the approval engine for rural self-built housing: the web application, its worker, and the tools of
// the county's computer room. It parses the command line and wires: every command is in a file named for its family,
// config.go reads the settings once, and what a command does is in a package of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"anju/cmd/anju/failure"
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
	fmt.Fprintln(errOut, "anju: "+failure.OneLine(err.Error()))
	var wrong failure.UsageError
	if errors.As(err, &wrong) {
		return exitUsage
	}
	return exitFalse
}
