// Package choice holds the mutants of a test binary: every one is compiled in, and the environment says which is in
// force. Without it the program is what its source says.
package choice

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// The variables of the environment.
const (
	Rows    = "ANJU_MUTANT_ROWS"  // ids of mutants of rows, joined by blanks
	Code    = "ANJU_MUTANT_CODE"  // the number of a mutant of code
	Reached = "ANJU_MUTANT_REACH" // a file to which each mutant of code and each chain is written that is reached
)

var (
	rows    = strings.Fields(os.Getenv(Rows))
	code, _ = strconv.Atoi(os.Getenv(Code)) // 0, which is none, where it is not set
	reach   = newLog(os.Getenv(Reached))
)

// OfRows lists the mutants of rows that are in force.
func OfRows() []string { return rows }

// On tells whether a mutant of code is in force.
func On(n int) bool {
	if reach != nil {
		reach.add(strconv.Itoa(n))
	}
	return n == code
}

// Touch says that a case of a chain is judged.
func Touch(chain string) {
	if reach != nil {
		reach.add(chain)
	}
}

// And is a && b, and a || b where the mutant is in force.
func And(n int, a bool, b func() bool) bool {
	if On(n) {
		return a || b()
	}
	return a && b()
}

// Or is a || b, and a && b where the mutant is in force.
func Or(n int, a bool, b func() bool) bool {
	if On(n) {
		return a && b()
	}
	return a || b()
}

// number is what a literal may be.
type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// Num is a number, one more where the mutant is in force, and one less where the next is.
func Num[T number](n int, x T) T {
	switch {
	case On(n):
		return x + 1
	case On(n + 1):
		return x - 1
	}
	return x
}

// log writes each name once.
type log struct {
	mu   sync.Mutex
	seen map[string]bool
	file *os.File
}

func newLog(path string) *log {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil // the command that asked for it finds no file
	}
	return &log{seen: map[string]bool{}, file: f}
}

func (l *log) add(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[name] {
		return
	}
	l.seen[name] = true
	_, _ = l.file.WriteString(name + "\n") // what is missing counts as not reached
}
