package history

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"anju/models/db"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Verification is what VerifyHistory found.
type Verification struct {
	Entries  int
	Cases    int
	Broken   *Broken  // the first that does not hold; nil: all holds
	Findings []Broken // the first of each case, and all that concern no case; at most mostFindings
	// Holds are all holds after a restore, the oldest first. They are no findings: what was missing then cannot be found
	// in what is there, so that it stays with the record.
	Holds []registry.Restore
}

// mostFindings bounds a report: a database of which more does not hold is not mended case by case.
const mostFindings = 1000

// Broken names what does not hold: a line of the history where there is one.
type Broken struct {
	ID   int64           `json:"id"`   // of the history row; 0: of none
	Case workflow.CaseID `json:"case"` // 0: it concerns the database as a whole
	Step int             `json:"step"`
	Why  string          `json:"why"`
}

// Error says it in one line.
func (b Broken) Error() string {
	switch {
	case b.Case == 0:
		return b.Why
	case b.ID == 0:
		return fmt.Sprintf("case %d: %s", b.Case, b.Why)
	}
	return fmt.Sprintf("entry %d, step %d of case %d: %s", b.ID, b.Step, b.Case, b.Why)
}

// Verify is VerifyHistory, and compares the database with the mark in the data folder.
func (s *Store) Verify(ctx context.Context, dir string) (Verification, error) {
	v, err := s.VerifyHistory(ctx)
	if err != nil {
		return v, err
	}
	behind, err := s.registry.BehindMark(ctx, dir)
	if err != nil {
		return v, err
	}
	for _, what := range behind {
		v.add(Broken{Why: "the database is behind its mark: " + what + "; " + registry.EitherCause})
	}
	return v, nil
}

func (v *Verification) add(b Broken) {
	if v.Broken == nil {
		v.Broken = &b
	}
	if len(v.Findings) < mostFindings {
		v.Findings = append(v.Findings, b)
	}
}

// VerifyHistory recomputes every hash and follows every chain to the head kept with its case; then it compares what
// else can be counted: numbers of cases and papers with their series, rows with the lines that wrote them, red cards
// with the register. A line that was changed is named before a gap that the change may have left. It reads as of one
// instant and holds no lock.
func (s *Store) VerifyHistory(ctx context.Context) (Verification, error) {
	var v verifier
	err := s.db.View(ctx, func(t *db.Tx) error {
		v = verifier{s: s, t: t, heads: map[int64]caseHead{}, changed: map[int64]Broken{}, gap: map[int64]Broken{},
			red: map[int64]int{}, series: map[string]int{},
			gaps: map[string][]numberGap{}}
		for _, part := range []func() error{v.readHeads, v.readLines, v.readSeries, v.cases, v.papers, v.rows, v.register,
			v.holds} {
			if err := part(); err != nil {
				return err
			}
		}
		return t.Commit()
	})
	if err != nil {
		return v.Verification, fmt.Errorf("verify the history: %w", err)
	}
	return v.report(), nil
}

type caseHead struct {
	step  int
	head  string
	state string
	lines bool
}

type numberGap struct {
	first, last int
}

// verifier is one verification.
type verifier struct {
	Verification
	s            *Store
	t            *db.Tx
	heads        map[int64]caseHead
	last         SealedLine       // of the case being read
	changed, gap map[int64]Broken // the first of each case
	whole        []Broken         // of no case
	red          map[int64]int    // red cards in the lines of a case
	series       map[string]int
	gaps         map[string][]numberGap // that are explained
}

func (v *verifier) note(into map[int64]Broken, at SealedLine, why string) {
	if _, ok := into[at.CaseID]; !ok {
		into[at.CaseID] = Broken{ID: at.ID, Case: workflow.CaseID(at.CaseID), Step: at.Step, Why: why}
	}
}

// noteCase notes what concerns a case and none of its lines.
func (v *verifier) noteCase(id int64, format string, args ...any) {
	v.note(v.gap, SealedLine{CaseID: id}, fmt.Sprintf(format, args...))
}

func (v *verifier) noteWhole(format string, args ...any) {
	v.whole = append(v.whole, Broken{Why: fmt.Sprintf(format, args...)})
}

func missingLine(id int64, step int) SealedLine {
	return SealedLine{ID: RowID(workflow.CaseID(id), step, 0), CaseID: id, Step: step}
}

// report puts changed lines first, then gaps, each in the order of the cases, then what concerns no case.
func (v *verifier) report() Verification {
	for _, found := range []map[int64]Broken{v.changed, v.gap} {
		for _, id := range slices.Sorted(maps.Keys(found)) {
			if _, named := v.changed[id]; named && found[id] != v.changed[id] {
				continue
			}
			v.add(found[id])
		}
	}
	for _, b := range v.whole {
		v.add(b)
	}
	return v.Verification
}

func (v *verifier) readHeads() error {
	v.t.Query(func(scan func(...any) error) error {
		var id int64
		var h caseHead
		err := scan(&id, &h.step, &h.head, &h.state)
		v.heads[id] = h
		v.Cases++
		return err
	}, "SELECT id, step, head, state FROM cases")
	return v.t.Flush()
}

func (v *verifier) readLines() error {
	v.t.Query(func(scan func(...any) error) error {
		var r SealedLine
		if err := scan(lineColumns.Fields(&r)...); err != nil {
			return err
		}
		v.line(r)
		return nil
	}, "SELECT "+lineColumns.List("")+" FROM history ORDER BY case_id, step")
	if err := v.t.Flush(); err != nil {
		return err
	}
	v.end()
	for id, h := range v.heads {
		if !h.lines {
			v.note(v.gap, missingLine(id, 1), "the line is missing")
		}
	}
	return nil
}

func (v *verifier) line(r SealedLine) {
	v.Entries++
	if r.CaseID != v.last.CaseID {
		v.end()
		v.last = SealedLine{CaseID: r.CaseID, Hash: firstPrevious}
	}
	hash, known := v.s.db.Keys().HashLine(r.KeyVersion, r.canonical())
	switch {
	case r.Alg != db.LineAlg || !known:
		v.note(v.changed, r, fmt.Sprintf("hashed by %s with key %d, which is not known", r.Alg, r.KeyVersion))
	case hash != r.Hash:
		v.note(v.changed, r, "the line was changed")
	case r.ID != RowID(workflow.CaseID(r.CaseID), r.Step, 0):
		v.note(v.changed, r, "its number was changed")
	case r.Step != v.last.Step+1:
		v.note(v.gap, missingLine(r.CaseID, v.last.Step+1), "the line is missing")
	case r.Previous != v.last.Hash:
		v.note(v.gap, r, "it does not follow from the line before it")
	}
	if workflow.RungName(r.Rung) == workflow.RungRed {
		v.red[r.CaseID]++
	}
	v.last = r
}

// end compares the last line of a case with its head.
func (v *verifier) end() {
	last := v.last
	if last.CaseID == 0 {
		return
	}
	h, ok := v.heads[last.CaseID]
	if ok {
		h.lines = true
		v.heads[last.CaseID] = h
	}
	switch {
	case !ok:
		v.note(v.gap, last, "its case does not exist")
	case h.step > last.Step:
		v.note(v.gap, missingLine(last.CaseID, last.Step+1), "the line is missing")
	case h.step != last.Step || h.head != last.Hash:
		v.note(v.gap, last, "the case does not end with this line")
	case h.state != last.ToState:
		v.note(v.gap, last, "the case is in state "+h.state+", its history ends in "+last.ToState)
	}
}

func (v *verifier) readSeries() error {
	v.t.Query(func(scan func(...any) error) error {
		var name string
		var last int
		err := scan(&name, &last)
		v.series[name] = last
		return err
	}, "SELECT name, last FROM number_series")
	v.t.Query(func(scan func(...any) error) error {
		var name, tag string
		var g numberGap
		if err := scan(&name, &g.first, &g.last, &tag); err != nil {
			return err
		}
		if !v.s.db.Keys().Tagged("number gap", db.GapText(name, g.first, g.last), tag) {
			v.noteWhole("number %s of series %s is said to be left out, and not by this program", g, name)
			return nil
		}
		v.gaps[name] = append(v.gaps[name], g)
		return nil
	}, "SELECT series, first, last, tag FROM number_gaps ORDER BY series, first")
	return v.t.Flush()
}

// missing gives the runs of numbers between two that are not explained.
func (v *verifier) missing(series string, after, before int) (runs []numberGap) {
	for _, g := range v.gaps[series] {
		if g.last <= after || g.first >= before {
			continue
		}
		if g.first > after+1 {
			runs = append(runs, numberGap{after + 1, g.first - 1})
		}
		after = max(after, g.last)
	}
	if after+1 < before {
		runs = append(runs, numberGap{after + 1, before - 1})
	}
	return runs
}

func (g numberGap) String() string {
	if g.first == g.last {
		return fmt.Sprint(g.first)
	}
	return fmt.Sprintf("%d to %d", g.first, g.last)
}

// cases follows the numbers of the cases: none is ever taken away.
func (v *verifier) cases() error {
	last := 0
	for _, id := range slices.Sorted(maps.Keys(v.heads)) {
		v.lost("case", last, int(id), "case %s is missing: it was opened and is not there")
		last = int(id)
	}
	v.lost("case", last, v.series["case"]+1, "case %s is missing: it was opened and is not there")
	if last > v.series["case"] {
		v.noteWhole("case %d exists, and the series of cases ends with %d", last, v.series["case"])
	}
	return nil
}

func (v *verifier) lost(series string, after, before int, format string) {
	for _, run := range v.missing(series, after, before) {
		v.noteWhole(format, run)
	}
}

// papers follows the numbers of the papers, series by series, and writes each number again from its parts.
func (v *verifier) papers() error {
	ended := map[string]bool{}
	series, last := "", 0
	end := func() {
		if series == "" {
			return
		}
		ended[series] = true
		v.lost(series, last, v.series[series]+1,
			"paper %s of series "+series+" is missing: the number was given and the paper is not there")
		if last > v.series[series] {
			v.noteWhole("paper %d of series %s exists, and the series ends with %d", last, series, v.series[series])
		}
	}
	v.t.Query(func(scan func(...any) error) error {
		var name, kind, number, division string
		var seq int
		var id int64
		var at time.Time
		if err := scan(&name, &seq, &id, &kind, &number, &at, &division); err != nil {
			return err
		}
		if name != series {
			end()
			series, last = name, 0
		}
		v.lost(name, last, seq, "paper %s of series "+name+" is missing: the number was given and the paper is not there")
		switch want := glossary.DocumentKind(kind).Number("", division, at, seq); { // the office's own name stands in front
		case seq == last:
			v.noteCase(id, "number %d of series %s was given twice", seq, name)
		case !strings.HasSuffix(number, want):
			v.noteCase(id, "paper %s of series "+name+" is numbered %s", want, number)
		}
		last = seq
		return nil
	}, "SELECT d.series, d.seq, d.case_id, d.kind, d.number, d.issued_at, COALESCE(c.division, '') FROM documents d "+
		"LEFT JOIN cases c ON c.id = d.case_id WHERE d.series <> '' ORDER BY d.series, d.seq")
	if err := v.t.Flush(); err != nil {
		return err
	}
	end()
	for _, name := range slices.Sorted(maps.Keys(v.series)) {
		if kind, _, _ := strings.Cut(name, "/"); glossary.DocumentKind(kind).Title() != "" && !ended[name] {
			v.lost(name, 0, v.series[name]+1,
				"paper %s of series "+name+" is missing: the number was given and the paper is not there")
		}
	}
	return nil
}

// rows looks for rows that a later step of a case wrote than its history has: what is left when the end of a history is
// cut off.
func (v *verifier) rows() error {
	found := func(scan func(...any) error) error {
		var id int64
		var step int
		err := scan(&id, &step)
		v.noteCase(id, "rows of a later step are there, its history ends with step %d", step)
		return err
	}
	const later = "(c.step + 1) * 20 + c.id * 1000000"
	for _, table := range []string{"records", "materials", "documents", "stages"} {
		v.t.Query(found, "SELECT c.id, c.step FROM cases c WHERE EXISTS (SELECT 1 FROM "+table+" r WHERE r.id >= "+later+" "+
			"AND r.id < (c.id + 1) * 1000000)")
	}
	v.t.Query(found, "SELECT DISTINCT c.id, c.step FROM cases c JOIN deadlines d ON d.case_id = c.id WHERE d.id >= "+later)
	v.t.Query(found, "SELECT DISTINCT c.id, c.step FROM cases c JOIN notices n ON n.case_id = c.id WHERE n.step > c.step")
	v.t.Query(found, "SELECT DISTINCT c.id, c.step FROM cases c JOIN idempotency i ON i.case_id = c.id "+
		"WHERE i.step > c.step")
	return v.t.Flush()
}

// register compares red cards in the history with those that fired, and those with the register of breaches.
func (v *verifier) register() error {
	fired := map[int64]int{}
	v.t.Query(func(scan func(...any) error) error {
		var id int64
		var n int
		err := scan(&id, &n)
		fired[id] = n
		return err
	}, "SELECT deadline_id / 1000000, count(*) FROM rungs_fired WHERE rung = 'red' GROUP BY deadline_id / 1000000")
	v.t.Query(v.unregistered,
		"SELECT c.id, c.chain, c.chain_version, d.limit_id, d.stage, h.from_state FROM rungs_fired f "+
			"JOIN deadlines d ON d.case_id = f.deadline_id / 1000000 AND d.id = f.deadline_id AND d.generation = f.generation "+
			"JOIN cases c ON c.id = d.case_id JOIN history h ON h.case_id = c.id AND h.at = f.at AND h.rung = 'red' "+
			"WHERE f.rung = 'red' AND NOT EXISTS (SELECT 1 FROM breaches b WHERE b.deadline_id = f.deadline_id "+
			"AND b.generation = f.generation)")
	if err := v.t.Flush(); err != nil {
		return err
	}
	for id, n := range v.red {
		if fired[id] < n {
			v.noteCase(id, "its history has %d red cards, %d are on record as issued", n, fired[id])
		}
	}
	return nil
}

// unregistered notes a red card without an entry in the register, where an office owed what was late.
func (v *verifier) unregistered(scan func(...any) error) error {
	var id int64
	var chain, limit, stage, state string
	var version int
	if err := scan(&id, &chain, &version, &limit, &stage, &state); err != nil {
		return err
	}
	ch, err := v.s.chains.At(workflow.ChainID(chain), version)
	if err != nil {
		return err
	}
	clock, ok := ch.Clock(workflow.Deadline{Limit: law.LimitID(limit), Stage: glossary.State(stage)},
		glossary.State(state))
	if ok && clock.By != glossary.Applicant {
		v.noteCase(id, "the red card of limit %s has no entry in the register of breaches", limit)
	}
	return nil
}

// holds reads what was missing once, and who confirmed it.
func (v *verifier) holds() error {
	registry.QueryHolds(v.t, &v.Holds)
	return v.t.Flush()
}

// LastVerification gives the newest verification, with the holds of today, and when it ended; the zero instant where
// there was none.
func (s *Store) LastVerification(ctx context.Context) (Verification, time.Time, error) {
	var v Verification
	var row struct {
		EndedAt        time.Time
		Cases, Entries int
		Findings       string
	}
	if err := s.db.Read(ctx).Table("verifications").Select("ended_at, cases, entries, findings").Order("id " +
		"DESC").Limit(1).Scan(&row).Error; err != nil {
		return v, time.Time{}, err
	}
	if err := s.db.View(ctx, func(t *db.Tx) error {
		registry.QueryHolds(t, &v.Holds)
		return t.Commit()
	}); err != nil {
		return v, time.Time{}, fmt.Errorf("read the restore holds: %w", err)
	}
	if row.EndedAt.IsZero() {
		return v, row.EndedAt, nil
	}
	v.Cases, v.Entries = row.Cases, row.Entries
	if err := json.Unmarshal([]byte(row.Findings), &v.Findings); err != nil {
		return v, row.EndedAt, fmt.Errorf("the last verification: %w", err)
	}
	if len(v.Findings) > 0 {
		v.Broken = &v.Findings[0]
	}
	return v, row.EndedAt, nil
}

// Whole gives the findings that concern no case.
func (v Verification) Whole() []Broken {
	return slices.DeleteFunc(slices.Clone(v.Findings), func(b Broken) bool { return b.Case != 0 })
}

// ClaimVerification takes the verification for the caller; false where another process took it within the last hour.
func (s *Store) ClaimVerification(ctx context.Context) (bool, error) {
	now := s.db.Now()
	done := s.db.Write(ctx).Exec("INSERT INTO settings (name, value) VALUES ('verification.claimed', ?) "+
		"ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings.value < ? OR settings.value > excluded.value",
		now.Format(time.RFC3339), now.Add(-time.Hour).Format(time.RFC3339))
	if done.Error != nil {
		return false, fmt.Errorf("claim the verification: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}
