package org

import (
	"sync/atomic"
	"time"

	"anju/workflow"
	"anju/workflow/glossary"
)

// Division is one row of the administrative divisions.
type Division struct {
	Code   string `gorm:"primaryKey"`
	Name   string
	Level  string
	Parent string
}

// TableName implements gorm's Tabler.
func (Division) TableName() string { return "divisions" }

// Office is one desk: a kind of office at a division of 12 digits, or a group's of 14.
type Office struct {
	ID       workflow.OfficeID `gorm:"primaryKey;autoIncrement"`
	Kind     glossary.Party
	Division string
	Name     string
	Short    string // in front of the numbers of its papers; "" where it issues none
	Phone    string // that its notices name; "" where the county has not entered it
}

// TableName implements gorm's Tabler.
func (Office) TableName() string { return "offices" }

// officeCopy is every office, in memory: they change a few times a year, and every move looks for one.
type officeCopy struct {
	at   map[officeKey]Office
	byID map[workflow.OfficeID]Office
	old  atomic.Bool // an office that is not in it may have been added since, and one that is in it renamed
	next atomic.Bool // a newer copy is being read
}

type officeKey struct {
	kind     glossary.Party
	division string
}

// officeCopyAge is how long an office that is not in the copy is taken for not there.
const officeCopyAge = 10 * time.Second
