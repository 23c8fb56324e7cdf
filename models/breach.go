package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// breach writes a breach that begins, or what has become of one.
func (w *writing) breach() error {
	b := w.out.Breach
	if b == nil {
		return nil
	}
	if b.ID != 0 {
		r := breachRow{Verdict: ""}
		if e := b.Explained; e != nil {
			r.ExplainedAt, r.ExplainedBy, r.Explanation = perhaps(e.At), int64(e.Officer), e.Text
			if e.MoveBy != 0 {
				d := day(e.MoveBy)
				r.MoveBy = &d
			}
		}
		if v := b.Ruled; v != nil {
			r.RuledAt, r.RuledBy, r.Verdict, r.RulingGround = perhaps(v.At), int64(v.Officer), string(v.Verdict), v.Ground
		}
		w.t.exec("UPDATE breaches SET explained_at = ?, explained_by = ?, explanation = ?, move_by = ?, ruled_at = ?, ruled_by = ?, verdict = ?, "+
			"ruling_ground = ?, closed_at = ? WHERE id = ?", r.ExplainedAt, r.ExplainedBy, r.Explanation, r.MoveBy, r.RuledAt, r.RuledBy, r.Verdict,
			r.RulingGround, b.ClosedAt, int64(b.ID))
		return nil
	}
	r := rowOfBreach(*b, w.c.Division)
	office, err := w.s.desk(w.t.ctx, b.Party, w.c)
	if err != nil {
		return fmt.Errorf("office of %s: %w", b.Party, noDesk(err))
	}
	r.OfficeID = int64(office.ID)
	if slices.Contains(w.out.Close, b.Deadline) {
		r.MetAt = &w.at // what the law did at expiry met it
	}
	w.t.query(func(scan func(...any) error) error { return scan(&r.OfficerID) }, "SELECT COALESCE((SELECT NULLIF(s.assignee_id, 0) FROM stages s "+
		"WHERE s.id >= ? AND s.id < ? AND s.office_id = ? ORDER BY s.id DESC LIMIT 1), ("+inCharge+"), 0)", rowID(w.c.ID, 0, 0), rowID(w.c.ID+1, 0, 0), int64(office.ID),
		int64(office.ID))
	if err := w.t.flush(); err != nil {
		return err
	}
	return w.t.insert(&r)
}

// ledger writes entries of the suspension ledger, and how they ended.
func (w *writing) ledger() error {
	for _, s := range w.out.Suspended {
		var ended *day
		if !s.Open {
			d := day(s.To)
			ended = &d
		}
		w.t.exec("INSERT INTO suspensions(case_id, notice_number, ground, notified_on, resulted_on, service, recipient, expected_days, evidence, stage, officer_id, "+
			"entered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (case_id, notice_number) DO UPDATE SET resulted_on = excluded.resulted_on, "+
			"evidence = excluded.evidence", int64(w.c.ID), s.Number, string(s.Ground), day(s.From), ended, s.Service, s.Recipient, s.Days, s.Evidence,
			string(s.Stage), int64(w.by), w.at)
	}
	return nil
}

// assign puts an officer of the acting office in charge of the stage.
func (w *writing) assign() error {
	if w.out.Assign == nil {
		return nil
	}
	officer := int64(w.by)
	if login := *w.out.Assign; login != "" {
		officer = 0
		w.t.query(func(scan func(...any) error) error { return scan(&officer) }, "SELECT id FROM officers WHERE login = ? AND office_id = ? AND active",
			login, int64(w.out.Entry.By.Office))
		if err := w.t.flush(); err != nil {
			return err
		}
		if officer == 0 {
			return &workflow.Invalid{Fields: []workflow.FieldError{{Field: "officer", Message: "本单位没有账号为 " + login + " 的在岗人员，请核对", Rule: w.out.Entry.Rule}}}
		}
	}
	w.t.exec("UPDATE stages SET assignee_id = ? WHERE case_id = ? AND left_at IS NULL", officer, int64(w.c.ID))
	return nil
}

// UpdateBreach implements casework.Store.
func (s *Store) UpdateBreach(ctx context.Context, id workflow.BreachID, by workflow.OfficerID, key string,
	judge func(workflow.Case, workflow.Actor, workflow.Breach) (workflow.Outcome, error)) (workflow.Case, error) {
	var row breachRow
	err := s.db.read.WithContext(ctx).Select("case_id").Where("id = ?", int64(id)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return workflow.Case{}, workflow.ErrNotFound
	}
	if err != nil {
		return workflow.Case{}, fmt.Errorf("breach %d: %w", id, err)
	}
	return s.update(ctx, workflow.CaseID(row.CaseID), by, key, func(t *tx) {
		t.query(func(scan func(...any) error) error { return scan(row.fields()...) }, "SELECT "+breachColumns+" FROM breaches WHERE id = ?", int64(id))
	}, func(c workflow.Case, a workflow.Actor) (workflow.Outcome, error) { return judge(c, a, row.toBreach()) })
}

const breachColumns = "id, case_id, deadline_id, generation, chain, stage, limit_id, rule, law, article, party, township, office_id, officer_id, due_before, " +
	"opened_at, explain_by, met_at, closed_at, explained_at, explained_by, explanation, move_by, ruled_at, ruled_by, verdict, ruling_ground"

func (r *breachRow) fields() []any {
	return []any{&r.ID, &r.CaseID, &r.DeadlineID, &r.Generation, &r.Chain, &r.Stage, &r.LimitID, &r.Rule, &r.Law, &r.Article, &r.Party, &r.Township, &r.OfficeID,
		&r.OfficerID, &r.DueBefore, &r.OpenedAt, &r.ExplainBy, &r.MetAt, &r.ClosedAt, &r.ExplainedAt, &r.ExplainedBy, &r.Explanation, &r.MoveBy, &r.RuledAt,
		&r.RuledBy, &r.Verdict, &r.RulingGround}
}

// BreachQuery narrows the breach register; empty fields do not. From and To are days of the due instant, To excluded.
type BreachQuery struct {
	From, To calendar.Day
	Township string // 9 or 12 digits
	Chain    string
	Stage    string
	Status   workflow.BreachStatus
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
	return BreachLine{r.B.toBreach(), r.Number, r.Householder, r.Division, r.GroupNo, r.OfficeName, r.OfficerName, r.ChainVersion}
}

// register is the query of the breaches that an officer may see: those of his area; 0 is the program itself. It fails with
// ErrNoScope for an officer without an area.
func (s *Store) register(ctx context.Context, by workflow.OfficerID, q BreachQuery) (*gorm.DB, error) {
	g := s.db.read.WithContext(ctx).Table("breaches").Joins("JOIN cases ON cases.id = breaches.case_id")
	if by != 0 {
		_, scope, err := s.scope(ctx, by)
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
		{q.From != 0, "breaches.due_before > ?", utc(q.From.Start())}, // due on a day is due before the next
		{q.To != 0, "breaches.due_before <= ?", utc(q.To.Start())},
		{q.Township != "", "breaches.township = ?", township(q.Township)},
		{q.Chain != "", "breaches.chain = ?", q.Chain},
		{q.Stage != "", "breaches.stage = ?", q.Stage},
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
	return g.Joins("JOIN offices ON offices.id = breaches.office_id").Joins("LEFT JOIN officers ON officers.id = breaches.officer_id").
		Select("breaches.*, cases.number, cases.householder, cases.division, cases.group_no, cases.chain_version, offices.name AS office_name, " +
			"COALESCE(officers.name, '') AS officer_name").Order("breaches.due_before DESC").Order("breaches.id DESC")
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
	offset, limit := page(q.Page, q.PerPage)
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

// EachBreach gives the register row by row, for an export: nothing is held in memory. It stops at the first error of each.
func (s *Store) EachBreach(ctx context.Context, by workflow.OfficerID, q BreachQuery, each func(BreachLine) error) error {
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

// Clearable lists breaches that were ruled on and whose case has moved on: what the rung zero waits for.
func (s *Store) Clearable(ctx context.Context, limit int) ([]workflow.BreachID, error) {
	var ids []workflow.BreachID
	err := s.db.read.WithContext(ctx).Model(&breachRow{}).Where("closed_at IS NULL AND met_at IS NOT NULL AND ruled_at IS NOT NULL").Order("id").Limit(limit).
		Pluck("id", &ids).Error
	return ids, err
}

// Stays lists the stages of a case's life, the first one first; ErrNotFound outside the officer's area.
func (s *Store) Stays(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]attribution.Stay, error) {
	if _, _, err := s.Read(ctx, id, by); err != nil {
		return nil, err
	}
	var rows []stageRow
	if err := s.db.read.WithContext(ctx).Where("id >= ? AND id < ?", rowID(id, 0, 0), rowID(id+1, 0, 0)).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	stays := make([]attribution.Stay, len(rows))
	for i, r := range rows {
		office, err := s.officeAt(ctx, workflow.OfficeID(r.OfficeID))
		if err != nil {
			return nil, err
		}
		stays[i] = attribution.Stay{Stage: glossary.State(r.Stage), Party: glossary.Party(r.Party), Office: office.ID, Name: office.Name, Entered: r.EnteredAt,
			Left: instant(r.LeftAt)}
	}
	return stays, nil
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

// EachDeadline gives the deadlines that began from a day on and before another, of one limit or ("") of all, within the officer's
// area; 0 is the program itself. Nothing is held in memory.
func (s *Store) EachDeadline(ctx context.Context, by workflow.OfficerID, from, to calendar.Day, limit law.LimitID, each func(DeadlineLine) error) error {
	g := s.db.read.WithContext(ctx).Table("deadlines").Joins("JOIN cases ON cases.id = deadlines.case_id").
		Select("deadlines.*, cases.number, cases.division, cases.householder, cases.chain, cases.chain_version, COALESCE((SELECT o.name FROM stages s JOIN offices o "+
			"ON o.id = s.office_id WHERE "+rowsOf("s", "deadlines.case_id")+" AND s.stage = deadlines.stage ORDER BY s.id DESC LIMIT 1), '') AS office_name").
		Where("deadlines.started_on >= ? AND deadlines.started_on < ?", day(from), day(to)).Order("deadlines.started_on").Order("deadlines.id")
	if limit != "" {
		g = g.Where("deadlines.limit_id = ?", string(limit))
	}
	if by != 0 {
		_, scope, err := s.scope(ctx, by)
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
		if err := each(DeadlineLine{d, r.Number, r.Division, r.Householder, r.OfficeName, workflow.ChainID(r.Chain), r.ChainVersion}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// DatabaseNow is the clock of the machine on which the database runs; SQLite's is the program's.
func (s *Store) DatabaseNow(ctx context.Context) (time.Time, error) {
	question := "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
	if s.db.Dialect() == "sqlite" {
		question = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
	}
	var now string
	if err := s.db.read.WithContext(ctx).Raw(question).Scan(&now).Error; err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, now)
}
