package printing

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"anju/models/history"
	"anju/models/papers"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

type fields = map[string]any

// printVerb is the history's word for a paper that was printed.
const printVerb = "print"

// A filling gathers the fields of a paper: the case as it stood when the paper was issued, and what stands
// around it. What is not known stays away: the layout leaves a place to write in.
type filling struct {
	to     fields
	c      workflow.Case
	d      workflow.Document
	f      papers.PaperFacts
	ch     workflow.Chain
	county workflow.County
	lines  []history.Line        // of the case, up to the instant of the paper
	kept   map[int64]papers.Kept // printed papers of the household, for the index of its file
}

// newFilling restricts the lines of a case to those that had been written when the paper was issued.
func newFilling(c workflow.Case, d workflow.Document, f papers.PaperFacts, ch workflow.Chain,
	county workflow.County) filling {
	lines := slices.DeleteFunc(slices.Clone(f.Lines), func(l history.Line) bool { return l.At.After(d.IssuedAt) })
	return filling{to: fields{}, c: c, d: d, f: f, ch: ch, county: county, lines: lines}
}

// fillers give the forms what only they show. A form that is not here takes all it shows from what every paper has.
var fillers = map[string]func(filling){
	"F01": application, "F02": commitment, "F03": approvalSheet, "F04": corrected, "F05": certificate, "F06": measured,
	"F07": basicSheet, "F08": registration, "F09": completed, "F10": contract, "F11": permitApplication,
	"F12": constructionPermit, "F13": completionFiling, "F14": receipt, "F15": acceptance, "F16": correction,
	"F17": refusal, "F18": special, "F20": denial, "F21": publicNotice, "F22": objection, "F23": meeting,
	"F24": neighbors, "F25": villageSheet, "F26": siteRecord, "F27": jointReview, "F28": filingReport,
	"F29": order, "F30": referral, "F31": business, "F33": archiveIndex, "F34": service, "F36": hearing,
	"F38": denial, "F40": denial, "F41": lapse, "F42": certificateEnded, "F43": hearingCall,
	"F39": failedCompletion, "F48": stopLifted, "F49": useStopped, "guidance_notice": guidance,
}

// said is what a line of the history was sent with.
func said(l history.Line) fields {
	var sent fields
	if len(l.Data) == 0 || json.Unmarshal(l.Data, &sent) != nil || sent == nil {
		return fields{}
	}
	return sent
}

// act finds the newest move of a verb out of one of the states, out of any where none is given.
func (p filling) act(verb glossary.Verb, from ...glossary.State) (history.Line, bool) {
	for _, l := range slices.Backward(p.lines) {
		if l.At.Before(p.c.File.Marks[glossary.Restarted]) {
			break // the way through the group began anew: what was said before is void
		}
		if l.Verb == string(verb) && (len(from) == 0 || slices.Contains(from, l.From)) {
			return l, true
		}
	}
	return history.Line{}, false
}

// writer is the officer who entered a record, "" where the history does not name one.
func (p filling) writer(r workflow.Record) string {
	for _, l := range p.lines {
		if l.Verb == string(r.Kind) && l.At.Equal(r.At) && l.Officer == r.Officer {
			return l.OfficerName
		}
	}
	return ""
}

// opinion is a signed opinion as the forms show it: what it says, who signed, and when.
func opinion(l history.Line) fields {
	return fields{"opinion": said(l)["opinion"], "head": l.OfficerName, "date": l.At}
}

// issued is the line of the act that issued the paper.
func (p filling) issued() (history.Line, bool) {
	for _, l := range slices.Backward(p.lines) {
		if l.At.Equal(p.d.IssuedAt) && l.Verb != printVerb {
			return l, true
		}
	}
	return history.Line{}, false
}

// put sets a field that has a value; an empty text, an instant or a day that is not there set none.
func (p filling) put(name string, v any) {
	switch v := v.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case time.Time:
		if v.IsZero() {
			return
		}
	case calendar.Day:
		if v == 0 {
			return
		}
	}
	p.to[name] = v
}

// part is a part of the fields to add to.
func (p filling) part(name string) fields {
	old, _ := p.to[name].(fields)
	sub := maps.Clone(old)
	if sub == nil {
		sub = fields{}
	}
	p.to[name] = sub
	return sub
}

// records are all records of a kind that count, oldest first.
func (p filling) records(k glossary.RecordKind) []workflow.Record {
	var all []workflow.Record
	for _, r := range p.c.File.Records {
		if r.Kind == k && !r.At.Before(p.c.File.Marks[glossary.Restarted]) {
			all = append(all, r)
		}
	}
	return all
}

// sent is a record as it was typed.
func sent(r workflow.Record) fields {
	var data fields
	if json.Unmarshal(r.Data, &data) != nil || data == nil {
		return fields{}
	}
	return data
}
