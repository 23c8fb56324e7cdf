package seeds

import (
	"context"
	"fmt"
	"slices"

	"anju/models"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

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

// phone is the telephone of an office.
type phone struct {
	Office   glossary.Party `yaml:"office"`
	Division string         `yaml:"division"`
	Phone    string         `yaml:"phone"`
}

type demoFile struct {
	Phones     []phone     `yaml:"phones"`
	Accounts   []account   `yaml:"accounts"`
	Households []household `yaml:"households"`
}

// demoCounty reads demo.yml and adds an account for each post at the kinds of office that matters have added.
func demoCounty() (demoFile, error) {
	var f demoFile
	if err := readYAML("demo.yml", &f); err != nil {
		return f, err
	}
	home := f.Households[0]
	for _, o := range glossary.Added() {
		division := glossary.OfficeDivision(o.Level, home.Division, home.GroupNo)
		for i, role := range o.Posts {
			f.Accounts = append(f.Accounts, account{Login: fmt.Sprintf("%s%d", o.Kind, i+1), Name: role.Title(), Role: role,
				Office: o.Kind, Division: division})
		}
	}
	return f, nil
}

// form is the household as the counter would type it in.
func (h household) form() (forms.Household, error) {
	f := forms.Household{Division: h.Division, GroupNo: h.GroupNo, Householder: forms.Person{
		Name: h.Name, Gender: h.Gender, IDNumber: h.IDNumber, Phone: h.Phone, Domicile: h.Domicile}}
	for _, m := range h.Members {
		f.Members = append(f.Members, forms.Member{Name: m.Name, Relation: m.Relation, IDNumber: m.IDNumber,
			Domicile: m.Domicile})
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

// People are the accounts at the desks of the village in which the demo households live.
type People map[glossary.Party]workflow.OfficerID

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

// id finds the household's file.
func (h household) id(ctx context.Context, store *models.Store, w *Walker) (workflow.HouseholdID, error) {
	form, err := h.form()
	if err != nil {
		return 0, err
	}
	id, _, err := store.SaveHousehold(ctx, w.Officers[glossary.ServiceCenter], form)
	return id, err
}

// application is what the household applies with: the example, and three floors where it will build what is no low-rise
// house.
func (h household) application(svc *casework.Service, chain workflow.ChainID) any {
	ch, err := svc.Chains().Newest(chain)
	if err != nil {
		return nil // Open says so
	}
	if a, ok := ch.Form.Example().(forms.PlanningApplication); ok &&
		slices.Contains([]string{"construction_start.other", "completion_acceptance.other"}, h.For) {
		a.Proposed.Floors, a.Proposed.BuildingArea, a.Proposed.Height = 3, 27000, 1020
		return a
	}
	return ch.Form.Example()
}
