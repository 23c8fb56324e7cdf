package main

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/backup"
	"anju/cmd/anju/failure"
	"anju/models/registry"
	"anju/workflow"
)

// restoreCommand holds what is done with a database that is behind what was done already.
func restoreCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "restore", Short: "after a restore: what waits, and letting it go",
		Long: "A database that is behind the mark in the data folder, or was read back from a backup, escalates nothing " +
			"and sends nothing\n" +
			"until it is confirmed. People go on deciding meanwhile; numbers that may have been given are left out."})
	c.AddCommand(restoreStatus(a), restoreConfirm(a))
	return c
}

func restoreStatus(a *program) *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "what would go out if the restore were confirmed now; exit 1 while it is not"}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
		l, err := b.Store.RestoreWaits(c.Context())
		held := !errors.Is(err, workflow.ErrNotFound)
		if held && err != nil {
			return err
		}
		s := backup.RestoreState{Messages: []backup.WaitingMessage{}, Rungs: []backup.DueRung{},
			Passed: []backup.PassedDeadlines{}}
		if held {
			s = backup.NewRestoreState(l)
		}
		if *asJSON {
			err = printJSON(c, s)
		} else {
			backup.PrintRestore(c.OutOrStdout(), s)
		}
		if err == nil && held {
			return silent(exitFalse)
		}
		return failure.First(nil, unless(err, workflow.ErrNotFound))
	})
	return c
}

// unless is nil for an error that is expected.
func unless(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func restoreConfirm(a *program) *cobra.Command {
	c := &cobra.Command{Use: "confirm", Short: "end the hold after a restore",
		Long: "Ends the hold; running processes go on within seconds. --messages says what becomes of messages to " +
			"officers: rest (what was\n" +
			"sent before the restore, by the log in the data folder, is not sent again), all (that too), none (what waits " +
			"as a message now is\n" +
			"dropped, the inboxes keep it). It is written into the log of the administration with the account that ran it."}
	how := c.Flags().String("messages", string(registry.TellRest), "rest, all or none")
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
		telling := registry.Telling(*how)
		switch telling {
		case registry.TellRest, registry.TellAgain, registry.TellNothing:
		default:
			return failure.Usagef("--messages %q is none of rest, all, none", *how)
		}
		err := b.Store.ConfirmRestore(c.Context(), backend.Operator().Command, telling)
		if errors.Is(err, workflow.ErrNotFound) {
			return errors.New("no restore waits to be confirmed")
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), "confirmed: running processes go on within seconds")
		return nil
	})
	return c
}

// restoreFrom makes c the command that puts a backup into an empty place.
func restoreFrom(a *program, c *cobra.Command) *cobra.Command {
	c.Use, c.Short = "restore --in FILE", "put a backup into an empty data folder and database, verified"
	after := c.Long
	c.Long = "Reads a backup into an empty data folder (ANJU_DATA) and, with PostgreSQL, an empty database (ANJU_DB) " +
		"that was made before:\n" +
		"createdb -O anju anju. The master key of the county (ANJU_KEY_FILE) must be there: it is not in the backup. " +
		"Every hash, the\n" +
		"database, its counts, the history and the files are proved before anything is put in its place. The first start " +
		"is under a\n" +
		"restore hold: nothing is sent and nothing escalates until `anju restore confirm`.\n\n" + after
	c.Example = "  anju restore --in /backup/anju-2026-03-02.age --identity /media/usb/backup.key"
	in := c.Flags().String("in", "", "the backup")
	by := identityFlags(c)
	asJSON := jsonFlag(c)
	group := c.RunE
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if len(args) > 0 || *in == "" && by.File == "" && by.Passphrase == "" {
			return group(c, args)
		}
		f, secrets, err := backup.Open(*in, by)
		if err != nil {
			return err
		}
		defer func() { err = failure.First(err, f.Close()) }()
		r := &backup.Restorer{Settings: a.settings, Work: backend.RestoreFolder(a.settings.Data), Name: filepath.Base(*in)}
		if err := r.Run(c.Context(), bufio.NewReaderSize(f, 1<<20), secrets); err != nil {
			return fmt.Errorf("restore %s: %w", *in, err)
		}
		st, err := f.Stat()
		if err != nil {
			return err
		}
		return r.Print(c.OutOrStdout(), *asJSON, *in, st.Size())
	}
	return c
}
