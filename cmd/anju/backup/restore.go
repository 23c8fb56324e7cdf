package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"time"

	"filippo.io/age"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/models"
	"anju/models/archive"
	modelsdb "anju/models/db"
	"anju/models/history"
)

// Restorer is a backup being put in its place.
type Restorer struct {
	Settings settings.Settings
	Name     string // of the backup
	Work     string // folder in which all of it is made and proved
	keys     *modelsdb.Keyring

	program  int64 // schema that this program knows
	head     archive.Head
	dump     *os.File
	parts    int
	files    map[string]bool // taken
	manifest archive.Manifest
	broken   *history.Broken
}

// Run refuses a place that is not empty, makes and proves all of it in a folder of its own, and renames. Where it fails
// nothing has been put in its place; where it was killed the next run begins anew.
func (r *Restorer) Run(ctx context.Context, from io.Reader, secrets []age.Identity) (err error) {
	if r.keys, err = modelsdb.LoadKeyring(r.Settings.KeyFile, false); err != nil {
		return fmt.Errorf("key file %s: %w; put the county's master key there, it is not in the backup", r.Settings.KeyFile,
			failure.Plain(err))
	}
	if err := r.emptyFolder(); err != nil {
		return err
	}
	if err := r.emptyDatabase(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(r.Work); err != nil {
		return failure.Plain(err)
	}
	if err := os.MkdirAll(filepath.Join(r.Work, "uploads"), 0o700); err != nil {
		return failure.Plain(err)
	}
	if err := r.build(ctx, from, secrets); err != nil {
		_ = os.RemoveAll(r.Work) // the first error is what is said
		return err
	}
	return r.install()
}

// build brings the backup into the work folder, and into the database where that is a server, and proves it.
func (r *Restorer) build(ctx context.Context, from io.Reader, secrets []age.Identity) error {
	if err := r.read(from, secrets); err != nil {
		return err
	}
	database := r.dumpPath()
	if r.Settings.Postgres() {
		if err := restorePostgres(ctx, r.Settings.DB, r.head.Server, r.dumpPath()); err != nil {
			return err
		}
		database = r.Settings.DB
	}
	if err := r.prove(ctx, database); err != nil {
		if r.Settings.Postgres() {
			return fmt.Errorf("%w; drop the database and create it again before the next try", err)
		}
		return err
	}
	return nil
}

// emptyFolder fails where anything lies in the data folder but the key.
func (r *Restorer) emptyFolder() error {
	entries, err := os.ReadDir(r.Settings.Data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failure.Plain(err)
	}
	begun := false
	for _, e := range entries {
		begun = begun || e.Name() == filepath.Base(r.Work)
	}
	for _, e := range entries {
		path := filepath.Join(r.Settings.Data, e.Name())
		switch {
		case path == r.Work, e.Name() == "lost+found", sameFile(path, r.Settings.KeyFile):
		case begun && path == backend.Uploads(r.Settings.Data), begun && path == r.settingsPath():
			if err := os.RemoveAll(path); err != nil { // a killed restore had put it there, before the database
				return failure.Plain(err)
			}
		default:
			return fmt.Errorf("the data folder %s is not empty (%s is there); restore into an empty one", r.Settings.Data,
				e.Name())
		}
	}
	return nil
}

// emptyDatabase fails where the database exists, or where that of a server has tables.
func (r *Restorer) emptyDatabase(ctx context.Context) (err error) {
	if !r.Settings.Postgres() {
		if _, err := os.Lstat(r.Settings.DB); err == nil {
			return fmt.Errorf("the database %s exists; restore beside it with another ANJU_DB, or move it away", r.Settings.DB)
		}
		r.program, err = modelsdb.ProgramSchema("sqlite")
		return err
	}
	if r.program, err = modelsdb.ProgramSchema("postgres"); err != nil {
		return err
	}
	db, err := modelsdb.Open(ctx, modelsdb.Options{URL: r.Settings.DB, Keys: r.keys, Now: time.Now})
	if err != nil {
		return backend.OpenError(r.Settings, err)
	}
	empty, err := db.Empty(ctx)
	if err := failure.First(err, db.Close()); err != nil {
		return backend.OpenError(r.Settings, err)
	}
	if !empty {
		return fmt.Errorf("the database %s is not empty; create an empty one (createdb) and give it with ANJU_DB",
			settings.Mask(r.Settings.DB))
	}
	return nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

func (r *Restorer) dumpPath() string { return filepath.Join(r.Work, "database") }

// settingsPath is where the settings of the backup are put for people to read.
func (r *Restorer) settingsPath() string { return filepath.Join(r.Settings.Data, "restored-settings") }

// read takes all that is in the backup to the work folder, on the disk.
func (r *Restorer) read(from io.Reader, secrets []age.Identity) (err error) {
	r.files = map[string]bool{}
	if r.dump, err = os.OpenFile(r.dumpPath(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return failure.Plain(err)
	}
	r.manifest, err = archive.Read(from, r, secrets...)
	if err := failure.First(err, failure.First(r.dump.Sync(), r.dump.Close())); err != nil {
		return failure.Plain(err)
	}
	flushDisks()
	return nil
}

// Accept implements archive.Taker: it refuses what this program or this place cannot take.
func (r *Restorer) Accept(h archive.Head) error {
	r.head = h
	kind := "sqlite"
	if r.Settings.Postgres() {
		kind = "postgres"
	}
	if err := acceptFormat(h); err != nil {
		return err
	}
	switch {
	case h.Schema > r.program:
		return fmt.Errorf("its tables are of version %d, written by anju %s, and this program knows them up to version "+
			"%d; restore with that version of anju",
			h.Schema, h.Program, r.program)
	case h.Database != kind:
		return fmt.Errorf("it is of %s and ANJU_DB names %s (%s); restore into the kind it was made of", h.Database, kind,
			settings.Mask(r.Settings.DB))
	}
	mine := r.keys.Checks()
	for version, check := range h.Keys {
		if mine[version] != check {
			return fmt.Errorf("key file %s is not the master key of this backup (key %s); put the right one there",
				r.Settings.KeyFile, version)
		}
	}
	return nil
}

// Take implements archive.Taker.
func (r *Restorer) Take(name string, from io.Reader) error {
	if strings.HasPrefix(name, archive.DatabaseDir) {
		if name != fmt.Sprintf("%s%06d", archive.DatabaseDir, r.parts) {
			return fmt.Errorf("%w: %s is not the next part", archive.ErrDamaged, name)
		}
		r.parts++
		_, err := io.Copy(r.dump, from)
		return err
	}
	path := filepath.Join(r.Work, "restored-settings", name)
	file, isFile := strings.CutPrefix(name, archive.FilesDir)
	if isFile {
		path = filepath.Join(r.Work, "uploads", file[:2], file)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY,
		0o600) //nolint:gosec // the name is one that archive.Read lets through
	if err != nil {
		return err
	}
	if isFile {
		r.files[file] = true
		err = copyFile(f, file, from)
	} else {
		_, err = io.Copy(f, from)
	}
	return failure.First(err, f.Close())
}

// prove opens the database, which proves it sound and of this key, compares it with the manifest, brings its tables up
// to date, verifies the history and puts the database under a restore hold.
func (r *Restorer) prove(ctx context.Context, database string) (err error) {
	db, err := modelsdb.Open(ctx, modelsdb.Options{URL: database, Keys: r.keys, Now: time.Now})
	if err != nil {
		return fmt.Errorf("the database of the backup does not open: %w", err)
	}
	defer func() { err = failure.First(err, db.Close()) }()
	found, err := db.Census(ctx)
	if err != nil {
		return err
	}
	if found.Schema != r.head.Schema || !reflect.DeepEqual(found.Counts, r.manifest.Counts) {
		return fmt.Errorf("the database does not hold what the manifest counts (%d cases and %d history entries, counted "+
			"%d and %d); use another backup",
			r.manifest.Counts.Cases, r.manifest.Counts.HistoryEntries, found.Counts.Cases, found.Counts.HistoryEntries)
	}
	if err := r.proveFiles(found.Files); err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	store := models.NewStore(db, backend.Chains())
	v, err := store.VerifyHistory(ctx)
	if err != nil {
		return err
	}
	r.broken = v.Broken
	return store.BeginRestore(ctx, fmt.Sprintf("restored from %s, taken %s", r.Name, r.head.TakenAt.Format(time.RFC3339)))
}

// proveFiles fails unless the files are those that the rows name, but for those that the manifest says were lost
// before.
func (r *Restorer) proveFiles(named []modelsdb.StoredFile) error {
	for _, l := range r.manifest.Lost {
		r.files[l.Hash] = true
	}
	for _, f := range named {
		if name := fmt.Sprintf("%x", f.Hash); !r.files[name] {
			return fmt.Errorf("file %s of case %d is not in the backup; use another one", name, f.Case)
		}
	}
	if len(r.files) != len(named) {
		return fmt.Errorf("the backup holds %d files and its rows name %d; use another one", len(r.files), len(named))
	}
	return nil
}

// install renames what was proved, the database last: while it is not there the place is begun anew.
func (r *Restorer) install() error {
	moves := [][2]string{{filepath.Join(r.Work, "uploads"), backend.Uploads(r.Settings.Data)},
		{filepath.Join(r.Work, "restored-settings"), r.settingsPath()}}
	if !r.Settings.Postgres() {
		if st, err := os.Stat(r.dumpPath() + "-wal"); err == nil && st.Size() > 0 {
			return errors.New("the database was not closed whole; run the restore again")
		}
		if err := os.MkdirAll(filepath.Dir(r.Settings.DB), 0o700); err != nil {
			return failure.Plain(err)
		}
		moves = append(moves, [2]string{r.dumpPath(), r.Settings.DB})
	}
	flushDisks()
	for _, m := range moves {
		if err := os.Rename(m[0], m[1]); err != nil {
			return fmt.Errorf("put %s in its place: %w", m[1], err)
		}
	}
	if err := failure.First(syncFolder(r.Settings.Data), syncFolder(filepath.Dir(r.Settings.DB))); err != nil &&
		!r.Settings.Postgres() {
		return err
	}
	return os.RemoveAll(r.Work)
}

// Print tells what was restored. A history that did not hold when the backup was made is an error: the place is there,
// under its hold.
func (r *Restorer) Print(out io.Writer, asJSON bool, name string, size int64) error {
	if err := printManifest(out, asJSON, name, size, r.manifest); err != nil {
		return err
	}
	if !asJSON {
		fmt.Fprintf(out, "restored into %s and %s; nothing is sent and nothing escalates until `anju restore confirm`\n",
			r.Settings.Data, settings.Mask(r.Settings.DB))
	}
	if b := r.broken; b != nil {
		return fmt.Errorf("restored, and its history does not hold (entry %d, step %d of case %d: %s); compare with an "+
			"earlier backup before `anju restore confirm`",
			b.ID, b.Step, b.Case, b.Why)
	}
	return nil
}

// syncFolder makes a rename last. Windows has no such thing and needs none.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path) //nolint:gosec // the operator's setting
	if err != nil {
		return failure.Plain(err)
	}
	return failure.First(f.Sync(), f.Close())
}
