package cases

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"anju/models/db"
	"anju/models/history"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/household"
)

// caseReader is what one move reads: the case under its lock, the officer's rights in the same transaction, the key.
type caseReader struct {
	row       caseRow
	kept      cachedFile // what the program has of the file already
	text      *string    // the file, where it is another one
	found     bool
	persons   *string
	siblings  []caseRow
	elsewhere []household.Elsewhere
	frozen    *string // by what; nil: it is not
	officer   org.Officer
	known     bool               // the officer exists
	used      *workflow.Replayed // how the key was used before; nil where it was not
	deadlines []deadlineRow
	questions map[int64]string // why papers are before their authority
	c         workflow.Case
	actor     workflow.Actor
}

// query queues everything a move or a look needs, in one batch.
func (r *caseReader) query(t *db.Tx, kept cachedFile, id workflow.CaseID, by workflow.OfficerID, key, lock string) {
	d := t.DB().SQL()
	r.kept = kept
	t.Query(func(scan func(...any) error) error {
		r.found = true
		return scan(append(caseColumns.Fields(&r.row), &r.text, &r.frozen, &r.persons)...)
	}, "SELECT "+caseColumns.List("c")+", CASE WHEN c.filed = ? THEN NULL ELSE c.file END, "+history.FrozenBy+", "+
		"(SELECT "+d.Gather("p.id_index")+" FROM persons p WHERE p.household_id = c.household_id AND p.to_change = 0) FROM cases c "+
		"WHERE c.id = ?"+lock, kept.filed, int64(id))
	r.querySiblings(t, "(SELECT household_id FROM cases WHERE id = ?) AND c.id <> ?", int64(id), int64(id))
	r.queryElsewhere(t, id)
	t.Query(func(scan func(...any) error) error {
		var row deadlineRow
		err := scan(deadlineColumns.Fields(&row)...)
		r.deadlines = append(r.deadlines, row)
		return err
	}, newestDeadlines(d, deadlineColumns.List("")), int64(id))
	r.queryQuestions(t, id)
	if by != 0 {
		r.queryOfficer(t, id, by, key)
	}
}

// querySiblings queues the other cases of the household with their files: what the next chain takes from the last
// (A29).
func (r *caseReader) querySiblings(t *db.Tx, household string, args ...any) {
	t.Query(func(scan func(...any) error) error {
		var row caseRow
		err := scan(append(caseColumns.Fields(&row), &row.File)...)
		r.siblings = append(r.siblings, row)
		return err
	}, "SELECT "+caseColumns.List("c")+", c.file FROM cases c WHERE c.household_id = "+household+" ORDER BY c.id", args...)
}

func (r *caseReader) queryOfficer(t *db.Tx, id workflow.CaseID, by workflow.OfficerID, key string) {
	o := &r.officer
	t.Query(func(scan func(...any) error) error {
		var step *int64
		var asked *string
		var response []byte
		err := scan(&o.ID, &o.Login, &o.Name, &o.Role, &o.Active, &o.Person, &o.Office, &step, &asked, &response, &o.HasSeal)
		if r.known = true; step != nil {
			r.used = &workflow.Replayed{Asked: *asked, Response: response}
			if id == 0 {
				r.used.Made = *step
			}
		}
		return err
	}, "SELECT o.id, o.login, o.name, o.role, o.active, o.person, o.office_id, i.step, i.asked, i.response, EXISTS "+
		"(SELECT 1 FROM seals s WHERE s.office_id = o.office_id) FROM officers o LEFT JOIN idempotency i ON i.officer_id = "+
		"o.id AND i.case_id = ? AND i.key = ? WHERE o.id = ?", int64(id), key, int64(by))
}

// loadOffice adds the officer's office, of which only the name ever changes.
func (r *caseReader) loadOffice(ctx context.Context, s *Store) error {
	if !r.known {
		return nil
	}
	office, err := s.org.OfficeByID(ctx, r.officer.Office)
	r.officer.OfficeKind, r.officer.OfficeName, r.officer.Division = office.Kind, office.Name, office.Division
	return err
}

// build makes a case and an actor of what was read; ErrNotFound outside the officer's area.
func (r *caseReader) build(ctx context.Context, s *Store, by workflow.OfficerID) error {
	if !r.found {
		return workflow.ErrNotFound
	}
	if err := r.loadOffice(ctx, s); err != nil {
		return err
	}
	r.actor = workflow.BySystem
	if by != 0 {
		if !r.mayAct(r.row.Division, r.row.GroupNo) {
			return workflow.ErrNotFound
		}
		r.actor = r.officer.Actor()
	}
	var err error
	r.c, r.c.File = r.row.toCase(), copyFile(r.kept.file)
	if r.text != nil {
		if r.c.File, err = decodeFile(r.row.ID, *r.text); err != nil {
			return err
		}
		s.files.put(r.c.ID, r.row.Filed, r.c.File)
	}
	if r.frozen != nil {
		r.c.Frozen = *r.frozen
	}
	r.c.Persons, r.c.Questions, r.c.Elsewhere = split(r.persons), r.questions, household.HeldElsewhere(r.elsewhere)
	if r.c.Siblings, err = toCases(r.siblings); err != nil {
		return fmt.Errorf("siblings of case %d: %w", r.c.ID, err)
	}
	r.c.Deadlines, err = toDeadlines(r.deadlines)
	return err
}

// mayAct is the one rule of jurisdiction: an active officer who handles cases, and has the place in their area.
func (r *caseReader) mayAct(division, group string) bool {
	return r.known && r.officer.Active && r.officer.Role.Handles() && glossary.Within(r.officer.Division, division, group)
}

func split(s *string) []string {
	if s == nil {
		return nil
	}
	return strings.Split(*s, ",")
}

// Read implements casework.Store: everything as of one instant, without a lock.
func (s *Store) Read(ctx context.Context, id workflow.CaseID, by workflow.OfficerID) (workflow.Case, workflow.Actor,
	error) {
	var r caseReader
	err := s.db.View(ctx, func(t *db.Tx) error {
		r = caseReader{}
		r.query(t, s.files.get(id), id, by, "", "")
		return t.Commit()
	})
	if err != nil {
		return workflow.Case{}, workflow.Actor{}, fmt.Errorf("read case %d: %w", id, err)
	}
	if err := r.build(ctx, s, by); err != nil {
		return workflow.Case{}, workflow.Actor{}, err
	}
	return r.c, r.actor, nil
}

// Lock reads a case and the officer's rights on it under the lock of the case, in a transaction of another noun; also
// queues what is read with them. ErrNotFound outside the officer's area.
func (s *Store) Lock(t *db.Tx, id workflow.CaseID, by workflow.OfficerID, also func()) (workflow.Case, workflow.Actor,
	error) {
	var r caseReader
	r.query(t, s.files.get(id), id, by, "", s.db.SQL().Lock())
	also()
	if err := t.Flush(); err != nil {
		return workflow.Case{}, workflow.Actor{}, err
	}
	err := r.build(t.Context(), s, by)
	return r.c, r.actor, err
}

// Update implements casework.Store.
func (s *Store) Update(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	return s.update(ctx, id, by, key, func(*db.Tx) {}, judge)
}

// UpdateInTurn implements casework.Store.
func (s *Store) UpdateInTurn(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	judges ...judgement) (workflow.Case, error) {
	return s.update(ctx, id, by, key, func(*db.Tx) {}, judges...)
}

// judgement decides what is to be written on a case.
type judgement = func(workflow.Case, workflow.Actor) (workflow.Outcome, error)

// update is UpdateInTurn; also queues what else is read under the lock.
func (s *Store) update(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string, also func(*db.Tx),
	judges ...judgement) (workflow.Case, error) {
	var done workflow.Case
	err := s.db.Update(ctx, func(t *db.Tx) error {
		var r caseReader
		t.Keyed = key != ""
		r.query(t, s.files.get(id), id, by, key, s.db.SQL().Lock())
		also(t)
		if err := t.Flush(); err != nil {
			return fmt.Errorf("read case %d: %w", id, db.NameLock(err, db.ErrCaseBusy))
		}
		t.Failpoint("locked")
		if err := r.build(t.Context(), s, by); err != nil {
			return err
		}
		if r.used != nil {
			r.used.Case, r.used.Actor = r.c, r.actor
			return r.used
		}
		if err := history.FrozenError(r.frozen); err != nil {
			return err
		}
		var err error
		done, err = s.writeInTurn(t, &r, by, key, judges...)
		return err
	})
	if err != nil {
		return workflow.Case{}, err
	}
	return done, nil
}

// writeInTurn lets each judgement decide on the case as those before it leave it, writes what they decide, and commits.
func (s *Store) writeInTurn(t *db.Tx, r *caseReader, by workflow.OfficerID, key string,
	judges ...judgement) (workflow.Case, error) {
	done, version, filed := r.c, r.row.Version, r.row.Filed
	for i, judge := range judges {
		out, err := judge(done, r.actor)
		if err != nil {
			return workflow.Case{}, err
		}
		t.Failpoint("judged")
		w := caseWriter{s: s, t: t, old: done, version: version, filed: filed, out: out, office: r.officer.OfficeName, by: by}
		if i < len(judges)-1 {
			done, err = w.send()
		} else {
			w.key = key
			done, err = w.write()
		}
		if err != nil {
			return workflow.Case{}, err
		}
		version, filed = version+1, w.filed
	}
	return done, nil
}

// UpdateIn lets the program itself decide on a case under its lock, in a transaction of another noun, writes what it
// decides, and commits.
func (s *Store) UpdateIn(t *db.Tx, id workflow.CaseID, judge func(workflow.Case, workflow.Actor) (workflow.Outcome,
	error)) (workflow.Case, error) {
	var r caseReader
	r.query(t, s.files.get(id), id, 0, "", s.db.SQL().Lock())
	if err := t.Flush(); err != nil {
		return workflow.Case{}, fmt.Errorf("read case %d: %w", id, db.NameLock(err, db.ErrCaseBusy))
	}
	t.Failpoint("locked")
	if err := r.build(t.Context(), s, 0); err != nil {
		return workflow.Case{}, err
	}
	if err := history.FrozenError(r.frozen); err != nil {
		return workflow.Case{}, err
	}
	return s.writeInTurn(t, &r, 0, "", judge)
}

// Create implements casework.Store.
func (s *Store) Create(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, key string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	var done workflow.Case
	err := s.db.Update(ctx, func(t *db.Tx) error {
		t.Keyed = key != ""
		r, err := s.readHousehold(t, by, household, key)
		if err != nil {
			return err
		}
		if r.used != nil {
			return r.used
		}
		out, err := judge(r.c, r.actor)
		if err != nil {
			return err
		}
		chain, err := s.chains.At(out.Case.Chain, out.Case.ChainVersion)
		if err != nil {
			return err
		}
		opened := calendar.DayOf(out.Case.OpenedAt)
		numbers, err := t.NextNumbers("case", fmt.Sprintf("case/%s/%s", chain.Matter, opened))
		if err != nil {
			return fmt.Errorf("number a case: %w", err)
		}
		if err := t.TakeKey(db.IdempotencyKey{OfficerID: int64(by), Key: key, Step: int64(numbers[0]), Asked: out.Asked,
			CreatedAt: db.UTC(out.Entry.At)}); err != nil {
			return err
		}
		r.c.ID = workflow.CaseID(numbers[0])
		out.Case.ID, out.Case.Number = r.c.ID, glossary.CaseNumber(chain.Matter, opened, numbers[1])
		w := caseWriter{s: s, t: t, old: r.c, out: out, office: r.officer.OfficeName, by: by, fresh: true}
		done, err = w.write()
		return err
	})
	if err != nil {
		return workflow.Case{}, err
	}
	return done, nil
}

// readHousehold reads what a new case begins with; ErrNotFound outside the officer's area.
func (s *Store) readHousehold(t *db.Tx, by workflow.OfficerID, id workflow.HouseholdID, key string) (*caseReader,
	error) {
	r := &caseReader{}
	var h forms.Household
	var recorded *time.Time
	t.Query(func(scan func(...any) error) error {
		r.found = true
		return scan(&h.Division, &h.GroupNo, &h.Householder.Name, &h.Current.HomesteadArea, &h.Current.BuildingArea,
			&h.Current.CertificateNo, &recorded, &r.persons)
	}, "SELECT division, group_no, householder, homestead_area, building_area, certificate_no, recorded_at, (SELECT "+
		""+t.DB().SQL().Gather("p.id_index")+
		" FROM persons p WHERE p.household_id = h.id AND p.to_change = 0) FROM households h WHERE h.id = ?", int64(id))
	r.querySiblings(t, "?", int64(id))
	if by != 0 {
		r.queryOfficer(t, 0, by, key)
	}
	if err := t.Flush(); err != nil {
		return nil, fmt.Errorf("read household %d: %w", id, err)
	}
	if err := r.loadOffice(t.Context(), s); err != nil {
		return nil, err
	}
	if !r.found || by != 0 && !r.mayAct(h.Division, h.GroupNo) {
		return nil, workflow.ErrNotFound
	}
	if r.persons == nil {
		return nil, db.Invalid("household_id", "该户已并入另一户，或者已没有成员，不能再办理", "A32")
	}
	r.actor = workflow.BySystem
	if by != 0 {
		r.actor = r.officer.Actor()
	}
	r.c = workflow.Case{Household: id, Householder: h.Householder.Name, Division: h.Division, GroupNo: h.GroupNo,
		Persons: split(r.persons)}
	r.c.File.Members = len(r.c.Persons)
	var err error
	if r.c.Siblings, err = toCases(r.siblings); err != nil {
		return nil, err
	}
	r.c.File.Current = household.Held(h.Current, db.TimeOrZero(recorded), r.c.Siblings)
	// A6: a village without group level does what the group would
	_, err = s.org.Office(t.Context(), glossary.GroupCollective, h.Division+h.GroupNo)
	if r.c.NoGroupLevel = errors.Is(err, workflow.ErrNotFound); r.c.NoGroupLevel {
		err = nil
	}
	return r, err
}

// KeyUsed reports whether an officer has used a key on a case: a submission under it is then a repetition, which is
// answered as the first one was.
func (s *Store) KeyUsed(ctx context.Context, by workflow.OfficerID, id workflow.CaseID, key string) (bool, error) {
	var n int64
	err := s.db.Read(ctx).Model(&db.IdempotencyKey{}).
		Where("officer_id = ? AND case_id = ? AND key = ?", int64(by), int64(id), key).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look up a key on case %d: %w", id, err)
	}
	return n > 0, nil
}

// SaveReply keeps the answer to a request, so that the same key gets the same answer.
func (s *Store) SaveReply(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	body []byte) error {
	return s.db.Write(ctx).Model(&db.IdempotencyKey{}).Where("officer_id = ? AND case_id = ? AND key = ?", int64(by),
		int64(id), key).
		Update("response", body).Error
}

// CheckChains fails where a running case stands on a chain version, or in a state, that this program does not have, and
// says which and how many.
func (s *Store) CheckChains(ctx context.Context) error {
	var found []struct {
		Chain, State string
		ChainVersion int
		N            int
	}
	if err := s.db.Read(ctx).Model(&caseRow{}).Select("chain, chain_version, state, count(*) AS n").Where("closed_at IS " +
		"NULL").
		Group("chain, chain_version, state").Find(&found).Error; err != nil {
		return err
	}
	var errs []error
	for _, f := range found {
		chain, err := s.chains.At(workflow.ChainID(f.Chain), f.ChainVersion)
		if _, ok := chain.Stage(glossary.State(f.State)); err != nil || !ok {
			errs = append(errs, fmt.Errorf("%d cases are in %s of chain %s version %d, which this program does not have", f.N,
				f.State, f.Chain, f.ChainVersion))
		}
	}
	return errors.Join(errs...)
}
