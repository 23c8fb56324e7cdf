package models_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"anju/models/modelstest"
	"anju/models/registry"
	"anju/workflow/glossary"
)

// A series that was born after the backup is not in it. Read back without a mark, the database gives none of its
// numbers again, says why they are missing, and counts from 1 once the day of the restore is over.
func TestASeriesBornAfterTheBackupGivesNoNumberTwice(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.walk(c.open("homestead").ID, glossary.GroupMeeting)
		backup := c.copied()
		_ = c.clock.Set(c.clock.Now().Add(24 * time.Hour))
		c.walk(c.open("homestead").ID, glossary.Archived)
		for range 4 {
			c.open("homestead")
		}
		given := c.numbers()

		back := c.reopened(backup)
		before := back.numbers()
		if err := back.store.BeginRestore(t.Context(), "restored from a backup"); err != nil {
			t.Fatal(err)
		}
		back.marked(t.TempDir())
		again := back.open("homestead")
		if !strings.HasSuffix(again.Number, "-0501") {
			t.Errorf("the first case of the day after the restore is %s", again.Number)
		}
		if next := back.open("homestead"); !strings.HasSuffix(next.Number, "-0502") {
			t.Errorf("the second case is %s", next.Number)
		}
		_ = back.clock.Set(back.clock.Now().Add(24 * time.Hour))
		if next := back.open("homestead"); !strings.HasSuffix(next.Number, "-0001") {
			t.Errorf("the first case of the next day is %s", next.Number)
		}
		back.walk(again.ID, glossary.Archived)
		for n := range back.numbers() {
			if given[n] && !before[n] {
				t.Errorf("%s was given before the restore and again after it", n)
			}
		}
		if n := back.count("number_gaps", "series LIKE 'case/%%' AND first = 1 AND last = 500"); n != 1 {
			t.Errorf("%d gaps explain the numbers of cases that were left out", n)
		}
		if err := back.store.ConfirmRestore(t.Context(), "it@county", registry.TellRest); err != nil {
			t.Fatal(err)
		}
		if f := back.looked(t.TempDir(), 0); f != "" {
			t.Errorf("after the restore: %s", f)
		}
	})
}

// A backup made while a hold was open is read back under that hold; its numbers are advanced all the same.
func TestABackupMadeUnderAHoldIsAdvancedToo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		if err := c.store.BeginRestore(t.Context(), "the first"); err != nil {
			t.Fatal(err)
		}
		c.open("homestead")
		backup := c.copied()
		later := c.open("homestead")
		back := c.reopened(backup)
		if err := back.store.BeginRestore(t.Context(), "the second"); err != nil {
			t.Fatal(err)
		}
		if again := back.open("homestead"); again.ID <= later.ID || again.Number == later.Number {
			t.Errorf("case %d, %s after the restore; %d, %s was there before", again.ID, again.Number, later.ID, later.Number)
		}
	})
}

// A database that was marked and finds no mark is held: what was done since is not known. Rows of processes that came
// with a copy are no sign of life, however fresh.
func TestAMissingMarkHolds(t *testing.T) {
	t.Parallel()
	for _, fresh := range []bool{false, true} {
		onEach(t, func(t *testing.T, c *county) {
			c.store.BeatWait = 300 * time.Millisecond
			c.marked(t.TempDir())
			c.open("homestead")
			if fresh {
				if err := c.store.Beat(t.Context(), registry.Process{ID: "gone", Role: "all", Started: c.clock.Now()}); err != nil {
					t.Fatal(err)
				}
			}
			backup := c.copied()
			later := c.open("homestead")
			back := c.reopened(backup)
			back.store.BeatWait = c.store.BeatWait
			dir := t.TempDir()
			_, found := back.marked(dir)
			if !found.Fresh || !strings.Contains(found.Cause, "mark.json") || back.held() == nil {
				t.Fatalf("started without its mark: %+v, %v", found, back.held())
			}
			if again := back.open("homestead"); again.ID <= later.ID || again.Number == later.Number {
				t.Errorf("case %d, %s; %d, %s was there before", again.ID, again.Number, later.ID, later.Number)
			}
			if err := back.store.ConfirmRestore(t.Context(), "it@county", registry.TellRest); err != nil {
				t.Fatal(err)
			}
			if _, found := back.marked(dir); found.Fresh || found.Cause != "" || back.held() != nil {
				t.Errorf("the next start: %+v", found)
			}
		})
	}
}

// A second machine that joins a county with a living process has no mark yet, and is not held.
func TestASecondMachineIsNotHeld(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.store.BeatWait = time.Minute
		c.marked(t.TempDir())
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		beat := func() error {
			return c.store.Beat(ctx, registry.Process{ID: "living", Role: "all", Started: c.clock.Now()})
		}
		if err := beat(); err != nil {
			t.Fatal(err)
		}
		go func() {
			defer close(ended)
			for beat() == nil {
			}
		}()
		_, found := c.marked(t.TempDir())
		stop()
		<-ended
		if !found.Fresh || found.Cause != "" || c.held() != nil {
			t.Errorf("held: %+v", found)
		}
	})
}
