package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"anju/models/db"
	"anju/models/history"
	"anju/workflow"
)

// UpdateMany implements casework.Store: a batch of cases in one transaction, each of its tables written by one
// statement.
func (s *Store) UpdateMany(ctx context.Context, ids []workflow.CaseID, judge func(workflow.Case) (workflow.Outcome,
	error)) (map[workflow.CaseID]error, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var failed map[workflow.CaseID]error
	err := s.db.Update(ctx, func(t *db.Tx) error {
		b := batchWriter{s: s, t: t}
		if err := b.read(ids, s.db.SQL().Skip()); err != nil {
			return err
		}
		var err error
		if failed, err = b.judge(ids, judge); err != nil {
			return err
		}
		if err := b.write(); err != nil {
			return err
		}
		t.Failpoint("bulk")
		return t.Commit()
	})
	return failed, err
}

// batchWriter is many outcomes being written at once. The cases are read without what is large in them.
type batchWriter struct {
	s     *Store
	t     *db.Tx
	found map[workflow.CaseID]*batchCase
	done  []*batchCase // judged, with an outcome to be written

	heads map[workflow.OfficeID]workflow.OfficerID // who answers for an office, as far as asked
}

type batchCase struct {
	row      caseRow
	office   workflow.OfficeID  // at which the case lies; 0 where no officer is in charge of it
	assignee workflow.OfficerID // who that is
	again    bool               // its rung has fired before
	frozen   *string            // by what; nil: it is not
	c        workflow.Case
	out      workflow.Outcome

	// what is to be written
	line    history.SealedLine
	clocks  []deadlineRow
	notices []noticeRow
	breach  *breachRow
	outbox  *outboxRow
}

func (b *batchWriter) read(ids []workflow.CaseID, lock string) error {
	d := b.t.DB().SQL()
	b.found = make(map[workflow.CaseID]*batchCase, len(ids))
	b.t.Query(func(scan func(...any) error) error {
		c := &batchCase{}
		r := &c.row
		err := scan(append(batchColumns.Fields(r), &c.frozen)...)
		c.c = r.toCase()
		b.found[c.c.ID] = c
		return err
	}, "SELECT "+batchColumns.List("c")+", "+history.FrozenBy+" FROM cases c WHERE c.id "+d.Among()+
		" ORDER BY c.id"+lock, db.List(d, ids))
	// what follows is read as of after the lock
	b.t.Query(func(scan func(...any) error) error {
		var row deadlineRow
		if err := scan(deadlineColumns.Fields(&row)...); err != nil {
			return err
		}
		c := b.found[workflow.CaseID(row.CaseID)]
		if c == nil {
			return nil // another holds its case
		}
		x, err := row.toDeadline()
		c.c.Deadlines = append(c.c.Deadlines, x)
		return err
	}, "SELECT "+deadlineColumns.List("")+" FROM deadlines WHERE (closed_at IS NULL OR "+awaitsCard+") AND case_id "+
		d.Among()+" ORDER BY id", db.List(d, ids))
	return b.t.Flush()
}

func (b *batchWriter) judge(ids []workflow.CaseID, judge func(workflow.Case) (workflow.Outcome,
	error)) (map[workflow.CaseID]error, error) {
	failed := map[workflow.CaseID]error{}
	var judged []*batchCase
	for _, id := range ids {
		c := b.found[id]
		if c == nil {
			failed[id] = workflow.ErrBusy
			continue
		}
		err := history.FrozenError(c.frozen)
		if err == nil {
			c.out, err = judge(c.c)
		}
		if err == nil {
			err = c.checkBatchable()
		}
		if err != nil {
			failed[id] = err
			continue
		}
		judged = append(judged, c)
	}
	if err := b.queryDependencies(judged); err != nil {
		return nil, err
	}
	for _, c := range judged {
		err := error(workflow.ErrNothingDue)
		if !c.again {
			err = b.prepareRows(c)
		}
		if err != nil {
			failed[c.c.ID] = err
			continue
		}
		b.done = append(b.done, c)
	}
	return failed, nil
}

// queryDependencies reads what the outcomes hang on besides: which rungs have fired before, for a row that an index
// refuses would undo all the others too; and who is in charge of a case that a breach begins on.
func (b *batchWriter) queryDependencies(judged []*batchCase) error {
	d := b.t.DB().SQL()
	var late []workflow.CaseID
	fires := map[workflow.DeadlineID]*batchCase{}
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
		from, args := rungsTable(d, rungs)
		b.t.Query(func(scan func(...any) error) error {
			var id workflow.DeadlineID
			err := scan(&id)
			fires[id].again = true
			return err
			// and no join, of which the plan is made while the table is small
		}, "SELECT u.deadline_id FROM "+from+" WHERE (SELECT f.rung FROM rungs_fired f WHERE f.deadline_id = u.deadline_id "+
			"AND f.generation = u.generation AND f.rung = u.rung) IS NOT NULL", args...)
	}
	if len(late) > 0 {
		b.t.Query(func(scan func(...any) error) error {
			var id workflow.CaseID
			var office workflow.OfficeID
			var assignee workflow.OfficerID
			err := scan(&id, &office, &assignee)
			b.found[id].office, b.found[id].assignee = office, assignee
			return err
		}, "SELECT case_id, office_id, assignee_id FROM stages WHERE left_at IS NULL AND assignee_id <> 0 "+
			"AND case_id "+d.Among(), db.List(d, late))
	}
	return b.t.Flush()
}

// checkBatchable refuses an outcome that writes more than a line, clocks, a breach and messages.
func (c *batchCase) checkBatchable() error {
	o := c.out
	if writesMore(o) || o.NoHistory && (o.Fired != nil || o.Breach != nil || o.Message != nil) {
		return errNotBatchable
	}
	for _, d := range o.Advance {
		if !slices.ContainsFunc(c.c.Deadlines, func(was workflow.Deadline) bool { return onlyAdvances(was, d) }) {
			return errNotBatchable
		}
	}
	return nil
}

// writesMore tells whether an outcome writes more than a line, clocks, a breach that begins and messages.
func writesMore(o workflow.Outcome) bool {
	moves := o.Moved || o.StageStats != nil || o.Assign != nil || len(o.Start) > 0 || len(o.Close) > 0
	files := o.Record != nil || o.Printed != nil || len(o.Issue) > 0 || len(o.Suspended) > 0
	settles := o.Breach != nil && o.Breach.ID != 0
	return moves || files || settles
}

// onlyAdvances tells whether of a deadline that goes on nothing changes but its clock.
func onlyAdvances(was, now workflow.Deadline) bool {
	return was.ID == now.ID && was.Run == now.Run && now.ClosedAt == was.ClosedAt && now.Limit == was.Limit &&
		now.Extend == was.Extend && slices.Equal(now.Pauses, was.Pauses)
}

// errNotBatchable is an error of the program.
var errNotBatchable = errors.New("an outcome that cannot be written with many others")

// prepareRows makes the rows of one case. What is missing for it is its own fault, and keeps no other back.
func (b *batchWriter) prepareRows(c *batchCase) error {
	for _, x := range c.out.Advance {
		r, err := newDeadlineRow(x)
		if err != nil {
			return err
		}
		c.clocks = append(c.clocks, r)
	}
	if c.out.NoHistory {
		return nil
	}
	var err error
	if c.line, err = history.SealLine(b.s.db.Keys(), c.c, c.out.Entry, ""); err != nil {
		return err
	}
	at := db.UTC(c.out.Entry.At)
	if f := c.out.Fired; f != nil {
		if c.notices, err = b.s.rungNotices(b.t.Context(), c.c, *f, c.line.Step, c.out.Entry.Reason, at); err != nil {
			return err
		}
	}
	if m := c.out.Message; m != nil {
		r, err := newOutboxRow(*m, c.c.ID, c.line.Step, at)
		if err != nil {
			return err
		}
		c.outbox = &r
	}
	if c.out.Breach == nil {
		return nil
	}
	r, err := b.newBreach(c)
	c.breach = &r
	return err
}

// write queues everything and sends it but for the COMMIT.
func (b *batchWriter) write() error {
	var cases []*caseRow
	var clocks []*deadlineRow
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
			rungs = append(rungs, &rungFiredRow{int64(f.Deadline), f.Run, string(f.Rung), db.UTC(c.out.Entry.At)})
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
	b.t.OutboxWritten = len(outbox) > 0
	for _, rows := range [][]any{lines, rungs, notices, breaches, outbox} {
		if err := b.t.InsertMany(rows); err != nil {
			return err
		}
	}
	if err := db.UpdateMany(b.t, clockColumns, false, clocks, &db.Match{Column: "case_id"}, &db.Match{Column: "limit_id"},
		&db.Match{Column: "generation"}, &db.Match{Column: "id"}); err != nil {
		return err
	}
	// last: a foreign key that is checked after it would lock the new row once more
	return db.UpdateMany(b.t, headColumns, true, cases, &db.Match{Column: "id"}, &db.Match{Column: "version",
		Before: true})
}

// newBreach is the row of a breach that begins, with the office that was late and the officer in charge of the case
// there.
func (b *batchWriter) newBreach(c *batchCase) (breachRow, error) {
	r := newBreachRow(*c.out.Breach, c.c.Division)
	office, err := b.s.org.Desk(b.t.Context(), c.out.Breach.Party, c.c)
	if err != nil {
		return r, fmt.Errorf("office of %s: %w", c.out.Breach.Party, missingOffice(err))
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
		b.t.Query(func(scan func(...any) error) error { return scan(&head) }, inCharge, int64(office.ID))
		if err := b.t.Flush(); err != nil {
			return r, err
		}
		b.heads[office.ID] = head
	}
	r.OfficerID = int64(head)
	return r, nil
}
