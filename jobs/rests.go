package jobs

import (
	"slices"
	"sync"
	"time"

	"anju/models/cases"
)

// rests are what was not done when it was tried, rungs above all: it is left alone for a while, longer after each failure.
type rests struct {
	mu    sync.Mutex
	until map[string]*resting
}

type resting struct {
	until time.Time // for the sweep
	queue time.Time // for the waker: asynq has given it up, and a new task would fail as the old one
	fails int
	told  bool // a row in failed_jobs was written
}

const (
	longestRest = time.Hour
	forgetAfter = 24 * time.Hour
)

func (s *rests) entry(key string) *resting {
	if s.until == nil {
		s.until = map[string]*resting{}
	}
	e := s.until[key]
	if e == nil {
		e = &resting{until: time.Now()}
		s.until[key] = e
	}
	return e
}

func (s *rests) rest(key string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entry(key).until = time.Now().Add(d)
}

func (s *rests) failed(key string, delay func(int) time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entry(key)
	e.until = time.Now().Add(min(delay(e.fails), longestRest))
	e.fails++
	return e.fails
}

// archived keeps the waker from handing over again at once what asynq has given up. The sweep is not kept.
func (s *rests) archived(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entry(key).queue = time.Now().Add(longestRest)
}

// unarchived leaves out the rungs that asynq has given up lately.
func (s *rests) unarchived(due []cases.Due) []cases.Due {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	return slices.DeleteFunc(due, func(d cases.Due) bool {
		e := s.until[rungID(d)]
		return e != nil && e.queue.After(now)
	})
}

// tell is true for the first who asks.
func (s *rests) tell(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entry(key)
	first := !e.told
	e.told = true
	return first
}

func (s *rests) untell(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entry(key).told = false
}

func (s *rests) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.until, key)
}

// count is how many rest now. What has rested is dropped: at once where it never failed, after a day where it did.
func (s *rests) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, n := time.Now(), 0
	for key, e := range s.until {
		switch {
		case e.until.After(now):
			n++
		case e.fails == 0 && !e.told && e.queue.Before(now), e.until.Before(now.Add(-forgetAfter)):
			delete(s.until, key)
		}
	}
	return n
}

// resting tells whether something is to be left alone yet.
func (s *rests) resting(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.until[key]
	return e != nil && e.until.After(time.Now())
}

// gaveUp tells whether a row in failed_jobs was written.
func (s *rests) gaveUp(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.until[key]
	return e != nil && e.told
}

// wakeUp ends every rest but those of what was given up: somebody waits.
func (s *rests) wakeUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, e := range s.until {
		if !e.told && e.until.After(now) {
			e.until = now
		}
	}
}
