package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"anju/models/db"
	"anju/models/history"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
)

// errDry ends a dry run: all of it is undone.
var errDry = errors.New("a dry run")

// recountBatch is how many cases of an import are held in memory at once.
const recountBatch = 500

// ImportCalendar implements casework.Store. The line of the act that the context has is written with it, where the
// calendar changed.
func (s *Store) ImportCalendar(ctx context.Context, by workflow.OfficerID, years []calendar.Year, dry bool,
	judge func(*calendar.Calendar, workflow.Case, workflow.Actor) (workflow.Outcome, []workflow.Recounted,
		error)) (workflow.Imported, error) {
	var done workflow.Imported
	err := s.db.Update(ctx, func(t *db.Tx) error {
		cal, imported, err := s.registry.WriteYears(t, by, years)
		if done = imported; err != nil {
			return err
		}
		if len(done.Years) == 0 {
			return t.Commit()
		}
		actor := workflow.BySystem
		if by != 0 {
			var r caseReader
			r.queryOfficer(t, 0, by, "")
			if err := t.Flush(); err != nil {
				return err
			}
			if !r.known {
				return fmt.Errorf("officer %d: %w", by, workflow.ErrNotFound)
			}
			if err := r.loadOffice(ctx, s); err != nil {
				return err
			}
			actor = r.officer.Actor()
		}
		var ids []workflow.CaseID
		t.Query(func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			ids = append(ids, workflow.CaseID(id))
			return err
		}, "SELECT DISTINCT case_id FROM deadlines WHERE (closed_at IS NULL OR "+awaitsCard+") AND "+
			history.NotFrozen("deadlines.case_id")+" ORDER BY case_id")
		if err := t.Flush(); err != nil {
			return err
		}
		for batch := range slices.Chunk(ids, recountBatch) {
			if err := s.recount(t, batch, func(c workflow.Case) (workflow.Outcome, error) {
				out, moves, err := judge(cal, c, actor)
				done.Moves = append(done.Moves, moves...)
				return out, err
			}); err != nil {
				return err
			}
		}
		if dry {
			return errDry
		}
		if act := org.ActFrom(ctx); act != (org.Act{}) {
			act.Subject = fmt.Sprintf("第 %d 版", done.Version)
			if err := act.WriteTx(t); err != nil {
				return err
			}
		}
		return t.Commit()
	})
	if errors.Is(err, errDry) {
		return done, nil
	}
	return done, err
}

// recount takes one batch of an import: all of it, or nothing of the import.
func (s *Store) recount(t *db.Tx, ids []workflow.CaseID, judge func(workflow.Case) (workflow.Outcome, error)) error {
	b := batchWriter{s: s, t: t}
	if err := b.read(ids, s.db.SQL().Lock()); err != nil {
		return err
	}
	failed, err := b.judge(ids, judge)
	if err != nil {
		return err
	}
	for id, err := range failed {
		if !errors.Is(err, workflow.ErrNothingDue) {
			return fmt.Errorf("recount case %d: %w", id, err)
		}
	}
	return b.write()
}

// Behind lists cases with a deadline that was counted under an older version of the calendar or another promise, and is
// open or waits for its day to be published.
func (s *Store) Behind(ctx context.Context, version, limit int) ([]workflow.CaseID, error) {
	var ids []workflow.CaseID
	err := s.db.Read(ctx).Model(&deadlineRow{}).Distinct("case_id").Where("(closed_at IS NULL OR "+awaitsCard+
		") AND calendar < ? AND "+history.NotFrozen("deadlines.case_id"), version).Order("case_id").Limit(limit).
		Pluck("case_id", &ids).Error
	return ids, err
}
