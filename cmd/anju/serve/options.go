package serve

import (
	"log/slog"
	"time"

	"anju/cmd/anju/settings"
	"anju/handlers"
)

// Options are what a server is started with.
type Options struct {
	Settings settings.Settings
	Demo     bool           // the demo county, with a movable clock
	Version  string         // of the program, in the heartbeat
	Build    handlers.Build // what the pages tell of the program
	Log      *slog.Logger
}

// StopsWithin bounds the graceful stop: requests and tasks in hand are finished first.
const StopsWithin = 15 * time.Second
