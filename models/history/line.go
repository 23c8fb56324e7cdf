package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"anju/models/db"
	"anju/workflow"
)

// RowID numbers the i-th row of its kind written by a step of a case.
func RowID(id workflow.CaseID, step, i int) int64 {
	return int64(id)*1_000_000 + int64(step)*20 + int64(i)
}

// firstPrevious is what the first line of a case names as the hash before it.
var firstPrevious = strings.Repeat("0", 64)

// SealedLine is a line of a history as it is kept, with its hash.
type SealedLine struct {
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

// TableName implements gorm's Tabler.
func (SealedLine) TableName() string { return "history" }

var lineColumns = db.ColumnsOf[SealedLine]()

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

// ToLine is the line in the terms of package workflow.
func (r SealedLine) ToLine() Line {
	l := Line{ID: r.ID, Step: r.Step, At: r.At, Officer: workflow.OfficerID(r.OfficerID), OfficerName: r.OfficerName,
		Office: workflow.OfficeID(r.OfficeID), OfficeName: r.OfficeName, Verb: r.Verb, From: workflow.State(r.FromState),
		To: workflow.State(r.ToState), Reason: r.Reason, Rung: workflow.RungName(r.Rung), Rule: workflow.Rule(r.Rule),
		Alg:        r.Alg,
		KeyVersion: r.KeyVersion, Previous: r.Previous, Hash: r.Hash}
	if r.Data != "" {
		l.Data = json.RawMessage(r.Data)
	}
	return l
}

// SealLine makes the next line of a case: numbered, linked to the one before it, hashed.
func SealLine(keys *db.Keyring, c workflow.Case, e workflow.Entry, officeName string) (SealedLine, error) {
	r := SealedLine{ID: RowID(c.ID, c.Step+1, 0), CaseID: int64(c.ID), Step: c.Step + 1, At: db.UTC(e.At),
		OfficerID:   int64(e.By.Officer),
		OfficerName: e.By.Name, OfficeID: int64(e.By.Office), OfficeName: officeName, Verb: e.Verb, FromState: string(e.From),
		ToState: string(e.To), Reason: e.Reason, Data: string(e.Data), Rung: string(e.Rung), Rule: string(e.Rule),
		Alg: db.LineAlg, KeyVersion: keys.Newest(), Previous: c.Head}
	if r.Previous == "" {
		r.Previous = firstPrevious
	}
	var ok bool
	if r.Hash, ok = keys.HashLine(r.KeyVersion, r.canonical()); !ok {
		return r, fmt.Errorf("no key %d", r.KeyVersion)
	}
	return r, nil
}

// canonical is what the hash covers: every column but the hash, as one JSON array in the order of the table.
func (r SealedLine) canonical() string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	// strings and numbers always encode
	_ = enc.Encode([]any{r.ID, r.CaseID, r.Step, r.At.UTC().Format(time.RFC3339Nano), r.OfficerID, r.OfficerName,
		r.OfficeID, r.OfficeName, r.Verb,
		r.FromState, r.ToState, r.Reason, r.Data, r.Rung, r.Rule, r.Alg, r.KeyVersion, r.Previous})
	return b.String()
}
