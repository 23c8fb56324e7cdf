package models

import "database/sql"

// Pool gives the tests what only the database's owner has.
func (db *DB) Pool() *sql.DB { return db.writePool }

// HistoryColumns are the columns that a test may change.
func HistoryColumns() []string {
	return []string{"id", "case_id", "step", "at", "officer_id", "officer_name", "office_id", "office_name", "verb", "from_state", "to_state",
		"reason", "data", "rung", "rule", "alg", "key_version", "previous", "hash"}
}
