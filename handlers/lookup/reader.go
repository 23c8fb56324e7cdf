package lookup

import (
	"log/slog"

	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/casework"
)

// Reader answers the questions that pages and API share.
type Reader struct {
	svc   *casework.Service
	store Store
	log   *slog.Logger
	views *view.Builder
	Sources
}

// Sources are what this process can be asked beside its database; each may be nil.
type Sources struct {
	papers Papers                  // prints papers
	jobs   Queue                   // the jobs of this process
	holds  func() []*workflow.Held // what holds the process back now
	beat   func() error            // why its last heartbeat could not be written
}

// NewSources names what a process can be asked.
func NewSources(papers Papers, jobs Queue, holds func() []*workflow.Held, beat func() error) Sources {
	return Sources{papers: papers, jobs: jobs, holds: holds, beat: beat}
}

// NewReader returns a reader over a store and the sources of this process.
func NewReader(svc *casework.Service, store Store, log *slog.Logger, views *view.Builder, sources Sources) *Reader {
	return &Reader{svc: svc, store: store, log: log, views: views, Sources: sources}
}
