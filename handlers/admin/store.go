package admin

import (
	"context"

	"anju/models/households"
	"anju/models/notices"
	"anju/models/org"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Store is what the administrators' pages ask of the database, by noun.
type Store interface {
	officeStore
	accountStore
	logStore
	countyStore
	noticeStore
	jobStore
}

type officeStore interface {
	Offices(ctx context.Context) ([]org.Office, error)
	ChangeOffice(ctx context.Context, id workflow.OfficeID, name, phone string, act org.Act) error
	Divisions(ctx context.Context) ([]org.Division, error)
	Officers(ctx context.Context) ([]org.Officer, error)
	Leaves(ctx context.Context, from calendar.Day) ([]org.Leave, error)
}

type accountStore interface {
	OpenAccount(ctx context.Context, by org.Administrator, n org.NewOfficer) (waits bool, err error)
	DisableOfficer(ctx context.Context, by org.Administrator, login string) error
	ResetPassword(ctx context.Context, by org.Administrator, login, password string, oneTime bool) (waits bool, err error)
	AccountChanges(ctx context.Context) ([]org.AccountChange, error)
	ConfirmAccount(ctx context.Context, by workflow.OfficerID, id int64, password string) (login string, err error)
	RefuseAccount(ctx context.Context, by workflow.OfficerID, id int64) error
}

type logStore interface {
	AdminActs(ctx context.Context, page, perPage int) ([]org.AdminAct, int, error)
	AccessLog(ctx context.Context, page, perPage int) ([]households.Access, int, error)
}

type countyStore interface {
	SaveParameters(ctx context.Context, p workflow.Parameters, act org.Act) error
	CalendarVersions(ctx context.Context) ([]registry.CalendarVersion, error)
}

type noticeStore interface {
	Channels(ctx context.Context) ([]notices.Channel, error)
	Deliveries(ctx context.Context, state string, page, perPage int) ([]notices.DeliveryLine, int, error)
}

type jobStore interface {
	Processes(ctx context.Context) ([]registry.Process, error)
	RestoreWaits(ctx context.Context) (registry.RestoreList, error)
	FailedJobs(ctx context.Context, open bool, page, perPage int) ([]notices.FailedJob, int, error)
	Ping(ctx context.Context) error
}
