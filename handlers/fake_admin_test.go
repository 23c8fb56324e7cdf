package handlers

import (
	"context"
	"time"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// What the counter's tests do not look at: empty in memory, tested on the real store in admin_test.go.

// one is the only row there is.
func one(id int64) error {
	if id != 1 {
		return workflow.ErrNotFound
	}
	return nil
}

func (m *memory) Notices(context.Context, workflow.OfficerID, bool, int, int) ([]models.Notice, int, error) {
	return nil, 0, m.broken
}
func (m *memory) Acknowledge(_ context.Context, _ workflow.OfficerID, id int64) error { return one(id) }
func (m *memory) ContactOf(context.Context, workflow.OfficerID) (models.Contact, error) {
	return models.Contact{}, m.broken
}
func (m *memory) SetContact(context.Context, workflow.OfficerID, models.Contact) error {
	return m.broken
}
func (m *memory) Leaves(context.Context, calendar.Day) ([]models.Leave, error) { return nil, m.broken }
func (m *memory) SetLeave(context.Context, models.Leave) (int64, error)        { return 1, m.broken }
func (m *memory) Channels(context.Context) ([]models.Channel, error)           { return nil, m.broken }
func (m *memory) SetChannel(context.Context, models.Channel) (int64, error)    { return 1, m.broken }
func (m *memory) RemoveChannel(_ context.Context, id int64) error              { return one(id) }
func (m *memory) Backlog(context.Context, time.Time) (models.Backlog, error) {
	return models.Backlog{}, m.broken
}
func (m *memory) Alarms(context.Context) ([]models.Alarm, error) { return nil, m.broken }
func (m *memory) FailedJobs(context.Context, bool, int, int) ([]models.FailedJob, int, error) {
	return nil, 0, m.broken
}
func (m *memory) Redrive(_ context.Context, id int64, _ workflow.OfficerID) (models.FailedJob, error) {
	return models.FailedJob{}, one(id)
}
func (m *memory) Deliveries(context.Context, string, int, int) ([]models.DeliveryLine, int, error) {
	return nil, 0, m.broken
}
func (m *memory) RedriveDelivery(_ context.Context, id int64, _ workflow.OfficerID) error {
	return one(id)
}
func (m *memory) CalendarVersions(context.Context) ([]models.CalendarVersion, error) {
	return nil, m.broken
}
