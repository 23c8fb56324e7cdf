package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/workflow"
	"anju/workflow/forms"
)

type householdKeyRow struct {
	HouseholdID int64  `gorm:"primaryKey;autoIncrement:false"`
	Key         string `gorm:"primaryKey"`
}

func (householdKeyRow) TableName() string { return "household_keys" }

// HouseholdHit is a household that was found.
type HouseholdHit struct {
	ID                            workflow.HouseholdID
	Householder, Village, GroupNo string
	IDNumber                      string   // of the householder, masked as in HouseholdFile
	Cases                         int      // all it ever had
	Running                       []string // numbers of those that are neither drafts nor closed
}

// tailKey is the blind index of the last four characters of a number; kind is t of an ID number, p of a phone.
func (s *Store) tailKey(kind, number string) string {
	return kind + ":" + s.db.keys.Index("household "+kind+"\x00"+number[len(number)-4:])
}

// keysOf are the keys under which a household is found.
func (s *Store) keysOf(household int64, people []personRow) ([]householdKeyRow, error) {
	var keys []string
	for _, p := range people {
		name := forms.NormalName(p.Name)
		if name != p.Name { // entered by an older program
			keys = added(keys, "n:"+name)
		}
		full, initials := spelt(name)
		for _, so := range full {
			keys = added(keys, "f:"+so)
		}
		for _, so := range initials {
			keys = added(keys, "i:"+so)
		}
		id, err := s.db.keys.Open(Sealed{p.IDAlg, p.IDKey, p.IDSealed})
		if err != nil {
			return nil, fmt.Errorf("person %d: %w", p.ID, err)
		}
		if len(id) >= 4 {
			keys = added(keys, s.tailKey("t", id))
		}
		if p.PhoneSealed == "" {
			continue
		}
		phone, err := s.db.keys.Open(Sealed{p.PhoneAlg, p.PhoneKey, p.PhoneSealed})
		if err != nil {
			return nil, fmt.Errorf("person %d: %w", p.ID, err)
		}
		if phone = strings.ReplaceAll(phone, "-", ""); len(phone) >= 4 {
			keys = added(keys, s.tailKey("p", phone))
		}
	}
	rows := make([]householdKeyRow, len(keys))
	for i, k := range keys {
		rows[i] = householdKeyRow{household, k}
	}
	return rows, nil
}

// indexHousehold writes the keys of a household; those that are there stay.
func (s *Store) indexHousehold(g *gorm.DB, household int64, people []personRow) error {
	rows, err := s.keysOf(household, people)
	if err != nil || len(rows) == 0 {
		return err
	}
	return g.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 200).Error
}

// IndexHouseholds gives the households that an older program entered the keys under which they are found, and says how many. It may be
// called at any time and by any number of processes.
func (s *Store) IndexHouseholds(ctx context.Context) (int, error) {
	const batch = 200
	done, last := 0, int64(0)
	for {
		var ids []int64
		if err := s.db.read.WithContext(ctx).Model(&householdRow{}).Where("id > ?", last).
			Where("NOT EXISTS (SELECT 1 FROM household_keys k WHERE k.household_id = households.id)").Order("id").Limit(batch).Pluck("id", &ids).Error; err != nil {
			return done, err
		}
		if len(ids) == 0 {
			return done, nil
		}
		var people []personRow
		if err := s.db.read.WithContext(ctx).Where("household_id IN ?", ids).Order("household_id, position").Find(&people).Error; err != nil {
			return done, err
		}
		of := map[int64][]personRow{}
		for _, p := range people {
			of[p.HouseholdID] = append(of[p.HouseholdID], p)
		}
		err := s.db.transaction(ctx, false, func(g *gorm.DB) error {
			for _, id := range ids {
				if err := s.indexHousehold(g, id, of[id]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return done, fmt.Errorf("index households: %w", err)
		}
		done, last = done+len(ids), ids[len(ids)-1]
	}
}

// dots are the ways in which the middle dot of a name is typed.
const dots = "·•・‧∙⋅･．."

// partOf is a pattern of LIKE for texts that contain what a person typed; a dot within stands for any.
func partOf(text string) string {
	text = likely(text)
	if strings.Trim(text, dots) != "" {
		text = strings.Map(func(r rune) rune {
			if strings.ContainsRune(dots, r) {
				return '_'
			}
			return r
		}, text)
	}
	return "%" + text + "%"
}

// marked finds the households of the county by what is kept beside their names: pinyin, ID numbers, the last four of numbers. False where
// the text can be none of these.
func (s *Store) marked(text string) (*gorm.DB, bool) {
	keys := s.db.read.Model(&householdKeyRow{}).Select("household_id")
	number := forms.NormalIDNumber(text)
	switch {
	case len(number) == 4 && digits(number[:3]) && (digits(number[3:]) || number[3] == 'X'):
		return keys.Where("key IN ?", []string{s.tailKey("t", number), s.tailKey("p", number)}), true
	case len(number) == 15 && digits(number), len(number) == 18 && digits(number[:17]) && (digits(number[17:]) || number[17] == 'X'):
		return s.db.read.Model(&personRow{}).Select("household_id").Where("id_index IN ?", s.indexes(number)), true
	}
	typed := strings.NewReplacer("'", "", "’", "", "Ü", "V", "ü", "V").Replace(number)
	typed = strings.ToLower(typed)
	switch {
	case strings.ContainsFunc(typed, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		return keys.Where("key LIKE ? ESCAPE '!'", "n:"+partOf(text)), true
	case typed == "" || letters(typed) != typed:
		return nil, false
	}
	typed = strings.ReplaceAll(typed, "lyu", "lv") // as passports write it
	const last = "{"                               // behind z
	return keys.Where("key >= ? AND key < ? OR key >= ? AND key < ?", "f:"+typed, "f:"+typed+last, "i:"+typed, "i:"+typed+last), true
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// indexes are the blind indexes of an ID number as it is typed: an old one of 15 digits stands for that of 18 too.
func (s *Store) indexes(number string) []string {
	number = forms.NormalIDNumber(number)
	list := []string{s.db.keys.Index(number)}
	if len(number) == 15 && digits(number) {
		list = append(list, s.db.keys.Index(longer(number)))
	}
	return list
}

// longer makes the number of 18 digits of one of 15 (GB 11643-1999).
func longer(number string) string {
	number = number[:6] + "19" + number[6:]
	sum := 0
	for i, w := range [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(number[i]-'0')
	}
	return number + "10X98765432"[sum%11:sum%11+1]
}

// FindHouseholds finds the households of the officer's area by what was typed: part of the name of the householder or of a member, its pinyin
// or initials from their beginning, a whole ID number, the last four characters of one or of a phone, or the number of the file. Those with
// the newest cases come first; nothing typed finds none. It fails with ErrNoScope for an officer without an area.
func (s *Store) FindHouseholds(ctx context.Context, by workflow.OfficerID, q string, limit int) ([]HouseholdHit, error) {
	q = forms.NormalName(q)
	where, args := "households.householder LIKE ? ESCAPE '!' OR households.id IN (SELECT household_id FROM persons WHERE name LIKE ? ESCAPE '!')", []any{partOf(q), partOf(q)}
	if found, ok := s.marked(q); ok {
		where, args = where+" OR households.id IN (?)", append(args, found)
	}
	if n, err := strconv.ParseInt(forms.NormalIDNumber(q), 10, 64); err == nil && strconv.FormatInt(n, 10) == forms.NormalIDNumber(q) {
		where, args = where+" OR households.id = ?", append(args, n)
	}
	return s.hits(ctx, by, q != "", limit, where, args...)
}

// SamePerson finds the households of the officer's area in which the person with this ID number is the householder or a member. It fails
// with ErrNoScope for an officer without an area.
func (s *Store) SamePerson(ctx context.Context, by workflow.OfficerID, idNumber string) ([]HouseholdHit, error) {
	return s.hits(ctx, by, forms.NormalIDNumber(idNumber) != "", 200, "households.id IN (SELECT household_id FROM persons WHERE id_index IN ?)", s.indexes(idNumber))
}

// hits reads the households of the officer's area for which a condition holds; asked is false where nothing was asked for.
func (s *Store) hits(ctx context.Context, by workflow.OfficerID, asked bool, limit int, where string, args ...any) ([]HouseholdHit, error) {
	o, _, err := s.scope(ctx, by)
	if err != nil || !asked {
		return nil, err
	}
	_, limit = page(1, limit)
	g := s.db.read.WithContext(ctx)
	var rows []struct {
		ID                            int64
		Householder, GroupNo, Village string
		IDAlg                         string `gorm:"column:id_alg"`
		IDKey                         int    `gorm:"column:id_key"`
		IDSealed                      string `gorm:"column:id_sealed"`
	}
	if err := g.Table("households").Joins("JOIN persons h ON h.household_id = households.id AND h.position = 0").Joins("JOIN divisions d ON d.code = households.division").
		Scopes(o.area("households")).Where("("+where+")", args...).
		Select("households.id, households.householder, households.group_no, d.name AS village, h.id_alg, h.id_key, h.id_sealed").
		Order("(SELECT COALESCE(max(c.id), 0) FROM cases c WHERE c.household_id = households.id) DESC, households.id DESC").Limit(limit).Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]HouseholdHit, len(rows))
	ids := make([]int64, len(rows))
	at := map[int64]*HouseholdHit{}
	for i, r := range rows {
		number, err := s.db.keys.Open(Sealed{r.IDAlg, r.IDKey, r.IDSealed})
		if err != nil {
			return nil, fmt.Errorf("householder of %d: %w", r.ID, err)
		}
		list[i] = HouseholdHit{ID: workflow.HouseholdID(r.ID), Householder: r.Householder, Village: r.Village, GroupNo: r.GroupNo, IDNumber: mask(number, 2, 3)}
		ids[i], at[r.ID] = r.ID, &list[i]
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var cases []caseRow
	if err := g.Select("household_id", "number", "running").Where("household_id IN ?", ids).Order("id").Find(&cases).Error; err != nil {
		return nil, err
	}
	for _, c := range cases {
		hit := at[c.HouseholdID]
		hit.Cases++
		if c.Running {
			hit.Running = append(hit.Running, c.Number)
		}
	}
	return list, nil
}
