package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
)

// Frozen is a case on which nothing is done because something of it does not verify.
type Frozen struct {
	Case   workflow.CaseID
	Number string
	Found  string
	At     time.Time
}

// NotFrozen narrows a table to the cases that are not frozen; column is the case's number.
func NotFrozen(column string) string {
	return "NOT EXISTS (SELECT 1 FROM frozen_cases z WHERE z.case_id = " + column + " AND z.released_at IS NULL)"
}

// FrozenBy is what a case c is frozen by, as SQL; NULL where it is not.
const FrozenBy = "(SELECT min(z.found) FROM frozen_cases z WHERE z.case_id = c.id AND z.released_at IS NULL)"

// FrozenError refuses what would be done on a frozen case; nil where found is.
func FrozenError(found *string) error {
	if found == nil {
		return nil
	}
	return &workflow.Held{Hold: workflow.HoldRecord, Cause: *found +
		"; see `anju history verify`, then `anju history release`"}
}

// FrozenCases lists the frozen cases, each with its first finding.
func (s *Store) FrozenCases(ctx context.Context) ([]Frozen, error) {
	var rows []struct {
		CaseID        workflow.CaseID
		Number, Found string
		FrozenAt      time.Time
	}
	err := s.db.Read(ctx).Table("frozen_cases z").Joins("LEFT JOIN cases c ON c.id = z.case_id").Where("z.released_at " +
		"IS NULL").
		Select("z.case_id, COALESCE(c.number, '') AS number, z.found, z.frozen_at").Order("z.case_id, " +
		"z.found").Limit(mostFindings).Scan(&rows).Error
	var list []Frozen
	for _, r := range rows {
		if n := len(list); n == 0 || list[n-1].Case != r.CaseID {
			list = append(list, Frozen{r.CaseID, r.Number, r.Found, r.FrozenAt})
		}
	}
	return list, err
}

func releaseText(id workflow.CaseID, found string) string { return fmt.Sprintf("%d %s", id, found) }

// ReleaseCase lifts the freezing of a case, by its number, once what was found is explained; the reason is kept. It
// fails with ErrNotFound where no such case is frozen.
func (s *Store) ReleaseCase(ctx context.Context, number, by, reason string) error {
	if reason == "" {
		return errors.New("a release needs its reason")
	}
	err := s.db.Update(ctx, func(t *db.Tx) error {
		var id workflow.CaseID
		var found []string
		t.Query(func(scan func(...any) error) error {
			var f string
			err := scan(&id, &f)
			found = append(found, f)
			return err
		}, "SELECT z.case_id, z.found FROM frozen_cases z JOIN cases c ON c.id = z.case_id WHERE c.number = ? "+
			"AND z.released_at IS NULL", number)
		if err := t.Flush(); err != nil {
			return err
		}
		if len(found) == 0 {
			return workflow.ErrNotFound
		}
		for _, f := range found {
			t.Exec("UPDATE frozen_cases SET released_at = ?, released_by = ?, reason = ?, tag = ? WHERE case_id = ? "+
				"AND found = ?", s.db.Now(), by, reason,
				s.db.Keys().Tag("release", releaseText(id, f)), int64(id), f)
		}
		org.LogCommand(t, by, "解除办件冻结："+reason, number)
		return t.Commit()
	})
	if err != nil {
		return fmt.Errorf("release case %s: %w", number, err)
	}
	return nil
}

// KeepVerification writes down a verification, and freezes the cases of which something does not hold and was not
// released.
func (s *Store) KeepVerification(ctx context.Context, began time.Time, v Verification) (frozen int, err error) {
	findings, err := json.Marshal(v.Findings)
	if err != nil {
		return 0, err
	}
	if v.Findings == nil {
		findings = []byte("[]")
	}
	err = s.db.Update(ctx, func(t *db.Tx) error {
		frozen = 0
		now := s.db.Now()
		type key struct {
			id    workflow.CaseID
			found string
		}
		known := map[key]bool{} // frozen, or released by this program
		t.Query(func(scan func(...any) error) error {
			var k key
			var open bool
			var tag string
			err := scan(&k.id, &k.found, &open, &tag)
			known[k] = open || s.db.Keys().Tagged("release", releaseText(k.id, k.found), tag)
			return err
		}, "SELECT case_id, found, released_at IS NULL, tag FROM frozen_cases")
		if err := t.Flush(); err != nil {
			return err
		}
		for _, b := range v.Findings {
			if k := (key{b.Case, b.Error()}); b.Case != 0 && !known[k] {
				t.Exec("INSERT INTO frozen_cases (case_id, found, frozen_at) VALUES (?, ?, ?) ON CONFLICT (case_id, found) "+
					"DO UPDATE SET released_at = NULL, tag = ''",
					int64(b.Case), k.found, now)
				frozen++
			}
		}
		t.Exec("INSERT INTO verifications (began_at, ended_at, cases, entries, findings) VALUES (?, ?, ?, ?, ?)",
			db.UTC(began), now, v.Cases, v.Entries, string(findings))
		return t.Commit()
	})
	if err != nil {
		return 0, fmt.Errorf("keep the verification: %w", err)
	}
	return frozen, nil
}
