package cases

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"anju/workflow"
)

// rungNotices makes the notices of a rung: one for each office of the case that it tells.
func (s *Store) rungNotices(ctx context.Context, c workflow.Case, f workflow.Fired, step int, text string,
	at time.Time) ([]noticeRow, error) {
	var rows []noticeRow
	for _, p := range f.Tell {
		office, err := s.org.Desk(ctx, p, c)
		if errors.Is(err, workflow.ErrNotFound) || slices.ContainsFunc(rows,
			func(r noticeRow) bool { return r.OfficeID == int64(office.ID) }) {
			continue // the county has no such office: its ladder ends lower
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, noticeRow{OfficeID: int64(office.ID), CaseID: int64(c.ID), Kind: "rung",
			Source: int64(f.Deadline), Generation: f.Generation,
			Rung: string(f.Rung), Step: step, Text: text, At: at})
	}
	return rows, nil
}

func newOutboxRow(m workflow.Message, id workflow.CaseID, step int, at time.Time) (outboxRow, error) {
	payload, err := json.Marshal(Told{m, id, step})
	return outboxRow{CaseID: int64(id), Topic: m.Topic, Payload: string(payload), CreatedAt: at}, err
}

// missingOffice keeps a missing office from being taken for a missing case.
func missingOffice(err error) error {
	if errors.Is(err, workflow.ErrNotFound) {
		return errors.New("there is none: add it before the case can go there")
	}
	return err
}

// Told is the payload of an outbox row: the message, and which line of which case it speaks of.
type Told struct {
	workflow.Message
	Case workflow.CaseID `json:"case"`
	Step int             `json:"step"`
}
