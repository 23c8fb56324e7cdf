package printing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"anju/jobs/forms"
	"anju/jobs/hold"
	"anju/jobs/retry"
	"anju/models/notices"
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
	alarms  alarms
	failing map[int64]notices.Alarm // papers that could not be printed, by document
}

// alarms keeps what an administrator must see to; those of a kind that are not given any more are closed.
type alarms interface {
	SetAlarms(ctx context.Context, kind string, now []notices.Alarm) (opened, closed int, err error)
}

// AlarmKind is the kind of the alarms about papers that cannot be printed.
const AlarmKind = "papers"

// NewWorker returns a worker. A paper that cannot be printed waits in backoff, and keeps no other back.
func NewWorker(p *Printer, backoff *retry.Backoff, log *slog.Logger, a alarms) *Worker {
	return &Worker{p, backoff, log, a, map[int64]notices.Alarm{}}
}

// PrintDue prints the papers that are waiting.
func (w *Worker) PrintDue(ctx context.Context) error {
	list, err := w.printer.store.Unprinted(ctx, papersARead+w.backoff.Count())
	if err != nil {
		return err
	}
	waiting := map[int64]bool{}
	for _, u := range list {
		waiting[u.Document] = true
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
			delete(w.failing, u.Document)
		case errors.Is(err, workflow.ErrBusy):
			w.backoff.Postpone(key, time.Second)
		case hold.Is(err):
			return nil // and so would the others
		default:
			w.failing[u.Document] = notices.Alarm{Subject: fmt.Sprint(u.Document),
				Text: fmt.Sprintf("办件 %d 的文书 %d 不能打印：%s", u.Case, u.Document, whyUnprinted(err))}
			if w.backoff.Fail(key) == 1 {
				w.log.Error("a paper cannot be printed", "case", u.Case, "document", u.Document, "error", err)
			}
		}
	}
	return w.alarm(ctx, waiting)
}

// alarm keeps an alarm for each paper that waits because it cannot be printed.
func (w *Worker) alarm(ctx context.Context, waiting map[int64]bool) error {
	maps.DeleteFunc(w.failing, func(document int64, _ notices.Alarm) bool { return !waiting[document] })
	_, _, err := w.alarms.SetAlarms(ctx, AlarmKind, slices.Collect(maps.Values(w.failing)))
	if errors.Is(err, workflow.ErrBusy) {
		return nil
	}
	return err
}

// whyUnprinted says in Chinese why a paper cannot be printed, and what to do.
func whyUnprinted(err error) string {
	var glyph *forms.GlyphError
	if errors.As(err, &glyph) {
		return fmt.Sprintf("%s 的字段 %s 中的“%c”（U+%04X）字体里没有。请核对该字；确为用字的，打印空白表手写，盖章后上传扫描件。", glyph.Form, glyph.Field, glyph.Rune, glyph.Rune)
	}
	return "版面或数据有误，请联系维护人员查看日志。"
}
