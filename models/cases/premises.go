package cases

import (
	"context"
	"slices"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// PremisesDue is a business with premises to be checked (R113).
type PremisesDue struct {
	Case workflow.Case
	On   calendar.Day
}

// PremisesChecks lists the businesses of the officer's area that were passed, the one to be checked first at the head,
// and how many there are.
func (s *Store) PremisesChecks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]PremisesDue, int,
	error) {
	o, err := s.org.ActiveOfficer(ctx, by)
	if err != nil {
		return nil, 0, err
	}
	var rows []caseRow
	if err := s.db.Read(ctx).Where("chain IN ? AND outcome = ?", s.chains.Of(workflow.UsesHouse),
		string(workflow.Granted)).Order("id").Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	rows = slices.DeleteFunc(rows, func(r caseRow) bool { return !glossary.Within(o.Division, r.Division, r.GroupNo) })
	cases, err := toCases(rows)
	if err != nil {
		return nil, 0, err
	}
	list := make([]PremisesDue, len(cases))
	for i, c := range cases {
		list[i] = PremisesDue{c, chains.NextCheck(s.chains, c)}
	}
	slices.SortStableFunc(list, func(a, b PremisesDue) int { return int(a.On - b.On) })
	from := min((page-1)*perPage, len(list))
	return list[from:min(from+perPage, len(list))], len(list), nil
}
