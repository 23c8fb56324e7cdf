package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/doctor"
	"anju/cmd/anju/report"
	"anju/models/registry"
)

func clockCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "clock", Short: "whether the clock can be relied upon, and saying that it can",
		Long: "While a clock is in doubt nothing is escalated and no paper is numbered or dated. status says why; " +
			"confirm says that this\n" +
			"machine's clock is right. Running processes go on within seconds."})
	c.AddCommand(clockStatus(a), clockConfirm(a))
	return c
}

func clockStatus(a *program) *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "this machine's clock, the database's, and the running processes; exit " +
		"1 when one is in doubt"}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
		s, err := doctor.ReadClocks(c.Context(), b)
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c, s)
		} else {
			doctor.PrintClocks(c.OutOrStdout(), s)
		}
		if err == nil && s.InDoubt {
			return errors.New("the clock is in doubt: set it right (timedatectl set-ntp true), or run `anju clock confirm` " +
				"where it is right")
		}
		return err
	})
	return c
}

func clockConfirm(a *program) *cobra.Command {
	c := &cobra.Command{Use: "confirm", Short: "say that the clock of this machine is right",
		Long: "Says that the clock of this machine shows the right time now. It is kept in the database with who said " +
			"it, and every\n" +
			"running process goes by it within seconds: what fell due is taken, and papers are dated again. Compare it with " +
			"a clock that is\n" +
			"right first: a red card that was issued too early is taken back only by an auditor's ruling."}
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
		if err := doctor.CompareClocks(c.Context(), b); err != nil {
			return fmt.Errorf("nothing was confirmed: %w", err) // two clocks that differ cannot both be right
		}
		s, err := doctor.ReadClocks(c.Context(), b)
		if err != nil {
			return err
		}
		now := backend.ReadClocks()
		act := backend.Act("确认服务器时钟无误", *report.Stamp(now.Wall))
		if _, err := b.Store.ConfirmClock(c.Context(),
			registry.Confirmation{Clock: now.Trust(), Operator: act.By.Command, Doubt: s.Doubt}, act); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "confirmed: it is %s; running processes go on within seconds\n", *report.Stamp(now.Wall))
		return nil
	})
	return c
}
