package casework

import (
	"context"
	"fmt"
	"slices"

	"anju/workflow"
)

// Object takes an objection to a public notice that was sent by the code on it: the petition, and the record that the
// office which answers it would enter (R36), in one transaction. From then on nothing is signed before it has been
// looked into. once is the key of the form: sent again, it gives the receipt that it gave first. It returns the number
// of the petition, and fails with *Refusal where the notice no longer hangs, with *Invalid where the objection does not
// hold, and with ErrStale on a key that was used for another case or kind; nothing is written then.
func (s *Service) Object(ctx context.Context, p workflow.Petition, once string) (receipt string, err error) {
	p.Kind = workflow.ObjectionPetition
	at := s.Now()
	return s.store.Object(ctx, p, once, func(receipt string, c workflow.Case) (workflow.Outcome, error) {
		return s.judge(c, workflow.BySystem, func(ch workflow.Chain, c workflow.Case,
			_ workflow.Actor) (workflow.Outcome, error) {
			i := slices.IndexFunc(ch.Petitions, func(r workflow.PetitionRow) bool { return r.Kind == p.Kind && r.Record != nil })
			if i < 0 {
				return workflow.Outcome{}, fmt.Errorf("chain %s enters no record of a petition of kind %s", ch.ID, p.Kind)
			}
			row := ch.Petitions[i]
			kind, form := row.Record(p, receipt)
			by := workflow.Actor{Name: row.Sender, Kind: ch.Desk(row.By[0], c)}
			return ch.Record(c, workflow.Recording{Kind: kind, Data: workflow.Typed(form), By: by, At: at}, s.county())
		})
	})
}
