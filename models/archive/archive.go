// Package archive is the file of a backup: a tar inside an age file, written and read as a stream. Its first entry is
// head.json, by which a reader refuses what it does not know; its last is manifest.json, with the size and SHA-256 of
// every entry between.
//
// Entries are database/000000 and on (the parts of one dump, in order), files/HASH (a scan under the SM3 of its
// content), settings.json and anju.yaml. The master key is never among them.
package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"time"

	"filippo.io/age"
)

// Format is the version of the file that this program writes, and the newest that it reads.
const Format = 1

// The names of the entries.
const (
	headName     = "head.json"
	manifestName = "manifest.json"
	SettingsName = "settings.json"
	ConfigName   = "anju.yaml"
	DatabaseDir  = "database/"
	FilesDir     = "files/"
)

// partSize is how much of a stream of unknown length stands in one entry, and in memory.
const partSize = 4 << 20

// largestJSON bounds what is read as head.json or manifest.json: a million files take some 150 MB.
const largestJSON = 1 << 30

// Head says what a backup is of. It is known before anything else is read.
type Head struct {
	Format   int    `json:"format"`
	Program  string `json:"program"`          // version of anju that wrote it
	Database string `json:"database"`         // sqlite or postgres
	Server   int    `json:"server,omitempty"` // major version of PostgreSQL
	Schema   int64  `json:"schema"`           // version of the tables
	// instant before the snapshot: what was acknowledged by then is in it
	TakenAt time.Time         `json:"taken_at"`
	Keys    map[string]string `json:"key_checks"` // check value by version of the master key, which is kept apart
}

// Counts are what the database held, by which a restored one is compared.
type Counts struct {
	Cases          int              `json:"cases"`
	HistoryEntries int              `json:"history_entries"`
	Files          int              `json:"files"`
	Series         map[string]int64 `json:"series"`      // last number given of each
	HeadDigest     string           `json:"head_digest"` // SHA-256 over id, step and head of every case, in order
}

// Entry is one file in the archive.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Lost is a file that the rows name and that was not there, or not as its name says.
type Lost struct {
	Hash string `json:"hash"`
	Case string `json:"case"` // number of a case that names it
	Why  string `json:"why"`  // missing or altered
}

// Manifest is all of it.
type Manifest struct {
	Head
	Counts  Counts  `json:"counts"`
	Lost    []Lost  `json:"lost"`
	Entries []Entry `json:"entries"`
}

// The ways in which a file is not a backup that can be used.
var (
	ErrNotBackup = errors.New("it is not a backup of anju")
	ErrSecret    = errors.New("it was not made for this key or passphrase")
	ErrDamaged   = errors.New("it is damaged or cut short")
)

// Writer writes a backup. After any error the file is worthless.
type Writer struct {
	head    Head
	sealed  io.WriteCloser
	tar     *tar.Writer
	entries []Entry
}

// NewWriter begins a backup that only the recipients can read.
func NewWriter(to io.Writer, h Head, recipients ...age.Recipient) (*Writer, error) {
	h.Format = Format
	sealed, err := age.Encrypt(to, recipients...)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	w := &Writer{head: h, sealed: sealed, tar: tar.NewWriter(sealed)}
	if err := w.addJSON(headName, h); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *Writer) addJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return w.Add(name, int64(len(b)), bytes.NewReader(b))
}

// Add writes one entry of a known size; it fails where the reader gives less or more.
func (w *Writer) Add(name string, size int64, from io.Reader) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600,
		ModTime: w.head.TakenAt.Truncate(time.Second)}); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.tar, sum), io.LimitReader(from, size))
	if err != nil {
		return err
	}
	if more, err := io.CopyN(io.Discard, from, 1); n != size || more != 0 || !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s changed while it was read", name)
	}
	w.entries = append(w.entries, Entry{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// AddDatabase writes a dump of unknown length, in parts.
func (w *Writer) AddDatabase(from io.Reader) error {
	part := make([]byte, partSize)
	for i := 0; ; i++ {
		n, err := io.ReadFull(from, part)
		if n > 0 {
			if err := w.Add(fmt.Sprintf("%s%06d", DatabaseDir, i), int64(n), bytes.NewReader(part[:n])); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// Close ends the backup with its manifest, which it gives.
func (w *Writer) Close(counts Counts, lost []Lost) (Manifest, error) {
	m := Manifest{Head: w.head, Counts: counts, Lost: lost, Entries: w.entries[1:]}
	if m.Lost == nil {
		m.Lost = []Lost{}
	}
	if err := w.addJSON(manifestName, m); err != nil {
		return m, err
	}
	return m, errors.Join(w.tar.Close(), w.sealed.Close())
}

// Taker receives what a backup holds. An error of either ends the reading and is given back as it is.
type Taker interface {
	// Accept judges the head before anything else is read.
	Accept(Head) error
	// Take receives one entry between head and manifest; what it leaves unread is skipped.
	Take(name string, from io.Reader) error
}

// entryName is every name that may stand between head and manifest.
var entryName = regexp.MustCompile(`^(database/[0-9]{6}|files/[0-9a-f]{64}|settings\.json|anju\.yaml)$`)

// Read reads a backup to its end and compares every entry with the manifest. It fails with ErrSecret, ErrNotBackup and
// ErrDamaged; nothing that was taken may be used before it has ended well.
func Read(from io.Reader, t Taker, secrets ...age.Identity) (Manifest, error) {
	var m Manifest
	plain, err := age.Decrypt(from, secrets...)
	switch {
	case errors.As(err, new(*age.NoIdentityMatchError)):
		return m, ErrSecret
	case err != nil:
		return m, fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	r := &reading{tar: tar.NewReader(plain), taker: t}
	if err := r.all(&m); err != nil {
		return m, err
	}
	if _, err := io.Copy(io.Discard, plain); err != nil { // age tells only at its end that nothing was cut off
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m, nil
}

type reading struct {
	tar   *tar.Reader
	taker Taker
	found []Entry
}

func (r *reading) all(m *Manifest) error {
	var h Head
	if e, err := r.next(); err != nil || e.Name != headName || r.decode(&h) != nil || h.Format < 1 {
		return fmt.Errorf("%w: it does not begin with %s", ErrNotBackup, headName)
	}
	if err := r.taker.Accept(h); err != nil {
		return err
	}
	for {
		e, err := r.next()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if e.Name == manifestName {
			break
		}
		if err := r.take(e); err != nil {
			return err
		}
	}
	if err := r.decode(m); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) || len(m.Entries) != len(r.found) {
		return fmt.Errorf("%w: it does not hold what its manifest lists", ErrDamaged)
	}
	for i, e := range m.Entries {
		if e != r.found[i] {
			return fmt.Errorf("%w: %s is not what the manifest lists", ErrDamaged, e.Name)
		}
	}
	return nil
}

func (r *reading) next() (*tar.Header, error) {
	e, err := r.tar.Next()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // the manifest ends it, and was not seen
	}
	return e, err
}

func (r *reading) decode(v any) error {
	return json.NewDecoder(io.LimitReader(r.tar, largestJSON)).Decode(v)
}

func (r *reading) take(e *tar.Header) error {
	if !entryName.MatchString(e.Name) || e.Typeflag != tar.TypeReg {
		return fmt.Errorf("%w: it holds %q", ErrNotBackup, e.Name)
	}
	entry := summed{from: r.tar, sum: sha256.New()}
	if err := r.taker.Take(e.Name, &entry); err != nil {
		if entry.err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, entry.err)
		}
		return err
	}
	if _, err := io.Copy(io.Discard, &entry); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	r.found = append(r.found, Entry{e.Name, e.Size, hex.EncodeToString(entry.sum.Sum(nil))})
	return nil
}

// summed hashes what is read, and keeps what the archive itself failed with.
type summed struct {
	from io.Reader
	sum  hash.Hash
	err  error
}

// Read implements io.Reader.
func (s *summed) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.sum.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
