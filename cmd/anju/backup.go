package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/emmansun/gmsm/sm3"
	"github.com/spf13/cobra"

	"anju/models/archive"
	database "anju/models/db"
)

const makeKey = "make a key once with `anju backup key --out KEYFILE`, keep that file apart, and give the recipient it prints with --recipient"

func backupCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "backup --out FILE", Short: "write database, files and settings to one encrypted file, also while serving",
		Long: "Writes one encrypted file with the database as of one instant, every file that its rows name, the settings with secrets\n" +
			"masked, and a manifest with the SHA-256 of each. The master key (ANJU_KEY_FILE) is not in it: keep a copy of it apart.\n" +
			"It is encrypted to a recipient, whose key this machine need not have, or with a passphrase. PostgreSQL is read by pg_dump.\n" +
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
			return usagef("backup needs --out FILE")
		}
		recipients, secrets, err := to.read()
		if err != nil {
			return err
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
			w := &backing{b: b, s: a.settings, out: *out, recipients: recipients, secrets: secrets}
			if err := w.run(c.Context()); err != nil {
				return fmt.Errorf("backup %s: %w; no backup was made", *out, err)
			}
			return w.say(c, *asJSON)
		})(c, args)
	}
	c.AddCommand(pure(backupKey()), pure(backupVerify()))
	return c
}

// backing is a backup being made.
type backing struct {
	b          *backend
	s          settings
	out        string
	recipients []age.Recipient
	secrets    []age.Identity // none where this machine cannot read what it writes

	manifest archive.Manifest
	size     int64
	lost     []archive.Lost
}

// run writes beside the name asked for, reads back what it wrote, and renames. Where it fails nothing is left behind.
func (w *backing) run(ctx context.Context) (err error) {
	if _, err := os.Lstat(w.out); err == nil {
		return errors.New("the file exists; choose another name")
	}
	partial := w.out + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a run that was killed
		return plain(err)
	}
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return plain(err)
	}
	defer func() {
		err = firstError(err, f.Close())
		if err != nil {
			_ = os.Remove(partial) // the first error is what is said
		}
	}()
	sum := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	if err := w.write(ctx, buffered); err != nil {
		return err
	}
	if err := firstError(buffered.Flush(), f.Sync()); err != nil {
		return plain(err)
	}
	if err := w.readBack(f, sum); err != nil {
		return err
	}
	now, err := os.Stat(partial)
	mine, err2 := f.Stat()
	if err := errors.Join(err, err2); err != nil || !os.SameFile(now, mine) {
		return errors.New("another backup is writing the same file")
	}
	w.size = mine.Size()
	if err := os.Rename(partial, w.out); err != nil {
		return plain(err)
	}
	return syncFolder(filepath.Dir(w.out))
}

// write takes the snapshot of the database first and then every file that its rows name: files are written before their rows
// and never changed or removed, so all of them are there.
func (w *backing) write(ctx context.Context, to io.Writer) (err error) {
	path := ""
	if !w.s.postgres() {
		if path, err = copyPath(w.s.DB); err != nil {
			return err
		}
		defer func() { err = firstError(err, os.Remove(path)) }()
	}
	taken := time.Now().UTC()
	return w.b.db.Snapshot(ctx, path, func(s database.Snapshot) error {
		a, err := archive.NewWriter(to, archive.Head{Program: version, Database: w.b.db.Dialect(), Server: s.Server, Schema: s.Schema,
			TakenAt: taken, Keys: w.b.db.KeyChecks()}, w.recipients...)
		if err != nil {
			return err
		}
		if err := w.addDatabase(ctx, a, path, s); err != nil {
			return err
		}
		if err := w.addFiles(ctx, a, s.Files); err != nil {
			return err
		}
		if err := w.addSettings(a); err != nil {
			return err
		}
		w.manifest, err = a.Close(s.Counts, w.lost)
		return err
	})
}

// copyPattern is the name of the copy of a SQLite database while it is read into a backup.
const copyPattern = "backup-*.copy"

// copyPath makes an empty file of this user alone beside the database, and takes away those that a killed run has left.
func copyPath(db string) (string, error) {
	left, err := filepath.Glob(filepath.Join(filepath.Dir(db), copyPattern))
	if err != nil {
		return "", err
	}
	for _, name := range left { // another backup may be running
		if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > 24*time.Hour {
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", plain(err)
			}
		}
	}
	f, err := os.CreateTemp(filepath.Dir(db), copyPattern)
	if err != nil {
		return "", plain(err)
	}
	return f.Name(), f.Close()
}

func (w *backing) addDatabase(ctx context.Context, a *archive.Writer, path string, s database.Snapshot) error {
	if w.s.postgres() {
		return dumpPostgres(ctx, w.s.DB, s.Export, s.Server, a.AddDatabase)
	}
	f, err := os.Open(path) //nolint:gosec // made above
	if err != nil {
		return err
	}
	return firstError(a.AddDatabase(f), f.Close())
}

// addFiles adds every file whose content is what its name says. The others are noted: a backup without one scan is worth more
// than none.
func (w *backing) addFiles(ctx context.Context, a *archive.Writer, files []database.StoredFile) error {
	for _, stored := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := hex.EncodeToString(stored.Hash[:])
		why, err := addFile(a, filepath.Join(uploads(w.s.Data), name[:2], name), name)
		if err != nil {
			return err
		}
		if why == "" {
			continue
		}
		number, err := w.b.db.CaseNumber(ctx, stored.Case)
		if err != nil {
			return err
		}
		w.lost = append(w.lost, archive.Lost{Hash: name, Case: number, Why: why})
	}
	return nil
}

func uploads(data string) string { return filepath.Join(data, "uploads") }

// addFile adds one file, or says why it cannot be: it is proved before it is read into the archive.
func addFile(a *archive.Writer, path, name string) (why string, err error) {
	f, err := os.Open(path) //nolint:gosec // the folder is the operator's setting and the name a hash
	if errors.Is(err, fs.ErrNotExist) {
		return "missing", nil
	}
	if err != nil {
		return "", plain(err)
	}
	defer func() { err = firstError(err, f.Close()) }()
	sum := sm3.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return "", plain(err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != name {
		return "altered", nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", plain(err)
	}
	return "", a.Add(archive.FilesDir+name, size, f)
}

// addSettings adds the settings in force and the file they came from, secrets masked in both.
func (w *backing) addSettings(a *archive.Writer) error {
	b, err := json.MarshalIndent(map[string]any{"settings": w.s.lines()}, "", "  ")
	if err != nil {
		return err
	}
	if err := a.Add(archive.SettingsName, int64(len(b)), bytes.NewReader(b)); err != nil || w.s.file == "" {
		return err
	}
	if b, err = os.ReadFile(w.s.file); err != nil {
		return plain(err)
	}
	text := string(b)
	for i, v := range w.s.values() {
		if settingTable[i].secret && v != "" {
			text = strings.ReplaceAll(text, v, mask(v))
		}
	}
	return a.Add(archive.ConfigName, int64(len(text)), strings.NewReader(text))
}

// readBack reads what lies on the disk: decrypted and compared with its manifest where the secret is here, otherwise byte for byte.
func (w *backing) readBack(f *os.File, written hash.Hash) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return plain(err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, bufio.NewReaderSize(f, 1<<20)); err != nil {
		return plain(err)
	}
	if !bytes.Equal(sum.Sum(nil), written.Sum(nil)) {
		return errors.New("what was written is not what the disk gives back: use another disk")
	}
	if len(w.secrets) == 0 {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return plain(err)
	}
	_, err := archive.Read(bufio.NewReaderSize(f, 1<<20), &inspector{}, w.secrets...)
	return err
}

// say tells what is in the backup; a file that it lacks makes it an error.
func (w *backing) say(c *cobra.Command, asJSON bool) error {
	if err := sayManifest(c, asJSON, w.out, w.size, w.manifest); err != nil {
		return err
	}
	if n := len(w.lost); n > 0 {
		l := w.lost[0]
		return fmt.Errorf("backup %s is written without %d of %d files: %s of case %s is %s in %s; put it there from an earlier backup",
			w.out, n, w.manifest.Counts.Files, l.Hash, l.Case, l.Why, uploads(w.s.Data))
	}
	return nil
}

func sayManifest(c *cobra.Command, asJSON bool, name string, size int64, m archive.Manifest) error {
	if asJSON {
		return printJSON(c, struct {
			File string `json:"file"`
			Size int64  `json:"size"`
			archive.Head
			Counts archive.Counts `json:"counts"`
			Lost   []archive.Lost `json:"lost"`
		}{name, size, m.Head, m.Counts, m.Lost})
	}
	for _, l := range m.Lost {
		fmt.Fprintf(c.OutOrStdout(), "%-8s file %s of case %s\n", l.Why, l.Hash, l.Case)
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %s, schema %d, taken %s, %d cases, %d history entries, %d files, %d bytes, verified\n", name, m.Database, m.Schema,
		m.TakenAt.Format(time.RFC3339), m.Counts.Cases, m.Counts.HistoryEntries, m.Counts.Files-len(m.Lost), size)
	return nil
}

func backupKey() *cobra.Command {
	c := &cobra.Command{Use: "key --out FILE", Short: "make the key that opens backups, and print the recipient to make them for"}
	out := c.Flags().String("out", "", "file of the key; it must not exist")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *out == "" {
			return usagef("backup key needs --out FILE")
		}
		k, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		f, err := os.OpenFile(*out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("%w; choose another file", plain(err))
		}
		_, err = fmt.Fprintf(f, "# opens backups of anju; keep it apart from them and from the master key\n# recipient: %s\n%s\n", k.Recipient(), k)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return plain(err)
		}
		fmt.Fprintln(c.OutOrStdout(), k.Recipient())
		return nil
	}
	return c
}

func backupVerify() *cobra.Command {
	c := &cobra.Command{Use: "verify --in FILE", Short: "decrypt a backup and compare all of it with its manifest; nothing is written"}
	in := c.Flags().String("in", "", "the backup")
	by := identityFlags(c)
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		f, secrets, err := openBackup(*in, by)
		if err != nil {
			return err
		}
		defer func() { err = firstError(err, f.Close()) }()
		m, err := archive.Read(bufio.NewReaderSize(f, 1<<20), &inspector{}, secrets...)
		if err != nil {
			return fmt.Errorf("%s: %w", *in, err)
		}
		st, err := f.Stat()
		if err != nil {
			return err
		}
		return sayManifest(c, *asJSON, *in, st.Size(), m)
	}
	return c
}

// inspector takes nothing, and proves that the content of each file is what its name says.
type inspector struct{}

// Accept implements archive.Taker.
func (*inspector) Accept(h archive.Head) error { return acceptFormat(h) }

// Take implements archive.Taker.
func (*inspector) Take(name string, from io.Reader) error {
	file, ok := strings.CutPrefix(name, archive.FilesDir)
	if !ok {
		return nil
	}
	return copyFile(io.Discard, file, from)
}

// copyFile copies a file and fails where its content is not what its name says.
func copyFile(to io.Writer, name string, from io.Reader) error {
	sum := sm3.New()
	if _, err := io.Copy(io.MultiWriter(to, sum), from); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != name {
		return fmt.Errorf("%w: file %s is not what its name says", archive.ErrDamaged, name)
	}
	return nil
}

func acceptFormat(h archive.Head) error {
	if h.Format > archive.Format {
		return fmt.Errorf("it is of format %d, written by anju %s, and this program reads up to format %d; use that version of anju",
			h.Format, h.Program, archive.Format)
	}
	return nil
}
