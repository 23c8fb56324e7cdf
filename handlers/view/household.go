package view

import (
	"fmt"
	"strings"

	"anju/models/cases"
	"anju/workflow"
	"anju/workflow/forms"
)

// personJSON is the householder as he is answered: numbers are masked, so the rules for what is typed in do not hold.
type personJSON struct {
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

// HouseholdJSON is a household's file; numbers of persons are masked by the store.
type HouseholdJSON struct {
	ID          string                    `json:"id"`
	Division    string                    `json:"division"`
	GroupNo     string                    `json:"group_no"`
	Householder personJSON                `json:"householder"`
	Members     []forms.Member            `json:"members"`
	Current     workflow.CurrentHomestead `json:"current"`
	CreatedAt   string                    `json:"created_at"`
	Cases       []CaseLineJSON            `json:"cases"`
	Documents   []DocumentJSON            `json:"documents"`
}

// HouseholdOf shows the file of a household.
func (a *Builder) HouseholdOf(f cases.HouseholdFile) HouseholdJSON {
	h := HouseholdJSON{ID: fmt.Sprint(f.ID), Division: f.Household.Division, GroupNo: f.Household.GroupNo,
		Householder: personJSON(f.Household.Householder),
		Members:     OrEmpty(f.Household.Members), Current: f.Household.Current, CreatedAt: Shanghai(f.CreatedAt),
		Cases:     []CaseLineJSON{},
		Documents: a.DocumentsOf(f.Documents)}
	h.Householder.Phone = Hidden(h.Householder.Phone)
	for _, c := range f.Cases {
		h.Cases = append(h.Cases, a.LineOf(c))
	}
	return h
}
