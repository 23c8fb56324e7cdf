// Package failure words the errors of the commands: wrong usage, which exits with 2, and texts that fit on one line. It
// knows no command, no setting and no database.
package failure

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// UsageError is a command used wrongly.
type UsageError struct{ err error }

// Error implements error.
func (e UsageError) Error() string { return e.err.Error() }

// Unwrap returns what was wrong.
func (e UsageError) Unwrap() error { return e.err }

// Usage makes err a wrong usage.
func Usage(err error) error { return UsageError{err} }

// Usagef returns a wrong usage in the words of a format.
func Usagef(format string, a ...any) error { return UsageError{fmt.Errorf(format, a...)} }

// Plain takes the operation out of a path error: "open x: no such file" reads as "x: no such file".
func Plain(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Path, pe.Err)
	}
	return err
}

// FirstLine returns the first line of s.
func FirstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

// OneLine returns s with its line breaks as blanks.
func OneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}

// First returns the error that happened first, and the later one only where there was none.
func First(first, later error) error {
	if first != nil {
		return first
	}
	return later
}
