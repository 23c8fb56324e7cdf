package statistics

import (
	"context"
	"time"

	"anju/models/cases"
	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// Grant is the plot that a case was granted: by the homestead certificate, or by the planning permit of a house that is
// rebuilt on its plot. Counted is the day of the first certificate, whatever replaced it.
type Grant struct {
	Case                                   workflow.CaseID
	Number, Householder, Township, Address string
	Chain                                  workflow.ChainID
	Counted                                calendar.Day
	Lapsed                                 calendar.Day // the last day of a certificate that is past, and the house not begun; 0
	Area                                   workflow.Decimal
	LandClass, Farmland                    string
}

// Grants lists what was granted, or lapsed unbuilt, from a day on and before another, the oldest first; Chain and Stage
// of the query do not narrow it. A township's officers see their own.
func (s *Store) Grants(ctx context.Context, by workflow.OfficerID, q SummaryQuery) ([]Grant, error) {
	q, mine, err := s.narrowToArea(ctx, by, q)
	if err != nil || !mine {
		return nil, err
	}
	today := calendar.DayOf(s.db.Now())
	where, args := "", []any{string(glossary.HomesteadCert), string(glossary.PlanningPermitDoc)}
	args = append(args, db.UTC(q.From.Start()), db.UTC(q.To.Start()), db.Day(q.From), db.Day(min(q.To, today)))
	if q.Township != "" {
		where, args = " AND substr(c.division, 1, 9) = ?", append(args, q.Township)
	}
	var list []Grant
	err = s.db.View(ctx, func(t *db.Tx) error {
		list = nil
		t.Query(func(scan func(...any) error) error {
			var g Grant
			var issued time.Time
			var last *db.Day
			var begun bool
			if err := scan(&g.Case, &g.Number, &g.Householder, &g.Township, &g.Chain, &issued, &last, &begun, &g.Area,
				&g.LandClass, &g.Farmland, &g.Address); err != nil {
				return err
			}
			g.Township, g.Counted = cases.Township(g.Township)+"000", calendar.DayOf(issued)
			if last != nil && calendar.Day(*last) < today && !begun {
				g.Lapsed = calendar.Day(*last)
			}
			list = append(list, g)
			return nil
		}, grants+where+" ORDER BY g.issued_at, c.id", args...)
		return t.Commit()
	})
	return list, err
}

// grants reads each case with its first certificate and the last day of what stands in its place.
const grants = "SELECT c.id, c.number, c.householder, c.division, c.chain, g.issued_at, g.last, g.begun, " +
	"p.homestead_area, p.land_class, COALESCE(c.application->'proposed'->>'farmland', ''), p.address FROM (" +
	"SELECT d.case_id, d.kind, d.issued_at, " +
	"(SELECT max(e.valid_to) FROM documents e WHERE e.case_id = d.case_id AND e.kind = d.kind AND e.voided = '') AS last, " +
	"EXISTS (SELECT 1 FROM cases a JOIN cases b ON b.household_id = a.household_id AND b.id > a.id AND " +
	"b.chain LIKE 'construction_start.%' AND b.state <> 'draft' AND b.outcome IN ('', 'granted') " +
	"WHERE a.id = d.case_id) AS begun FROM documents d WHERE NOT EXISTS (SELECT 1 FROM documents e " +
	"WHERE e.case_id = d.case_id AND e.kind = d.kind AND e.id < d.id)) g " +
	"JOIN cases c ON c.id = g.case_id JOIN parcels p ON p.case_id = c.id " +
	"WHERE (c.chain = 'homestead' AND g.kind = ? OR c.chain = 'planning_permit' AND g.kind = ?) AND " +
	"(g.issued_at >= ? AND g.issued_at < ? OR g.last >= ? AND g.last < ?)"
