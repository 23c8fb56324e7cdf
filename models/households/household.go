package households

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/household"
)

// SaveHousehold enters a household's file, and the keys under which it is found. Where this householder already has one
// it is left as it is and created is false (A32). by 0 is the program itself. It fails with *workflow.Invalid on an
// unknown village and with workflow.ErrNotFound outside the officer's area.
func (s *Store) SaveHousehold(ctx context.Context, by workflow.OfficerID,
	h forms.Household) (id workflow.HouseholdID, created bool, err error) {
	return s.EnterHousehold(ctx, by, "", "", h)
}

// EnterHousehold is SaveHousehold under a key. It fails with *workflow.Replayed where the officer used the key before.
func (s *Store) EnterHousehold(ctx context.Context, by workflow.OfficerID, key, asked string,
	h forms.Household) (id workflow.HouseholdID,
	created bool, err error) {
	if known, err := s.org.DivisionExists(ctx, h.Division); err != nil || !known {
		if err == nil {
			err = &workflow.Invalid{Fields: []workflow.FieldError{{Field: "division", Message: "没有这个村级区划代码，请核对", Rule: "R29"}}}
		}
		return 0, false, err
	}
	if err := s.requireArea(ctx, by, h.Division, h.GroupNo); err != nil {
		return 0, false, err
	}
	if err := s.groupExists(ctx, h); err != nil {
		return 0, false, err
	}
	h.Householder.Name = forms.NormalName(h.Householder.Name)
	row := householdRow{Division: h.Division, GroupNo: h.GroupNo, Householder: h.Householder.Name,
		Head:          s.idIndex(h.Householder.IDNumber),
		HomesteadArea: int64(h.Current.HomesteadArea), BuildingArea: int64(h.Current.BuildingArea),
		CertificateNo: h.Current.CertificateNo,
		OfficerID:     int64(by), CreatedAt: s.db.Now()}
	gender := h.Householder.Gender
	if gender == "" {
		gender = forms.GenderOf(h.Householder.IDNumber)
	}
	people := []personRow{{Head: true, Name: h.Householder.Name, Relation: "户主", Gender: gender,
		Domicile: h.Householder.Domicile}}
	if err := s.sealPerson(&people[0], h.Householder.IDNumber, h.Householder.Phone); err != nil {
		return 0, false, err
	}
	for _, m := range h.Members {
		p := personRow{Position: len(people), Name: forms.NormalName(m.Name), Relation: m.Relation,
			Gender: forms.GenderOf(m.IDNumber), Domicile: m.Domicile}
		if err := s.sealPerson(&p, m.IDNumber, ""); err != nil {
			return 0, false, err
		}
		people = append(people, p)
	}
	used := db.IdempotencyKey{OfficerID: int64(by), Key: key, Asked: asked, CreatedAt: row.CreatedAt}
	err = s.db.Transaction(ctx, key != "", func(g *gorm.DB) error {
		if err := db.FindReplayed(g, used); err != nil {
			return err
		}
		row.ID = 0 // given anew at each try
		if err := g.Create(&row).Error; err != nil {
			return err
		}
		for i := range people {
			people[i].ID, people[i].HouseholdID = 0, row.ID
		}
		if err := g.Create(&people).Error; err != nil {
			return err
		}
		if err := s.indexHousehold(g, row.ID, people); err != nil {
			return err
		}
		return db.RecordKey(g, used, row.ID)
	})
	if !errors.Is(err, gorm.ErrDuplicatedKey) {
		return workflow.HouseholdID(row.ID), err == nil, err
	}
	id, err = s.householdThere(ctx, by, row.Head, used)
	return id, false, err
}

// householdThere finds the file that a householder has already, and notes that the key was answered with it.
func (s *Store) householdThere(ctx context.Context, by workflow.OfficerID, head string,
	used db.IdempotencyKey) (workflow.HouseholdID, error) {
	var there householdRow
	if err := s.db.Write(ctx).Where("head = ?", head).Take(&there).Error; err != nil {
		return 0, fmt.Errorf("file of the householder: %w", err)
	}
	err := s.requireArea(ctx, by, there.Division, there.GroupNo)
	if errors.Is(err, workflow.ErrNotFound) {
		return 0, &workflow.Invalid{Fields: []workflow.FieldError{{Field: "householder.id_number", Rule: "A32",
			Message: "该户主已在其他乡镇建档，请核对身份证号；确已迁入本地的，请先由原乡镇的窗口办理变更户主、迁出"}}}
	}
	if err != nil || used.Key == "" {
		return workflow.HouseholdID(there.ID), err
	}
	err = s.db.Transaction(ctx, true, func(g *gorm.DB) error {
		if err := db.FindReplayed(g, used); err != nil {
			return err
		}
		return db.RecordKey(g, used, there.ID)
	})
	return workflow.HouseholdID(there.ID), err
}

// groupExists refuses a group that its village does not have. A village without any group level has none to name (A6).
func (s *Store) groupExists(ctx context.Context, h forms.Household) error {
	_, err := s.org.Office(ctx, glossary.GroupCollective, h.Division+h.GroupNo)
	if !errors.Is(err, workflow.ErrNotFound) {
		return err
	}
	var groups int64
	if err := s.db.Read(ctx).Model(&org.Office{}).Where("kind = ? AND division LIKE ?", glossary.GroupCollective,
		h.Division+"%").
		Count(&groups).Error; err != nil || groups == 0 {
		return err
	}
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: "group_no", Message: "该村没有编号为 " + h.GroupNo +
		" 的村民小组，请核对", Rule: "R28"}}}
}

func (s *Store) idIndex(idNumber string) string {
	return s.db.Keys().Index(forms.NormalIDNumber(idNumber))
}

func (s *Store) sealPerson(p *personRow, idNumber, phone string) error {
	id, err := s.db.Keys().Seal(forms.NormalIDNumber(idNumber))
	if err != nil {
		return err
	}
	p.IDIndex, p.IDAlg, p.IDKey, p.IDSealed = s.idIndex(idNumber), id.Alg, id.Key, id.Text
	p.AdultOn = adultOn(idNumber)
	if phone == "" {
		return nil
	}
	sealed, err := s.db.Keys().Seal(phone)
	p.PhoneAlg, p.PhoneKey, p.PhoneSealed = sealed.Alg, sealed.Key, sealed.Text
	return err
}

// requireArea fails with ErrNotFound unless the officer handles cases and the place lies in his area; by 0 is the
// program.
func (s *Store) requireArea(ctx context.Context, by workflow.OfficerID, division, group string) error {
	if by == 0 {
		return nil
	}
	o, err := s.org.ActiveOfficer(ctx, by)
	if err != nil {
		return err
	}
	if !o.Role.Handles() || !glossary.Within(o.Division, division, group) {
		return workflow.ErrNotFound
	}
	return nil
}

// Entry is what was entered of a household. ID numbers show their first two and last three characters, phones their
// first three and last four.
type Entry struct {
	Household forms.Household
	Persons   []household.Person // in force, the householder first
	CreatedAt time.Time
	Recorded  time.Time // when a change recorded the homestead anew; zero: with the file
}

// Entry reads what was entered of a household; ErrNotFound outside the officer's area.
func (s *Store) Entry(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (Entry, error) {
	var row householdRow
	err := s.db.Read(ctx).Where("id = ?", int64(id)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Entry{}, workflow.ErrNotFound
	}
	if err != nil {
		return Entry{}, err
	}
	if err := s.requireArea(ctx, by, row.Division, row.GroupNo); err != nil {
		return Entry{}, err
	}
	e := Entry{CreatedAt: row.CreatedAt, Recorded: db.TimeOrZero(row.RecordedAt),
		Household: forms.Household{Division: row.Division, GroupNo: row.GroupNo,
			Current: row.current()}}
	people, err := s.people(ctx, id)
	if err != nil {
		return e, err
	}
	for _, p := range people {
		id, phone, err := s.masked(p)
		if err != nil {
			return e, fmt.Errorf("person %d: %w", p.ID, err)
		}
		e.Persons = append(e.Persons, household.Person{Position: p.Position, Name: p.Name, Relation: p.Relation,
			IDNumber: id, Phone: phone, Domicile: p.Domicile, Head: p.Head})
		if p.Head {
			e.Household.Householder = forms.Person{Name: p.Name, Gender: p.Gender, IDNumber: id, Phone: phone,
				Domicile: p.Domicile}
			continue
		}
		e.Household.Members = append(e.Household.Members, forms.Member{Name: p.Name, Relation: p.Relation, IDNumber: id,
			Domicile: p.Domicile})
	}
	return e, nil
}

// people reads the persons of a household who are in force, the householder first.
func (s *Store) people(ctx context.Context, id workflow.HouseholdID) ([]personRow, error) {
	var people []personRow
	err := s.db.Read(ctx).Where("household_id = ? AND to_change = 0", int64(id)).Order("head DESC, position").
		Find(&people).Error
	return people, err
}

// Unmask puts the numbers of a household's persons into it in clear, for papers that carry them.
func (s *Store) Unmask(ctx context.Context, id workflow.HouseholdID, h *forms.Household) error {
	people, err := s.people(ctx, id)
	if err != nil {
		return err
	}
	member := 0
	for _, p := range people {
		number, phone, err := s.clearNumbers(p)
		if err != nil {
			return fmt.Errorf("person %d: %w", p.ID, err)
		}
		if !p.Head {
			h.Members[member].IDNumber = number
			member++
			continue
		}
		h.Householder.IDNumber = number
		if phone != "" {
			h.Householder.Phone = phone
		}
	}
	return nil
}

// HouseholderNumber is the ID number of a case's householder, in clear; false without such a case.
func (s *Store) HouseholderNumber(ctx context.Context, id workflow.CaseID) (number string, known bool, err error) {
	var head personRow
	err = s.db.Read(ctx).Where("head AND to_change = 0 AND household_id = (SELECT household_id FROM cases WHERE id = ?)",
		int64(id)).Take(&head).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if number, _, err = s.clearNumbers(head); err != nil {
		return "", false, fmt.Errorf("householder of case %d: %w", id, err)
	}
	return number, true, nil
}

// HouseholdsOf lists the households to which a person belongs, by the blind index of the ID number.
func (s *Store) HouseholdsOf(ctx context.Context, person string) ([]workflow.HouseholdID, error) {
	var ids []workflow.HouseholdID
	err := s.db.Read(ctx).Model(&personRow{}).Where("id_index = ? AND to_change = 0", person).Pluck("household_id", &ids).Error
	return ids, err
}

// clearNumbers is the ID number and the phone of a person in clear; the phone is empty where none was given.
func (s *Store) clearNumbers(p personRow) (id, phone string, err error) {
	if id, err = s.db.Keys().Open(db.Sealed{Alg: p.IDAlg, Key: p.IDKey, Text: p.IDSealed}); err != nil ||
		p.PhoneSealed == "" {
		return id, "", err
	}
	phone, err = s.db.Keys().Open(db.Sealed{Alg: p.PhoneAlg, Key: p.PhoneKey, Text: p.PhoneSealed})
	return id, phone, err
}

// masked is clearNumbers with the middle of each hidden.
func (s *Store) masked(p personRow) (id, phone string, err error) {
	id, phone, err = s.clearNumbers(p)
	return mask(id, 2, 3), mask(phone, 3, 4), err
}

// mask shows the first and last characters of a value.
func mask(s string, first, last int) string {
	r := []rune(s)
	for i := range r {
		if i >= first && i < len(r)-last {
			r[i] = '*'
		}
	}
	return string(r)
}

// KeepHousehold marks a household of the demo county as kept for opening a chain; purpose tells several apart.
func (s *Store) KeepHousehold(ctx context.Context, id workflow.HouseholdID, chain workflow.ChainID,
	purpose string) error {
	done := s.db.Write(ctx).Model(&householdRow{}).Where("id = ?", int64(id)).
		Updates(map[string]any{"chain": string(chain), "purpose": purpose})
	if done.Error == nil && done.RowsAffected != 1 {
		return workflow.ErrNotFound
	}
	return done.Error
}

// FreeHousehold finds a household that KeepHousehold marked and that has no running case of the chain, drafts included,
// and no granted one. False when all are taken.
func (s *Store) FreeHousehold(ctx context.Context, chain workflow.ChainID, purpose string) (workflow.HouseholdID, bool,
	error) {
	taken := s.db.Read(ctx).Table("cases").Select("household_id").Where("chain = ? AND (closed_at IS NULL OR outcome = ?)",
		string(chain), string(workflow.Granted))
	var row householdRow
	err := s.db.Read(ctx).Where("chain = ? AND purpose = ?", string(chain), purpose).Where("id NOT IN (?)",
		taken).Order("id").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, false, nil
	}
	return workflow.HouseholdID(row.ID), err == nil, err
}
