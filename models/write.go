package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

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

// write puts everything of the outcome into the database and commits.
func (w *writing) write() (workflow.Case, error) {
	if err := w.queue(); err != nil {
		return w.c, err
	}
	if err := w.t.commit(); err != nil {
		return w.c, w.refused(err)
	}
	w.s.files.keep(w.c.ID, w.filed, w.c.File)
	w.t.point("committed")
	return w.c, nil
}

// put sends everything of the outcome, and leaves the transaction open for the outcome that follows it.
func (w *writing) put() (workflow.Case, error) {
	if err := w.queue(); err != nil {
		return w.c, err
	}
	if err := w.t.flush(); err != nil {
		return w.c, w.refused(err)
	}
	return w.c, nil
}

// queue queues everything of the outcome.
func (w *writing) queue() error {
	w.c, w.at = w.out.Case, utc(w.out.Entry.At)
	if w.old.Step+1 >= maxSteps {
		return fmt.Errorf("case %d has %d lines: no more are numbered", w.c.ID, w.old.Step)
	}
	var err error
	if w.line, err = w.s.db.sealLine(w.linked(), w.out.Entry, w.office); err != nil {
		return err
	}
	w.c.Step, w.c.Head = w.line.Step, w.line.Hash
	for _, step := range []struct {
		name string
		do   func() error
	}{{"case", w.theCase}, {"history", w.theHistory}, {"deadlines", w.theDeadlines}, {"outbox", w.theOutbox}, {"idempotency", w.theKey}} {
		if err := step.do(); err != nil {
			return w.refused(err)
		}
		if err := w.t.reached(step.name); err != nil {
			return w.refused(err)
		}
	}
	return nil
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
	case w.out.Printed != nil && (k == duplicate || strings.Contains(err.Error(), "papers.document_id")):
		return workflow.ErrNothingDue // printed already
	case k == duplicate && strings.Contains(index, "rungs_fired"):
		return workflow.ErrNothingDue
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
		set, args = set+", application = ?, inside_planning_area = ?, authority = ?", append(args, row.Application, row.InsidePlanningArea, row.Authority)
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
		if err := w.t.insert(&materialRow{id(i), int64(w.c.ID), m.Code, m.Name, m.Hash, m.Size, m.Type, m.Kind, int64(m.By), utc(m.At)}); err != nil {
			return err
		}
	}
	for i, d := range w.old.File.Documents {
		if now := w.c.File.Documents[i]; now.Voided != d.Voided || now.ValidTo != d.ValidTo {
			var valid *day
			if now.ValidTo != 0 {
				v := day(now.ValidTo)
				valid = &v
			}
			w.t.change("UPDATE documents SET voided = ?, valid_to = ? WHERE id = ?", now.Voided, valid, d.ID)
		}
	}
	if p := w.out.Printed; p != nil {
		if err := w.t.insert(&paperRow{p.Document, int64(w.c.ID), p.Hash, int64(len(p.Body)), p.Body, p.Signature, p.Signer, w.at}); err != nil {
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
		if name := d.Kind.Series(w.c.Division, d.IssuedAt); name != "" && d.Number == "" {
			series = append(series, name)
		}
	}
	numbers, err := w.t.numbers(series...)
	if err != nil {
		return err
	}
	w.c.File.Documents = slices.Clip(w.c.File.Documents)
	for i, d := range w.out.Issue {
		row := documentRow{ID: id(i), CaseID: int64(w.c.ID), Kind: string(d.Kind), Number: d.Number,
			Title: d.Title, Issuer: d.Issuer, IssuedAt: utc(d.IssuedAt), Sealed: d.Sealed}
		if d.ValidTo != 0 {
			valid := day(d.ValidTo)
			row.ValidTo = &valid
		}
		if series := d.Kind.Series(w.c.Division, d.IssuedAt); series != "" && d.Number == "" {
			row.Series, row.Seq, numbers = series, numbers[0], numbers[1:]
			row.Number = d.Kind.Number(w.c.Division, d.IssuedAt, row.Seq)
		}
		if permit, ok := w.c.Document(glossary.PlanningPermitDoc); ok && d.Cites == "" && d.Kind == glossary.HomesteadCert {
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
		Proposed *forms.Proposed `json:"proposed"`
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
	chain, err := w.s.chains.At(w.c.Chain, w.c.ChainVersion)
	if err != nil {
		return err
	}
	if !w.fresh {
		w.leave(chain)
	}
	if !w.c.Open() {
		return nil
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
		Step: w.line.Step, Party: string(st.By), OfficeID: int64(office.ID), EnteredAt: w.at, Township: township(w.c.Division), LimitID: string(st.Owed())}
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

// leave closes the stage that the case lies in, with how it stood: which maximum ran in it is said anew, since an older program may
// have entered it.
func (w *writing) leave(chain workflow.Chain) {
	var warn, due *time.Time
	var worked *int
	var owed law.LimitID
	if l := w.out.StageStats; l != nil {
		minutes := int(l.Working.Minutes())
		warn, due, worked = perhaps(l.WarnAt), perhaps(l.DueBefore), &minutes
		st, _ := chain.Stage(w.old.State)
		owed = st.Owed()
	}
	w.t.exec("UPDATE stages SET left_at = ?, verb = ?, officer_id = ?, limit_id = ?, warn_at = ?, due_before = ?, working_minutes = ? "+
		"WHERE case_id = ? AND left_at IS NULL", w.at, w.out.Entry.Verb, int64(w.out.Entry.By.Officer), string(owed), warn, due, worked, int64(w.c.ID))
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
				"next = ?, next_at = ?, closed_at = ?, paused = ? WHERE case_id = ? AND limit_id = ? AND generation = ?", r.Extend, r.Pauses, r.DueOn, r.DueBefore,
				r.WarnAt, r.Provisional, r.Calendar, r.Red, r.Next, r.NextAt, r.ClosedAt, r.Paused, r.CaseID, r.LimitID, r.Generation)
		case ends:
			w.t.change("UPDATE deadlines SET closed_at = ? WHERE case_id = ? AND limit_id = ? AND generation = ?", w.at, int64(w.c.ID), string(d.Limit),
				d.Run)
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
	for _, d := range w.old.Deadlines {
		if d.Red && slices.Contains(w.out.Close, d.ID) {
			w.t.exec("UPDATE breaches SET met_at = ? WHERE deadline_id = ? AND generation = ? AND met_at IS NULL", w.at, int64(d.ID), d.Run)
		}
	}
	return errors.Join(w.rung(), w.breach(), w.ledger(), w.assign())
}

func (w *writing) rung() error {
	f := w.out.Fired
	if f == nil {
		return nil
	}
	if err := w.t.insert(&rungFiredRow{int64(f.Deadline), f.Run, string(f.Rung), w.at}); err != nil {
		return err
	}
	notices, err := w.s.told(w.t.ctx, w.c, *f, w.line.Step, w.out.Entry.Reason, w.at)
	for i := range notices {
		err = errors.Join(err, w.t.insert(&notices[i]))
	}
	return err
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
	r, err := outboxOf(*w.out.Message, w.c.ID, w.line.Step, w.at)
	return errors.Join(err, w.t.insert(&r))
}

func (w *writing) theKey() error {
	if w.key == "" {
		return nil
	}
	return w.t.insert(&idempotencyRow{OfficerID: int64(w.by), CaseID: int64(w.c.ID), Key: w.key, Step: int64(w.line.Step), Asked: w.out.Asked,
		CreatedAt: w.at})
}
