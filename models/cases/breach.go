package cases

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/history"
	"anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/glossary"
)

// UpdateBreach implements casework.Store.
func (s *Store) UpdateBreach(ctx context.Context, id workflow.BreachID, by workflow.OfficerID, key string,
	judge func(workflow.Case, workflow.Actor, workflow.Breach) (workflow.Outcome, error)) (workflow.Case, error) {
	var row breachRow
	err := s.db.Read(ctx).Select("case_id").Where("id = ?", int64(id)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return workflow.Case{}, workflow.ErrNotFound
	}
	if err != nil {
		return workflow.Case{}, fmt.Errorf("breach %d: %w", id, err)
	}
	return s.update(ctx, workflow.CaseID(row.CaseID), by, key, func(t *db.Tx) {
		t.Query(func(scan func(...any) error) error { return scan(breachColumns.Fields(&row)...) },
			"SELECT "+breachColumns.List("")+" FROM breaches WHERE id = ?", int64(id))
	}, func(c workflow.Case, a workflow.Actor) (workflow.Outcome, error) { return judge(c, a, row.toBreach()) })
}

// Clearable lists breaches that were ruled on after their case has moved on: what the rung zero waits for.
func (s *Store) Clearable(ctx context.Context, limit int) ([]workflow.BreachID, error) {
	var ids []workflow.BreachID
	err := s.db.Read(ctx).Model(&breachRow{}).Where("closed_at IS NULL AND met_at IS NOT NULL "+
		"AND ruled_at IS NOT NULL").Order("id").Limit(limit).
		Pluck("id", &ids).Error
	return ids, err
}

// Stays lists the stages in the life of a case that Read gave to an officer of its area, the first one first.
func (s *Store) Stays(ctx context.Context, c workflow.Case) ([]attribution.Stay, error) {
	var rows []stageRow
	if err := s.db.Read(ctx).Where("id >= ? AND id < ?", history.RowID(c.ID, 0, 0),
		history.RowID(c.ID+1, 0, 0)).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	stays := make([]attribution.Stay, len(rows))
	for i, r := range rows {
		office, err := s.org.OfficeByID(ctx, workflow.OfficeID(r.OfficeID))
		if err != nil {
			return nil, err
		}
		stays[i] = attribution.Stay{Stage: glossary.State(r.Stage), Party: glossary.Party(r.Party), Office: office.ID,
			Name: office.Name, Entered: r.EnteredAt,
			Left: db.TimeOrZero(r.LeftAt)}
	}
	return stays, nil
}
