// Package petitions judges who answers what a person without an account sends about a case.
package petitions

import (
	"slices"

	"anju/workflow"
	"anju/workflow/glossary"
)

// Answering is the verb of a workflow.Refusal of MayAnswer.
const Answering = "answer"

// MayAnswer judges who answers a petition about a case that was in the state then when it was sent. It fails with
// *Refusal: workflow.ErrWrongParty with the office that answers, or ErrRecused.
func MayAnswer(ch workflow.Chain, kind string, c workflow.Case, then glossary.State, by workflow.Actor) error {
	r := &workflow.Refusal{Why: workflow.ErrWrongParty, State: c.State, Verb: Answering}
	i := slices.IndexFunc(ch.Petitions, func(row workflow.PetitionRow) bool { return row.Kind == kind })
	if i < 0 {
		return r
	}
	row := ch.Petitions[i]
	asked := make([]glossary.Party, 0, len(row.By)+1)
	for _, p := range row.By {
		asked = append(asked, ch.Desk(p, c))
	}
	if st, ok := ch.Stage(then); ok && row.About {
		asked = slices.DeleteFunc(asked, func(p glossary.Party) bool { return p == ch.Desk(st.By, c) })
	}
	if row.About {
		asked = append(asked, row.Last)
	}
	r.Party = asked[0]
	switch {
	case !slices.Contains(asked, by.Kind):
		return r
	case workflow.Related(c, by):
		r.Why = workflow.ErrRecused
		return r
	}
	return nil
}
