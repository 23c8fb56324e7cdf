package chains

import (
	"os"
	"strings"
	"testing"

	"anju/workflow/table"
)

func TestReadmeShowsTheChainAsTheProgramDrawsIt(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), table.Mermaid(Homestead())) {
		t.Error("README.md shows another homestead chain: put `anju chain draw homestead --format mermaid` there")
	}
}
