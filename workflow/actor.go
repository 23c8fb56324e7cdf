package workflow

import (
	"slices"

	"anju/workflow/glossary"
)

// Numbers of rows; zero is none.
type (
	// OfficerID numbers a person with an account.
	OfficerID int64
	// OfficeID numbers an office.
	OfficeID int64
)

// Actor is the officer who acts, with the rights read in the transaction of the act.
type Actor struct {
	Officer  OfficerID
	Name     string
	Role     glossary.Role
	Office   OfficeID
	Kind     glossary.Party // of his office
	Division string         // of his office
	HasSeal  bool           // his office has a seal picture on record
	Person   string         // blind index of his ID number, "" when unknown: no officer decides his own household's case
}

// BelongsTo reports whether the actor is one of the persons, given as blind indexes of ID numbers. It is the one rule
// of recusal: an officer takes no step on the matters of his own household, and sees none of its personal data in
// clear. An actor without an ID number on record belongs to none.
func (a Actor) BelongsTo(persons []string) bool {
	return a.Person != "" && slices.Contains(persons, a.Person)
}

// BySystem acts where the law itself does something at expiry.
var BySystem = Actor{Name: "系统", Kind: glossary.System}
