package households

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/forms"
)

// HouseholdHit is a household that was found.
type HouseholdHit struct {
	ID                            workflow.HouseholdID
	Householder, Village, GroupNo string
	IDNumber                      string   // of the householder, masked as in HouseholdFile
	Cases                         int      // all it ever had
	Running                       []string // numbers of those that are neither drafts nor closed
}

// IndexHouseholds gives the households that an older program entered the keys under which they are found, and says how
// many. It may be called at any time and by any number of processes.
func (s *Store) IndexHouseholds(ctx context.Context) (int, error) {
	const batch = 200
	done, last := 0, int64(0)
	for {
		var ids []int64
		if err := s.db.Read(ctx).Model(&householdRow{}).Where("id > ?", last).
			Where("NOT EXISTS (SELECT 1 FROM household_keys k "+
				"WHERE k.household_id = households.id)").Order("id").Limit(batch).Pluck("id", &ids).Error; err != nil {
			return done, err
		}
		if len(ids) == 0 {
			return done, nil
		}
		var people []personRow
		if err := s.db.Read(ctx).Where("household_id IN ?",
			ids).Order("household_id, position").Find(&people).Error; err != nil {
			return done, err
		}
		of := map[int64][]personRow{}
		for _, p := range people {
			of[p.HouseholdID] = append(of[p.HouseholdID], p)
		}
		err := s.db.Transaction(ctx, false, func(g *gorm.DB) error {
			for _, id := range ids {
				if err := s.indexHousehold(g, id, of[id]); err != nil {
					return err
				}
				if err := s.noteAdults(g, of[id]); err != nil {
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

// NamePattern is a pattern of LIKE for texts that contain what a person typed; a dot within stands for any.
func NamePattern(text string) string {
	text = db.EscapeLike(text)
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

// MatchHouseholds finds the households of the county by what is kept beside their names: pinyin, ID numbers, the last
// four of numbers. False where the text can be none of these.
func (s *Store) MatchHouseholds(ctx context.Context, text string) (*gorm.DB, bool) {
	keys := s.db.Read(ctx).Model(&householdKeyRow{}).Select("household_id")
	number := forms.NormalIDNumber(text)
	switch {
	case len(number) == 4 && isDigits(number[:3]) && (isDigits(number[3:]) || number[3] == 'X'):
		return keys.Where("key IN ?", []string{s.tailKey("t", number), s.tailKey("p", number)}), true
	case len(number) == 15 && isDigits(number), len(number) == 18 && isDigits(number[:17]) && (isDigits(number[17:]) ||
		number[17] == 'X'):
		return s.db.Read(ctx).Model(&personRow{}).Select("household_id").Where("id_index IN ?", s.idIndexes(number)), true
	}
	typed := strings.NewReplacer("'", "", "’", "", "Ü", "V", "ü", "V").Replace(number)
	typed = strings.ToLower(typed)
	switch {
	case strings.ContainsFunc(typed, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		return keys.Where("key LIKE ? ESCAPE '!'", "n:"+NamePattern(text)), true
	case typed == "" || keepLetters(typed) != typed:
		return nil, false
	}
	typed = strings.ReplaceAll(typed, "lyu", "lv") // as passports write it
	const last = "{"                               // behind z
	return keys.Where("key >= ? AND key < ? OR key >= ? AND key < ?", "f:"+typed, "f:"+typed+last, "i:"+typed,
		"i:"+typed+last), true
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// idIndexes are the blind indexes of an ID number as it is typed: an old one of 15 digits stands for that of 18 too.
func (s *Store) idIndexes(number string) []string {
	number = forms.NormalIDNumber(number)
	list := []string{s.db.Keys().Index(number)}
	if len(number) == 15 && isDigits(number) {
		list = append(list, s.db.Keys().Index(lengthenIDNumber(number)))
	}
	return list
}

// lengthenIDNumber makes the number of 18 digits of one of 15 (GB 11643-1999).
func lengthenIDNumber(number string) string {
	number = number[:6] + "19" + number[6:]
	sum := 0
	for i, w := range [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(number[i]-'0')
	}
	return number + "10X98765432"[sum%11:sum%11+1]
}

// FindHouseholds finds the households of the officer's area by what was typed: part of the name of the householder or
// of a member, its pinyin or initials from their beginning, a whole ID number, the last four characters of one or of a
// phone, or the number of the file. Those with the newest cases come first; nothing typed finds none. It fails with
// ErrNoScope for an officer without an area.
func (s *Store) FindHouseholds(ctx context.Context, by workflow.OfficerID, q string, limit int) ([]HouseholdHit,
	error) {
	q = forms.NormalName(q)
	where, args := "households.householder LIKE ? ESCAPE '!' OR households.id IN (SELECT household_id FROM persons "+
		"WHERE name LIKE ? ESCAPE '!')", []any{NamePattern(q), NamePattern(q)}
	if found, ok := s.MatchHouseholds(ctx, q); ok {
		where, args = where+" OR households.id IN (?)", append(args, found)
	}
	if n, err := strconv.ParseInt(forms.NormalIDNumber(q), 10, 64); err == nil &&
		strconv.FormatInt(n, 10) == forms.NormalIDNumber(q) {
		where, args = where+" OR households.id = ?", append(args, n)
	}
	return s.readHits(ctx, by, q != "", limit, where, args...)
}

// SamePerson finds the households of the officer's area in which the person with this ID number is the householder or a
// member. It fails with ErrNoScope for an officer without an area.
func (s *Store) SamePerson(ctx context.Context, by workflow.OfficerID, idNumber string) ([]HouseholdHit, error) {
	return s.readHits(ctx, by, forms.NormalIDNumber(idNumber) != "", 200,
		"households.id IN (SELECT household_id FROM persons WHERE to_change = 0 AND id_index IN ?)", s.idIndexes(idNumber))
}

// readHits reads the households of the officer's area for which a condition holds; asked is false where nothing was
// asked for.
func (s *Store) readHits(ctx context.Context, by workflow.OfficerID, asked bool, limit int, where string,
	args ...any) ([]HouseholdHit, error) {
	o, _, err := s.org.AreaScope(ctx, by)
	if err != nil || !asked {
		return nil, err
	}
	_, limit = db.Page(1, limit)
	g := s.db.Read(ctx)
	var rows []struct {
		ID                            int64
		Householder, GroupNo, Village string
		IDAlg                         string `gorm:"column:id_alg"`
		IDKey                         int    `gorm:"column:id_key"`
		IDSealed                      string `gorm:"column:id_sealed"`
	}
	if err := g.Table("households").Joins("JOIN persons h ON h.household_id = households.id "+
		"AND h.head AND h.to_change = 0").Joins("JOIN divisions d ON d.code = households.division").
		Scopes(o.Area("households")).Where("("+where+")", args...).
		Select("households.id, households.householder, households.group_no, d.name AS village, h.id_alg, h.id_key, " +
			"h.id_sealed").
		Order("(SELECT COALESCE(max(c.id), 0) FROM cases c WHERE c.household_id = households.id) DESC, households.id " +
			"DESC").Limit(limit).Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]HouseholdHit, len(rows))
	ids := make([]int64, len(rows))
	at := map[int64]*HouseholdHit{}
	for i, r := range rows {
		number, err := s.db.Keys().Open(db.Sealed{Alg: r.IDAlg, Key: r.IDKey, Text: r.IDSealed})
		if err != nil {
			return nil, fmt.Errorf("householder of %d: %w", r.ID, err)
		}
		list[i] = HouseholdHit{ID: workflow.HouseholdID(r.ID), Householder: r.Householder, Village: r.Village,
			GroupNo: r.GroupNo, IDNumber: mask(number, 2, 3)}
		ids[i], at[r.ID] = r.ID, &list[i]
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var cases []struct {
		HouseholdID int64
		Number      string
		Running     bool
	}
	if err := g.Table("cases").Select("household_id", "number", "running").Where("household_id IN ?",
		ids).Order("id").Find(&cases).Error; err != nil {
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
