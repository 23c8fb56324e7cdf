package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/clock"
	"anju/models/db"
	"anju/models/org"
)

// DatabaseNow is the clock of the machine on which the database runs; SQLite's is the program's.
func (s *Store) DatabaseNow(ctx context.Context) (time.Time, error) {
	question := "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
	if s.db.Dialect() == "sqlite" {
		question = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
	}
	var now string
	if err := s.db.Read(ctx).Raw(question).Scan(&now).Error; err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, now)
}

const (
	// BeatEvery is how often a process writes its heartbeat.
	BeatEvery = 10 * time.Second
	// beatAlive is how old the heartbeat of a live process may be.
	beatAlive = time.Minute
	// beatKept is how long the heartbeat of a process that has ended is kept.
	beatKept = 24 * time.Hour
)

// Process is one running process of the program, or one that has ended within a day.
type Process struct {
	ID      string
	Role    string // web, worker or all
	Host    string
	Version string
	Started time.Time
	Swept   time.Time   // end of its last sweep; zero: none yet
	Ended   bool        // it was stopped cleanly, with this heartbeat
	Doubt   string      // what it finds wrong with its clock; "": nothing
	Trust   clock.Trust // its clock as it was last found right

	Confirmation int64         // the last confirmation of a clock that it knows
	Beat         time.Time     // by the database's clock; set by the store
	Age          time.Duration // of the heartbeat, by the database's clock; set by the store
}

// Alive tells whether the process was not stopped and its heartbeat is of the last minute. One that lies as far ahead
// was written by a wrong clock.
func (p Process) Alive() bool { return !p.Ended && p.Age.Abs() <= beatAlive }

// Works tells whether the process runs the jobs.
func (p Process) Works() bool { return p.Role != "web" }

// NewestWorker is the process with jobs that reported last, a live one before one that ended; false where none ever
// did.
func NewestWorker(list []Process) (newest Process, ok bool) {
	for _, p := range list {
		if p.Works() && (!ok || p.Alive() && !newest.Alive() || p.Alive() == newest.Alive() &&
			p.Age.Abs() < newest.Age.Abs()) {
			newest, ok = p, true
		}
	}
	return newest, ok
}

type processRow struct {
	ID            string `gorm:"primaryKey"`
	Role          string
	Host          string
	Version       string
	StartedAt     time.Time
	BeatAt        time.Time
	SweptAt       *time.Time
	Doubt         string
	TrustedAt     *time.Time
	TrustedBoot   string
	TrustedBooted *time.Time
	Confirmation  int64
}

func (processRow) TableName() string { return "processes" }

// endedMark stands behind the role of a process that was stopped. Its row stays a day: ClockTrust reads the clock in
// it.
const endedMark = " ended"

func (r processRow) trust() clock.Trust {
	return clock.Trust{At: db.TimeOrZero(r.TrustedAt), Boot: r.TrustedBoot, Booted: db.TimeOrZero(r.TrustedBooted)}
}

// Beat writes the heartbeat of a process, by the database's clock, and drops those that are older than a day.
func (s *Store) Beat(ctx context.Context, p Process) error {
	at, err := s.DatabaseNow(ctx)
	if err != nil {
		return fmt.Errorf("beat of process %s: %w", p.ID, err)
	}
	role := p.Role
	if p.Ended {
		role += endedMark
	}
	row := processRow{ID: p.ID, Role: role, Host: p.Host, Version: p.Version, StartedAt: db.UTC(p.Started),
		BeatAt: db.UTC(at), SweptAt: db.NullTime(p.Swept), Doubt: p.Doubt, TrustedAt: db.NullTime(p.Trust.At),
		TrustedBoot: p.Trust.Boot, TrustedBooted: db.NullTime(p.Trust.Booted), Confirmation: p.Confirmation}
	g := s.db.Write(ctx)
	known := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, UpdateAll: true}
	if err := g.Clauses(known).Create(&row).Error; err != nil {
		return fmt.Errorf("beat of process %s: %w", p.ID, err)
	}
	if err := g.Where("beat_at < ?", db.UTC(at.Add(-beatKept))).Delete(&processRow{}).Error; err != nil {
		return fmt.Errorf("drop old beats: %w", err)
	}
	return nil
}

// Processes lists the processes that reported within a day, the last started first.
func (s *Store) Processes(ctx context.Context) ([]Process, error) {
	at, err := s.DatabaseNow(ctx)
	if err != nil {
		return nil, fmt.Errorf("read processes: %w", err)
	}
	var rows []processRow
	if err := s.db.Read(ctx).Order("started_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read processes: %w", err)
	}
	list := make([]Process, len(rows))
	for i, r := range rows {
		role, ended := strings.CutSuffix(r.Role, endedMark)
		list[i] = Process{ID: r.ID, Role: role, Ended: ended, Host: r.Host, Version: r.Version, Started: r.StartedAt,
			Swept: db.TimeOrZero(r.SweptAt), Doubt: r.Doubt, Trust: r.trust(), Confirmation: r.Confirmation, Beat: r.BeatAt,
			Age: at.Sub(r.BeatAt)}
	}
	return list, nil
}

// Confirmation is what an operator said of a clock: that it was right.
type Confirmation struct {
	ID       int64
	Clock    clock.Trust
	Operator string // account of the operating system, and machine
	Doubt    string // what was found wrong when it was confirmed
}

type confirmationRow struct {
	ID       int64 `gorm:"primaryKey;autoIncrement"`
	At       time.Time
	Boot     string
	Booted   time.Time
	Operator string
	Doubt    string
}

func (confirmationRow) TableName() string { return "clock_confirmations" }

// ConfirmClock keeps the confirmation of a clock, with the line of the act; running processes go by it within seconds.
func (s *Store) ConfirmClock(ctx context.Context, c Confirmation, act org.Act) (int64, error) {
	row := confirmationRow{At: db.UTC(c.Clock.At), Boot: c.Clock.Boot, Booted: db.UTC(c.Clock.Booted),
		Operator: c.Operator, Doubt: c.Doubt}
	err := s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		row.ID = 0 // given anew at each try
		if err := g.Create(&row).Error; err != nil {
			return err
		}
		return act.Write(s.db, g)
	})
	if err != nil {
		return 0, fmt.Errorf("confirm the clock: %w", err)
	}
	return row.ID, nil
}

// Confirmed is the last confirmation of a clock; its ID is 0 where there is none.
func (s *Store) Confirmed(ctx context.Context) (Confirmation, error) {
	var r confirmationRow
	err := s.db.Read(ctx).Order("id DESC").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Confirmation{}, nil
	}
	if err != nil {
		return Confirmation{}, fmt.Errorf("read the last confirmation of the clock: %w", err)
	}
	return Confirmation{r.ID, clock.Trust{At: r.At, Boot: r.Boot, Booted: r.Booted}, r.Operator, r.Doubt}, nil
}

// ClockTrust is what the database knows of a clock that was right, since the last confirmation: of the given boot
// where it can, else the newest. Where no process has kept one, as after an update of the program, it is the newest
// instant of the history.
func (s *Store) ClockTrust(ctx context.Context, boot string) (clock.Trust, error) {
	last, err := s.Confirmed(ctx)
	if err != nil {
		return clock.Trust{}, err
	}
	var rows []processRow
	g := s.db.Read(ctx)
	if err := g.Where("confirmation = ? AND trusted_at IS NOT NULL", last.ID).Find(&rows).Error; err != nil {
		return clock.Trust{}, fmt.Errorf("read trusted clocks: %w", err)
	}
	best := last.Clock
	for _, r := range rows {
		t := r.trust()
		if mine, his := best.Boot == boot, t.Boot == boot; his && !mine || his == mine && t.At.After(best.At) {
			best = t
		}
	}
	if !best.At.IsZero() {
		return best, nil
	}
	var newest []time.Time
	if err := g.Raw("SELECT at FROM history ORDER BY at DESC LIMIT 1").Scan(&newest).Error; err != nil {
		return clock.Trust{}, fmt.Errorf("read the newest instant of the history: %w", err)
	}
	if len(newest) == 1 {
		best.At = newest[0]
	}
	return best, nil
}
