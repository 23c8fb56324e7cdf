package table

import (
	"fmt"
	"slices"
	"strings"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Check proves a chain fit to run: it lists everything that is wrong with the table, and nothing when it is sound.
func Check(ch workflow.Chain) []error {
	var found []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			found = append(found, fmt.Errorf("%s v%d: "+format, append([]any{ch.ID, ch.Version}, args...)...))
		}
	}
	bad(ch.ID == "" || ch.Title == "" || ch.Version < 1 || ch.InForce == 0 || ch.Matter == "",
		"id, title, version, in-force day and matter are owed")
	bad(len(ch.Stages) == 0, "no stages")
	checkFields(ch, bad)
	if len(found) > 0 {
		return found
	}
	cited := func(where string, a law.Article) {
		_, ok := law.Lookup(a)
		bad(!ok, "%s: article %q of %s is not in the register", where, a.No, a.Law)
	}
	seen := map[glossary.State]bool{}
	for _, st := range ch.Stages {
		bad(seen[st.State], "stage %s stands twice", st.State)
		seen[st.State] = true
		bad(st.State.Title() == string(st.State), "stage %s has no Chinese name", st.State)
		if st.Ends != "" {
			bad(len(st.Actions) > 0 || st.By != "" || st.Within.ID != "", "terminal stage %s has actions, a party or a limit",
				st.State)
			continue
		}
		checkClock(ch, st, bad, cited)
		verbs := map[glossary.Verb]bool{}
		bad(len(st.Actions) == 0, "stage %s is open and has no action", st.State)
		for _, a := range st.Actions {
			bad(verbs[a.Do], "stage %s: verb %s stands twice", st.State, a.Do)
			verbs[a.Do] = true
			checkAction(ch, st, a, bad, cited)
		}
		for _, r := range ch.Records(st) {
			where := fmt.Sprintf("%s, record %s", st.State, r.Kind)
			cited(where, r.Under)
			bad(len(r.By) == 0 || r.Rule == "" || r.Data == nil, "%s lacks party, rule or form", where)
			bad(r.Kind.Title() == string(r.Kind), "%s has no Chinese name", where)
			checkEffects(where, r.Effects, r.Issues, bad)
			for _, c := range r.Clocks() {
				cited(where+", limit "+string(c.Limit.ID), c.Limit.Under)
				checkLimit(where, c.Limit, bad)
				bad(c.By == "" || c.Limit.Rule == "" || len(c.Late) == 0, "%s starts %s without party, rule or ladder", where,
					c.Limit.ID)
				bad(c.By != glossary.Applicant && !slices.ContainsFunc(c.Late,
					func(r workflow.Rung) bool { return r.Name == workflow.RungRed }),
					"%s starts %s, which nobody hears of when it is late", where, c.Limit.ID)
			}
		}
	}
	checkServing(ch, bad)
	checkGraph(ch, bad)
	return found
}

// checkFields wants every field of the chain filled that a page, a paper or a list reads; an empty list says that there
// is none.
func checkFields(ch workflow.Chain, bad func(bool, string, ...any)) {
	for name, missing := range map[string]bool{"form": ch.Form == nil, "guides": ch.Guides == "",
		"counter": ch.Counter == "", "oversight": ch.Oversight == "", "opens": len(ch.Opens) == 0,
		"role": ch.Role == "", "subject": ch.Subject == "", "blank forms": ch.BlankForms == nil, "basis": ch.Basis == nil,
		"brief": ch.Brief == nil, "papers": ch.Papers == nil, "petitions": len(ch.Petitions) == 0} {
		bad(missing, "the field %s is owed", name)
	}
}

func checkClock(ch workflow.Chain, st workflow.Stage, bad func(bool, string, ...any), cited func(string, law.Article)) {
	where := string(st.State)
	bad(st.By == "", "stage %s has no party", where)
	bad(st.Within.ID == "" && st.Untimed == "", "stage %s has neither a limit nor a reason to be untimed", where)
	bad(st.Within.ID != "" && st.Untimed != "", "stage %s has a limit and a reason to be untimed", where)
	for _, l := range st.Limits() {
		cited(where+", limit "+string(l.ID), l.Under)
		checkLimit(where, l, bad)
		bad(l.Rule == "", "stage %s: limit %s has no rule", where, l.ID)
		if l.OwedWith != "" {
			r, _ := ch.RecordRow(st, l.OwedWith)
			bad(!r.Each || !slices.Contains(r.Stops, l.ID), "stage %s: limit %s is owed with %s, which does not meet it for each",
				where, l.ID, l.OwedWith)
		}
		if l.From != "" {
			bad(!sets(ch, l.From), "stage %s: limit %s counts from %q, which nothing sets", where, l.ID, l.From)
		}
	}
	if st.Within.ID == "" {
		return
	}
	red, end, above := false, false, false
	for _, r := range st.Late {
		red = red || r.Name == workflow.RungRed
		end = end || r.Name == workflow.RungEnd
		for _, p := range r.Tell {
			above = above || p != st.By
		}
		if r.Do != "" {
			a, ok := st.Action(r.Do)
			bad(!ok || a.By != glossary.System, "stage %s: rung %s does %s, which is no system action of the stage", where,
				r.Name, r.Do)
			cited(where+", rung "+string(r.Name), r.Under)
		}
	}
	if st.Within.Bound == calendar.Max {
		bad(st.By != glossary.Applicant && (!red || !above), "stage %s: the maximum %s has no ladder that ends above %s",
			where, st.Within.ID, st.By)
	} else {
		bad(!end || red, "stage %s: the minimum %s needs its end and no ladder", where, st.Within.ID)
	}
}

func checkAction(ch workflow.Chain, st workflow.Stage, a workflow.Action, bad func(bool, string, ...any),
	cited func(string, law.Article)) {
	where := fmt.Sprintf("%s, %s", st.State, a.Do)
	cited(where, a.Under)
	bad(a.Title == "" || a.Rule == "", "%s lacks a title or a rule", where)
	bad(len(a.To.States) == 0, "%s leads nowhere", where)
	bad(len(a.To.States) > 1 && (a.To.Pick == nil || a.To.Choice == ""), "%s has several targets and no choice", where)
	bad((a.Do == glossary.Return || a.Do == glossary.Deny || a.Do == glossary.Refuse) && !a.Reason, "%s owes a reason",
		where)
	bad(a.MainLine && a.Reason, "%s is on the main line and asks for a reason", where)
	bad(a.By == glossary.System && !slices.ContainsFunc(st.Late, func(r workflow.Rung) bool { return r.Do == a.Do }),
		"%s acts by itself without a rung", where)
	for _, c := range a.Needs {
		bad(c.Rule == "" || c.Name == "" || c.Message == "", "%s: condition %q lacks name, rule or message", where, c.Name)
	}
	for _, to := range a.To.States {
		next, ok := ch.Stage(to)
		bad(!ok, "%s leads to %s, which the chain lacks", where, to)
		bad(to == st.State, "%s does not change the state: that is a record", where)
		bad(ok && next.Ends == "" && next.By != "" && !slices.Contains(a.Tells, next.By),
			"%s does not tell %s, who must act next", where, next.By)
		bad(ok && next.Ends != "" && len(a.Tells) == 0, "%s ends the case and tells nobody", where)
		if l := maximumTaken(st, next); ok && l != "" {
			bad(!slices.EqualFunc(st.Late, next.Late, func(a, b workflow.Rung) bool { return a.Name == b.Name }),
				"%s takes the limit %s along to %s, which has other rungs", where, l, to)
		}
	}
	checkEffects(where, a.Effects, a.Issues, bad)
}

// maximumTaken is a maximum that both stages list, "" without one. The case takes its deadline along and climbs the ladder of the
// stage in which it stands.
func maximumTaken(from, to workflow.Stage) law.LimitID {
	for _, l := range from.Limits() {
		if _, lists := workflow.FindLimit(to, l.ID); lists && l.Bound == calendar.Max {
			return l.ID
		}
	}
	return ""
}

// checkGraph wants every stage reached from the first, and an ending reached from every stage.
func checkGraph(ch workflow.Chain, bad func(bool, string, ...any)) {
	reach := func(from glossary.State) map[glossary.State]bool {
		got, todo := map[glossary.State]bool{}, []glossary.State{from}
		for len(todo) > 0 {
			s := todo[0]
			todo = todo[1:]
			if got[s] {
				continue
			}
			got[s] = true
			st, _ := ch.Stage(s)
			for _, a := range st.Actions {
				todo = append(todo, a.To.States...)
			}
		}
		return got
	}
	first := reach(ch.Stages[0].State)
	for _, st := range ch.Stages {
		bad(!first[st.State], "stage %s cannot be reached", st.State)
		ends := slices.ContainsFunc(ch.Stages, func(end workflow.Stage) bool {
			return end.Ends != "" && reach(st.State)[end.State]
		})
		bad(!ends, "stage %s cannot end", st.State)
	}
}

// sets tells whether some action or record of the chain sets the mark.
func sets(ch workflow.Chain, m glossary.Mark) bool {
	for _, st := range ch.Stages {
		for _, a := range st.Actions {
			if slices.Contains(a.Marks, m) {
				return true
			}
		}
		for _, r := range st.Records {
			if slices.Contains(r.Marks, m) {
				return true
			}
		}
	}
	return false
}

// describe writes a limit as people read it: 5日（自然日）, 不少于5个工作日.
func describe(l workflow.Limit) string {
	if l.ID == "" {
		return ""
	}
	if l.Until != "" {
		return fmt.Sprintf("通知书载明的日期（%s），%s", l.ID, l.Rule)
	}
	s := l.Short()
	if l.Unit == calendar.CalendarDay {
		s += "（自然日）"
	}
	if !l.Statutory {
		s += "（承诺）"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s，%s %s", l.ID, s, l.Rule, l.Under))
}

// checkEffects wants each effect explained, each paper with its issuer.
func checkEffects(where string, effects []workflow.Effect, issues []workflow.IssueRow, bad func(bool, string, ...any)) {
	for _, e := range effects {
		bad(e.Name == "" || e.Says == "" || e.Before == nil && e.Apply == nil,
			"%s: effect %q lacks a name, a sentence or what it does", where, e.Name)
	}
	for _, is := range issues {
		bad(is.Doc.Title() == "", "%s issues %s, which has no name", where, is.Doc)
		bad(is.By == "", "%s issues %s without an issuer", where, is.Doc)
		bad(is.Served.Says == "", "%s issues %s without saying whether it is served", where, is.Doc)
		bad(!is.Served.Owed && (len(is.Served.Terms)+len(is.Served.Starts)+len(is.Served.Stops) > 0 ||
			is.Served.Begins != nil), "%s: something begins with the service of %s, which is not served", where, is.Doc)
		bad((is.When == nil) != (is.If == ""), "%s issues %s on a condition that is not said", where, is.Doc)
		bad((is.Valid.To == nil) != (is.Valid.Says == ""), "%s issues %s for a time that is not said", where, is.Doc)
	}
}

// checkServing wants a paper served alike wherever the chain issues it: what its service begins is found by its kind.
func checkServing(ch workflow.Chain, bad func(bool, string, ...any)) {
	for _, st := range ch.Stages {
		var rows []workflow.IssueRow
		for _, a := range st.Actions {
			rows = append(rows, a.Issues...)
		}
		for _, r := range ch.Records(st) {
			rows = append(rows, r.Issues...)
		}
		for _, is := range rows {
			first, ok := ch.Serving(is.Doc)
			alike := first.Says == is.Served.Says && first.Owed == is.Served.Owed && slices.Equal(first.Terms, is.Served.Terms) &&
				slices.Equal(first.Stops, is.Served.Stops) && len(first.Starts) == len(is.Served.Starts)
			bad(ok && !alike, "stage %s serves %s otherwise than another of its rows", st.State, is.Doc)
		}
	}
}

// checkLimit wants a limit as the register has it.
func checkLimit(where string, l workflow.Limit, bad func(bool, string, ...any)) {
	t, err := law.Find(l.ID)
	bad(err != nil || t.Limit != l.Limit || t.Statutory != l.Statutory, "%s: limit %s is not that of the register", where,
		l.ID)
}
