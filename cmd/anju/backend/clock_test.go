package backend

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"anju/cmd/anju/settings"
	"anju/models"
	"anju/seeds"
)

func testStore(t *testing.T, now func() time.Time) *Backend {
	t.Helper()
	dir := t.TempDir()
	s := settings.Settings{
		Data:    dir,
		DB:      filepath.Join(dir, "anju.db"),
		KeyFile: filepath.Join(dir, "master.key"),
		From:    map[string]string{"key-file": "default"},
	}
	b, err := Open(t.Context(), s, Opening{Create: true, Migrate: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestClockNeverGoesBack(t *testing.T) {
	c := NewClock(seeds.DemoStart)
	if err := c.Set(seeds.DemoStart.Add(-time.Second)); err == nil {
		t.Error("the clock went back")
	}
	if err := c.Advance(-time.Second); err == nil {
		t.Error("the clock went back")
	}
	if err := c.Advance(72 * time.Hour); err != nil || !c.Now().Equal(seeds.DemoStart.Add(72*time.Hour)) {
		t.Errorf("after 72 hours the clock shows %s, %v", c.Now(), err)
	}

	// what it has shown is written down ahead of time: a crash takes nothing back
	b := testStore(t, c.Now)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := c.Run(ctx, b.Store, func(err error) { t.Error(err) }); err != nil {
		t.Fatal(err)
	}
	if err := c.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	shown := c.Now()
	if kept := mustKept(t, b.Store); kept.Before(shown) {
		t.Errorf("after a crash the clock would go back from %s to %s", shown, kept)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if kept := mustKept(t, b.Store); kept.Before(shown) || kept.Sub(shown) > time.Minute {
		t.Errorf("stopped at %s the clock would go on at %s", shown, kept)
	}
}

func mustKept(t *testing.T, store *models.Store) time.Time {
	t.Helper()
	kept, err := StoredClock(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestSeedsLoadTwice(t *testing.T) {
	b := testStore(t, time.Now)
	count := func() [3]int {
		if err := b.Store.SetSetting(t.Context(), seeds.Mark, "other seeds"); err != nil { // so that it does not only look
			t.Fatal(err)
		}
		if err := seeds.Load(t.Context(), b.Store); err != nil {
			t.Fatal(err)
		}
		divs, err := b.Store.Divisions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c, err := b.Store.County(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return [3]int{len(divs), len(c.Calendar.Years()), c.Calendar.Version()}
	}
	first := count()
	if again := count(); again != first || first[0] != 154 || first[1] != 6 {
		t.Errorf("loaded once: %v, twice: %v; want 154 divisions, 6 years and the same version", first, again)
	}
}
