package tour

import (
	"io"
	"testing"

	"anju/workflow"
)

// Three households: all chains one after the other on one file; a start without registration, refused until the
// violation is closed (R125) and registered late; a business that had to change its premises.
func TestDemoTellsThreeHouseholds(t *testing.T) {
	if testing.Short() {
		t.Skip("it is told in the whole run")
	}
	r, err := Run(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		chain   workflow.ChainID
		outcome workflow.Ending
		story   int
	}{{"homestead", workflow.Granted, 0}, {"construction_start.low_rise", workflow.Granted, 0},
		{"completion_acceptance.low_rise", workflow.Granted, 0},
		{"business_use", workflow.Granted, 0}, {"planning_permit", workflow.Granted, 1}, {"violation", workflow.Settled, 1},
		{"construction_start.low_rise", workflow.Granted, 1}, {"business_use", workflow.Settled, 2}}
	if len(r.Cases) != len(want) {
		t.Fatalf("%d cases", len(r.Cases))
	}
	households := map[int]string{}
	refused := map[string]bool{}
	for i, w := range want {
		c := r.Cases[i]
		if c.Chain != w.chain || c.Outcome != w.outcome {
			t.Errorf("case %d is %s and ends %s, want %s and %s", i, c.Chain, c.Outcome, w.chain, w.outcome)
		}
		if h := households[w.story]; h != "" && h != c.Household {
			t.Errorf("case %d is of %s, and its household is %s", i, c.Household, h)
		}
		households[w.story] = c.Household
		for j, e := range c.Timeline {
			if j > 0 && e.At.Before(c.Timeline[j-1].At) {
				t.Errorf("%s: line %d goes back in time", c.Chain, j)
			}
			if e.Refused != "" {
				refused[e.Refused] = true
			}
		}
	}
	if !refused["R35"] || !refused["R125"] || len(households) != 3 || !r.History.Verified {
		t.Errorf("refused %v, households %v, history %+v", refused, households, r.History)
	}
}
