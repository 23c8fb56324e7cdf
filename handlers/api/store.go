package api

import (
	"context"

	"anju/models/cases"
	"anju/models/history"
	"anju/models/households"
	"anju/models/notices"
	"anju/models/org"
	"anju/models/registry"
	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/trades"
)

// Store is what the API ask of the database, by noun.
type Store interface {
	keyStore
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
	Cases(ctx context.Context, by workflow.OfficerID, q cases.CaseQuery) ([]workflow.Case, int, error)
	Tasks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]cases.Task, int, error)
	Unserved(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]cases.Task, int, error)
	History(ctx context.Context, c workflow.Case) ([]history.Line, error)
	SaveReply(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string, body []byte) error
	PremisesChecks(ctx context.Context, by workflow.OfficerID, page, perPage int) ([]cases.PremisesDue, int, error)
}

type breachStore interface {
	StagesBehind(ctx context.Context, by workflow.OfficerID, q statistics.SummaryQuery, light workflow.Light,
		page, perPage int) ([]statistics.StageLine, int, error)
	Breaches(ctx context.Context, by workflow.OfficerID, q cases.BreachQuery) ([]cases.BreachLine, int, error)
	EachBreach(ctx context.Context, by workflow.OfficerID, q cases.BreachQuery, each func(cases.BreachLine) error) error
}

type noticeStore interface {
	Notices(ctx context.Context, by workflow.OfficerID, q notices.NoticeQuery) ([]notices.Notice, int, error)
	Acknowledge(ctx context.Context, by workflow.OfficerID, ids ...int64) error
	MarkRead(ctx context.Context, by workflow.OfficerID, ids ...int64) error
	Channels(ctx context.Context) ([]notices.Channel, error)
	Deliveries(ctx context.Context, state string, page, perPage int) ([]notices.DeliveryLine, int, error)
}

type officeStore interface {
	ContactOf(ctx context.Context, id workflow.OfficerID) (notices.Contact, error)
	Leaves(ctx context.Context, from calendar.Day) ([]org.Leave, error)
	Officers(ctx context.Context) ([]org.Officer, error)
	SetSeal(ctx context.Context, by workflow.OfficerID, picture []byte) error
}

type contractorStore interface {
	Contractors(ctx context.Context, q households.ContractorQuery) ([]trades.Contractor, int, error)
	RegisterContractor(ctx context.Context, by workflow.OfficerID, c trades.Contractor) (created bool, err error)
	StrikeContractor(ctx context.Context, by workflow.OfficerID, code, reason string) error
	RestoreContractor(ctx context.Context, by workflow.OfficerID, code, reason string) error
}

type jobStore interface {
	FailedJobs(ctx context.Context, open bool, page, perPage int) ([]notices.FailedJob, int, error)
}

type countyStore interface {
	CalendarVersions(ctx context.Context) ([]registry.CalendarVersion, error)
}

type purchaseStore interface {
	FilePurchaseAgency(ctx context.Context, by workflow.OfficerID, a households.PurchaseAgency) error
	PublishPurchaseAgency(ctx context.Context, code string, from, to calendar.Day, delisted string) error
	PurchaseAgencies(ctx context.Context) ([]households.PurchaseAgency, error)
	SelectPurchase(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID, work trades.Work,
		agency string, p trades.Purchase) (households.PurchaseOrder, error)
	PurchaseOrder(ctx context.Context, by org.Officer, of households.PurchaseOrder) (households.PurchaseOrder, error)
	ConfirmPurchase(ctx context.Context, by org.Officer, id int64, signer string) (households.PurchaseOrder, error)
	PayPurchase(ctx context.Context, by org.Officer, id int64, voucher string,
		p trades.Purchase) (households.PurchaseOrder, error)
	SettlePurchases(ctx context.Context, year int) ([]households.Settlement, error)
}
