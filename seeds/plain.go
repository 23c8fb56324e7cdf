package seeds

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// kept is how many households the demo county keeps for a chain that demo.yml does not name.
const kept = 4

// plain returns the stories of the chains for which demo.yml keeps no household: one case goes to its end, another
// stays where it is handed over first. It enters the households that these and later cases belong to.
func (p *play) plain(ctx context.Context, named []household) ([]story, error) {
	var list []story
	serial := 0
	for _, ch := range p.walker.Service.Chains().All() {
		if slices.ContainsFunc(named, func(h household) bool { return h.For == string(ch.ID) }) {
			continue
		}
		for range kept {
			serial++
			h := named[0]
			h.Name, h.Gender, h.IDNumber, h.Members = "演示户", "", demoNumber(serial), nil
			h.Current = current{HomesteadArea: "0.00", BuildingArea: "0.00"}
			id, err := h.id(ctx, p.store, p.walker)
			if err == nil {
				err = p.store.KeepHousehold(ctx, id, ch.ID, string(ch.ID))
			}
			if err != nil {
				return nil, fmt.Errorf("household for %s: %w", ch.ID, err)
			}
		}
		day := time.Date(2026, time.January, 7, 9, 50, 0, 0, calendar.Shanghai)
		list = append(list, story{chain: ch.ID, from: day}, story{chain: ch.ID, from: day.AddDate(0, 1, 19),
			days: map[glossary.State]int{second(ch): forever}})
	}
	return list, nil
}

// second is the stage in which a case lies after its first verb ahead.
func second(ch workflow.Chain) glossary.State { return lines.Main(ch)[1] }

// demoNumber is an invented identity number with a valid check digit (GB 11643).
func demoNumber(serial int) string {
	body := fmt.Sprintf("14082419800229%03d", 900+serial)
	sum := 0
	for i, d := range body {
		sum += int(d-'0') * (1 << (17 - i) % 11)
	}
	return body + string("10X98765432"[sum%11])
}
