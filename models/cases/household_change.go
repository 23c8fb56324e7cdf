package cases

import (
	"context"
	"fmt"

	"anju/models/db"
	"anju/models/history"
	"anju/models/households"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/household"
)

// ChangeHousehold changes a household's file, and tells each of its running cases in a line of its history: the case
// follows its householder (A30). All of it is written, or nothing. It fails as households.Store.Change does.
func (s *Store) ChangeHousehold(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID,
	asked households.Asked) (households.Change, error) {
	officer, err := s.org.ActiveOfficer(ctx, by)
	if err != nil {
		return households.Change{}, err
	}
	var done households.Change
	err = s.db.Update(ctx, func(t *db.Tx) error {
		var touched []households.Touched
		var err error
		if done, touched, err = s.households.Change(t, officer, id, asked); err != nil {
			return err
		}
		for _, h := range touched {
			if err := s.tellCases(t, officer, h, done); err != nil {
				return err
			}
		}
		return t.Commit()
	})
	return done, err
}

// tellCases writes a change of a household into its running cases.
func (s *Store) tellCases(t *db.Tx, by org.Officer, h households.Touched, done households.Change) error {
	var ids []int64
	t.Query(func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM cases WHERE household_id = ? AND closed_at IS NULL ORDER BY id", int64(h.Household))
	if err := t.Flush(); err != nil {
		return err
	}
	for _, id := range ids {
		var r caseReader
		r.query(t, s.files.get(workflow.CaseID(id)), workflow.CaseID(id), 0, "", s.db.SQL().Lock())
		if err := t.Flush(); err != nil {
			return fmt.Errorf("read case %d: %w", id, db.NameLock(err, db.ErrCaseBusy))
		}
		if err := r.build(t.Context(), s, 0); err != nil {
			return err
		}
		if err := history.FrozenError(r.frozen); err != nil {
			return err
		}
		out := household.Line(r.c, by.Actor(), done.At, household.Told{Householder: h.Householder, People: h.People,
			Current: h.Current, Recorded: h.Recorded, Text: h.Text + "；" + done.Reason, Rule: h.Rule.Rule})
		w := caseWriter{s: s, t: t, old: r.c, version: r.row.Version, filed: r.row.Filed, out: out, office: by.OfficeName,
			by: by.ID}
		if _, err := w.send(); err != nil {
			return err
		}
		t.Exec("UPDATE cases SET householder = ? WHERE id = ?", h.Householder, id)
	}
	return nil
}
