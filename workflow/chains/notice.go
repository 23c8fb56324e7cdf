package chains

import (
	"encoding/json"
	"slices"
	"strings"

	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
)

// published is what the group was told by the public notice: the grounds, not the words in which the household gives
// them, and every other fact that A37 publishes; use, class and span beside them. A change of any of it goes back to the group (R34, A7, A30).
type published struct {
	Grounds, Address, BuildType, Land, Use             string
	Class                                              forms.HouseClass
	Boundary                                           forms.Boundary
	HomesteadArea, FootprintArea, BuildingArea, Height Decimal
	MaxSpan                                            Decimal
	Floors                                             int
}

func noticed(a forms.Application) published {
	p, grounds := a.Proposed, slices.Sorted(slices.Values(a.Grounds))
	return published{Grounds: strings.Join(slices.Compact(grounds), ","),
		Address: p.Address, BuildType: p.BuildType, Land: p.LandClass + p.Farmland, Use: p.Use, Class: p.Class(),
		Boundary: p.Boundary, HomesteadArea: p.HomesteadArea, FootprintArea: p.FootprintArea,
		BuildingArea: p.BuildingArea, Height: p.Height, MaxSpan: p.MaxSpan, Floors: p.Floors}
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

// asNoticed tells whether the application still says what the public notice said.
func asNoticed(c Case) bool {
	now, err := json.Marshal(noticed(Applied[forms.Application](c)))
	return err == nil && (c.File.Noticed == nil || sameJSON(c.File.Noticed, now))
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y published
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && x == y
}
