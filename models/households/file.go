package households

import (
	"fmt"
	"time"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/household"
)

// file is a household's file under its lock.
type file struct {
	household.State
	id       workflow.HouseholdID
	division string
	rows     []personRow // all persons that it ever had
	indexes  []string    // blind indexes of those in force

	recordedOn *time.Time
}

// recorded is what the file recorded where a change changes it.
func (f file) recorded(now household.State) household.Recorded {
	if f.GroupNo == now.GroupNo && f.Current == now.Current {
		return household.Recorded{}
	}
	return household.Recorded{Changed: true, GroupNo: f.GroupNo, Current: f.Current}
}

var (
	personColumns = db.ColumnsOf[personRow]()
	filedColumns  = db.ColumnsOf[householdRow]()
	changeColumns = db.ColumnsOf[changeRow]()
)

// lockFile reads a household's file and locks it; ErrNotFound outside the officer's area.
func (s *Store) lockFile(t *db.Tx, by org.Officer, id workflow.HouseholdID) (file, error) {
	f := file{id: id}
	var h householdRow
	t.Query(func(scan func(...any) error) error { return scan(filedColumns.Fields(&h)...) },
		"SELECT "+filedColumns.List("c")+" FROM households c WHERE c.id = ?"+t.DB().SQL().Lock(), int64(id))
	if err := t.Flush(); err != nil {
		return f, fmt.Errorf("read household %d: %w", id, err)
	}
	if h.ID == 0 || !by.Role.Handles() || !glossary.Within(by.Division, h.Division, h.GroupNo) {
		return f, workflow.ErrNotFound
	}
	t.Query(func(scan func(...any) error) error {
		var p personRow
		err := scan(personColumns.Fields(&p)...)
		f.rows = append(f.rows, p)
		return err
	}, "SELECT "+personColumns.List("p")+" FROM persons p WHERE p.household_id = ? ORDER BY p.head DESC, p.position", int64(id))
	t.Query(func(scan func(...any) error) error {
		var number string
		var running, holds, replaced bool
		err := scan(&number, &running, &holds, &replaced)
		if running {
			f.Running = append(f.Running, number)
		}
		f.Holds, f.Replaced = f.Holds || holds, f.Replaced || replaced
		return err
	}, "SELECT c.number, c.closed_at IS NULL, "+HoldsGrant+", "+ReplacesRecord+" FROM cases c JOIN households h "+
		"ON h.id = c.household_id WHERE c.household_id = ? ORDER BY c.id", int64(id))
	if err := t.Flush(); err != nil {
		return f, fmt.Errorf("read household %d: %w", id, err)
	}
	f.division, f.GroupNo, f.Current, f.Closed = h.Division, h.GroupNo, h.current(), h.ClosedBy != 0
	f.recordedOn = h.RecordedAt
	for _, row := range f.rows {
		f.Next = max(f.Next, row.Position+1)
		if row.ToChange != 0 {
			continue
		}
		p, err := s.person(row)
		if err != nil {
			return f, err
		}
		f.Persons, f.indexes = append(f.Persons, p), append(f.indexes, row.IDIndex)
	}
	return f, nil
}

// HoldsGrant tells of a case c whether it gave its household a homestead that is not freed; see household.Freed.
const HoldsGrant = "(c.chain = 'homestead' AND c.outcome = 'granted' AND (EXISTS (SELECT 1 FROM documents d " +
	"WHERE d.case_id = c.id AND d.kind = '" + string(glossary.HomesteadCert) + "' AND d.voided = '') OR NOT EXISTS " +
	"(SELECT 1 FROM documents d WHERE d.case_id = c.id AND d.kind = '" + string(glossary.HomesteadCert) + "')))"

// ReplacesRecord tells of a case c whether its grant took the place of the homestead that its household h records; see
// household.Held.
const ReplacesRecord = "(c.chain = 'homestead' AND c.outcome = 'granted' AND (h.recorded_at IS NULL " +
	"OR c.opened_at >= h.recorded_at OR " + HoldsGrant + "))"

func (s *Store) person(p personRow) (household.Person, error) {
	id, phone, err := s.clearNumbers(p)
	if err != nil {
		return household.Person{}, fmt.Errorf("person %d: %w", p.ID, err)
	}
	return household.Person{Position: p.Position, Name: p.Name, Relation: p.Relation, IDNumber: id, Phone: phone,
		Domicile: p.Domicile, Head: p.Head}, nil
}

func (s *Store) changeRows(t *db.Tx, id workflow.HouseholdID) ([]changeRow, error) {
	var rows []changeRow
	t.Query(func(scan func(...any) error) error {
		var r changeRow
		err := scan(changeColumns.Fields(&r)...)
		rows = append(rows, r)
		return err
	}, "SELECT "+changeColumns.List("c")+" FROM household_changes c WHERE c.household_id = ? ORDER BY c.id", int64(id))
	return rows, t.Flush()
}

// write writes the file as a change leaves it, and the other household that it founds or closes, of which it
// returns the number where it is new.
func (w *changing) write(now household.State, other *household.Other, from *file, kept told) (made workflow.HouseholdID,
	err error) {
	if from != nil { // what it gives comes free before it is taken
		if err := w.rewrite(*from, other.State, true); err != nil {
			return 0, err
		}
		if err := w.beside(from.id, "并入 "+fmt.Sprint(w.file.id)+" 号户档", kept); err != nil {
			return 0, err
		}
	}
	if err := w.rewrite(w.file, now, false); err != nil {
		return 0, err
	}
	w.touch(w.file.id, now, kept.Text)
	if other == nil || !other.New {
		return 0, nil
	}
	head, _ := other.Householder()
	w.t.Query(func(scan func(...any) error) error { return scan(&made) }, "INSERT INTO households(division, group_no, "+
		"householder, head, homestead_area, building_area, certificate_no, officer_id, created_at) "+
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id", w.file.division, other.GroupNo, head.Name,
		w.s.idIndex(head.IDNumber), int64(other.Current.HomesteadArea), int64(other.Current.BuildingArea),
		other.Current.CertificateNo, int64(w.by.ID), db.UTC(w.at))
	if err := w.taken(w.t.Flush()); err != nil {
		return 0, err
	}
	if err := w.begin(made, other.Persons); err != nil {
		return 0, err
	}
	return made, w.beside(made, "由 "+fmt.Sprint(w.file.id)+" 号户档分出", kept)
}

// beside notes a change in the file of the other household.
func (w *changing) beside(of workflow.HouseholdID, text string, kept told) error {
	numbers, err := w.t.NextNumbers("household_change")
	if err != nil {
		return err
	}
	there := *w
	there.id, there.asked.Confirms, there.asked.TakesBack = int64(numbers[0]), 0, 0
	return there.insert(int64(of), told{Reason: kept.Reason, Evidence: kept.Evidence, Text: text}, false)
}

// touch notes what the running cases of a household must know.
func (w *changing) touch(id workflow.HouseholdID, now household.State, text string) {
	head, ok := now.Householder()
	if !ok {
		head.Name = noHead
	}
	row, _ := household.Of(w.asked.Kind)
	w.touched = append(w.touched, Touched{id, head.Name, len(now.Persons), now.Current,
		db.TimeOrZero(w.recordedAt(w.file, now)), text, row})
}

// taken translates the refusal of a person who is the householder of another file.
func (w *changing) taken(err error) error {
	if db.Violates(err, "households_head_key", "households.head") {
		return db.Invalid("person", "该人已是另一户的户主，一人只能做一户的户主，请先办理并户或变更那一户的户主", "A32")
	}
	return err
}

// noHead stands where a file has no householder.
const noHead = "（无）"

// rewrite writes the difference between what a file was and what it is.
func (w *changing) rewrite(was file, now household.State, closed bool) error {
	has := func(list []household.Person, position int) bool {
		for _, p := range list {
			if p.Position == position {
				return true
			}
		}
		return false
	}
	var begun []household.Person
	for _, p := range was.Persons {
		if !has(now.Persons, p.Position) {
			w.t.Exec("UPDATE persons SET to_change = ? WHERE household_id = ? AND position = ?", w.id, int64(was.id),
				p.Position)
		}
	}
	for _, p := range now.Persons {
		if !has(was.Persons, p.Position) {
			begun = append(begun, p)
		}
	}
	by := int64(0)
	head, ok := now.Householder()
	index := w.s.idIndex(head.IDNumber)
	if !ok {
		index, head.Name = fmt.Sprintf("none:%d", was.id), noHead // a file without a householder keeps no index of a person
	}
	if closed {
		by = w.id
	}
	w.t.Exec("UPDATE households SET householder = ?, head = ?, group_no = ?, homestead_area = ?, building_area = ?, "+
		"certificate_no = ?, closed_by = ?, recorded_at = ? WHERE id = ?", head.Name, index, now.GroupNo,
		int64(now.Current.HomesteadArea), int64(now.Current.BuildingArea), now.Current.CertificateNo, by, w.recordedAt(was, now), int64(was.id))
	if err := w.taken(w.t.Flush()); err != nil {
		return err
	}
	return w.begin(was.id, begun)
}

// recordedAt is when the homestead of the file was recorded anew; nil: with the file.
func (w *changing) recordedAt(was file, now household.State) *time.Time {
	if was.Current == now.Current {
		return was.recordedOn
	}
	at := db.UTC(w.at)
	return &at
}

// begin writes persons and the keys under which their household is found.
func (w *changing) begin(id workflow.HouseholdID, persons []household.Person) error {
	rows := make([]personRow, len(persons))
	for i, p := range persons {
		rows[i] = personRow{HouseholdID: int64(id), Position: p.Position, Name: p.Name, Relation: p.Relation,
			Gender: forms.GenderOf(p.IDNumber), Domicile: p.Domicile, Head: p.Head, FromChange: w.id}
		if err := w.s.sealPerson(&rows[i], p.IDNumber, p.Phone); err != nil {
			return err
		}
		columns := personColumns.Without("id")
		marks := make([]byte, 0, 64)
		for range columns.Values(&rows[i]) {
			marks = append(marks, ",?"...)
		}
		w.t.Exec("INSERT INTO persons("+columns.List("")+") VALUES ("+string(marks[1:])+")", columns.Values(&rows[i])...)
	}
	keys, err := w.s.householdKeys(int64(id), rows)
	if err != nil {
		return err
	}
	for _, k := range keys {
		w.t.Exec("INSERT INTO household_keys(household_id, key) VALUES (?, ?) ON CONFLICT DO NOTHING", k.HouseholdID, k.Key)
	}
	return w.t.Flush()
}
