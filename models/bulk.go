package models

import (
	"context"
	"errors"

	"anju/workflow"
	"anju/workflow/calendar"
)

var errNotYet = errors.New("not built yet")

// UpdateMany implements workflow.Store.
func (s *Store) UpdateMany(context.Context, []workflow.CaseID, func(workflow.Case) (workflow.Outcome, error)) (map[workflow.CaseID]error, error) {
	return nil, errNotYet
}

// UpdateBreach implements workflow.Store.
func (s *Store) UpdateBreach(context.Context, workflow.BreachID, workflow.OfficerID, string,
	func(workflow.Case, workflow.Actor, workflow.Breach) (workflow.Outcome, error)) (workflow.Case, error) {
	return workflow.Case{}, errNotYet
}

// ImportCalendar implements workflow.Store.
func (s *Store) ImportCalendar(context.Context, workflow.OfficerID, []calendar.Year, bool,
	func(*calendar.Calendar, workflow.Case, workflow.Actor) (workflow.Outcome, []workflow.Recounted, error)) (workflow.Imported, error) {
	return workflow.Imported{}, errNotYet
}
