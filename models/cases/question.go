package cases

import (
	"fmt"

	"anju/models/db"
	"anju/workflow"
)

// queryQuestions queues why papers of a case are before their authority.
func (r *caseReader) queryQuestions(t *db.Tx, id workflow.CaseID) {
	t.Query(func(scan func(...any) error) error {
		var document int64
		var why string
		err := scan(&document, &why)
		if r.questions == nil {
			r.questions = map[int64]string{}
		}
		r.questions[document] = why
		return err
	}, "SELECT document_id, why FROM document_questions WHERE case_id = ? AND settled_at IS NULL", int64(id))
}

// writeQuestions puts papers before their authority, and takes them from it that are settled or void.
func (w *caseWriter) writeQuestions() error {
	settled := w.out.Settles
	for i, d := range w.old.File.Documents {
		if w.c.File.Documents[i].Voided != d.Voided {
			settled = append(settled, d.ID)
		}
	}
	for _, id := range settled {
		w.t.Exec("UPDATE document_questions SET settled_at = ? WHERE document_id = ? AND settled_at IS NULL", w.at, id)
	}
	for _, q := range w.out.Questions {
		office, err := w.s.org.Desk(w.t.Context(), q.By, w.c)
		if err != nil {
			return fmt.Errorf("office of %s: %w", q.By, missingOffice(err))
		}
		w.t.Exec("INSERT INTO document_questions(document_id, case_id, office_id, why, asked_at) VALUES (?, ?, ?, ?, ?) "+
			"ON CONFLICT (document_id) DO UPDATE SET why = excluded.why, asked_at = excluded.asked_at, settled_at = NULL",
			q.Document, int64(q.Case), int64(office.ID), q.Why, w.at)
	}
	return w.checkPlot()
}

// checkPlot refuses a corrected certificate that describes the plot of another household.
func (w *caseWriter) checkPlot() error {
	p := w.out.Plot
	if p == nil {
		return nil
	}
	var other string
	w.t.Query(func(scan func(...any) error) error { return scan(&other) },
		"SELECT c.number FROM parcels p JOIN cases c ON c.id = p.case_id WHERE c.household_id <> ? AND c.division = ? "+
			"AND c.outcome IN ('', 'granted') AND c.state <> 'draft' AND p.address <> '' AND (p.address = ? OR p.east = ? "+
			"AND p.south = ? AND p.west = ? AND p.north = ?) ORDER BY c.id LIMIT 1", int64(w.c.Household), w.c.Division,
		p.Address, p.East, p.South, p.West, p.North)
	if err := w.t.Flush(); err != nil {
		return err
	}
	if other != "" {
		return &workflow.Invalid{Fields: []workflow.FieldError{{Field: "corrected", Rule: w.out.Entry.Rule,
			Message: "更正后的位置或四至是另一户（办件 " + other + "）的宅基地，不能更正为他人的宅基地，请核对"}}}
	}
	return nil
}
