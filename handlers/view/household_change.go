package view

import (
	"fmt"

	"anju/models/households"
	"anju/workflow/household"
)

// HouseholdPerson is a person of a household who is in force.
type HouseholdPerson struct {
	Person   string `json:"person" doc:"人员序号"`
	Name     string `json:"name"`
	Relation string `json:"relation"`
	IDNumber string `json:"id_number" doc:"身份证号（已遮盖）"`
	Head     bool   `json:"head" doc:"是户主"`
}

// HouseholdChange is a change of a household's file.
type HouseholdChange struct {
	ID         string                 `json:"id"`
	Kind       household.Kind         `json:"kind"`
	Title      string                 `json:"title"`
	Reason     string                 `json:"reason"`
	Evidence   string                 `json:"evidence"`
	Text       string                 `json:"text" doc:"变更内容"`
	At         Instant                `json:"at"`
	Officer    string                 `json:"officer"`
	Office     string                 `json:"office"`
	State      households.ChangeState `json:"state" enum:"in_force,waiting,taken_back"`
	StateTitle string                 `json:"state_title"`
	Confirms   string                 `json:"confirms,omitempty" doc:"所确认的变更"`
	TakesBack  string                 `json:"takes_back,omitempty" doc:"所撤销的变更"`
	Household  string                 `json:"household,omitempty" doc:"分户设立的户档"`
}

// NewHouseholdChange shows a change.
func NewHouseholdChange(c households.Change) HouseholdChange {
	v := HouseholdChange{ID: fmt.Sprint(c.ID), Kind: c.Kind, Title: c.Kind.Title(), Reason: c.Reason,
		Evidence: c.Evidence, Text: c.Text, At: NewInstant(c.At), Officer: c.Officer, Office: c.Office, State: c.State,
		StateTitle: c.State.Title()}
	for _, n := range []struct {
		id int64
		to *string
	}{{c.Confirms, &v.Confirms}, {c.TakesBack, &v.TakesBack}, {int64(c.Made), &v.Household}} {
		if n.id != 0 {
			*n.to = fmt.Sprint(n.id)
		}
	}
	return v
}
