package households

import (
	"time"

	"anju/models/db"
	"anju/workflow"
)

type householdRow struct {
	ID            int64 `gorm:"primaryKey;autoIncrement"`
	Division      string
	GroupNo       string
	Householder   string
	Head          string
	HomesteadArea int64
	BuildingArea  int64
	CertificateNo string
	Chain         string
	Purpose       string
	OfficerID     int64
	CreatedAt     time.Time `gorm:"autoCreateTime:false"`
	ClosedBy      int64
	RecordedAt    *time.Time
}

func (householdRow) TableName() string { return "households" }

func (h householdRow) current() workflow.CurrentHomestead {
	return workflow.CurrentHomestead{HomesteadArea: workflow.Decimal(h.HomesteadArea),
		BuildingArea:  workflow.Decimal(h.BuildingArea),
		CertificateNo: h.CertificateNo}
}

type personRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	HouseholdID int64
	Position    int
	Name        string
	Relation    string
	Gender      string
	Domicile    string
	IDIndex     string `gorm:"column:id_index"`
	IDAlg       string `gorm:"column:id_alg"`
	IDKey       int    `gorm:"column:id_key"`
	IDSealed    string `gorm:"column:id_sealed"`
	PhoneAlg    string
	PhoneKey    int
	PhoneSealed string
	Head        bool
	FromChange  int64
	ToChange    int64
	AdultOn     *db.Day
}

func (personRow) TableName() string { return "persons" }
