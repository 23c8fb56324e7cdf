package workflow

import "context"

// Object takes an objection to a public notice that was sent by the code on it: the petition, and the record that the
// group would enter (R36), in one transaction. From then on the group may not sign before it has looked into it. once is
// the key of the form: sent again, it gives the receipt that it gave first. It returns the number of the petition, and
// fails with *Refusal where the notice no longer hangs, with *Invalid where the objection does not hold, and with
// ErrStale on a key that was used for another case or kind; nothing is written then.
func (s *Service) Object(ctx context.Context, p Petition, once string) (receipt string, err error) {
	p.Kind = ObjectionPetition
	at := s.Now()
	return s.store.Object(ctx, p, once, func(receipt string, c Case) (Outcome, error) {
		return s.judge(c, BySystem, func(ch Chain, c Case, _ Actor) (Outcome, error) {
			by := Actor{Name: "异议人（扫码提出）", Kind: GroupCollective.Desk(c)}
			o := Objection{Name: p.Name, Facts: p.Text, Evidence: "扫公示二维码提出，回执 " + receipt}
			return ch.Enter(c, Recording{Kind: ObjectionKind, Data: Typed(o), By: by, At: at}, s.county())
		})
	})
}
