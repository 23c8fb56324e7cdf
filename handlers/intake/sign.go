package intake

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/glossary"
)

// signFor is how long a link to sign lives: parties sign on the day of the inspection or soon after.
const signFor = 72 * time.Hour

const signPurpose = "sign"

// signToken writes a link as the text of its address: what it is for, and the tag that only this program makes.
func (a *Service) signToken(l casework.SignLink) string {
	text := fmt.Sprintf("%s.%d.%s.%d.%d", l.ID, l.Case, l.Kind, l.Entered.UnixMicro(), l.Expires.Unix())
	return hex.EncodeToString([]byte(text)) + "." + a.store.Tag(signPurpose, text)
}

// SignLink reads a token; false for one that this program did not make.
func (a *Service) SignLink(token string) (casework.SignLink, bool) {
	var l casework.SignLink
	body, tag, ok := strings.Cut(token, ".")
	text, err := hex.DecodeString(body)
	if !ok || err != nil || !a.store.Tagged(signPurpose, string(text), tag) {
		return l, false
	}
	var entered, expires int64
	parts := strings.Split(string(text), ".")
	if len(parts) < 5 {
		return l, false
	}
	n := len(parts)
	l.ID, l.Kind = parts[0], glossary.RecordKind(strings.Join(parts[2:n-2], "."))
	if _, err := fmt.Sscan(parts[1]+" "+parts[n-2]+" "+parts[n-1], &l.Case, &entered, &expires); err != nil {
		return l, false
	}
	l.Entered, l.Expires = time.UnixMicro(entered).UTC(), time.Unix(expires, 0)
	return l, true
}

// ErrNoLink refuses a link that is not ours or has expired.
var ErrNoLink = problem.New(404, "签字链接不正确，请核对地址或向验收责任人索取新的链接")

// SignLinkBody says for which record a link is made.
type SignLinkBody struct {
	Kind glossary.RecordKind `json:"kind" doc:"由谁签字" enum:"applicant_opinion,design_opinion,construction_opinion,supervision_opinion" example:"supervision_opinion"`
}

// MakeSignLink makes a link by which one of the parties signs on his own phone.
func (a *Service) MakeSignLink(ctx context.Context, by *request.Caller, id workflow.CaseID, kind glossary.RecordKind,
	base string) (view.SignLink, error) {
	v, err := a.svc.Disclose(ctx, id, by.ID)
	if err != nil {
		return view.SignLink{}, err
	}
	if _, ok := v.Chain.Signable(v.Case, kind); !ok {
		return view.SignLink{}, &workflow.Refusal{Why: workflow.ErrNotOpen, State: v.Case.State, Verb: string(kind),
			Party: v.Stage.By}
	}
	for _, r := range v.Records {
		if r.Row.Kind == kind && !r.Allowed {
			return view.SignLink{}, &workflow.Refusal{Why: workflow.ErrWrongParty, State: v.Case.State, Verb: string(kind),
				Party: v.Chain.Desk(r.Row.By[0], v.Case)}
		}
	}
	l := casework.SignLink{ID: rand.Text(), Case: id, Kind: kind, Entered: v.Case.EnteredAt,
		Expires: a.svc.Now().Add(signFor)}
	return view.SignLink{URL: base + "/sign/" + a.signToken(l), Kind: string(kind), Title: kind.Title(),
		ExpiresAt: view.NewInstant(l.Expires)}, nil
}
