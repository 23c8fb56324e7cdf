// Package law is the register of what the chains stand on: sources, articles, rules, and each limit once, with its
// number, unit, rule and article. Rows, refusals, papers and pages read a limit from here and write it in its words, so
// that an amendment of the law is one changed line.
package law
