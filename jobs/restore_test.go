package jobs_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libtnb/sqlite"

	"anju/jobs"
	database "anju/models/db"
	"anju/models/modelstest"
	"anju/models/notices"
	"anju/models/registry"
	"anju/seeds"
	"anju/workflow"
)

// lives is a county that is copied and brought back: each life is opened on a database of its own under the same keys.
type lives struct {
	t     *testing.T
	keys  *database.Keyring
	clock *movable
	lite  bool
}

func (l *lives) open(url string) (*county, *database.DB) {
	l.t.Helper()
	db, err := database.Open(l.t.Context(), database.Options{URL: url, Keys: l.keys, Now: l.clock.Now})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = db.Close() })
	if l.lite {
		dsn := "file:" + url + "?_pragma=busy_timeout(10000)"
		return countyOn(l.t, db, l.clock, sqlite.DriverName, dsn+"&_pragma=query_only(1)", dsn), db
	}
	return countyOn(l.t, db, l.clock, "pgx", url, url), db
}

// copied closes a life and copies its database.
func (l *lives) copied(c *county, db *database.DB, url string) string {
	l.t.Helper()
	to := filepath.Join(filepath.Dir(url), "copy.db")
	if l.lite {
		c.write("VACUUM INTO '%s'", to)
	}
	for _, p := range []interface{ Close() error }{db, c.rows, c.owner} {
		if err := p.Close(); err != nil {
			l.t.Fatal(err)
		}
	}
	if !l.lite {
		to = modelstest.CopyPostgres(l.t, url)
	}
	return to
}

func onEachLife(t *testing.T, test func(l *lives, url string)) {
	t.Helper()
	for _, name := range []string{"postgres", "sqlite"} {
		t.Run(name, func(t *testing.T) {
			l := &lives{t: t, clock: &movable{lead: time.Until(seeds.DemoDawn)}, lite: name == "sqlite"}
			var url string
			if url = filepath.Join(inMemory(t), "anju.db"); !l.lite {
				url = modelstest.Postgres(t)
			}
			made := modelstest.New(t, url, modelstest.Options{Now: l.clock.Now})
			l.keys = made.Keys
			if err := made.Close(); err != nil {
				t.Fatal(err)
			}
			test(l, url)
		})
	}
}

// underHold is a configuration as serve makes it: both kinds of acts ask for the hold.
func underHold(g *gateway, c *county) jobs.Config {
	cfg := g.by()
	cfg.MaySend = func(ctx context.Context) error {
		hold, err := c.store.OpenRestore(ctx)
		if err == nil && hold != nil {
			return hold.Held()
		}
		return err
	}
	cfg.MayEscalate = cfg.MaySend
	return cfg
}

// Fault 40 (H3): a county is copied, goes on for fifteen days with messages, and the copy is brought back. Nothing goes
// out before it is confirmed, and nothing that had been sent goes out again after it; what is new does.
func restartRestoredDatabaseTellsNothingTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("a county that is backed up and restored")
	}
	onEachLife(t, func(l *lives, url string) {
		t := l.t
		dir := t.TempDir()
		first, db := l.open(url)
		var late []workflow.CaseID
		for range 4 {
			late = append(late, first.walk(workflow.VillageReview).ID)
		}
		first.tellable(notices.Contact{DailyDigest: true}, `{}`, workflow.VillageOrganization, workflow.TownshipGovernment,
			workflow.ServiceCenter)
		backup := l.copied(first, db, url)

		c, db := l.open(url)
		marker, found, err := c.store.StartMark(c.Context(), dir)
		if err != nil || !found.Fresh {
			t.Fatalf("%+v, %v", found, err)
		}
		before := &gateway{}
		r := c.start(before.by(), nil)
		for range 15 {
			c.set(c.workday(9))
			c.settle(r)
		}
		c.eventually(time.Minute, "messages are sent", func() bool { return len(before.taken()) > 5 })
		c.stop(r)
		if _, err := marker.Write(c.Context()); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*sql.DB{c.rows, c.owner} {
			_ = p.Close()
		}
		_ = db.Close()

		back, _ := l.open(backup)
		_, found, err = back.store.StartMark(back.Context(), dir)
		if err != nil || found.Cause == "" {
			t.Fatalf("brought back without a hold: %+v, %v", found, err)
		}
		cards := back.count("rungs_fired WHERE rung = 'red'")
		after := &gateway{}
		r = back.start(underHold(after, back), nil)
		back.eventually(time.Minute, "the hold is an alarm",
			func() bool { return back.count("alarms WHERE kind = 'restore' AND closed_at IS NULL") == 1 })
		list, err := back.store.RestoreWaits(back.Context())
		if err != nil || list.Due == 0 || len(list.Rungs) == 0 || !slices.ContainsFunc(list.Rungs,
			func(x registry.DueRung) bool { return x.Told }) || len(list.Passed) == 0 {
			t.Errorf("the list of what waits: %+v, %v", list, err)
		}
		back.step(late[0], workflow.TownshipIntake) // people look and go on meanwhile
		if n, m := len(after.taken()), back.count("rungs_fired WHERE rung = 'red'")-cards; n != 0 || m != 0 {
			t.Errorf("%d messages and %d cards before it was confirmed", n, m)
		}

		if err := back.store.ConfirmRestore(back.Context(), "it@county", registry.TellRest); err != nil {
			t.Fatal(err)
		}
		back.eventually(time.Minute, "what fell due is taken", func() bool { return back.dueNow() == 0 })
		back.settle(r)
		back.set(back.workday(10))
		back.settle(r)
		back.eventually(time.Minute, "the alarm is closed",
			func() bool { return back.count("alarms WHERE kind = 'restore' AND closed_at IS NULL") == 0 })
		sent := map[string]bool{}
		for _, m := range before.taken() {
			sent[m.To+m.Text] = true
		}
		for _, m := range after.taken() {
			if sent[m.To+m.Text] {
				t.Errorf("sent again: %s", m.Text)
			}
		}
		if back.count("rungs_fired WHERE rung = 'red'") == cards {
			t.Error("no card after the restore was confirmed")
		}
		// what was never told is told
		was := len(after.taken())
		for range 25 {
			back.set(back.workday(9))
			back.settle(r)
		}
		if len(after.taken()) == was {
			t.Error("nothing new is told after the restore")
		}
		for _, m := range after.taken() {
			if sent[m.To+m.Text] && strings.Contains(m.Text, "红") {
				t.Errorf("sent again: %s", m.Text)
			}
		}
		back.stop(r)
	})
}
