package household

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/law"
)

// AdultAge is the age of majority (Civil Code Art. 17).
const AdultAge = 18

// Person is a member of a household. What is said of a person is never changed: another Person follows, so that the
// file keeps its history.
type Person struct {
	Position       int // number in the file, never given again
	Name, Relation string
	IDNumber       string // in clear
	Phone          string
	Domicile       string
	Head           bool // the householder
}

// Adult tells whether the person is of age.
func (p Person) Adult(at time.Time) bool { return forms.AgeOf(p.IDNumber, at) >= AdultAge }

// State is a household's file as it is in force.
type State struct {
	GroupNo  string
	Persons  []Person
	Current  workflow.CurrentHomestead // as recorded, before what its cases changed
	Next     int                       // the position of the next person
	Running  []string                  // numbers of its cases that are not closed, drafts too
	Holds    bool                      // a granted homestead stands in its name
	Replaced bool                      // a grant took the place of the homestead that is recorded
	Closed   bool                      // it was merged into another
}

// person finds a person by the position that was entered.
func (s State) person(position string) (Person, bool) {
	i := slices.IndexFunc(s.Persons, func(p Person) bool { return strconv.Itoa(p.Position) == position })
	if i < 0 {
		return Person{}, false
	}
	return s.Persons[i], true
}

// records tells whether the file records a homestead that no grant has taken the place of.
func (s State) records() bool { return s.Current.HomesteadArea > 0 && !s.Replaced }

// Householder is the household's head; false for one that has none left.
func (s State) Householder() (Person, bool) {
	i := slices.IndexFunc(s.Persons, func(p Person) bool { return p.Head })
	if i < 0 {
		return Person{}, false
	}
	return s.Persons[i], true
}

func (s *State) end(position int) {
	s.Persons = slices.DeleteFunc(slices.Clone(s.Persons), func(p Person) bool { return p.Position == position })
}

// begin adds a person under a position of its own.
func (s *State) begin(p Person) Person {
	p.Position = s.Next
	s.Next++
	s.Persons = append(slices.Clip(s.Persons), p)
	return p
}

// replace puts what is now said of a person in the place of what was said.
func (s *State) replace(p Person) Person {
	s.end(p.Position)
	return s.begin(p)
}

// Other is another household's file that a change touches.
type Other struct {
	State
	New bool // the change founds it
}

// Apply is the file after a change, and the other file that a split founds or a merge closes; from is the one that
// a merge names, nil otherwise. It fails with *workflow.Invalid, which says what does not hold, under which rule,
// and the cure.
func Apply(s State, k Kind, form workflow.Form, from *State, at time.Time) (State, *Other, error) {
	if s.Closed {
		return s, nil, refuse("id", "A32", "该户已并入另一户，请在并入后的户档上办理")
	}
	var err error
	var other *Other
	switch f := form.(type) {
	case CorrectionForm:
		err = s.correct(f)
	case HeadForm:
		err = s.changeHead("person", f.Person, at)
	case BirthForm:
		err = s.add(Person{Name: f.Name, Relation: f.Relation, IDNumber: f.IDNumber})
	case DeathForm:
		err = s.die(f, at)
	case MarriageForm:
		if _, ok := s.person(f.Person); !ok {
			return s, nil, s.unknown("person")
		}
		err = s.add(Person{Name: f.Name, Relation: f.Relation, IDNumber: f.IDNumber, Domicile: f.Domicile})
	case DivorceForm:
		err = s.leave(f.Person)
	case MovedInForm:
		err = s.add(Person{Name: f.Name, Relation: f.Relation, IDNumber: f.IDNumber, Domicile: f.Domicile})
	case MovedOutForm:
		err = s.leave(f.Person)
	case SplitForm:
		other, err = s.split(f, at)
	case MergeForm:
		other, err = s.merge(from)
	case GroupForm:
		s.GroupNo = f.GroupNo
	case PhoneForm:
		p, ok := s.Householder()
		if !ok {
			return s, nil, refuse("phone", "A30", "本户没有户主，请先办理变更户主")
		}
		p.Phone = f.Phone
		s.replace(p)
	}
	return s, other, err
}

func (s State) unknown(name string) error {
	who := make([]string, len(s.Persons))
	for i, p := range s.Persons {
		who[i] = fmt.Sprintf("%d %s", p.Position, p.Name)
	}
	return refuse(name, "A30", "本户没有这个序号的人员，请从现有人员中选择："+strings.Join(who, "、"))
}

func refuse(name string, rule law.Rule, message string) error {
	return &workflow.Invalid{Fields: field(name, message, rule)}
}

func (s *State) correct(f CorrectionForm) error {
	if f.Current != nil {
		s.Current = *f.Current
	}
	if f.Person == "" {
		return nil
	}
	p, ok := s.person(f.Person)
	if !ok {
		return s.unknown("person")
	}
	if f.IDNumber != "" {
		if err := s.alreadyHere(f.IDNumber); err != nil && forms.NormalIDNumber(f.IDNumber) != p.IDNumber {
			return err
		}
		p.IDNumber = forms.NormalIDNumber(f.IDNumber)
	}
	for _, c := range []struct {
		to *string
		is string
	}{{&p.Name, forms.NormalName(f.Name)}, {&p.Domicile, f.Domicile}, {&p.Relation, f.Relation}} {
		if c.is != "" {
			*c.to = c.is
		}
	}
	s.replace(p)
	return nil
}

// changeHead makes an adult of the household its head (A30).
func (s *State) changeHead(name, position string, at time.Time) error {
	p, ok := s.person(position)
	switch {
	case !ok:
		return refuse(name, "A30", "承接人不是本户成员，户主只能由同户成年成员书面承接；确属本户的，请先办理迁入")
	case p.Head:
		return refuse(name, "A30", p.Name+"已经是户主，不用变更")
	case !p.Adult(at):
		return refuse(name, "A30", p.Name+"未满 18 周岁，户主只能由同户成年成员书面承接")
	}
	if was, ok := s.Householder(); ok {
		was.Head, was.Relation = false, "原户主"
		s.replace(was)
	}
	p.Head, p.Relation = true, "户主"
	s.replace(p)
	return nil
}

func (s State) alreadyHere(id string) error {
	if slices.ContainsFunc(s.Persons, func(p Person) bool { return p.IDNumber == forms.NormalIDNumber(id) }) {
		return refuse("id_number", "R31", "该身份证号已在本户，不能重复登记")
	}
	return nil
}

func (s *State) add(p Person) error {
	p.Name, p.IDNumber = forms.NormalName(p.Name), forms.NormalIDNumber(p.IDNumber)
	if err := s.alreadyHere(p.IDNumber); err != nil {
		return err
	}
	s.begin(p)
	return nil
}

// leave ends a person. The householder leaves last, and leaves no homestead behind.
func (s *State) leave(position string) error {
	p, ok := s.person(position)
	if !ok {
		return s.unknown("person")
	}
	switch {
	case p.Head && len(s.Persons) > 1:
		return refuse("person", "A30", "户主离户的，请先办理变更户主，由同户成年成员书面承接")
	case p.Head && len(s.Running) > 0:
		return refuse("person", "A30", "本户还有在办件 "+strings.Join(s.Running, "、")+"，请先办结或撤回")
	case p.Head && (s.Holds || s.records()):
		return refuse("person", "A32", "本户还有宅基地，请先退给村集体，由窗口更正户档或由发证机关注销批准书")
	}
	s.end(p.Position)
	return nil
}

func (s *State) die(f DeathForm, at time.Time) error {
	p, ok := s.person(f.Person)
	if !ok {
		return s.unknown("person")
	}
	others := slices.DeleteFunc(slices.Clone(s.Persons), func(x Person) bool { return x.Position == p.Position })
	adult := slices.ContainsFunc(others, func(x Person) bool { return x.Adult(at) })
	switch {
	case !p.Head && f.Successor != "":
		return refuse("successor", "A30", "死者不是户主，不用填写承接人")
	case p.Head && f.Successor == "" && adult:
		return refuse("successor", "A30", "户主死亡的，请填写书面承接的同户成年成员")
	case p.Head && !adult && len(s.Running) > 0:
		return refuse("person", "A30", "本户没有成年成员承接，在办件 "+strings.Join(s.Running, "、")+" 须先撤回或终止")
	}
	if f.Successor != "" {
		if f.Successor == f.Person {
			return refuse("successor", "A30", "承接人不能是死者本人")
		}
		if err := s.changeHead("successor", f.Successor, at); err != nil {
			return err
		}
		// the one who died has followed under another position
		s.Persons = slices.DeleteFunc(s.Persons, func(x Person) bool { return x.IDNumber == p.IDNumber })
		return nil
	}
	s.end(p.Position)
	return nil
}

// split takes persons out into a household of their own (R22). The homestead goes with exactly one of the two.
func (s *State) split(f SplitForm, at time.Time) (*Other, error) {
	founded := State{GroupNo: s.GroupNo}
	for _, position := range f.Persons {
		p, ok := s.person(position)
		switch {
		case !ok:
			return nil, s.unknown("persons")
		case p.Head:
			return nil, refuse("persons", "A30", "户主不能分出，请先办理变更户主")
		}
		s.end(p.Position)
		p.Head = position == f.Head
		if p.Head {
			p.Relation = "户主"
			if !p.Adult(at) {
				return nil, refuse("head", "A30", p.Name+"未满 18 周岁，新户户主须为成年人")
			}
		}
		founded.begin(p)
	}
	if _, ok := founded.Householder(); !ok {
		return nil, refuse("head", "R22", "新户户主须是分出的人员之一")
	}
	if f.Homestead == NewTakes {
		if s.Holds || len(s.Running) > 0 {
			return nil, refuse("homestead", "A32", "本户的宅基地已在本户名下批准或正在办理，只能留在原户；要归新户的，请先办结并办理变更登记")
		}
		if s.Replaced { // what was granted is freed, and the record is of before
			return nil, refuse("homestead", "A32", "本户已没有宅基地，请选择归原户")
		}
		founded.Current, s.Current = s.Current, workflow.CurrentHomestead{}
	}
	return &Other{founded, true}, nil
}

// merge takes the persons of another household in, and closes it. A homestead comes with them where this household has
// none; two cannot become one by it.
func (s *State) merge(from *State) (*Other, error) {
	if from == nil || from.Closed {
		return nil, refuse("household", "A32", "没有这个户档，或者它已并入另一户")
	}
	switch {
	case len(from.Running) > 0:
		return nil, refuse("household", "A32", "并入的户还有在办件 "+strings.Join(from.Running, "、")+"，请先办结或撤回")
	case from.Holds:
		return nil, refuse("household", "A32", "并入的户名下有已批准的宅基地，请把该户作为接收户，或先办理退出、注销")
	case from.records() && (s.records() || s.Holds):
		return nil, refuse("household", "A32", "两户各有一处宅基地，并户后一户只能拥有一处，请先退出其中一处")
	}
	other := *from
	for _, p := range from.Persons {
		other.end(p.Position)
		if s.alreadyHere(p.IDNumber) != nil {
			continue // a spouse who is in both files
		}
		if p.Head {
			p.Head, p.Relation = false, "并入"
		}
		s.begin(p)
	}
	if from.records() {
		s.Current, other.Current = from.Current, workflow.CurrentHomestead{}
	}
	other.Closed = true
	return &Other{other, false}, nil
}

// TakeBack is the file without a change: what it began ends, and what it ended begins again. A change that later ones
// rest upon is taken back after them.
func TakeBack(s State, began, ended []Person, was Recorded) (State, error) {
	for _, p := range began {
		if !slices.ContainsFunc(s.Persons, func(x Person) bool { return x.Position == p.Position }) {
			return s, refuse("takes_back", "A30", p.Name+"在该变更之后又有变更，请先撤销后面的变更")
		}
		s.end(p.Position)
	}
	for _, p := range ended {
		if err := s.alreadyHere(p.IDNumber); err != nil {
			return s, refuse("takes_back", "A30", p.Name+"已重新登记在本户，不用撤销")
		}
		s.begin(p)
	}
	heads := 0
	for _, p := range s.Persons {
		if p.Head {
			heads++
		}
	}
	if heads > 1 {
		return s, refuse("takes_back", "A30", "撤销后本户会有两个户主，请先撤销后面的变更户主")
	}
	if was.Changed {
		s.GroupNo, s.Current = was.GroupNo, was.Current
	}
	return s, nil
}

// Recorded is what a file recorded of its place and homestead before a change that changed it.
type Recorded struct {
	Changed bool                      `json:"changed,omitempty"`
	GroupNo string                    `json:"group_no"`
	Current workflow.CurrentHomestead `json:"current"`
}
