package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"
)

// shortestPassphrase is what a passphrase of a backup needs, in bytes: a backup can be tried at leisure.
const shortestPassphrase = 16

// recipients are the flags that say whom a backup is made for.
type recipients struct {
	keys             []string
	file, passphrase string
}

func recipientFlags(c *cobra.Command) *recipients {
	r := &recipients{}
	c.Flags().StringArrayVar(&r.keys, "recipient", nil, "recipient age1… who can open it; may be repeated")
	c.Flags().StringVar(&r.file, "recipient-file", "", "file with recipients, one a line")
	c.Flags().StringVar(&r.passphrase, "passphrase-file", "", "file with a passphrase, instead of a recipient")
	return r
}

// read gives the recipients, and with a passphrase what opens the backup again. A backup without either is refused.
func (r *recipients) read() ([]age.Recipient, []age.Identity, error) {
	text := strings.Join(r.keys, "\n")
	if r.file != "" {
		b, err := os.ReadFile(r.file)
		if err != nil {
			return nil, nil, usagef("%w; give a readable file of recipients", plain(err))
		}
		text += "\n" + string(b)
	}
	switch named := strings.TrimSpace(text) != ""; {
	case named && r.passphrase != "":
		return nil, nil, usagef("a backup is made for recipients or with a passphrase, not for both")
	case named:
		to, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, nil, usagef("recipients: %s; a recipient begins with age1", oneLine(err.Error()))
		}
		return to, nil, nil
	case r.passphrase == "":
		return nil, nil, usagef("a backup is always encrypted: %s", makeKey)
	}
	word, err := readPassphrase(r.passphrase)
	if err != nil {
		return nil, nil, err
	}
	if len(word) < shortestPassphrase {
		return nil, nil, usagef("the passphrase in %s is too short: at least %d characters", r.passphrase, shortestPassphrase)
	}
	to, err := age.NewScryptRecipient(word)
	if err != nil {
		return nil, nil, err
	}
	by, err := age.NewScryptIdentity(word)
	return []age.Recipient{to}, []age.Identity{by}, err
}

func readPassphrase(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", usagef("%w; give a readable file with the passphrase", plain(err))
	}
	word, _, _ := bytes.Cut(b, []byte("\n"))
	if word = bytes.TrimSpace(word); len(word) == 0 {
		return "", usagef("the passphrase file %s is empty", file)
	}
	return string(word), nil
}

// identities are the flags that say what opens a backup.
type identities struct{ file, passphrase string }

func identityFlags(c *cobra.Command) *identities {
	i := &identities{}
	c.Flags().StringVar(&i.file, "identity", "", "key file that `anju backup key` made")
	c.Flags().StringVar(&i.passphrase, "passphrase-file", "", "file with the passphrase")
	return i
}

func (i *identities) read() ([]age.Identity, error) {
	switch {
	case (i.file == "") == (i.passphrase == ""):
		return nil, usagef("give what opens the backup: --identity KEYFILE, or --passphrase-file FILE")
	case i.passphrase != "":
		word, err := readPassphrase(i.passphrase)
		if err != nil {
			return nil, err
		}
		by, err := age.NewScryptIdentity(word)
		return []age.Identity{by}, err
	}
	b, err := os.ReadFile(i.file)
	if err != nil {
		return nil, usagef("%w; give the key file that `anju backup key` made", plain(err))
	}
	by, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s is no key of backups; give the file that `anju backup key` made", i.file)
	}
	return by, nil
}

// openBackup opens the file of a backup and reads what opens its content.
func openBackup(in string, by *identities) (*os.File, []age.Identity, error) {
	if in == "" {
		return nil, nil, usagef("give the backup with --in FILE")
	}
	secrets, err := by.read()
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(in)
	if err != nil {
		return nil, nil, usagef("%w; give a readable file with --in", plain(err))
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, nil, errors.Join(usagef("%s is no file", in), f.Close())
	}
	return f, secrets, nil
}
