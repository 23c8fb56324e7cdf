package calendar

import (
	"fmt"
	"time"
)

// Hours are the opening hours of a working day: spans from midnight in Shanghai, ascending, apart from each other. They
// measure how long work took; no limit of the law is counted in them.
type Hours [][2]time.Duration

// OfficeHours are eight to twelve and two to six: eight hours a working day, the county's until it sets others.
var OfficeHours = Hours{{8 * time.Hour, 12 * time.Hour}, {14 * time.Hour, 18 * time.Hour}}

// Check fails on spans that are empty, overlap or leave the day.
func (h Hours) Check() error {
	var last time.Duration
	for _, s := range h {
		if s[0] < last || s[1] <= s[0] || s[1] > 24*time.Hour {
			return fmt.Errorf("hours %s to %s: want spans of one day, ascending and apart", s[0], s[1])
		}
		last = s[1]
	}
	return nil
}

// Between returns the working time between two instants: the part of it that lies within the hours of working days.
// It is zero where to is not after from.
func (c *Calendar) Between(h Hours, from, to time.Time) time.Duration {
	if !from.Before(to) {
		return 0
	}
	first, last := DayOf(from), DayOf(to)
	if first == last {
		return c.within(h, first, from.Sub(first.Start()), to.Sub(last.Start()))
	}
	sum := c.within(h, first, from.Sub(first.Start()), 24*time.Hour) + c.within(h, last, 0, to.Sub(last.Start()))
	whole := h.day()
	for d := first + 1; d < last; d++ {
		if c.Working(d) {
			sum += whole
		}
	}
	return sum
}

func (h Hours) day() (sum time.Duration) {
	for _, s := range h {
		sum += s[1] - s[0]
	}
	return sum
}

func (c *Calendar) within(h Hours, d Day, from, to time.Duration) (sum time.Duration) {
	if !c.Working(d) {
		return 0
	}
	for _, s := range h {
		sum += max(0, min(to, s[1])-max(from, s[0]))
	}
	return sum
}

// Open returns the first instant from t on that lies within the hours of a working day.
func (c *Calendar) Open(h Hours, t time.Time) time.Time {
	for d := DayOf(t); ; d++ {
		if !c.Working(d) {
			continue
		}
		for _, s := range h {
			switch start := d.Start().Add(s[0]); {
			case t.Before(start):
				return start
			case t.Before(d.Start().Add(s[1])):
				return t
			}
		}
	}
}
