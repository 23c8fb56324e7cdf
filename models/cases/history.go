package cases

import (
	"context"
	"fmt"

	"anju/models/history"
	"anju/workflow"
)

// History lists the lines of a case that Read gave to an officer of its area, the first one first.
func (s *Store) History(ctx context.Context, c workflow.Case) ([]history.Line, error) {
	var rows []history.SealedLine
	if err := s.db.Read(ctx).Where("case_id = ?", int64(c.ID)).Order("step").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("history of case %d: %w", c.ID, err)
	}
	lines := make([]history.Line, len(rows))
	for i, r := range rows {
		lines[i] = r.ToLine()
	}
	return lines, nil
}
