package seeds

import (
	"slices"
	"testing"

	"anju/workflow/trades"
)

func TestDemoContractors(t *testing.T) {
	first := map[trades.Work]string{}
	struck := 0
	for _, c := range DemoContractors() {
		if wrong := trades.CheckCreditCode(c.Code); wrong != "" && c.Kind != trades.ContractorPerson {
			t.Errorf("%s: %s", c.Name, wrong)
		}
		if trades.ContractorBases[c.Kind][c.Basis] == "" {
			t.Errorf("%s stands on %q", c.Name, c.Basis)
		}
		if c.Kind == trades.ContractorPerson && slices.Contains(c.Work, trades.Build) {
			t.Errorf("%s is a person and builds (A18)", c.Name)
		}
		for _, w := range c.Work {
			if first[w] == "" {
				first[w] = c.Code
			}
		}
		if c.Struck != "" {
			struck++
		}
	}
	want := map[trades.Work]string{trades.Design: "91140824MA0ANJU01J", trades.Build: "91140824MA0ANJU02M",
		trades.Supervise: "91140824MA0ANJU03Q",
		trades.Appraise:  "91140802MA0ANJU040"}
	for w, code := range want {
		if first[w] != code {
			t.Errorf("the first for %s is %s, want %s", w, first[w], code)
		}
	}
	if struck != 2 {
		t.Errorf("%d are struck, want 2", struck)
	}
}
