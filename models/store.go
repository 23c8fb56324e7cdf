package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"anju/workflow"
	"anju/workflow/calendar"
)

// Store keeps cases in a database. It is safe for use by many goroutines.
type Store struct {
	db      *DB
	chains  workflow.Chains
	desks   atomic.Pointer[desks]
	hashers chan struct{}
	relay   sync.Mutex
	files   files
}

var _ workflow.Store = (*Store)(nil)

// NewStore makes the store of the published chains on an open database.
func NewStore(db *DB) *Store {
	return &Store{db: db, chains: workflow.Published(), hashers: make(chan struct{}, 2)}
}

// reading is what one move reads: the case under its lock, the officer's rights in the same transaction, the key.
type reading struct {
	row      caseRow
	kept     keptFile // what the program has of the file already
	text     *string  // the file, where it is another one
	found    bool
	persons  *string
	siblings []caseRow
	frozen   *string // by what; nil: it is not
	officer  Officer
	known    bool               // the officer exists
	used     *workflow.Replayed // how the key was used before; nil where it was not
	past     []deadlineRow
	c        workflow.Case
	actor    workflow.Actor
}

// ask queues everything a move or a look needs, in one batch.
func (r *reading) ask(t *tx, kept keptFile, id workflow.CaseID, by workflow.OfficerID, key, lock string) {
	d := t.db.dialect
	r.kept = kept
	t.query(func(scan func(...any) error) error {
		r.found = true
		return scan(append(r.row.fields(), &r.text, &r.frozen, &r.persons)...)
	}, "SELECT "+caseColumns+", CASE WHEN c.filed = ? THEN NULL ELSE c.file END, "+frozenBy+", (SELECT "+d.gather("p.id_index")+" FROM persons p WHERE p.household_id = c.household_id) FROM cases c WHERE c.id = ?"+lock, kept.filed, int64(id))
	r.askSiblings(t, "(SELECT household_id FROM cases WHERE id = ?) AND c.id <> ?", int64(id), int64(id))
	t.query(func(scan func(...any) error) error {
		var row deadlineRow
		err := scan(row.fields()...)
		r.past = append(r.past, row)
		return err
	}, d.newest(deadlineColumns), int64(id))
	if by != 0 {
		r.askOfficer(t, id, by, key)
	}
}

// askSiblings queues the other cases of the household with their files: what the next chain takes from the last (A29).
func (r *reading) askSiblings(t *tx, household string, args ...any) {
	t.query(func(scan func(...any) error) error {
		var row caseRow
		err := scan(append(row.fields(), &row.File)...)
		r.siblings = append(r.siblings, row)
		return err
	}, "SELECT "+caseColumns+", c.file FROM cases c WHERE c.household_id = "+household+" ORDER BY c.id", args...)
}

func (r *reading) askOfficer(t *tx, id workflow.CaseID, by workflow.OfficerID, key string) {
	o := &r.officer
	t.query(func(scan func(...any) error) error {
		var step *int64
		var asked *string
		var response []byte
		err := scan(&o.ID, &o.Login, &o.Name, &o.Role, &o.Active, &o.person, &o.Office, &step, &asked, &response, &o.hasSeal)
		if r.known = true; step != nil {
			r.used = &workflow.Replayed{Asked: *asked, Response: response}
			if id == 0 {
				r.used.Made = *step
			}
		}
		return err
	}, "SELECT o.id, o.login, o.name, o.role, o.active, o.person, o.office_id, i.step, i.asked, i.response, EXISTS (SELECT 1 FROM seals s WHERE s.office_id = o.office_id) FROM officers o "+
		"LEFT JOIN idempotency i ON i.officer_id = o.id AND i.case_id = ? AND i.key = ? WHERE o.id = ?", int64(id), key, int64(by))
}

// seat adds the officer's office, of which only the name ever changes.
func (r *reading) seat(ctx context.Context, s *Store) error {
	if !r.known {
		return nil
	}
	office, err := s.officeAt(ctx, r.officer.Office)
	r.officer.OfficeKind, r.officer.OfficeName, r.officer.Division = office.Kind, office.Name, office.Division
	return err
}

// take makes a case and an actor of what was read; ErrNotFound outside the officer's area.
func (r *reading) take(ctx context.Context, s *Store, by workflow.OfficerID) error {
	if !r.found {
		return workflow.ErrNotFound
	}
	if err := r.seat(ctx, s); err != nil {
		return err
	}
	r.actor = workflow.BySystem
	if by != 0 {
		if !r.rights(r.row.Division, r.row.GroupNo) {
			return workflow.ErrNotFound
		}
		r.actor = r.officer.Actor()
	}
	var err error
	r.c, r.c.File = r.row.toCase(), apart(r.kept.file)
	if r.text != nil {
		if r.c.File, err = decodeFile(r.row.ID, *r.text); err != nil {
			return err
		}
		s.files.keep(r.c.ID, r.row.Filed, r.c.File)
	}
	if r.frozen != nil {
		r.c.Frozen = *r.frozen
	}
	r.c.Persons = split(r.persons)
	if r.c.Siblings, err = casesOf(r.siblings); err != nil {
		return fmt.Errorf("siblings of case %d: %w", r.c.ID, err)
	}
	r.c.Deadlines, err = liveAndLast(r.past)
	return err
}

// rights is the one rule of jurisdiction: an active officer who handles cases, in whose area the place lies.
func (r *reading) rights(division, group string) bool {
	return r.known && r.officer.Active && r.officer.Role.Handles() && workflow.Within(r.officer.Division, division, group)
}

func split(s *string) []string {
	if s == nil {
		return nil
	}
	return strings.Split(*s, ",")
}

func casesOf(rows []caseRow) ([]workflow.Case, error) {
	var out []workflow.Case
	for _, row := range rows {
		c := row.toCase()
		var err error
		if c.File, err = decodeFile(row.ID, row.File); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// liveAndLast keeps the live deadlines, and of each limit that has none the last one.
func liveAndLast(rows []deadlineRow) ([]workflow.Deadline, error) {
	all := make([]workflow.Deadline, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = r.toDeadline(); err != nil {
			return nil, err
		}
	}
	return current(all), nil
}

func current(all []workflow.Deadline) []workflow.Deadline {
	newest := map[workflow.LimitID]int{}
	for _, d := range all {
		newest[d.Limit] = max(newest[d.Limit], d.Generation)
	}
	kept := slices.DeleteFunc(all, func(d workflow.Deadline) bool { return !d.Live() && d.Generation != newest[d.Limit] })
	slices.SortFunc(kept, func(a, b workflow.Deadline) int { return int(a.ID - b.ID) })
	return kept
}

// Read implements workflow.Store: everything as of one instant, without a lock.
func (s *Store) Read(ctx context.Context, id workflow.CaseID, by workflow.OfficerID) (workflow.Case, workflow.Actor, error) {
	var r reading
	err := s.db.in(ctx, s.db.readPool, s.db.dialect.look(), func(t *tx) error {
		r = reading{}
		r.ask(t, s.files.of(id), id, by, "", "")
		return t.commit()
	})
	if err != nil {
		return workflow.Case{}, workflow.Actor{}, fmt.Errorf("read case %d: %w", id, err)
	}
	if err := r.take(ctx, s, by); err != nil {
		return workflow.Case{}, workflow.Actor{}, err
	}
	return r.c, r.actor, nil
}

// Update implements workflow.Store.
func (s *Store) Update(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	return s.update(ctx, id, by, key, func(*tx) {}, judge)
}

// UpdateInTurn implements workflow.Store.
func (s *Store) UpdateInTurn(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string, judges ...judgement) (workflow.Case, error) {
	return s.update(ctx, id, by, key, func(*tx) {}, judges...)
}

// judgement decides what is to be written on a case.
type judgement = func(workflow.Case, workflow.Actor) (workflow.Outcome, error)

// update is UpdateInTurn; also queues what else is read under the lock.
func (s *Store) update(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string, also func(*tx),
	judges ...judgement) (workflow.Case, error) {
	var done workflow.Case
	err := s.db.in(ctx, s.db.writePool, s.db.dialect.begin(), func(t *tx) error {
		var r reading
		t.keyed = key != ""
		r.ask(t, s.files.of(id), id, by, key, s.db.dialect.lock())
		also(t)
		if err := t.flush(); err != nil {
			return fmt.Errorf("read case %d: %w", id, held(err, ErrCaseBusy))
		}
		t.point("locked")
		if err := r.take(t.ctx, s, by); err != nil {
			return err
		}
		if r.used != nil {
			r.used.Case, r.used.Actor = r.c, r.actor
			return r.used
		}
		if err := frozenError(r.frozen); err != nil {
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
func (s *Store) writeInTurn(t *tx, r *reading, by workflow.OfficerID, key string, judges ...judgement) (workflow.Case, error) {
	done, version, filed := r.c, r.row.Version, r.row.Filed
	for i, judge := range judges {
		out, err := judge(done, r.actor)
		if err != nil {
			return workflow.Case{}, err
		}
		t.point("judged")
		w := writing{s: s, t: t, old: done, version: version, filed: filed, out: out, office: r.officer.OfficeName, by: by}
		if i < len(judges)-1 {
			done, err = w.put()
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

// point is where a test may end the process: what was queued before it has been sent.
func (t *tx) point(step string) {
	if t.db.failpoint != nil {
		t.db.failpoint(step)
	}
}

// reached sends what is queued where a failpoint is set, so that ending the process there means something.
func (t *tx) reached(step string) error {
	if t.db.failpoint == nil {
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	t.point(step)
	return nil
}

// Create implements workflow.Store.
func (s *Store) Create(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, key string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	var done workflow.Case
	err := s.db.in(ctx, s.db.writePool, s.db.dialect.begin(), func(t *tx) error {
		t.keyed = key != ""
		r, err := s.askHousehold(t, by, household, key)
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
		numbers, err := t.numbers("case", fmt.Sprintf("case/%s/%s", chain.Matter, opened))
		if err != nil {
			return fmt.Errorf("number a case: %w", err)
		}
		if err := t.take(idempotencyRow{OfficerID: int64(by), Key: key, Step: int64(numbers[0]), Asked: out.Asked, CreatedAt: utc(out.Entry.At)}); err != nil {
			return err
		}
		r.c.ID = workflow.CaseID(numbers[0])
		out.Case.ID, out.Case.Number = r.c.ID, workflow.CaseNumber(chain.Matter, opened, numbers[1])
		w := writing{s: s, t: t, old: r.c, out: out, office: r.officer.OfficeName, by: by, fresh: true}
		done, err = w.write()
		return err
	})
	if err != nil {
		return workflow.Case{}, err
	}
	return done, nil
}

// askHousehold reads what a new case begins with; ErrNotFound outside the officer's area.
func (s *Store) askHousehold(t *tx, by workflow.OfficerID, household workflow.HouseholdID, key string) (*reading, error) {
	r := &reading{}
	var h householdRow
	t.query(func(scan func(...any) error) error {
		r.found = true
		return scan(&h.Division, &h.GroupNo, &h.Householder, &h.HomesteadArea, &h.BuildingArea, &h.CertificateNo, &r.persons)
	}, "SELECT division, group_no, householder, homestead_area, building_area, certificate_no, (SELECT "+t.db.dialect.gather("p.id_index")+
		" FROM persons p WHERE p.household_id = h.id) FROM households h WHERE h.id = ?", int64(household))
	r.askSiblings(t, "?", int64(household))
	if by != 0 {
		r.askOfficer(t, 0, by, key)
	}
	if err := t.flush(); err != nil {
		return nil, fmt.Errorf("read household %d: %w", household, err)
	}
	if err := r.seat(t.ctx, s); err != nil {
		return nil, err
	}
	if !r.found || by != 0 && !r.rights(h.Division, h.GroupNo) {
		return nil, workflow.ErrNotFound
	}
	r.actor = workflow.BySystem
	if by != 0 {
		r.actor = r.officer.Actor()
	}
	r.c = workflow.Case{Household: household, Householder: h.Householder, Division: h.Division, GroupNo: h.GroupNo, Persons: split(r.persons)}
	r.c.File.Current = h.current()
	r.c.File.Members = len(r.c.Persons)
	var err error
	if r.c.Siblings, err = casesOf(r.siblings); err != nil {
		return nil, err
	}
	// A6: a village without group level does what the group would
	_, err = s.Office(t.ctx, workflow.GroupCollective, h.Division+h.GroupNo)
	if r.c.NoGroupLevel = errors.Is(err, workflow.ErrNotFound); r.c.NoGroupLevel {
		err = nil
	}
	return r, err
}

// numbers takes the next number of each series. The row of a series is locked until the transaction ends, so that no number is
// left out or given twice. A series of which numbers may have been given before a restore starts beyond them.
func (t *tx) numbers(series ...string) ([]int, error) {
	got := make([]int, len(series))
	for i, name := range series {
		t.query(func(scan func(...any) error) error { return scan(&got[i]) },
			"INSERT INTO number_series(name, last) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = number_series.last + 1 RETURNING last", name)
	}
	if err := t.flush(); err != nil {
		return nil, held(err, ErrNumberBusy)
	}
	for i, name := range series {
		if got[i] != 1 {
			continue
		}
		skip, err := t.unseen(name)
		if err != nil {
			return nil, err
		}
		for j := range series {
			if series[j] == name {
				got[j] += skip
			}
		}
	}
	return got, t.reserve(series, got)
}

// reserve makes sure that the mark, where one is kept, covers the numbers that the transaction gives.
func (t *tx) reserve(series []string, numbers []int) error {
	if k := t.db.marker.Load(); k != nil {
		return k.reserve(series, numbers)
	}
	return nil
}

// errKeyTaken says that another transaction has used the key since it was looked for: it is looked for again.
var errKeyTaken = errors.New("the key was used meanwhile")

// take writes the key under which something is made, before it is made. Of several at once the first one passes; the others
// wait for it and fail with errKeyTaken. Without a key it does nothing.
func (t *tx) take(key idempotencyRow) error {
	if key.Key == "" {
		return nil
	}
	if err := t.insert(&key); err != nil {
		return err
	}
	err := t.flush()
	if k, _ := kindOf(err); k == duplicate {
		return fmt.Errorf("%w: %w", errKeyTaken, err)
	}
	return err
}

// KeyUsed reports whether an officer has used a key on a case: a submission under it is then a repetition, which is answered as the
// first one was.
func (s *Store) KeyUsed(ctx context.Context, by workflow.OfficerID, id workflow.CaseID, key string) (bool, error) {
	var n int64
	err := s.db.read.WithContext(ctx).Model(&idempotencyRow{}).
		Where("officer_id = ? AND case_id = ? AND key = ?", int64(by), int64(id), key).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look up a key on case %d: %w", id, err)
	}
	return n > 0, nil
}

// SaveReply keeps the answer to a request, so that the same key gets the same answer.
func (s *Store) SaveReply(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string, body []byte) error {
	return s.db.write.WithContext(ctx).Model(&idempotencyRow{}).Where("officer_id = ? AND case_id = ? AND key = ?", int64(by), int64(id), key).
		Update("response", body).Error
}

// CheckChains fails where a running case stands on a chain version, or in a state, that this program does not have, and says
// which and how many.
func (s *Store) CheckChains(ctx context.Context) error {
	var found []struct {
		Chain, State string
		ChainVersion int
		N            int
	}
	if err := s.db.read.WithContext(ctx).Model(&caseRow{}).Select("chain, chain_version, state, count(*) AS n").Where("closed_at IS NULL").
		Group("chain, chain_version, state").Find(&found).Error; err != nil {
		return err
	}
	var errs []error
	for _, f := range found {
		chain, err := s.chains.At(workflow.ChainID(f.Chain), f.ChainVersion)
		if _, ok := chain.Stage(workflow.State(f.State)); err != nil || !ok {
			errs = append(errs, fmt.Errorf("%d cases are in %s of chain %s version %d, which this program does not have", f.N, f.State, f.Chain, f.ChainVersion))
		}
	}
	return errors.Join(errs...)
}

// Ping tells whether the database answers; see DB.Ping.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx) }
