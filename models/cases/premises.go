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
	var rows []struct {
		caseRow
		DueOn db.Day
	}
	if err := s.db.Read(ctx).Table("cases c").Joins("JOIN deadlines d ON d.case_id = c.id").
		Where("c.chain IN ? AND d.limit_id = ? AND d.closed_at IS NULL", s.chains.Of(workflow.UsesHouse),
			string(law.Recheck.ID)).Select("c.*, d.due_on").Order("d.due_on, c.id").Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	var list []PremisesDue
	for _, r := range rows {
		if !glossary.Within(o.Division, r.Division, r.GroupNo) {
			continue
		}
		c, err := toCases([]caseRow{r.caseRow})
		if err != nil {
			return nil, 0, err
		}
		list = append(list, PremisesDue{c[0], calendar.Day(r.DueOn)})
	}
	from := min((page-1)*perPage, len(list))
	return list[from:min(from+perPage, len(list))], len(list), nil
}
