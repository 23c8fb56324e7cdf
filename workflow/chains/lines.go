package chains

import (
	"encoding/json"
	"fmt"
	"slices"

	"anju/workflow/calendar"
	. "anju/workflow/glossary"
)

// Addressed are the records by which one office writes to another.
var Addressed = []RecordKind{CopyKind, UrgeKind, SuperviseKind, ReassignKind}

// Words returns what the writer of a line of the history typed for those who are told of it: of an addressed record its
// text, of anything else the reason. It is empty where the line has none.
func Words(verb, reason string, data json.RawMessage) string {
	var typed struct {
		Text      string       `json:"text"`
		Reason    string       `json:"reason"`
		ResolveOn calendar.Day `json:"resolve_on"`
	}
	if !slices.Contains(Addressed, RecordKind(verb)) || json.Unmarshal(data, &typed) != nil {
		return reason
	}
	switch {
	case typed.Text == "":
		return typed.Reason
	case typed.ResolveOn != 0:
		return fmt.Sprintf("%s（要求 %s 前办结）", typed.Text, typed.ResolveOn)
	}
	return typed.Text
}
