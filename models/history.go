package models

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"anju/workflow"
)

// noHead is what the first line of a case names as the hash before it.
var noHead = strings.Repeat("0", 64)

type historyRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID      int64
	Step        int
	At          time.Time
	OfficerID   int64
	OfficerName string
	OfficeID    int64
	OfficeName  string
	Verb        string
	FromState   string
	ToState     string
	Reason      string
	Data        string
	Rung        string
	Rule        string
	Alg         string
	KeyVersion  int
	Previous    string
	Hash        string
}

func (historyRow) TableName() string { return "history" }

// Line is one entry of a case's history.
type Line struct {
	ID          int64
	Step        int
	At          time.Time
	Officer     workflow.OfficerID // 0: the system
	OfficerName string             // as it was then
	Office      workflow.OfficeID
	OfficeName  string
	Verb        string
	From, To    workflow.State
	Reason      string
	Data        json.RawMessage
	Rung        workflow.RungName
	Rule        workflow.Rule
	Alg         string
	KeyVersion  int
	Previous    string
	Hash        string
}

func (r historyRow) toLine() Line {
	l := Line{ID: r.ID, Step: r.Step, At: r.At, Officer: workflow.OfficerID(r.OfficerID), OfficerName: r.OfficerName,
		Office: workflow.OfficeID(r.OfficeID), OfficeName: r.OfficeName, Verb: r.Verb, From: workflow.State(r.FromState),
		To: workflow.State(r.ToState), Reason: r.Reason, Rung: workflow.RungName(r.Rung), Rule: workflow.Rule(r.Rule), Alg: r.Alg,
		KeyVersion: r.KeyVersion, Previous: r.Previous, Hash: r.Hash}
	if r.Data != "" {
		l.Data = json.RawMessage(r.Data)
	}
	return l
}

// sealLine makes the next line of a case: numbered, linked to the one before it, hashed.
func (db *DB) sealLine(c workflow.Case, e workflow.Entry, officeName string) (historyRow, error) {
	r := historyRow{ID: rowID(c.ID, c.Step+1, 0), CaseID: int64(c.ID), Step: c.Step + 1, At: utc(e.At), OfficerID: int64(e.By.Officer),
		OfficerName: e.By.Name, OfficeID: int64(e.By.Office), OfficeName: officeName, Verb: e.Verb, FromState: string(e.From),
		ToState: string(e.To), Reason: e.Reason, Data: string(e.Data), Rung: string(e.Rung), Rule: string(e.Rule),
		Alg: algLine, KeyVersion: db.keys.newest, Previous: c.Head}
	if r.Previous == "" {
		r.Previous = noHead
	}
	var ok bool
	if r.Hash, ok = db.keys.line(r.KeyVersion, r.canonical()); !ok {
		return r, fmt.Errorf("no key %d", r.KeyVersion)
	}
	return r, nil
}

// canonical is what the hash covers: every column but the hash, as one JSON array in the order of the table.
func (r historyRow) canonical() string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	// strings and numbers always encode
	_ = enc.Encode([]any{r.ID, r.CaseID, r.Step, r.At.UTC().Format(time.RFC3339Nano), r.OfficerID, r.OfficerName, r.OfficeID, r.OfficeName, r.Verb,
		r.FromState, r.ToState, r.Reason, r.Data, r.Rung, r.Rule, r.Alg, r.KeyVersion, r.Previous})
	return b.String()
}

// History lists the lines of a case, the first one first; ErrNotFound outside the officer's area.
func (s *Store) History(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]Line, error) {
	if _, _, err := s.Read(ctx, id, by); err != nil {
		return nil, err
	}
	var rows []historyRow
	if err := s.db.read.WithContext(ctx).Where("case_id = ?", int64(id)).Order("step").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("history of case %d: %w", id, err)
	}
	lines := make([]Line, len(rows))
	for i, r := range rows {
		lines[i] = r.toLine()
	}
	return lines, nil
}

// Verification is what VerifyHistory found.
type Verification struct {
	Entries int
	Cases   int
	Broken  *Broken // nil: every line holds
}

// Broken names the first line that does not hold.
type Broken struct {
	ID   int64 // of the history row
	Case workflow.CaseID
	Step int
	Why  string
}

// VerifyHistory recomputes every hash and follows every chain to the head kept with its case. A line that was changed is
// named before a gap that the change may have left.
func (s *Store) VerifyHistory(ctx context.Context) (Verification, error) {
	var v Verification
	var changed, gap *Broken
	note := func(b **Broken, at historyRow, why string) {
		if *b == nil {
			*b = &Broken{ID: at.ID, Case: workflow.CaseID(at.CaseID), Step: at.Step, Why: why}
		}
	}
	missing := func(id workflow.CaseID, step int) historyRow {
		return historyRow{ID: rowID(id, step, 0), CaseID: int64(id), Step: step}
	}
	heads := map[int64]caseHead{}
	var last historyRow
	end := func() {
		if last.CaseID == 0 {
			return
		}
		h, ok := heads[last.CaseID]
		delete(heads, last.CaseID)
		switch {
		case !ok:
			note(&gap, last, "its case does not exist")
		case h.step > last.Step:
			note(&gap, missing(workflow.CaseID(last.CaseID), last.Step+1), "the line is missing")
		case h.step != last.Step || h.head != last.Hash:
			note(&gap, last, "the case does not end with this line")
		case h.state != last.ToState:
			note(&gap, last, "the case is in state "+h.state+", its history ends in "+last.ToState)
		}
	}
	err := s.db.in(ctx, s.db.readPool, s.db.dialect.look(), func(t *tx) error {
		t.query(func(scan func(...any) error) error {
			var id int64
			var h caseHead
			if err := scan(&id, &h.step, &h.head, &h.state); err != nil {
				return err
			}
			heads[id] = h
			v.Cases++
			return nil
		}, "SELECT id, step, head, state FROM cases")
		if err := t.flush(); err != nil {
			return err
		}
		t.query(func(scan func(...any) error) error {
			var r historyRow
			if err := scan(&r.ID, &r.CaseID, &r.Step, &r.At, &r.OfficerID, &r.OfficerName, &r.OfficeID, &r.OfficeName, &r.Verb, &r.FromState,
				&r.ToState, &r.Reason, &r.Data, &r.Rung, &r.Rule, &r.Alg, &r.KeyVersion, &r.Previous, &r.Hash); err != nil {
				return err
			}
			v.Entries++
			if r.CaseID != last.CaseID {
				end()
				last = historyRow{CaseID: r.CaseID, Hash: noHead}
			}
			hash, known := s.db.keys.line(r.KeyVersion, r.canonical())
			switch {
			case r.Alg != algLine || !known:
				note(&changed, r, fmt.Sprintf("hashed by %s with key %d, which is not known", r.Alg, r.KeyVersion))
			case hash != r.Hash:
				note(&changed, r, "the line was changed")
			case r.ID != rowID(workflow.CaseID(r.CaseID), r.Step, 0):
				note(&changed, r, "its number was changed")
			case r.Step != last.Step+1:
				note(&gap, missing(workflow.CaseID(r.CaseID), last.Step+1), "the line is missing")
			case r.Previous != last.Hash:
				note(&gap, r, "it does not follow from the line before it")
			}
			last = r
			return nil
		}, "SELECT id, case_id, step, at, officer_id, officer_name, office_id, office_name, verb, from_state, to_state, reason, data, rung, rule, "+
			"alg, key_version, previous, hash FROM history ORDER BY case_id, step")
		return t.commit()
	})
	if err != nil {
		return v, fmt.Errorf("verify the history: %w", err)
	}
	end()
	for id := range heads {
		note(&gap, missing(workflow.CaseID(id), 1), "the line is missing")
	}
	if v.Broken = changed; v.Broken == nil {
		v.Broken = gap
	}
	return v, nil
}

type caseHead struct {
	step  int
	head  string
	state string
}
