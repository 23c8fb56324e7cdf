package backup

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"

	"anju/cmd/anju/failure"
)

// shortestPassphrase is what a passphrase of a backup needs, in bytes: a backup can be tried at leisure.
const shortestPassphrase = 16

// Recipients say whom a backup is made for.
type Recipients struct {
	Keys             []string
	File, Passphrase string
}

// Read gives the recipients, and with a passphrase what opens the backup again. A backup without either is refused.
func (r *Recipients) Read() ([]age.Recipient, []age.Identity, error) {
	text := strings.Join(r.Keys, "\n")
	if r.File != "" {
		b, err := os.ReadFile(r.File)
		if err != nil {
			return nil, nil, failure.Usagef("%w; give a readable file of recipients", failure.Plain(err))
		}
		text += "\n" + string(b)
	}
	switch named := strings.TrimSpace(text) != ""; {
	case named && r.Passphrase != "":
		return nil, nil, failure.Usagef("a backup is made for recipients or with a passphrase, not for both")
	case named:
		to, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, nil, failure.Usagef("recipients: %s; a recipient begins with age1", failure.OneLine(err.Error()))
		}
		return to, nil, nil
	case r.Passphrase == "":
		return nil, nil, failure.Usagef("a backup is always encrypted: %s", KeyHint)
	}
	word, err := readPassphrase(r.Passphrase)
	if err != nil {
		return nil, nil, err
	}
	if len(word) < shortestPassphrase {
		return nil, nil, failure.Usagef("the passphrase in %s is too short: at least %d characters", r.Passphrase,
			shortestPassphrase)
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
		return "", failure.Usagef("%w; give a readable file with the passphrase", failure.Plain(err))
	}
	word, _, _ := bytes.Cut(b, []byte("\n"))
	if word = bytes.TrimSpace(word); len(word) == 0 {
		return "", failure.Usagef("the passphrase file %s is empty", file)
	}
	return string(word), nil
}

// Identities say what opens a backup.
type Identities struct{ File, Passphrase string }

func (i *Identities) read() ([]age.Identity, error) {
	switch {
	case (i.File == "") == (i.Passphrase == ""):
		return nil, failure.Usagef("give what opens the backup: --identity KEYFILE, or --passphrase-file FILE")
	case i.Passphrase != "":
		word, err := readPassphrase(i.Passphrase)
		if err != nil {
			return nil, err
		}
		by, err := age.NewScryptIdentity(word)
		return []age.Identity{by}, err
	}
	b, err := os.ReadFile(i.File)
	if err != nil {
		return nil, failure.Usagef("%w; give the key file that `anju backup key` made", failure.Plain(err))
	}
	by, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s is no key of backups; give the file that `anju backup key` made", i.File)
	}
	return by, nil
}

// Open opens the file of a backup and reads what opens its content.
func Open(in string, by *Identities) (*os.File, []age.Identity, error) {
	if in == "" {
		return nil, nil, failure.Usagef("give the backup with --in FILE")
	}
	secrets, err := by.read()
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(in)
	if err != nil {
		return nil, nil, failure.Usagef("%w; give a readable file with --in", failure.Plain(err))
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, nil, errors.Join(failure.Usagef("%s is no file", in), f.Close())
	}
	return f, secrets, nil
}

// KeyHint says how a key of backups is made.
const KeyHint = "make a key once with `anju backup key --out KEYFILE`, keep that file apart, and give the " +
	"recipient it prints with --recipient"

// NewKey writes a new key that opens backups to a file that does not exist, and returns the recipient to make them for.
func NewKey(name string) (recipient string, err error) {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("%w; choose another file", failure.Plain(err))
	}
	_, err = fmt.Fprintf(f, "# opens backups of anju; keep it apart from them and from the master key\n# recipient: "+
		"%s\n%s\n", k.Recipient(), k)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", failure.Plain(err)
	}
	return k.Recipient().String(), nil
}
