package lookup

import (
	"context"
	"log/slog"

	"anju/handlers/view"
	"anju/models/org"
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

// Papers prints the papers of cases.
type Papers interface {
	// Print returns the one paper of a document, printing it on first use.
	Print(ctx context.Context, id workflow.CaseID, document int64) ([]byte, error)
	// Sheet prints a form without a number from what the case says; workflow.ErrNotFound where it has nothing for it.
	Sheet(ctx context.Context, id workflow.CaseID, form string) ([]byte, error)
	// Sheets lists the forms that Sheet prints of a case, with code and name.
	Sheets(c workflow.Case) []workflow.Document
	// Blank gives an empty form.
	Blank(form string) ([]byte, error)
}

// Queue is what the pages may ask of the jobs of this process; nil where another process runs them.
type Queue interface {
	// Figures are what Redis says of its queues; it lies after it was emptied, so the database's own count stands beside
	// it.
	Figures(ctx context.Context) (view.QueueFigures, error)
	// Redrive tries again what was given up, and writes the line of the act before; workflow.ErrNotFound where it is not
	// open any more.
	Redrive(ctx context.Context, id int64, act org.Act) error
}
