package queue

import (
	"log/slog"
	"sync"
)

// link remembers whether Redis answers, and logs once when it stops and once when it is back.
type link struct {
	log   *slog.Logger
	mu    sync.Mutex
	known bool
	cause error // nil: it answers
}

// set keeps how the last question went, and reports whether Redis has just come back.
func (l *link) set(err error) (back bool) {
	l.mu.Lock()
	was, known := l.cause, l.known
	l.cause, l.known = err, true
	l.mu.Unlock()
	switch {
	case err != nil && (was == nil || !known):
		l.log.Warn("the queue does not answer: deadlines go on from the database, notices wait in the outbox", "error", err)
	case err == nil && was != nil:
		l.log.Info("the queue answers again")
		return true
	}
	return false
}

// up reports whether Redis answered when it was last asked.
func (l *link) up() bool { return l.why() == nil }

func (l *link) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}
