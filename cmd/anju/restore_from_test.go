package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"anju/cmd/anju/backend"
	"anju/models/archive"
	"anju/models/db"
	"anju/models/modelstest"
	"anju/seeds"
)

// bad runs a command that has to end with the code, and gives its one line.
func (p site) bad(code int, words []string, args ...string) {
	p.t.Helper()
	var out, errOut strings.Builder
	got := run(p.t.Context(), p.args(args...), strings.NewReader(""), &out, &errOut)
	if got != code || strings.Count(errOut.String(), "\n") != 1 {
		p.t.Errorf("anju %v ended with %d: %q; want %d and one line", args, got, errOut.String(), code)
	}
	for _, w := range words {
		if !strings.Contains(errOut.String(), w) {
			p.t.Errorf("anju %v says %q; want %q in it", args, errOut.String(), w)
		}
	}
}

func missing(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is there (%v)", path, err)
	}
}

// only fails unless the folder of an empty place holds the key and nothing else.
func (p site) only(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(p.data)
	if err != nil || len(entries) != 1 || entries[0].Name() != "master.key" {
		t.Errorf("a refused restore left %v (%v)", entries, err)
	}
}

// TestBackupRefusals: never plain, never over another file, nothing left behind.
func TestBackupRefusals(t *testing.T) {
	long(t)
	p := newSite(t, "")
	seedDemo(t, p.data)
	_, recipient := backupKeyOf(t, p)
	dir := t.TempDir()
	out := filepath.Join(dir, "anju.age")
	word := filepath.Join(dir, "word")
	writeFile(t, word, "短 word\n")
	p.bad(exitUsage, []string{"always encrypted", "anju backup key --out"}, "backup", "--out", out)
	p.bad(exitUsage, []string{"--out"}, "backup", "--recipient", recipient)
	p.bad(exitUsage, []string{"age1"}, "backup", "--out", out, "--recipient", "ssh-rsa AAAA")
	p.bad(exitUsage, []string{"not for both"}, "backup", "--out", out, "--recipient", recipient, "--passphrase-file", word)
	p.bad(exitUsage, []string{"too short"}, "backup", "--out", out, "--passphrase-file", word)
	p.bad(
		exitFalse,
		[]string{"no such file"},
		"backup",
		"--out",
		filepath.Join(dir, "none", "f"),
		"--recipient",
		recipient,
	)
	missing(t, out)
	missing(t, out+".partial")

	writeFile(t, out, "another file")
	p.bad(exitFalse, []string{"exists"}, "backup", "--out", out, "--recipient", recipient)
	if b, _ := os.ReadFile(out); string(b) != "another file" {
		t.Error("it was written over")
	}
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}

	// what a killed run has left is taken away, and the file belongs to this user alone
	writeFile(t, out+".partial", "half")
	p.must("backup", "--out", out, "--recipient", recipient)
	missing(t, out+".partial")
	if st, err := os.Stat(out); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", st.Mode(), err)
	}
	b, err := os.ReadFile(out)
	if err != nil || bytes.Contains(b, []byte("SQLite format")) || bytes.Contains(b, []byte("head.json")) {
		t.Errorf("it is not encrypted (%v)", err)
	}
}

// TestBackupNamesAMissingScan takes one scan away and changes another: both are named, the rest is backed up, and a
// restore brings back what there is.
func TestBackupNamesAMissingScan(t *testing.T) {
	long(t)
	p := newSite(t, "")
	seedDemo(t, p.data)
	key, recipient := backupKeyOf(t, p)
	_, name := seeds.BlankPage()
	page := filepath.Join(backend.Uploads(p.data), name[:2], name)
	for why, spoil := range map[string]func() error{
		"altered": func() error { return os.WriteFile(page, []byte("another page"), 0o600) },
		"missing": func() error { return os.Remove(page) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "anju.age")
		p.bad(
			exitFalse,
			[]string{"without 1 of 1 files", name, "is " + why, "JS-"},
			"backup",
			"--out",
			out,
			"--recipient",
			recipient,
		)
		q := p.elsewhere(t)
		if said := q.must(
			"restore",
			"--in",
			out,
			"--identity",
			key,
		); !strings.Contains(said, why) ||
			!strings.Contains(said, name) {
			t.Errorf("the restore says %s", said)
		}
		missing(t, filepath.Join(backend.Uploads(q.data), name[:2], name))
		writeFile(t, page, "") // for the one that removes it
	}
}

// TestRestoreRefusals: a place in use, another secret, another master key, a file that is damaged or of a newer
// program. Each is one sentence, and nothing is left in the place.
func TestRestoreRefusals(t *testing.T) {
	long(t)
	p := newSite(t, "")
	seedDemo(t, p.data)
	key, recipient := backupKeyOf(t, p)
	dir := t.TempDir()
	out := filepath.Join(dir, "anju.age")
	p.must("backup", "--out", out, "--recipient", recipient)
	other, _ := backupKeyOf(t, p)
	whole, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		writeFile(t, path, string(content))
		return path
	}
	cut, flipped := whole[:len(whole)-70_000], bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	q := p.elsewhere(t)
	for _, tt := range []struct {
		words []string
		args  []string
	}{
		{[]string{"not made for this key"}, []string{"--in", out, "--identity", other}},
		{[]string{"not made for this key"}, []string{"--in", out, "--passphrase-file", key}},
		{[]string{"no key of backups"}, []string{"--in", out, "--identity", out}},
		{[]string{"not a backup"}, []string{"--in", key, "--identity", key}},
		{[]string{"damaged or cut short"}, []string{"--in", file("cut", cut), "--identity", key}},
		{[]string{"damaged or cut short"}, []string{"--in", file("flipped", flipped), "--identity", key}},
	} {
		q.bad(exitFalse, tt.words, append([]string{"restore"}, tt.args...)...)
		q.only(t)
	}
	q.bad(exitUsage, []string{"--in"}, "restore", "--identity", key)
	q.bad(exitUsage, []string{"--identity KEYFILE"}, "restore", "--in", out)

	// the place is in use
	p.bad(exitFalse, []string{"not empty", p.data}, "restore", "--in", out, "--identity", key)
	elsewhere := q
	elsewhere.db = p.db
	elsewhere.bad(exitFalse, []string{p.db, "exists"}, "restore", "--in", out, "--identity", key)

	// the master key is another, or not there
	if err := os.Remove(q.key); err != nil {
		t.Fatal(err)
	}
	q.bad(exitFalse, []string{"master key", "not in the backup"}, "restore", "--in", out, "--identity", key)
	if _, err := db.LoadKeyring(q.key, true); err != nil {
		t.Fatal(err)
	}
	q.bad(exitFalse, []string{q.key, "not the master key of this backup"}, "restore", "--in", out, "--identity", key)
	q.only(t)
}

// crafted writes a file that only looks like a backup of p.
func crafted(t *testing.T, recipient string, write func(*tar.Writer)) string {
	t.Helper()
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	sealed, err := age.Encrypt(&b, to)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(sealed)
	write(w)
	if err := errors.Join(w.Close(), sealed.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "crafted.age")
	writeFile(t, path, b.String())
	return path
}

func put(w *tar.Writer, name string, content []byte) {
	_ = w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o600})
	_, _ = w.Write(content)
}

// TestRestoreOfWhatAnotherWrote: a newer program's file, one whose names lead out of the folder, one without its
// manifest, and one whose manifest lists something else.
func TestRestoreOfWhatAnotherWrote(t *testing.T) {
	long(t)
	p := newSite(t, "")
	p.must("migrate", "up")
	key, recipient := backupKeyOf(t, p)
	keys, err := db.LoadKeyring(p.key, false)
	if err != nil {
		t.Fatal(err)
	}
	q := p.elsewhere(t)
	head := archive.Head{
		Format:   archive.Format,
		Program:  "9.0",
		Database: "sqlite",
		Schema:   1,
		TakenAt:  time.Now(),
		Keys:     keys.Checks(),
	}
	encode := func(v any) []byte { b, _ := json.Marshal(v); return b }
	with := func(change func(*archive.Head)) []byte { h := head; change(&h); return encode(h) }
	for name, tt := range map[string]struct {
		words []string
		write func(*tar.Writer)
	}{
		"format": {[]string{"format 2", "anju 9.0"}, func(w *tar.Writer) {
			put(w, "head.json", with(func(h *archive.Head) { h.Format = 2 }))
		}},
		"schema": {[]string{"version 999", "anju 9.0", "knows them up to version "}, func(w *tar.Writer) {
			put(w, "head.json", with(func(h *archive.Head) { h.Schema = 999 }))
		}},
		"kind": {[]string{"it is of postgres", "ANJU_DB names sqlite"}, func(w *tar.Writer) {
			put(w, "head.json", with(func(h *archive.Head) { h.Database = "postgres" }))
		}},
		"path": {[]string{"not a backup", "files/../../x"}, func(w *tar.Writer) {
			put(w, "head.json", encode(head))
			put(w, "files/../../x", []byte("x"))
		}},
		"no head": {[]string{"not a backup"}, func(w *tar.Writer) { put(w, "database/000000", nil) }},
		"no manifest": {[]string{"damaged or cut short"}, func(w *tar.Writer) {
			put(w, "head.json", encode(head))
			put(w, "database/000000", []byte("SQLite"))
		}},
		"a part is missing": {[]string{"damaged or cut short", "database/000001"}, func(w *tar.Writer) {
			put(w, "head.json", encode(head))
			put(w, "database/000001", []byte("SQLite"))
		}},
		"another manifest": {[]string{"damaged or cut short", "manifest"}, func(w *tar.Writer) {
			put(w, "head.json", encode(head))
			put(w, "database/000000", []byte("SQLite"))
			put(w, "manifest.json", encode(archive.Manifest{Head: head,
				Entries: []archive.Entry{{Name: "database/000000", Size: 6, SHA256: "00"}}}))
		}},
		"another file": {[]string{"damaged or cut short", "not what its name says"}, func(w *tar.Writer) {
			put(w, "head.json", encode(head))
			put(w, "files/"+strings.Repeat("ab", 32), []byte("x"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			q.t = t
			q.bad(exitFalse, tt.words, "restore", "--in", crafted(t, recipient, tt.write), "--identity", key)
			q.only(t)
			missing(t, filepath.Join(filepath.Dir(q.data), "x"))
		})
	}
}

// TestPassphraseOpensABackup goes the way without a key: the backup is read back whole while it is made.
func TestPassphraseOpensABackup(t *testing.T) {
	long(t)
	p := newSite(t, "")
	seedDemo(t, p.data)
	word, wrong := filepath.Join(t.TempDir(), "word"), filepath.Join(t.TempDir(), "wrong")
	writeFile(t, word, "correct horse battery staple\n")
	writeFile(t, wrong, "correct horse battery maple!\n")
	out := filepath.Join(t.TempDir(), "anju.age")
	p.must("backup", "--out", out, "--passphrase-file", word)
	p.bad(
		exitFalse,
		[]string{"not made for this key or passphrase"},
		"backup",
		"verify",
		"--in",
		out,
		"--passphrase-file",
		wrong,
	)
	q := p.elsewhere(t)
	q.must("restore", "--in", out, "--passphrase-file", word)
	q.must("restore", "confirm")
	counts := regexp.MustCompile(`\d+ 条，\d+ 件`)
	a, b := p.must("history", "verify"), q.must("history", "verify")
	if n := counts.FindString(a); n == "" || n != counts.FindString(b) || !strings.Contains(b, "restored from anju.age") {
		t.Errorf("%s\n%s", a, b)
	}
}

// TestKilledRestoreBeginsAnew kills the process while it works: nothing is served from the place until the restore has
// run again.
func TestKilledRestoreBeginsAnew(t *testing.T) {
	long(t)
	p := newSite(t, "")
	seedDemo(t, p.data)
	word, out := filepath.Join(t.TempDir(), "word"), filepath.Join(t.TempDir(), "anju.age")
	writeFile(t, word, "correct horse battery staple")
	p.must("backup", "--out", out, "--passphrase-file", word)
	q := p.elsewhere(t)
	// a passphrase takes a second to try, all of it after the work folder is made
	cmd := exec.Command("anju", q.args("restore", "--in", out, "--passphrase-file", word)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it works", func() bool {
		_, err := os.Stat(filepath.Join(backend.RestoreFolder(q.data), "uploads"))
		return err == nil
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	missing(t, q.db)
	if err := os.MkdirAll(
		filepath.Join(backend.Uploads(q.data), "ab"),
		0o700,
	); err != nil { // or later: between two renames
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve", "--demo", "--addr", "127.0.0.1:0"}, {"seed", "--demo"}, {"migrate", "up"},
		{"history", "verify"}} {
		q.bad(exitFalse, []string{"restore", "has not ended"}, args...)
	}
	q.must("restore", "--in", out, "--passphrase-file", word)
	missing(t, backend.RestoreFolder(q.data))
	q.files(t)
	q.must("restore", "confirm")
	q.must("history", "verify")
}

// TestRestoreOnPostgres: a database in use is refused, and so are client programs that are older than the server or not
// there.
func TestRestoreOnPostgres(t *testing.T) { // not beside others: it sets PATH
	if testing.Short() {
		t.Skip("left out with -short")
	}
	p := newSite(t, modelstest.Postgres(t))
	p.must("migrate", "up")
	p.must("seed")
	key, recipient := backupKeyOf(t, p)
	out := filepath.Join(t.TempDir(), "anju.age")
	p.must("backup", "--out", out, "--recipient", recipient)
	q := p.elsewhere(t)
	used := q
	used.db = p.db
	used.bad(exitFalse, []string{"is not empty", "createdb"}, "restore", "--in", out, "--identity", key)
	q.only(t)

	tools := t.TempDir()
	for _, name := range []string{"pg_dump", "pg_restore"} {
		if err := os.WriteFile(
			filepath.Join(tools, name),
			[]byte("#!/bin/sh\necho '"+name+" (PostgreSQL) 9.6.1'\n"),
			0o700,
		); err != nil {
			t.Fatal(err)
		}
	}
	path := os.Getenv("PATH")
	for folder, word := range map[string]string{tools: "version 9", t.TempDir(): "not installed"} {
		t.Setenv("PATH", folder)
		p.bad(
			exitFalse,
			[]string{"pg_dump", word, "postgresql-client-"},
			"backup",
			"--out",
			out+"2",
			"--recipient",
			recipient,
		)
		missing(t, out+"2")
		q.bad(exitFalse, []string{"pg_restore", word, "postgresql-client-"}, "restore", "--in", out, "--identity", key)
		q.only(t)
	}
	t.Setenv("PATH", path)
	q.must("restore", "--in", out, "--identity", key)
	if n := q.number("SELECT count(*) FROM offices"); n == 0 {
		t.Error("no offices")
	}
}
