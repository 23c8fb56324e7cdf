// Package models keeps cases and all that belongs to them in a database: PostgreSQL, or SQLite inside the program. It
// holds rows, not rules: a judgement of package workflow goes in, and everything it wants written is written in one
// transaction, or nothing is.
//
// One move is one transaction (store.go): the case's row is locked, the case and the officer's rights are read under
// the lock, the judgement is made in memory, and case, stage, history line, deadlines, papers, outbox row and the key
// of the request are written. The tables are in migrations, numbered, for each database its own text; nothing else
// changes them.
package models
