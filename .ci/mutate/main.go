// Mutate proves that the rules of law are tested: it spoils the chains a cell at a time, and the code of their conditions,
// forms and limits an expression at a time, and runs the tests that claim the rule. A mutant that no such test kills
// survives.
//
//	go run ./.ci/mutate                  all of them; writes docs/mutants.md
//	go run ./.ci/mutate -changed REV     only rows and functions changed since a commit; exits with 1 where a mutant
//	                                     survives that neither the record nor .ci/mutate/survivors.txt knows
//	go run ./.ci/mutate -changed REV -for 4m   no longer than that, and says what it left out
//	go run ./.ci/mutate -log FILE        goes on where a run that was broken off left the file
//	go run ./.ci/mutate -claims          names the claims that no mutant proves: each test is run alone
//	go run ./.ci/mutate -only REGEXP     only mutants of this name
//	go run ./.ci/mutate -list            names them, runs nothing
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"
)

// options are the flags.
type options struct {
	changed  string
	sums     bool
	packages *regexp.Regexp
	only     *regexp.Regexp
	bound    time.Duration
	workers  int
	seed     uint64
	log      string
	list     bool
	write    bool
	claims   bool
	verbose  bool
	slow     time.Duration
}

func main() {
	var o options
	only := flag.String("only", "", "only mutants that the regular expression finds")
	packages := flag.String("packages", "^workflow", "only tests of packages that the regular expression finds")
	flag.BoolVar(&o.sums, "sums", false, "print what each row says as a hash, run nothing")
	flag.StringVar(&o.changed, "changed", "", "only what changed since the commit")
	flag.DurationVar(&o.bound, "for", 0, "start no mutant after this time")
	flag.IntVar(&o.workers, "workers", runtime.NumCPU(), "tests run at once")
	flag.Uint64Var(&o.seed, "seed", 1, "order in which mutants are run")
	flag.StringVar(&o.log, "log", "", "a file to which each result is written, and in which an earlier part of the run left its")
	flag.BoolVar(&o.list, "list", false, "name the mutants, run nothing")
	flag.BoolVar(&o.write, "write", false, "write the record from the log, run nothing")
	flag.BoolVar(&o.claims, "claims", false, "run each test alone: name the claims that no mutant proves")
	flag.BoolVar(&o.verbose, "v", false, "name each mutant as it is run")
	flag.DurationVar(&o.slow, "slow", 3*time.Second, "leave out tests that take longer")
	flag.Parse()
	o.only, o.packages = regexp.MustCompile(*only), regexp.MustCompile(*packages)
	failed, err := run(o, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}
