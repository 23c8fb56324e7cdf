package view

import (
	"fmt"
	"strings"

	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/forms"
)

// Person is the householder as he is answered: numbers are masked, so the rules for what is typed in do not hold.
type Person struct {
	Name     string `json:"name"`
	Gender   string `json:"gender,omitempty"`
	IDNumber string `json:"id_number" doc:"身份证号（已遮盖）"`
	Phone    string `json:"phone,omitempty" doc:"联系电话（已遮盖）"`
	Domicile string `json:"domicile,omitempty"`
}

// Hidden is a telephone number as it is answered: of a short one the store leaves too much to be seen.
func Hidden(phone string) string {
	n := len(phone)
	switch {
	case n >= 11:
		return phone
	case n <= 4:
		return strings.Repeat("*", n)
	}
	return phone[:2] + strings.Repeat("*", n-4) + phone[n-2:]
}

// Household is a household's file; numbers of persons are masked by the store.
type Household struct {
	ID          string                    `json:"id"`
	Division    string                    `json:"division"`
	GroupNo     string                    `json:"group_no"`
	Householder Person                    `json:"householder"`
	Members     []forms.Member            `json:"members"`
	Current     workflow.CurrentHomestead `json:"current"`
	CreatedAt   Instant                   `json:"created_at"`
	Cases       []CaseLine                `json:"cases"`
	Documents   []Document                `json:"documents"`
	Persons     []HouseholdPerson         `json:"persons" doc:"在册人员"`
	Differences []Difference              `json:"differences,omitempty" doc:"再次登记时与户档不一致之处"`
}

// Difference is what was typed otherwise than a file has it.
type Difference struct {
	Field string `json:"field"`
	Label string `json:"label"`
	Typed string `json:"typed"`
	Filed string `json:"filed"`
}

// NewHousehold shows the file of a household.
func (a *Builder) NewHousehold(f cases.HouseholdFile) Household {
	h := Household{ID: fmt.Sprint(f.ID), Division: f.Household.Division, GroupNo: f.Household.GroupNo,
		Householder: Person(f.Household.Householder),
		Members:     OrEmpty(f.Household.Members), Current: f.Household.Current, CreatedAt: NewInstant(f.CreatedAt),
		Cases: []CaseLine{}, Documents: []Document{}, Persons: []HouseholdPerson{}}
	h.Householder.Phone = Hidden(h.Householder.Phone)
	for _, p := range f.Persons {
		h.Persons = append(h.Persons, HouseholdPerson{fmt.Sprint(p.Position), p.Name, p.Relation, p.IDNumber, p.Head})
	}
	for _, c := range f.Cases {
		h.Cases = append(h.Cases, a.NewCaseLine(c))
		h.Documents = append(h.Documents, a.NewDocuments(c)...)
	}
	return h
}
