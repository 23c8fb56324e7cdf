package workflow

import (
	"fmt"
	"slices"

	"anju/workflow/calendar"
)

// One household, one file (一户一档, A29): what earlier cases of the household hand on. A case about a house belongs to the case that
// permitted it, its House; for a house older than the system its papers are recorded in the application instead.

// permits and starts are the chains whose case a later one follows.
var (
	permits = []ChainID{"homestead", "planning_permit"}
	starts  = []ChainID{"construction_start.low_rise", "construction_start.other"}
)

// handedOut tells whether the certificates of the case are with the household: before that no paper of it serves anybody (R64).
func handedOut(c Case) bool {
	switch c.State {
	case Issued, Filed, Archived, Registered:
		return true
	}
	return false
}

// house tells whether a case belongs to the house that another case is about.
func house(all Chains, c, of Case) bool {
	h := HouseCase(all, of)
	return h == 0 || c.ID == h || c.File.House == h
}

// HouseCase is the case that permitted the house: fixed when the case leaves its draft, and the newest one handed out until then. 0 for
// a house without one.
func HouseCase(all Chains, c Case) CaseID {
	if c.File.House != 0 || c.State != Draft && c.State != "" {
		return c.File.House
	}
	if slices.Contains(all.Of(PermitsHouse), c.Chain) {
		return c.ID
	}
	if p, ok := newest(all, c, PermitsHouse, handedOut); ok { // its certificates may be void: then the house has a case and no permit
		return p.ID
	}
	return 0
}

// newest finds the newest other case of the household whose matter has the role.
func newest(all Chains, c Case, role HouseRole, is func(Case) bool) (Case, bool) {
	of := all.Of(role)
	for i := len(c.Siblings) - 1; i >= 0; i-- {
		if s := c.Siblings[i]; slices.Contains(of, s.Chain) && is(s) {
			return s, true
		}
	}
	return Case{}, false
}

// Permit is the case that permitted the house.
func Permit(all Chains, c Case) (Case, bool) {
	h := HouseCase(all, c)
	return newest(all, c, PermitsHouse, func(s Case) bool {
		_, valid := s.Document(PlanningPermitDoc)
		return s.ID == h && handedOut(s) && valid
	})
}

// Start is the case that let the building of the house begin.
func Start(all Chains, c Case) (Case, bool) {
	return newest(all, c, StartsHouse, func(s Case) bool {
		_, registered := s.Document(CommencementDoc)
		_, permitted := s.Document(ConstructionPermitDoc)
		return house(all, s, c) && handedOut(s) && (registered || permitted)
	})
}

// Acceptance is the case by which the house was accepted.
func Acceptance(all Chains, c Case) (Case, bool) {
	return newest(all, c, AcceptsHouse, func(s Case) bool {
		return house(all, s, c) && (s.State == Passed || s.State == Filed || s.State == Archived)
	})
}

// Earlier is what was issued on paper before the system (A29). It counts only where the system holds no permit of the household.
type Earlier struct {
	PermitNo      string       `json:"permit_no,omitempty" doc:"乡村建设规划许可证或原建房手续编号" maxLength:"60"`
	PermitOn      calendar.Day `json:"permit_on,omitempty" required:"false" doc:"核发日期" format:"date"`
	CertificateNo string       `json:"certificate_no,omitempty" doc:"宅基地批准书或权属证号" maxLength:"60"`
	StartNo       string       `json:"start_no,omitempty" doc:"开工登记或施工许可编号" maxLength:"60"`
	AcceptanceNo  string       `json:"acceptance_no,omitempty" doc:"竣工验收资料编号" maxLength:"60"`
	Limits        *Measures    `json:"limits,omitempty" doc:"批准的面积、层数和高度"`
}

// Measures are what a permit limits and an acceptance measures; areas in ㎡, height in m.
type Measures struct {
	HomesteadArea Decimal `json:"homestead_area" doc:"宅基地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"133.00"`
	FootprintArea Decimal `json:"footprint_area" doc:"房基占地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"100.00"`
	BuildingArea  Decimal `json:"building_area" doc:"建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"200.00"`
	Floors        int     `json:"floors" doc:"层数" minimum:"1" maximum:"20" example:"2"`
	Height        Decimal `json:"height" doc:"高度（米）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"7.20"`
}

// over says in Chinese what exceeds the limits, "" where nothing does (overrun blocks, A21).
func (m Measures) over(most Measures) string {
	for _, x := range []struct {
		name, unit string
		is, most   Decimal
	}{{"宅基地面积", "㎡", m.HomesteadArea, most.HomesteadArea}, {"房基占地面积", "㎡", m.FootprintArea, most.FootprintArea},
		{"建筑面积", "㎡", m.BuildingArea, most.BuildingArea}, {"高度", "米", m.Height, most.Height}} {
		if x.is > x.most {
			return fmt.Sprintf("%s %s%s 超过许可的 %s%s", x.name, x.is, x.unit, x.most, x.unit)
		}
	}
	if m.Floors > most.Floors {
		return fmt.Sprintf("层数 %d 层超过许可的 %d 层", m.Floors, most.Floors)
	}
	return ""
}

// permitted is what the house may be at most: as the permit says, or the papers recorded for an older house. False without either.
func permitted(all Chains, c Case, e *Earlier) (Measures, bool) {
	if p, ok := Permit(all, c); ok {
		a := p.application().Proposed
		return Measures{a.HomesteadArea, a.FootprintArea, a.BuildingArea, a.Floors, a.Height}, true
	}
	if e != nil && e.PermitNo != "" && e.Limits != nil {
		return *e.Limits, true
	}
	return Measures{}, false
}

// validTo is the last day on which the permit of the house may be used: that of the homestead certificate (A31), 0 without an end.
func validTo(all Chains, c Case) calendar.Day {
	if p, ok := Permit(all, c); ok {
		if d, ok := p.Document(HomesteadCert); ok {
			return d.ValidTo
		}
	}
	return 0
}

// fact reads the application of a chain; the zero form when it cannot be read, so that every condition on it refuses.
func fact[T any](c Case) T {
	var v T
	if err := decode(c.Application, &v); err != nil {
		var zero T
		return zero
	}
	return v
}

// day is the day of a mark, 0 without it.
func (f File) day(m Mark) calendar.Day {
	if at, ok := f.Marks[m]; ok {
		return calendar.DayOf(at)
	}
	return 0
}

// servesHouse tells whether what an earlier case issued serves for a house: it is handed out, and the case is about that house.
func servesHouse(f Facts, earlier Case) bool {
	return handedOut(earlier) && house(f.County.Chains, earlier, f.Case)
}
