package serving

import (
	"fmt"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/law"
)

// Due is the last day of a period that runs for the receiver of a paper.
type Due struct {
	law.Term
	On calendar.Day
}

// Dues lists the last days of the periods that began with the service of a paper, in the order of its row; none
// while it is not served, and none of a void one. It fails where the calendar cannot count.
func Dues(ch workflow.Chain, d workflow.Document, cal *calendar.Calendar) ([]Due, error) {
	if d.Service == nil || d.Voided != "" {
		return nil, nil
	}
	var list []Due
	s, _ := ch.Serving(d.Kind)
	for _, t := range s.Terms {
		due, err := cal.Due(calendar.Count{From: d.Service.On, Limit: t.Limit})
		if err != nil {
			return nil, fmt.Errorf("%s from the service of %s: %w", t.ID, d.Number, err)
		}
		list = append(list, Due{t, due.DueOn})
	}
	return list, nil
}
