package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
)

// FailedJob is a task that was given up, for an administrator.
type FailedJob struct {
	ID         int64
	Task       string
	Payload    json.RawMessage // identifiers only
	Error      string
	Case       workflow.CaseID // 0: the payload does not say
	Number     string          // of the case
	Tries      int             // how often it was given up
	At         time.Time       // for the last time
	ResolvedAt time.Time       // zero: still open
	RedrivenAt time.Time
	RedrivenBy string
}

type failedJobRow struct {
	ID         int64 `gorm:"primaryKey;autoIncrement"`
	Task       string
	Payload    string
	Error      string
	CaseID     int64
	At         time.Time
	Tries      int
	ResolvedAt *time.Time
	RedrivenAt *time.Time
	RedrivenBy int64
}

func (failedJobRow) TableName() string { return "failed_jobs" }

// FailedJob keeps a task that failed for good, for a person to look at. One that is open already is counted again.
func (s *Store) FailedJob(ctx context.Context, task string, payload []byte, cause error, id workflow.CaseID) error {
	g := s.db.Write(ctx)
	done := g.Model(&failedJobRow{}).Where("task = ? AND payload = ? AND resolved_at IS NULL", task, string(payload)).
		Updates(map[string]any{"tries": gorm.Expr("tries + 1"), "error": cause.Error(), "at": s.db.Now()})
	if done.Error != nil || done.RowsAffected > 0 {
		return done.Error
	}
	return g.Create(&failedJobRow{Task: task, Payload: string(payload), Error: cause.Error(), CaseID: int64(id),
		At: s.db.Now(), Tries: 1}).Error
}

// FailedJobs lists tasks that were given up, the newest first, and how many there are in all; only those that are not
// resolved where open is set.
func (s *Store) FailedJobs(ctx context.Context, open bool, number, size int) ([]FailedJob, int, error) {
	where := "1 = 1"
	if open {
		where = "f.resolved_at IS NULL"
	}
	var total int64
	if err := s.db.Read(ctx).Table("failed_jobs f").Where(where).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := db.Page(number, size)
	list, err := s.readFailed(ctx, where+" ORDER BY f.id DESC LIMIT ? OFFSET ?", limit, offset)
	return list, int(total), err
}

// readFailed reads what was given up; tail is what WHERE begins.
func (s *Store) readFailed(ctx context.Context, tail string, args ...any) ([]FailedJob, error) {
	var rows []struct {
		Row          failedJobRow `gorm:"embedded"`
		Number, Name string
	}
	if err := s.db.Read(ctx).Raw("SELECT f.*, COALESCE(c.number, '') AS number, COALESCE(o.name, '') AS name "+
		"FROM failed_jobs f LEFT JOIN cases c ON c.id = f.case_id LEFT JOIN officers o ON o.id = f.redriven_by WHERE "+tail,
		args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]FailedJob, len(rows))
	for i, r := range rows {
		f := r.Row
		list[i] = FailedJob{f.ID, f.Task, json.RawMessage(f.Payload), f.Error, workflow.CaseID(f.CaseID), r.Number, f.Tries,
			f.At, db.TimeOrZero(f.ResolvedAt),
			db.TimeOrZero(f.RedrivenAt), r.Name}
	}
	return list, nil
}

// Redrive has a task that was given up tried again: the jobs look for those that were redriven. It fails with
// ErrNotFound where there is none that is open. The line of the act is written with the mark, before the queue is told.
func (s *Store) Redrive(ctx context.Context, id int64, act org.Act) (FailedJob, error) {
	if err := s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if err := db.RequireOne(g.Model(&failedJobRow{}).Where("id = ? AND resolved_at IS NULL", id).
			Updates(map[string]any{"redriven_at": s.db.Now(), "redriven_by": int64(act.By.Officer)})); err != nil {
			return err
		}
		return act.Write(s.db, g)
	}); err != nil {
		return FailedJob{}, err
	}
	list, err := s.readFailed(ctx, "f.id = ?", id)
	if err == nil && len(list) != 1 {
		err = workflow.ErrNotFound
	}
	if err != nil {
		return FailedJob{}, err
	}
	return list[0], nil
}

// mostFailed is as much of what was given up as is looked at: more of it has one cause.
const mostFailed = 500

// Redriven lists what was given up, is open, and is to be tried again.
func (s *Store) Redriven(ctx context.Context) ([]FailedJob, error) {
	return s.readFailed(ctx, "f.resolved_at IS NULL AND f.redriven_at IS NOT NULL ORDER BY f.id LIMIT ?", mostFailed)
}

// owedQueries are questions to the database, one a task: whether what was given up is still to be done.
var owedQueries = map[string]string{
	"rung": "SELECT count(*) FROM deadlines WHERE case_id = @case AND id = @deadline AND generation = @generation " +
		"AND next = @rung AND closed_at IS NULL",
	"notify": "SELECT count(*) FROM outbox WHERE id = @outbox AND delivered_at IS NULL",
	"clear":  "SELECT count(*) FROM breaches WHERE id = @breach AND closed_at IS NULL",
	"recount": "SELECT count(*) FROM deadlines WHERE case_id = @case AND closed_at IS NULL " +
		"AND calendar < (SELECT max(version) FROM calendar_versions)",
}

// ResolveFailed closes what was given up and has been done since, or is not owed any more. It says how many.
func (s *Store) ResolveFailed(ctx context.Context) (int, error) {
	open, err := s.readFailed(ctx, "f.resolved_at IS NULL ORDER BY f.id LIMIT ?", mostFailed)
	if err != nil {
		return 0, err
	}
	resolved := 0
	for _, f := range open {
		owed, err := s.stillOwed(ctx, f)
		if err != nil {
			return resolved, fmt.Errorf("failed job %d: %w", f.ID, err)
		}
		if owed {
			continue
		}
		if err := s.db.Write(ctx).Model(&failedJobRow{}).Where("id = ? AND resolved_at IS NULL", f.ID).
			Update("resolved_at", s.db.Now()).Error; err != nil {
			return resolved, err
		}
		resolved++
	}
	return resolved, nil
}

func (s *Store) stillOwed(ctx context.Context, f FailedJob) (bool, error) {
	var about struct {
		Case, Deadline, Outbox, Breach int64
		Generation                     int
		Rung                           string
	}
	question, ok := owedQueries[f.Task]
	if !ok || json.Unmarshal(f.Payload, &about) != nil {
		return true, nil // not known: it stays open
	}
	var n int64
	err := s.db.Read(ctx).Raw(question, map[string]any{"case": about.Case, "deadline": about.Deadline,
		"outbox": about.Outbox,
		"breach": about.Breach, "generation": about.Generation, "rung": about.Rung}).Scan(&n).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return n > 0, err
}
