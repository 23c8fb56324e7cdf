package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"anju/workflow"
)

// UpdateMany implements casework.Store: a batch of cases in one transaction, each of its tables written by one statement.
func (s *Store) UpdateMany(ctx context.Context, ids []workflow.CaseID, judge func(workflow.Case) (workflow.Outcome, error)) (map[workflow.CaseID]error, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var failed map[workflow.CaseID]error
	err := s.db.in(ctx, s.db.writePool, s.db.dialect.begin(), func(t *tx) error {
		b := bulk{s: s, t: t}
		if err := b.read(ids, s.db.dialect.skip()); err != nil {
			return err
		}
		var err error
		if failed, err = b.judge(ids, judge); err != nil {
			return err
		}
		if err := b.write(); err != nil {
			return err
		}
		t.point("bulk")
		return t.commit()
	})
	return failed, err
}

// bulk is many outcomes being written at once. The cases are read without what is large in them.
type bulk struct {
	s     *Store
	t     *tx
	found map[workflow.CaseID]*bulkCase
	done  []*bulkCase // judged, with an outcome to be written

	heads map[workflow.OfficeID]workflow.OfficerID // who answers for an office, as far as asked
}

type bulkCase struct {
	row      caseRow
	office   workflow.OfficeID  // at which a case lies that somebody is in charge of
	assignee workflow.OfficerID // who that is
	again    bool               // its rung has fired before
	frozen   *string            // by what; nil: it is not
	c        workflow.Case
	out      workflow.Outcome

	// what is to be written
	line    historyRow
	clocks  []deadlineRow
	notices []noticeRow
	breach  *breachRow
	outbox  *outboxRow
}

func (b *bulk) read(ids []workflow.CaseID, lock string) error {
	d := b.t.db.dialect
	b.found = make(map[workflow.CaseID]*bulkCase, len(ids))
	b.t.query(func(scan func(...any) error) error {
		c := &bulkCase{}
		r := &c.row
		err := scan(&r.ID, &r.Number, &r.Chain, &r.ChainVersion, &r.State, &r.Step, &r.Seen, &r.Version, &r.Head, &r.HouseholdID, &r.Householder, &r.Division,
			&r.GroupNo, &r.OpenedAt, &r.EnteredAt, &r.ClosedAt, &r.Outcome, &r.OfficerID, &r.NoGroupLevel, &r.InsidePlanningArea, &r.Authority, &c.frozen)
		c.c = r.toCase()
		b.found[c.c.ID] = c
		return err
	}, "SELECT c.id, c.number, c.chain, c.chain_version, c.state, c.step, c.seen, c.version, c.head, c.household_id, c.householder, c.division, c.group_no, "+
		"c.opened_at, c.entered_at, c.closed_at, c.outcome, c.officer_id, c.no_group_level, c.inside_planning_area, c.authority, "+frozenBy+" FROM cases c WHERE c.id "+d.among()+
		" ORDER BY c.id"+lock, d.list(ids))
	// what follows is read as of after the lock
	b.t.query(func(scan func(...any) error) error {
		var row deadlineRow
		if err := scan(row.fields()...); err != nil {
			return err
		}
		c := b.found[workflow.CaseID(row.CaseID)]
		if c == nil {
			return nil // another holds its case
		}
		x, err := row.toDeadline()
		c.c.Deadlines = append(c.c.Deadlines, x)
		return err
	}, "SELECT "+deadlineColumns+" FROM deadlines WHERE closed_at IS NULL AND case_id "+d.among()+" ORDER BY id", d.list(ids))
	return b.t.flush()
}

func (b *bulk) judge(ids []workflow.CaseID, judge func(workflow.Case) (workflow.Outcome, error)) (map[workflow.CaseID]error, error) {
	failed := map[workflow.CaseID]error{}
	var judged []*bulkCase
	for _, id := range ids {
		c := b.found[id]
		if c == nil {
			failed[id] = workflow.ErrBusy
			continue
		}
		err := frozenError(c.frozen)
		if err == nil {
			c.out, err = judge(c.c)
		}
		if err == nil {
			err = c.small()
		}
		if err != nil {
			failed[id] = err
			continue
		}
		judged = append(judged, c)
	}
	if err := b.ask(judged); err != nil {
		return nil, err
	}
	for _, c := range judged {
		err := error(workflow.ErrNothingDue)
		if !c.again {
			err = b.prepare(c)
		}
		if err != nil {
			failed[c.c.ID] = err
			continue
		}
		b.done = append(b.done, c)
	}
	return failed, nil
}

// ask reads what the outcomes hang on besides: which rungs have fired before, for a row that an index refuses would undo all the
// others too; and who is in charge of a case that a breach begins on.
func (b *bulk) ask(judged []*bulkCase) error {
	d := b.t.db.dialect
	var late []workflow.CaseID
	fires := map[workflow.DeadlineID]*bulkCase{}
	var rungs []rungFiredRow
	for _, c := range judged {
		if f := c.out.Fired; f != nil {
			fires[f.Deadline] = c
			rungs = append(rungs, rungFiredRow{DeadlineID: int64(f.Deadline), Generation: f.Run, Rung: string(f.Rung)})
		}
		if c.out.Breach != nil {
			late = append(late, c.c.ID)
		}
	}
	if len(rungs) > 0 {
		from, args := d.rungs(rungs)
		b.t.query(func(scan func(...any) error) error {
			var id workflow.DeadlineID
			err := scan(&id)
			fires[id].again = true
			return err
		}, "SELECT u.deadline_id FROM "+from+" WHERE (SELECT f.rung FROM rungs_fired f WHERE f.deadline_id = u.deadline_id AND f.generation = u.generation "+
			"AND f.rung = u.rung) IS NOT NULL", args...) // and no join, of which the plan is made while the table is small
	}
	if len(late) > 0 {
		b.t.query(func(scan func(...any) error) error {
			var id workflow.CaseID
			var office workflow.OfficeID
			var assignee workflow.OfficerID
			err := scan(&id, &office, &assignee)
			b.found[id].office, b.found[id].assignee = office, assignee
			return err
		}, "SELECT case_id, office_id, assignee_id FROM stages WHERE left_at IS NULL AND assignee_id <> 0 AND case_id "+d.among(), d.list(late))
	}
	return b.t.flush()
}

// small refuses an outcome that writes more than a line, clocks, a breach and messages.
func (c *bulkCase) small() error {
	o := c.out
	if o.Moved || o.StageStats != nil || o.Record != nil || len(o.Issue) > 0 || len(o.Suspended) > 0 || len(o.Start) > 0 || len(o.Close) > 0 || o.Assign != nil || o.Printed != nil ||
		o.Breach != nil && o.Breach.ID != 0 || o.NoHistory && (o.Fired != nil || o.Breach != nil || o.Message != nil) {
		return errLarge
	}
	for _, d := range o.Advance {
		i := slices.IndexFunc(c.c.Deadlines, func(was workflow.Deadline) bool { return was.ID == d.ID && was.Run == d.Run })
		if i < 0 || !d.Live() || d.Limit != c.c.Deadlines[i].Limit || d.Extend != c.c.Deadlines[i].Extend || !slices.Equal(d.Pauses, c.c.Deadlines[i].Pauses) {
			return errLarge
		}
	}
	return nil
}

// errLarge is an error of the program.
var errLarge = errors.New("an outcome that cannot be written with many others")

// prepare makes the rows of one case. What is missing for it is its own fault, and keeps no other back.
func (b *bulk) prepare(c *bulkCase) error {
	for _, x := range c.out.Advance {
		r, err := rowOfDeadline(x)
		if err != nil {
			return err
		}
		c.clocks = append(c.clocks, r)
	}
	if c.out.NoHistory {
		return nil
	}
	var err error
	if c.line, err = b.s.db.sealLine(c.c, c.out.Entry, ""); err != nil {
		return err
	}
	at := utc(c.out.Entry.At)
	if f := c.out.Fired; f != nil {
		if c.notices, err = b.s.told(b.t.ctx, c.c, *f, c.line.Step, c.out.Entry.Reason, at); err != nil {
			return err
		}
	}
	if m := c.out.Message; m != nil {
		r, err := outboxOf(*m, c.c.ID, c.line.Step, at)
		if err != nil {
			return err
		}
		c.outbox = &r
	}
	if c.out.Breach == nil {
		return nil
	}
	r, err := b.breach(c)
	c.breach = &r
	return err
}

// write queues everything and sends it but for the COMMIT.
func (b *bulk) write() error {
	var cases, clocks []any
	var lines, rungs, notices, breaches, outbox []any
	for _, c := range b.done {
		for i := range c.clocks {
			clocks = append(clocks, &c.clocks[i])
		}
		if c.out.NoHistory {
			continue
		}
		lines = append(lines, &c.line)
		cases = append(cases, &caseRow{ID: c.row.ID, Step: c.line.Step, Version: c.row.Version + 1, Head: c.line.Hash})
		if f := c.out.Fired; f != nil {
			rungs = append(rungs, &rungFiredRow{int64(f.Deadline), f.Run, string(f.Rung), utc(c.out.Entry.At)})
		}
		for i := range c.notices {
			notices = append(notices, &c.notices[i])
		}
		if c.breach != nil {
			breaches = append(breaches, c.breach)
		}
		if c.outbox != nil {
			outbox = append(outbox, c.outbox)
		}
	}
	for _, rows := range [][]any{lines, rungs, notices, breaches, outbox} {
		if err := b.t.insertMany(rows); err != nil {
			return err
		}
	}
	if err := b.t.updateDeadlines(clocks); err != nil {
		return err
	}
	return b.t.updateCases(cases) // last: a foreign key that is checked after it would lock the new row once more
}

// breach is the row of a breach that begins, with the office that was late and the officer in charge of the case there.
func (b *bulk) breach(c *bulkCase) (breachRow, error) {
	r := rowOfBreach(*c.out.Breach, c.c.Division)
	office, err := b.s.desk(b.t.ctx, c.out.Breach.Party, c.c)
	if err != nil {
		return r, fmt.Errorf("office of %s: %w", c.out.Breach.Party, noDesk(err))
	}
	r.OfficeID = int64(office.ID)
	if office.ID == c.office {
		r.OfficerID = int64(c.assignee)
		return r, nil
	}
	if b.heads == nil {
		b.heads = map[workflow.OfficeID]workflow.OfficerID{}
	}
	head, known := b.heads[office.ID]
	if !known {
		b.t.query(func(scan func(...any) error) error { return scan(&head) }, inCharge, int64(office.ID))
		if err := b.t.flush(); err != nil {
			return r, err
		}
		b.heads[office.ID] = head
	}
	r.OfficerID = int64(head)
	return r, nil
}

// inCharge finds who answers for an office when nobody was put in charge: its head, else whoever came first.
const inCharge = "SELECT id FROM officers WHERE office_id = ? AND active ORDER BY CASE WHEN role IN ('group_head', 'village_head', 'township_head', 'county_head') " +
	"THEN 0 ELSE 1 END, id LIMIT 1"

// told makes the notices of a rung: one for each office of the case that it tells.
func (s *Store) told(ctx context.Context, c workflow.Case, f workflow.Fired, step int, text string, at time.Time) ([]noticeRow, error) {
	var rows []noticeRow
	for _, p := range f.Tell {
		office, err := s.desk(ctx, p, c)
		if errors.Is(err, workflow.ErrNotFound) || slices.ContainsFunc(rows, func(r noticeRow) bool { return r.OfficeID == int64(office.ID) }) {
			continue // the county has no such office: its ladder ends lower
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, noticeRow{OfficeID: int64(office.ID), CaseID: int64(c.ID), Kind: "rung", Source: int64(f.Deadline), Generation: f.Run,
			Rung: string(f.Rung), Step: step, Text: text, At: at})
	}
	return rows, nil
}

func outboxOf(m workflow.Message, id workflow.CaseID, step int, at time.Time) (outboxRow, error) {
	payload, err := json.Marshal(Told{m, id, step})
	return outboxRow{CaseID: int64(id), Topic: m.Topic, Payload: string(payload), CreatedAt: at}, err
}

// insertMany writes rows of one type at once: by COPY on PostgreSQL, one by one on SQLite.
func (t *tx) insertMany(rows []any) error {
	if len(rows) == 0 {
		return nil
	}
	if t.pg == nil {
		for _, r := range rows {
			if err := t.insert(r); err != nil {
				return err
			}
		}
		return t.flush()
	}
	in, err := t.db.inserts.of(t.db, rows[0])
	if err != nil {
		return err
	}
	names := make([]string, len(in.fields))
	for i, f := range in.fields {
		names[i] = f.DBName
	}
	_, err = t.pg.CopyFrom(t.ctx, pgx.Identifier{in.table}, names, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		v := reflect.Indirect(reflect.ValueOf(rows[i]))
		values := make([]any, len(in.fields))
		for k, f := range in.fields {
			values[k], _ = f.ValueOf(t.ctx, v)
			if d, ok := values[k].(day); ok {
				values[k] = d.date()
			}
		}
		return values, nil
	}))
	return err
}

// updateCases moves the heads of cases on, each under its version.
func (t *tx) updateCases(rows []any) error {
	if len(rows) == 0 {
		return nil
	}
	if t.pg == nil {
		for _, r := range rows {
			c := r.(*caseRow)
			t.guarded("UPDATE cases SET step = ?, version = ?, head = ? WHERE id = ? AND version = ?", c.Step, c.Version, c.Head, c.ID, c.Version-1)
		}
		return t.flush()
	}
	var ids, steps, versions []int64
	var heads []string
	for _, r := range rows {
		c := r.(*caseRow)
		ids, steps, versions, heads = append(ids, c.ID), append(steps, int64(c.Step)), append(versions, int64(c.Version)), append(heads, c.Head)
	}
	done, err := t.pg.Exec(t.ctx, "UPDATE cases c SET step = u.step, version = u.version, head = u.head FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], "+
		"$4::text[]) AS u(id, step, version, head) WHERE c.id = u.id AND c.version = u.version - 1", ids, steps, versions, heads)
	if err == nil && done.RowsAffected() != int64(len(rows)) {
		err = errLost
	}
	return err
}

// updateDeadlines brings clocks up to date.
func (t *tx) updateDeadlines(rows []any) error {
	if len(rows) == 0 {
		return nil
	}
	if t.pg == nil {
		for _, row := range rows {
			r := row.(*deadlineRow)
			t.exec("UPDATE deadlines SET due_on = ?, due_before = ?, warn_at = ?, provisional = ?, calendar = ?, red = ?, next = ?, next_at = ?, paused = ? "+
				"WHERE case_id = ? AND limit_id = ? AND generation = ?", r.DueOn, r.DueBefore, r.WarnAt, r.Provisional, r.Calendar, r.Red, r.Next, r.NextAt, r.Paused,
				r.CaseID, r.LimitID, r.Generation)
		}
		return t.flush()
	}
	n := len(rows)
	cases, generations, calendars := make([]int64, n), make([]int64, n), make([]int64, n)
	limits, nexts := make([]string, n), make([]string, n)
	days, dues := make([]time.Time, n), make([]time.Time, n)
	warns, instants := make([]*time.Time, n), make([]*time.Time, n)
	provisional, red, paused := make([]bool, n), make([]bool, n), make([]bool, n)
	for i, row := range rows {
		r := row.(*deadlineRow)
		cases[i], generations[i], calendars[i], limits[i], nexts[i] = r.CaseID, int64(r.Generation), int64(r.Calendar), r.LimitID, r.Next
		days[i], dues[i], warns[i], instants[i] = r.DueOn.date(), r.DueBefore, r.WarnAt, r.NextAt
		provisional[i], red[i], paused[i] = r.Provisional, r.Red, r.Paused
	}
	_, err := t.pg.Exec(t.ctx, "UPDATE deadlines d SET due_on = u.due_on, due_before = u.due_before, warn_at = u.warn_at, provisional = u.provisional, "+
		"calendar = u.calendar, red = u.red, next = u.next, next_at = u.next_at, paused = u.paused FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::date[], "+
		"$5::timestamptz[], $6::timestamptz[], $7::boolean[], $8::bigint[], $9::boolean[], $10::text[], $11::timestamptz[], $12::boolean[]) "+
		"AS u(case_id, limit_id, generation, due_on, due_before, warn_at, provisional, calendar, red, next, next_at, paused) "+
		"WHERE d.case_id = u.case_id AND d.limit_id = u.limit_id AND d.generation = u.generation",
		cases, limits, generations, days, dues, warns, provisional, calendars, red, nexts, instants, paused)
	return err
}
