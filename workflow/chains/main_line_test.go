package chains

import (
	"testing"

	. "anju/workflow"
	. "anju/workflow/glossary"
	"anju/workflow/lines"
)

// What a household is shown as the way of its case begins where its case begins and ends where it is over, for every
// matter.
func TestMainLineLeadsFromTheFirstStageToAnEnd(t *testing.T) {
	for _, ch := range Published().All() {
		line := lines.Main(ch)
		if first := ch.Stages[0].State; len(line) < 3 || line[0] != first {
			t.Errorf("%s begins with %v, its first stage is %s", ch.ID, line, first)
			continue
		}
		seen := map[State]bool{}
		for i, s := range line {
			st, ok := ch.Stage(s)
			if !ok || seen[s] {
				t.Errorf("%s: %s is no stage of the chain, or passed twice", ch.ID, s)
			}
			if last := i == len(line)-1; last != (st.Ends != "") {
				t.Errorf("%s: %s is stage %d of %d and ends as %q", ch.ID, s, i+1, len(line), st.Ends)
			}
			seen[s] = true
		}
		if end, _ := ch.Stage(line[len(line)-1]); end.Ends != Granted && end.Ends != Settled {
			t.Errorf("%s: where nothing goes wrong it ends as %q", ch.ID, end.Ends)
		}
	}
}
