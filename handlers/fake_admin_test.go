package handlers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anju/models/db"
	"anju/models/history"
	"anju/models/households"
	"anju/models/notices"
	"anju/models/org"
	"anju/models/papers"
	"anju/models/petitions"
	"anju/models/registry"
	"anju/models/statistics"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/trades"
)

// What the counter's tests do not look at: empty in memory, tested on the real store in admin_test.go.

// one is the only row there is.
func one(id int64) error {
	if id != 1 {
		return workflow.ErrNotFound
	}
	return nil
}

func (m *memory) Notices(context.Context, workflow.OfficerID, notices.NoticeQuery) ([]notices.Notice, int, error) {
	return nil, 0, m.broken
}
func (m *memory) OwedCases(context.Context, workflow.OfficerID, int, int) ([]notices.OwedCase, int, int, error) {
	return nil, 0, 0, m.broken
}
func (m *memory) Acknowledge(_ context.Context, _ workflow.OfficerID, ids ...int64) error {
	return one(ids[0])
}
func (m *memory) MarkRead(_ context.Context, _ workflow.OfficerID, ids ...int64) error {
	return one(ids[0])
}
func (m *memory) ContactOf(context.Context, workflow.OfficerID) (notices.Contact, error) {
	return notices.Contact{}, m.broken
}
func (m *memory) SetContact(context.Context, workflow.OfficerID, notices.Contact) error {
	return m.broken
}
func (m *memory) KeyUse(context.Context, workflow.OfficerID, string) (org.KeyUse, error) {
	return org.KeyUse{}, workflow.ErrNotFound
}
func (m *memory) KeepAnswer(context.Context, *db.RequestKey, []byte) error    { return m.broken }
func (m *memory) Leaves(context.Context, calendar.Day) ([]org.Leave, error)   { return nil, m.broken }
func (m *memory) SetLeave(context.Context, org.Leave, org.Act) (int64, error) { return 1, m.broken }
func (m *memory) Channels(context.Context) ([]notices.Channel, error)         { return nil, m.broken }
func (m *memory) SetChannel(context.Context, notices.Channel, org.Act) (int64, error) {
	return 1, m.broken
}
func (m *memory) RemoveChannel(_ context.Context, id int64, _ org.Act) error { return one(id) }
func (m *memory) Backlog(context.Context, time.Time) (notices.Backlog, error) {
	return notices.Backlog{}, m.broken
}
func (m *memory) Processes(context.Context) ([]registry.Process, error) {
	if m.processes != nil || m.broken != nil {
		return m.processes, m.broken
	}
	return []registry.Process{{ID: "one", Role: "all", Host: "server", Beat: noon, Age: 3 * time.Second}}, nil
}
func (m *memory) Alarms(context.Context) ([]notices.Alarm, error) { return nil, m.broken }
func (m *memory) FailedJobs(context.Context, bool, int, int) ([]notices.FailedJob, int, error) {
	return nil, 0, m.broken
}
func (m *memory) Redrive(_ context.Context, id int64, _ org.Act) (notices.FailedJob, error) {
	return notices.FailedJob{}, one(id)
}
func (m *memory) Deliveries(context.Context, string, int, int) ([]notices.DeliveryLine, int, error) {
	return nil, 0, m.broken
}
func (m *memory) RedriveDelivery(_ context.Context, id int64, _ org.Act) error {
	return one(id)
}
func (m *memory) CalendarVersions(context.Context) ([]registry.CalendarVersion, error) {
	return nil, m.broken
}
func (m *memory) Contractors(context.Context, households.ContractorQuery) ([]trades.Contractor, int, error) {
	list := seeds.DemoContractors()
	return list, len(list), m.broken
}
func (m *memory) RegisterContractor(context.Context, workflow.OfficerID, trades.Contractor) (bool, error) {
	return true, m.broken
}
func (m *memory) StrikeContractor(_ context.Context, _ workflow.OfficerID, code, _ string) error {
	return registered(code)
}
func (m *memory) RestoreContractor(_ context.Context, _ workflow.OfficerID, code, _ string) error {
	return registered(code)
}

// registered is whoever the demo county has registered.
func registered(code string) error {
	if !slices.ContainsFunc(seeds.DemoContractors(), func(c trades.Contractor) bool { return c.Code == code }) {
		return workflow.ErrNotFound
	}
	return nil
}

// contractorExample is what the document gives as an example.
const contractorExample = `{"code":"91140824MA0ANJU11K","kind":"contractor_org","name":"稷山县同心建筑专业合作社","work":["build"],"basis":"rural_cooperative",
	"qualification":"专业合作社","from":"2026-01-01","to":"2028-12-31"}`

func (m *memory) FilePurchaseAgency(context.Context, workflow.OfficerID, households.PurchaseAgency) error {
	return m.broken
}
func (m *memory) PublishPurchaseAgency(context.Context, string, calendar.Day, calendar.Day, string) error {
	return m.broken
}
func (m *memory) PurchaseAgencies(context.Context) ([]households.PurchaseAgency, error) {
	return nil, m.broken
}
func (m *memory) SelectPurchase(context.Context, workflow.OfficerID, workflow.HouseholdID, trades.Work, string,
	trades.Purchase) (households.PurchaseOrder, error) {
	return households.PurchaseOrder{}, m.broken
}
func (m *memory) PurchaseOrder(context.Context, org.Officer, households.PurchaseOrder) (households.PurchaseOrder,
	error) {
	return households.PurchaseOrder{}, workflow.ErrNotFound
}
func (m *memory) ConfirmPurchase(context.Context, org.Officer, int64, string) (households.PurchaseOrder, error) {
	return households.PurchaseOrder{}, m.broken
}
func (m *memory) PayPurchase(context.Context, org.Officer, int64, string, trades.Purchase) (households.PurchaseOrder,
	error) {
	return households.PurchaseOrder{}, m.broken
}
func (m *memory) SettlePurchases(context.Context, int) ([]households.Settlement, error) {
	return nil, m.broken
}

func (m *memory) SaveDraft(_ context.Context, by workflow.OfficerID, d org.Draft) (org.Draft, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := fmt.Sprint(by, " ", d.Form)
	if kept := m.drafts[k]; kept.Revision != d.Revision {
		return kept, workflow.ErrStale
	}
	d.Revision, d.SavedAt = d.Revision+1, m.now()
	m.drafts[k] = d
	return d, nil
}

func (m *memory) Draft(_ context.Context, by workflow.OfficerID, form string) (org.Draft, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.drafts[fmt.Sprint(by, " ", form)]
	if !ok {
		return d, workflow.ErrNotFound
	}
	return d, nil
}

func (m *memory) Drafts(context.Context, workflow.OfficerID) ([]org.Draft, error) { return nil, nil }

func (m *memory) DropDraft(_ context.Context, by workflow.OfficerID, form string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.drafts, fmt.Sprint(by, " ", form))
	return nil
}

func (m *memory) FindHouseholds(context.Context, workflow.OfficerID, string, int) ([]households.HouseholdHit, error) {
	return nil, nil
}

func (m *memory) SamePerson(context.Context, workflow.OfficerID, string) ([]households.HouseholdHit, error) {
	return nil, nil
}

func (m *memory) RevealPerson(context.Context, workflow.OfficerID, workflow.HouseholdID, int, string) (string, string,
	error) {
	return "", "", workflow.ErrNotFound
}

func (m *memory) Accesses(context.Context, workflow.OfficerID, workflow.HouseholdID) ([]households.Access, error) {
	return nil, nil
}

func (m *memory) SendPetition(_ context.Context, p workflow.Petition, _ string) (petitions.Petition, error) {
	return petitions.Petition{Petition: p}, nil
}

func (m *memory) Object(context.Context, workflow.Petition, string,
	func(string, workflow.Case) (workflow.Outcome, error)) (string, error) {
	return "", workflow.ErrNotFound
}

func (m *memory) Petitions(context.Context, workflow.OfficerID, bool, int, int) ([]petitions.Petition, int, error) {
	return nil, 0, nil
}

func (m *memory) PetitionsOf(context.Context, workflow.OfficerID, workflow.Case) ([]petitions.Petition, error) {
	return nil, nil
}

func (m *memory) AnswerPetition(context.Context, workflow.OfficerID, int64, string) error {
	return workflow.ErrNotFound
}

func (m *memory) Ratings(context.Context, workflow.OfficerID) (int, float64, error) { return 0, 0, nil }

func (m *memory) CaseOfCode(string) (workflow.CaseID, bool) { return 0, false }

func (m *memory) CaseByCode(context.Context, string, string, string, time.Time) (workflow.CaseID, error) {
	return 0, org.ErrBadLogin
}

func (m *memory) NoticeCode(id workflow.CaseID) string { return fmt.Sprint(id) }

func (m *memory) CaseOfNotice(string) (workflow.CaseID, bool) { return 0, false }

func (m *memory) PaperFacts(context.Context, workflow.CaseID) (papers.PaperFacts, error) {
	return papers.PaperFacts{}, workflow.ErrNotFound
}

func (m *memory) Offices(context.Context) ([]org.Office, error) { return nil, nil }

func (m *memory) ChangeOffice(context.Context, workflow.OfficeID, string, string, org.Act) error {
	return workflow.ErrNotFound
}

func (m *memory) Divisions(context.Context) ([]org.Division, error) { return nil, nil }

func (m *memory) OpenAccount(context.Context, org.Administrator, org.NewOfficer) (bool, error) {
	return false, workflow.ErrNotFound
}

func (m *memory) DisableOfficer(context.Context, org.Administrator, string) error {
	return workflow.ErrNotFound
}

func (m *memory) ResetPassword(context.Context, org.Administrator, string, string, bool) (bool, error) {
	return false, workflow.ErrNotFound
}

func (m *memory) ChangePassword(context.Context, workflow.OfficerID, string) error {
	return workflow.ErrNotFound
}

func (m *memory) AccountChanges(context.Context) ([]org.AccountChange, error) { return nil, nil }

func (m *memory) AccountNotices(context.Context, workflow.OfficerID) ([]org.AccountChange, error) {
	return nil, nil
}

func (m *memory) ConfirmAccount(context.Context, workflow.OfficerID, int64, string) (string, error) {
	return "", workflow.ErrNotFound
}

func (m *memory) RefuseAccount(context.Context, workflow.OfficerID, int64) error {
	return workflow.ErrNotFound
}

func (m *memory) SaveParameters(context.Context, workflow.Parameters, org.Act) error { return nil }

func (m *memory) Grants(context.Context, workflow.OfficerID, statistics.SummaryQuery) ([]statistics.Grant, error) {
	return nil, nil
}

func (m *memory) Distribution(context.Context, workflow.OfficerID, statistics.SummaryQuery) ([]int, error) {
	return make([]int, len(statistics.HourBounds)+1), nil
}

func (m *memory) QueryCode(id workflow.CaseID) string { return fmt.Sprint(id) }

func (m *memory) EndLeave(context.Context, int64, calendar.Day, org.Act) error {
	return workflow.ErrNotFound
}

func (m *memory) AdminActs(context.Context, int, int) ([]org.AdminAct, int, error) {
	return nil, 0, nil
}

func (m *memory) AccessLog(context.Context, int, int) ([]households.Access, int, error) {
	return nil, 0, nil
}

func (m *memory) RestoreWaits(context.Context) (registry.RestoreList, error) {
	return registry.RestoreList{}, workflow.ErrNotFound
}

func (m *memory) FrozenCases(context.Context) ([]history.Frozen, error) { return nil, nil }
