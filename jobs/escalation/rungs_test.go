package escalation

import (
	"testing"
	"time"
)

func TestBatchSizeFollowsTheDatabase(t *testing.T) {
	p := &pass{Sweeper: NewSweeper(SweepConfig{Batch: DefaultBatch}, nil, nil, nil, nil), size: DefaultBatch}
	for _, tt := range []struct {
		n    int
		took time.Duration
		want int
	}{
		{500, 100 * time.Millisecond, 500},
		{500, 9 * time.Second, 250},
		{500, 9 * time.Second, 250}, // it was cut before
		{250, 2 * time.Second, 125},
		{125, 900 * time.Millisecond, 125},
		{3, 2 * time.Second, 125}, // not for its size
		{125, 100 * time.Millisecond, 250},
		{250, 100 * time.Millisecond, 500},
		{500, 100 * time.Millisecond, 500},
	} {
		if p.fit(tt.n, tt.took); p.size != tt.want {
			t.Errorf("after %d in %s: batches of %d, want %d", tt.n, tt.took, p.size, tt.want)
		}
	}
}
