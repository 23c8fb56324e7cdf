package channel

import (
	"slices"
	"testing"
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
