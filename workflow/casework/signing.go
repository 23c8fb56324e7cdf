package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"anju/workflow"
	"anju/workflow/glossary"
)

// SignLink is what a one-time link lets its holder do: sign, by his own hand and without an account, the opinion that
// one of those who built a house owes at its acceptance (R75). It serves once, in the stay of the case for which it was
// made, and until it expires.
type SignLink struct {
	ID      string // unguessable by itself, kept with the record that it made
	Case    workflow.CaseID
	Kind    glossary.RecordKind
	Entered time.Time // of the stay
	Expires time.Time
}

// judge holds a link to the case: expired, of another stay, used.
func (l SignLink) judge(ch workflow.Chain, c workflow.Case, now time.Time) (workflow.RecordRow, error) {
	row, ok := ch.Signable(c, l.Kind)
	refuse := func(why string) error {
		return &workflow.Refusal{Why: workflow.ErrBlocked, State: c.State, Verb: string(l.Kind), Party: signedAt(ch, l.Kind),
			Blocked: []workflow.Unmet{{Condition: "sign_link", Rule: "R75", Message: why, By: "record:" + string(l.Kind)}}}
	}
	switch {
	case !ok || !c.EnteredAt.Equal(l.Entered):
		return row, refuse("本次验收已经结束，签字链接失效，请向验收责任人索取新的链接")
	case !now.Before(l.Expires):
		return row, refuse("签字链接已过有效期，请向验收责任人索取新的链接")
	}
	for _, r := range c.File.Records {
		var signed struct {
			Link string `json:"link"`
		}
		if r.Kind == l.Kind && json.Unmarshal(r.Data, &signed) == nil && signed.Link == l.ID {
			return row, refuse("这个链接已经签过字，每个链接只能使用一次")
		}
	}
	return row, nil
}

// Signing shows the case that a link is about, without a lock; it fails as Sign does.
func (s *Service) Signing(ctx context.Context, l SignLink) (workflow.Case, error) {
	c, _, err := s.store.Read(ctx, l.Case, 0)
	if err != nil {
		return workflow.Case{}, err
	}
	ch, err := s.chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return workflow.Case{}, err
	}
	_, err = l.judge(ch, c, s.Now())
	return c, err
}

// Sign writes the record that a party signs through its link; signed carries the id of the link. It fails with *Refusal
// where the link has expired, was used, or belongs to an inspection that is over, and with *Invalid where the record
// does not hold.
func (s *Service) Sign(ctx context.Context, l SignLink, name string, signed workflow.Form) (workflow.Case, error) {
	at := s.Now()
	return s.update(ctx, l.Case, 0, "", func(ch workflow.Chain, c workflow.Case,
		_ workflow.Actor) (workflow.Outcome, error) {
		row, err := l.judge(ch, c, at)
		if err != nil {
			return workflow.Outcome{}, err
		}
		by := workflow.Actor{Name: fmt.Sprintf("%s（%s，手机签字）", name, l.Kind.Title()), Kind: ch.Desk(row.By[0], c)}
		return ch.Record(c, workflow.Recording{Kind: l.Kind, Data: workflow.Typed(signed), By: by, At: at}, s.county())
	})
}

// signedAt is the office that calls those who sign a record through links.
func signedAt(ch workflow.Chain, k glossary.RecordKind) glossary.Party {
	for _, st := range ch.Stages {
		for _, r := range st.Records {
			if r.Kind == k && r.ByLink {
				return r.By[0]
			}
		}
	}
	return ""
}
