package api

import (
	"context"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Store is what the API ask of the database, by noun.
type Store interface {
	sessionStore
	householdStore
	caseStore
	breachStore
	noticeStore
	officeStore
	contractorStore
	jobStore
	countyStore
	purchaseStore
}

type sessionStore interface {
	EndSession(ctx context.Context, token string) error
}

type householdStore interface {
	FreeHousehold(ctx context.Context, chain workflow.ChainID, purpose string) (workflow.HouseholdID, bool, error)
}

type caseStore interface {
	Cases(ctx context.Context, by workflow.OfficerID, q models.CaseQuery) ([]workflow.Case, int, error)
	Tasks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]models.Task, int, error)
	History(ctx context.Context, by workflow.OfficerID, id workflow.CaseID) ([]models.Line, error)
	SaveReply(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string, body []byte) error
	PremisesChecks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]models.PremisesDue, int, error)
}

type breachStore interface {
	StagesBehind(ctx context.Context, by workflow.OfficerID, q models.SummaryQuery, light workflow.Light, page, perPage int) ([]models.StageLine, int, error)
	Breaches(ctx context.Context, by workflow.OfficerID, q models.BreachQuery) ([]models.BreachLine, int, error)
	EachBreach(ctx context.Context, by workflow.OfficerID, q models.BreachQuery, each func(models.BreachLine) error) error
}

type noticeStore interface {
	Notices(ctx context.Context, by workflow.OfficerID, q models.NoticeQuery) ([]models.Notice, int, error)
	Acknowledge(ctx context.Context, by workflow.OfficerID, ids ...int64) error
	MarkRead(ctx context.Context, by workflow.OfficerID, ids ...int64) error
	Channels(ctx context.Context) ([]models.Channel, error)
	Deliveries(ctx context.Context, state string, page, perPage int) ([]models.DeliveryLine, int, error)
}

type officeStore interface {
	ContactOf(ctx context.Context, id workflow.OfficerID) (models.Contact, error)
	Leaves(ctx context.Context, from calendar.Day) ([]models.Leave, error)
	SetSeal(ctx context.Context, by workflow.OfficerID, picture []byte) error
}

type contractorStore interface {
	Contractors(ctx context.Context, q models.ContractorQuery) ([]workflow.Contractor, int, error)
	RegisterContractor(ctx context.Context, by workflow.OfficerID, c workflow.Contractor) (created bool, err error)
	StrikeContractor(ctx context.Context, by workflow.OfficerID, code, reason string) error
	RestoreContractor(ctx context.Context, by workflow.OfficerID, code, reason string) error
}

type jobStore interface {
	FailedJobs(ctx context.Context, open bool, page, perPage int) ([]models.FailedJob, int, error)
}

type countyStore interface {
	CalendarVersions(ctx context.Context) ([]models.CalendarVersion, error)
}

type purchaseStore interface {
	FilePurchaseAgency(ctx context.Context, by workflow.OfficerID, a models.PurchaseAgency) error
	PublishPurchaseAgency(ctx context.Context, code string, from, to calendar.Day, delisted string) error
	PurchaseAgencies(ctx context.Context) ([]models.PurchaseAgency, error)
	SelectPurchase(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, work workflow.Work, agency string, p workflow.Purchase) (models.PurchaseOrder, error)
	ConfirmPurchase(ctx context.Context, by models.Officer, id int64, signer string) (models.PurchaseOrder, error)
	PayPurchase(ctx context.Context, by models.Officer, id int64, voucher string, p workflow.Purchase) (models.PurchaseOrder, error)
	SettlePurchases(ctx context.Context, year int) ([]models.Settlement, error)
}
