package jobs

import (
	"anju/jobs/queue"
	"strings"
	"testing"
	"time"
)

func failedJobsKeepsDamagedOutboxRow(t *testing.T) {
	boundByClock(t)
	t.Parallel()
	w := newWorld()
	bad := w.tell(7)
	w.torn[bad] = true
	r := begin(t, w, Config{Redis: queue.Embedded})
	w.tell(8)
	w.advance(time.Hour) // whatever becomes of the task
	eventually(t, 30*time.Second, "the row is kept as failed", func() bool { return len(w.failures()) > 0 })
	eventually(t, 10*time.Second, "the other is delivered", func() bool { return w.deliveredNow() == 1 })
	if got := w.failures(); len(got) != 1 || !strings.Contains(got[0], "notify case 7: ") || !strings.Contains(got[0],
		"damaged") {
		t.Errorf("failed jobs = %q, want one for case 7", got)
	}
	w.mu.Lock()
	delete(w.torn, bad)
	w.mu.Unlock()
	r.failed.Forget(queue.NotifyID(bad))
	eventually(t, 10*time.Second, "the repaired row is delivered", func() bool { return w.deliveredNow() == 2 })
}
