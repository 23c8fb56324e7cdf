package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// Area is what a list is narrowed to.
type Area struct{ Township, Chain, Stage string }

// Check refuses what is not there, since a mistyped code must not look like a county without delay. Where the database
// is needed for it, b is given.
func (n *Area) Check(chains workflow.Chains) error {
	of := chains
	if n.Chain != "" {
		ch, err := chains.Newest(workflow.ChainID(n.Chain))
		if err != nil {
			return failure.Usagef("--chain %q is none of %s", n.Chain, strings.Join(chainNames(), ", "))
		}
		of = slices.DeleteFunc(slices.Clone(chains), func(c workflow.Chain) bool { return c.ID != ch.ID })
	}
	if n.Stage == "" {
		return nil
	}
	var there []string
	for _, ch := range of {
		for _, st := range ch.Stages {
			if st.State == glossary.State(n.Stage) {
				return nil
			}
			if name := string(st.State); st.Within.ID != "" && !slices.Contains(there, name) {
				there = append(there, name)
			}
		}
	}
	return failure.Usagef("--stage %q is none of %s", n.Stage, strings.Join(there, ", "))
}

// describe says in words what a list was narrowed to.
func (n *Area) describe(from, to calendar.Day, p places, chains workflow.Chains) string {
	all := func(s string) string { return cmp.Or(s, "全部") }
	first := "不限起始日期"
	if from != 0 {
		first = from.String() + " 起"
	}
	place := ""
	if n.Township != "" {
		place = p.name(n.Township) + " " + n.Township
	}
	return fmt.Sprintf("%s，%s 前（不含当日）；乡镇：%s；事项：%s；环节：%s", first, to, all(place),
		all(chainTitle(chains, workflow.ChainID(n.Chain))),
		all(glossary.State(n.Stage).Title()))
}

func chainTitle(chains workflow.Chains, id workflow.ChainID) string {
	if ch, err := chains.Newest(id); err == nil {
		return ch.Title
	}
	return string(id)
}

func chainNames() []string {
	var names []string
	for _, ch := range backend.Chains().All() {
		names = append(names, string(ch.ID))
	}
	return names
}
