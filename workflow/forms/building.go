package forms

import "anju/workflow"

// HouseClass is how a house is classified; it is judged beforehand at acceptance and fixed when construction
// starts.
type HouseClass string

// The two classes (R7, R8).
const (
	LowRise       HouseClass = "low_rise"
	OtherBuilding HouseClass = "other_building"
)

// Bounds of a low-rise house (R7). “以内、以下” include the number, “小于” does not (Civil Code Art. 1259, A17).
const (
	lowRiseArea   workflow.Decimal = 30000
	lowRiseFloors                  = 2
	lowRiseSpan   workflow.Decimal = 600
)

// Classify tells a low-rise house (R7: all four) from any other (R8).
func Classify(area workflow.Decimal, floors int, span workflow.Decimal, use string) HouseClass {
	switch use {
	case "residence", "office", "police_room", "clinic", "service_point", "agro_workshop":
	default:
		return OtherBuilding
	}
	if area <= lowRiseArea && floors <= lowRiseFloors && span < lowRiseSpan {
		return LowRise
	}
	return OtherBuilding
}

// Class classifies the house applied for.
func (p Proposed) Class() HouseClass { return Classify(p.BuildingArea, p.Floors, p.MaxSpan, p.Use) }
