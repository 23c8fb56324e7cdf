package cases

import (
	"context"
	"time"

	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/household"
)

// HouseholdFile is everything of one household (一户一档).
type HouseholdFile struct {
	ID workflow.HouseholdID
	// ID numbers show their first two and last three characters, phones their first three and last four
	Household forms.Household
	Persons   []household.Person // in force, the householder first; numbers as above
	Cases     []workflow.Case
	CreatedAt time.Time
}

// HouseholdFile reads a household's file; ErrNotFound outside the officer's area.
func (s *Store) HouseholdFile(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (HouseholdFile,
	error) {
	entry, err := s.households.Entry(ctx, by, id)
	if err != nil {
		return HouseholdFile{}, err
	}
	f := HouseholdFile{ID: id, Household: entry.Household, Persons: entry.Persons, CreatedAt: entry.CreatedAt}
	var rows []caseRow
	if err := s.db.Read(ctx).Where("household_id = ?", int64(id)).Order("id").Find(&rows).Error; err != nil {
		return f, err
	}
	if f.Cases, err = s.fillCases(ctx, rows); err != nil {
		return f, err
	}
	f.Household.Current = household.Held(f.Household.Current, entry.Recorded, f.Cases)
	return f, nil
}
