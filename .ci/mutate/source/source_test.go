package source

import (
	"go/importer"
	"strings"
	"testing"
)

// Every comparison, number and early return of a package becomes a choice, on the line where it stood.
func TestPackageIsSpoilt(t *testing.T) {
	w := Writer{Next: 1}
	texts, err := w.Package("testdata/law", []string{"law.go"}, importer.Default(),
		func(_, name string) bool { return name == "newLimit" })
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(string(texts["testdata/law/law.go"]), "\n")
	for line, want := range map[int]string{
		2:  `package law; import choice_ "anju/.ci/mutate/choice"`,
		4:  `const fixed = 3`,
		6:  `var limit = newLimit("L01", choice_.Num[int](1, 10), "R33")`,
		8:  `func newLimit(id string, n int, rule string) int { return n }`,
		11: `	if !choice_.On(3) && (!open) {`,
		15: `	case !choice_.On(4) && ((choice_.On(5) != (days == n))):`,
		18: `	return choice_.Or(6, choice_.And(7, (days > n || choice_.On(8) && (days) == (n)) , func() bool { return ( ` +
			`(n >= choice_.Num[int](10, 5) && !(choice_.On(9) && (n) == (5)))) }) , func() bool { return ( ` +
			`(choice_.On(12) != (days == 0))) })`,
	} {
		if got[line-1] != want {
			t.Errorf("line %d is %q, want %q", line, got[line-1], want)
		}
	}
	first := w.Mutants[0]
	if !first.Init || len(first.Rules) != 2 || first.Rules[1] != "R33" || first.ID() != "law.go limit: 10: one more" {
		t.Errorf("the first is %+v", first)
	}
	if last := w.Mutants[len(w.Mutants)-1]; last.Init || last.Number != 12 || last.In != "late" || last.First != 10 {
		t.Errorf("the last is %+v", last)
	}
}
