package db

import (
	"reflect"
	"testing"
	"time"
)

type sampleRow struct {
	ID     int64 `gorm:"primaryKey;autoIncrement"`
	CaseID int64
	DueOn  Day
	At     *time.Time
	Key    string `gorm:"column:id_key"`
}

func (sampleRow) TableName() string { return "samples" }

func TestColumns(t *testing.T) {
	all := ColumnsOf[sampleRow]()
	if got, want := all.List("s"), "s.id, s.case_id, s.due_on, s.at, s.id_key"; got != want {
		t.Errorf("all are %q, want %q", got, want)
	}
	some := all.Without("id", "at")
	if got, want := some.Set(), "case_id = ?, due_on = ?, id_key = ?"; got != want {
		t.Errorf("set %q, want %q", got, want)
	}
	row := sampleRow{ID: 1, CaseID: 2, DueOn: 3, Key: "k"}
	if got, want := some.Values(&row), []any{int64(2), Day(3), "k"}; !reflect.DeepEqual(got, want) {
		t.Errorf("values %v, want %v", got, want)
	}
	*all.Only("id_key").Fields(&row)[0].(*string) = "scanned"
	if row.Key != "scanned" {
		t.Errorf("scanned %+v", row)
	}
	defer func() {
		if recover() == nil {
			t.Error("a column that is none was taken")
		}
	}()
	all.Only("nothing")
}

func TestColumnsOfATable(t *testing.T) {
	in, err := tableOf(reflect.TypeFor[sampleRow]())
	if err != nil || in.insert != `INSERT INTO "samples" ("case_id", "due_on", "at", "id_key") VALUES (?, ?, ?, ?)` {
		t.Errorf("%q, %v", in.insert, err)
	}
}
