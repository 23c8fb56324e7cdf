package table

import (
	"fmt"
	"strings"

	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// Table prints the chain as the table a lawyer signs: one row an action, in the chain's order.
func Table(ch workflow.Chain) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s（%s）第 %d 版，%s 起施行\n\n", ch.Title, ch.ID, ch.Version, ch.InForce)
	b.WriteString("| 环节 | 办理方 | 期限 | 动作 → 环节 | 条件 | 效果 | 出具 | 送达 | 告知 | 依据 | 逾期 |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, st := range ch.Stages {
		stage := fmt.Sprintf("%s %s", lines.State(ch, st.State), st.State)
		if st.Ends != "" {
			fmt.Fprintf(&b, "| %s | — | 终态 | — | — | — | — | — | — | — | — |\n", stage)
			continue
		}
		within := st.Untimed
		var limits []string
		for _, l := range st.Limits() {
			limits = append(limits, describe(l))
		}
		if len(limits) > 0 {
			within = strings.Join(limits, "<br>")
		}
		late := ladder(ch, st)
		for i, a := range st.Actions {
			if i > 0 {
				stage, within, late = "〃", "〃", nil
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s %s → %s | %s | %s | %s | %s | %s | %s %s | %s |\n", stage, a.Party(st).Title(),
				within, a.Title, a.Do, targets(a.To), needs(a), does(a.Marks, a.Effects), issues(a.Issues),
				served(a.Issues), join(a.Tells, glossary.Party.Title), a.Rule, a.Under, strings.Join(late, "<br>"))
		}
		for _, r := range st.Records {
			b.WriteString(recordLine("〃", r))
		}
	}
	for _, r := range ch.CommonRecords {
		b.WriteString(recordLine(map[bool]string{false: "各未结环节", true: "各环节，结案后亦可"}[r.Beyond], r))
	}
	b.WriteString("\n材料：")
	for i, p := range ch.Papers {
		if i > 0 {
			b.WriteString("；")
		}
		fmt.Fprintf(&b, "%s %s（%s）", p.Code, p.Name, p.Rule)
	}
	b.WriteString("\n")
	return b.String()
}

// ladder writes the rungs that a late stage climbs, the guiding bureau by its name.
func ladder(ch workflow.Chain, st workflow.Stage) []string {
	rungs := st.Late
	if st.Within.ID != "" {
		rungs = workflow.Clock{Limit: st.Within, By: st.By, Late: st.Late}.Climbed(workflow.Deadline{}.Kind(st.Within))
	}
	late := make([]string, 0, len(rungs))
	for _, r := range rungs {
		late = append(late, r.Name.Title()+titles(r.Tell, " → ", func(p glossary.Party) string {
			if p == glossary.GuidingBureau {
				p = ch.Guides
			}
			return p.Title()
		}))
	}
	return late
}

func targets(t workflow.Target) string {
	s := join(t.States, glossary.State.Title)
	if t.Choice != "" {
		s += "（" + t.Choice + "）"
	}
	return s
}

func needs(a workflow.Action) string {
	var parts []string
	if a.Signed {
		parts = append(parts, "负责人签署")
	}
	if a.Reason {
		parts = append(parts, "书面理由")
	}
	for _, c := range a.Needs {
		parts = append(parts, fmt.Sprintf("%s %s", c.Rule, c.Name))
	}
	if len(parts) == 0 {
		return "—"
	}
	return strings.Join(parts, "<br>")
}

// does writes what a row sets and does.
func does(marks []glossary.Mark, effects []workflow.Effect) string {
	var parts []string
	for _, m := range marks {
		parts = append(parts, "记"+m.Title())
	}
	for _, e := range effects {
		parts = append(parts, e.Says)
	}
	if len(parts) == 0 {
		return "—"
	}
	return strings.Join(parts, "<br>")
}

// issues writes the papers of a row with their issuer and validity.
func issues(list []workflow.IssueRow) string {
	if len(list) == 0 {
		return "—"
	}
	parts := make([]string, len(list))
	for i, is := range list {
		said := []string{is.By.Title()}
		for _, s := range []string{is.Valid.Says, is.If} {
			if s != "" {
				said = append(said, s)
			}
		}
		if is.Once {
			said = append(said, "已有的不再出具")
		}
		parts[i] = is.Doc.Title() + "（" + strings.Join(said, "，") + "）"
	}
	return strings.Join(parts, "、")
}

// served writes what begins with the service of each paper of a row.
func served(list []workflow.IssueRow) string {
	return join(list, func(is workflow.IssueRow) string {
		if len(list) == 1 {
			return is.Served.Says
		}
		return is.Doc.Title() + "：" + is.Served.Says
	})
}

func join[T any](list []T, title func(T) string) string {
	if len(list) == 0 {
		return "—"
	}
	return strings.Trim(titles(list, "、", title), "、")
}

func titles[T any](list []T, before string, title func(T) string) string {
	var b strings.Builder
	for _, v := range list {
		b.WriteString(before + title(v))
	}
	return b.String()
}

// Dot draws the chain in Graphviz's language: solid arrows on the main line, dashed ones beside it, dotted ones by the
// law.
func Dot(ch workflow.Chain) string {
	var b strings.Builder
	fmt.Fprintf(&b,
		"digraph %q {\n  rankdir=TB; node [shape=box, style=rounded, fontname=\"sans-serif\"]; edge "+
			"[fontname=\"sans-serif\", fontsize=10];\n", ch.ID)
	for _, st := range ch.Stages {
		label, shape := lines.State(ch, st.State), ""
		if st.By != "" {
			label += "\\n" + st.By.Title()
		}
		if st.Within.ID != "" {
			label += "\\n" + strings.SplitN(describe(st.Within), "，", 2)[0]
		}
		if st.Ends != "" {
			shape = ", peripheries=2"
		}
		fmt.Fprintf(&b, "  %s [label=\"%s\"%s];\n", st.State, label, shape)
	}
	arrows(ch, func(from glossary.State, a workflow.Action, to glossary.State) {
		style := map[bool]string{true: "solid", false: "dashed"}[a.MainLine]
		if a.By == glossary.System {
			style = "dotted"
		}
		fmt.Fprintf(&b, "  %s -> %s [label=\"%s\", style=%s];\n", from, to, a.Title, style)
	})
	b.WriteString("}\n")
	return b.String()
}

// Mermaid draws the chain for a page that renders Mermaid. Withdrawal and termination are left out: they lead from
// almost everywhere to the same end and would hide the way.
func Mermaid(ch workflow.Chain) string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for _, st := range ch.Stages {
		if aborts(st) {
			continue
		}
		label := lines.State(ch, st.State)
		if st.By != "" {
			label += "<br>" + st.By.Title()
		}
		if st.Within.ID != "" {
			label += "<br>" + strings.SplitN(describe(st.Within), "，", 2)[0]
		}
		open, shut := "[", "]"
		if st.Ends != "" {
			open, shut = "([", "])"
		}
		fmt.Fprintf(&b, "  %s%s\"%s\"%s\n", st.State, open, label, shut)
	}
	arrows(ch, func(from glossary.State, a workflow.Action, to glossary.State) {
		if st, _ := ch.Stage(to); aborts(st) {
			return
		}
		arrow := map[bool]string{true: "-->", false: "-.->"}[a.MainLine]
		fmt.Fprintf(&b, "  %s %s|%s| %s\n", from, arrow, a.Title, to)
	})
	return b.String()
}

func arrows(ch workflow.Chain, draw func(glossary.State, workflow.Action, glossary.State)) {
	for _, st := range ch.Stages {
		for _, a := range st.Actions {
			for _, to := range a.To.States {
				draw(st.State, a, to)
			}
		}
	}
}

func recordLine(stage string, r workflow.RecordRow) string {
	within := "〃"
	if clocks := r.Clocks(); len(clocks) > 0 {
		within = describe(clocks[0].Limit)
	}
	optional := map[bool]string{true: "可选", false: "必备"}[r.Optional]
	if r.Signed {
		optional = "负责人签署，" + optional
	}
	return fmt.Sprintf("| %s | %s | %s | 登记：%s %s | %s | %s | %s | %s | — | %s %s | |\n", stage,
		join(r.By, glossary.Party.Title), within, r.Kind.Title(), r.Kind, optional,
		does(r.Marks, r.Effects), issues(r.Issues), served(r.Issues), r.Rule, r.Under)
}

// aborts tells whether a case ends in the stage without a result.
func aborts(st workflow.Stage) bool {
	return st.Ends == workflow.Withdrawn || st.Ends == workflow.Terminated
}
