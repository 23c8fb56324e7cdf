package schema

import (
	"strings"
)

// IsSubmitted tells whether a field of a form is one that a person fills in.
func IsSubmitted(name string) bool {
	switch name {
	case "reason", "reason_pick", "text", "answer", "ground", "name", "phone", "notice", "off", "work":
		return true
	}
	return strings.Contains(name, ".") && !strings.HasSuffix(name, ".signature")
}
