package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	siblings *string
	officer  Officer
	known    bool // the officer exists
	used     bool // the key was used before
	response []byte
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
		return scan(append(r.row.fields(), &r.text, &r.persons, &r.siblings)...)
	}, "SELECT "+caseColumns+", CASE WHEN c.filed = ? THEN NULL ELSE c.file END, (SELECT "+d.gather("p.id_index")+" FROM persons p WHERE p.household_id = c.household_id), (SELECT "+
		d.gather("s.id || ' ' || s.number || ' ' || s.chain || ' ' || s.state || ' ' || s.outcome")+
		" FROM cases s WHERE s.household_id = c.household_id AND s.id <> c.id) FROM cases c WHERE c.id = ?"+lock, kept.filed, int64(id))
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

func (r *reading) askOfficer(t *tx, id workflow.CaseID, by workflow.OfficerID, key string) {
	o := &r.officer
	t.query(func(scan func(...any) error) error {
		var used *string
		err := scan(&o.ID, &o.Login, &o.Name, &o.Role, &o.Active, &o.person, &o.Office, &used, &r.response)
		r.known, r.used = true, used != nil
		return err
	}, "SELECT o.id, o.login, o.name, o.role, o.active, o.person, o.office_id, i.key, i.response FROM officers o "+
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
	r.c.Persons = split(r.persons)
	if r.c.Siblings, err = siblings(split(r.siblings)); err != nil {
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

func siblings(list []string) ([]workflow.Sibling, error) {
	var out []workflow.Sibling
	for _, text := range list {
		f := strings.Split(text, " ")
		if len(f) != 5 {
			return nil, fmt.Errorf("%q", text)
		}
		var id int64
		if _, err := fmt.Sscan(f[0], &id); err != nil {
			return nil, err
		}
		out = append(out, workflow.Sibling{ID: workflow.CaseID(id), Number: f[1], Chain: workflow.ChainID(f[2]), State: workflow.State(f[3]),
			Outcome: workflow.Ending(f[4])})
	}
	slices.SortFunc(out, func(a, b workflow.Sibling) int { return int(a.ID - b.ID) })
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
	var done workflow.Case
	err := s.db.in(ctx, s.db.writePool, s.db.dialect.begin(), func(t *tx) error {
		var r reading
		r.ask(t, s.files.of(id), id, by, key, s.db.dialect.lock())
		if err := t.flush(); err != nil {
			return fmt.Errorf("read case %d: %w", id, err)
		}
		t.point("locked")
		if err := r.take(ctx, s, by); err != nil {
			return err
		}
		if key != "" && r.used {
			return &workflow.Replayed{Case: r.c, Actor: r.actor, Response: r.response}
		}
		out, err := judge(r.c, r.actor)
		if err != nil {
			return err
		}
		t.point("judged")
		w := writing{s: s, t: t, old: r.c, version: r.row.Version, filed: r.row.Filed, out: out, office: r.officer.OfficeName, by: by, key: key}
		done, err = w.write()
		return err
	})
	if err != nil {
		return workflow.Case{}, err
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
func (s *Store) Create(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	var done workflow.Case
	err := s.db.in(ctx, s.db.writePool, s.db.dialect.begin(), func(t *tx) error {
		r, err := s.askHousehold(t, by, household)
		if err != nil {
			return err
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
		t.wrote = true
		numbers, err := t.numbers("case", fmt.Sprintf("case/%s/%s", chain.Matter, opened))
		if err != nil {
			return fmt.Errorf("number a case: %w", err)
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
func (s *Store) askHousehold(t *tx, by workflow.OfficerID, household workflow.HouseholdID) (*reading, error) {
	r := &reading{}
	var h householdRow
	t.query(func(scan func(...any) error) error {
		r.found = true
		return scan(&h.Division, &h.GroupNo, &h.Householder, &h.HomesteadArea, &h.BuildingArea, &h.CertificateNo, &r.persons, &r.siblings)
	}, "SELECT division, group_no, householder, homestead_area, building_area, certificate_no, (SELECT "+t.db.dialect.gather("p.id_index")+
		" FROM persons p WHERE p.household_id = h.id), (SELECT "+
		t.db.dialect.gather("s.id || ' ' || s.number || ' ' || s.chain || ' ' || s.state || ' ' || s.outcome")+
		" FROM cases s WHERE s.household_id = h.id) FROM households h WHERE h.id = ?", int64(household))
	if by != 0 {
		r.askOfficer(t, 0, by, "")
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
	if r.c.Siblings, err = siblings(split(r.siblings)); err != nil {
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
// left out or given twice.
func (t *tx) numbers(series ...string) ([]int, error) {
	got := make([]int, len(series))
	for i, name := range series {
		t.query(func(scan func(...any) error) error { return scan(&got[i]) },
			"INSERT INTO number_series(name, last) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = number_series.last + 1 RETURNING last", name)
	}
	return got, t.flush()
}

// writing is one outcome being written.
type writing struct {
	s       *Store
	t       *tx
	old     workflow.Case
	version int
	filed   string // the line that wrote the file
	out     workflow.Outcome
	office  string // name of the actor's office
	by      workflow.OfficerID
	key     string
	fresh   bool // the case is new

	c    workflow.Case
	line historyRow
	at   time.Time
}

// write puts everything of the outcome into the database, or nothing.
func (w *writing) write() (workflow.Case, error) {
	w.c, w.at = w.out.Case, utc(w.out.Entry.At)
	if w.old.Step+1 >= maxSteps {
		return w.c, fmt.Errorf("case %d has %d lines: no more are numbered", w.c.ID, w.old.Step)
	}
	w.t.wrote = true
	var err error
	if w.line, err = w.s.db.sealLine(w.linked(), w.out.Entry, w.office); err != nil {
		return w.c, err
	}
	w.c.Step, w.c.Head = w.line.Step, w.line.Hash
	for _, step := range []struct {
		name string
		do   func() error
	}{{"case", w.theCase}, {"history", w.theHistory}, {"deadlines", w.theDeadlines}, {"outbox", w.theOutbox}, {"idempotency", w.theKey}} {
		if err := step.do(); err != nil {
			return w.c, w.refused(err)
		}
		if err := w.t.reached(step.name); err != nil {
			return w.c, w.refused(err)
		}
	}
	if err := w.t.commit(); err != nil {
		return w.c, w.refused(err)
	}
	w.s.files.keep(w.c.ID, w.filed, w.c.File)
	w.t.point("committed")
	return w.c, nil
}

func (w *writing) linked() workflow.Case {
	return workflow.Case{ID: w.c.ID, Step: w.old.Step, Head: w.old.Head}
}

// refused says in our words what a unique index refused.
func (w *writing) refused(err error) error {
	k, index := kindOf(err)
	switch {
	case k == lost:
		return &workflow.Refusal{Why: workflow.ErrStale, State: w.old.State, Verb: w.out.Entry.Verb}
	case k == duplicate && (strings.Contains(index, "cases_running") || strings.Contains(index, "cases.household_id, cases.chain")):
		return &workflow.Refusal{Why: workflow.ErrBlocked, State: w.old.State, Verb: w.out.Entry.Verb, Blocked: []workflow.Unmet{{
			Condition: "no_other_running", Rule: "A32", Message: "该户已有一件同类申请正在办理，请先办结或撤回", By: "case"}}}
	case k == duplicate && strings.Contains(index, "rungs_fired"):
		return workflow.ErrMovedOn
	}
	return fmt.Errorf("write case %d: %w", w.c.ID, err)
}

// theCase writes the case's row, its papers and records, and the stage it left and entered.
func (w *writing) theCase() error {
	if err := w.papers(); err != nil {
		return err
	}
	row := rowOf(w.c, w.version+1)
	refiled := w.fresh || !reflect.DeepEqual(w.old.File, w.c.File)
	if refiled {
		file, err := json.Marshal(w.c.File)
		if err != nil {
			return fmt.Errorf("file of case %d: %w", w.c.ID, err)
		}
		row.File, w.filed = string(file), w.line.Hash
	}
	row.Filed = w.filed
	if w.fresh {
		row.Version = 1
		if err := w.t.insert(&row); err != nil {
			return err
		}
	} else {
		w.update(row, refiled)
	}
	if err := w.site(); err != nil {
		return err
	}
	if w.out.Moved {
		return w.stage()
	}
	return nil
}

// update changes the case's row under its version. What is large and did not change is not written again.
func (w *writing) update(row caseRow, refiled bool) {
	set := "UPDATE cases SET state = ?, step = ?, seen = ?, version = ?, head = ?, entered_at = ?, closed_at = ?, outcome = ?, running = ?"
	args := []any{row.State, row.Step, row.Seen, row.Version, row.Head, utc(row.EnteredAt), row.ClosedAt, row.Outcome, row.Running}
	if refiled {
		set, args = set+", file = ?, filed = ?", append(args, row.File, row.Filed)
	}
	if row.Application != string(w.old.Application) {
		set, args = set+", application = ?, inside_planning_area = ?", append(args, row.Application, row.InsidePlanningArea)
	}
	w.t.guarded(set+" WHERE id = ? AND version = ?", append(args, row.ID, w.version)...)
}

// papers numbers the documents and adds what is new to the file: documents, the record, scans.
func (w *writing) papers() error {
	id := func(i int) int64 { return rowID(w.c.ID, w.line.Step, i) }
	if len(w.out.Issue)+len(w.c.File.Materials)-len(w.old.File.Materials) > maxRows {
		return fmt.Errorf("more than %d papers in one step", maxRows)
	}
	if r := w.out.Record; r != nil {
		r.ID = workflow.RecordID(id(0))
		w.c.File.Records = append(slices.Clip(w.c.File.Records), *r)
		if err := w.t.insert(&recordRow{int64(r.ID), int64(w.c.ID), string(r.Kind), string(r.Stage), string(r.Party), int64(r.Office),
			int64(r.Officer), utc(r.At), string(r.Data)}); err != nil {
			return err
		}
		w.t.change("UPDATE stage_offices SET done_at = ? WHERE stage_id = (SELECT id FROM stages WHERE case_id = ? AND left_at IS NULL) "+
			"AND office_id = ? AND record = ?", utc(r.At), int64(w.c.ID), int64(r.Office), string(r.Kind))
	}
	for i, m := range w.c.File.Materials[len(w.old.File.Materials):] {
		if err := w.t.insert(&materialRow{id(i), int64(w.c.ID), m.Code, m.Name, m.Hash, m.Size, m.Type, int64(m.By), utc(m.At)}); err != nil {
			return err
		}
	}
	if len(w.out.Issue) == 0 {
		return nil
	}
	return w.documents(id)
}

func (w *writing) documents(id func(int) int64) error {
	var series []string
	for _, d := range w.out.Issue {
		if name := d.Kind.Series(w.c.Division, d.IssuedAt); name != "" {
			series = append(series, name)
		}
	}
	numbers, err := w.t.numbers(series...)
	if err != nil {
		return err
	}
	w.c.File.Documents = slices.Clip(w.c.File.Documents)
	for i, d := range w.out.Issue {
		row := documentRow{ID: id(i), CaseID: int64(w.c.ID), Kind: string(d.Kind), Series: d.Kind.Series(w.c.Division, d.IssuedAt),
			Title: d.Title, Issuer: d.Issuer, IssuedAt: utc(d.IssuedAt)}
		if row.Series != "" {
			row.Seq, numbers = numbers[0], numbers[1:]
			row.Number = d.Kind.Number(w.c.Division, d.IssuedAt, row.Seq)
		}
		if permit, ok := w.c.Document(workflow.PlanningPermitDoc); ok && d.Cites == "" && d.Kind == workflow.HomesteadCert {
			d.Cites = permit.Number // A12
		}
		d.ID, d.Number, row.Cites = row.ID, row.Number, d.Cites
		w.c.File.Documents = append(w.c.File.Documents, d)
		if err := w.t.insert(&row); err != nil {
			return err
		}
	}
	return nil
}

// site keeps the plot and the house applied for as rows, as the application has them.
func (w *writing) site() error {
	if !w.fresh && string(w.old.Application) == string(w.c.Application) {
		return nil
	}
	var a struct {
		Proposed *workflow.Proposed `json:"proposed"`
	}
	if err := json.Unmarshal(w.c.Application, &a); err != nil || a.Proposed == nil {
		return err
	}
	p := *a.Proposed
	id := rowID(w.c.ID, 1, 0)
	parcel := parcelRow{id, int64(w.c.ID), int64(w.c.Household), p.Address, p.Boundary.East, p.Boundary.South, p.Boundary.West, p.Boundary.North,
		p.LandClass, int64(p.HomesteadArea), int64(p.FootprintArea)}
	building := buildingRow{id, int64(w.c.ID), id, p.BuildType, p.Use, string(p.Class()), p.Floors, int64(p.BuildingArea), int64(p.Height),
		int64(p.MaxSpan)}
	if !w.fresh {
		w.t.exec("DELETE FROM buildings WHERE case_id = ?", int64(w.c.ID))
		w.t.exec("DELETE FROM parcels WHERE case_id = ?", int64(w.c.ID))
	}
	if err := w.t.insert(&parcel); err != nil {
		return err
	}
	return w.t.insert(&building)
}

// stage closes the stage that was left and opens the one entered, at the desk that must act there.
func (w *writing) stage() error {
	if !w.fresh {
		w.t.exec("UPDATE stages SET left_at = ?, verb = ?, officer_id = ? WHERE case_id = ? AND left_at IS NULL", w.at, w.out.Entry.Verb,
			int64(w.out.Entry.By.Officer), int64(w.c.ID))
	}
	if !w.c.Open() {
		return nil
	}
	chain, err := w.s.chains.At(w.c.Chain, w.c.ChainVersion)
	if err != nil {
		return err
	}
	st, ok := chain.Stage(w.c.State)
	if !ok {
		return fmt.Errorf("chain %s version %d lacks the stage %s", chain.ID, chain.Version, w.c.State)
	}
	office, err := w.s.desk(w.t.ctx, st.By, w.c)
	if err != nil {
		return fmt.Errorf("office of %s for %s %s: %w", st.By, w.c.Division, w.c.GroupNo, noDesk(err))
	}
	row := stageRow{ID: rowID(w.c.ID, w.line.Step, 0), CaseID: int64(w.c.ID), Chain: string(w.c.Chain), Stage: string(w.c.State),
		Step: w.line.Step, Party: string(st.By), OfficeID: int64(office.ID), EnteredAt: w.at}
	if err := w.t.insert(&row); err != nil {
		return err
	}
	for _, r := range st.Records {
		if !r.Each {
			continue
		}
		for _, p := range r.By {
			if _, written := w.c.Latest(r.Kind, p); written {
				continue // from an earlier time in this stage, and it still counts
			}
			office, err := w.s.desk(w.t.ctx, p, w.c)
			if err != nil {
				return fmt.Errorf("office of %s for %s: %w", p, w.c.Division, noDesk(err))
			}
			if err := w.t.insert(&stageOfficeRow{row.ID, int64(office.ID), string(r.Kind), string(p), nil}); err != nil {
				return err
			}
		}
	}
	return nil
}

// noDesk keeps a missing office from being taken for a missing case.
func noDesk(err error) error {
	if errors.Is(err, workflow.ErrNotFound) {
		return errors.New("there is none: add it before the case can go there")
	}
	return err
}

func (w *writing) theHistory() error { return w.t.insert(&w.line) }

// theDeadlines writes which deadlines moved on, began and ended, and the rung that fired with its notices.
func (w *writing) theDeadlines() error {
	all := slices.Clone(w.old.Deadlines)
	for i := range all {
		d := &all[i]
		ends := slices.Contains(w.out.Close, d.ID)
		if ends {
			d.ClosedAt = &w.at
		}
		next := slices.IndexFunc(w.out.Advance, func(a workflow.Deadline) bool { return a.ID == d.ID })
		switch {
		case next >= 0:
			closed := d.ClosedAt
			*d = w.out.Advance[next]
			d.ClosedAt = closed
			r, err := rowOfDeadline(*d)
			if err != nil {
				return err
			}
			w.t.change("UPDATE deadlines SET extend = ?, pauses = ?, due_on = ?, due_before = ?, warn_at = ?, provisional = ?, calendar = ?, red = ?, "+
				"next = ?, next_at = ?, closed_at = ? WHERE case_id = ? AND limit_id = ? AND generation = ?", r.Extend, r.Pauses, r.DueOn, r.DueBefore,
				r.WarnAt, r.Provisional, r.Calendar, r.Red, r.Next, r.NextAt, r.ClosedAt, r.CaseID, r.LimitID, r.Generation)
		case ends:
			w.t.change("UPDATE deadlines SET closed_at = ? WHERE case_id = ? AND limit_id = ? AND generation = ?", w.at, int64(w.c.ID), string(d.Limit),
				d.Generation)
		}
	}
	for i, d := range w.out.Start {
		d.ID, d.Case = workflow.DeadlineID(rowID(w.c.ID, w.line.Step, i)), w.c.ID
		r, err := rowOfDeadline(d)
		if err != nil {
			return err
		}
		if err := w.t.insert(&r); err != nil {
			return err
		}
		all = append(all, d)
	}
	w.c.Deadlines = current(all)
	return w.rung()
}

func (w *writing) rung() error {
	f := w.out.Fired
	if f == nil {
		return nil
	}
	if err := w.t.insert(&rungFiredRow{int64(f.Deadline), f.Generation, string(f.Rung), w.at}); err != nil {
		return err
	}
	told := map[workflow.OfficeID]bool{}
	for _, p := range f.Tell {
		office, err := w.s.desk(w.t.ctx, p, w.c)
		if errors.Is(err, workflow.ErrNotFound) || told[office.ID] {
			continue // the county has no such office: its ladder ends lower
		}
		if err != nil {
			return err
		}
		told[office.ID] = true
		if err := w.t.insert(&noticeRow{OfficeID: int64(office.ID), CaseID: int64(w.c.ID), Kind: "rung", Source: int64(f.Deadline),
			Generation: f.Generation, Rung: string(f.Rung), Step: w.line.Step, Text: w.out.Entry.Reason, At: w.at}); err != nil {
			return err
		}
	}
	return nil
}

// Told is the payload of an outbox row: the message, and which line of which case it speaks of.
type Told struct {
	workflow.Message
	Case workflow.CaseID `json:"case"`
	Step int             `json:"step"`
}

func (w *writing) theOutbox() error {
	if w.out.Message == nil {
		return nil
	}
	payload, err := json.Marshal(Told{*w.out.Message, w.c.ID, w.line.Step})
	if err != nil {
		return err
	}
	return w.t.insert(&outboxRow{CaseID: int64(w.c.ID), Topic: w.out.Message.Topic, Payload: string(payload), CreatedAt: w.at})
}

func (w *writing) theKey() error {
	if w.key == "" {
		return nil
	}
	return w.t.insert(&idempotencyRow{OfficerID: int64(w.by), CaseID: int64(w.c.ID), Key: w.key, Step: w.line.Step, CreatedAt: w.at})
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
