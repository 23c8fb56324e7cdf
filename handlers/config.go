package handlers

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/netip"
	"time"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Build says from what the program was built; fields that are not known are empty.
type Build struct {
	Version, Commit, Built, Go string
	Dirty                      bool
}

// Config is what the outside of the program needs to know.
type Config struct {
	Demo           *Demo          // nil unless the program serves its demo county
	Papers         Papers         // prints papers; nil: none are shown
	BaseURL        string         // address printed on papers and in links; empty under the demo only: taken from the request
	UploadDir      string         // where scans are kept, content-addressed
	SecureCookies  bool           // set behind TLS: cookies never travel in clear
	Log            *slog.Logger   // nil discards
	Build          Build          // from what the program was built
	TrustedProxies []netip.Prefix // only these may say whose address a request comes from

	Queue        Queue                       // nil where another process runs the jobs
	CheckChannel func(json.RawMessage) error // tells in Chinese what is wrong with a channel; nil: not checked

	Held     func() []*workflow.Held // what holds this process back now; nil: nothing ever does
	Beat     func() error            // why the last heartbeat of this process could not be written; nil: not known
	Stopping func() bool             // tells whether the server was told to stop: what comes then is refused; nil: it never is

	CountyChanged func(context.Context) error // takes a change of the county's settings into force in this process; nil: nothing is kept in memory
}

// Papers prints the papers of cases.
type Papers interface {
	// Print gives the one paper of a document, printing it where nobody has.
	Print(ctx context.Context, id workflow.CaseID, document int64) ([]byte, error)
	// Sheet prints a form without a number from what the case says; workflow.ErrNotFound where it has nothing for it.
	Sheet(ctx context.Context, id workflow.CaseID, form string) ([]byte, error)
	// Blank gives an empty form.
	Blank(form string) ([]byte, error)
}

// Demo is what only the demo county has: a clock that can be moved forward.
type Demo struct {
	Clock    DemoClock
	Accounts map[workflow.Party]string                        // login of the account at each desk of the demo village
	Settle   func(ctx context.Context) (fired int, err error) // runs all that the clock passed, answers once quiet
}

// DemoClock is a clock that a person may move.
type DemoClock interface {
	Now() time.Time
	Advance(d time.Duration)
	Set(t time.Time)
}

// Store is what the pages and the API read and write beside the workflow service.
type Store interface {
	Authenticate(ctx context.Context, login, password, remoteIP, device string, now time.Time) (models.Officer, error)
	NewSession(ctx context.Context, officer workflow.OfficerID, ttl time.Duration) (token string, expires time.Time, csrf string, err error)
	SessionOfficer(ctx context.Context, token string) (models.Officer, string, error)
	EndSession(ctx context.Context, token string) error

	Office(ctx context.Context, kind workflow.Party, division string) (models.Office, error)
	DivisionExists(ctx context.Context, code string) (bool, error)

	EnterHousehold(ctx context.Context, by workflow.OfficerID, key, asked string, h workflow.Household) (workflow.HouseholdID, bool, error)
	FindHouseholds(ctx context.Context, by workflow.OfficerID, q string, limit int) ([]models.HouseholdHit, error)
	SamePerson(ctx context.Context, by workflow.OfficerID, idNumber string) ([]models.HouseholdHit, error)
	RevealPerson(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, position int, reason string) (idNumber, phone string, err error)
	Accesses(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID) ([]models.Access, error)
	HouseholdFile(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (models.HouseholdFile, error)
	FreeHousehold(ctx context.Context, chain workflow.ChainID, purpose string) (workflow.HouseholdID, bool, error)

	Cases(ctx context.Context, by workflow.OfficerID, q models.CaseQuery) ([]workflow.Case, int, error)
	Tasks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]models.Task, int, error)
	History(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]models.Line, error)
	AllDeadlines(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]workflow.Deadline, error)
	Stays(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]workflow.Stay, error)
	KeyUsed(ctx context.Context, by workflow.OfficerID, id workflow.CaseID, key string) (bool, error)
	SaveReply(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string, body []byte) error

	SaveDraft(ctx context.Context, by workflow.OfficerID, d models.Draft) (models.Draft, error)
	Draft(ctx context.Context, by workflow.OfficerID, form string) (models.Draft, error)
	Drafts(ctx context.Context, by workflow.OfficerID) ([]models.Draft, error)
	DropDraft(ctx context.Context, by workflow.OfficerID, form string) error

	Letter(ctx context.Context, sender string, most int, now time.Time) (within bool, err error)
	SendPetition(ctx context.Context, p workflow.Petition, once string) (models.Petition, error)
	Petitions(ctx context.Context, by workflow.OfficerID, open bool, page, perPage int) ([]models.Petition, int, error)
	PetitionsOf(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]models.Petition, error)
	AnswerPetition(ctx context.Context, by workflow.OfficerID, id int64, answer string) error
	Ratings(ctx context.Context, by workflow.OfficerID) (count int, average float64, err error)

	QueryCode(id workflow.CaseID) string
	CaseOfCode(code string) (workflow.CaseID, bool)
	CaseByCode(ctx context.Context, code, tail, remoteIP string, now time.Time) (workflow.CaseID, error)
	NoticeCode(id workflow.CaseID) string
	CaseOfNotice(code string) (workflow.CaseID, bool)
	PaperFacts(ctx context.Context, id workflow.CaseID) (models.PaperFacts, error)

	Offices(ctx context.Context) ([]models.Office, error)
	RenameOffice(ctx context.Context, id workflow.OfficeID, name string) error
	Divisions(ctx context.Context) ([]models.Division, error)
	OpenAccount(ctx context.Context, by models.Administrator, n models.NewOfficer) (waits bool, err error)
	DisableOfficer(ctx context.Context, by models.Administrator, login string) error
	ResetPassword(ctx context.Context, by models.Administrator, login, password string, oneTime bool) (waits bool, err error)
	ChangePassword(ctx context.Context, id workflow.OfficerID, password string) error
	AccountChanges(ctx context.Context) ([]models.AccountChange, error)
	AccountNotices(ctx context.Context, by workflow.OfficerID) ([]models.AccountChange, error)
	ConfirmAccount(ctx context.Context, by workflow.OfficerID, id int64, password string) (login string, err error)
	RefuseAccount(ctx context.Context, by workflow.OfficerID, id int64) error
	NoteAdmin(ctx context.Context, by workflow.OfficerID, what, subject string) error
	AdminActs(ctx context.Context, page, perPage int) ([]models.AdminAct, int, error)
	AccessLog(ctx context.Context, page, perPage int) ([]models.Access, int, error)
	SaveParameters(ctx context.Context, p workflow.Parameters) error

	Distribution(ctx context.Context, by workflow.OfficerID, q models.SummaryQuery) ([]int, error)
	Summary(ctx context.Context, by workflow.OfficerID, q models.SummaryQuery) ([]models.SummaryRow, error)
	StagesBehind(ctx context.Context, by workflow.OfficerID, q models.SummaryQuery, light workflow.Light, page, perPage int) ([]models.StageLine, int, error)
	Breaches(ctx context.Context, by workflow.OfficerID, q models.BreachQuery) ([]models.BreachLine, int, error)
	EachBreach(ctx context.Context, by workflow.OfficerID, q models.BreachQuery, each func(models.BreachLine) error) error
	Breach(ctx context.Context, by workflow.OfficerID, id workflow.BreachID) (models.BreachLine, error)
	Officers(ctx context.Context) ([]models.Officer, error)

	Notices(ctx context.Context, by workflow.OfficerID, q models.NoticeQuery) ([]models.Notice, int, error)
	OwedCases(ctx context.Context, by workflow.OfficerID, page, perPage int) (list []models.OwedCase, cases, notices int, err error)
	Acknowledge(ctx context.Context, by workflow.OfficerID, ids ...int64) error
	MarkRead(ctx context.Context, by workflow.OfficerID, ids ...int64) error
	ContactOf(ctx context.Context, id workflow.OfficerID) (models.Contact, error)
	SetContact(ctx context.Context, id workflow.OfficerID, c models.Contact) error
	Leaves(ctx context.Context, from calendar.Day) ([]models.Leave, error)
	SetLeave(ctx context.Context, l models.Leave) (int64, error)
	EndLeave(ctx context.Context, id int64, back calendar.Day) error
	Channels(ctx context.Context) ([]models.Channel, error)
	SetChannel(ctx context.Context, c models.Channel) (int64, error)
	RemoveChannel(ctx context.Context, id int64) error

	Contractors(ctx context.Context, q models.ContractorQuery) ([]workflow.Contractor, int, error)
	RegisterContractor(ctx context.Context, by workflow.OfficerID, c workflow.Contractor) (created bool, err error)
	StrikeContractor(ctx context.Context, by workflow.OfficerID, code, reason string) error
	RestoreContractor(ctx context.Context, by workflow.OfficerID, code, reason string) error

	Backlog(ctx context.Context, now time.Time) (models.Backlog, error)
	Alarms(ctx context.Context) ([]models.Alarm, error)
	Processes(ctx context.Context) ([]models.Process, error)
	RestoreWaits(ctx context.Context) (models.RestoreList, error)
	FrozenCases(ctx context.Context) ([]models.Frozen, error)
	FailedJobs(ctx context.Context, open bool, page, perPage int) ([]models.FailedJob, int, error)
	Redrive(ctx context.Context, id int64, by workflow.OfficerID) (models.FailedJob, error)
	Deliveries(ctx context.Context, state string, page, perPage int) ([]models.DeliveryLine, int, error)
	RedriveDelivery(ctx context.Context, id int64, by workflow.OfficerID) error
	CalendarVersions(ctx context.Context) ([]models.CalendarVersion, error)

	PublicDocument(ctx context.Context, document int64) (models.PublicDocument, error)
	Disclosures(ctx context.Context, township string, page, perPage int) ([]models.DisclosureLine, int, error)

	PremisesChecks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]models.PremisesDue, int, error)
	FilePurchaseAgency(ctx context.Context, by workflow.OfficerID, a models.PurchaseAgency) error
	PublishPurchaseAgency(ctx context.Context, code string, from, to calendar.Day, delisted string) error
	PurchaseAgencies(ctx context.Context) ([]models.PurchaseAgency, error)
	SelectPurchase(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, work workflow.Work, agency string, p workflow.Purchase) (models.PurchaseOrder, error)
	ConfirmPurchase(ctx context.Context, by models.Officer, id int64, signer string) (models.PurchaseOrder, error)
	PayPurchase(ctx context.Context, by models.Officer, id int64, voucher string, p workflow.Purchase) (models.PurchaseOrder, error)
	SettlePurchases(ctx context.Context, year int) ([]models.Settlement, error)
	SetSeal(ctx context.Context, by workflow.OfficerID, picture []byte) error
	VerifyCode(document int64) string
	DocumentOf(code string) (document int64, ok bool)
	Tag(purpose, text string) string
	Tagged(purpose, text, tag string) bool

	Ping(ctx context.Context) error
}
