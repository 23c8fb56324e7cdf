package serve

import (
	"log/slog"

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
