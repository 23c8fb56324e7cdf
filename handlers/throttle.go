package handlers

import (
	"sync"
	"time"
)

// throttle bounds what one address may send without an account in an hour. It lives in memory: a restart forgives, and several
// processes allow as many times more, which is still few.
type throttle struct {
	most int

	mu   sync.Mutex
	sent map[string][]time.Time
}

func newThrottle(most int) *throttle { return &throttle{most: most, sent: map[string][]time.Time{}} }

// take counts one more of an address; false when it has had its share.
func (t *throttle) take(address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.sent) > 10_000 { // nobody's memory grows with the number of addresses
		clear(t.sent)
	}
	recent := t.sent[address][:0]
	for _, at := range t.sent[address] {
		if now.Sub(at) < time.Hour {
			recent = append(recent, at)
		}
	}
	if len(recent) >= t.most {
		t.sent[address] = recent
		return false
	}
	t.sent[address] = append(recent, now)
	return true
}
