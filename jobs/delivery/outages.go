package delivery

import (
	"sync"
	"time"
)

// outages remembers the channels that do not work just now: nothing is sent over them for a while, so that not every
// message that waits for one is lost in it.
type outages struct {
	mu   sync.Mutex
	down map[int64]outage
}

type outage struct {
	failures int
	until    time.Time
}

func (c *outages) failed(id int64, now time.Time, delay func(int) time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down == nil {
		c.down = map[int64]outage{}
	}
	d := c.down[id]
	c.down[id] = outage{d.failures + 1, now.Add(delay(d.failures))}
}

func (c *outages) worked(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.down, id)
}

// waiting returns the channels that are to be left alone.
func (c *outages) waiting(now time.Time) []int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := []int64{}
	for id, d := range c.down {
		if d.until.After(now) {
			ids = append(ids, id)
		}
	}
	return ids
}
