// Package lawtest lets a test declare the rules that it proves. What no test claims is not covered: docs/coverage.md
// lists claims only, and the mutants of a rule are run against the tests that claim it.
package lawtest

import (
	"regexp"
	"testing"
)

// Known finds the rules R1…R126, the readings A1…A38 and the limits L01…L24 of the rule list.
var Known = regexp.MustCompile(
	`^(R([1-9]|[1-9][0-9]|1[01][0-9]|12[0-6])|A([1-9]|[12][0-9]|3[0-8])|L(0[1-9]|1[0-9]|2[0-4]))$`)

// Claim declares that the test fails where one of the rules does not hold. The rules are literals: the coverage page
// reads them from the source. It stops the test on a rule that the list does not have.
func Claim(t testing.TB, rules ...string) {
	t.Helper()
	for _, r := range rules {
		if !Known.MatchString(r) {
			t.Fatalf("no rule %q in the rule list", r)
		}
	}
}

// Rows declares that the test holds every row of every chain to what was signed, in a subtest a chain. It claims no
// rule: mutants that no claim kills are run against it, and are counted apart.
func Rows(t testing.TB) { t.Helper() }
