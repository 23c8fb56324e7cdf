package workflow

import (
	"encoding/json"
	"slices"
	"time"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// The numbers of rows; zero is none.
type (
	// CaseID numbers a case.
	CaseID int64
	// HouseholdID numbers a household's file.
	HouseholdID int64
	// DeadlineID numbers one run of a limit on a case.
	DeadlineID int64
	// RecordID numbers a record.
	RecordID int64
)

// ChainID is the matter's identifier in the glossary.
type ChainID string

// Ending is how a case ended; it becomes the outcome of the case.
type Ending string

// The endings of a case.
const (
	Granted     Ending = "granted"
	NotAccepted Ending = "not_accepted"
	Denied      Ending = "denied"
	Withdrawn   Ending = "withdrawn"
	Terminated  Ending = "terminated"
	Settled     Ending = "settled" // what was found was dealt with (结案): nothing was granted or denied
)

// Case is one application as far as a decision needs it. All of it is read under the lock of its row.
type Case struct {
	ID           CaseID
	Number       string
	Chain        ChainID
	ChainVersion int
	State        glossary.State
	Step         int // number of the last history line
	Seen         int // grows with every move and record by a person: what a page must have seen (409 otherwise)
	Household    HouseholdID
	Householder  string
	Division     string // village, 12 digits
	GroupNo      string // 2 digits
	OpenedAt     time.Time
	EnteredAt    time.Time // into the present stage
	ClosedAt     *time.Time
	Outcome      Ending
	EnteredBy    OfficerID // who typed the application in; he never signs it (A36)

	Application json.RawMessage // the chain's Form
	File        File
	Deadlines   []Deadline // live, and the last one of each limit that is not

	Persons            []string         // blind indexes of the household's members (recusal)
	Siblings           []Case           // the other cases of the household, oldest first, without deadlines (A29)
	Elsewhere          []string         // what other files hold in which an adult of the household is a member (A32)
	NoGroupLevel       bool             // A6
	InsidePlanningArea bool             // R60, A34
	Authority          glossary.Party   // which office is the Authority of this case (R93, R110)
	Head               string           // hash of the last history line
	Questions          map[int64]string // why papers of the case are before their authority, by their numbers
	Frozen             string           // what of its record does not verify; "": the case is not frozen
}

// File is what has gathered on the case, kept in the case's own row so that it is read under its lock.
type File struct {
	Records   []Record                    `json:"records,omitempty"`
	Materials []Material                  `json:"materials,omitempty"`
	Documents []Document                  `json:"documents,omitempty"`
	Marks     map[glossary.Mark]time.Time `json:"marks,omitempty"`
	Deemed    bool                        `json:"deemed,omitempty"`   // by lapse of time (Licensing Law Art. 32(4))
	Asked     *Correction                 `json:"asked,omitempty"`    // the one correction notice
	Returned  glossary.State              `json:"returned,omitempty"` // the stage that returned it
	Noticed   json.RawMessage             `json:"noticed,omitempty"`  // what the public notice said (A7)
	Current   CurrentHomestead            `json:"current"`            // the household's homestead at opening
	Members   int                         `json:"members"`            // people in the household
	House     CaseID                      `json:"house,omitempty"`    // the permit (A29); 0: older than the system

	Suspensions []Suspension  `json:"suspensions,omitempty"` // the ledger, in the order of entry
	Extended    *Extended     `json:"extended,omitempty"`
	BackEntries []BackEntered `json:"back_entries,omitempty"` // receipts that their receivers dated (A35)
	Handed      *Handed       `json:"handed,omitempty"`       // how the case came into the present stage
}

// Handed says who handed a case on, and since when the papers were there to be handed on.
type Handed struct {
	By    glossary.Party `json:"by"`
	Since calendar.Day   `json:"since"`
}

// BackEntered is the receipt of papers that truly came on an earlier day than the move that brought them (补录收件, A35).
type BackEntered struct {
	At       time.Time    `json:"at"` // of the move
	On       calendar.Day `json:"on"`
	Reason   string       `json:"reason"`
	Evidence string       `json:"evidence"`
}

// Since is the day from which the present stage counts: that on which its papers truly came.
func (c Case) Since() calendar.Day {
	if n := len(c.File.BackEntries); n > 0 && c.File.BackEntries[n-1].At.Equal(c.EnteredAt) {
		return c.File.BackEntries[n-1].On
	}
	return calendar.DayOf(c.EnteredAt)
}

// Correction is the one-time correction notice (F16, A8).
type Correction struct {
	At    time.Time        `json:"at"`
	Items []CorrectionItem `json:"items"`
	Until calendar.Day     `json:"until,omitempty"` // the last day that it states
}

// Record is something written in a stage that did not move the case.
type Record struct {
	ID      RecordID            `json:"id"`
	Kind    glossary.RecordKind `json:"kind"`
	Office  OfficeID            `json:"office"`
	Party   glossary.Party      `json:"party"`
	Officer OfficerID           `json:"officer"`
	Stage   glossary.State      `json:"stage"`
	At      time.Time           `json:"at"`
	Data    json.RawMessage     `json:"data"`
}

// Material is one scan handed in. A code may have several; the newest counts.
type Material struct {
	Code string    `json:"code"`
	Name string    `json:"name"` // as uploaded
	Hash string    `json:"hash"` // SM3 of the bytes
	Size int64     `json:"size"`
	Type string    `json:"type"`           // sniffed
	Kind string    `json:"kind,omitempty"` // which of several kinds that serve
	At   time.Time `json:"at"`
	By   OfficerID `json:"by"`
}

// Document is a paper issued on the case. Number is given in the transaction of the decision.
type Document struct {
	ID        int64                 `json:"id"`
	Kind      glossary.DocumentKind `json:"form"`
	Number    string                `json:"number"`
	Title     string                `json:"title"`
	Authority glossary.Party        `json:"authority"`        // the kind of office in the name of which it goes out
	Issuer    string                `json:"issuer,omitempty"` // name of that office when it was issued; the store fills it in
	Cites     string                `json:"cites,omitempty"`  // A12: the homestead certificate cites the planning permit
	IssuedAt  time.Time             `json:"issued_at"`
	ValidTo   calendar.Day          `json:"valid_to,omitempty"`   // last day on which it may be used; 0: no end
	Sealed    bool                  `json:"sealed,omitempty"`     // with the seal picture: no stamped copy is owed
	Voided    string                `json:"voided,omitempty"`     // why it is void; its number is never given again
	ValidFrom calendar.Day          `json:"valid_from,omitempty"` // first day, where it is not that of its issue
	Replaces  string                `json:"replaces,omitempty"`   // number of the one that it stands for
	Content   json.RawMessage       `json:"content,omitempty"`    // what it says otherwise than the application
	ToServe   bool                  `json:"to_serve,omitempty"`   // it is served; Service says when it was
	Service   *Service              `json:"service,omitempty"`    // never changed in place
}

// Service is how a paper reached the one it is for (送达, F34).
type Service struct {
	On        calendar.Day `json:"served_on"`
	Method    string       `json:"method"`
	Receiver  string       `json:"receiver,omitempty"`
	Agent     string       `json:"agent,omitempty"`     // who received it for the receiver, and as what
	Witnesses []string     `json:"witnesses,omitempty"` // two, where it was left with them (留置送达)
	Evidence  string       `json:"evidence,omitempty"`
	Office    OfficeID     `json:"office"` // that entered it
	Officer   OfficerID    `json:"officer"`
	At        time.Time    `json:"at"` // of the entry
}

// AwaitsService tells whether the paper is to be served and was not.
func (d Document) AwaitsService() bool { return d.ToServe && d.Service == nil && d.Voided == "" }

// MayBeServed tells whether a kind of office serves the paper on a day: the authority itself, or a counter for it.
func (d Document) MayBeServed(on calendar.Day, by glossary.Party) bool {
	return on >= calendar.DayOf(d.IssuedAt) && (by == d.Authority || by.Counter())
}

// Deadline is one limit running on a case: a row of the database, written in the transaction of the
// move that starts it.
type Deadline struct {
	ID          DeadlineID
	Case        CaseID
	Limit       law.LimitID
	Stage       glossary.State
	Run         int // grows each time the same limit starts again on the case
	StartedOn   calendar.Day
	Extend      int
	Pauses      []calendar.Pause
	DueOn       calendar.Day
	DueBefore   time.Time
	WarnAt      time.Time
	Provisional bool
	Calendar    int // version it was counted with
	OpenedAt    time.Time
	ClosedAt    *time.Time
	Paused      bool      // the clock stands until an unknown day: DueOn means nothing now
	Red         bool      // its red rung has fired
	Next        RungName  // next rung, "" for none
	NextAt      time.Time // when it falls due

	Beside bool           // the county's promise of fewer days, which runs beside the statutory day of the limit
	By     glossary.Party // the one of several offices that owes it; "": the office that has the case
}

// Kind is what makes a day binding.
type Kind string

// The kinds: the law, or the county's word where the law leaves the days open or the county needs fewer.
const (
	Statutory Kind = "statutory"
	Promised  Kind = "promised"
)

// Title is the kind in Chinese.
func (k Kind) Title() string { return map[Kind]string{Statutory: "法定", Promised: "承诺"}[k] }

// Kind tells whether the law fixes the day of the deadline, which counts the limit.
func (d Deadline) Kind(l Limit) Kind {
	if d.Beside || !l.Statutory {
		return Promised
	}
	return Statutory
}

// Strand tells the deadlines of one limit apart that run at once on a case: the day that counts and the promise beside
// it, and where several offices owe it one for each.
type Strand struct {
	Limit  law.LimitID
	Beside bool
	By     glossary.Party
}

// Strand is the strand of the deadline.
func (d Deadline) Strand() Strand { return Strand{d.Limit, d.Beside, d.By} }

// Live tells whether the deadline still runs.
func (d Deadline) Live() bool { return d.ClosedAt == nil }

// Passed tells whether the deadline has passed: on a published day, and not while the clock stands.
func (d Deadline) Passed(at time.Time) bool {
	return !d.Provisional && !d.Paused && !at.Before(d.DueBefore)
}

// Latest finds the newest record of a kind that counts, by a party where one is given.
func (c Case) Latest(k glossary.RecordKind, by ...glossary.Party) (Record, bool) {
	for i := len(c.File.Records) - 1; i >= 0; i-- {
		r := c.File.Records[i]
		if r.At.Before(c.File.Marks[glossary.Restarted]) {
			break
		}
		if r.Kind == k && (len(by) == 0 || r.Party == by[0]) {
			return r, true
		}
	}
	return Record{}, false
}

// HasMaterial tells whether a scan of the code is there; after a correction notice that asks for it,
// only one handed in since.
func (c Case) HasMaterial(code string) bool {
	var since time.Time
	if c.File.Asked != nil {
		for _, it := range c.File.Asked.Items {
			if it.MaterialCode == code {
				since = c.File.Asked.At
			}
		}
	}
	for _, m := range c.File.Materials {
		if m.Code == code && !m.At.Before(since) {
			return true
		}
	}
	return false
}

// Document finds the newest document of a kind that is not void.
func (c Case) Document(k glossary.DocumentKind) (Document, bool) {
	for i := len(c.File.Documents) - 1; i >= 0; i-- {
		if c.File.Documents[i].Kind == k && c.File.Documents[i].Voided == "" {
			return c.File.Documents[i], true
		}
	}
	return Document{}, false
}

// Open tells whether the case still runs.
func (c Case) Open() bool { return c.ClosedAt == nil }

// LiveDeadline finds the deadline of a limit that runs; false without one.
func (c Case) LiveDeadline(id law.LimitID) (Deadline, bool) { return c.live(Strand{Limit: id}) }

// Promise finds the promise that runs beside a deadline; false without one.
func (c Case) Promise(d Deadline) (Deadline, bool) { return c.live(Strand{d.Limit, true, d.By}) }

func (c Case) live(s Strand) (Deadline, bool) {
	i := slices.IndexFunc(c.Deadlines, func(d Deadline) bool { return d.Live() && d.Strand() == s })
	if i < 0 {
		return Deadline{}, false
	}
	return c.Deadlines[i], true
}

// Begun is the first day on which anything about the application can have happened.
func (c Case) Begun() calendar.Day {
	return calendar.DayOf(c.OpenedAt)
}

// Day is the day of a mark, 0 without it.
func (f File) Day(m glossary.Mark) calendar.Day {
	if at, ok := f.Marks[m]; ok {
		return calendar.DayOf(at)
	}
	return 0
}

// CurrentHomestead is the homestead and house the household has now; areas in ㎡.
type CurrentHomestead struct {
	HomesteadArea Decimal `json:"homestead_area" doc:"现宅基地面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"120.00"`
	BuildingArea  Decimal `json:"building_area" doc:"现建筑面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"96.00"`
	CertificateNo string  `json:"certificate_no,omitempty" doc:"权属证书号" maxLength:"60" example:"稷集用（1998）第0123号"`
}

// CorrectionItem is one missing or unsound paper.
type CorrectionItem struct {
	MaterialCode string `json:"material_code" doc:"材料编号" minLength:"1" maxLength:"10" example:"HP05"`
	Problem      string `json:"problem" doc:"存在的问题" minLength:"1" maxLength:"300" example:"图纸缺少层高标注"`
	Requirement  string `json:"requirement" doc:"补正要求" minLength:"1" maxLength:"300" example:"重新提交标注层高的图纸"`
}

// PausesSince are the pauses of the ledger that a count from a day meets.
func (f File) PausesSince(from calendar.Day) []calendar.Pause {
	var all []calendar.Pause
	for _, s := range f.Suspensions {
		if s.Open || s.To > from {
			all = append(all, s.Pause())
		}
	}
	return calendar.MergePauses(all)
}
