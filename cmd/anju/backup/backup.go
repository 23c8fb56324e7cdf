package backup

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

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/models/archive"
	database "anju/models/db"
)

// Writer is a backup being made.
type Writer struct {
	Backend    *backend.Backend
	Settings   settings.Settings
	Out        string
	Recipients []age.Recipient
	Program    string         // version of Anju that writes it
	Secrets    []age.Identity // none where this machine cannot read what it writes

	manifest archive.Manifest
	size     int64
	lost     []archive.Lost
}

// Run writes beside the name asked for, reads back what it wrote, and renames. Where it fails nothing is left behind.
func (w *Writer) Run(ctx context.Context) (err error) {
	if _, err := os.Lstat(w.Out); err == nil {
		return errors.New("the file exists; choose another name")
	}
	partial := w.Out + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a run that was killed
		return failure.Plain(err)
	}
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return failure.Plain(err)
	}
	defer func() {
		err = failure.First(err, f.Close())
		if err != nil {
			_ = os.Remove(partial) // the first error is what is said
		}
	}()
	sum := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	if err := w.write(ctx, buffered); err != nil {
		return err
	}
	if err := failure.First(buffered.Flush(), f.Sync()); err != nil {
		return failure.Plain(err)
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
	if err := os.Rename(partial, w.Out); err != nil {
		return failure.Plain(err)
	}
	return syncFolder(filepath.Dir(w.Out))
}

// write takes the snapshot of the database first and then every file that its rows name: files are written before their
// rows and never changed or removed, so all of them are there.
func (w *Writer) write(ctx context.Context, to io.Writer) (err error) {
	path := ""
	if !w.Settings.Postgres() {
		if path, err = copyPath(w.Settings.DB); err != nil {
			return err
		}
		defer func() { err = failure.First(err, os.Remove(path)) }()
	}
	taken := time.Now().UTC()
	return w.Backend.DB.Snapshot(ctx, path, func(s database.Snapshot) error {
		a, err := archive.NewWriter(to, archive.Head{Program: w.Program, Database: w.Backend.DB.Dialect(), Server: s.Server,
			Schema:  s.Schema,
			TakenAt: taken, Keys: w.Backend.DB.KeyChecks()}, w.Recipients...)
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
				return "", failure.Plain(err)
			}
		}
	}
	f, err := os.CreateTemp(filepath.Dir(db), copyPattern)
	if err != nil {
		return "", failure.Plain(err)
	}
	return f.Name(), f.Close()
}

func (w *Writer) addDatabase(ctx context.Context, a *archive.Writer, path string, s database.Snapshot) error {
	if w.Settings.Postgres() {
		return dumpPostgres(ctx, w.Settings.DB, s.Export, s.Server, a.AddDatabase)
	}
	f, err := os.Open(path) //nolint:gosec // made above
	if err != nil {
		return err
	}
	return failure.First(a.AddDatabase(f), f.Close())
}

// addFiles adds every file whose content is what its name says. The others are noted: a backup without one scan is
// worth more than none.
func (w *Writer) addFiles(ctx context.Context, a *archive.Writer, files []database.StoredFile) error {
	for _, stored := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := hex.EncodeToString(stored.Hash[:])
		why, err := addFile(a, filepath.Join(backend.Uploads(w.Settings.Data), name[:2], name), name)
		if err != nil {
			return err
		}
		if why == "" {
			continue
		}
		number, err := w.Backend.DB.CaseNumber(ctx, stored.Case)
		if err != nil {
			return err
		}
		w.lost = append(w.lost, archive.Lost{Hash: name, Case: number, Why: why})
	}
	return nil
}

// addSettings adds the settings in force and the file they came from, secrets masked in both.
func (w *Writer) addSettings(a *archive.Writer) error {
	b, err := json.MarshalIndent(map[string]any{"settings": w.Settings.Lines()}, "", "  ")
	if err != nil {
		return err
	}
	if err := a.Add(archive.SettingsName, int64(len(b)), bytes.NewReader(b)); err != nil || w.Settings.File == "" {
		return err
	}
	if b, err = os.ReadFile(w.Settings.File); err != nil {
		return failure.Plain(err)
	}
	text := string(b)
	for i, v := range w.Settings.Values() {
		if settings.Table[i].Secret && v != "" {
			text = strings.ReplaceAll(text, v, settings.Mask(v))
		}
	}
	return a.Add(archive.ConfigName, int64(len(text)), strings.NewReader(text))
}

// readBack reads what lies on the disk: decrypted and compared with its manifest where the secret is here, otherwise
// byte for byte.
func (w *Writer) readBack(f *os.File, written hash.Hash) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return failure.Plain(err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, bufio.NewReaderSize(f, 1<<20)); err != nil {
		return failure.Plain(err)
	}
	if !bytes.Equal(sum.Sum(nil), written.Sum(nil)) {
		return errors.New("what was written is not what the disk gives back: use another disk")
	}
	if len(w.Secrets) == 0 {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return failure.Plain(err)
	}
	_, err := archive.Read(bufio.NewReaderSize(f, 1<<20), &verifier{}, w.Secrets...)
	return err
}

// Print tells what is in the backup; a file that it lacks makes it an error.
func (w *Writer) Print(out io.Writer, asJSON bool) error {
	if err := printManifest(out, asJSON, w.Out, w.size, w.manifest); err != nil {
		return err
	}
	if n := len(w.lost); n > 0 {
		l := w.lost[0]
		return fmt.Errorf("backup %s is written without %d of %d files: %s of case %s is %s in %s; put it there from an "+
			"earlier backup",
			w.Out, n, w.manifest.Counts.Files, l.Hash, l.Case, l.Why, backend.Uploads(w.Settings.Data))
	}
	return nil
}
