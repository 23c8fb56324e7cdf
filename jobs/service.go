package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"anju/jobs/hold"
)

// service is one piece of background work that repeats.
type service struct {
	name  string
	first time.Duration // before the first run
	every time.Duration // between two runs, where it is not nudged
	nudge signal        // starts a run at once; nil: only time does
	run   func(context.Context) error

	mu    sync.Mutex
	state ServiceState
}

// ServiceState is how a service is.
type ServiceState struct {
	Name    string
	LastRun time.Time // the end of the last run that did not fail; zero: none yet
	Problem string    // of the last run; empty: it did not fail
}

// longestBackoff bounds the wait after a failure of a service that runs more often.
const longestBackoff = 10 * time.Second

// backoff returns how long a service waits after a failure: five times as long as otherwise, but for services that run
// rarely anyway.
func (s *service) backoff() time.Duration {
	return max(s.every, min(5*s.every, longestBackoff))
}

// loop runs the service until ctx ends. A nudge is kept while it runs, and waits while it backs off.
func (s *service) loop(ctx context.Context, log *slog.Logger) {
	wait, nudge := s.first, s.nudge
	for pause(ctx, wait, nudge) {
		if s.once(ctx, log) {
			wait, nudge = s.every, s.nudge
		} else {
			wait, nudge = s.backoff(), nil
		}
	}
}

// once runs the service once, and reports whether it did not fail. The first of several failures is logged; a hold, of
// which the clock or the restore has spoken, and the end of ctx are none.
func (s *service) once(ctx context.Context, log *slog.Logger) bool {
	err := s.run(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if hold.Is(err) || ctx.Err() != nil {
		return true
	}
	if err == nil {
		if s.state.Problem != "" {
			log.Info("a service works again", "service", s.name)
		}
		s.state.LastRun, s.state.Problem = time.Now(), ""
		return true
	}
	if s.state.Problem == "" {
		log.Error("a service failed and is tried again", "service", s.name, "error", err)
	}
	s.state.Problem = err.Error()
	return false
}

// health returns how the service is.
func (s *service) health() ServiceState {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.state
	state.Name = s.name
	return state
}

// services run side by side.
type services struct {
	list []*service
	stop context.CancelFunc
	done chan struct{} // closed when all have ended
}

// startServices begins the services. They end when stop is called, or with ctx.
func startServices(ctx context.Context, log *slog.Logger, list []*service) *services {
	ctx, stop := context.WithCancel(ctx)
	all := &services{list, stop, make(chan struct{})}
	var loops sync.WaitGroup
	for _, s := range list {
		loops.Go(func() { s.loop(ctx, log) })
	}
	go func() {
		defer close(all.done)
		loops.Wait()
	}()
	return all
}

// signal wakes one service. Several nudges before it wakes are one.
type signal chan struct{}

func newSignal() signal { return make(signal, 1) }

// send nudges without waiting.
func (c signal) send() {
	select {
	case c <- struct{}{}:
	default:
	}
}

// pause waits for d, for a nudge where c is given, or for the end of ctx, and reports whether ctx still runs.
func pause(ctx context.Context, d time.Duration, c signal) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-c:
	}
	return ctx.Err() == nil
}
