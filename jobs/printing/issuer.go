package printing

import (
	"strings"

	"anju/models/papers"
	"anju/workflow"
	"anju/workflow/glossary"
)

// officeOf names who signs a paper: its issuer, in the township's name where that is the government's.
func officeOf(f papers.PaperFacts, d workflow.Document) string {
	switch d.Issuer {
	case "", glossary.TownshipGovernment.Title():
		return f.Township + "人民政府"
	case glossary.MarketStation.Title():
		return f.Township + glossary.MarketStation.Title()
	}
	for _, o := range glossary.Added() {
		if o.Level == glossary.TownshipLevel && o.Title == d.Issuer {
			return f.Township + o.Title
		}
	}
	return strings.Replace(d.Issuer, "县", f.County, 1)
}

// officeName is the name of the office of a kind that handles the case.
func (p filling) officeName(k glossary.Party) string {
	if o := k.Title(); strings.HasPrefix(o, "乡镇") {
		return p.f.Township + strings.TrimPrefix(o, "乡镇")
	}
	return officeOf(p.f, workflow.Document{Issuer: k.Title()})
}
