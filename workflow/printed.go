package workflow

import (
	"context"
	"encoding/json"
	"slices"
)

// Printed is a paper as it was printed once and for all: what is issued is never printed anew.
type Printed struct {
	Document int64
	Hash     string // SM3 of the bytes
	Body     []byte

	Signature string // of a certified signature service over the bytes; "" without one
	Signer    string
}

// Print adds the printed paper of a document to the record, with a line of the history that carries its hash. ErrNotFound without the
// document. It does not change what a page must have seen. A paper that is there already fails with ErrMovedOn.
func (s *Service) Print(ctx context.Context, id CaseID, p Printed) error {
	at := s.Now()
	_, err := s.update(ctx, id, 0, "", func(_ Chain, c Case, _ Actor) (Outcome, error) {
		i := slices.IndexFunc(c.File.Documents, func(d Document) bool { return d.ID == p.Document })
		if i < 0 {
			return Outcome{}, ErrNotFound
		}
		d := c.File.Documents[i]
		raw, err := json.Marshal(map[string]string{"form": d.Kind.Form(), "number": d.Number, "title": d.Title, "hash": p.Hash})
		return Outcome{Case: c, Printed: &p, Entry: Entry{At: at, By: BySystem, Verb: "print", From: c.State, To: c.State, Rule: "R53", Data: raw}}, err
	})
	return err
}
