package cases

import (
	"context"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/law"
)

// BreachQuery narrows the breach register; empty fields do not. From and To are days of the due instant, To excluded.
type BreachQuery struct {
	From, To calendar.Day
	Township string // 9 or 12 digits
	Chain    string
	Stage    string
	Status   workflow.BreachStatus
	Kind     workflow.Kind
	Case     workflow.CaseID
	Office   workflow.OfficeID
	Page     int // from 1
	PerPage  int // at most 200
}

// BreachLine is an entry of the register with the names that go with it.
type BreachLine struct {
	workflow.Breach
	Number, Householder, Division, GroupNo string
	OfficeName, OfficerName                string
	ChainVersion                           int
}

type breachLineRow struct {
	B                                      breachRow `gorm:"embedded"`
	Number, Householder, Division, GroupNo string
	OfficeName, OfficerName                string
	ChainVersion                           int
}

func (r breachLineRow) toLine() BreachLine {
	return BreachLine{r.B.toBreach(), r.Number, r.Householder, r.Division, r.GroupNo, r.OfficeName, r.OfficerName,
		r.ChainVersion}
}

// register is the query of the breaches that an officer may see: those of his area; 0 is the program itself. It fails
// with ErrNoScope for an officer without an area.
func (s *Store) register(ctx context.Context, by workflow.OfficerID, q BreachQuery) (*gorm.DB, error) {
	g := s.db.Read(ctx).Table("breaches").Joins("JOIN cases ON cases.id = breaches.case_id")
	if by != 0 {
		_, scope, err := s.org.AreaScope(ctx, by)
		if err != nil {
			return nil, err
		}
		g = g.Scopes(scope)
	}
	for _, f := range []struct {
		use   bool
		where string
		arg   any
	}{
		{q.From != 0, "breaches.due_before > ?", db.UTC(q.From.Start())}, // due on a day is due before the next
		{q.To != 0, "breaches.due_before <= ?", db.UTC(q.To.Start())},
		{q.Township != "", "breaches.township = ?", Township(q.Township)},
		{q.Chain != "", "breaches.chain = ?", q.Chain},
		{q.Stage != "", "breaches.stage = ?", q.Stage},
		{q.Kind != "", "breaches.kind = ?", string(q.Kind)},
		{q.Case != 0, "breaches.case_id = ?", int64(q.Case)},
		{q.Office != 0, "breaches.office_id = ?", int64(q.Office)},
	} {
		if f.use {
			g = g.Where(f.where, f.arg)
		}
	}
	const running = "breaches.closed_at IS NULL AND "
	switch q.Status {
	case workflow.BreachOpen:
		g = g.Where(running + "breaches.ruled_at IS NULL AND breaches.explained_at IS NULL")
	case workflow.BreachExplained:
		g = g.Where(running + "breaches.ruled_at IS NULL AND breaches.explained_at IS NOT NULL")
	case workflow.BreachUpheld, workflow.BreachExcused:
		g = g.Where(running+"breaches.verdict = ?", string(q.Status))
	case workflow.BreachClosed:
		g = g.Where("breaches.closed_at IS NOT NULL")
	}
	return g, nil
}

func named(g *gorm.DB) *gorm.DB {
	return g.Joins("JOIN offices ON offices.id = breaches.office_id").Joins("LEFT JOIN officers ON officers.id = " +
		"breaches.officer_id").
		Select("breaches.*, cases.number, cases.householder, cases.division, cases.group_no, cases.chain_version, " +
			"offices.name AS office_name, COALESCE(officers.name, '') AS officer_name").Order("breaches.due_before " +
		"DESC").Order("breaches.id DESC")
}

// Breaches lists the register within the officer's area, what fell due last first, and how many there are in all.
func (s *Store) Breaches(ctx context.Context, by workflow.OfficerID, q BreachQuery) ([]BreachLine, int, error) {
	g, err := s.register(ctx, by, q)
	if err != nil {
		return nil, 0, err
	}
	var total int64
	if err := g.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := db.Page(q.Page, q.PerPage)
	var rows []breachLineRow
	if err := named(g.Session(&gorm.Session{})).Offset(offset).Limit(limit).Scan(&rows).Error; err != nil {
		return nil, 0, err
	}
	lines := make([]BreachLine, len(rows))
	for i, r := range rows {
		lines[i] = r.toLine()
	}
	return lines, int(total), nil
}

// EachBreach gives the register row by row, for an export: nothing is held in memory. It stops at the first error of
// each.
func (s *Store) EachBreach(ctx context.Context, by workflow.OfficerID, q BreachQuery,
	each func(BreachLine) error) error {
	g, err := s.register(ctx, by, q)
	if err != nil {
		return err
	}
	rows, err := named(g).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	for rows.Next() {
		var r breachLineRow
		if err := g.ScanRows(rows, &r); err != nil {
			return err
		}
		if err := each(r.toLine()); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Breach reads one entry of the register; ErrNotFound outside the officer's area.
func (s *Store) Breach(ctx context.Context, by workflow.OfficerID, id workflow.BreachID) (BreachLine, error) {
	g, err := s.register(ctx, by, BreachQuery{})
	if err != nil {
		return BreachLine{}, err
	}
	var rows []breachLineRow
	if err := named(g).Where("breaches.id = ?", int64(id)).Limit(1).Scan(&rows).Error; err != nil {
		return BreachLine{}, err
	}
	if len(rows) == 0 {
		return BreachLine{}, workflow.ErrNotFound
	}
	return rows[0].toLine(), nil
}

// DeadlineLine is a deadline with the case that it ran on.
type DeadlineLine struct {
	workflow.Deadline
	Number, Division, Householder, OfficeName string
	Chain                                     workflow.ChainID
	ChainVersion                              int
}

type deadlineLineRow struct {
	D                                                deadlineRow `gorm:"embedded"`
	Number, Division, Householder, Chain, OfficeName string
	ChainVersion                                     int
}

// EachDeadline gives the deadlines, without the promises beside them, that began from a day on and before another, of one limit or ("") of all, within the
// officer's area; 0 is the program itself. Nothing is held in memory.
func (s *Store) EachDeadline(ctx context.Context, by workflow.OfficerID, from, to calendar.Day, limit law.LimitID,
	each func(DeadlineLine) error) error {
	g := s.db.Read(ctx).Table("deadlines").Joins("JOIN cases ON cases.id = deadlines.case_id").
		Select("deadlines.*, cases.number, cases.division, cases.householder, cases.chain, cases.chain_version, "+
			"COALESCE((SELECT o.name FROM stages s JOIN offices o ON o.id = s.office_id WHERE "+rowsOf("s",
			"deadlines.case_id")+" AND s.stage = deadlines.stage ORDER BY s.id DESC LIMIT 1), '') AS office_name").
		Where("NOT deadlines.beside AND deadlines.started_on >= ? AND deadlines.started_on < ?", db.Day(from),
			db.Day(to)).Order("deadlines.started_on").Order("deadlines.id")
	if limit != "" {
		g = g.Where("deadlines.limit_id = ?", string(limit))
	}
	if by != 0 {
		_, scope, err := s.org.AreaScope(ctx, by)
		if err != nil {
			return err
		}
		g = g.Scopes(scope)
	}
	rows, err := g.Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	for rows.Next() {
		var r deadlineLineRow
		if err := g.ScanRows(rows, &r); err != nil {
			return err
		}
		d, err := r.D.toDeadline()
		if err != nil {
			return err
		}
		if err := each(DeadlineLine{d, r.Number, r.Division, r.Householder, r.OfficeName, workflow.ChainID(r.Chain),
			r.ChainVersion}); err != nil {
			return err
		}
	}
	return rows.Err()
}
