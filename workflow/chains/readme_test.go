package chains

import (
	"os"
	"strings"
	"testing"

	"anju/workflow/table"
)

// README's drawing is the homestead chain as the program draws it; -update puts that there.
func TestReadmeShowsTheChainAsTheProgramDrawsIt(t *testing.T) {
	const path, fence = "../../README.md", "```"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(b), fence+"mermaid\n")
	drawn, after, closed := strings.Cut(rest, fence)
	if !found || !closed {
		t.Fatal("README.md has no drawing")
	}
	want := table.Mermaid(Homestead())
	switch text := before + fence + "mermaid\n" + strings.TrimRight(want, "\n") + "\n" + fence + after; {
	case strings.TrimSpace(drawn) == strings.TrimSpace(want):
	case !*update:
		t.Error("README.md shows another homestead chain: -update draws it anew")
	default:
		err = os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // a file of the repository
	}
	if err != nil {
		t.Fatal(err)
	}
}
