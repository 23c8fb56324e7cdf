package seeds

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/models"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/glossary"
)

// DemoPassword opens every account of the demo county, and nothing else.
const DemoPassword = "anju-demo"

// Account is one account of the demo county, to be printed at the start.
type Account struct{ Login, Name, Office string }

// LoadDemo loads what Load loads, and then the parameters, contractors, accounts and households of the demo county,
// without a case. It tells who sits where. Loading twice changes nothing.
func LoadDemo(ctx context.Context, store *models.Store) (People, error) {
	if err := Load(ctx, store); err != nil {
		return nil, err
	}
	f, err := demoCounty()
	if err != nil {
		return nil, err
	}
	if err := store.SaveParameters(ctx, DemoParameters(), org.Act{}); err != nil {
		return nil, fmt.Errorf("demo parameters: %w", err)
	}
	if err := loadContractors(ctx, store); err != nil {
		return nil, err
	}
	if err := loadPhones(ctx, store, f.Phones); err != nil {
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
			hash = org.HashPassword(DemoPassword)
		}
		there[a.Login], err = store.AddOfficer(ctx,
			org.NewOfficer{Login: a.Login, Name: a.Name, Role: a.Role, Kind: a.Office, Division: a.Division, Hash: hash})
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

// demoStandard is the largest homestead of the demo county, in hundredths of a ㎡. No county may take it over: the
// standard of Land Law Art. 62(1) is that of its province.
const demoStandard = 20000

// DemoParameters are those of the demo county. The standard and the commission (A12) are invented like everything in it:
// a real county enters its own, and issues no planning permit before.
func DemoParameters() workflow.Parameters {
	return workflow.Parameters{HomesteadStandard: demoStandard, Mandate: workflow.Mandate{Number: "稷自然资委〔2026〕1号（演示）",
		Issuer: glossary.CountyNaturalResources, From: calendar.Date(2026, time.January, 1),
		To: calendar.Date(2030, time.December, 31)}}
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

// Demo fills the county of LoadDemo with a dozen cases in different states, several of them red. They are walked by
// real moves on the clock, which must stand at DemoDawn or before and is left at DemoStart. It fails where the service
// does not know the demo county's parameters: load them before its county is read.
func Demo(ctx context.Context, store *models.Store, svc *casework.Service, clock Clock) error {
	if !svc.County().Parameters.Mandate.Valid(calendar.DayOf(DemoStart)) {
		return errors.New("demo county: the service has no commission for planning permits; call LoadDemo before the " +
			"county is read")
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
	told, err := readStories()
	if err != nil {
		return err
	}
	plain, err := p.plain(ctx, f.Households)
	if err != nil {
		return err
	}
	for _, s := range slices.Concat(told.stories, behind(f.Households, told.follows), plain) {
		p.turns = append(p.turns, turn{at: s.from, story: s})
	}
	for len(p.turns) > 0 {
		if err := p.next(ctx); err != nil {
			return fmt.Errorf("demo county: %w", err)
		}
	}
	return p.reach(ctx, DemoStart)
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

// loadPhones enters the telephones of offices that have none.
func loadPhones(ctx context.Context, store *models.Store, list []phone) error {
	var desks []org.Office
	for _, p := range list {
		o, err := store.Office(ctx, p.Office, p.Division)
		if err != nil {
			return fmt.Errorf("demo telephone of %s at %s: %w", p.Office, p.Division, err)
		}
		o.Phone = p.Phone
		desks = append(desks, o)
	}
	return store.AddOffices(ctx, desks)
}
