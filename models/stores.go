package models

import (
	"context"

	"anju/models/attempts"
	"anju/models/cases"
	"anju/models/db"
	"anju/models/history"
	"anju/models/households"
	"anju/models/notices"
	"anju/models/org"
	"anju/models/papers"
	"anju/models/petitions"
	"anju/models/registry"
	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/casework"
)

// The stores of the nouns, under names that do not meet in Store.
type (
	attemptStore    = attempts.Store
	orgStore        = org.Store
	householdStore  = households.Store
	registryStore   = registry.Store
	historyStore    = history.Store
	caseStore       = cases.Store
	noticeStore     = notices.Store
	statisticsStore = statistics.Store
	paperStore      = papers.Store
	petitionStore   = petitions.Store
)

// Store is the stores of all nouns on one database. It is safe for use by many goroutines.
type Store struct {
	*attemptStore
	*orgStore
	*householdStore
	*registryStore
	*historyStore
	*caseStore
	*noticeStore
	*statisticsStore
	*paperStore
	*petitionStore
	db *db.DB
}

var _ casework.Store = (*Store)(nil)

// NewStore makes the stores of the chains on an open database.
func NewStore(db *db.DB, chains workflow.Chains) *Store {
	s := &Store{db: db}
	s.attemptStore = attempts.NewStore(db)
	s.orgStore = org.NewStore(db, chains, s.attemptStore)
	s.householdStore = households.NewStore(db, s.orgStore)
	s.registryStore = registry.NewStore(db, s.householdStore, s.orgStore)
	s.historyStore = history.NewStore(db, chains, s.registryStore)
	s.caseStore = cases.NewStore(db, chains, s.orgStore, s.householdStore, s.registryStore)
	s.noticeStore = notices.NewStore(db, chains, s.orgStore)
	s.statisticsStore = statistics.NewStore(db, s.orgStore)
	s.paperStore = papers.NewStore(db, s.attemptStore, s.householdStore, s.caseStore, s.orgStore)
	s.petitionStore = petitions.NewStore(db, chains, s.orgStore, s.householdStore, s.caseStore)
	return s
}

// Ping tells whether the database answers; see db.DB.Ping.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx) }
