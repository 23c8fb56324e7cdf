package rows

import (
	"slices"
	"strings"
	"testing"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// Spoiling a chain leaves the chain as it was, and every mutant has a name of its own.
func TestSpoiltIsACopy(t *testing.T) {
	seen := map[string]bool{}
	for _, ch := range chains.Published() {
		before := chains.Fingerprint(ch)
		list := Of(ch)
		for _, m := range list {
			if seen[m.ID] {
				t.Errorf("two mutants are called %s", m.ID)
			}
			seen[m.ID] = true
		}
		for i := 0; i < len(list); i += 7 {
			if chains.Fingerprint(Spoilt(ch, list[i].ID)) == before && !hidden(list[i].ID) {
				t.Errorf("%s changes nothing", list[i].ID)
			}
		}
		if chains.Fingerprint(ch) != before {
			t.Fatalf("spoiling changed %s itself", ch.ID)
		}
	}
}

// hidden tells of a mutant that only turns what a function says.
func hidden(id string) bool {
	return strings.HasSuffix(id, "Pick=turned") || strings.HasSuffix(id, "When=turned") ||
		strings.HasSuffix(id, "Owed=turned") || strings.HasSuffix(id, "Serves=turned") || strings.HasSuffix(id, "InName=swapped")
}

// Every kind of cell is spoilt in its own way.
func TestWhatIsSpoilt(t *testing.T) {
	row := workflow.Action{Do: "go", To: workflow.To("b"), By: glossary.ServiceCenter, Signed: true, Rule: "R1",
		Needs: workflow.Conditions{{Name: "ready", Rule: "R2"}, {Name: "paid", Rule: "R3"}},
		Tells: workflow.Parties(glossary.Applicant)}
	within := workflow.Limit{}
	within.ID, within.Rule, within.Statutory = "L01", "R4", true
	within.Limit = calendar.Limit{N: 5, Unit: calendar.WorkingDay}
	ch := workflow.Chain{ID: "c", Version: 2, Stages: []workflow.Stage{
		{State: "a", By: glossary.Applicant, Within: within, Actions: []workflow.Action{row}}}}
	rules := map[string]string{}
	for _, m := range Of(ch) {
		var names []string
		for _, r := range m.Rules {
			names = append(names, string(r))
		}
		rules[strings.TrimPrefix(m.ID, "c@2/Stages/a/")] = strings.Join(names, " ")
	}
	for id, want := range map[string]string{"Actions/go/Needs/ready=dropped": "R1 R2", "Actions/go/Needs/paid=dropped": "R1 R3",
		"Actions/go/By=swapped": "R1", "Actions/go/Signed=turned": "R1", "Actions/go/Tells/applicant=dropped": "R1",
		"Within=one_more": "R4 L01", "Within=one_less": "R4 L01", "Within=another_unit": "R4 L01",
		"Within/Statutory=turned": "R4 L01", "By=swapped": "R4 L01 R1"} {
		if got, ok := rules[id]; !ok || got != want {
			t.Errorf("%s under %q (%v), want %q", id, got, ok, want)
		}
	}
	a, _ := Spoilt(ch, "c@2/Stages/a/Actions/go/Needs/ready=dropped").Stages[0].Action("go")
	if len(a.Needs) != 1 || a.Needs[0].Name != "paid" || len(ch.Stages[0].Actions[0].Needs) != 2 {
		t.Errorf("the condition dropped leaves %v of %v", a.Needs, ch.Stages[0].Actions[0].Needs)
	}
	if b := Spoilt(ch, "c@2/Stages/a/Within=one_more"); b.Stages[0].Within.N != 6 || ch.Stages[0].Within.N != 5 {
		t.Errorf("one more is %d of %d", b.Stages[0].Within.N, ch.Stages[0].Within.N)
	}
	if !slices.ContainsFunc(Of(ch), func(m Mutant) bool { return m.Twin != m.ID && m.Text != "" }) {
		t.Error("no row has a twin")
	}
}
