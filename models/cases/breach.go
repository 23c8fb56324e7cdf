package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/history"
	"anju/workflow"
)

// writeBreach writes a breach that begins, or what has become of one.
func (w *caseWriter) writeBreach() error {
	b := w.out.Breach
	if b == nil {
		return nil
	}
	if b.ID != 0 {
		r := breachRow{Verdict: ""}
		if e := b.Explained; e != nil {
			r.ExplainedAt, r.ExplainedBy, r.Explanation = db.NullTime(e.At), int64(e.Officer), e.Text
			if e.MoveBy != 0 {
				d := db.Day(e.MoveBy)
				r.MoveBy = &d
			}
		}
		if v := b.Ruled; v != nil {
			r.RuledAt, r.RuledBy, r.Verdict, r.RulingGround = db.NullTime(v.At), int64(v.Officer), string(v.Verdict), v.Ground
		}
		w.t.Exec("UPDATE breaches SET explained_at = ?, explained_by = ?, explanation = ?, move_by = ?, ruled_at = ?, ruled_by = ?, verdict = ?, "+
			"ruling_ground = ?, closed_at = ? WHERE id = ?", r.ExplainedAt, r.ExplainedBy, r.Explanation, r.MoveBy, r.RuledAt, r.RuledBy, r.Verdict,
			r.RulingGround, b.ClosedAt, int64(b.ID))
		return nil
	}
	r := newBreachRow(*b, w.c.Division)
	office, err := w.s.org.Desk(w.t.Context(), b.Party, w.c)
	if err != nil {
		return fmt.Errorf("office of %s: %w", b.Party, missingOffice(err))
	}
	r.OfficeID = int64(office.ID)
	if slices.Contains(w.out.Close, b.Deadline) {
		r.MetAt = &w.at // what the law did at expiry met it
	}
	w.t.Query(func(scan func(...any) error) error { return scan(&r.OfficerID) }, "SELECT COALESCE((SELECT NULLIF(s.assignee_id, 0) FROM stages s "+
		"WHERE s.id >= ? AND s.id < ? AND s.office_id = ? ORDER BY s.id DESC LIMIT 1), ("+inCharge+"), 0)", history.RowID(w.c.ID, 0, 0), history.RowID(w.c.ID+1, 0, 0), int64(office.ID),
		int64(office.ID))
	if err := w.t.Flush(); err != nil {
		return err
	}
	return w.t.Insert(&r)
}

// writeSuspensions writes entries of the suspension ledger, and how they ended.
func (w *caseWriter) writeSuspensions() error {
	for _, s := range w.out.Suspend {
		var ended *db.Day
		if !s.Open {
			d := db.Day(s.To)
			ended = &d
		}
		w.t.Exec("INSERT INTO suspensions(case_id, notice_number, ground, notified_on, resulted_on, service, recipient, expected_days, evidence, stage, officer_id, "+
			"entered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (case_id, notice_number) DO UPDATE SET resulted_on = excluded.resulted_on, "+
			"evidence = excluded.evidence", int64(w.c.ID), s.Number, string(s.Ground), db.Day(s.From), ended, s.Service, s.Recipient, s.Days, s.Evidence,
			string(s.Stage), int64(w.by), w.at)
	}
	return nil
}

// assignOfficer puts an officer of the acting office in charge of the stage.
func (w *caseWriter) assignOfficer() error {
	if w.out.Assign == nil {
		return nil
	}
	officer := int64(w.by)
	if login := *w.out.Assign; login != "" {
		officer = 0
		w.t.Query(func(scan func(...any) error) error { return scan(&officer) }, "SELECT id FROM officers WHERE login = ? AND office_id = ? AND active",
			login, int64(w.out.Entry.By.Office))
		if err := w.t.Flush(); err != nil {
			return err
		}
		if officer == 0 {
			return &workflow.Invalid{Fields: []workflow.FieldError{{Field: "officer", Message: "本单位没有账号为 " + login + " 的在岗人员，请核对", Rule: w.out.Entry.Rule}}}
		}
	}
	w.t.Exec("UPDATE stages SET assignee_id = ? WHERE case_id = ? AND left_at IS NULL", officer, int64(w.c.ID))
	return nil
}

// UpdateBreach implements workflow.Store.
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
		t.Query(func(scan func(...any) error) error { return scan(row.fields()...) }, "SELECT "+breachColumns+" FROM breaches WHERE id = ?", int64(id))
	}, func(c workflow.Case, a workflow.Actor) (workflow.Outcome, error) { return judge(c, a, row.toBreach()) })
}

const breachColumns = "id, case_id, deadline_id, generation, chain, stage, limit_id, rule, law, article, party, township, office_id, officer_id, due_before, " +
	"opened_at, explain_by, met_at, closed_at, explained_at, explained_by, explanation, move_by, ruled_at, ruled_by, verdict, ruling_ground"

func (r *breachRow) fields() []any {
	return []any{&r.ID, &r.CaseID, &r.DeadlineID, &r.Generation, &r.Chain, &r.Stage, &r.LimitID, &r.Rule, &r.Law, &r.Article, &r.Party, &r.Township, &r.OfficeID,
		&r.OfficerID, &r.DueBefore, &r.OpenedAt, &r.ExplainBy, &r.MetAt, &r.ClosedAt, &r.ExplainedAt, &r.ExplainedBy, &r.Explanation, &r.MoveBy, &r.RuledAt,
		&r.RuledBy, &r.Verdict, &r.RulingGround}
}

// Clearable lists breaches that were ruled on and whose case has moved on: what the rung zero waits for.
func (s *Store) Clearable(ctx context.Context, limit int) ([]workflow.BreachID, error) {
	var ids []workflow.BreachID
	err := s.db.Read(ctx).Model(&breachRow{}).Where("closed_at IS NULL AND met_at IS NOT NULL AND ruled_at IS NOT NULL").Order("id").Limit(limit).
		Pluck("id", &ids).Error
	return ids, err
}

// Stays lists the stages of a case's life, the first one first; ErrNotFound outside the officer's area.
func (s *Store) Stays(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]workflow.Stay, error) {
	if _, _, err := s.Read(ctx, id, by); err != nil {
		return nil, err
	}
	var rows []stageRow
	if err := s.db.Read(ctx).Where("id >= ? AND id < ?", history.RowID(id, 0, 0), history.RowID(id+1, 0, 0)).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	stays := make([]workflow.Stay, len(rows))
	for i, r := range rows {
		office, err := s.org.OfficeByID(ctx, workflow.OfficeID(r.OfficeID))
		if err != nil {
			return nil, err
		}
		stays[i] = workflow.Stay{Stage: workflow.State(r.Stage), Party: workflow.Party(r.Party), Office: office.ID, Name: office.Name, Entered: r.EnteredAt,
			Left: db.TimeOrZero(r.LeftAt)}
	}
	return stays, nil
}
