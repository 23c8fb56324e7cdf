package forms

import (
	"anju/workflow"
	"anju/workflow/calendar"
)

// Amending is a form that may carry the application anew; nil where nothing changed.
type Amending interface {
	Amended() workflow.Form
}

// Stating is a notice that states the day by which something is due (A25).
type Stating interface {
	StatedDay() calendar.Day
}

// Sealing is a decision that may place the office's seal picture (Licensing Law Art. 39).
type Sealing interface {
	Sealing() bool
}
