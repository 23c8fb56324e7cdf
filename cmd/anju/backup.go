package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/backup"
	"anju/cmd/anju/failure"
)

func backupCommand(a *program) *cobra.Command {
	c := &cobra.Command{
		Use: "backup --out FILE", Short: "write database, files and settings to one encrypted file, also while serving",
		Long: "Writes one encrypted file with the database as of one instant, every file that its rows name, the " +
			"settings with secrets\n" +
			"masked, and a manifest with the SHA-256 of each. The master key (ANJU_KEY_FILE) is not in it: keep a copy of " +
			"it apart.\n" +
			"It is encrypted to a recipient, whose key this machine need not have, or with a passphrase. PostgreSQL is read " +
			"by pg_dump.\n" +
			"Exit 1 where a file that the rows name is missing or altered: the backup is written and the file is named.",
		Example: "  anju backup key --out /media/usb/backup.key\n" +
			"  anju backup --out /backup/anju-2026-03-02.age --recipient age1…\n" +
			"  anju backup verify --in /backup/anju-2026-03-02.age --identity /media/usb/backup.key",
	}
	out := c.Flags().String("out", "", "file to write; it must not exist")
	to := recipientFlags(c)
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if *out == "" {
			return failure.Usagef("backup needs --out FILE")
		}
		recipients, secrets, err := to.Read()
		if err != nil {
			return err
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
			w := &backup.Writer{Backend: b, Settings: a.settings, Out: *out, Program: version, Recipients: recipients,
				Secrets: secrets}
			if err := w.Run(c.Context()); err != nil {
				return fmt.Errorf("backup %s: %w; no backup was made", *out, err)
			}
			return w.Print(c.OutOrStdout(), *asJSON)
		})(c, args)
	}
	c.AddCommand(pure(backupKey()), pure(backupVerify()))
	return c
}

func backupKey() *cobra.Command {
	c := &cobra.Command{Use: "key --out FILE",
		Short: "make the key that opens backups, and print the recipient to make them for"}
	out := c.Flags().String("out", "", "file of the key; it must not exist")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *out == "" {
			return failure.Usagef("backup key needs --out FILE")
		}
		recipient, err := backup.NewKey(*out)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), recipient)
		return nil
	}
	return c
}

func backupVerify() *cobra.Command {
	c := &cobra.Command{Use: "verify --in FILE",
		Short: "decrypt a backup and compare all of it with its manifest; nothing is written"}
	in := c.Flags().String("in", "", "the backup")
	by := identityFlags(c)
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		f, secrets, err := backup.Open(*in, by)
		if err != nil {
			return err
		}
		defer func() { err = failure.First(err, f.Close()) }()
		return backup.PrintVerified(c.OutOrStdout(), *asJSON, *in, f, secrets)
	}
	return c
}

func recipientFlags(c *cobra.Command) *backup.Recipients {
	r := &backup.Recipients{}
	c.Flags().StringArrayVar(&r.Keys, "recipient", nil, "recipient age1… who can open it; may be repeated")
	c.Flags().StringVar(&r.File, "recipient-file", "", "file with recipients, one a line")
	c.Flags().StringVar(&r.Passphrase, "passphrase-file", "", "file with a passphrase, instead of a recipient")
	return r
}

func identityFlags(c *cobra.Command) *backup.Identities {
	i := &backup.Identities{}
	c.Flags().StringVar(&i.File, "identity", "", "key file that `anju backup key` made")
	c.Flags().StringVar(&i.Passphrase, "passphrase-file", "", "file with the passphrase")
	return i
}
