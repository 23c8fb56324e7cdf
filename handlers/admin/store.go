package admin

import (
	"context"

	"anju/models"
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
	Offices(ctx context.Context) ([]models.Office, error)
	RenameOffice(ctx context.Context, id workflow.OfficeID, name string) error
	Divisions(ctx context.Context) ([]models.Division, error)
	Officers(ctx context.Context) ([]models.Officer, error)
	Leaves(ctx context.Context, from calendar.Day) ([]models.Leave, error)
}

type accountStore interface {
	OpenAccount(ctx context.Context, by models.Administrator, n models.NewOfficer) (waits bool, err error)
	DisableOfficer(ctx context.Context, by models.Administrator, login string) error
	ResetPassword(ctx context.Context, by models.Administrator, login, password string, oneTime bool) (waits bool, err error)
	AccountChanges(ctx context.Context) ([]models.AccountChange, error)
	ConfirmAccount(ctx context.Context, by workflow.OfficerID, id int64, password string) (login string, err error)
	RefuseAccount(ctx context.Context, by workflow.OfficerID, id int64) error
}

type logStore interface {
	AdminActs(ctx context.Context, page, perPage int) ([]models.AdminAct, int, error)
	AccessLog(ctx context.Context, page, perPage int) ([]models.Access, int, error)
}

type countyStore interface {
	SaveParameters(ctx context.Context, p workflow.Parameters) error
	CalendarVersions(ctx context.Context) ([]models.CalendarVersion, error)
}

type noticeStore interface {
	Channels(ctx context.Context) ([]models.Channel, error)
	Deliveries(ctx context.Context, state string, page, perPage int) ([]models.DeliveryLine, int, error)
}

type jobStore interface {
	Processes(ctx context.Context) ([]models.Process, error)
	RestoreWaits(ctx context.Context) (models.RestoreList, error)
	FailedJobs(ctx context.Context, open bool, page, perPage int) ([]models.FailedJob, int, error)
	Ping(ctx context.Context) error
}
