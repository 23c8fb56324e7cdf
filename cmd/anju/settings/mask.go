package settings

import (
	"regexp"
	"strings"
)

var passwordInQuery = regexp.MustCompile(`((?i:password|passwd|token|secret)=)[^&\s]*`)

// Mask hides the password of a URL.
func Mask(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 { // by hand: a password may hold what a URL may not
		user, _, secret := strings.Cut(rest[:i], ":")
		if secret {
			user += ":***"
		}
		rest = user + rest[i:]
	}
	return scheme + "://" + passwordInQuery.ReplaceAllString(rest, "${1}***")
}
