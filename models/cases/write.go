package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"anju/models/db"
	"anju/models/history"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// caseWriter is one outcome being written.
type caseWriter struct {
	s       *Store
	t       *db.Tx
	old     workflow.Case
	version int
	filed   string // the line that wrote the file
	out     workflow.Outcome
	office  string // name of the actor's office
	by      workflow.OfficerID
	key     string
	fresh   bool // the case is new

	c    workflow.Case
	line history.SealedLine
	at   time.Time
}

// write puts everything of the outcome into the database and commits.
func (w *caseWriter) write() (workflow.Case, error) {
	if err := w.queue(); err != nil {
		return w.c, err
	}
	if err := w.t.Commit(); err != nil {
		return w.c, w.translateError(err)
	}
	w.s.files.put(w.c.ID, w.filed, w.c.File)
	w.t.Failpoint("committed")
	return w.c, nil
}

// send sends everything of the outcome, and leaves the transaction open for the outcome that follows it.
func (w *caseWriter) send() (workflow.Case, error) {
	if err := w.queue(); err != nil {
		return w.c, err
	}
	if err := w.t.Flush(); err != nil {
		return w.c, w.translateError(err)
	}
	return w.c, nil
}

// queue queues everything of the outcome.
func (w *caseWriter) queue() error {
	w.c, w.at = w.out.Case, db.UTC(w.out.Entry.At)
	if w.old.Step+1 >= maxSteps {
		return fmt.Errorf("case %d has %d lines: no more are numbered", w.c.ID, w.old.Step)
	}
	var err error
	if w.line, err = history.SealLine(w.s.db.Keys(), w.previousLine(), w.out.Entry, w.office); err != nil {
		return err
	}
	w.c.Step, w.c.Head = w.line.Step, w.line.Hash
	for _, step := range []struct {
		name string
		do   func() error
	}{{"case", w.writeCase}, {"history", w.writeHistory}, {"deadlines", w.writeDeadlines}, {"outbox",
		w.writeOutbox}, {"idempotency", w.writeIdempotencyKey}} {
		if err := step.do(); err != nil {
			return w.translateError(err)
		}
		if err := w.t.FlushAt(step.name); err != nil {
			return w.translateError(err)
		}
	}
	return nil
}

func (w *caseWriter) previousLine() workflow.Case {
	return workflow.Case{ID: w.c.ID, Step: w.old.Step, Head: w.old.Head}
}

// translateError says in our words what a unique index refused.
func (w *caseWriter) translateError(err error) error {
	switch {
	case db.IsLost(err):
		return &workflow.Refusal{Why: workflow.ErrStale, State: w.old.State, Verb: w.out.Entry.Verb}
	case db.Violates(err, "cases_running", "cases.household_id, cases.chain"):
		return &workflow.Refusal{Why: workflow.ErrBlocked, State: w.old.State, Verb: w.out.Entry.Verb,
			Blocked: []workflow.Unmet{{
				Condition: "no_other_running", Rule: "A32", Message: "该户已有一件同类申请正在办理，请先办结或撤回", By: "case"}}}
	case w.out.Printed != nil && db.IsDuplicate(err):
		return workflow.ErrNothingDue // printed already
	case db.Violates(err, "rungs_fired", "rungs_fired"):
		return workflow.ErrNothingDue
	}
	return fmt.Errorf("write case %d: %w", w.c.ID, err)
}

// writeCase writes the case's row, its papers and records, and the stage it left and entered.
func (w *caseWriter) writeCase() error {
	if err := w.writePapers(); err != nil {
		return err
	}
	row := newCaseRow(w.c, w.version+1)
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
		if err := w.t.Insert(&row); err != nil {
			return err
		}
	} else {
		w.update(row, refiled)
	}
	if err := w.writeSite(); err != nil {
		return err
	}
	if w.out.Moved {
		return w.enterStage()
	}
	return nil
}

// update changes the case's row under its version. What is large and did not change is not written again.
func (w *caseWriter) update(row caseRow, refiled bool) {
	row.EnteredAt = db.UTC(row.EnteredAt)
	set, args := movedColumns.Set(), movedColumns.Values(&row)
	if refiled {
		set, args = set+", "+fileColumns.Set(), append(args, fileColumns.Values(&row)...)
	}
	if row.Application != string(w.old.Application) {
		set, args = set+", "+applicationColumns.Set(), append(args, applicationColumns.Values(&row)...)
	}
	w.t.ExecGuarded("UPDATE cases SET "+set+" WHERE id = ? AND version = ?", append(args, row.ID, w.version)...)
}

// writePapers numbers the documents and adds what is new to the file: documents, the record, scans.
func (w *caseWriter) writePapers() error {
	id := func(i int) int64 { return history.RowID(w.c.ID, w.line.Step, i) }
	if len(w.out.Issue)+len(w.c.File.Materials)-len(w.old.File.Materials) > maxRows {
		return fmt.Errorf("more than %d papers in one step", maxRows)
	}
	if r := w.out.Record; r != nil {
		r.ID = workflow.RecordID(id(0))
		w.c.File.Records = append(slices.Clip(w.c.File.Records), *r)
		if err := w.t.Insert(&recordRow{int64(r.ID), int64(w.c.ID), string(r.Kind), string(r.Stage), string(r.Party),
			int64(r.Office),
			int64(r.Officer), db.UTC(r.At), string(r.Data)}); err != nil {
			return err
		}
		w.t.Change("UPDATE stage_offices SET done_at = ? WHERE stage_id = (SELECT id FROM stages WHERE case_id = ? "+
			"AND left_at IS NULL) AND office_id = ? AND record = ?", db.UTC(r.At), int64(w.c.ID), int64(r.Office),
			string(r.Kind))
	}
	for i, m := range w.c.File.Materials[len(w.old.File.Materials):] {
		if err := w.t.Insert(&materialRow{id(i), int64(w.c.ID), m.Code, m.Name, m.Hash, m.Size, m.Type, m.Kind, int64(m.By),
			db.UTC(m.At)}); err != nil {
			return err
		}
	}
	for i, d := range w.old.File.Documents {
		if now := w.c.File.Documents[i]; now.Voided != d.Voided || now.ValidTo != d.ValidTo || now.Service != d.Service {
			w.t.Change("UPDATE documents SET voided = ?, valid_to = ?, served_on = ? WHERE id = ?", now.Voided,
				optionalDay(now.ValidTo), servedOn(now), d.ID)
		}
	}
	if err := w.writeQuestions(); err != nil {
		return err
	}
	if p := w.out.Printed; p != nil {
		if err := w.t.Insert(&paperRow{p.Document, int64(w.c.ID), p.Hash, int64(len(p.Body)), p.Body, p.Signature, p.Signer,
			w.at}); err != nil {
			return err
		}
	}
	if len(w.out.Issue) == 0 {
		return nil
	}
	return w.writeDocuments(id)
}

// optionalDay is a day as a column keeps it; nil for none.
func optionalDay(d calendar.Day) *db.Day {
	if d == 0 {
		return nil
	}
	day := db.Day(d)
	return &day
}

func servedOn(d workflow.Document) *db.Day {
	if d.Service == nil {
		return nil
	}
	return optionalDay(d.Service.On)
}

// seriesOf is the series that a paper takes its number from, "" where it has one or needs none.
func (w *caseWriter) seriesOf(d workflow.Document) string {
	if d.Number != "" {
		return ""
	}
	return d.Kind.Series(d.Authority, w.c.Division, d.IssuedAt)
}

// authority finds the office in the name of which a paper goes out. It fails with *workflow.Refusal where the register
// does not say how the office signs its numbers.
func (w *caseWriter) authority(d workflow.Document) (org.Office, error) {
	o, err := w.s.org.Desk(w.t.Context(), d.Authority, w.c)
	if err != nil {
		return o, fmt.Errorf("office of %s that issues %s: %w", d.Authority, d.Kind, missingOffice(err))
	}
	if o.Short == "" && w.seriesOf(d) != "" && !d.Kind.Coded() {
		return o, &workflow.Refusal{Why: workflow.ErrBlocked, State: w.old.State, Verb: w.out.Entry.Verb,
			Blocked: []workflow.Unmet{{Condition: "office_short", Rule: w.out.Entry.Rule, By: "case",
				Message: "机构名录没有“" + o.Name + "”的文号简称，不能编号，请系统管理员补充"}}}
	}
	return o, nil
}

func (w *caseWriter) writeDocuments(id func(int) int64) error {
	var series []string
	for _, d := range w.out.Issue {
		if name := w.seriesOf(d); name != "" {
			series = append(series, name)
		}
	}
	numbers, err := w.t.NextNumbers(series...)
	if err != nil {
		return err
	}
	w.c.File.Documents = slices.Clip(w.c.File.Documents)
	for i, d := range w.out.Issue {
		office, err := w.authority(d)
		if err != nil {
			return err
		}
		d.Issuer = office.Name
		row := documentRow{ID: id(i), CaseID: int64(w.c.ID), Kind: string(d.Kind), Number: d.Number, Title: d.Title,
			Authority: string(d.Authority), Issuer: d.Issuer, IssuedAt: db.UTC(d.IssuedAt), Sealed: d.Sealed,
			ValidTo: optionalDay(d.ValidTo)}
		if row.ServeAt, err = w.counterOf(d); err != nil {
			return err
		}
		if series := w.seriesOf(d); series != "" {
			row.Series, row.Seq, numbers = series, numbers[0], numbers[1:]
			row.Number = d.Kind.Number(office.Short, w.c.Division, d.IssuedAt, row.Seq)
		}
		if permit, ok := w.c.Document(glossary.PlanningPermitDoc); ok && d.Cites == "" && d.Kind == glossary.HomesteadCert {
			d.Cites = permit.Number // A12
		}
		d.ID, d.Number, row.Cites = row.ID, row.Number, d.Cites
		w.c.File.Documents = append(w.c.File.Documents, d)
		if err := w.t.Insert(&row); err != nil {
			return err
		}
	}
	return nil
}

// counterOf finds the counter that serves a paper; nil for one that is not served.
func (w *caseWriter) counterOf(d workflow.Document) (*int64, error) {
	if !d.ToServe {
		return nil, nil
	}
	o, err := w.s.org.Desk(w.t.Context(), glossary.Applicant, w.c)
	if err != nil {
		return nil, fmt.Errorf("counter of case %d: %w", w.c.ID, missingOffice(err))
	}
	id := int64(o.ID)
	return &id, nil
}

// writeSite keeps the plot and the house applied for as rows, as the application has them.
func (w *caseWriter) writeSite() error {
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
	id := history.RowID(w.c.ID, 1, 0)
	parcel := parcelRow{id, int64(w.c.ID), int64(w.c.Household), p.Address, p.Boundary.East, p.Boundary.South,
		p.Boundary.West, p.Boundary.North,
		p.LandClass, int64(p.HomesteadArea), int64(p.FootprintArea)}
	building := buildingRow{id, int64(w.c.ID), id, p.BuildType, p.Use, string(p.Class()), p.Floors, int64(p.BuildingArea),
		int64(p.Height),
		int64(p.MaxSpan)}
	if !w.fresh {
		w.t.Exec("DELETE FROM buildings WHERE case_id = ?", int64(w.c.ID))
		w.t.Exec("DELETE FROM parcels WHERE case_id = ?", int64(w.c.ID))
	}
	if err := w.t.Insert(&parcel); err != nil {
		return err
	}
	return w.t.Insert(&building)
}

// enterStage closes the stage that was left and opens the one entered, at the desk that must act there.
func (w *caseWriter) enterStage() error {
	chain, err := w.s.chains.At(w.c.Chain, w.c.ChainVersion)
	if err != nil {
		return err
	}
	if !w.fresh {
		w.leaveStage(chain)
	}
	if !w.c.Open() {
		return nil
	}
	st, ok := chain.Stage(w.c.State)
	if !ok {
		return fmt.Errorf("chain %s version %d lacks the stage %s", chain.ID, chain.Version, w.c.State)
	}
	office, err := w.s.org.Desk(w.t.Context(), st.By, w.c)
	if err != nil {
		return fmt.Errorf("office of %s for %s %s: %w", st.By, w.c.Division, w.c.GroupNo, missingOffice(err))
	}
	row := stageRow{ID: history.RowID(w.c.ID, w.line.Step, 0), CaseID: int64(w.c.ID), Chain: string(w.c.Chain),
		Stage: string(w.c.State),
		Step:  w.line.Step, Party: string(st.By), OfficeID: int64(office.ID), EnteredAt: w.at,
		Township: Township(w.c.Division), LimitID: string(st.Owed())}
	if err := w.t.Insert(&row); err != nil {
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
			office, err := w.s.org.Desk(w.t.Context(), p, w.c)
			if err != nil {
				return fmt.Errorf("office of %s for %s: %w", p, w.c.Division, missingOffice(err))
			}
			if err := w.t.Insert(&stageOfficeRow{row.ID, int64(office.ID), string(r.Kind), string(p), nil}); err != nil {
				return err
			}
		}
	}
	return nil
}

// leaveStage closes the stage that the case lies in, with how it stood: which maximum ran in it is said anew, since an
// older program may have entered it.
func (w *caseWriter) leaveStage(chain workflow.Chain) {
	var warn, due, promised *time.Time
	var worked *int
	var owed law.LimitID
	if l := w.out.StageStats; l != nil {
		minutes := int(l.Working.Minutes())
		warn, due, promised, worked = db.NullTime(l.WarnAt), db.NullTime(l.DueBefore), db.NullTime(l.Promised), &minutes
		st, _ := chain.Stage(w.old.State)
		owed = st.Owed()
	}
	w.t.Exec("UPDATE stages SET left_at = ?, verb = ?, officer_id = ?, limit_id = ?, warn_at = ?, due_before = ?, "+
		"promised_before = ?, working_minutes = ? WHERE case_id = ? AND left_at IS NULL", w.at, w.out.Entry.Verb, int64(w.out.Entry.By.Officer),
		string(owed), warn, due, promised, worked, int64(w.c.ID))
}

func (w *caseWriter) writeHistory() error { return w.t.Insert(&w.line) }

// writeDeadlines writes which deadlines moved on, began and ended, and the rung that fired with its notices.
func (w *caseWriter) writeDeadlines() error {
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
			r, err := newDeadlineRow(*d)
			if err != nil {
				return err
			}
			w.t.Change("UPDATE deadlines SET "+changedColumns.Set()+" WHERE "+oneDeadline,
				append(changedColumns.Values(&r), r.CaseID, r.LimitID, r.Generation, r.ID)...)
		case ends:
			w.t.Change("UPDATE deadlines SET closed_at = ? WHERE "+oneDeadline, w.at, int64(w.c.ID), string(d.Limit), d.Run,
				int64(d.ID))
		}
	}
	for i, d := range w.out.Start {
		d.ID, d.Case = workflow.DeadlineID(history.RowID(w.c.ID, w.line.Step, i)), w.c.ID
		r, err := newDeadlineRow(d)
		if err != nil {
			return err
		}
		if err := w.t.Insert(&r); err != nil {
			return err
		}
		all = append(all, d)
	}
	w.c.Deadlines = liveOrNewest(all)
	for _, d := range w.old.Deadlines {
		if d.Red && slices.Contains(w.out.Close, d.ID) {
			w.t.Exec("UPDATE breaches SET met_at = ? WHERE deadline_id = ? AND generation = ? AND met_at IS NULL", w.at,
				int64(d.ID), d.Run)
		}
	}
	w.dateHandover()
	return errors.Join(w.writeRung(), w.writeBreach(), w.writeSuspensions(), w.assignOfficer())
}

// dateHandover dates the end of what the office before was late with: when its papers truly came, and not before they
// were due.
func (w *caseWriter) dateHandover() {
	if truly := db.UTC(w.out.Handed); !w.out.Handed.IsZero() {
		w.t.Exec("UPDATE breaches SET met_at = CASE WHEN due_before > ? THEN due_before ELSE ? END WHERE case_id = ? "+
			"AND met_at = ? AND met_at > ?", truly, truly, int64(w.c.ID), db.UTC(w.old.EnteredAt), truly)
	}
}

func (w *caseWriter) writeRung() error {
	f := w.out.Fired
	if f == nil {
		return nil
	}
	if err := w.t.Insert(&rungFiredRow{int64(f.Deadline), f.Run, string(f.Rung), w.at}); err != nil {
		return err
	}
	notices, err := w.s.rungNotices(w.t.Context(), w.c, *f, w.line.Step, w.out.Entry.Reason, w.at)
	for i := range notices {
		err = errors.Join(err, w.t.Insert(&notices[i]))
	}
	return err
}

func (w *caseWriter) writeOutbox() error {
	if w.out.Message == nil {
		return nil
	}
	r, err := newOutboxRow(*w.out.Message, w.c.ID, w.line.Step, w.at)
	w.t.OutboxWritten = true
	return errors.Join(err, w.t.Insert(&r))
}

func (w *caseWriter) writeIdempotencyKey() error {
	if w.key == "" {
		return nil
	}
	return w.t.Insert(&db.IdempotencyKey{OfficerID: int64(w.by), CaseID: int64(w.c.ID), Key: w.key,
		Step: int64(w.line.Step), Asked: w.out.Asked,
		CreatedAt: w.at})
}

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
		r.ClosedAt = b.ClosedAt
		w.t.Exec("UPDATE breaches SET "+ruledColumns.Set()+" WHERE id = ?", append(ruledColumns.Values(&r), int64(b.ID))...)
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
	w.t.Query(func(scan func(...any) error) error { return scan(&r.OfficerID) },
		"SELECT COALESCE((SELECT NULLIF(s.assignee_id, 0) FROM stages s WHERE s.id >= ? AND s.id < ? AND s.office_id = ? "+
			"ORDER BY s.id DESC LIMIT 1), ("+inCharge+"), 0)", history.RowID(w.c.ID, 0, 0), history.RowID(w.c.ID+1, 0,
			0), int64(office.ID),
		int64(office.ID))
	if err := w.t.Flush(); err != nil {
		return err
	}
	return w.t.Insert(&r)
}

// writeSuspensions writes entries of the suspension ledger, and how they ended.
func (w *caseWriter) writeSuspensions() error {
	for _, s := range w.out.Suspended {
		var ended *db.Day
		if !s.Open {
			d := db.Day(s.To)
			ended = &d
		}
		w.t.Exec("INSERT INTO suspensions(case_id, notice_number, ground, notified_on, resulted_on, service, recipient, "+
			"expected_days, evidence, stage, officer_id, entered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "+
			"ON CONFLICT (case_id, notice_number) DO UPDATE SET resulted_on = excluded.resulted_on, evidence = "+
			"excluded.evidence", int64(w.c.ID), s.Number, string(s.Ground), db.Day(s.From), ended, s.Service, s.Recipient,
			s.Days, s.Evidence,
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
		w.t.Query(func(scan func(...any) error) error { return scan(&officer) },
			"SELECT id FROM officers WHERE login = ? AND office_id = ? AND active",
			login, int64(w.out.Entry.By.Office))
		if err := w.t.Flush(); err != nil {
			return err
		}
		if officer == 0 {
			return &workflow.Invalid{Fields: []workflow.FieldError{{Field: "officer", Message: "本单位没有账号为 " + login +
				" 的在岗人员，请核对", Rule: w.out.Entry.Rule}}}
		}
	}
	w.t.Exec("UPDATE stages SET assignee_id = ? WHERE case_id = ? AND left_at IS NULL", officer, int64(w.c.ID))
	return nil
}
