package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	casesstore "anju/models/cases"
	"anju/models/history"
	"anju/models/households"
	"anju/models/org"
	"anju/models/papers"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// memory is a store without a database, for what these tests ask of the outside alone: words, codes, forms. The walks
// over HTTP run on the real store.
type memory struct {
	mu         sync.Mutex
	now        func() time.Time
	officers   []org.Officer
	sessions   map[string]workflow.OfficerID
	households map[workflow.HouseholdID]forms.Household
	cases      map[workflow.CaseID]workflow.Case
	lines      map[workflow.CaseID][]history.Line
	replies    map[string][]byte
	made       map[string]int64
	drafts     map[string]org.Draft
	stages     []stageKept
	breaches   []workflow.Breach
	ids        int64
	broken     error // answered by every read, where set
	hangs      bool  // Ping does not return before its time is over
	processes  []registry.Process
}

const village = "140824100214"

func newMemory(now func() time.Time) *memory {
	m := &memory{now: now, sessions: map[string]workflow.OfficerID{},
		households: map[workflow.HouseholdID]forms.Household{},
		cases:      map[workflow.CaseID]workflow.Case{}, lines: map[workflow.CaseID][]history.Line{},
		replies: map[string][]byte{}, made: map[string]int64{}, drafts: map[string]org.Draft{}}
	for _, o := range []struct {
		login    string
		role     glossary.Role
		kind     glossary.Party
		division string
	}{
		{"counter", glossary.WindowClerk, glossary.ServiceCenter, "140824100000"},
		{"group", glossary.GroupHead, glossary.GroupCollective, village + "01"},
		{"village", glossary.VillageHead, glossary.VillageOrganization, village},
		{"economic", glossary.OfficeReviewer, glossary.EconomicOffice, "140824100000"},
		{"social", glossary.OfficeReviewer, glossary.SocialAffairsOffice, "140824100000"},
		{"planning", glossary.OfficeReviewer, glossary.PlanningOffice, "140824100000"},
		{"township", glossary.TownshipHead, glossary.TownshipGovernment, "140824100000"},
		{"agriculture", glossary.CountyHead, glossary.CountyAgricultureBureau, "140824000000"},
		{"resources", glossary.CountyHead, glossary.CountyNaturalResources, "140824000000"},
		{"housing", glossary.CountyHead, glossary.CountyHousingBureau, "140824000000"},
		{"approval", glossary.CountyHead, glossary.CountyApprovalBureau, "140824000000"},
		{"supervision", glossary.Supervisor, glossary.SupervisionOffice, "140824000000"},
		{"auditor", glossary.Auditor, "administration", "140824000000"},
		{"admin", glossary.SystemAdmin, "administration", "140824000000"},
		{"counter2", glossary.WindowClerk, glossary.ServiceCenter, "140824103000"},
		{"township2", glossary.TownshipHead, glossary.TownshipGovernment, "140824103000"},
	} {
		id := int64(len(m.officers) + 1)
		m.officers = append(m.officers, org.Officer{ID: workflow.OfficerID(id), Login: o.login, Name: "李" + o.login,
			Role: o.role, Office: workflow.OfficeID(id),
			OfficeKind: o.kind, OfficeName: o.kind.Title(), Division: o.division, Active: true})
	}
	for i := range 3 {
		m.households[workflow.HouseholdID(i+1)] = forms.Household{}.Example().(forms.Household)
	}
	return m
}

// named lists the officers under the names that examples of records give to their offices.
func (m *memory) named() []glossary.Officer {
	names := map[string]string{"group": "马长顺", "village": "马庆丰", "counter": "赵晓梅", "economic": "樊志远", "social": "裴雅静",
		"planning": "杜建业", "township": "韩立平"}
	list := make([]glossary.Officer, 0, len(m.officers))
	for _, o := range m.officers {
		list = append(list, glossary.Officer{Login: o.Login, Name: cmp.Or(names[o.Login], o.Name), Kind: o.OfficeKind,
			Division: o.Division})
	}
	return list
}

func (m *memory) next() int64 { m.ids++; return m.ids }

func (m *memory) officer(id workflow.OfficerID) org.Officer { return m.officers[id-1] }

func (m *memory) sees(by workflow.OfficerID, c workflow.Case) bool {
	return by == 0 || glossary.Within(m.officer(by).Division, c.Division, c.GroupNo)
}

func (m *memory) actor(by workflow.OfficerID) workflow.Actor {
	if by == 0 {
		return workflow.BySystem
	}
	return m.officer(by).Actor()
}

func (m *memory) Create(_ context.Context, by workflow.OfficerID, h workflow.HouseholdID, key string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := fmt.Sprint(0, by, key)
	if r, used := m.replies[k]; used && key != "" {
		return workflow.Case{}, &workflow.Replayed{Made: m.made[k], Response: r}
	}
	file, ok := m.households[h]
	c := workflow.Case{Household: h, Householder: file.Householder.Name, Division: file.Division, GroupNo: file.GroupNo,
		File: workflow.File{Current: file.Current, Members: 1 + len(file.Members)}}
	if !ok || !m.sees(by, c) {
		return c, workflow.ErrNotFound
	}
	out, err := judge(c, m.actor(by))
	if err != nil {
		return c, err
	}
	out.Case.ID = workflow.CaseID(m.next())
	out.Case.Number = fmt.Sprintf("JS-HP-20260302-%04d", out.Case.ID)
	if key != "" {
		m.replies[k], m.made[k] = nil, int64(out.Case.ID)
	}
	return m.write(out), nil
}

func (m *memory) Update(ctx context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	judge func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	return m.UpdateInTurn(ctx, id, by, key, judge)
}

func (m *memory) UpdateInTurn(_ context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	judges ...func(workflow.Case, workflow.Actor) (workflow.Outcome, error)) (workflow.Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.cases[id]
	if !ok || !m.sees(by, c) {
		return c, workflow.ErrNotFound
	}
	k := fmt.Sprint(id, by, key)
	if r, used := m.replies[k]; used && key != "" {
		return c, &workflow.Replayed{Case: c, Actor: m.actor(by), Response: r}
	}
	before := c
	for _, judge := range judges {
		out, err := judge(c, m.actor(by))
		if err != nil {
			m.cases[id] = before
			return before, err
		}
		c = m.write(out)
	}
	if key != "" {
		m.replies[k] = nil
	}
	return c, nil
}

func (m *memory) write(out workflow.Outcome) workflow.Case {
	c := out.Case
	at := out.Entry.At
	c.Deadlines = slices.Clone(c.Deadlines)
	for i := range c.Deadlines {
		if slices.Contains(out.Close, c.Deadlines[i].ID) {
			c.Deadlines[i].ClosedAt = &at
		}
		for _, d := range out.Advance {
			if d.ID == c.Deadlines[i].ID {
				c.Deadlines[i] = d
			}
		}
	}
	for _, d := range out.Start {
		d.ID, d.Case = workflow.DeadlineID(m.next()), c.ID
		c.Deadlines = append(c.Deadlines, d)
	}
	for _, d := range out.Issue {
		d.ID = m.next()
		d.Number, d.Issuer = d.Kind.Number("稷峰政", c.Division, at, int(d.ID)), d.Authority.Title()
		c.File.Documents = append(c.File.Documents, d)
	}
	if out.Record != nil {
		out.Record.ID = workflow.RecordID(m.next())
		c.File.Records = append(c.File.Records, *out.Record)
	}
	c.Step++
	l := history.Line{Step: c.Step, At: at, Officer: out.Entry.By.Officer, OfficerName: out.Entry.By.Name,
		Office:     out.Entry.By.Office,
		OfficeName: out.Entry.By.Kind.Title(), Verb: out.Entry.Verb, From: out.Entry.From, To: out.Entry.To,
		Reason: out.Entry.Reason, Data: out.Entry.Data,
		Rung: out.Entry.Rung, Rule: out.Entry.Rule, Hash: strings.Repeat("0", 64)}
	m.lines[c.ID] = append(m.lines[c.ID], l)
	m.cases[c.ID] = c
	m.register(out, c)
	return c
}

func (m *memory) Read(_ context.Context, id workflow.CaseID, by workflow.OfficerID) (workflow.Case, workflow.Actor,
	error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.cases[id]
	if m.broken != nil {
		return c, workflow.Actor{}, m.broken
	}
	if !ok || !m.sees(by, c) {
		return c, workflow.Actor{}, workflow.ErrNotFound
	}
	return c, m.actor(by), nil
}

func (m *memory) Authenticate(_ context.Context, login, password, _, _ string, _ time.Time) (org.Officer, error) {
	for _, o := range m.officers {
		if o.Login == login && password == "anju-demo" {
			return o, nil
		}
	}
	return org.Officer{}, org.ErrBadLogin
}

func (m *memory) Letter(context.Context, string, int, time.Time) (bool, error) { return true, nil }

func (m *memory) NewSession(_ context.Context, id workflow.OfficerID, ttl time.Duration) (string, time.Time, string,
	error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	token := fmt.Sprintf("token-%d", m.next())
	m.sessions[token] = id
	return token, time.Now().Add(ttl), "csrf-" + token, nil
}

func (m *memory) SessionOfficer(_ context.Context, token string) (org.Officer, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.sessions[token]
	if !ok {
		return org.Officer{}, "", org.ErrNoSession
	}
	return m.officer(id), "csrf-" + token, nil
}

func (m *memory) EndSession(_ context.Context, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, token)
	return nil
}

func (m *memory) Office(_ context.Context, kind glossary.Party, division string) (org.Office, error) {
	o := org.Office{ID: 900, Kind: kind, Name: kind.Title(), Division: division}
	for _, f := range m.officers {
		if f.OfficeKind == kind && f.Division == division {
			o.ID = f.Office
		}
	}
	return o, nil
}

func (m *memory) DivisionExists(_ context.Context, code string) (bool, error) {
	return slices.Contains([]string{village, "140824100000", "140824103000"}, code), nil
}

func (m *memory) Officers(context.Context) ([]org.Officer, error) { return m.officers, nil }

func (m *memory) OfficersByID(_ context.Context, ids ...workflow.OfficerID) ([]org.Officer, error) {
	return slices.DeleteFunc(slices.Clone(m.officers), func(o org.Officer) bool { return !slices.Contains(ids, o.ID) }),
		nil
}

func (m *memory) OfficersOf(_ context.Context, office workflow.OfficeID) ([]org.Officer, error) {
	return slices.DeleteFunc(slices.Clone(m.officers), func(o org.Officer) bool { return o.Office != office }), nil
}

func (m *memory) EnterHousehold(_ context.Context, _ workflow.OfficerID, _, _ string,
	h forms.Household) (workflow.HouseholdID, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, other := range m.households {
		if other.Householder.IDNumber == h.Householder.IDNumber {
			return id, false, nil
		}
	}
	id := workflow.HouseholdID(100 + m.next())
	m.households[id] = h
	return id, true, nil
}

func (m *memory) HouseholdFile(_ context.Context, by workflow.OfficerID,
	id workflow.HouseholdID) (casesstore.HouseholdFile, error) {
	h, ok := m.households[id]
	if !ok || !glossary.Within(m.officer(by).Division, h.Division, h.GroupNo) {
		return casesstore.HouseholdFile{}, workflow.ErrNotFound
	}
	h.Householder.IDNumber = "14*************010"
	return casesstore.HouseholdFile{ID: id, Household: h}, nil
}

func (m *memory) Entry(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (households.Entry, error) {
	f, err := m.HouseholdFile(ctx, by, id)
	return households.Entry{Household: f.Household}, err
}

func (m *memory) ChangeHousehold(_ context.Context, _ workflow.OfficerID, _ workflow.HouseholdID,
	a households.Asked) (households.Change, error) {
	return households.Change{ID: 1, Kind: a.Kind, State: households.InForce}, nil
}

func (m *memory) Changes(context.Context, workflow.OfficerID, workflow.HouseholdID) ([]households.Change, error) {
	return nil, nil
}

func (m *memory) Unmask(context.Context, workflow.HouseholdID, *forms.Household) error { return nil }

func (m *memory) FreeHousehold(context.Context, workflow.ChainID, string) (workflow.HouseholdID, bool, error) {
	return 1, true, nil
}

func (m *memory) Cases(_ context.Context, by workflow.OfficerID, q casesstore.CaseQuery) ([]workflow.Case, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []workflow.Case
	for _, c := range m.cases {
		if m.sees(by, c) && strings.Contains(c.Householder+c.Number, q.Q) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b workflow.Case) int { return int(a.ID - b.ID) })
	return list, len(list), nil
}

func (m *memory) Unserved(context.Context, workflow.OfficerID, int, int) ([]casesstore.Task, int, error) {
	return nil, 0, nil
}

func (m *memory) Tasks(ctx context.Context, by workflow.OfficerID, _, _ int) ([]casesstore.Task, int, error) {
	cases, _, err := m.Cases(ctx, by, casesstore.CaseQuery{})
	var list []casesstore.Task
	for _, c := range cases {
		ch, _ := chains.Published().At(c.Chain, c.ChainVersion)
		if st, _ := ch.Stage(c.State); ch.Desk(st.By, c) == m.officer(by).OfficeKind {
			list = append(list, casesstore.Task{Kind: "stage", Case: c, At: c.EnteredAt})
		}
	}
	return list, len(list), err
}

func (m *memory) History(_ context.Context, c workflow.Case) ([]history.Line, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lines[c.ID], nil
}

func (m *memory) AllDeadlines(_ context.Context, c workflow.Case) ([]workflow.Deadline, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cases[c.ID].Deadlines, nil
}

func (m *memory) KeyUsed(_ context.Context, by workflow.OfficerID, id workflow.CaseID, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, used := m.replies[fmt.Sprint(id, by, key)]
	return used, nil
}

func (m *memory) SaveReply(_ context.Context, id workflow.CaseID, by workflow.OfficerID, key string,
	body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.replies[fmt.Sprint(id, by, key)] = body
	return nil
}

func (m *memory) Ping(ctx context.Context) error {
	if m.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return m.broken
}

type testClock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *testClock) Now() time.Time          { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *testClock) Set(t time.Time)         { c.mu.Lock(); defer c.mu.Unlock(); c.t = t }
func (c *testClock) Advance(d time.Duration) { c.Set(c.Now().Add(d)) }

type outside struct {
	web   *fiber.App
	store *memory
	clock *testClock
	log   logged
	dir   string // of the uploads
	hold  atomic.Pointer[workflow.Held]
	beat  error // why the last heartbeat failed
}

// logged is what the program has written into its log.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *logged) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

func newOutside(t *testing.T) *outside {
	t.Helper()
	clock := &testClock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, calendar.Shanghai)}
	store := newMemory(clock.Now)
	county := workflow.County{Calendar: legal2026(t),
		Parameters: workflow.Parameters{HomesteadStandard: 20000, MeetingBody: forms.GroupVillagerMeeting,
			Mandate: workflow.Mandate{Number: "稷自然资委〔2021〕1号", Issuer: glossary.CountyNaturalResources,
				From: calendar.Date(2021, 5, 7)}}}
	county.Officers = store.named()
	o := &outside{store: store, clock: clock, dir: t.TempDir()}
	svc := casework.NewService(store, chains.Published(), func() workflow.County { return county }, clock.Now,
		casework.Dating(o.mayDate))
	settle := func(ctx context.Context) (int, error) { return store.settle(ctx, svc) }
	var err error
	if o.web, err = New(Config{UploadDir: o.dir, Demo: &request.Demo{Clock: clock, Settle: settle}, Held: o.held,
		Beat: func() error { return o.beat }, Log: slog.New(slog.NewTextHandler(&o.log, nil))}, svc, store); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *outside) held() []*workflow.Held {
	if h := o.hold.Load(); h != nil {
		return []*workflow.Held{h}
	}
	return nil
}

func (o *outside) mayDate() error {
	if h := o.hold.Load(); h != nil {
		return h
	}
	return nil
}

func legal2026(t *testing.T) *calendar.Calendar {
	t.Helper()
	var years []calendar.Year
	if err := json.Unmarshal([]byte(`[{"year":2026,"notice":"test","off":["2026-01-01/2026-01-03"],"work":[]}]`),
		&years); err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.New(1, years...)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

func (m *memory) Tag(purpose, text string) string { return fmt.Sprintf("%x", purpose+text) }

func (m *memory) Tagged(purpose, text, tag string) bool { return tag == m.Tag(purpose, text) }

func (m *memory) PublicDocument(context.Context, int64) (papers.PublicDocument, error) {
	return papers.PublicDocument{}, workflow.ErrNotFound
}

func (m *memory) Disclosures(context.Context, string, int, int) ([]papers.DisclosureLine, int, error) {
	return nil, 0, nil
}

func (m *memory) VerifyCode(document int64) string { return fmt.Sprint(document) }

func (m *memory) DocumentOf(string) (int64, bool) { return 0, false }

func (m *memory) SetSeal(context.Context, workflow.OfficerID, []byte) error { return nil }

func (m *memory) PremisesChecks(context.Context, workflow.OfficerID, int, int) ([]casesstore.PremisesDue, int, error) {
	return nil, 0, nil
}
