package registry

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"anju/models/db"
)

// The files of a Marker in the data folder. They never belong into a backup: what they are for is to outlive the
// database.
const (
	MarkFile = "mark.json"
	toldFile = "told.log"
)

// ErrOtherDatabase says that the mark in the data folder was made for another database.
var ErrOtherDatabase = errors.New("the mark belongs to another database")

// Mark is how far a database had come. All but Database and At only ever grow.
type Mark struct {
	Database   string            `json:"database"` // its identity
	At         time.Time         `json:"at"`
	Cases      int64             `json:"cases"`
	LastCase   int64             `json:"last_case"`
	Entries    int64             `json:"entries"` // of the history
	Outbox     int64             `json:"outbox"`  // newest row
	Deliveries int64             `json:"deliveries"`
	Heads      string            `json:"heads"` // SM3 over number, step and head of every case
	Series     map[string]Series `json:"series"`
}

// Series is how far a series of numbers had come: the last number that was seen, and the last that may have been given.
type Series struct {
	Last  int `json:"last"`
	Bound int `json:"bound"`
}

// shortfalls tells in what a database that is at now has less than the mark.
func (m Mark) shortfalls(now Mark) []string {
	var found []string
	less := func(what string, has, had int64) {
		if has < had {
			found = append(found, fmt.Sprintf("%s %d, the mark has %d (%d fewer)", what, has, had, had-has))
		}
	}
	less("cases", now.Cases, m.Cases)
	less("highest case", now.LastCase, m.LastCase)
	less("history entries", now.Entries, m.Entries)
	less("messages of moves", now.Outbox, m.Outbox)
	less("messages to officers", now.Deliveries, m.Deliveries)
	for _, name := range slices.Sorted(maps.Keys(m.Series)) {
		less("numbers of series "+name, int64(now.Series[name].Last), int64(m.Series[name].Last))
	}
	if len(found) == 0 && now.Cases == m.Cases && now.LastCase == m.LastCase && now.Entries == m.Entries &&
		now.Heads != m.Heads {
		found = append(found, "as many cases and entries as the mark has, and other heads")
	}
	return found
}

// equal tells whether writing now instead of m would change nothing.
func (m Mark) equal(now Mark) bool {
	return m.Database == now.Database && m.Cases == now.Cases && m.LastCase == now.LastCase && m.Entries == now.Entries &&
		m.Outbox == now.Outbox &&
		m.Deliveries == now.Deliveries && m.Heads == now.Heads && maps.Equal(m.Series, now.Series)
}

// mostFound is how many of the findings a cause names.
const mostFound = 6

// EitherCause names what may have happened: from the database alone the one cannot be told from the other.
const EitherCause = "either an older copy was restored, or lines were removed or replaced"

func describeCause(found []string) string {
	text := strings.Join(found[:min(len(found), mostFound)], "; ")
	if n := len(found) - mostFound; n > 0 {
		text += fmt.Sprintf("; and %d more", n)
	}
	return "the database is behind what this machine knows of it: " + text + "; " + EitherCause
}

// measure reads how far the database has come, as of one instant.
func (s *Store) measure(ctx context.Context) (Mark, error) {
	var m Mark
	err := s.db.View(ctx, func(t *db.Tx) error {
		m = Mark{At: s.db.Now(), Series: map[string]Series{}}
		heads := sm3.New()
		t.Query(func(scan func(...any) error) error { return scan(&m.Database) },
			"SELECT value FROM settings WHERE name = 'database.identity'")
		t.Query(func(scan func(...any) error) error {
			var step int64
			var head string
			if err := scan(&m.LastCase, &step, &head); err != nil {
				return err
			}
			m.Cases++
			m.Entries += step
			_, err := fmt.Fprintf(heads, "%d %d %s\n", m.LastCase, step, head)
			return err
		}, "SELECT id, step, head FROM cases ORDER BY id")
		t.Query(func(scan func(...any) error) error {
			var name string
			var last int
			err := scan(&name, &last)
			m.Series[name] = Series{last, last + db.SeriesReserve}
			return err
		}, "SELECT name, last FROM number_series")
		t.Query(func(scan func(...any) error) error { return scan(&m.Outbox, &m.Deliveries) },
			"SELECT (SELECT COALESCE(max(id), 0) FROM outbox), (SELECT COALESCE(max(id), 0) FROM deliveries)")
		err := t.Commit()
		m.Heads = hex.EncodeToString(heads.Sum(nil))
		return err
	})
	if err != nil {
		return m, fmt.Errorf("measure the database: %w", err)
	}
	return m, nil
}

// counts is what changes with nearly everything that a mark covers, and is cheaper to read.
type counts struct {
	cases, lastCase, entries, outbox, deliveries, numbers int64
}

func (s *Store) countMarked(ctx context.Context) (c counts, err error) {
	err = s.db.ReadPool().QueryRowContext(ctx,
		"SELECT count(*), COALESCE(max(id), 0), CAST(COALESCE(sum(step), 0) AS bigint), (SELECT COALESCE(max(id), 0) "+
			"FROM outbox), (SELECT COALESCE(max(id), 0) FROM deliveries), (SELECT CAST(COALESCE(sum(last), 0) AS bigint) "+
			"FROM number_series) FROM cases").
		Scan(&c.cases, &c.lastCase, &c.entries, &c.outbox, &c.deliveries, &c.numbers)
	if err != nil {
		return c, fmt.Errorf("count what the mark covers: %w", err)
	}
	return c, nil
}

// markText is the file: the mark, and a tag that only the keyring makes.
type markText struct {
	Mark json.RawMessage `json:"mark"`
	Tag  string          `json:"tag"`
}

// ReadMark reads the mark in a data folder. It fails with fs.ErrNotExist where there is none, and on one that the
// keyring has not made.
func (s *Store) ReadMark(dir string) (Mark, error) {
	var m Mark
	b, err := os.ReadFile(filepath.Join(dir, MarkFile)) //nolint:gosec // the folder is the operator's setting
	if err != nil {
		return m, fmt.Errorf("read the mark: %w", err)
	}
	var text markText
	if err := json.Unmarshal(b, &text); err != nil {
		return m, fmt.Errorf("the mark %s is damaged: %w", MarkFile, err)
	}
	var plain bytes.Buffer
	if err := json.Compact(&plain, text.Mark); err != nil || !s.db.Keys().Tagged("mark", plain.String(), text.Tag) {
		return m, fmt.Errorf("the mark %s was changed, or made with another key", MarkFile)
	}
	if err := json.Unmarshal(plain.Bytes(), &m); err != nil {
		return m, fmt.Errorf("the mark %s is damaged: %w", MarkFile, err)
	}
	return m, nil
}

// BehindMark compares the database with the mark in a data folder and changes nothing: it says in what the database has
// less. Without a mark there is nothing to compare.
func (s *Store) BehindMark(ctx context.Context, dir string) ([]string, error) {
	m, err := s.ReadMark(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return []string{err.Error()}, nil
	}
	now, err := s.measure(ctx)
	if err != nil {
		return nil, err
	}
	if now.Database != m.Database {
		return []string{ErrOtherDatabase.Error()}, nil
	}
	return m.shortfalls(now), nil
}

// Marker keeps the mark of a database in a folder outside of it. It is safe for use by many goroutines.
type Marker struct {
	s    *Store
	dir  string
	told messageLog

	writing sync.Mutex // of one Write at a time
	counted counts     // as of the last Write
	mu      sync.Mutex // of the mark and its file
	mark    Mark
}

// MarkStart is what StartMark found.
type MarkStart struct {
	Fresh bool   // there was no mark
	Cause string // why the database was put under a hold; "" where it was not
}

// StartMark compares the database with the mark in a folder, and from then on has the store keep it: numbers are given
// and messages taken only when the mark covers them. A database that is behind its mark, or has lost it, is put under a
// hold. It fails with ErrOtherDatabase where the mark was made for another one.
func (s *Store) StartMark(ctx context.Context, dir string) (*Marker, MarkStart, error) {
	k := &Marker{s: s, dir: dir, told: messageLog{path: filepath.Join(dir, toldFile)}}
	var found MarkStart
	if err := k.compare(ctx, &found); err != nil {
		return nil, found, err
	}
	if err := k.told.open(s.db.Now()); err != nil {
		return nil, found, err
	}
	cause := found.Cause
	if r, err := s.OpenRestore(ctx); err != nil {
		return nil, found, err
	} else if r != nil { // begun by another process, or by the restore of a backup: what this machine knows counts too
		cause = r.Cause
	}
	if cause != "" {
		if err := k.beginHold(ctx, cause); err != nil {
			return nil, found, err
		}
	}
	s.db.SetJournal(k)
	if err := k.write(ctx); err != nil {
		return nil, found, err
	}
	if err := s.SetSetting(ctx, markedSetting, s.db.Now().Format(time.RFC3339)); err != nil {
		return nil, found, fmt.Errorf("note that the database is marked: %w", err)
	}
	return k, found, nil
}

// compare reads the last mark and compares the database with it. Where it cannot be read the numbers are not known, and the
// database is held as one that was restored.
func (k *Marker) compare(ctx context.Context, found *MarkStart) error {
	last, err := k.s.ReadMark(k.dir) // first: another process that shares the folder may write a newer one
	now, measureErr := k.s.measure(ctx)
	if measureErr != nil {
		return measureErr
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		found.Fresh = true
		lost, err := k.s.isMarkLost(ctx)
		if err != nil || !lost {
			return err
		}
		found.Cause = lostMark
		return k.s.BeginRestore(ctx, found.Cause)
	case err != nil:
		found.Cause = singleLine(err)
		return k.s.BeginRestore(ctx, found.Cause)
	case last.Database != now.Database:
		return ErrOtherDatabase
	}
	k.mark = last
	if list := last.shortfalls(now); len(list) > 0 {
		found.Cause = describeCause(list)
	}
	return nil
}

const lostMark = "the database was marked, and there is no " + MarkFile +
	" in the data folder, nor another process at work: the database was copied here without its mark, or the mark was " +
	"removed; what was done since is not known"

// isMarkLost tells whether the database was marked before, and no other process is at work that knows how far it came.
func (s *Store) isMarkLost(ctx context.Context) (bool, error) {
	if _, marked, err := s.Setting(ctx, markedSetting); err != nil || !marked {
		return false, err
	}
	at := map[string]time.Time{}
	waits, cancel := context.WithTimeout(ctx, cmp.Or(s.BeatWait, BeatEvery+BeatEvery/2))
	defer cancel()
	for first := true; ; first = false {
		list, err := s.Processes(ctx)
		if err != nil {
			return false, err
		}
		alive := false
		for _, p := range list {
			switch was, known := at[p.ID]; {
			case first:
				at[p.ID] = p.Beat
				alive = alive || p.Alive()
			case !known || !was.Equal(p.Beat): // a row proves nothing: a copy has it too
				return false, nil
			}
		}
		if first && !alive || waits.Err() != nil {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func singleLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// beginHold puts the database under a hold, with all that this machine knows.
func (k *Marker) beginHold(ctx context.Context, cause string) error {
	k.mu.Lock()
	bounds := make(map[string]int, len(k.mark.Series))
	for name, s := range k.mark.Series {
		bounds[name] = s.Bound
	}
	k.mu.Unlock()
	if err := k.s.beginRestore(ctx, cause, bounds); err != nil {
		return err
	}
	return k.s.saveDelivered(ctx, &k.told)
}

// Write brings the mark up to date. A database that has fallen behind it is put under a hold first; the cause is
// returned, and "" where there was none.
func (k *Marker) Write(ctx context.Context) (cause string, err error) {
	k.writing.Lock()
	defer k.writing.Unlock()
	counted, err := k.s.countMarked(ctx)
	if err != nil || counted == k.counted {
		return "", err
	}
	now, err := k.s.measure(ctx)
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	last := k.mark
	k.mu.Unlock()
	if list := last.shortfalls(now); len(list) > 0 {
		cause = describeCause(list)
		if err := k.beginHold(ctx, cause); err != nil {
			return cause, err
		}
		if now, err = k.s.measure(ctx); err != nil {
			return cause, err
		}
	}
	if err := k.keep(now); err != nil {
		return cause, err
	}
	k.counted = counted
	return cause, nil
}

// write writes the mark of the present, with no look at the last.
func (k *Marker) write(ctx context.Context) error {
	k.writing.Lock()
	defer k.writing.Unlock()
	now, err := k.s.measure(ctx)
	if err != nil {
		return err
	}
	return k.keep(now)
}

// keep keeps a mark and writes it where it differs from the file. Bounds only ever grow: what was reserved may have
// been given.
func (k *Marker) keep(now Mark) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, s := range k.mark.Series {
		n := now.Series[name]
		now.Series[name] = Series{n.Last, max(n.Bound, s.Bound)}
	}
	if k.mark.equal(now) {
		return nil
	}
	if err := k.save(now); err != nil {
		return err
	}
	k.mark = now
	return nil
}

// RecordTold writes down what an officer is about to be told.
func (k *Marker) RecordTold(officer int64, what []string) error {
	return k.told.append("+", k.s.db.Now(), officer, what)
}

// RecordUntold writes down that a message certainly did not arrive.
func (k *Marker) RecordUntold(officer int64, what []string) error {
	return k.told.append("-", k.s.db.Now(), officer, what)
}

// Reserve makes sure that the mark covers numbers that are about to be given.
func (k *Marker) Reserve(series []string, numbers []int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var more map[string]Series
	for i, name := range series {
		if s := k.mark.Series[name]; numbers[i] > s.Bound {
			if more == nil {
				more = maps.Clone(k.mark.Series)
			}
			more[name] = Series{s.Last, numbers[i] + db.SeriesReserve}
		}
	}
	if more == nil {
		return nil
	}
	next := k.mark
	next.Series = more
	if err := k.save(next); err != nil {
		return fmt.Errorf("reserve numbers: %w", err)
	}
	k.mark = next
	return nil
}

// save replaces the file. It is on the disk when save returns.
func (k *Marker) save(m Mark) error {
	plain, err := json.Marshal(m)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(markText{plain, k.s.db.Keys().Tag("mark", string(plain))}, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(k.dir, MarkFile), append(b, '\n')); err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			err = errors.Join(db.ErrFull, err)
		}
		return fmt.Errorf("write the mark: %w", err)
	}
	return nil
}
