package workflow

import (
	"context"
	"errors"
)

// Object enters what somebody without an account objects to a public notice, as the group would that took it down (R36): from then on the
// group may not sign before it has looked into it. receipt is the number that the objector was given; the same one is entered once. It
// fails with *Refusal where the notice no longer hangs, and with *Invalid where the objection does not hold.
func (s *Service) Object(ctx context.Context, id CaseID, receipt string, o Objection) (Case, error) {
	at := s.Now()
	o.Evidence = "扫公示二维码提出，回执 " + receipt
	var known Case
	c, err := s.update(ctx, id, 0, "", func(ch Chain, c Case, _ Actor) (Outcome, error) {
		for _, r := range c.File.Records {
			if r.Kind == ObjectionKind && read[Objection](r).Evidence == o.Evidence {
				known = c
				return Outcome{}, errEntered
			}
		}
		by := Actor{Name: "异议人（扫码提出）", Kind: GroupCollective.Desk(c)}
		return ch.Enter(c, Recording{Kind: ObjectionKind, Data: Typed(o), By: by, At: at}, s.county())
	})
	if errors.Is(err, errEntered) {
		return known, nil
	}
	return c, err
}

// errEntered ends the writing of what stands there already.
var errEntered = errors.New("entered before")
