package cases

import (
	"anju/models/db"
	"anju/models/households"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/household"
)

// queryElsewhere queues what other files hold in which an adult of the household is a member: one homestead is
// judged by persons (A32). Only a new homestead asks for it.
func (r *caseReader) queryElsewhere(t *db.Tx, id workflow.CaseID) {
	t.Query(func(scan func(...any) error) error {
		var e household.Elsewhere
		err := scan(&e.Person, &e.Householder, &e.Household, &e.Area, &e.Number, &e.Running, &e.Granted, &e.Held)
		r.elsewhere = append(r.elsewhere, e)
		return err
	}, "SELECT t.name, h.householder, h.id, h.homestead_area, COALESCE(c.number, ''), COALESCE(c.running, FALSE), "+
		"COALESCE("+households.ReplacesRecord+", FALSE), COALESCE("+households.HoldsGrant+", FALSE) "+
		"FROM persons m JOIN persons t ON t.id_index = m.id_index AND t.to_change = 0 AND t.household_id <> m.household_id "+
		"JOIN households h ON h.id = t.household_id LEFT JOIN cases c ON c.household_id = h.id "+
		"AND c.chain IN ('homestead', 'planning_permit') AND (c.running OR c.outcome = 'granted') "+
		"WHERE m.household_id = (SELECT household_id FROM cases WHERE id = ? AND chain = 'homestead') AND m.to_change = 0 "+
		"AND (m.adult_on IS NULL OR m.adult_on <= ?) ORDER BY h.id, t.id, c.id",
		int64(id), db.Day(calendar.DayOf(t.DB().Now())))
}
