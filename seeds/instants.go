package seeds

import (
	"time"

	"anju/workflow/calendar"
)

// DemoStart is where the clock of the demo begins: every demo deadline falls in a published calendar.
var DemoStart = time.Date(2026, time.March, 2, 9, 0, 0, 0, calendar.Shanghai)

// DemoDawn is where the clock must stand when Demo begins: before the first of its cases.
var DemoDawn = time.Date(2026, time.January, 5, 8, 0, 0, 0, calendar.Shanghai)
