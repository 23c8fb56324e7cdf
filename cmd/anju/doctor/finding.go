package doctor

import (
	"fmt"
	"io"
)

// Finding is what doctor says of one thing.
type Finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Do     string `json:"do,omitempty"` // what to do
}

// Faults counts the checks that failed.
func Faults(found []Finding) (n int) {
	for _, f := range found {
		if !f.OK {
			n++
		}
	}
	return n
}

// PrintFindings prints what was found for a person, and what to do about each fault.
func PrintFindings(out io.Writer, found []Finding) {
	for _, f := range found {
		word := "ok   "
		if !f.OK {
			word = "FAULT"
		}
		fmt.Fprintf(out, "%s %-9s %s\n", word, f.Check, f.Detail)
		if f.Do != "" {
			fmt.Fprintf(out, "      %-9s → %s\n", "", f.Do)
		}
	}
}
