package households

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/law"
	"anju/workflow/trades"
)

type contractorRow struct {
	Code          string `gorm:"primaryKey"`
	Kind          string
	Name          string
	Work          string
	Basis         string
	Qualification string
	FromOn        db.Day
	ToOn          *db.Day
	Struck        string
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
	OfficerID     int64
}

func (contractorRow) TableName() string { return "contractors" }

// The columns of a contractor: as the register shows it, and as a change of its entry sets it.
var (
	contractorColumns = db.ColumnsOf[contractorRow]().Without("updated_at", "officer_id")
	entryColumns      = db.ColumnsOf[contractorRow]().Without("code", "kind", "struck")
)

func (r contractorRow) contractor() (trades.Contractor, error) {
	c := trades.Contractor{Code: r.Code, Kind: trades.ContractorKind(r.Kind), Name: r.Name, Basis: r.Basis,
		Qualification: r.Qualification,
		From:          calendar.Day(r.FromOn), Struck: r.Struck}
	if r.ToOn != nil {
		c.To = calendar.Day(*r.ToOn)
	}
	if err := json.Unmarshal([]byte(r.Work), &c.Work); err != nil {
		return c, fmt.Errorf("work of contractor %s: %w", r.Code, err)
	}
	return c, nil
}

// works are the kinds of work in the order in which an entry keeps them.
var works = []trades.Work{trades.Survey, trades.Design, trades.Build, trades.Supervise, trades.Appraise}

// checkContractor tells what of an entry does not hold: a person never builds (R10, A18), only an agency for it
// appraises (A27), and each stands on a ground that its kind allows (R9, R10).
func checkContractor(c trades.Contractor) error {
	var found []workflow.FieldError
	say := func(field, message string, rule law.Rule) {
		found = append(found, workflow.FieldError{Field: field, Message: message, Rule: rule})
	}
	bases, known := trades.ContractorBases[c.Kind]
	checkCode(c, say)
	if _, bad := forms.CheckName(c.Name, "名称或姓名", 100); bad != "" {
		say("name", bad, "R9")
	}
	if known && bases[c.Basis] == "" {
		names := make([]string, 0, len(bases))
		for name, title := range bases {
			names = append(names, name+"（"+title+"）")
		}
		slices.Sort(names)
		say("basis", c.Kind.Title()+"的登记依据只能是 "+strings.Join(names, "、")+" 之一", "R9")
	}
	checkWork(c, say)
	switch {
	case c.From == 0:
		say("from", "请填写资质有效期的首日", "R9")
	case c.To != 0 && c.To < c.From:
		say("to", "资质有效期的末日不能早于首日", "R9")
	}
	if utf8.RuneCountInString(c.Qualification) > 200 {
		say("qualification", "资质等级或证书最多 200 个字", "R9")
	}
	if found != nil {
		return &workflow.Invalid{Fields: found}
	}
	return nil
}

// refuse notes what of a field does not hold, and under which rule.
type refuse func(field, message string, rule law.Rule)

// checkCode refuses a kind that is none, and a code that such a contractor does not have.
func checkCode(c trades.Contractor, say refuse) {
	switch {
	case trades.ContractorBases[c.Kind] == nil:
		say("kind", "承揽方类型只能是 contractor_org（承揽单位）、contractor_person（承揽个人）或 appraisal_agency（鉴定机构）", "R9")
	case c.Kind == trades.ContractorPerson:
		if n := utf8.RuneCountInString(c.Code); n < 4 || n > 40 || strings.ContainsFunc(c.Code,
			func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }) {
			say("code", "证书编号应为 4 至 40 个字母、数字、汉字或短横线", "R10")
		}
	default:
		if wrong := trades.CheckCreditCode(c.Code); wrong != "" {
			say("code", wrong, "R9")
		}
	}
}

// checkWork refuses work that such a contractor does not do.
func checkWork(c trades.Contractor, say refuse) {
	_, known := trades.ContractorBases[c.Kind]
	if len(c.Work) == 0 {
		say("work", "请至少选择一项业务", "R9")
	}
	for _, w := range c.Work {
		switch {
		case !slices.Contains(works, w):
			say("work", "业务只能是 survey、design、build、supervise、appraise", "R9")
		case c.Kind == trades.ContractorPerson && w == trades.Survey:
			say("work", "勘察只能由有资质的单位承揽，请由单位登记", "R83")
		case c.Kind == trades.ContractorPerson && w == trades.Build:
			say("work", "个人只能承揽设计、监理，不能承揽施工，请由合作社或公司登记", "A18")
		case known && (w == trades.Appraise) != (c.Kind == trades.AppraisalAgency):
			say("work", "鉴定只由鉴定机构承担，鉴定机构也只登记鉴定", "A27")
		}
	}
}

// ContractorQuery narrows the register; empty fields do not. Query is part of a name or of a code.
type ContractorQuery struct {
	Work          trades.Work
	Query         string
	Struck        *bool
	Page, PerPage int
}

// Contractors lists the register by code, and how many there are in all.
func (s *Store) Contractors(ctx context.Context, q ContractorQuery) ([]trades.Contractor, int, error) {
	g := s.db.Read(ctx).Model(&contractorRow{})
	if q.Work != "" {
		g = g.Where("work LIKE ? ESCAPE '!'", `%"`+db.EscapeLike(string(q.Work))+`"%`)
	}
	if q.Query != "" {
		part := "%" + db.EscapeLike(q.Query) + "%"
		g = g.Where("(name LIKE ? ESCAPE '!' OR code LIKE ? ESCAPE '!')", part, part)
	}
	if q.Struck != nil {
		g = g.Where("(struck <> '') = ?", *q.Struck)
	}
	var total int64
	if err := g.Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := db.Page(q.Page, q.PerPage)
	var rows []contractorRow
	if err := g.Order("code").Offset(offset).Limit(limit).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	list := make([]trades.Contractor, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.contractor(); err != nil {
			return nil, 0, err
		}
	}
	return list, int(total), nil
}

// ContractorsByCode reads the whole register, as the county holds it.
func (s *Store) ContractorsByCode(ctx context.Context) (map[string]trades.Contractor, error) {
	var rows []contractorRow
	if err := s.db.Read(ctx).Find(&rows).Error; err != nil {
		return nil, err
	}
	m := make(map[string]trades.Contractor, len(rows))
	for _, r := range rows {
		c, err := r.contractor()
		if err != nil {
			return nil, err
		}
		m[c.Code] = c
	}
	return m, nil
}

// RegisterContractor enters a contractor, or what has changed of one; created is false where it was there. Whether it
// is struck stays as it is: a struck one is restored first. Entering the same again changes nothing. It fails with
// *workflow.Invalid where the entry does not hold (R9, R10, A18, A27). by 0 is the program itself.
func (s *Store) RegisterContractor(ctx context.Context, by workflow.OfficerID, c trades.Contractor) (created bool,
	err error) {
	c.Name, c.Qualification, c.Struck = strings.TrimSpace(c.Name), strings.TrimSpace(c.Qualification), ""
	if err := checkContractor(c); err != nil {
		return false, err
	}
	c.Name = forms.NormalName(c.Name)
	given := c.Work
	c.Work = slices.DeleteFunc(slices.Clone(works), func(w trades.Work) bool { return !slices.Contains(given, w) })
	err = s.changeRegister(ctx, by, c.Code, func(t *db.Tx, was *trades.Contractor) (string, any, error) {
		work, err := json.Marshal(c.Work)
		if err != nil {
			return "", nil, err
		}
		row := contractorRow{Code: c.Code, Kind: string(c.Kind), Name: c.Name, Work: string(work), Basis: c.Basis,
			Qualification: c.Qualification,
			FromOn:        db.Day(c.From), UpdatedAt: s.db.Now(), OfficerID: int64(by)}
		if c.To != 0 {
			to := db.Day(c.To)
			row.ToOn = &to
		}
		switch {
		case was == nil:
			created = true
			return "register", c, t.Insert(&row)
		case was.Struck != "":
			return "", nil, wrongContractor("code", was.Name+"已从名录中除名（"+was.Struck+"），请先恢复再修改")
		case was.Kind != c.Kind:
			return "", nil, wrongContractor("kind", "该编号已登记为"+was.Kind.Title()+"，类型不能更改，请核对编号")
		case reflect.DeepEqual(*was, c):
			return "", nil, nil
		}
		t.Exec("UPDATE contractors SET "+entryColumns.Set()+" WHERE code = ?", append(entryColumns.Values(&row), row.Code)...)
		return "change", c, nil
	})
	return created, err
}

// StrikeContractor takes a contractor off the register; who is struck takes no new work (A27). It fails with
// ErrNotFound without such an entry, and with *workflow.Invalid without a reason or where it was struck before.
func (s *Store) StrikeContractor(ctx context.Context, by workflow.OfficerID, code, reason string) error {
	return s.setStruck(ctx, by, code, reason, true)
}

// RestoreContractor takes back a strike, with the same errors.
func (s *Store) RestoreContractor(ctx context.Context, by workflow.OfficerID, code, reason string) error {
	return s.setStruck(ctx, by, code, reason, false)
}

func (s *Store) setStruck(ctx context.Context, by workflow.OfficerID, code, reason string, strike bool) error {
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > 200 {
		return wrongContractor("reason", "请填写理由，最多 200 个字")
	}
	return s.changeRegister(ctx, by, code, func(t *db.Tx, was *trades.Contractor) (string, any, error) {
		what, struck := "restore", ""
		if strike {
			what, struck = "strike", reason
		}
		switch {
		case was == nil:
			return "", nil, workflow.ErrNotFound
		case strike && was.Struck != "":
			return "", nil, wrongContractor("code", was.Name+"已从名录中除名（"+was.Struck+"）")
		case !strike && was.Struck == "":
			return "", nil, wrongContractor("code", was.Name+"没有被除名")
		}
		t.Exec("UPDATE contractors SET struck = ?, updated_at = ?, officer_id = ? WHERE code = ?", struck, s.db.Now(),
			int64(by), code)
		return what, map[string]string{"reason": reason}, nil
	})
}

func wrongContractor(field, message string) error {
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: field, Message: message, Rule: "R9"}}}
}

// changeRegister takes one change of the register, one at a time, with its line in the log; change gives what it did,
// "" for nothing.
func (s *Store) changeRegister(ctx context.Context, by workflow.OfficerID, code string, change func(*db.Tx,
	*trades.Contractor) (string, any, error)) error {
	return s.db.Update(ctx, func(t *db.Tx) error {
		t.Exec(s.db.SQL().Exclusive("contractors"))
		was, err := readContractor(t, code)
		if err != nil {
			return err
		}
		what, data, err := change(t, was)
		if err != nil {
			return err
		}
		if what == "" {
			return t.Commit()
		}
		b, err := json.Marshal(data)
		if err != nil {
			return err
		}
		if err := t.Flush(); err != nil { // the line refers to the entry
			return err
		}
		t.Exec("INSERT INTO contractor_lines (code, at, officer_id, what, data) VALUES (?, ?, ?, ?, ?)", code, s.db.Now(),
			int64(by), what, string(b))
		return t.Commit()
	})
}

// readContractor reads one entry; nil where there is none.
func readContractor(t *db.Tx, code string) (*trades.Contractor, error) {
	var was *trades.Contractor
	t.Query(func(scan func(...any) error) error {
		var row contractorRow
		if err := scan(contractorColumns.Fields(&row)...); err != nil {
			return err
		}
		c, err := row.contractor()
		was = &c
		return err
	}, "SELECT "+contractorColumns.List("")+" FROM contractors WHERE code = ?", code)
	return was, t.Flush()
}
