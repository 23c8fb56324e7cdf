// Package law is spoilt by a test.
package law

const fixed = 3

var limit = newLimit("L01", 10, "R33")

func newLimit(id string, n int, rule string) int { return n }

func late(days, n int, open bool) bool {
	if !open {
		return false
	}
	switch {
	case days == n:
		return true
	}
	return days > n && n >= 5 || days == 0
}
