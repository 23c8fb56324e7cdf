package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
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
}

func (householdRow) TableName() string { return "households" }

func (h householdRow) current() workflow.CurrentHomestead {
	return workflow.CurrentHomestead{HomesteadArea: workflow.Decimal(h.HomesteadArea), BuildingArea: workflow.Decimal(h.BuildingArea),
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
}

func (personRow) TableName() string { return "persons" }

// SaveHousehold enters a household's file, and the keys under which it is found. Where this householder already has one it is left as it is and created is false
// (A32). by 0 is the program itself. It fails with *workflow.Invalid on an unknown village and with workflow.ErrNotFound
// outside the officer's area.
func (s *Store) SaveHousehold(ctx context.Context, by workflow.OfficerID, h forms.Household) (id workflow.HouseholdID, created bool, err error) {
	return s.EnterHousehold(ctx, by, "", "", h)
}

// EnterHousehold is SaveHousehold under a key. It fails with *workflow.Replayed where the officer used the key before.
func (s *Store) EnterHousehold(ctx context.Context, by workflow.OfficerID, key, asked string, h forms.Household) (id workflow.HouseholdID,
	created bool, err error) {
	if known, err := s.DivisionExists(ctx, h.Division); err != nil || !known {
		if err == nil {
			err = &workflow.Invalid{Fields: []workflow.FieldError{{Field: "division", Message: "没有这个村级区划代码，请核对", Rule: "R29"}}}
		}
		return 0, false, err
	}
	if err := s.within(ctx, by, h.Division, h.GroupNo); err != nil {
		return 0, false, err
	}
	if err := s.groupExists(ctx, h); err != nil {
		return 0, false, err
	}
	h.Householder.Name = forms.NormalName(h.Householder.Name)
	row := householdRow{Division: h.Division, GroupNo: h.GroupNo, Householder: h.Householder.Name, Head: s.index(h.Householder.IDNumber),
		HomesteadArea: int64(h.Current.HomesteadArea), BuildingArea: int64(h.Current.BuildingArea), CertificateNo: h.Current.CertificateNo,
		OfficerID: int64(by), CreatedAt: s.db.now()}
	gender := h.Householder.Gender
	if gender == "" {
		gender = forms.GenderOf(h.Householder.IDNumber)
	}
	people := []personRow{{Name: h.Householder.Name, Relation: "户主", Gender: gender, Domicile: h.Householder.Domicile}}
	if err := s.sealPerson(&people[0], h.Householder.IDNumber, h.Householder.Phone); err != nil {
		return 0, false, err
	}
	for _, m := range h.Members {
		p := personRow{Position: len(people), Name: forms.NormalName(m.Name), Relation: m.Relation, Gender: forms.GenderOf(m.IDNumber), Domicile: m.Domicile}
		if err := s.sealPerson(&p, m.IDNumber, ""); err != nil {
			return 0, false, err
		}
		people = append(people, p)
	}
	used := idempotencyRow{OfficerID: int64(by), Key: key, Asked: asked, CreatedAt: row.CreatedAt}
	err = s.db.transaction(ctx, key != "", func(g *gorm.DB) error {
		if err := replayed(g, used); err != nil {
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
		return made(g, used, row.ID)
	})
	if !errors.Is(err, gorm.ErrDuplicatedKey) {
		return workflow.HouseholdID(row.ID), err == nil, err
	}
	id, err = s.householdThere(ctx, by, row.Head, used)
	return id, false, err
}

// householdThere finds the file that a householder has already, and notes that the key was answered with it.
func (s *Store) householdThere(ctx context.Context, by workflow.OfficerID, head string, used idempotencyRow) (workflow.HouseholdID, error) {
	var there householdRow
	if err := s.db.write.WithContext(ctx).Where("head = ?", head).Take(&there).Error; err != nil {
		return 0, fmt.Errorf("file of the householder: %w", err)
	}
	err := s.within(ctx, by, there.Division, there.GroupNo)
	if errors.Is(err, workflow.ErrNotFound) {
		return 0, &workflow.Invalid{Fields: []workflow.FieldError{{Field: "householder.id_number", Rule: "A32",
			Message: "该户主已在其他辖区建档，请核对身份证号；确已迁入本地的，请联系县里先转移档案"}}}
	}
	if err != nil || used.Key == "" {
		return workflow.HouseholdID(there.ID), err
	}
	err = s.db.transaction(ctx, true, func(g *gorm.DB) error {
		if err := replayed(g, used); err != nil {
			return err
		}
		return made(g, used, there.ID)
	})
	return workflow.HouseholdID(there.ID), err
}

// replayed fails with *workflow.Replayed where the key was used before. Without a key it does nothing.
func replayed(g *gorm.DB, key idempotencyRow) error {
	if key.Key == "" {
		return nil
	}
	var rows []idempotencyRow
	if err := g.Where("officer_id = ? AND case_id = 0 AND key = ?", key.OfficerID, key.Key).Find(&rows).Error; err != nil || len(rows) == 0 {
		return err
	}
	return &workflow.Replayed{Made: rows[0].Step, At: rows[0].CreatedAt, Asked: rows[0].Asked, Response: rows[0].Response}
}

// made writes the key under which something was made. Without a key it does nothing.
func made(g *gorm.DB, key idempotencyRow, id int64) error {
	if key.Key == "" {
		return nil
	}
	key.Step = id
	return g.Create(&key).Error
}

// groupExists refuses a group that its village does not have. A village without any group level has none to name (A6).
func (s *Store) groupExists(ctx context.Context, h forms.Household) error {
	_, err := s.Office(ctx, glossary.GroupCollective, h.Division+h.GroupNo)
	if !errors.Is(err, workflow.ErrNotFound) {
		return err
	}
	var groups int64
	if err := s.db.read.WithContext(ctx).Model(&Office{}).Where("kind = ? AND division LIKE ?", glossary.GroupCollective, h.Division+"%").
		Count(&groups).Error; err != nil || groups == 0 {
		return err
	}
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: "group_no", Message: "该村没有编号为 " + h.GroupNo + " 的村民小组，请核对", Rule: "R28"}}}
}

func (s *Store) index(idNumber string) string {
	return s.db.keys.Index(forms.NormalIDNumber(idNumber))
}

func (s *Store) sealPerson(p *personRow, idNumber, phone string) error {
	id, err := s.db.keys.Seal(forms.NormalIDNumber(idNumber))
	if err != nil {
		return err
	}
	p.IDIndex, p.IDAlg, p.IDKey, p.IDSealed = s.index(idNumber), id.Alg, id.Key, id.Text
	if phone == "" {
		return nil
	}
	sealed, err := s.db.keys.Seal(phone)
	p.PhoneAlg, p.PhoneKey, p.PhoneSealed = sealed.Alg, sealed.Key, sealed.Text
	return err
}

// within fails with ErrNotFound unless the officer handles cases and the place lies in his area; by 0 is the program.
func (s *Store) within(ctx context.Context, by workflow.OfficerID, division, group string) error {
	if by == 0 {
		return nil
	}
	o, err := s.officer(ctx, by)
	if err != nil {
		return err
	}
	if !o.Role.Handles() || !glossary.Within(o.Division, division, group) {
		return workflow.ErrNotFound
	}
	return nil
}

// HouseholdFile is everything of one household (一户一档).
type HouseholdFile struct {
	ID        workflow.HouseholdID
	Household forms.Household // ID numbers show their first two and last three characters, phones their first three and last four
	Cases     []workflow.Case
	Documents []workflow.Document // of all its cases
	CreatedAt time.Time
}

// HouseholdFile reads a household's file; ErrNotFound outside the officer's area.
func (s *Store) HouseholdFile(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) (HouseholdFile, error) {
	g := s.db.read.WithContext(ctx)
	var row householdRow
	err := g.Where("id = ?", int64(id)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return HouseholdFile{}, workflow.ErrNotFound
	}
	if err != nil {
		return HouseholdFile{}, err
	}
	if err := s.within(ctx, by, row.Division, row.GroupNo); err != nil {
		return HouseholdFile{}, err
	}
	f := HouseholdFile{ID: id, CreatedAt: row.CreatedAt,
		Household: forms.Household{Division: row.Division, GroupNo: row.GroupNo, Current: row.current()}}
	var people []personRow
	if err := g.Where("household_id = ?", row.ID).Order("position").Find(&people).Error; err != nil {
		return f, err
	}
	for _, p := range people {
		id, phone, err := s.masked(p)
		if err != nil {
			return f, fmt.Errorf("person %d: %w", p.ID, err)
		}
		if p.Position == 0 {
			f.Household.Householder = forms.Person{Name: p.Name, Gender: p.Gender, IDNumber: id, Phone: phone, Domicile: p.Domicile}
			continue
		}
		f.Household.Members = append(f.Household.Members, forms.Member{Name: p.Name, Relation: p.Relation, IDNumber: id, Domicile: p.Domicile})
	}
	var rows []caseRow
	if err := g.Where("household_id = ?", row.ID).Order("id").Find(&rows).Error; err != nil {
		return f, err
	}
	if f.Cases, err = s.filled(ctx, rows); err != nil {
		return f, err
	}
	for _, c := range f.Cases {
		f.Documents = append(f.Documents, c.File.Documents...)
	}
	return f, nil
}

func (s *Store) masked(p personRow) (id, phone string, err error) {
	if id, err = s.db.keys.Open(Sealed{p.IDAlg, p.IDKey, p.IDSealed}); err != nil || p.PhoneSealed == "" {
		return mask(id, 2, 3), "", err
	}
	phone, err = s.db.keys.Open(Sealed{p.PhoneAlg, p.PhoneKey, p.PhoneSealed})
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
func (s *Store) KeepHousehold(ctx context.Context, id workflow.HouseholdID, chain workflow.ChainID, purpose string) error {
	done := s.db.write.WithContext(ctx).Model(&householdRow{}).Where("id = ?", int64(id)).
		Updates(map[string]any{"chain": string(chain), "purpose": purpose})
	if done.Error == nil && done.RowsAffected != 1 {
		return workflow.ErrNotFound
	}
	return done.Error
}

// FreeHousehold finds a household that KeepHousehold marked and that has no running case of the chain, drafts included, and no granted
// one. False when all are taken.
func (s *Store) FreeHousehold(ctx context.Context, chain workflow.ChainID, purpose string) (workflow.HouseholdID, bool, error) {
	taken := s.db.read.Model(&caseRow{}).Select("household_id").Where("chain = ? AND (closed_at IS NULL OR outcome = ?)", string(chain), string(workflow.Granted))
	var row householdRow
	err := s.db.read.WithContext(ctx).Where("chain = ? AND purpose = ?", string(chain), purpose).Where("id NOT IN (?)", taken).Order("id").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, false, nil
	}
	return workflow.HouseholdID(row.ID), err == nil, err
}
