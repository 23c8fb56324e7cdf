package jobs

import (
	"context"
	"log/slog"
	"sync"
)

// link knows whether Redis answers. It says so once when it stops and once when it is back.
type link struct {
	log   *slog.Logger
	mu    sync.Mutex
	known bool
	cause error // nil: it answers
}

// set takes in how the last question went, and tells whether Redis has just come back.
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

// up tells whether Redis answered when it was last asked.
func (l *link) up() bool { return l.why() == nil }

func (l *link) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// look asks Redis now whether it answers, and remembers it; back tells that it had not.
func (r *Runner) look(ctx context.Context) (back bool, err error) {
	short, cancel := r.shortly(ctx)
	defer cancel()
	err = r.broker.client.Ping(short).Err()
	if ctx.Err() != nil {
		return false, ctx.Err() // the caller gave up: that says nothing about Redis
	}
	return r.link.set(err), err
}

// shortly bounds one question to Redis.
func (r *Runner) shortly(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.broker.embedded != nil {
		return context.WithTimeout(ctx, embeddedIn)
	}
	return context.WithTimeout(ctx, answersIn)
}
