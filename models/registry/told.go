package registry

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"anju/models/db"
)

// toldFor is how long the log of what was told goes back: older than any backup that is read back into use.
const toldFor = 180 * 24 * time.Hour

// messageLog is the log of what was told to officers by message, outside the database. A line is written before a
// message is sent, and another where it is certain that it did not arrive.
type messageLog struct {
	path string
	mu   sync.Mutex
}

// messageLine names one thing that one officer was told. It is the same when a case goes the same way again.
type messageLine struct {
	officer int64
	what    string
}

// open drops the lines that are too old to matter.
func (l *messageLog) open(now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kept strings.Builder
	old := false
	err := l.each(func(at time.Time, line string) {
		if now.Sub(at) > toldFor {
			old = true
			return
		}
		kept.WriteString(line + "\n")
	})
	if err != nil || !old {
		return err
	}
	return replaceFile(l.path, []byte(kept.String()))
}

// each reads the lines. A line that a crash cut off is left out.
func (l *messageLog) each(do func(at time.Time, line string)) error {
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the log of messages: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 {
			continue
		}
		if at, err := time.Parse(time.RFC3339, fields[1]); err == nil {
			do(at, lines.Text())
		}
	}
	return nil
}

// append writes lines: sign is + for what is about to be sent, - for what did not arrive.
func (l *messageLog) append(sign string, at time.Time, officer int64, what []string) error {
	var b strings.Builder
	for _, w := range what {
		fmt.Fprintf(&b, "%s %s %d %s\n", sign, at.Format(time.RFC3339), officer, w)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the log of messages: %w", err)
	}
	_, err = f.WriteString(b.String())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the log of messages: %w", err)
	}
	return nil
}

// delivered gives what was told and not taken back.
func (l *messageLog) delivered() ([]messageLine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	set := map[messageLine]bool{}
	err := l.each(func(_ time.Time, line string) {
		fields := strings.Fields(line)
		officer, err := strconv.ParseInt(fields[2], 10, 64)
		if err == nil {
			set[messageLine{officer, fields[3]}] = fields[0] == "+"
		}
	})
	var list []messageLine
	for line, yes := range set {
		if yes {
			list = append(list, line)
		}
	}
	return list, err
}

// saveDelivered puts into the database what this machine has told, so that no process tells it again.
func (s *Store) saveDelivered(ctx context.Context, l *messageLog) error {
	list, err := l.delivered()
	if err != nil {
		return err
	}
	for some := range slices.Chunk(list, 1000) {
		err := s.db.Update(ctx, func(t *db.Tx) error {
			for _, line := range some {
				t.Exec("INSERT INTO told_before (officer_id, what) VALUES (?, ?) ON CONFLICT DO NOTHING", line.officer, line.what)
			}
			return t.Commit()
		})
		if err != nil {
			return fmt.Errorf("keep what was told before: %w", err)
		}
	}
	return nil
}

// ToldKey is what a notice n tells, as SQL: a rung by its deadline, a message of a move by the line of the history.
const ToldKey = "n.kind || '/' || n.case_id || '/' || CASE WHEN n.kind = 'message' THEN n.step || '/' || n.text ELSE " +
	"n.source || '/' || n.generation || '/' || n.rung END"
