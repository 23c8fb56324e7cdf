package notices

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anju/models/db"
	"anju/models/history"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/glossary"
)

// superior is the authority that is told what an office has not acknowledged; "" above the last.
func superior(p glossary.Party) glossary.Party {
	switch {
	case p == glossary.CountyGovernment:
		return ""
	case p == glossary.SupervisionOffice:
		return glossary.CountyGovernment
	case p == glossary.TownshipGovernment:
		return glossary.GuidingBureau
	case p.Level() == glossary.CountyLevel:
		return glossary.SupervisionOffice
	}
	return glossary.TownshipGovernment
}

// overdueNotice is a notice that was not acknowledged in time.
type overdueNotice struct {
	id, office, caseID int64 // id2 is the case
	source             int64
	generation         int
	rung, text         string
	step               int
	running            bool // its deadline
	promised           bool // its deadline is a promise: no authority above the guiding bureau hears of it
}

// Climb tells the authority above of a batch of notices that the told office has not acknowledged in time, each
// once. It says how many were looked at. Those of a frozen case wait. Once the case has moved on only a red card
// climbs: an explanation of it is owed.
func (s *Store) Climb(ctx context.Context, limit int) (int, error) {
	n := 0
	err := s.db.Update(ctx, func(t *db.Tx) error {
		now := s.db.Now()
		var late []overdueNotice
		t.Query(func(scan func(...any) error) error {
			var c overdueNotice
			err := scan(&c.id, &c.office, &c.caseID, &c.source, &c.generation, &c.rung, &c.text, &c.step, &c.running, &c.promised)
			late = append(late, c)
			return err
		}, "SELECT c.id, c.office_id, c.case_id, c.source, c.generation, c.rung, c.text, c.step, EXISTS (SELECT 1 "+
			"FROM deadlines d WHERE d.case_id = c.case_id AND d.id = c.source AND d.generation = c.generation "+
			"AND d.closed_at IS NULL), EXISTS (SELECT 1 FROM breaches b WHERE b.case_id = c.case_id AND b.deadline_id = c.source "+
			"AND b.kind = 'promised') FROM notices c WHERE c.climb_at <= ? AND c.climb_at IS NOT NULL "+
			"AND c.climbed_at IS NULL AND c.acked_at IS NULL AND "+history.NotFrozen("c.case_id")+" ORDER BY c.climb_at, c.id "+
			"LIMIT ?"+s.db.SQL().Skip(), now, limit)
		if err := t.Flush(); err != nil {
			return fmt.Errorf("read what climbs: %w", err)
		}
		if n = len(late); n == 0 {
			return t.Commit()
		}
		return s.climb(t, late, now)
	})
	return n, err
}

func (s *Store) climb(t *db.Tx, late []overdueNotice, now time.Time) error {
	var ids, cases []int64
	for _, c := range late {
		ids, cases = append(ids, c.id), append(cases, c.caseID)
	}
	places, err := readPlaces(t, cases)
	if err != nil {
		return err
	}
	for _, c := range late {
		if !c.running && c.rung != string(workflow.RungRed) {
			continue
		}
		below, err := s.org.OfficeByID(t.Context(), workflow.OfficeID(c.office))
		if err != nil {
			return err
		}
		higher, err := s.officeAbove(t.Context(), below.Kind, places[c.caseID])
		if errors.Is(err, workflow.ErrNotFound) {
			continue // no authority stands above it
		}
		if c.promised && (higher.Kind == glossary.SupervisionOffice || higher.Kind == glossary.CountyGovernment) {
			continue
		}
		if err != nil {
			return err
		}
		t.Exec("INSERT INTO notices (office_id, case_id, kind, source, generation, rung, step, text, at) "+
			"VALUES (?, ?, 'climb', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", int64(higher.ID), c.caseID, c.source,
			c.generation, c.rung, c.step, below.Name+"未确认，上报："+c.text, now)
	}
	t.Exec("UPDATE notices SET climbed_at = ? WHERE id "+s.db.SQL().Among(), now, db.List(s.db.SQL(), ids))
	return t.Commit()
}

// officeAbove finds the nearest authority above a kind of office that the county has.
func (s *Store) officeAbove(ctx context.Context, p glossary.Party, c workflow.Case) (org.Office, error) {
	for p = superior(p); p != ""; p = superior(p) {
		o, err := s.org.Desk(ctx, p, c)
		if !errors.Is(err, workflow.ErrNotFound) {
			return o, err
		}
	}
	return org.Office{}, workflow.ErrNotFound
}
