package houses

import (
	"slices"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/certificates"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
)

// HandedOut tells whether the certificates of the case are with the household: before that no paper of it serves
// anybody (R64).
func HandedOut(c Case) bool {
	switch c.State {
	case Issued, Filed, Archived, Registered:
		return true
	}
	return false
}

// Owns tells whether a case belongs to the house that another case is about.
func Owns(all Chains, c, of Case) bool {
	h := HouseCase(all, of)
	return h == 0 || c.ID == h || c.File.House == h
}

// HouseCase is the case that permitted the house: fixed when the case leaves its draft, and the newest one handed out
// until then. 0 for a house without one.
func HouseCase(all Chains, c Case) CaseID {
	if c.File.House != 0 || c.State != Draft && c.State != "" {
		return c.File.House
	}
	if slices.Contains(all.Of(PermitsHouse), c.Chain) {
		return c.ID
	}
	if p, ok := Newest(all, c, PermitsHouse,
		HandedOut); ok { // its certificates may be void: then the house has a case and no permit
		return p.ID
	}
	return 0
}

// Newest finds the newest other case of the household in a matter of the role.
func Newest(all Chains, c Case, role HouseRole, is func(Case) bool) (Case, bool) {
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
	return Newest(all, c, PermitsHouse, func(s Case) bool {
		_, valid := s.Document(PlanningPermitDoc)
		return s.ID == h && HandedOut(s) && valid
	})
}

// Start is the case that let the building of the house begin.
func Start(all Chains, c Case) (Case, bool) {
	return Newest(all, c, StartsHouse, func(s Case) bool {
		_, registered := s.Document(CommencementDoc)
		_, permitted := s.Document(ConstructionPermitDoc)
		return Owns(all, s, c) && HandedOut(s) && (registered || permitted)
	})
}

// Acceptance is the case by which the house was accepted.
func Acceptance(all Chains, c Case) (Case, bool) {
	return Newest(all, c, AcceptsHouse, func(s Case) bool {
		return Owns(all, s, c) && (s.State == Passed || s.State == Filed || s.State == Archived)
	})
}

// Permitted is what the house may be at most: as the permit says, or the papers recorded for an older house. False
// without either.
func Permitted(all Chains, c Case, e *forms.Earlier) (forms.Measures, bool) {
	if p, ok := Permit(all, c); ok {
		a := certificates.AsApproved(p)
		return forms.Measures{HomesteadArea: a.HomesteadArea, FootprintArea: a.FootprintArea, BuildingArea: a.BuildingArea,
			Floors: a.Floors, Height: a.Height}, true
	}
	if e != nil && e.PermitNo != "" && e.Limits != nil {
		return *e.Limits, true
	}
	return forms.Measures{}, false
}

// ValidTo is the last day on which the permit of the house may be used: that of the homestead certificate (A31), 0
// without an end.
func ValidTo(all Chains, c Case) calendar.Day {
	if p, ok := Permit(all, c); ok {
		if d, ok := p.Document(HomesteadCert); ok {
			return d.ValidTo
		}
	}
	return 0
}

// Serves tells whether what an earlier case issued serves for a house: it is handed out, and the case is about
// that house.
func Serves(f Facts, earlier Case) bool {
	return HandedOut(earlier) && Owns(f.County.Chains, earlier, f.Case)
}
