package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func historyCommand(a *app) *cobra.Command {
	c := group(&cobra.Command{Use: "history", Short: "the record that proves itself"})
	verify := &cobra.Command{Use: "verify", Short: "compute the hash chain of every case again; exit 1 and the first broken entry where it fails"}
	asJSON := jsonFlag(verify)
	verify.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
		v, err := b.store.VerifyHistory(c.Context())
		if err != nil {
			return err
		}
		broken := ""
		if v.Broken != nil {
			broken = fmt.Sprintf("entry %d, step %d of case %d: %s", v.Broken.ID, v.Broken.Step, v.Broken.Case, v.Broken.Why)
		}
		if *asJSON {
			type brokenJSON struct {
				ID   int64  `json:"id"`
				Case int64  `json:"case"`
				Step int    `json:"step"`
				Why  string `json:"why"`
			}
			out := struct {
				Entries  int         `json:"entries"`
				Cases    int         `json:"cases"`
				Verified bool        `json:"verified"`
				Broken   *brokenJSON `json:"broken"`
			}{v.Entries, v.Cases, v.Broken == nil, nil}
			if v.Broken != nil {
				out.Broken = &brokenJSON{int64(v.Broken.ID), int64(v.Broken.Case), v.Broken.Step, v.Broken.Why}
			}
			if err := printJSON(c, out); err != nil {
				return err
			}
		} else if broken == "" {
			fmt.Fprintf(c.OutOrStdout(), "历史记录完整：%d 条，%d 件，哈希链逐条复算无误\n", v.Entries, v.Cases)
		}
		if broken != "" {
			return errors.New("the history was changed: " + broken + "; keep the database as it is and compare with a backup")
		}
		return nil
	})
	c.AddCommand(verify)
	return c
}
