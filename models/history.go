package models

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/law"
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
	From, To    glossary.State
	Reason      string
	Data        json.RawMessage
	Rung        workflow.RungName
	Rule        law.Rule
	Alg         string
	KeyVersion  int
	Previous    string
	Hash        string
}

func (r historyRow) toLine() Line {
	l := Line{ID: r.ID, Step: r.Step, At: r.At, Officer: workflow.OfficerID(r.OfficerID), OfficerName: r.OfficerName,
		Office: workflow.OfficeID(r.OfficeID), OfficeName: r.OfficeName, Verb: r.Verb, From: glossary.State(r.FromState),
		To: glossary.State(r.ToState), Reason: r.Reason, Rung: workflow.RungName(r.Rung), Rule: law.Rule(r.Rule), Alg: r.Alg,
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
