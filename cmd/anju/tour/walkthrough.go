package tour

import (
	"context"
	"io"

	"anju/cmd/anju/backend"
	"anju/models"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
)

// walkthrough walks the cases of three households and tells what happens.
type walkthrough struct {
	out    io.Writer
	store  *models.Store
	svc    *workflow.Service
	clock  *backend.Clock
	cal    *calendar.Calendar
	walker *seeds.Walker
	people seeds.People
	cases  map[workflow.CaseID]*caseProgress
	order  []workflow.CaseID
}

// caseProgress is what was told of one case so far.
type caseProgress struct {
	lines, papers int
	result        Case
}

// hooks are what happens in a stage before its verb ahead.
type hooks map[workflow.State]func(ctx context.Context, v workflow.View) error
