package desk

import (
	"context"

	casesstore "anju/models/cases"
	"anju/models/history"
	"anju/models/households"
	noticesstore "anju/models/notices"
	"anju/models/org"
	"anju/models/petitions"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/trades"
)

// Store is what the desk ask of the database, by noun.
type Store interface {
	householdStore
	caseStore
	draftStore
	petitionStore
	paperStore
	officeStore
	breachStore
	noticeStore
	contractorStore
}

type householdStore interface {
	FindHouseholds(ctx context.Context, by workflow.OfficerID, q string, limit int) ([]households.HouseholdHit, error)
	SamePerson(ctx context.Context, by workflow.OfficerID, idNumber string) ([]households.HouseholdHit, error)
	Entry(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (households.Entry, error)
	FreeHousehold(ctx context.Context, chain workflow.ChainID, purpose string) (workflow.HouseholdID, bool, error)
}

type caseStore interface {
	Cases(ctx context.Context, by workflow.OfficerID, q casesstore.CaseQuery) ([]workflow.Case, int, error)
	Tasks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]casesstore.Task, int, error)
	Unserved(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]casesstore.Task, int, error)
	History(ctx context.Context, c workflow.Case) ([]history.Line, error)
}

type draftStore interface {
	SaveDraft(ctx context.Context, by workflow.OfficerID, d org.Draft) (org.Draft, error)
	Draft(ctx context.Context, by workflow.OfficerID, form string) (org.Draft, error)
	Drafts(ctx context.Context, by workflow.OfficerID) ([]org.Draft, error)
	DropDraft(ctx context.Context, by workflow.OfficerID, form string) error
}

type petitionStore interface {
	Petitions(ctx context.Context, by workflow.OfficerID, open bool, page, perPage int) ([]petitions.Petition, int, error)
	PetitionsOf(ctx context.Context, by workflow.OfficerID, c workflow.Case) ([]petitions.Petition, error)
	AnswerPetition(ctx context.Context, by workflow.OfficerID, id int64, answer string) error
	Ratings(ctx context.Context, by workflow.OfficerID) (count int, average float64, err error)
}

type paperStore interface {
	QueryCode(id workflow.CaseID) string
	NoticeCode(id workflow.CaseID) string
	Tag(purpose, text string) string
	Tagged(purpose, text, tag string) bool
}

type officeStore interface {
	Divisions(ctx context.Context) ([]org.Division, error)
	OfficersOf(ctx context.Context, office workflow.OfficeID) ([]org.Officer, error)
	ContactOf(ctx context.Context, id workflow.OfficerID) (noticesstore.Contact, error)
	Leaves(ctx context.Context, from calendar.Day) ([]org.Leave, error)
	EndLeave(ctx context.Context, id int64, back calendar.Day, act org.Act) error
}

type breachStore interface {
	Breaches(ctx context.Context, by workflow.OfficerID, q casesstore.BreachQuery) ([]casesstore.BreachLine, int, error)
}

type noticeStore interface {
	Notices(ctx context.Context, by workflow.OfficerID, q noticesstore.NoticeQuery) ([]noticesstore.Notice, int, error)
	OwedCases(ctx context.Context, by workflow.OfficerID, page, perPage int) (list []noticesstore.OwedCase,
		cases, notices int, err error)
	Acknowledge(ctx context.Context, by workflow.OfficerID, ids ...int64) error
	MarkRead(ctx context.Context, by workflow.OfficerID, ids ...int64) error
}

type contractorStore interface {
	Contractors(ctx context.Context, q households.ContractorQuery) ([]trades.Contractor, int, error)
}
