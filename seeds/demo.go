package seeds

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// DemoPassword opens every account of the demo county, and nothing else.
const DemoPassword = "anju-demo"

// DemoStart is where the clock of the demo begins: every demo deadline falls in a published calendar.
var DemoStart = time.Date(2026, time.March, 2, 9, 0, 0, 0, calendar.Shanghai)

// DemoDawn is where the clock must stand when Demo begins: before the first of its cases.
var DemoDawn = time.Date(2026, time.January, 5, 8, 0, 0, 0, calendar.Shanghai)

// Clock is the clock that the demo is played on; it only goes forward.
type Clock interface {
	Now() time.Time
	Set(time.Time) error
}

type account struct {
	Login    string         `yaml:"login"`
	Name     string         `yaml:"name"`
	Role     glossary.Role  `yaml:"role"`
	Office   glossary.Party `yaml:"office"`
	Division string         `yaml:"division"`
}

type household struct {
	Name     string   `yaml:"name"`
	For      string   `yaml:"for"`
	Gender   string   `yaml:"gender"`
	IDNumber string   `yaml:"id_number"`
	Phone    string   `yaml:"phone"`
	Domicile string   `yaml:"domicile"`
	Division string   `yaml:"division"`
	GroupNo  string   `yaml:"group_no"`
	Members  []member `yaml:"members"`
	Current  current  `yaml:"current"`
}

type member struct {
	Name     string `yaml:"name"`
	Relation string `yaml:"relation"`
	IDNumber string `yaml:"id_number"`
	Domicile string `yaml:"domicile"`
}

type current struct {
	HomesteadArea string `yaml:"homestead_area"`
	BuildingArea  string `yaml:"building_area"`
	CertificateNo string `yaml:"certificate_no"`
}

type demoFile struct {
	Accounts   []account   `yaml:"accounts"`
	Households []household `yaml:"households"`
}

func demoCounty() (demoFile, error) {
	var f demoFile
	err := readYAML("demo.yml", &f)
	return f, err
}

// form is the household as the counter would type it in.
func (h household) form() (forms.Household, error) {
	f := forms.Household{Division: h.Division, GroupNo: h.GroupNo, Householder: forms.Person{
		Name: h.Name, Gender: h.Gender, IDNumber: h.IDNumber, Phone: h.Phone, Domicile: h.Domicile}}
	for _, m := range h.Members {
		f.Members = append(f.Members, forms.Member{Name: m.Name, Relation: m.Relation, IDNumber: m.IDNumber, Domicile: m.Domicile})
	}
	var err error
	if f.Current.HomesteadArea, err = workflow.ParseDecimal(h.Current.HomesteadArea); err != nil {
		return f, fmt.Errorf("household %s: %w", h.Name, err)
	}
	if f.Current.BuildingArea, err = workflow.ParseDecimal(h.Current.BuildingArea); err != nil {
		return f, fmt.Errorf("household %s: %w", h.Name, err)
	}
	f.Current.CertificateNo = h.Current.CertificateNo
	if found := f.Check(DemoStart); len(found) > 0 {
		return f, fmt.Errorf("household %s: %s: %s", h.Name, found[0].Field, found[0].Message)
	}
	return f, nil
}

// Account is one account of the demo county, to be printed at the start.
type Account struct{ Login, Name, Office string }

// story is one case of the demo county: when it is typed in, and how many days each stage lies on its desk; one day
// where nothing is said. A stage that lies longer than the law allows turns red by itself.
type story struct {
	chain workflow.ChainID
	from  time.Time
	lies  map[glossary.State]int // days; forever: the case stays there
	house household              // whose case it is; a free one of the chain where empty
	then  []workflow.ChainID     // what the household opens when the case has ended, one after the other
	asks  bool                   // the township asks for a correction at intake
	also  glossary.RecordKind    // written beside the main line the first time the case lies in the joint review
}

const forever = 1000

func at(m time.Month, d, hour, minute int) time.Time {
	return time.Date(2026, m, d, hour, minute, 0, 0, calendar.Shanghai)
}

// stories leave twelve households of each ungated chain without a case.
func stories() []story {
	return []story{
		{chain: "homestead", from: at(1, 5, 9, 10)}, // to its end
		{chain: "homestead", from: at(2, 3, 10, 5), lies: days(glossary.GroupReceived, forever)},
		{chain: "homestead", from: at(2, 24, 9, 40)}, // its notice hangs
		{chain: "homestead", from: at(1, 19, 15, 20), lies: days(glossary.VillageReview, forever)},
		{chain: "homestead", from: at(1, 15, 11, 0), lies: days(glossary.JointReview, forever)},
		{chain: "homestead", from: at(1, 8, 14, 30), lies: days(glossary.JointReview, 6, glossary.Decision, forever)},
		{chain: "homestead", from: at(1, 20, 10, 20), also: glossary.PauseKind, lies: days(glossary.JointReview, forever)}, // an appraisal stops its clock
		{chain: "planning_permit", from: at(2, 5, 15, 30), also: glossary.ReassignKind, lies: days(glossary.JointReview, forever)},
		{chain: "planning_permit", from: at(1, 6, 9, 0)}, // to its end
		{chain: "planning_permit", from: at(2, 25, 16, 10), lies: days(glossary.TownshipIntake, forever)},
		{chain: "planning_permit", from: at(2, 9, 10, 45), asks: true, lies: days(glossary.AwaitCorrection, forever)},
		{chain: "planning_permit", from: at(2, 4, 9, 25), lies: days(glossary.TownshipIntake, forever)}, // accepted by lapse of time
		{chain: "planning_permit", from: at(2, 10, 15, 50), lies: days(glossary.VillageReview, forever)},
		{chain: "planning_permit", from: at(2, 28, 11, 30), lies: days(glossary.Draft, forever)},
	}
}

// behind are the stories of the households kept for gated chains: what those follow, done by the time the demo begins.
func behind(all []household) []story {
	var list []story
	for _, h := range all {
		if chains := followed[workflow.ChainID(h.For)]; len(chains) > 0 {
			n := len(list)
			list = append(list, story{house: h, chain: chains[0], then: chains[1:], from: at(1, 6+n%9, 9+n%7, 7*n%60)})
		}
	}
	return list
}

func days(pairs ...any) map[glossary.State]int {
	m := map[glossary.State]int{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(glossary.State)] = pairs[i+1].(int)
	}
	return m
}

// People are the accounts at the desks of the village in which the demo households live.
type People map[glossary.Party]workflow.OfficerID

// LoadDemo loads what Load loads, and then the parameters, contractors, accounts and households of the demo county, without a case. It
// tells who sits where. Loading twice changes nothing.
func LoadDemo(ctx context.Context, store *models.Store) (People, error) {
	if err := Load(ctx, store); err != nil {
		return nil, err
	}
	f, err := demoCounty()
	if err != nil {
		return nil, err
	}
	if err := store.SaveParameters(ctx, DemoParameters()); err != nil {
		return nil, fmt.Errorf("demo parameters: %w", err)
	}
	if err := loadContractors(ctx, store); err != nil {
		return nil, err
	}
	there, err := logins(ctx, store)
	if err != nil {
		return nil, err
	}
	hash := "" // made once: it is slow on purpose
	for _, a := range f.Accounts {
		if _, ok := there[a.Login]; ok {
			continue
		}
		if hash == "" {
			hash = models.HashPassword(DemoPassword)
		}
		there[a.Login], err = store.AddOfficer(ctx, models.NewOfficer{Login: a.Login, Name: a.Name, Role: a.Role, Kind: a.Office, Division: a.Division, Hash: hash})
		if err != nil {
			return nil, fmt.Errorf("demo account %s: %w", a.Login, err)
		}
	}
	people := f.people(there)
	for _, h := range f.Households {
		form, err := h.form()
		if err != nil {
			return nil, err
		}
		id, created, err := store.SaveHousehold(ctx, people[glossary.ServiceCenter], form)
		if err == nil && created {
			err = store.KeepHousehold(ctx, id, workflow.ChainID(h.For), h.For)
		}
		if err != nil {
			return nil, fmt.Errorf("demo household %s: %w", h.Name, err)
		}
	}
	return people, nil
}

// DemoParameters are those of the demo county. The commission (A12) is invented like everything in it: a real county
// enters its own, and issues no planning permit before.
func DemoParameters() workflow.Parameters {
	return workflow.Parameters{Mandate: workflow.Mandate{Number: "稷自然资委〔2026〕1号（演示）",
		Issuer: glossary.CountyNaturalResources, From: calendar.Date(2026, time.January, 1), To: calendar.Date(2030, time.December, 31)}}
}

func logins(ctx context.Context, store *models.Store) (map[string]workflow.OfficerID, error) {
	officers, err := store.Officers(ctx)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]workflow.OfficerID, len(officers))
	for _, o := range officers {
		ids[o.Login] = o.ID
	}
	return ids, nil
}

// DemoLogins names the account at each desk of the village in which the demo households live.
func DemoLogins() (map[glossary.Party]string, error) {
	f, err := demoCounty()
	if err != nil {
		return nil, err
	}
	logins, ids := map[workflow.OfficerID]string{}, map[string]workflow.OfficerID{}
	for i, a := range f.Accounts {
		ids[a.Login], logins[workflow.OfficerID(i+1)] = workflow.OfficerID(i+1), a.Login
	}
	at := map[glossary.Party]string{}
	for p, id := range f.people(ids) {
		at[p] = logins[id]
	}
	return at, nil
}

// people picks, for each kind of office, the account in whose area the demo households live.
func (f demoFile) people(ids map[string]workflow.OfficerID) People {
	people := People{}
	home := f.Households[0]
	for _, a := range f.Accounts {
		if _, taken := people[a.Office]; !taken && glossary.Within(a.Division, home.Division, home.GroupNo) {
			people[a.Office] = ids[a.Login]
		}
	}
	return people
}

// Demo fills the county of LoadDemo with a dozen cases in different states, several of them red. They are walked by real
// moves on the clock, which must stand at DemoDawn or before and is left at DemoStart. It fails where the service does
// not know the demo county's parameters: load them before its county is read.
func Demo(ctx context.Context, store *models.Store, svc *casework.Service, clock Clock) error {
	if !svc.County().Parameters.Mandate.Valid(calendar.DayOf(DemoStart)) {
		return errors.New("demo county: the service has no commission for planning permits; call LoadDemo before the county is read")
	}
	f, err := demoCounty()
	if err != nil {
		return err
	}
	ids, err := logins(ctx, store)
	if err != nil {
		return err
	}
	p := &play{walker: &Walker{Service: svc, Officers: f.people(ids)}, store: store, clock: clock, county: svc.County()}
	for _, s := range append(stories(), behind(f.Households)...) {
		p.turns = append(p.turns, turn{at: s.from, story: s})
	}
	for len(p.turns) > 0 {
		if err := p.next(ctx); err != nil {
			return fmt.Errorf("demo county: %w", err)
		}
	}
	return p.reach(ctx, DemoStart)
}

// play is the demo as it runs: whose turn comes next on the clock.
type play struct {
	walker *Walker
	store  *models.Store
	clock  Clock
	county workflow.County
	turns  []turn
}

type turn struct {
	at    time.Time
	story story
	id    workflow.CaseID // 0: not typed in yet
	state glossary.State  // where it lay when the turn was given
}

// next takes the earliest turn.
func (p *play) next(ctx context.Context) error {
	slices.SortStableFunc(p.turns, func(a, b turn) int { return a.at.Compare(b.at) })
	t := p.turns[0]
	p.turns = p.turns[1:]
	if !t.at.Before(DemoStart) {
		return nil // it lies where it lies when the demo begins
	}
	if err := p.reach(ctx, t.at); err != nil {
		return err
	}
	c, err := p.take(ctx, t)
	var wait *WaitError
	switch {
	case errors.Is(err, ErrEnded) && len(t.story.then) > 0:
		t.story.chain, t.story.then, t.id = t.story.then[0], t.story.then[1:], 0
		t.at = p.later(t, 1)
	case errors.Is(err, ErrEnded):
		return nil
	case errors.As(err, &wait):
		t.at = wait.Until.Add(9*time.Hour + 20*time.Minute)
	case err != nil:
		return err
	default:
		if t.id != 0 && t.state == glossary.JointReview && c.State == t.state {
			t.story.also = "" // written
		}
		t.id, t.state = c.ID, c.State
		lies := max(t.story.lies[c.State], 1)
		if t.story.also != "" && c.State == glossary.JointReview {
			lies = 1
		}
		t.at = p.later(t, lies)
	}
	p.turns = append(p.turns, t)
	return nil
}

// followed is what a household of a gated chain has behind it.
var followed = map[workflow.ChainID][]workflow.ChainID{
	"construction_start.low_rise":    {"planning_permit"},
	"construction_start.other":       {"planning_permit"},
	"completion_acceptance.low_rise": {"planning_permit", "construction_start.low_rise"},
	"completion_acceptance.other":    {"planning_permit", "construction_start.other"},
	"business_use":                   {"planning_permit", "construction_start.low_rise", "completion_acceptance.low_rise"},
}

// id finds the household's file.
func (h household) id(ctx context.Context, store *models.Store, w *Walker) (workflow.HouseholdID, error) {
	form, err := h.form()
	if err != nil {
		return 0, err
	}
	id, _, err := store.SaveHousehold(ctx, w.Officers[glossary.ServiceCenter], form)
	return id, err
}

// application is what the household applies with: the example, and three floors where it will build what is no low-rise house.
func (h household) application(svc *casework.Service, chain workflow.ChainID) any {
	ch, err := svc.Chains().Newest(chain)
	if err != nil {
		return nil // Open says so
	}
	if a, ok := ch.Form.Example().(forms.PlanningApplication); ok && slices.Contains([]string{"construction_start.other", "completion_acceptance.other"}, h.For) {
		a.Proposed.Floors, a.Proposed.BuildingArea, a.Proposed.Height = 3, 27000, 1020
		return a
	}
	return ch.Form.Example()
}

// Ready gives the demo households of gated chains the cases that those follow (A29), each walked to its end at once on a clock that
// stands.
func Ready(ctx context.Context, store *models.Store, svc *casework.Service) error {
	f, err := demoCounty()
	if err != nil {
		return err
	}
	ids, err := logins(ctx, store)
	if err != nil {
		return err
	}
	w := &Walker{Service: svc, Officers: f.people(ids)}
	for _, h := range f.Households {
		chains := followed[workflow.ChainID(h.For)]
		if len(chains) == 0 {
			continue
		}
		id, err := h.id(ctx, store, w)
		if err != nil {
			return err
		}
		for _, chain := range chains {
			c, err := w.OpenWith(ctx, chain, id, h.application(svc, chain))
			if err == nil {
				_, err = w.Finish(ctx, c.ID)
			}
			if err != nil {
				return fmt.Errorf("household %s, %s: %w", h.Name, chain, err)
			}
		}
	}
	return nil
}

func (p *play) take(ctx context.Context, t turn) (workflow.Case, error) {
	if t.id == 0 && t.story.house.Name != "" {
		id, err := t.story.house.id(ctx, p.store, p.walker)
		if err != nil {
			return workflow.Case{}, err
		}
		return p.walker.OpenWith(ctx, t.story.chain, id, t.story.house.application(p.walker.Service, t.story.chain))
	}
	if t.id == 0 {
		household, ok, err := p.store.FreeHousehold(ctx, t.story.chain, string(t.story.chain))
		if err == nil && !ok {
			err = fmt.Errorf("no household is free for %s", t.story.chain)
		}
		if err != nil {
			return workflow.Case{}, err
		}
		return p.walker.Open(ctx, t.story.chain, household)
	}
	if t.story.also != "" && t.state == glossary.JointReview {
		return p.walker.Write(ctx, t.id, t.story.also)
	}
	if t.story.asks && t.state == glossary.TownshipIntake {
		return p.walker.Do(ctx, t.id, glossary.RequestCorrect)
	}
	c, _, err := p.walker.Step(ctx, t.id)
	return c, err
}

// later is a time of the working day, some days on, at which nobody else acts.
func (p *play) later(t turn, days int) time.Time {
	d := calendar.DayOf(t.at) + calendar.Day(days)
	if days < forever {
		d = p.county.Calendar.NextWorking(d)
	}
	of := t.at.In(calendar.Shanghai)
	return d.Start().Add(time.Duration(8+(of.Hour()+3)%9)*time.Hour + time.Duration((of.Minute()+17)%60)*time.Minute)
}

// reach moves the clock of the play.
func (p *play) reach(ctx context.Context, to time.Time) error {
	return Reach(ctx, p.store, p.walker.Service, p.clock, to)
}

// Reach moves a clock that stands still, and on the way takes every rung at its own instant.
func Reach(ctx context.Context, store *models.Store, svc *casework.Service, clock Clock, to time.Time) error {
	var last models.Due
	for {
		due, err := store.DueRungs(ctx, to, 1)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			break
		}
		r := due[0]
		if r == last {
			return fmt.Errorf("rung %s of case %d is due and does not go", r.Rung, r.Case)
		}
		last = r
		if r.At.After(clock.Now()) {
			if err := clock.Set(r.At); err != nil {
				return err
			}
		}
		err = svc.Escalate(ctx, r.Case, r.Deadline, r.Generation, r.Rung)
		if err != nil && !errors.Is(err, workflow.ErrNothingDue) {
			return fmt.Errorf("rung %s of case %d: %w", r.Rung, r.Case, err)
		}
	}
	if to.After(clock.Now()) {
		return clock.Set(to)
	}
	return nil
}

// Accounts lists the accounts of the demo county, to be printed at the start.
func Accounts() ([]Account, error) {
	f, err := demoCounty()
	if err != nil {
		return nil, err
	}
	divs, err := divisions()
	if err != nil {
		return nil, err
	}
	all, err := offices(divs)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, o := range all {
		names[o.kind+o.division] = o.name
	}
	list := make([]Account, 0, len(f.Accounts))
	for _, a := range f.Accounts {
		list = append(list, Account{a.Login, a.Name, names[string(a.Office)+a.Division]})
	}
	return list, nil
}
