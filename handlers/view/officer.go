package view

import (
	"fmt"

	"anju/models/org"
	"anju/workflow/glossary"
)

type officeJSON struct {
	ID       string         `json:"id"`
	Kind     glossary.Party `json:"kind"`
	Name     string         `json:"name"`
	Division string         `json:"division,omitempty"`
}

// UserJSON is an officer.
type UserJSON struct {
	ID     string     `json:"id"`
	Login  string     `json:"login"`
	Name   string     `json:"name"`
	Role   string     `json:"role"`
	Office officeJSON `json:"office"`
}

// UserOf shows an officer.
func UserOf(o org.Officer) UserJSON {
	return UserJSON{ID: fmt.Sprint(o.ID), Login: o.Login, Name: o.Name, Role: string(o.Role),
		Office: officeJSON{ID: fmt.Sprint(o.Office), Kind: o.OfficeKind, Name: o.OfficeName, Division: o.Division}}
}
