package handlers

import (
	"sync"

	"anju/workflow"
)

// inHand counts the uploads that each officer is sending now.
type inHand struct {
	mu   sync.Mutex
	open map[workflow.OfficerID]int
}

func (u *inHand) enter(by workflow.OfficerID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open[by] >= uploadsMost {
		return false
	}
	u.open[by]++
	return true
}

func (u *inHand) leave(by workflow.OfficerID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open[by]--; u.open[by] <= 0 {
		delete(u.open, by)
	}
}

const uploadsMost = 8 // uploads that one officer may be sending at a time
