package web

import (
	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// StageName is the title of a stage of a chain.
func (a *Site) StageName(chain, stage string) string {
	if ch, err := a.svc.Chains().Newest(workflow.ChainID(chain)); err == nil {
		return ch.Title + "　" + lines.State(ch, glossary.State(stage))
	}
	return glossary.State(stage).Title()
}
