package printing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"anju/jobs/hold"
	"anju/jobs/retry"
	"anju/workflow"
)

const (
	papersARead  = 50               // papers read at once
	printTimeout = 30 * time.Second // of one paper
)

// Worker prints what is issued, by whichever process: a paper is there before a person asks for it.
type Worker struct {
	printer *Printer
	backoff *retry.Backoff
	log     *slog.Logger
}

// NewWorker returns a worker. A paper that cannot be printed waits in backoff, and keeps no other back.
func NewWorker(p *Printer, backoff *retry.Backoff, log *slog.Logger) *Worker {
	return &Worker{p, backoff, log}
}

// PrintDue prints the papers that are waiting.
func (w *Worker) PrintDue(ctx context.Context) error {
	list, err := w.printer.store.Unprinted(ctx, papersARead+w.backoff.Count())
	if err != nil {
		return err
	}
	for _, u := range list {
		key := fmt.Sprintf("print:%d", u.Document)
		if w.backoff.Waiting(key) {
			continue
		}
		short, cancel := context.WithTimeout(ctx, printTimeout)
		_, err := w.printer.Print(short, u.Case, u.Document)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			w.backoff.Forget(key)
		case errors.Is(err, workflow.ErrBusy):
			w.backoff.Postpone(key, time.Second)
		case hold.Is(err):
			return nil // and so would the others
		case w.backoff.Fail(key) == 1:
			w.log.Error("a paper cannot be printed", "case", u.Case, "document", u.Document, "error", err)
		}
	}
	return nil
}
