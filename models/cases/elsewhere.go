package cases

import (
	"fmt"

	"anju/models/db"
	"anju/models/households"
	"anju/workflow"
	"anju/workflow/calendar"
)

// elsewhere is a household other than the case's in which an adult of the case's household is a member, with a case of
// it that matters.
type elsewhere struct {
	person, householder    string
	household              int64
	area                   workflow.Decimal // as recorded
	number                 string           // of a case about its homestead; "": none
	running, granted, held bool
}

// queryElsewhere queues what other files hold in which an adult of the household is a member: one homestead is judged by
// persons (A32). Only a new homestead asks for it.
func (r *caseReader) queryElsewhere(t *db.Tx, id workflow.CaseID) {
	t.Query(func(scan func(...any) error) error {
		var e elsewhere
		err := scan(&e.person, &e.householder, &e.household, &e.area, &e.number, &e.running, &e.granted, &e.held)
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

// heldElsewhere says of each of those households what it holds. A grant takes the place of what was recorded, also where
// it was freed since.
func heldElsewhere(found []elsewhere) []string {
	var all []string
	replaced := map[int64]bool{}
	for _, e := range found {
		replaced[e.household] = replaced[e.household] || e.granted
	}
	recorded := map[string]bool{}
	for _, e := range found {
		who := fmt.Sprintf("%s是%s户（户档 %d）的成员，该户", e.person, e.householder, e.household)
		switch {
		case e.running:
			all = append(all, who+"的办件 "+e.number+" 正在办理")
		case e.held:
			all = append(all, who+"已有宅基地（"+e.number+"）")
		case e.area > 0 && !replaced[e.household] && !recorded[who]:
			recorded[who] = true
			all = append(all, fmt.Sprintf("%s登记有原宅基地 %s㎡", who, e.area))
		}
	}
	return all
}
