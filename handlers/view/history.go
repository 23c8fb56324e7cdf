package view

import (
	"encoding/json"
	"fmt"

	"anju/models/history"
	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/lines"
)

// Line is a line of the history.
type Line struct {
	ID         string            `json:"id"`
	Step       int               `json:"step"`
	At         Instant           `json:"at"`
	By         string            `json:"by"`
	Officer    string            `json:"officer_id,omitempty"`
	Office     string            `json:"office,omitempty"`
	Verb       string            `json:"verb"`
	Title      string            `json:"title"`
	From       glossary.State    `json:"from"`
	To         glossary.State    `json:"to"`
	Reason     string            `json:"reason,omitempty"`
	Data       any               `json:"data,omitempty"`
	Rung       workflow.RungName `json:"rung,omitempty"`
	Rule       law.Rule          `json:"rule,omitempty"`
	Algorithm  string            `json:"algorithm"`
	KeyVersion int               `json:"key_version"`
	Previous   string            `json:"previous"`
	Hash       string            `json:"hash"`

	fromTitle, toTitle string
}

// FromTitle names the stage that the case left.
func (l Line) FromTitle() string { return l.fromTitle }

// ToTitle names the stage to which the case came.
func (l Line) ToTitle() string { return l.toTitle }

// Moved tells whether the case went to another stage.
func (l Line) Moved() bool { return l.From != l.To }

// Scan is the data of the line that a scan was handed in.
type Scan struct {
	Code string  `json:"code"`
	Kind string  `json:"kind,omitempty"` // of several that serve
	Name string  `json:"name"`
	Hash string  `json:"hash"`
	Size int64   `json:"size"`
	Type string  `json:"type"`
	At   Instant `json:"at"`
	By   string  `json:"by"`
}

// NewLine shows a line of the history in the words of its chain.
func NewLine(ch workflow.Chain, l history.Line) Line {
	j := Line{ID: fmt.Sprint(l.ID), Step: l.Step, At: NewInstant(l.At), By: l.OfficerName, Office: l.OfficeName,
		Verb: l.Verb, Title: lines.Title(ch, l.From, l.Verb, l.Rung),
		From: l.From, To: l.To, Reason: l.Reason, Rung: l.Rung, Rule: l.Rule, Algorithm: l.Alg, KeyVersion: l.KeyVersion,
		Previous: l.Previous, Hash: l.Hash, fromTitle: lines.State(ch, l.From), toTitle: lines.State(ch, l.To)}
	if l.Officer != 0 {
		j.Officer = fmt.Sprint(l.Officer)
	}
	if j.By == "" {
		j.By = workflow.BySystem.Name
	}
	var m workflow.Material
	if l.Verb == "material" && json.Unmarshal(l.Data, &m) == nil {
		j.Data = Scan{m.Code, m.Kind, m.Name, m.Hash, m.Size, m.Type, NewInstant(m.At), fmt.Sprint(m.By)}
	} else if len(l.Data) > 0 && json.Valid(l.Data) {
		j.Data = json.RawMessage(l.Data)
	}
	return j
}
