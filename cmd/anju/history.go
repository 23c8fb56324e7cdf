package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/report"
	"anju/workflow"
)

func historyCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "history", Short: "the record that proves itself"})
	c.AddCommand(historyVerify(a), historyRelease(a))
	return c
}

func historyVerify(a *program) *cobra.Command {
	c := &cobra.Command{Use: "verify", Short: "compute the record again: hash chains, numbers, red cards; exit 1 and " +
		"the first broken entry where it fails",
		Long: "Computes the hash chain of every case again, and follows the numbers of cases and papers, the red cards " +
			"and the mark in the data\n" +
			"folder. A worker does the same every night and freezes a case of which something does not hold; this command " +
			"changes nothing.\n" +
			"A hold after a restore is named, confirmed or not, and is no finding: exit 1 is only for what does not hold."}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
		v, err := b.Store.Verify(c.Context(), a.settings.Data)
		if err != nil {
			return err
		}
		list, err := b.Store.FrozenCases(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c, report.NewVerified(v, list))
		} else {
			report.PrintVerification(c.OutOrStdout(), v, list)
		}
		if err != nil {
			return err
		}
		if v.Broken != nil {
			return errors.New("the record does not hold: " + v.Broken.Error() +
				"; keep the database as it is and compare with a backup")
		}
		return nil
	})
	return c
}

func historyRelease(a *program) *cobra.Command {
	c := &cobra.Command{Use: "release NUMBER", Short: "lift the freezing of a case once what was found is explained",
		Args: cobra.ExactArgs(1),
		Long: "A case of which something does not verify is frozen. Once it is known what happened, this lets people go " +
			"on with it; the finding\n" +
			"stays in history verify. It is written into the log of the administration with the reason and the account that " +
			"ran it."}
	reason := c.Flags().String("reason", "", "what was found out (required)")
	c.RunE = withDatabase(a, func(c *cobra.Command, args []string, b *backend.Backend) error {
		if strings.TrimSpace(*reason) == "" {
			return failure.Usagef("--reason is needed: say what was found out")
		}
		err := b.Store.ReleaseCase(c.Context(), args[0], backend.Operator().Command, strings.TrimSpace(*reason))
		if errors.Is(err, workflow.ErrNotFound) {
			return fmt.Errorf("no case numbered %s is frozen; see anju history verify", args[0])
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), "released")
		return nil
	})
	return c
}
