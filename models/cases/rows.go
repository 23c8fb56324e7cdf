package cases

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// The rows of a case. A move writes several rows that name each other, in one batch; so their numbers are not asked
// from the database but follow from the case and the step.

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

// The columns of a case: as it is read, without its file; as many are read at once or listed, without what is large in
// them; as a move changes it, with its file or its application where they are others; and as a batch moves it on.
var (
	caseColumns  = db.ColumnsOf[caseRow]().Without("running", "file")
	batchColumns = caseColumns.Without("application", "filed")
	movedColumns = db.ColumnsOf[caseRow]().Only("state", "step", "seen", "version", "head", "entered_at",
		"closed_at", "outcome", "running", "no_group_level", "inside_planning_area", "authority")
	fileColumns        = db.ColumnsOf[caseRow]().Only("file", "filed")
	applicationColumns = db.ColumnsOf[caseRow]().Only("application")
	headColumns        = db.ColumnsOf[caseRow]().Only("step", "version", "head")
)

func (r caseRow) toCase() workflow.Case {
	return workflow.Case{ID: workflow.CaseID(r.ID), Number: r.Number, Chain: workflow.ChainID(r.Chain),
		ChainVersion: r.ChainVersion,
		State:        glossary.State(r.State), Step: r.Step, Seen: r.Seen, Household: workflow.HouseholdID(r.HouseholdID),
		Householder: r.Householder,
		Division:    r.Division, GroupNo: r.GroupNo, OpenedAt: r.OpenedAt, EnteredAt: r.EnteredAt, ClosedAt: r.ClosedAt,
		Outcome: workflow.Ending(r.Outcome), EnteredBy: workflow.OfficerID(r.OfficerID),
		Application:  json.RawMessage(r.Application),
		NoGroupLevel: r.NoGroupLevel, InsidePlanningArea: r.InsidePlanningArea, Authority: glossary.Party(r.Authority),
		Head: r.Head}
}

// newCaseRow is the row of a case without its file.
func newCaseRow(c workflow.Case, version int) caseRow {
	return caseRow{ID: int64(c.ID), Number: c.Number, Chain: string(c.Chain), ChainVersion: c.ChainVersion,
		State: string(c.State), Step: c.Step,
		Seen: c.Seen, Version: version, Head: c.Head, HouseholdID: int64(c.Household), Householder: c.Householder,
		Division: c.Division,
		GroupNo:  c.GroupNo, OpenedAt: c.OpenedAt, EnteredAt: c.EnteredAt, ClosedAt: c.ClosedAt, Outcome: string(c.Outcome),
		OfficerID: int64(c.EnteredBy), Running: c.Open() &&
			c.State != glossary.Draft, NoGroupLevel: c.NoGroupLevel, InsidePlanningArea: c.InsidePlanningArea,
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
	PromisedBefore *time.Time // of the promise, where it is another instant or the only one
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
	ID        int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID    int64
	Kind      string
	Series    string
	Seq       int
	Number    string
	Title     string
	Authority string
	Issuer    string
	Cites     string
	IssuedAt  time.Time
	ValidTo   *db.Day
	Sealed    bool
	Voided    string
	ServeAt   *int64
	ServedOn  *db.Day
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
	StartedOn   db.Day
	Extend      int
	Pauses      string
	DueOn       db.Day
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
	Beside      bool
	Party       string // of several that owe the limit
}

func (deadlineRow) TableName() string { return "deadlines" }

// The columns of a deadline: as it is read, as a move changes it, and as a batch moves its clock on.
var (
	deadlineColumns = db.ColumnsOf[deadlineRow]()
	clockColumns    = deadlineColumns.Only("due_on", "due_before", "warn_at", "provisional", "calendar", "red", "next",
		"next_at", "paused")
	changedColumns = deadlineColumns.Only("started_on", "extend", "pauses", "due_on", "due_before", "warn_at", "provisional",
		"calendar", "closed_at", "red", "next",
		"next_at", "paused")
)

// oneDeadline finds the row of a deadline: by the key, which has an index, and by its number among the strands.
const oneDeadline = "case_id = ? AND limit_id = ? AND generation = ? AND id = ?"

// awaitsCard finds the deadlines on which the law has acted before their day was published.
const awaitsCard = "closed_at IS NOT NULL AND provisional AND next = 'red'"

// newestDeadlines selects the last deadline of each strand of a case: one that is live is always the last, for a limit
// does not begin anew before it has ended.
func newestDeadlines(d db.Dialect, columns string) string {
	if d.Name() == "postgres" {
		return "SELECT DISTINCT ON (limit_id, beside, party) " + columns +
			" FROM deadlines WHERE case_id = ? ORDER BY limit_id DESC, beside DESC, party DESC, generation DESC"
	}
	return "SELECT " + columns +
		" FROM deadlines d WHERE case_id = ? AND NOT EXISTS (SELECT 1 FROM deadlines n WHERE n.case_id = d.case_id " +
		"AND n.limit_id = d.limit_id AND n.beside = d.beside AND n.party = d.party AND n.generation > d.generation)"
}

func (r deadlineRow) toDeadline() (workflow.Deadline, error) {
	d := workflow.Deadline{ID: workflow.DeadlineID(r.ID), Case: workflow.CaseID(r.CaseID),
		Limit: law.LimitID(r.LimitID),
		Stage: glossary.State(r.Stage), Run: r.Generation, StartedOn: calendar.Day(r.StartedOn), Extend: r.Extend,
		DueOn: calendar.Day(r.DueOn), DueBefore: r.DueBefore, WarnAt: db.TimeOrZero(r.WarnAt), Provisional: r.Provisional,
		Calendar: r.Calendar,
		OpenedAt: r.OpenedAt, ClosedAt: r.ClosedAt, Red: r.Red, Next: workflow.RungName(r.Next),
		NextAt: db.TimeOrZero(r.NextAt),
		Paused: r.Paused, Beside: r.Beside, By: glossary.Party(r.Party)}
	if r.Pauses != "" {
		if err := json.Unmarshal([]byte(r.Pauses), &d.Pauses); err != nil {
			return d, fmt.Errorf("pauses of deadline %d: %w", r.ID, err)
		}
	}
	return d, nil
}

func newDeadlineRow(d workflow.Deadline) (deadlineRow, error) {
	r := deadlineRow{ID: int64(d.ID), CaseID: int64(d.Case), LimitID: string(d.Limit), Stage: string(d.Stage),
		Generation: d.Run,
		StartedOn:  db.Day(d.StartedOn), Extend: d.Extend, DueOn: db.Day(d.DueOn), DueBefore: db.UTC(d.DueBefore),
		WarnAt:      db.NullTime(d.WarnAt),
		Provisional: d.Provisional, Calendar: d.Calendar, OpenedAt: db.UTC(d.OpenedAt), ClosedAt: d.ClosedAt, Red: d.Red,
		Next:   string(d.Next),
		NextAt: db.NullTime(d.NextAt), Paused: d.Paused, Beside: d.Beside, Party: string(d.By)}
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
	Kind         string
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
	MoveBy       *db.Day
	RuledAt      *time.Time
	RuledBy      int64
	Verdict      string
	RulingGround string
}

func (breachRow) TableName() string { return "breaches" }

// The columns of a breach: as it is read, and as an explanation, a ruling or the end of it changes it.
var (
	breachColumns = db.ColumnsOf[breachRow]()
	ruledColumns  = breachColumns.Only("closed_at", "explained_at", "explained_by", "explanation", "move_by", "ruled_at",
		"ruled_by", "verdict",
		"ruling_ground")
)

func (r breachRow) toBreach() workflow.Breach {
	b := workflow.Breach{ID: workflow.BreachID(r.ID), Case: workflow.CaseID(r.CaseID),
		Deadline: workflow.DeadlineID(r.DeadlineID),
		Run:      r.Generation, Chain: workflow.ChainID(r.Chain), Stage: glossary.State(r.Stage),
		Limit: law.LimitID(r.LimitID), Kind: workflow.Kind(r.Kind),
		Rule: law.Rule(r.Rule), Under: law.Article{Law: law.Source(r.Law),
			No: r.Article}, Party: glossary.Party(r.Party),
		Office: workflow.OfficeID(r.OfficeID), Officer: workflow.OfficerID(r.OfficerID), DueBefore: r.DueBefore,
		OpenedAt:  r.OpenedAt,
		ExplainBy: r.ExplainBy, MetAt: r.MetAt, ClosedAt: r.ClosedAt}
	if r.ExplainedAt != nil {
		b.Explained = &workflow.Explanation{At: *r.ExplainedAt, Officer: workflow.OfficerID(r.ExplainedBy),
			Text: r.Explanation}
		if r.MoveBy != nil {
			b.Explained.MoveBy = calendar.Day(*r.MoveBy)
		}
	}
	if r.RuledAt != nil {
		b.Ruled = &workflow.Ruling{At: *r.RuledAt, Officer: workflow.OfficerID(r.RuledBy),
			Verdict: workflow.Verdict(r.Verdict), Ground: r.RulingGround}
	}
	return b
}

// newBreachRow is the row of a breach that begins: office and officer are added by the caller.
func newBreachRow(b workflow.Breach, division string) breachRow {
	return breachRow{ID: int64(b.ID), CaseID: int64(b.Case), DeadlineID: int64(b.Deadline), Generation: b.Run,
		Chain: string(b.Chain),
		Stage: string(b.Stage), LimitID: string(b.Limit), Kind: string(b.Kind), Rule: string(b.Rule), Law: string(b.Under.Law), Article: b.Under.No,
		Party:    string(b.Party),
		Township: Township(division), DueBefore: db.UTC(b.DueBefore), OpenedAt: db.UTC(b.OpenedAt),
		ExplainBy: db.UTC(b.ExplainBy), MetAt: b.MetAt}
}

// Township is the code of a place's township, nine digits.
func Township(division string) string { return division[:min(9, len(division))] }

type rungFiredRow struct {
	DeadlineID int64  `gorm:"primaryKey;autoIncrement:false"`
	Generation int    `gorm:"primaryKey;autoIncrement:false"`
	Rung       string `gorm:"primaryKey"`
	At         time.Time
}

func (rungFiredRow) TableName() string { return "rungs_fired" }

// rungsTable is a table u of deadlines, generations and rungs, made of values.
func rungsTable(d db.Dialect, rows []rungFiredRow) (from string, args []any) {
	if d.Name() == "postgres" {
		n := len(rows)
		ids, generations, names := make([]int64, n), make([]int64, n), make([]string, n)
		for i, r := range rows {
			ids[i], generations[i], names[i] = r.DeadlineID, int64(r.Generation), r.Rung
		}
		return "unnest(?::bigint[], ?::bigint[], ?::text[]) AS u(deadline_id, generation, rung)", []any{ids, generations,
			names}
	}
	b, _ := json.Marshal(rows) // numbers and text always encode
	return "(SELECT json_extract(value, '$.DeadlineID') AS deadline_id, json_extract(value, '$.Generation') AS " +
		"generation, json_extract(value, '$.Rung') AS rung FROM json_each(?)) u", []any{string(b)}
}

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

type paperRow struct {
	DocumentID int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID     int64
	Hash       string
	Size       int64
	Body       []byte
	Signature  string
	Signer     string
	PrintedAt  time.Time
}

func (paperRow) TableName() string { return "papers" }

// inCharge finds the officer who answers for an office where none was put in charge: its head, else the first account.
const inCharge = "SELECT id FROM officers WHERE office_id = ? AND active ORDER BY CASE WHEN role IN ('group_head', " +
	"'village_head', 'township_head', 'county_head') THEN 0 ELSE 1 END, id LIMIT 1"

func toCases(rows []caseRow) ([]workflow.Case, error) {
	var out []workflow.Case
	for _, row := range rows {
		c := row.toCase()
		var err error
		if c.File, err = decodeFile(row.ID, row.File); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// toDeadlines keeps the live deadlines, and of each strand that has none the last one.
func toDeadlines(rows []deadlineRow) ([]workflow.Deadline, error) {
	all := make([]workflow.Deadline, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = r.toDeadline(); err != nil {
			return nil, err
		}
	}
	return liveOrNewest(all), nil
}

func liveOrNewest(all []workflow.Deadline) []workflow.Deadline {
	newest := map[workflow.Strand]int{}
	for _, d := range all {
		newest[d.Strand()] = max(newest[d.Strand()], d.Run)
	}
	kept := slices.DeleteFunc(all, func(d workflow.Deadline) bool { return !d.Live() && d.Run != newest[d.Strand()] })
	slices.SortFunc(kept, func(a, b workflow.Deadline) int { return int(a.ID - b.ID) })
	return kept
}
