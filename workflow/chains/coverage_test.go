package chains

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	. "anju/workflow"
	"anju/workflow/law"
	"anju/workflow/law/lawtest/claims"
)

// beyond says of rules that no test claims why they have no behaviour of their own.
var beyond = map[law.Rule]string{
	"R1":   "names the documents that the rules stand on: the version of each chain and its first day in force carry it",
	"R2":   "states the purpose",
	"R3":   "the day in force of every chain (law.CountyDay)",
	"R5":   "says that the duties of offices are an extract",
	"R11":  "lifelong liability is a matter between contractor and house; who worked on it stays in the file",
	"R13":  "training, guidance and supervision of a bureau, outside the system",
	"R14":  "lets the county set up service organisations: entries of the register of contractors",
	"R15":  "lets the county buy services: how it buys is R17 to R20",
	"R16":  "names the services that are bought: how they are bought is R17 to R20",
	"R47":  "asks the village to keep copies of its own, outside the system; it sees its cases, and keeps no file here",
	"R106": "village plans are made outside the system; a review names the plan that it stands on (F25)",
	"R107": "names the duties of the township that R48 to R77 state one by one",
	"R117": "training and guidance outside the system; who was trained stands in the register of contractors",
	"R118": "says again what R55, R57, R58 and R59 ask of the bureau",
	"R119": "says again what R55 asks of the bureau; supervision is the ladder of every limit",
	"R120": "registration is R93; the quality of building materials is watched outside the system",
	"R122": "says which bureau decides inside the planning area and guides elsewhere: R60 and R89",
}

// gaps are rules that stand in the chains, or should, and that no test claims. The list may only become shorter. R58 asks for a
// record of the bureau itself; the planning office reviews the spatial plan in the joint review (A9).
var gaps = []law.Rule{"R4", "R6", "R58", "R94", "R111", "R123", "A11"}

// TestEveryRuleIsClaimed generates docs/coverage.md: which rows of the chains stand on a rule, and which tests claim it,
// or why it has no behaviour of its own. It fails on a rule with neither that is no known gap, on a gap that is closed,
// and on a reason that a claim or a row contradicts.
func TestEveryRuleIsClaimed(t *testing.T) {
	declared, err := claims.Below("../..")
	if err != nil {
		t.Fatal(err)
	}
	tests, rows := map[law.Rule][]string{}, whereRulesStand()
	for _, c := range declared {
		for _, r := range c.Rules {
			tests[r] = append(tests[r], path.Base(c.Dir)+"."+c.Name)
		}
	}
	var open []law.Rule
	for _, r := range ruleList() {
		_, reasoned := beyond[r]
		switch {
		case reasoned && len(tests[r]) > 0:
			t.Errorf("%s is claimed by %s: take its reason out", r, tests[r][0])
		case len(tests[r]) == 0 && !reasoned:
			open = append(open, r)
		}
	}
	for _, r := range open {
		if !slices.Contains(gaps, r) {
			t.Errorf("%s is claimed by no test, and nothing says why: a new gap", r)
		}
	}
	for _, r := range gaps {
		if !slices.Contains(open, r) {
			t.Errorf("%s is a gap no more: take it out of the list", r)
		}
	}
	const file = "../../docs/coverage.md"
	page := coveragePage(tests, rows, open)
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != page {
		t.Errorf("%s is not what the claims say (%v): run this test with -update", file, err)
	}
}

// ruleList is every rule, reading and limit, in their order.
func ruleList() (list []law.Rule) {
	for n := 1; n <= 126; n++ {
		list = append(list, law.Rule(fmt.Sprintf("R%d", n)))
	}
	for n := 1; n <= 38; n++ {
		list = append(list, law.Rule(fmt.Sprintf("A%d", n)))
	}
	for _, l := range law.Terms() {
		if strings.HasPrefix(string(l.ID), "L") {
			list = append(list, law.Rule(l.ID))
		}
	}
	return list
}

// whereRulesStand lists the rows of the chains that name a rule, its reading or its limit.
func whereRulesStand() map[law.Rule]map[string]bool {
	rows := map[law.Rule]map[string]bool{}
	add := func(where string, rules ...law.Rule) {
		for _, r := range rules {
			if rows[r] == nil {
				rows[r] = map[string]bool{}
			}
			rows[r][where] = true
		}
	}
	for _, ch := range Published() {
		for _, p := range ch.Papers {
			add(string(ch.ID)+" "+p.Code, p.Rule)
		}
		for _, st := range ch.Stages {
			for _, l := range st.Limits() {
				add(fmt.Sprintf("%s %s", ch.ID, l.ID), l.Rule, law.Rule(l.ID), readingOf(l.Under))
			}
			for _, a := range st.Actions {
				where := fmt.Sprintf("%s %s/%s", ch.ID, st.State, a.Do)
				add(where, a.Rule, readingOf(a.Under))
				add(where, rulesOfAll(a.Needs)...)
			}
			for _, r := range ch.Records(st) {
				where := fmt.Sprintf("%s %s/%s", ch.ID, st.State, r.Kind)
				add(where, r.Rule, readingOf(r.Under))
				add(where, rulesOfAll(r.When)...)
				for _, c := range r.Starts {
					add(where, c.Limit.Rule, law.Rule(c.Limit.ID))
				}
			}
		}
	}
	return rows
}

func rulesOfAll(cs Conditions) (rules []law.Rule) {
	for _, c := range cs {
		rules = append(rules, c.Rule)
	}
	return rules
}

// readingOf is the reading that a row stands on; "" where it stands on a law.
func readingOf(a law.Article) law.Rule {
	if a.Law == law.Reading {
		return law.Rule(a.No)
	}
	return ""
}

func coveragePage(tests map[law.Rule][]string, rows map[law.Rule]map[string]bool, open []law.Rule) string {
	var b strings.Builder
	b.WriteString("# Rules and their tests\n\nGenerated by `go test ./workflow/chains -run TestEveryRuleIsClaimed " +
		"-update`; not to be edited. For each rule of the county's\nregulation, each reading and each limit: where it " +
		"stands in the chains, and the tests that claim it (`lawtest.Claim`),\nor why it has no behaviour of its own. " +
		"`docs/mutants.md` says what the claims are worth.\n\n## Gaps\n\n")
	fmt.Fprintf(&b, "%d rules stand in the chains, or should, and are claimed by no test.\n\n| Rule | In the chains |\n|---|---|\n",
		len(open))
	stands := func(r law.Rule) string { return few(slices.Sorted(maps.Keys(rows[r])), 4) }
	for _, r := range open {
		fmt.Fprintf(&b, "| %s | %s |\n", r, stands(r))
	}
	b.WriteString("\n## All rules\n\n| Rule | In the chains | Tests |\n|---|---|---|\n")
	for _, r := range ruleList() {
		cell := few(tests[r], 4)
		if reason, ok := beyond[r]; ok {
			cell = "none: " + reason
		} else if len(tests[r]) == 0 {
			cell = "**gap**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r, stands(r), cell)
	}
	return b.String()
}

// few joins a list, the rest of a long one as a number.
func few(list []string, most int) string {
	if len(list) > most {
		list = append(list[:most:most], fmt.Sprintf("and %d more", len(list)-most))
	}
	return strings.Join(list, "<br>")
}
