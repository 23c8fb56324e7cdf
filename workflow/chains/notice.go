package chains

import (
	"encoding/json"

	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
)

// published is what the public notice states; a change of any of it goes back to the group (A7, A30).
type published struct {
	Address                                            string
	Boundary                                           forms.Boundary
	HomesteadArea, FootprintArea, BuildingArea, Height Decimal
	Floors                                             int
}

func noticed(a forms.Application) published {
	p := a.Proposed
	return published{p.Address, p.Boundary, p.HomesteadArea, p.FootprintArea, p.BuildingArea, p.Height, p.Floors}
}

// whereReturned picks the stage that a case resubmitted goes to (A7): back to the village where only the village
// returned it and nothing that was published has changed; to the group otherwise.
func whereReturned(f Facts) State {
	if f.Case.File.Returned != VillageReview || !asNoticed(f.Case) {
		return GroupReceived
	}
	return VillageReview
}

// whereCorrected picks the stage that a corrected case goes to (A30): a change of what was published goes back to the
// notice.
func whereCorrected(f Facts) State {
	if !asNoticed(f.Case) {
		return GroupReceived
	}
	return TownshipIntake
}

// asNoticed tells whether the application still says what the public notice said: site, areas, floors, height.
func asNoticed(c Case) bool {
	now, err := json.Marshal(noticed(Applied[forms.Application](c)))
	return err == nil && (c.File.Noticed == nil || sameJSON(c.File.Noticed, now))
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y published
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && x == y
}
