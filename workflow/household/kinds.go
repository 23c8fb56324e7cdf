package household

import (
	"reflect"
	"slices"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/law"
)

// Kind names a kind of workflow.Form.
type Kind string

// The kinds of workflow.Forms.
const (
	Correction Kind = "correction"
	Head       Kind = "head"
	Birth      Kind = "birth"
	Death      Kind = "death"
	Marriage   Kind = "marriage"
	Divorce    Kind = "divorce"
	MovedIn    Kind = "moved_in"
	MovedOut   Kind = "moved_out"
	Split      Kind = "split"
	Merge      Kind = "merge"
	Group      Kind = "group"
	Phone      Kind = "phone"
)

// KindRow is what the program knows of a kind of workflow.Form.
type KindRow struct {
	Kind     Kind
	Title    string
	Rule     law.Rule
	Form     workflow.Form                       // what is entered with it
	Confirms func(s State, f workflow.Form) bool // whether a second officer confirms it; nil: none does
	Evidence string                              // what is usually shown
}

// Kinds are the kinds of workflow.Forms, in the order in which they are shown.
var Kinds = []KindRow{
	{Correction, "更正", "R31", CorrectionForm{}, func(_ State, f workflow.Form) bool {
		c := f.(CorrectionForm)
		return c.IDNumber != "" || c.Current != nil
	}, "居民身份证、户口簿；宅基地情况的更正附调查核实材料"},
	{Head, "变更户主", "A30", HeadForm{}, always, "同户成年成员签名的书面承接书、户口簿"},
	{Birth, "出生", "R31", BirthForm{}, nil, "出生医学证明、户口簿"},
	{Death, "死亡", "A30", DeathForm{}, func(s State, f workflow.Form) bool {
		p, ok := s.person(f.(DeathForm).Person)
		return ok && p.Head
	}, "死亡证明或户口注销证明；户主死亡的另附书面承接书"},
	{Marriage, "结婚", "R22", MarriageForm{}, nil, "结婚证"},
	{Divorce, "离婚", "R22", DivorceForm{}, nil, "离婚证或生效判决书"},
	{MovedIn, "迁入", "R23", MovedInForm{}, nil, "户口迁移证、成员确认材料、原籍无宅基地证明"},
	{MovedOut, "迁出", "A30", MovedOutForm{}, nil, "户口迁移证"},
	{Split, "分户", "R22", SplitForm{}, always, "分户协议、分户后的户口簿"},
	{Merge, "并户", "A32", MergeForm{}, always, "并户协议、并户后的户口簿"},
	{Group, "变更村民小组", "R28", GroupForm{}, nil, "村委会证明"},
	{Phone, "变更电话", "R31", PhoneForm{}, nil, "户主当面说明"},
}

func always(State, workflow.Form) bool { return true }

// Of finds the row of a kind; false for none.
func Of(k Kind) (KindRow, bool) {
	i := slices.IndexFunc(Kinds, func(r KindRow) bool { return r.Kind == k })
	if i < 0 {
		return KindRow{}, false
	}
	return Kinds[i], true
}

// Title is the kind in Chinese.
func (k Kind) Title() string {
	r, _ := Of(k)
	return r.Title
}

// Decode reads what was entered with a change of the kind.
func (r KindRow) Decode(data workflow.Payload, now time.Time) (workflow.Form, error) {
	into := reflect.New(reflect.TypeOf(r.Form))
	if err := data.Decode(into.Interface(), now); err != nil {
		return nil, err
	}
	return into.Elem().Interface().(workflow.Form), nil
}

// CorrectionForm is what was typed wrong: of a person, or of the homestead that the file records.
type CorrectionForm struct {
	Person   string                     `json:"person,omitempty" doc:"更正的人员" pattern:"^[0-9]{1,4}$" example:"1"`
	Name     string                     `json:"name,omitempty" doc:"姓名" maxLength:"50" example:"李秀英"`
	Relation string                     `json:"relation,omitempty" doc:"与户主关系" maxLength:"20"`
	IDNumber string                     `json:"id_number,omitempty" doc:"身份证号" maxLength:"40"`
	Domicile string                     `json:"domicile,omitempty" doc:"户口所在地" maxLength:"100"`
	Current  *workflow.CurrentHomestead `json:"current,omitempty" doc:"现宅基地及农房情况（经查实与记载不符或已灭失的）"`
}

// Example implements workflow.Form.
func (CorrectionForm) Example() any {
	return CorrectionForm{Person: "1", Name: "李秀英"}
}

// Check wants something to correct, and a sound number.
func (f CorrectionForm) Check(now time.Time) []workflow.FieldError {
	of := f.Name + f.Relation + f.IDNumber + f.Domicile
	switch {
	case of == "" && f.Current == nil:
		return field("name", "请填写要更正的内容", "R31")
	case of != "" && f.Person == "":
		return field("person", "请选择要更正的人员", "R31")
	case f.IDNumber != "":
		return number("id_number", f.IDNumber, now)
	}
	return nil
}

// HeadForm is who takes the household's matters on in writing.
type HeadForm struct {
	Person string `json:"person" doc:"承接人（同户成年成员）" pattern:"^[0-9]{1,4}$" example:"1"`
}

// Example implements workflow.Form.
func (HeadForm) Example() any { return HeadForm{"1"} }

// BirthForm is a child that was born.
type BirthForm struct {
	On       calendar.Day `json:"on" doc:"出生日期" format:"date" example:"2026-09-01"`
	Name     string       `json:"name" doc:"姓名" minLength:"1" maxLength:"50" example:"王一诺"`
	Relation string       `json:"relation" doc:"与户主关系" minLength:"1" maxLength:"20" example:"孙女"`
	IDNumber string       `json:"id_number" doc:"身份证号" minLength:"1" maxLength:"40" example:"140824202609010024"`
}

// Example implements workflow.Form.
func (BirthForm) Example() any {
	return BirthForm{calendar.Date(2026, 9, 1), "王一诺", "孙女", "140824202609010024"}
}

// Check wants the number to be of a child born on that day.
func (f BirthForm) Check(now time.Time) []workflow.FieldError {
	found := append(past(f.On, now), number("id_number", f.IDNumber, now)...)
	if len(found) > 0 {
		return found
	}
	if n := forms.NormalIDNumber(f.IDNumber); n[6:10]+"-"+n[10:12]+"-"+n[12:14] != f.On.String() {
		return field("on", "出生日期与身份证号第 7 至 14 位不一致，请核对", "R31")
	}
	return nil
}

// DeathForm is who died, and who takes the matters on where it was the householder.
type DeathForm struct {
	On        calendar.Day `json:"on" doc:"死亡日期" format:"date" example:"2026-09-01"`
	Person    string       `json:"person" doc:"死者" pattern:"^[0-9]{1,4}$" example:"2"`
	Successor string       `json:"successor,omitempty" doc:"承接人（同户成年成员，户主死亡的填写）" pattern:"^[0-9]{1,4}$"`
}

// Example implements workflow.Form.
func (DeathForm) Example() any { return DeathForm{On: calendar.Date(2026, 9, 1), Person: "2"} }

// Check refuses a day that has not come.
func (f DeathForm) Check(now time.Time) []workflow.FieldError { return past(f.On, now) }

// MarriageForm is the spouse of a person of the household. A spouse who stays in another file belongs to both: what
// either holds then counts for both.
type MarriageForm struct {
	On       calendar.Day `json:"on" doc:"登记日期" format:"date" example:"2026-09-01"`
	Person   string       `json:"person" doc:"结婚的本户人员" pattern:"^[0-9]{1,4}$" example:"2"`
	Name     string       `json:"name" doc:"配偶姓名" minLength:"1" maxLength:"50" example:"赵小燕"`
	Relation string       `json:"relation" doc:"配偶与户主关系" minLength:"1" maxLength:"20" example:"儿媳"`
	IDNumber string       `json:"id_number" doc:"配偶身份证号" minLength:"1" maxLength:"40" example:"140824200405060020"`
	Domicile string       `json:"domicile,omitempty" doc:"配偶户口所在地" maxLength:"100"`
}

// Example implements workflow.Form.
func (MarriageForm) Example() any {
	return MarriageForm{calendar.Date(2026, 9, 1), "2", "赵小燕", "儿媳", "140824200405060020", ""}
}

// Check refuses a day that has not come and an unsound number.
func (f MarriageForm) Check(now time.Time) []workflow.FieldError {
	return append(past(f.On, now), number("id_number", f.IDNumber, now)...)
}

// DivorceForm is who leaves the household by it.
type DivorceForm struct {
	On     calendar.Day `json:"on" doc:"登记或判决生效日期" format:"date" example:"2026-09-01"`
	Person string       `json:"person" doc:"离户一方" pattern:"^[0-9]{1,4}$" example:"1"`
}

// Example implements workflow.Form.
func (DivorceForm) Example() any { return DivorceForm{calendar.Date(2026, 9, 1), "1"} }

// Check refuses a day that has not come.
func (f DivorceForm) Check(now time.Time) []workflow.FieldError { return past(f.On, now) }

// MovedInForm is who came, with what R23 asks for.
type MovedInForm struct {
	On           calendar.Day `json:"on" doc:"落户日期" format:"date" example:"2026-09-01"`
	Name         string       `json:"name" doc:"姓名" minLength:"1" maxLength:"50" example:"陈志远"`
	Relation     string       `json:"relation" doc:"与户主关系" minLength:"1" maxLength:"20" example:"女婿"`
	IDNumber     string       `json:"id_number" doc:"身份证号" minLength:"1" maxLength:"40" example:"140824199807080010"`
	Domicile     string       `json:"domicile,omitempty" doc:"户口所在地" maxLength:"100"`
	FormalMember bool         `json:"formal_member" doc:"已成为本集体经济组织正式成员" example:"true"`
	NoneAtOrigin bool         `json:"none_at_origin" doc:"有证明：在原籍没有宅基地" example:"true"`
}

// Example implements workflow.Form.
func (MovedInForm) Example() any {
	return MovedInForm{calendar.Date(2026, 9, 1), "陈志远", "女婿", "140824199807080010", "", true, true}
}

// Check wants both proofs of R23.
func (f MovedInForm) Check(now time.Time) []workflow.FieldError {
	found := append(past(f.On, now), number("id_number", f.IDNumber, now)...)
	if !f.FormalMember {
		found = append(found, field("formal_member", "尚未成为本集体经济组织正式成员，请先由村集体确认成员身份后再办迁入", "R23")...)
	}
	if !f.NoneAtOrigin {
		found = append(found, field("none_at_origin", "没有“在原籍没有宅基地”的证明，请到原籍开具证明后再办迁入", "R23")...)
	}
	return found
}

// MovedOutForm is who left.
type MovedOutForm struct {
	On     calendar.Day `json:"on" doc:"迁出日期" format:"date" example:"2026-09-01"`
	Person string       `json:"person" doc:"迁出人员" pattern:"^[0-9]{1,4}$" example:"2"`
}

// Example implements workflow.Form.
func (MovedOutForm) Example() any { return MovedOutForm{calendar.Date(2026, 9, 1), "2"} }

// Check refuses a day that has not come.
func (f MovedOutForm) Check(now time.Time) []workflow.FieldError { return past(f.On, now) }

// Which household keeps the homestead in a split.
const (
	OldKeeps = "old"
	NewTakes = "new"
)

// SplitForm is who leaves for a household of their own, and to which of the two the homestead goes.
type SplitForm struct {
	On        calendar.Day `json:"on" doc:"分户日期" format:"date" example:"2026-09-01"`
	Persons   []string     `json:"persons" doc:"分出的人员" minItems:"1" maxItems:"30" example:"[\"2\"]"`
	Head      string       `json:"head" doc:"新户户主" pattern:"^[0-9]{1,4}$" example:"2"`
	Homestead string       `json:"homestead" doc:"现宅基地和房屋归哪一户" enum:"old,new" example:"old"`
}

// Example implements workflow.Form.
func (SplitForm) Example() any {
	return SplitForm{calendar.Date(2026, 9, 1), []string{"2"}, "2", OldKeeps}
}

// Check refuses a day that has not come.
func (f SplitForm) Check(now time.Time) []workflow.FieldError { return past(f.On, now) }

// MergeForm is the household that comes to this one.
type MergeForm struct {
	On        calendar.Day `json:"on" doc:"并户日期" format:"date" example:"2026-09-01"`
	Household string       `json:"household" doc:"并入本户的户档编号" pattern:"^[0-9]{1,18}$" example:"2"`
}

// Example implements workflow.Form.
func (MergeForm) Example() any { return MergeForm{calendar.Date(2026, 9, 1), "2"} }

// Check refuses a day that has not come.
func (f MergeForm) Check(now time.Time) []workflow.FieldError { return past(f.On, now) }

// GroupForm is the group to which the household belongs.
type GroupForm struct {
	GroupNo string `json:"group_no" doc:"村民小组编号" pattern:"^[0-9]{2}$" example:"02"`
}

// Example implements workflow.Form.
func (GroupForm) Example() any { return GroupForm{"02"} }

// PhoneForm is the householder's phone.
type PhoneForm struct {
	Phone string `json:"phone" doc:"联系电话" pattern:"^[0-9\\-]{7,13}$" example:"13800005678"`
}

// Example implements workflow.Form.
func (PhoneForm) Example() any { return PhoneForm{"13800005678"} }

func field(name, message string, rule law.Rule) []workflow.FieldError {
	return []workflow.FieldError{{Field: name, Message: message, Rule: rule}}
}

func past(on calendar.Day, now time.Time) []workflow.FieldError {
	if on == 0 || on > calendar.DayOf(now) {
		return field("on", "请填写已经发生的日期，不能晚于今天", "A30")
	}
	return nil
}

func number(name, id string, now time.Time) []workflow.FieldError {
	if wrong := forms.CheckIDNumber(id, calendar.DayOf(now)); wrong != "" {
		return field(name, wrong, "R31")
	}
	return nil
}
