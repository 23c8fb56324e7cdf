// Package models keeps cases and all that belongs to them in a database. It holds rows, not rules: a judgement of package workflow goes
// in, and everything it wants written is written in one transaction, or nothing is.
//
// Each noun is a package of its own, and stands on those below it: db, attempts, org, households, registry, history, cases, and above them
// notices, statistics, papers and petitions. This package opens them all on one database and hands them out.
package models
