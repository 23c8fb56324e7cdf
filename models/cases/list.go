package cases

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/households"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// CaseQuery narrows a list of cases; empty fields do not. Q is part of a number or of a householder's name, or what
// else FindHouseholds takes of anybody in the household: a whole ID number, the last four characters of one or of a
// phone, pinyin or initials.
type CaseQuery struct {
	Chain    string
	State    string
	Division string // a village, or a township or county with its zeros
	Light    string
	Q        string
	Whole    bool // with applications and files, as a judgement needs them and a list does not
	Page     int  // from 1
	PerPage  int  // at most 200
}

// Cases lists the cases of the officer's area, the newest first, and how many there are in all. It fails with
// ErrNoScope for an officer without an area.
func (s *Store) Cases(ctx context.Context, by workflow.OfficerID, q CaseQuery) ([]workflow.Case, int, error) {
	_, scope, err := s.org.AreaScope(ctx, by)
	if err != nil {
		return nil, 0, err
	}
	g := s.narrow(ctx, s.db.Read(ctx).Model(&caseRow{}).Scopes(scope), q)
	var total int64
	if err := g.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := db.Page(q.Page, q.PerPage)
	var rows []caseRow
	if !q.Whole {
		g = g.Select(batchColumns.List("cases"))
	}
	if err := g.Session(&gorm.Session{}).Order("cases.id DESC").Offset(offset).Limit(limit).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	list, err := s.fillCases(ctx, rows)
	return list, int(total), err
}

func (s *Store) narrow(ctx context.Context, g *gorm.DB, q CaseQuery) *gorm.DB {
	if q.Chain != "" {
		g = g.Where("cases.chain = ?", q.Chain)
	}
	if q.State != "" {
		g = g.Where("cases.state = ?", q.State)
	}
	if q.Division != "" {
		g = g.Where("cases.division LIKE ? ESCAPE '!'", db.EscapeLike(org.AreaPrefix(q.Division))+"%")
	}
	if text := forms.NormalName(q.Q); text != "" {
		where, args := "cases.number LIKE ? ESCAPE '!' OR cases.householder LIKE ? ESCAPE '!'", []any{"%" +
			db.EscapeLike(text) + "%", households.NamePattern(text)}
		if found, ok := s.households.MatchHouseholds(ctx, text); ok {
			where, args = where+" OR cases.household_id IN (?)", append(args, found)
		}
		g = g.Where("("+where+")", args...)
	}
	const clocks = "SELECT 1 FROM deadlines d WHERE d.case_id = cases.id AND d.closed_at IS NULL AND NOT d.paused " +
		"AND NOT d.beside"
	const red = clocks + " AND d.warn_at IS NOT NULL AND d.due_before <= ? AND NOT d.provisional"
	const late = clocks + " AND d.warn_at IS NOT NULL AND d.warn_at <= ?"
	now := s.db.Now()
	switch workflow.Light(q.Light) {
	case workflow.Red:
		g = g.Where("EXISTS ("+red+")", now)
	case workflow.Yellow:
		g = g.Where("EXISTS ("+late+") AND NOT EXISTS ("+red+")", now, now)
	case workflow.Green:
		g = g.Where("EXISTS ("+clocks+") AND NOT EXISTS ("+late+")", now)
	case workflow.Grey:
		g = g.Where("NOT EXISTS (" + clocks + ")")
	}
	return g
}

// CasesByID reads cases without their files and deadlines.
func (s *Store) CasesByID(ctx context.Context, ids []int64) (map[int64]workflow.Case, error) {
	var rows []caseRow
	if err := s.db.Read(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	cases := make(map[int64]workflow.Case, len(rows))
	for _, r := range rows {
		cases[r.ID] = r.toCase()
	}
	return cases, nil
}

// fillCases makes cases of rows, with their deadlines, and with their files where the rows were read with them.
func (s *Store) fillCases(ctx context.Context, rows []caseRow) ([]workflow.Case, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var clocks []deadlineRow
	if err := s.db.Read(ctx).Where("case_id IN ?", ids).Order("id").Find(&clocks).Error; err != nil {
		return nil, err
	}
	of := map[int64][]deadlineRow{}
	for _, d := range clocks {
		of[d.CaseID] = append(of[d.CaseID], d)
	}
	list := make([]workflow.Case, len(rows))
	for i, r := range rows {
		var err error
		list[i] = r.toCase()
		if r.File != "" {
			if list[i].File, err = decodeFile(r.ID, r.File); err != nil {
				return nil, err
			}
		}
		if list[i].Deadlines, err = toDeadlines(of[r.ID]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Task is something that waits for an office: a stage to decide in, an opinion to give, a notice that a deadline was
// missed, or a paper of its own that rests on nothing any more.
type Task struct {
	Kind     string // "stage", "opinion", "notice", "question"
	Case     workflow.Case
	Deadline *workflow.Deadline // the most pressing one of the case; of a notice the one it speaks of
	Rung     workflow.RungName  // of a notice
	Text     string             // of a notice; of an opinion the kind of record that is owed; of a question why it is put
	At       time.Time
}

// The tasks of an office. A notice stays while its deadline runs or the stage it was given in does, the newest rung of
// a deadline only; an office that is late itself sees the task instead.
const taskList = `WITH mine AS (
  SELECT 0 AS kind, s.case_id, s.id AS source, '' AS record FROM stages s WHERE s.left_at IS NULL AND s.office_id = ?
  UNION ALL
  SELECT 1, s.case_id, s.id, o.record FROM stage_offices o JOIN stages s ON s.id = o.stage_id
    WHERE o.office_id = ? AND o.done_at IS NULL AND s.left_at IS NULL
  UNION ALL
  SELECT 2, n.case_id, n.id, '' FROM (SELECT max(id) AS id, case_id, source, max(step) AS step FROM notices
      WHERE office_id = ? AND kind IN ('rung', 'climb') GROUP BY case_id, source) n
    JOIN deadlines d ON d.case_id = n.case_id AND d.id = n.source
    JOIN stages s ON s.case_id = n.case_id AND s.left_at IS NULL
    WHERE s.office_id <> ? AND (d.closed_at IS NULL OR s.step <= n.step)
  UNION ALL
  SELECT 3, q.case_id, q.document_id, q.why FROM document_questions q WHERE q.office_id = ? AND q.settled_at IS NULL
), clocks AS (
  SELECT m.kind, m.case_id, m.source, m.record,
    (SELECT min(d.due_before) FROM deadlines d WHERE d.case_id = m.case_id AND d.closed_at IS NULL AND NOT d.paused AND NOT d.beside
      AND d.warn_at IS NOT NULL) AS due
  FROM mine m
)
SELECT c.kind, c.case_id, c.source, c.record, count(*) OVER () AS total FROM clocks c
ORDER BY CASE WHEN c.due IS NULL THEN 1 ELSE 0 END, c.due, c.kind, c.case_id, c.source LIMIT ? OFFSET ?`

// unservedList is the papers that a counter is to serve, the oldest first. A certificate waits for its stamped copy
// first (Licensing Law Art. 39).
var unservedList = `SELECT 4 AS kind, d.case_id, d.id AS source, d.title AS record, count(*) OVER () AS total
FROM documents d WHERE d.serve_at = ? AND d.served_on IS NULL AND d.voided = '' AND (d.sealed
  OR d.kind NOT IN (` + certificates + `) OR EXISTS (SELECT 1 FROM materials m
    WHERE m.case_id = d.case_id AND m.code = d.kind AND m.at >= d.issued_at))
ORDER BY d.issued_at, d.id LIMIT ? OFFSET ?`

// certificates lists the kinds of paper on which a right of the holder rests.
var certificates = func() string {
	var kinds []string
	for _, k := range glossary.Certificates() {
		kinds = append(kinds, "'"+string(k)+"'")
	}
	return strings.Join(kinds, ", ")
}()

// Tasks lists what waits for the officer's office, the most urgent first: what is due soonest, and so what is red
// before all. It fails with ErrNoScope for an officer without an area.
func (s *Store) Tasks(ctx context.Context, by workflow.OfficerID, number, size int) ([]Task, int, error) {
	return s.tasks(ctx, by, taskList, number, size)
}

// Unserved lists the papers that the officer's counter is to serve, the oldest first (送达). It fails with ErrNoScope for
// an officer without an area.
func (s *Store) Unserved(ctx context.Context, by workflow.OfficerID, number, size int) ([]Task, int, error) {
	return s.tasks(ctx, by, unservedList, number, size)
}

func (s *Store) tasks(ctx context.Context, by workflow.OfficerID, query string, number, size int) ([]Task, int, error) {
	o, _, err := s.org.AreaScope(ctx, by)
	if err != nil {
		return nil, 0, err
	}
	type line struct {
		Kind   int
		CaseID int64
		Source int64
		Record string
		Total  int
	}
	list := func(limit, offset int) (shown []line, err error) {
		args := slices.Repeat([]any{int64(o.Office)}, strings.Count(query, "?")-2) // the rest: LIMIT ? OFFSET ?
		err = s.db.Read(ctx).Raw(query, append(args, limit, offset)...).Scan(&shown).Error
		return shown, err
	}
	offset, limit := db.Page(number, size)
	shown, err := list(limit, offset)
	if err != nil {
		return nil, 0, err
	}
	total := 0
	if len(shown) > 0 {
		total = shown[0].Total
	} else if offset > 0 { // behind the last page: how many there are is still told
		first, err := list(1, 0)
		if err != nil || len(first) == 0 {
			return nil, 0, err
		}
		return nil, first[0].Total, nil
	}
	var caseIDs, noticeIDs []int64
	for _, t := range shown {
		caseIDs = append(caseIDs, t.CaseID)
		if t.Kind == 2 {
			noticeIDs = append(noticeIDs, t.Source)
		}
	}
	cases, notices, err := s.taskRows(ctx, caseIDs, noticeIDs)
	if err != nil {
		return nil, 0, err
	}
	tasks := make([]Task, 0, len(shown))
	for _, t := range shown {
		c := cases[t.CaseID]
		task := Task{Kind: "stage", Case: c, Deadline: mostPressing(c), At: c.EnteredAt}
		switch t.Kind {
		case 1:
			task.Kind, task.Text = "opinion", t.Record
		case 3:
			task.Kind, task.Text = "question", t.Record
		case 4:
			task.Kind, task.Text = "service", t.Record
		case 2:
			n := notices[t.Source]
			task.Kind, task.Rung, task.Text, task.At = "notice", workflow.RungName(n.Rung), n.Text, n.At
			for i := range c.Deadlines {
				if int64(c.Deadlines[i].ID) == n.Source {
					task.Deadline = &c.Deadlines[i]
				}
			}
		}
		tasks = append(tasks, task)
	}
	return tasks, total, nil
}

func (s *Store) taskRows(ctx context.Context, caseIDs, noticeIDs []int64) (map[int64]workflow.Case, map[int64]noticeRow,
	error) {
	cases, notices := map[int64]workflow.Case{}, map[int64]noticeRow{}
	if len(caseIDs) == 0 {
		return cases, notices, nil
	}
	var rows []caseRow
	if err := s.db.Read(ctx).Select(batchColumns.List("")).Where("id IN ?", caseIDs).Find(&rows).Error; err != nil {
		return nil, nil, err
	}
	list, err := s.fillCases(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range list {
		cases[int64(c.ID)] = c
	}
	if len(noticeIDs) == 0 {
		return cases, notices, nil
	}
	var told []noticeRow
	if err := s.db.Read(ctx).Where("id IN ?", noticeIDs).Find(&told).Error; err != nil {
		return nil, nil, err
	}
	for _, n := range told {
		notices[n.ID] = n
	}
	return cases, notices, nil
}

// mostPressing is the running maximum that is due first by law, or by promise where the law leaves it open.
func mostPressing(c workflow.Case) *workflow.Deadline {
	var first *workflow.Deadline
	for i := range c.Deadlines {
		d := &c.Deadlines[i]
		if d.Live() && !d.Beside && !d.Paused && !d.WarnAt.IsZero() && (first == nil || d.DueBefore.Before(first.DueBefore)) {
			first = d
		}
	}
	return first
}

// AllDeadlines lists every deadline that a case ever had, the first one first. The case is one that Read gave to an
// officer of its area.
func (s *Store) AllDeadlines(ctx context.Context, c workflow.Case) ([]workflow.Deadline, error) {
	var rows []deadlineRow
	if err := s.db.Read(ctx).Where("case_id = ?", int64(c.ID)).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]workflow.Deadline, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.toDeadline(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
