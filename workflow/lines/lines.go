// Package lines puts a case into words: what its history says of each line, and the main line of its chain.
package lines

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// lineTitles name the lines of the history that are neither a verb, a record nor a rung.
var lineTitles = map[string]string{
	"open": "录入申请", "material": "提交材料", "print": "打印存档", "explain": "超期说明", "rule_upheld": "裁定：红牌成立",
	"rule_excused": "裁定：撤牌", "recount": "按新日历重算期限", "household_change": "户籍变动",
}

// State names a state as the chain calls it: what a licence denies, a registration does not enter (A19).
func State(ch workflow.Chain, s glossary.State) string {
	st, _ := ch.Stage(s)
	return cmp.Or(st.Name, s.Title())
}

// ends name the ends of a case; a denial has the name of its stage.
var ends = map[workflow.Ending]string{workflow.Granted: "已办结（准予）", workflow.NotAccepted: "不予受理",
	workflow.Withdrawn: "申请人撤回", workflow.Terminated: "已终止", workflow.Settled: "已结案"}

// Ended says how a case of the chain ended.
func Ended(ch workflow.Chain, e workflow.Ending) string {
	for _, st := range ch.Stages {
		if st.Ends == e && e == workflow.Denied {
			return State(ch, st.State)
		}
	}
	return ends[e]
}

// Title names a line of the history as people read it: the action's title in the stage where it was taken, or in
// the first stage that has it, the record, the rung, or what stands beside the chain.
func Title(ch workflow.Chain, from glossary.State, verb string, rung workflow.RungName) string {
	st, _ := ch.Stage(from)
	for _, st := range append([]workflow.Stage{st}, ch.Stages...) {
		if a, ok := st.Action(glossary.Verb(verb)); ok {
			return a.Title
		}
	}
	if t := glossary.RecordKind(verb).Title(); t != verb {
		return t
	}
	if t, ok := lineTitles[verb]; ok {
		return t
	}
	return cmp.Or(rung.Title(), verb)
}

// Addressed are the records by which one office writes to another.
var Addressed = []glossary.RecordKind{glossary.CopyKind, glossary.UrgeKind, glossary.SuperviseKind,
	glossary.ReassignKind}

// Words returns what the writer of a line of the history typed for those who are told of it: of an addressed record its
// text, of anything else the reason. It is empty where the line has none.
func Words(verb, reason string, data json.RawMessage) string {
	var typed struct {
		Text      string       `json:"text"`
		Reason    string       `json:"reason"`
		ResolveOn calendar.Day `json:"resolve_on"`
	}
	if !slices.Contains(Addressed, glossary.RecordKind(verb)) || json.Unmarshal(data, &typed) != nil {
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

// Main is the stages that a case passes where nothing goes wrong: along the first verb ahead of each.
func Main(ch workflow.Chain) []glossary.State {
	var line []glossary.State
	for at := ch.Stages[0].State; !slices.Contains(line, at); {
		line = append(line, at)
		st, _ := ch.Stage(at)
		i := slices.IndexFunc(st.Actions, func(a workflow.Action) bool { return a.MainLine })
		if i < 0 {
			break
		}
		at = st.Actions[i].To.States[0]
	}
	return line
}
