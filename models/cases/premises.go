package cases

import (
	"context"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// PremisesDue is a business with premises to be checked (R113).
type PremisesDue struct {
	Case workflow.Case
	On   calendar.Day
}

// PremisesChecks lists the businesses of the officer's area that were passed and go on, the one to be checked first at
// the head, and how many there are.
func (s *Store) PremisesChecks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]PremisesDue, int,
	error) {
	o, err := s.org.ActiveOfficer(ctx, by)
	if err != nil {
		return nil, 0, err
	}
	due := map[workflow.CaseID]db.Day{}
	var ids []int64
	var open []deadlineRow
	if err := s.db.Read(ctx).Where("limit_id = ? AND closed_at IS NULL", string(law.Recheck.ID)).
		Order("due_on, case_id").Find(&open).Error; err != nil || len(open) == 0 {
		return nil, 0, err
	}
	for _, d := range open {
		due[workflow.CaseID(d.CaseID)], ids = d.DueOn, append(ids, d.CaseID)
	}
	var rows []caseRow
	if err := s.db.Read(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	cases, err := toCases(rows)
	if err != nil {
		return nil, 0, err
	}
	here := map[workflow.CaseID]workflow.Case{}
	for _, c := range cases {
		if glossary.Within(o.Division, c.Division, c.GroupNo) {
			here[c.ID] = c
		}
	}
	var list []PremisesDue
	for _, id := range ids {
		if c, ok := here[workflow.CaseID(id)]; ok {
			list = append(list, PremisesDue{c, calendar.Day(due[c.ID])})
		}
	}
	from := min((page-1)*perPage, len(list))
	return list[from:min(from+perPage, len(list))], len(list), nil
}
