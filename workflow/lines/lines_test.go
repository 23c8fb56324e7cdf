package lines_test

import (
	"testing"

	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/glossary"
	"anju/workflow/law/lawtest"
	"anju/workflow/lines"
)

// A licence is denied, a registration is not entered: state and outcome say which, in every chain.
func TestARegistrationIsNotDenied(t *testing.T) { // A19
	lawtest.Claim(t, "A19")
	for _, ch := range chains.Published().All() {
		if _, ok := ch.Stage(glossary.DeniedEnd); !ok {
			continue
		}
		want := "不予登记"
		if ch.Licence {
			want = "不予许可"
		}
		state, ended := lines.State(ch, glossary.DeniedEnd), lines.Ended(ch, workflow.Denied)
		if state != want || ended != want {
			t.Errorf("%s: %s, %s, want %s", ch.ID, state, ended, want)
		}
	}
	ch := chains.Homestead()
	if got := lines.State(ch, glossary.Archived) + lines.Ended(ch, workflow.Granted) + lines.Ended(ch, ""); got != "已归档已办结（准予）" {
		t.Error(got)
	}
}
