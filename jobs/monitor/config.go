package monitor

import (
	"anju/workflow"
	"log/slog"
	"time"
)

// Config is what the alarms and the verifier are made from.
type Config struct {
	County func() workflow.County
	Now    func() time.Time
	Log    *slog.Logger
}
