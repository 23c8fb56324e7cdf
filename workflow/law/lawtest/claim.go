// Package lawtest lets a test declare the rules that it proves. What no test claims is not covered: docs/coverage.md
// lists claims only, and the mutants of a rule are run against the tests that claim it.
package lawtest

import (
	"regexp"
	"testing"

	"anju/workflow/law"
)

// known are the rules R1…R126 and the readings A1…A38 of the rule list.
var known = regexp.MustCompile(`^(R([1-9]|[1-9][0-9]|1[01][0-9]|12[0-6])|A([1-9]|[12][0-9]|3[0-8]))$`)

// Claim declares that the test fails where one of the rules does not hold. The rules are literals: the coverage page
// reads them from the source. It stops the test on a rule that the list does not have.
func Claim(t testing.TB, rules ...law.Rule) {
	t.Helper()
	for _, r := range rules {
		if !known.MatchString(string(r)) {
			t.Fatalf("no rule %q in the rule list", r)
		}
	}
}
