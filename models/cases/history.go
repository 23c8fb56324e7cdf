package cases

import (
	"context"
	"fmt"

	"anju/models/history"
	"anju/workflow"
)

// History lists the lines of a case, the first one first; ErrNotFound outside the officer's area.
func (s *Store) History(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]history.Line, error) {
	if _, _, err := s.Read(ctx, id, by); err != nil {
		return nil, err
	}
	var rows []history.SealedLine
	if err := s.db.Read(ctx).Where("case_id = ?", int64(id)).Order("step").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("history of case %d: %w", id, err)
	}
	lines := make([]history.Line, len(rows))
	for i, r := range rows {
		lines[i] = r.ToLine()
	}
	return lines, nil
}
