package intake

import (
	"context"
	"time"

	"anju/models/cases"
	"anju/models/households"
	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/forms"
)

// Store is what entries ask of the database, by noun.
type Store interface {
	sessionStore
	officeStore
	householdStore
	caseStore
	breachStore
	noticeStore
	jobStore
	paperStore
}

type sessionStore interface {
	Authenticate(ctx context.Context, login, password, remoteIP, device string, now time.Time) (org.Officer, error)
	ChangePassword(ctx context.Context, id workflow.OfficerID, password string) error
}

type officeStore interface {
	DivisionExists(ctx context.Context, code string) (bool, error)
	Officers(ctx context.Context) ([]org.Officer, error)
	SetContact(ctx context.Context, id workflow.OfficerID, c notices.Contact) error
	SetLeave(ctx context.Context, l org.Leave, act org.Act) (int64, error)
}

type householdStore interface {
	EnterHousehold(ctx context.Context, by workflow.OfficerID, key, asked string, h forms.Household) (workflow.HouseholdID,
		bool, error)
	HouseholdFile(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (cases.HouseholdFile, error)
	ChangeHousehold(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID,
		asked households.Asked) (households.Change, error)
	Unmask(ctx context.Context, id workflow.HouseholdID, h *forms.Household) error
}

type caseStore interface {
	KeyUsed(ctx context.Context, by workflow.OfficerID, id workflow.CaseID, key string) (bool, error)
	SaveReply(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string, body []byte) error
}

type breachStore interface {
	Breach(ctx context.Context, by workflow.OfficerID, id workflow.BreachID) (cases.BreachLine, error)
}

type noticeStore interface {
	SetChannel(ctx context.Context, c notices.Channel, act org.Act) (int64, error)
	RemoveChannel(ctx context.Context, id int64, act org.Act) error
	RedriveDelivery(ctx context.Context, id int64, act org.Act) error
}

type jobStore interface {
	Redrive(ctx context.Context, id int64, act org.Act) (notices.FailedJob, error)
}

type paperStore interface {
	Tag(purpose, text string) string
	Tagged(purpose, text, tag string) bool
}
