package chains

import (
	"slices"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
)

// NextCheck is the day by which the premises of a business that was passed are to be checked again (R113): six months
// after the last check. 0 for a case of another chain, or one that was not passed.
func NextCheck(all Chains, c Case) calendar.Day {
	if !slices.Contains(all.Of(UsesHouse), c.Chain) || c.Outcome != Granted || c.ClosedAt == nil {
		return 0
	}
	last := calendar.DayOf(*c.ClosedAt)
	if r, ok := c.Latest(PremisesCheckKind); ok {
		last = Recorded[forms.PremisesCheck](r).CheckedOn
	}
	if r, ok := c.Latest(PeriodicCheckKind); ok {
		last = Recorded[forms.PremisesCheck](r).CheckedOn
	}
	return last.AddMonths(law.Recheck.N)
}
