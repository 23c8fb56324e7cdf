package chains

import (
	"errors"
	"testing"

	. "anju/workflow"
)

// A version that was published is held to what it was: the program does not start where a row of it differs.
func TestPublishedVersionsAreHeldToTheirContent(t *testing.T) {
	first := Homestead()
	pinned := Pins{{ID: first.ID, Version: first.Version}: Fingerprint(first)}
	if err := CheckPins(Chains{first}, pinned); err != nil {
		t.Fatalf("the chain as it was published: %v", err)
	}
	for name, change := range map[string]func(*Chain){
		"a limit":     func(ch *Chain) { ch.Stages[1].Within.N++ },
		"a condition": func(ch *Chain) { ch.Stages[0].Actions[0].Needs = ch.Stages[0].Actions[0].Needs[1:] },
		"an effect":   func(ch *Chain) { ch.Stages[1].Actions[1].Effects = nil },
		"an issuer":   func(ch *Chain) { ch.Stages[6].Actions[0].Issues[0].By = "county_government" },
		"a paper":     func(ch *Chain) { ch.Papers = ch.Papers[1:] },
	} {
		ch := Homestead()
		change(&ch)
		if err := CheckPins(Chains{ch}, pinned); !errors.Is(err, ErrRewritten) {
			t.Errorf("%s changed in a published version: %v, want it refused", name, err)
		}
	}
	if err := CheckPins(Chains{}, pinned); !errors.Is(err, ErrRewritten) {
		t.Errorf("a published version left out: %v, want it refused", err)
	}
	if err := CheckPins(Published(), pins); err != nil {
		t.Errorf("the chains as they stand: %v", err)
	}
}
