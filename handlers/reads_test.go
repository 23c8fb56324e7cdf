package handlers_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"testing"

	"anju/handlers"
	"anju/models"
	casesstore "anju/models/cases"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// countingStore counts what reads whole cases, and the list of all officers.
type countingStore struct {
	*models.Store
	mu     sync.Mutex
	counts map[string]int
}

func (s *countingStore) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what]++
}

// take returns what was counted since it was last called.
func (s *countingStore) take() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counted := s.counts
	s.counts = map[string]int{}
	return counted
}

func (s *countingStore) Read(ctx context.Context, id workflow.CaseID, by workflow.OfficerID) (workflow.Case,
	workflow.Actor, error) {
	s.count("case")
	return s.Store.Read(ctx, id, by)
}

func (s *countingStore) HouseholdFile(ctx context.Context, by workflow.OfficerID,
	id workflow.HouseholdID) (casesstore.HouseholdFile, error) {
	s.count("cases of a household")
	return s.Store.HouseholdFile(ctx, by, id)
}

func (s *countingStore) Officers(ctx context.Context) ([]org.Officer, error) {
	s.count("all officers")
	return s.Store.Officers(ctx)
}

func (s *countingStore) Cases(ctx context.Context, by workflow.OfficerID, q casesstore.CaseQuery) ([]workflow.Case, int,
	error) {
	list, total, err := s.Store.Cases(ctx, by, q)
	for _, c := range list {
		s.count("line")
		if len(c.Application) > 0 || len(c.File.Records) > 0 {
			s.count("application")
		}
	}
	return list, total, err
}

// A page of a case, and an answer of the API about it, reads the case once and never the officers of the whole county.
func TestReads(t *testing.T) {
	c := &clock{t: seeds.DemoStart}
	db := modelstest.New(t, filepath.Join(t.TempDir(), "anju.db"), modelstest.Options{Now: c.Now})
	store := &countingStore{Store: models.NewStore(db.DB, chains.Published()), counts: map[string]int{}}
	people, err := seeds.LoadDemo(t.Context(), store.Store)
	if err != nil {
		t.Fatal(err)
	}
	set, err := store.County(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := &real{t: t, store: store.Store}
	r.svc = casework.NewService(store, chains.Published(), func() workflow.County { return set }, c.Now)
	r.walk = &seeds.Walker{Service: r.svc, Officers: people}
	if r.web, err = handlers.New(handlers.Config{UploadDir: t.TempDir()}, r.svc, store); err != nil {
		t.Fatal(err)
	}
	id := r.one("homestead").ID
	for {
		moved, _, err := r.walk.Step(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if moved.State == glossary.GroupNotice {
			break
		}
	}
	counter := visit(t, r.web, "counter")
	store.take()
	for _, path := range []string{"/cases/%d", "/cases/%d/clock", "/cases/%d/history", "/cases/%d/poster",
		"/cases/%d/slip", "/api/v1/cases/%d",
		"/api/v1/cases/%d/history", "/api/v1/cases/%d/deadlines", "/api/v1/cases/%d/documents",
		"/api/v1/cases/%d/attribution"} {
		t.Run("reads_the_case_once"+path, func(t *testing.T) {
			counter.get(fmt.Sprintf(path, id))
			if got := store.take(); counter.status != 200 || !maps.Equal(got, map[string]int{"case": 1}) {
				t.Errorf("%d, read %v", counter.status, got)
			}
		})
	}
	for _, path := range []string{"/cases", "/api/v1/cases", "/audit"} {
		t.Run("lists_without_applications"+path, func(t *testing.T) {
			counter.get(path)
			if got := store.take(); counter.status != 200 || got["line"] == 0 && path != "/audit" || got["application"] > 0 {
				t.Errorf("%d, read %v", counter.status, got)
			}
		})
	}
	counter.get("/board") // judges each case
	if got := store.take(); got["application"] != got["line"] || got["case"] > 0 {
		t.Errorf("the board: %d, read %v", counter.status, got)
	}
}
