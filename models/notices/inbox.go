package notices

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// Notice is what an office was told of a case.
type Notice struct {
	ID          int64
	Case        workflow.CaseID
	Number      string
	Householder string
	Chain       workflow.ChainID
	Version     int            // of the chain, under which the case runs
	State       glossary.State // of the case, now
	Step        int            // line of the case's history that it speaks of
	Kind        string
	Rung        workflow.RungName // of a rung and of what climbed
	Text        string            // of a message the verb
	FromOffice  string            // of a message who wrote the line; empty where the system did
	FromOfficer string
	From        glossary.State // of a message the stage in which the line was written
	Words       string         // of a message what its sender typed
	At          time.Time
	ReadAt      time.Time // zero: unread by the office
	AckedAt     time.Time // zero: not acknowledged by the office
	AckedBy     string    // name of the officer
	ClimbedAt   time.Time // when the authority above was told that it was not acknowledged
}

// Owed tells whether the office must still acknowledge the notice.
func (n Notice) Owed() bool { return n.Kind != MessageNotice && n.AckedAt.IsZero() }

// Urgent tells whether the notice stands above those that only announce: something is late, or was not acknowledged
// below.
func (n Notice) Urgent() bool { return n.Kind == ClimbNotice || slices.Contains(pressingRungs, n.Rung) }

// NoticeQuery narrows a list of notices; zero fields do not.
type NoticeQuery struct {
	Kind      string
	Open      bool // not acknowledged
	Unread    bool
	Owed      bool  // to be acknowledged, and not yet so
	Addressed *bool // of messages: those that an office wrote to another (lines.Addressed), or the others
	Page      int   // from 1
	PerPage   int   // at most 200
}

// owedNotices is the condition of Notice.Owed in SQL, and urgency the order of Notice.Urgent.
const owedNotices = "n.acked_at IS NULL AND n.kind <> 'message'"

var urgency = "CASE WHEN n.kind = 'climb' OR n.rung IN (" + db.QuoteList(pressingRungs) + ") THEN 0 ELSE 1 END"

// officeNotices narrows a query to what an office was told.
func (s *Store) officeNotices(ctx context.Context, office workflow.OfficeID, q NoticeQuery) *gorm.DB {
	g := s.db.Read(ctx).Table("notices n").Where("n.office_id = ?", int64(office))
	if q.Kind != "" {
		g = g.Where("n.kind = ?", q.Kind)
	}
	if q.Open {
		g = g.Where("n.acked_at IS NULL")
	}
	if q.Unread {
		g = g.Where("n.read_at IS NULL")
	}
	if q.Owed {
		g = g.Where(owedNotices)
	}
	if q.Addressed != nil {
		g = g.Where("(n.kind = 'message' AND n.text IN ?) = ?", lines.Addressed, *q.Addressed)
	}
	return g
}

// Notices lists what the officer's office was told, the newest first, and how much that is in all. It fails with
// ErrNoScope for an officer without an area.
func (s *Store) Notices(ctx context.Context, by workflow.OfficerID, q NoticeQuery) ([]Notice, int, error) {
	o, _, err := s.org.AreaScope(ctx, by)
	if err != nil {
		return nil, 0, err
	}
	var total int64
	if err := s.officeNotices(ctx, o.Office, q).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := db.Page(q.Page, q.PerPage)
	list, err := readNotices(s.officeNotices(ctx, o.Office, q).Order("n.id DESC").Offset(offset).Limit(limit))
	return list, int(total), err
}

// OwedCase is a case of which an office must acknowledge what it was told, the most urgent notice first.
type OwedCase struct {
	Case    workflow.CaseID
	Notices []Notice // never empty
}

// OwedCases lists the cases of which the officer's office must acknowledge something: the urgent ones first, then the
// newest. It also tells how many cases and how many notices that are in all. It fails with ErrNoScope for an officer
// without an area.
func (s *Store) OwedCases(ctx context.Context, by workflow.OfficerID, number, size int) (list []OwedCase, cases,
	notices int, err error) {
	o, _, err := s.org.AreaScope(ctx, by)
	if err != nil {
		return nil, 0, 0, err
	}
	q := NoticeQuery{Owed: true}
	var total struct{ Cases, Notices int }
	if err := s.officeNotices(ctx, o.Office,
		q).Select("count(DISTINCT n.case_id) AS cases, count(*) AS notices").Scan(&total).Error; err != nil {
		return nil, 0, 0, err
	}
	var ids []int64
	offset, limit := db.Page(number, size)
	if err := s.officeNotices(ctx, o.Office, q).Group("n.case_id").Order("min("+urgency+"), max(n.id) DESC").
		Offset(offset).Limit(limit).Pluck("n.case_id", &ids).Error; err != nil || len(ids) == 0 {
		return nil, total.Cases, total.Notices, err
	}
	all, err := readNotices(s.officeNotices(ctx, o.Office, q).Where("n.case_id IN ?", ids).Order(urgency + ", n.id DESC"))
	if err != nil {
		return nil, 0, 0, err
	}
	byCase := map[workflow.CaseID][]Notice{}
	for _, n := range all {
		byCase[n.Case] = append(byCase[n.Case], n)
	}
	for _, id := range ids {
		if told := byCase[workflow.CaseID(id)]; len(told) > 0 { // none: acknowledged between the two queries
			list = append(list, OwedCase{workflow.CaseID(id), told})
		}
	}
	return list, total.Cases, total.Notices, nil
}

// readNotices reads notices with the line of the history that each speaks of: it has who wrote a message and their
// words.
func readNotices(g *gorm.DB) ([]Notice, error) {
	var rows []struct {
		ID                              int64
		CaseID                          int64
		Number, Householder             string
		Chain, State, Kind              string
		ChainVersion                    int
		Step                            int
		Rung, Text                      string
		OfficeName, OfficerName, Reason string
		FromState, Data                 string
		At                              time.Time
		ReadAt, AckedAt, ClimbedAt      *time.Time
		AckedName                       string
	}
	err := g.Joins("JOIN cases c ON c.id = n.case_id").Joins("LEFT JOIN officers o ON o.id = n.acked_by").
		Joins("LEFT JOIN history h ON h.case_id = n.case_id AND h.step = n.step AND h.officer_id <> 0 " +
			"AND n.kind = 'message'").
		Select("n.id, n.case_id, c.number, c.householder, c.chain, c.chain_version, c.state, n.kind, n.step, n.rung, " +
			"n.text, n.at, " +
			"n.read_at, n.acked_at, n.climbed_at, COALESCE(o.name, '') AS acked_name, COALESCE(h.office_name, '') AS " +
			"office_name, COALESCE(h.officer_name, '') AS officer_name, COALESCE(h.reason, '') AS reason, " +
			"COALESCE(h.from_state, '') AS from_state, COALESCE(h.data, " +
			"'') AS data").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	list := make([]Notice, len(rows))
	for i, r := range rows {
		list[i] = Notice{ID: r.ID, Case: workflow.CaseID(r.CaseID), Number: r.Number, Householder: r.Householder,
			Chain: workflow.ChainID(r.Chain), Version: r.ChainVersion,
			State: glossary.State(r.State), Step: r.Step, Kind: r.Kind, Rung: workflow.RungName(r.Rung), Text: r.Text,
			FromOffice: r.OfficeName, FromOfficer: r.OfficerName, From: glossary.State(r.FromState), At: r.At,
			ReadAt:  db.TimeOrZero(r.ReadAt),
			AckedAt: db.TimeOrZero(r.AckedAt),
			AckedBy: r.AckedName, ClimbedAt: db.TimeOrZero(r.ClimbedAt)}
		if r.Kind == MessageNotice {
			list[i].Words = lines.Words(r.Text, r.Reason, json.RawMessage(r.Data))
		}
	}
	return list, nil
}

// Acknowledge says that the officer's office knows of notices, all of them or none. The first to say so is kept. It
// fails with ErrNotFound where one is a notice of another office.
func (s *Store) Acknowledge(ctx context.Context, by workflow.OfficerID, ids ...int64) error {
	return s.markNotices(ctx, by, ids, "acked_at IS NULL", func(now time.Time) map[string]any {
		return map[string]any{"acked_at": now, "acked_by": int64(by), "read_at": gorm.Expr("COALESCE(read_at, ?)", now)}
	})
}

// MarkRead says that the officer's office has read notices. A message asks for no more: it is acknowledged by that. It
// fails as Acknowledge does.
func (s *Store) MarkRead(ctx context.Context, by workflow.OfficerID, ids ...int64) error {
	return s.markNotices(ctx, by, ids, "read_at IS NULL", func(now time.Time) map[string]any {
		return map[string]any{"read_at": now,
			"acked_at": gorm.Expr("CASE WHEN kind = 'message' THEN COALESCE(acked_at, ?) ELSE acked_at END", now),
			"acked_by": gorm.Expr("CASE WHEN kind = 'message' AND acked_at IS NULL THEN ? ELSE acked_by END", int64(by))}
	})
}

func (s *Store) markNotices(ctx context.Context, by workflow.OfficerID, ids []int64, where string,
	set func(time.Time) map[string]any) error {
	o, err := s.org.ActiveOfficer(ctx, by)
	if err != nil {
		return err
	}
	if !o.Role.Handles() || len(ids) == 0 {
		return workflow.ErrNotFound
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		var own int64
		if err := g.Table("notices").Where("id IN ? AND office_id = ?", ids, int64(o.Office)).Count(&own).Error; err != nil {
			return err
		}
		if int(own) != len(ids) {
			return workflow.ErrNotFound
		}
		return g.Table("notices").Where("id IN ? AND "+where, ids).Updates(set(s.db.Now())).Error
	})
}
