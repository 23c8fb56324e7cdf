package main

import (
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"anju/cmd/anju/failure"
	"anju/cmd/anju/serve"
	"anju/cmd/anju/settings"
)

func serveCommand(a *program) *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "run the web application and the worker",
		Long: "Runs the web application, the worker, or both (ANJU_ROLE). With --demo it seeds a county with people, " +
			"cases and red cards\n" +
			"on the first start, and the clock can be moved.",
	}
	demo := c.Flags().Bool("demo", false, "the demo county, with a movable clock")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *demo && a.settings.Role != "all" {
			return failure.Usagef("--demo moves one clock for web and worker: use it with the role all")
		}
		if !*demo {
			if err := a.settings.Public(); err != nil {
				return err
			}
		}
		o := serve.Options{Settings: a.settings, Demo: *demo, Version: version, Build: readBuild().shown(),
			Log: newLogger(a.settings, c.ErrOrStderr())}
		return serve.Run(c.Context(), o, c.OutOrStdout())
	}
	return c
}

func newLogger(s settings.Settings, w io.Writer) *slog.Logger {
	if s.Log == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
