package casework

import (
	"context"
	"encoding/json"
	"slices"

	"anju/workflow"
)

// Print adds the printed paper of a document to the record, with a line of the history that carries its hash.
// ErrNotFound without the document. It does not change what a page must have seen. A paper that is there already fails
// with ErrMovedOn.
func (s *Service) Print(ctx context.Context, id workflow.CaseID, p workflow.Printed) error {
	at := s.Now()
	_, err := s.update(ctx, id, 0, "", func(_ workflow.Chain, c workflow.Case,
		_ workflow.Actor) (workflow.Outcome, error) {
		i := slices.IndexFunc(c.File.Documents, func(d workflow.Document) bool { return d.ID == p.Document })
		if i < 0 {
			return workflow.Outcome{}, workflow.ErrNotFound
		}
		d := c.File.Documents[i]
		raw, err := json.Marshal(map[string]string{"form": d.Kind.Form(), "number": d.Number, "title": d.Title,
			"hash": p.Hash})
		return workflow.Outcome{Case: c, Printed: &p, Entry: workflow.Entry{At: at, By: workflow.BySystem, Verb: "print",
			From: c.State, To: c.State, Rule: "R53", Data: raw}}, err
	})
	return err
}
