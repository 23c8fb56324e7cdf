package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// The rows of a case. A move writes several rows that name each other, in one batch; so their numbers are not asked from the
// database but follow from the case and the step.

// rowID numbers the i-th row of its kind written by a step of a case.
func rowID(id workflow.CaseID, step, i int) int64 {
	return int64(id)*1_000_000 + int64(step)*20 + int64(i)
}

// rowsOf narrows such a table to one case, by its key and without an index of its own: column is the case's number.
func rowsOf(table, column string) string {
	return table + ".id >= " + column + " * 1000000 AND " + table + ".id < (" + column + " + 1) * 1000000"
}

// The bounds of rowID: a case ends long before.
const maxSteps, maxRows = 50_000, 20

type caseRow struct {
	ID                 int64 `gorm:"primaryKey;autoIncrement:false"`
	Number             string
	Chain              string
	ChainVersion       int
	State              string
	Step               int
	Seen               int
	Version            int
	Head               string
	HouseholdID        int64
	Householder        string
	Division           string
	GroupNo            string
	OpenedAt           time.Time
	EnteredAt          time.Time
	ClosedAt           *time.Time
	Outcome            string
	OfficerID          int64
	NoGroupLevel       bool
	InsidePlanningArea bool
	Authority          string
	Running            bool
	Application        string
	File               string
	Filed              string // hash of the history line that wrote the file
}

func (caseRow) TableName() string { return "cases" }

// caseColumns are all but the file.
const caseColumns = "c.id, c.number, c.chain, c.chain_version, c.state, c.step, c.seen, c.version, c.head, c.household_id, c.householder, " +
	"c.division, c.group_no, c.opened_at, c.entered_at, c.closed_at, c.outcome, c.officer_id, c.no_group_level, c.inside_planning_area, " +
	"c.authority, c.application, c.filed"

func (r *caseRow) fields() []any {
	return []any{&r.ID, &r.Number, &r.Chain, &r.ChainVersion, &r.State, &r.Step, &r.Seen, &r.Version, &r.Head, &r.HouseholdID, &r.Householder,
		&r.Division, &r.GroupNo, &r.OpenedAt, &r.EnteredAt, &r.ClosedAt, &r.Outcome, &r.OfficerID, &r.NoGroupLevel, &r.InsidePlanningArea,
		&r.Authority, &r.Application, &r.Filed}
}

func (r caseRow) toCase() workflow.Case {
	return workflow.Case{ID: workflow.CaseID(r.ID), Number: r.Number, Chain: workflow.ChainID(r.Chain), ChainVersion: r.ChainVersion,
		State: glossary.State(r.State), Step: r.Step, Seen: r.Seen, Household: workflow.HouseholdID(r.HouseholdID), Householder: r.Householder,
		Division: r.Division, GroupNo: r.GroupNo, OpenedAt: r.OpenedAt, EnteredAt: r.EnteredAt, ClosedAt: r.ClosedAt,
		Outcome: workflow.Ending(r.Outcome), EnteredBy: workflow.OfficerID(r.OfficerID), Application: json.RawMessage(r.Application),
		NoGroupLevel: r.NoGroupLevel, InsidePlanningArea: r.InsidePlanningArea, Authority: glossary.Party(r.Authority),
		Head: r.Head}
}

// rowOf is the row of a case without its file.
func rowOf(c workflow.Case, version int) caseRow {
	return caseRow{ID: int64(c.ID), Number: c.Number, Chain: string(c.Chain), ChainVersion: c.ChainVersion, State: string(c.State), Step: c.Step,
		Seen: c.Seen, Version: version, Head: c.Head, HouseholdID: int64(c.Household), Householder: c.Householder, Division: c.Division,
		GroupNo: c.GroupNo, OpenedAt: c.OpenedAt, EnteredAt: c.EnteredAt, ClosedAt: c.ClosedAt, Outcome: string(c.Outcome),
		OfficerID: int64(c.EnteredBy), Running: c.Open() && c.State != glossary.Draft, NoGroupLevel: c.NoGroupLevel, InsidePlanningArea: c.InsidePlanningArea,
		Authority: string(c.Authority), Application: string(c.Application)}
}

type stageRow struct {
	ID        int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID    int64
	Chain     string
	Stage     string
	Step      int
	Party     string
	OfficeID  int64
	EnteredAt time.Time
	LeftAt    *time.Time
	Verb      string
	OfficerID int64

	Township       string // nine digits
	LimitID        string // its own maximum, where one runs against an office
	WarnAt         *time.Time
	DueBefore      *time.Time
	WorkingMinutes *int
	AssigneeID     int64
}

func (stageRow) TableName() string { return "stages" }

type stageOfficeRow struct {
	StageID  int64  `gorm:"primaryKey;autoIncrement:false"`
	OfficeID int64  `gorm:"primaryKey;autoIncrement:false"`
	Record   string `gorm:"primaryKey"`
	Party    string
	DoneAt   *time.Time
}

func (stageOfficeRow) TableName() string { return "stage_offices" }

type recordRow struct {
	ID        int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID    int64
	Kind      string
	Stage     string
	Party     string
	OfficeID  int64
	OfficerID int64
	At        time.Time
	Data      string
}

func (recordRow) TableName() string { return "records" }

type materialRow struct {
	ID        int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID    int64
	Code      string
	Name      string
	Hash      string
	Size      int64
	Type      string
	Kind      string
	OfficerID int64
	At        time.Time
}

func (materialRow) TableName() string { return "materials" }

type documentRow struct {
	ID       int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID   int64
	Kind     string
	Series   string
	Seq      int
	Number   string
	Title    string
	Issuer   string
	Cites    string
	IssuedAt time.Time
	ValidTo  *day
	Sealed   bool
	Voided   string
}

func (documentRow) TableName() string { return "documents" }

type parcelRow struct {
	ID            int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID        int64
	HouseholdID   int64
	Address       string
	East          string
	South         string
	West          string
	North         string
	LandClass     string
	HomesteadArea int64
	FootprintArea int64
}

func (parcelRow) TableName() string { return "parcels" }

type buildingRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID       int64
	ParcelID     int64
	BuildType    string
	Use          string
	Class        string
	Floors       int
	BuildingArea int64
	Height       int64
	MaxSpan      int64
}

func (buildingRow) TableName() string { return "buildings" }

type deadlineRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID      int64
	LimitID     string
	Stage       string
	Generation  int
	StartedOn   day
	Extend      int
	Pauses      string
	DueOn       day
	DueBefore   time.Time
	WarnAt      *time.Time
	Provisional bool
	Calendar    int
	OpenedAt    time.Time
	ClosedAt    *time.Time
	Red         bool
	Next        string
	NextAt      *time.Time
	Paused      bool
}

func (deadlineRow) TableName() string { return "deadlines" }

const deadlineColumns = "id, case_id, limit_id, stage, generation, started_on, extend, pauses, due_on, due_before, warn_at, provisional, " +
	"calendar, opened_at, closed_at, red, next, next_at, paused"

func (r *deadlineRow) fields() []any {
	return []any{&r.ID, &r.CaseID, &r.LimitID, &r.Stage, &r.Generation, &r.StartedOn, &r.Extend, &r.Pauses, &r.DueOn, &r.DueBefore, &r.WarnAt,
		&r.Provisional, &r.Calendar, &r.OpenedAt, &r.ClosedAt, &r.Red, &r.Next, &r.NextAt, &r.Paused}
}

func (r deadlineRow) toDeadline() (workflow.Deadline, error) {
	d := workflow.Deadline{ID: workflow.DeadlineID(r.ID), Case: workflow.CaseID(r.CaseID), Limit: law.LimitID(r.LimitID),
		Stage: glossary.State(r.Stage), Run: r.Generation, StartedOn: calendar.Day(r.StartedOn), Extend: r.Extend,
		DueOn: calendar.Day(r.DueOn), DueBefore: r.DueBefore, WarnAt: instant(r.WarnAt), Provisional: r.Provisional, Calendar: r.Calendar,
		OpenedAt: r.OpenedAt, ClosedAt: r.ClosedAt, Red: r.Red, Next: workflow.RungName(r.Next), NextAt: instant(r.NextAt),
		Paused: r.Paused}
	if r.Pauses != "" {
		if err := json.Unmarshal([]byte(r.Pauses), &d.Pauses); err != nil {
			return d, fmt.Errorf("pauses of deadline %d: %w", r.ID, err)
		}
	}
	return d, nil
}

func rowOfDeadline(d workflow.Deadline) (deadlineRow, error) {
	r := deadlineRow{ID: int64(d.ID), CaseID: int64(d.Case), LimitID: string(d.Limit), Stage: string(d.Stage), Generation: d.Run,
		StartedOn: day(d.StartedOn), Extend: d.Extend, DueOn: day(d.DueOn), DueBefore: utc(d.DueBefore), WarnAt: perhaps(d.WarnAt),
		Provisional: d.Provisional, Calendar: d.Calendar, OpenedAt: utc(d.OpenedAt), ClosedAt: d.ClosedAt, Red: d.Red, Next: string(d.Next),
		NextAt: perhaps(d.NextAt), Paused: d.Paused}
	if len(d.Pauses) > 0 {
		b, err := json.Marshal(d.Pauses)
		if err != nil {
			return r, err
		}
		r.Pauses = string(b)
	}
	return r, nil
}

type breachRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement"`
	CaseID       int64
	DeadlineID   int64
	Generation   int
	Chain        string
	Stage        string
	LimitID      string
	Rule         string
	Law          string
	Article      string
	Party        string
	Township     string
	OfficeID     int64
	OfficerID    int64
	DueBefore    time.Time
	OpenedAt     time.Time
	ExplainBy    time.Time
	MetAt        *time.Time
	ClosedAt     *time.Time
	ExplainedAt  *time.Time
	ExplainedBy  int64
	Explanation  string
	MoveBy       *day
	RuledAt      *time.Time
	RuledBy      int64
	Verdict      string
	RulingGround string
}

func (breachRow) TableName() string { return "breaches" }

func (r breachRow) toBreach() workflow.Breach {
	b := workflow.Breach{ID: workflow.BreachID(r.ID), Case: workflow.CaseID(r.CaseID), Deadline: workflow.DeadlineID(r.DeadlineID),
		Run: r.Generation, Chain: workflow.ChainID(r.Chain), Stage: glossary.State(r.Stage), Limit: law.LimitID(r.LimitID),
		Rule: law.Rule(r.Rule), Under: law.Article{Law: law.Source(r.Law), No: r.Article}, Party: glossary.Party(r.Party),
		Office: workflow.OfficeID(r.OfficeID), Officer: workflow.OfficerID(r.OfficerID), DueBefore: r.DueBefore, OpenedAt: r.OpenedAt,
		ExplainBy: r.ExplainBy, MetAt: r.MetAt, ClosedAt: r.ClosedAt}
	if r.ExplainedAt != nil {
		b.Explained = &workflow.Explanation{At: *r.ExplainedAt, Officer: workflow.OfficerID(r.ExplainedBy), Text: r.Explanation}
		if r.MoveBy != nil {
			b.Explained.MoveBy = calendar.Day(*r.MoveBy)
		}
	}
	if r.RuledAt != nil {
		b.Ruled = &workflow.Ruling{At: *r.RuledAt, Officer: workflow.OfficerID(r.RuledBy), Verdict: workflow.Verdict(r.Verdict), Ground: r.RulingGround}
	}
	return b
}

// rowOfBreach is the row of a breach that begins: whose it was is added by whoever writes it.
func rowOfBreach(b workflow.Breach, division string) breachRow {
	return breachRow{ID: int64(b.ID), CaseID: int64(b.Case), DeadlineID: int64(b.Deadline), Generation: b.Run, Chain: string(b.Chain),
		Stage: string(b.Stage), LimitID: string(b.Limit), Rule: string(b.Rule), Law: string(b.Under.Law), Article: b.Under.No, Party: string(b.Party),
		Township: township(division), DueBefore: utc(b.DueBefore), OpenedAt: utc(b.OpenedAt), ExplainBy: utc(b.ExplainBy)}
}

// township is the code of a place's township, nine digits.
func township(division string) string { return division[:min(9, len(division))] }

type rungFiredRow struct {
	DeadlineID int64  `gorm:"primaryKey;autoIncrement:false"`
	Generation int    `gorm:"primaryKey;autoIncrement:false"`
	Rung       string `gorm:"primaryKey"`
	At         time.Time
}

func (rungFiredRow) TableName() string { return "rungs_fired" }

type noticeRow struct {
	ID         int64 `gorm:"primaryKey;autoIncrement"`
	OfficeID   int64
	CaseID     int64
	Kind       string
	Source     int64
	Generation int
	Rung       string
	Step       int
	Text       string
	At         time.Time
}

func (noticeRow) TableName() string { return "notices" }

type outboxRow struct {
	ID        int64 `gorm:"primaryKey;autoIncrement"`
	CaseID    int64
	Topic     string
	Payload   string
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
	SentAt    *time.Time
}

func (outboxRow) TableName() string { return "outbox" }

type idempotencyRow struct {
	OfficerID int64  `gorm:"primaryKey;autoIncrement:false"`
	CaseID    int64  `gorm:"primaryKey;autoIncrement:false"`
	Key       string `gorm:"primaryKey"`
	Step      int64  // line of the history; under case 0 the number of the case or household that was made
	Asked     string
	Response  []byte
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
}

func (idempotencyRow) TableName() string { return "idempotency" }

// day is a civil day in a column: a date on PostgreSQL, text on SQLite.
type day calendar.Day

// Scan reads a day from either form.
func (d *day) Scan(v any) error {
	switch v := v.(type) {
	case time.Time:
		*d = day(calendar.Date(v.Date()))
		return nil
	case string:
		p, err := calendar.ParseDay(v)
		*d = day(p)
		return err
	}
	return fmt.Errorf("%T is not a day", v)
}

// Value writes YYYY-MM-DD, which both take.
func (d day) Value() (driver.Value, error) { return calendar.Day(d).String(), nil }

func (d day) date() time.Time {
	y, m, n := calendar.Day(d).Date()
	return time.Date(y, m, n, 0, 0, 0, 0, time.UTC)
}

func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func perhaps(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = utc(t)
	return &t
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
