// Package modelstest gives tests real servers: PostgreSQL, Redis and Chromium from this machine, each on a free
// loopback port with data of its own, stopped when the tests end. Nothing is downloaded and no server of the machine is
// touched.
//
// Where a program is missing the test is skipped and says so; ANJU_TEST_REQUIRE=postgres,redis,chromium,poppler makes a
// named one an error instead, which is how CI keeps a skip from passing for a success. A package that uses them ends
// with
//
//	func TestMain(m *testing.M) { os.Exit(modelstest.Run(m)) }
package modelstest

import (
	"flag"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"anju/models/org"
)

const (
	ports     = 5                // ports tried before giving up: another program may take a free one first
	readyIn   = 60 * time.Second // a loaded machine starts slowly
	stopsIn   = 20 * time.Second // then it is killed
	pollEvery = 20 * time.Millisecond
)

// Run runs the tests of a package, four at once or more, for they mostly wait, and stops the servers they shared; its
// result is for os.Exit. Temporary files lie in memory where the machine has such a disk, and passwords cost little.
func Run(m *testing.M) int {
	flag.Parse()
	if p := flag.Lookup("test.parallel"); p.Value.String() == p.DefValue && runtime.GOMAXPROCS(0) < 4 {
		_ = p.Value.Set("4")
	}
	org.HashCheaply()
	defer ownFolder()()
	defer shared.stop()
	return m.Run()
}

// ownFolder makes a folder for all that this process writes to the temporary one, and returns what removes it. It goes
// too when the process is killed.
func ownFolder() (remove func()) {
	dir, err := os.MkdirTemp(memoryFolder(), "anjutest-")
	if err != nil || os.Chmod(dir, 0o711) != nil { //nolint:gosec // the account of the servers passes through
		return func() {}
	}
	dismiss := caretaker(dir)
	_ = os.Setenv("TMPDIR", dir)
	return func() {
		dismiss()
		_ = os.RemoveAll(dir) // a folder left in the temporary directory does no harm
	}
}

// Slow ends a test under -short: it keeps a core busy for half a second, or waits for more.
func Slow(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("half a second and more: left out of -short")
	}
}

var long = flag.Bool("long", false, "run also what takes minutes by its nature")

// Long ends a test that takes minutes by its nature, unless -long asks for it. CI asks in a step of its own.
func Long(t testing.TB) {
	t.Helper()
	if !Whole() {
		t.Skip("minutes by its nature: -long runs it")
	}
}

// Size returns how many times a test does the same: the ordinary number, or the whole one under -long.
func Size(ordinary, whole int) int {
	if Whole() {
		return whole
	}
	return ordinary
}

// Whole tells whether -long was given.
func Whole() bool { return *long }

// Chromium returns the path of a Chromium or Chrome on this machine.
// It skips, or fails under ANJU_TEST_REQUIRE, where there is none.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, "chromium", "no Chromium or Chrome is installed")
	return ""
}

// Poppler ends the test, as Missing does, where a program of poppler-utils is not installed.
func Poppler(t testing.TB) {
	t.Helper()
	for _, program := range []string{"pdftotext", "pdftoppm", "pdffonts"} {
		if _, err := exec.LookPath(program); err != nil {
			Missing(t, "poppler", program+" of poppler-utils is not installed")
		}
	}
}

// Missing ends the test: skipped, or failed where ANJU_TEST_REQUIRE names what is missing.
func Missing(t testing.TB, what, sentence string) {
	t.Helper()
	for name := range strings.SplitSeq(os.Getenv("ANJU_TEST_REQUIRE"), ",") {
		if strings.TrimSpace(name) == what {
			t.Fatalf("%s, and ANJU_TEST_REQUIRE asks for %s", sentence, what)
		}
	}
	t.Skipf("%s: this test did not run", sentence)
}
