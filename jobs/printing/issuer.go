package printing

import (
	"strings"

	"anju/models/papers"
	"anju/workflow"
)

// officeOf names who signs a paper: its issuer, in the township's name where that is the government's.
func officeOf(f papers.PaperFacts, d workflow.Document) string {
	switch d.Issuer {
	case "", workflow.TownshipGovernment.Title():
		return f.Township + "人民政府"
	case workflow.MarketStation.Title():
		return f.Township + workflow.MarketStation.Title()
	}
	return strings.Replace(d.Issuer, "县", f.County, 1)
}
