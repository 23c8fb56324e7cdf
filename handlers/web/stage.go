package web

import (
	"anju/workflow"
	"anju/workflow/glossary"
)

// StageName is the title of a stage of a chain.
func (a *Site) StageName(chain, stage string) string {
	if ch, err := a.svc.Chains().Newest(workflow.ChainID(chain)); err == nil {
		return ch.Title + "　" + glossary.State(stage).Title()
	}
	return glossary.State(stage).Title()
}
