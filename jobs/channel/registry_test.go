package channel

import (
	"slices"
	"testing"

	"anju/workflow/glossary"
)

func TestRegistry(t *testing.T) {
	var seen []Kind
	for _, d := range registry {
		if d.kind == "" || slices.Contains(seen, d.kind) || d.schemes[0] == "" || d.open == nil {
			t.Errorf("channel %q is half registered, or twice", d.kind)
		}
		seen = append(seen, d.kind)
		if _, err := Open(Config{Kind: d.kind, URL: "ftp://x"}, nil); err == nil {
			t.Errorf("channel %s takes an address of another protocol", d.kind)
		}
	}
}

// What an administrator may choose is what can be sent, and the other way about.
func TestRegistry_is_the_glossary(t *testing.T) {
	var have, offered []string
	for _, d := range registry {
		have = append(have, string(d.kind))
	}
	for _, k := range glossary.ChannelKinds {
		offered = append(offered, k.ID)
		if k.Title == "" || k.Offer == "" {
			t.Errorf("channel %s has no words", k.ID)
		}
	}
	if !slices.Equal(have, offered) {
		t.Errorf("drivers %v, kinds in the glossary %v", have, offered)
	}
}
