package view

import (
	"fmt"

	"anju/models/org"
	"anju/workflow/glossary"
)

// Office is an office of the county.
type Office struct {
	ID       string         `json:"id"`
	Kind     glossary.Party `json:"kind"`
	Name     string         `json:"name"`
	Division string         `json:"division,omitempty"`
}

// User is an officer.
type User struct {
	ID     string `json:"id"`
	Login  string `json:"login"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	Office Office `json:"office"`
}

// NewUser shows an officer.
func NewUser(o org.Officer) User {
	return User{ID: fmt.Sprint(o.ID), Login: o.Login, Name: o.Name, Role: string(o.Role),
		Office: Office{ID: fmt.Sprint(o.Office), Kind: o.OfficeKind, Name: o.OfficeName, Division: o.Division}}
}
