package forms

import (
	"fmt"
	"slices"
	"strings"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// Naming is a form that names people. Each of them is found by his name among those who may be named there, and his
// identity is kept beside it.
type Naming interface {
	Named() (field string, names []*string) // the form's own names: one left out may be filled in
	People() *Identities
}

// Identities says who the people are that a form names: a stranger by what the writer knows of him, everyone else by
// the register in which the program found him.
type Identities struct {
	Strangers  []Stranger   `json:"strangers,omitempty" doc:"不在名册中的人员的身份" maxItems:"10"`
	Identified []Identified `json:"identified,omitempty" doc:"核对到的身份（系统填写）" readOnly:"true" maxItems:"20"`
}

// People implements Naming.
func (i *Identities) People() *Identities { return i }

// Stranger is a person whom no register of the county has.
type Stranger struct {
	Name     string `json:"name" doc:"姓名" minLength:"1" maxLength:"50" example:"孙志强"`
	Identity string `json:"identity" doc:"身份证号或工号" minLength:"1" maxLength:"40" example:"140824197505069933"`
	Capacity string `json:"capacity" doc:"单位和身份（例如受托人、项目负责人）" minLength:"1" maxLength:"60" example:"受托人（授权委托书）"`
}

// Identified is a person as he was identified: an officer by his account, a contractor by his code, a stranger by his
// ID number with its middle left out, or his number at work.
type Identified struct {
	Name     string `json:"name" doc:"姓名或名称" maxLength:"100"`
	Identity string `json:"identity,omitempty" doc:"工号、编号或隐去中间的身份证号" maxLength:"40"`
	Capacity string `json:"capacity" doc:"单位和身份" maxLength:"200"`
}

// Identify returns the stranger as he is kept, and says in Chinese what is wrong with his identity on a day, "" where
// it is sound: 18 characters are an ID number, fewer a number at work (R36, R75, A36).
func (s Stranger) Identify(on calendar.Day) (Identified, string) {
	id := NormalIDNumber(s.Identity)
	switch {
	case len(id) >= 15:
		if wrong := CheckIDNumber(id, on); wrong != "" {
			return Identified{}, wrong
		}
		id = id[:6] + "********" + id[14:]
	case len(id) < 2:
		return Identified{}, "请填写身份证号或工号"
	}
	if strings.TrimSpace(s.Capacity) == "" {
		return Identified{}, "请填写单位和身份"
	}
	return Identified{NormalName(s.Name), id, strings.TrimSpace(s.Capacity)}, ""
}

// Nameable says who may be named in a form: the officers of offices that have the place of the case in their area,
// those whom the file of the house knows, and strangers with their identity.
type Nameable struct {
	Officers  []glossary.Party
	Known     func(workflow.Facts) []Identified
	Strangers bool
}

// Identify finds each person whom the form names and keeps his identity beside the name; one left out is the only one
// whom it can be. It says in Chinese why a person may not be named, and in which field.
func (n Nameable) Identify(form Naming, f workflow.Facts) (field, wrong string) {
	field, names := form.Named()
	people, known := form.People(), n.candidates(f)
	strangers := people.Strangers
	people.Strangers, people.Identified = nil, nil
	for _, name := range names {
		if *name = NormalName(*name); *name == "" && len(known) == 1 {
			*name = known[0].Name
		}
		p, wrong := n.find(*name, known, strangers, f)
		if wrong != "" {
			return field, wrong
		}
		people.Identified = append(people.Identified, p)
	}
	return field, ""
}

// candidates lists who may be named without more: the officers, none of the household, or those whom the file knows.
func (n Nameable) candidates(f workflow.Facts) (list []Identified) {
	for _, o := range f.County.Officers {
		if slices.Contains(n.Officers, o.Kind) && glossary.Within(o.Division, f.Case.Division, f.Case.GroupNo) &&
			!slices.Contains(f.Case.Persons, o.Person) {
			list = append(list, Identified{o.Name, o.Login, o.Kind.Title()})
		}
	}
	if n.Known != nil {
		list = append(list, n.Known(f)...)
	}
	return list
}

func (n Nameable) find(name string, known []Identified, strangers []Stranger, f workflow.Facts) (Identified, string) {
	is := func(other string) bool { return NormalName(other) == name }
	if i := slices.IndexFunc(known, func(k Identified) bool { return is(k.Name) }); i >= 0 && name != "" {
		return known[i], ""
	}
	i := slices.IndexFunc(strangers, func(s Stranger) bool { return is(s.Name) })
	switch {
	case name == "":
		return Identified{}, "请填写姓名"
	case !n.Strangers:
		return Identified{}, fmt.Sprintf("%s 不是本辖区%s的工作人员，请填写在册人员的姓名", name, titles(n.Officers))
	case i < 0:
		return Identified{}, name + " 不在名册中，请登记其身份证号或工号、单位和身份"
	}
	p, wrong := strangers[i].Identify(calendar.DayOf(f.Now))
	if wrong != "" {
		wrong = name + "：" + wrong
	}
	return p, wrong
}

func titles(offices []glossary.Party) string {
	list := make([]string, len(offices))
	for i, p := range offices {
		list[i] = p.Title()
	}
	return strings.Join(list, "、")
}

// named lists the names of a field, to be found and filled in.
func named(list []string) []*string {
	all := make([]*string, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}

// Named implements Naming.
func (s *SiteRecord) Named() (field string, names []*string) { return "surveyors", named(s.Surveyors) }

// Named implements Naming.
func (s *Staking) Named() (field string, names []*string) { return "surveyors", named(s.Surveyors) }

// Named implements Naming.
func (s *CompletionSheet) Named() (field string, names []*string) {
	return "inspectors", named(s.Inspectors)
}

// Named implements Naming.
func (p *PremisesCheck) Named() (field string, names []*string) { return "checkers", named(p.Checkers) }

// Named implements Naming.
func (r *Recheck) Named() (field string, names []*string) { return "checkers", named(r.Checkers) }

// Named implements Naming.
func (f *ObjectionFinding) Named() (field string, names []*string) {
	return "investigators", named(f.Investigators)
}

// Named implements Naming.
func (a *Assignment) Named() (field string, names []*string) { return "officer", []*string{&a.Officer} }

// Named implements Naming.
func (m *MeasuredHouse) Named() (field string, names []*string) {
	return "operator", []*string{&m.Operator}
}

// Named implements Naming.
func (p *PartyOpinion) Named() (field string, names []*string) { return "name", []*string{&p.Name} }
