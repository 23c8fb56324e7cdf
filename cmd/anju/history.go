package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"anju/models/history"
	"anju/workflow"
)

func historyCommand(a *app) *cobra.Command {
	c := group(&cobra.Command{Use: "history", Short: "the record that proves itself"})
	c.AddCommand(historyVerify(a), historyRelease(a))
	return c
}

// verified is the shape that scripts read.
type verified struct {
	Entries  int              `json:"entries"`
	Cases    int              `json:"cases"`
	Verified bool             `json:"verified"`
	Broken   *history.Broken  `json:"broken"`
	Findings []history.Broken `json:"findings"` // the first of each case, and those of no case
	Frozen   []frozenCase     `json:"frozen"`   // cases on which nothing is done now
	Holds    []restoreHold    `json:"holds"`    // what was missing once, and who confirmed it
}

// restoreHold is a hold after a restore; one that waits for `anju restore confirm` has no confirmation.
type restoreHold struct {
	Since       *string `json:"since"`
	Cause       string  `json:"cause"`
	ConfirmedAt *string `json:"confirmed_at"`
	ConfirmedBy string  `json:"confirmed_by"`
}

func holdsOf(v history.Verification) []restoreHold {
	list := []restoreHold{}
	for _, h := range v.Holds {
		hold := restoreHold{Since: stampOf(h.Began), Cause: h.Cause, ConfirmedBy: h.ConfirmedBy}
		if !h.Lasts() {
			hold.ConfirmedAt = stampOf(h.Confirmed)
		}
		list = append(list, hold)
	}
	return list
}

func (h restoreHold) String() string {
	if h.ConfirmedAt == nil {
		return fmt.Sprintf("held since %s, waits for `anju restore confirm`: %s", *h.Since, h.Cause)
	}
	return fmt.Sprintf("held since %s, confirmed %s by %s: %s", *h.Since, *h.ConfirmedAt, h.ConfirmedBy, h.Cause)
}

type frozenCase struct {
	Case   workflow.CaseID `json:"case"`
	Number string          `json:"number"`
	Found  string          `json:"found"`
	Since  *string         `json:"since"`
}

func historyVerify(a *app) *cobra.Command {
	c := &cobra.Command{Use: "verify", Short: "compute the record again: hash chains, numbers, red cards; exit 1 and the first broken entry where it fails",
		Long: "Computes the hash chain of every case again, and follows the numbers of cases and papers, the red cards and the mark in the data\n" +
			"folder. A worker does the same every night and freezes a case of which something does not hold; this command changes nothing.\n" +
			"A hold after a restore is named, confirmed or not, and is no finding: exit 1 is only for what does not hold."}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
		v, err := b.store.Verify(c.Context(), a.settings.Data)
		if err != nil {
			return err
		}
		list, err := b.store.FrozenCases(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c, verifiedOf(v, list))
		} else {
			printVerification(c.OutOrStdout(), v, list)
		}
		if err != nil {
			return err
		}
		if v.Broken != nil {
			return errors.New("the record does not hold: " + v.Broken.Error() + "; keep the database as it is and compare with a backup")
		}
		return nil
	})
	return c
}

func verifiedOf(v history.Verification, list []history.Frozen) verified {
	out := verified{v.Entries, v.Cases, v.Broken == nil, v.Broken, v.Findings, []frozenCase{}, holdsOf(v)}
	if out.Findings == nil {
		out.Findings = []history.Broken{}
	}
	for _, f := range list {
		out.Frozen = append(out.Frozen, frozenCase{f.Case, f.Number, f.Found, stampOf(f.At)})
	}
	return out
}

// printVerification never calls a record whole of which something was missing once.
func printVerification(out io.Writer, v history.Verification, list []history.Frozen) {
	switch {
	case v.Broken == nil && len(v.Holds) == 0:
		fmt.Fprintf(out, "历史记录完整：%d 条，%d 件，哈希链逐条复算无误\n", v.Entries, v.Cases)
	case v.Broken == nil:
		fmt.Fprintf(out, "现存历史记录 %d 条，%d 件，哈希链逐条复算无误；数据库曾比已知的记录少或无法核对 %d 次：\n", v.Entries, v.Cases, len(v.Holds))
	}
	for _, b := range v.Findings {
		fmt.Fprintln(out, b.Error())
	}
	for _, f := range list {
		fmt.Fprintf(out, "frozen: case %s since %s (%s)\n", f.Number, *stampOf(f.At), f.Found)
	}
	for _, h := range holdsOf(v) {
		fmt.Fprintln(out, h)
	}
}

func historyRelease(a *app) *cobra.Command {
	c := &cobra.Command{Use: "release NUMBER", Short: "lift the freezing of a case once what was found is explained", Args: cobra.ExactArgs(1),
		Long: "A case of which something does not verify is frozen. Once it is known what happened, this lets people go on with it; the finding\n" +
			"stays in history verify. It is written into the log of the administration with the reason and the account that ran it."}
	reason := c.Flags().String("reason", "", "what was found out (required)")
	c.RunE = withDatabase(a, func(c *cobra.Command, args []string, b *backend) error {
		if strings.TrimSpace(*reason) == "" {
			return usagef("--reason is needed: say what was found out")
		}
		err := b.store.ReleaseCase(c.Context(), args[0], operator().Command, strings.TrimSpace(*reason))
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
