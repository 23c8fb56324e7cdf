package households

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/household"
)

// Asked is a change as an officer asks for it: one of a kind with its form, or one that confirms or takes back another.
type Asked struct {
	Kind                household.Kind
	Reason, Evidence    string
	Form                workflow.Form
	Confirms, TakesBack int64 // numbers of changes; 0: none
}

// Change is a change of a household's file.
type Change struct {
	ID               int64
	Kind             household.Kind
	Reason, Evidence string
	Text             string // what became of the file, in Chinese
	At               time.Time
	Officer, Office  string // as they were called then
	Confirms         int64
	TakesBack        int64
	State            ChangeState
	Made             workflow.HouseholdID // the household that a split founded
}

// ChangeState is how a change stands.
type ChangeState string

// The states of a change.
const (
	InForce   ChangeState = "in_force"
	Waiting   ChangeState = "waiting" // for the township's head
	TakenBack ChangeState = "taken_back"
)

// Title is the state in Chinese.
func (s ChangeState) Title() string {
	return map[ChangeState]string{InForce: "已生效", Waiting: "待乡镇负责人确认", TakenBack: "已撤销"}[s]
}

// Touched is a household that a change touched, and what its running cases must know of it.
type Touched struct {
	Household   workflow.HouseholdID
	Householder string
	People      int
	Current     workflow.CurrentHomestead // as recorded
	Recorded    time.Time                 // as of Entry
	Text        string
	Rule        household.KindRow
}

type changeRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement:false"`
	HouseholdID int64
	Kind        string
	At          time.Time
	OfficerID   int64
	OfficerName string
	OfficeName  string
	Waits       bool
	Confirms    int64
	TakesBack   int64
	Alg         string
	KeyVersion  int
	Sealed      string
}

func (changeRow) TableName() string { return "household_changes" }

// told is what a change keeps sealed: it tells of persons.
type told struct {
	Reason   string               `json:"reason"`
	Evidence string               `json:"evidence"`
	Text     string               `json:"text"`
	Data     json.RawMessage      `json:"data,omitempty"`
	Was      household.Recorded   `json:"was"`
	Made     workflow.HouseholdID `json:"made,omitempty"`
}

func (s *Store) open(r changeRow) (told, error) {
	var t told
	text, err := s.db.Keys().Open(db.Sealed{Alg: r.Alg, Key: r.KeyVersion, Text: r.Sealed})
	if err == nil {
		err = json.Unmarshal([]byte(text), &t)
	}
	if err != nil {
		return t, fmt.Errorf("change %d of household %d: %w", r.ID, r.HouseholdID, err)
	}
	return t, nil
}

// How long reason and evidence of a change are, in characters.
const (
	shortestWords = 2
	longestWords  = 300
)

// Change writes a change of a household's file in the transaction of its running cases: a change of the kind that
// needs no second officer takes force at once, any other waits until the head of the township government confirms
// it. It fails with *workflow.Invalid on what does not hold, with ErrNotFound outside the officer's area, with
// workflow.ErrRecused where the officer belongs to the household, and with org.ErrNoScope for an office that
// neither enters nor confirms.
func (s *Store) Change(t *db.Tx, by org.Officer, id workflow.HouseholdID, a Asked) (Change, []Touched, error) {
	f, err := s.lockFile(t, by, id)
	if err != nil {
		return Change{}, nil, err
	}
	if by.Actor().BelongsTo(f.indexes) {
		return Change{}, nil, workflow.ErrRecused
	}
	for _, w := range []struct{ name, is, says string }{{"reason", a.Reason, "请填写变更原因，2 至 300 个字"},
		{"evidence", a.Evidence, "请填写依据的材料，2 至 300 个字，例如：户口簿、同户成年成员签名的书面承接书"}} {
		if n := len([]rune(strings.TrimSpace(w.is))); n < shortestWords || n > longestWords {
			return Change{}, nil, db.Invalid(w.name, w.says, "A30")
		}
	}
	numbers, err := t.NextNumbers("household_change")
	if err != nil {
		return Change{}, nil, err
	}
	w := changing{s: s, t: t, by: by, file: f, asked: a, at: s.db.Now(), id: int64(numbers[0])}
	switch {
	case a.Confirms != 0:
		err = w.confirm()
	case by.OfficeKind != glossary.ServiceCenter:
		return Change{}, nil, org.ErrNoScope
	case a.TakesBack != 0:
		err = w.takeBack()
	default:
		err = w.enter()
	}
	if err != nil {
		return Change{}, nil, err
	}
	return w.done, w.touched, t.Flush()
}

// changing is one change being written.
type changing struct {
	s       *Store
	t       *db.Tx
	by      org.Officer
	file    file
	asked   Asked
	at      time.Time
	id      int64
	done    Change
	touched []Touched
}

// enter enters a change: it is judged at once, also where it waits.
func (w *changing) enter() error {
	row, _ := household.Of(w.asked.Kind)
	waits := row.Confirms != nil && row.Confirms(w.file.State, w.asked.Form)
	data, err := json.Marshal(w.asked.Form)
	if err != nil {
		return err
	}
	now, other, from, err := w.judge(w.asked.Form)
	if err != nil {
		return err
	}
	kept := told{Reason: w.asked.Reason, Evidence: w.asked.Evidence, Data: data, Was: w.file.recorded(now),
		Text: said(w.asked.Kind, w.file.State, now)}
	if !waits {
		if kept.Made, err = w.write(now, other, from, kept); err != nil {
			return err
		}
	}
	return w.insert(int64(w.file.id), kept, waits)
}

// judge is the file after a change, and the other household that it touches.
func (w *changing) judge(form workflow.Form) (now household.State, other *household.Other, from *file, err error) {
	var state *household.State
	if m, ok := form.(household.MergeForm); ok {
		n, err := strconv.ParseInt(m.Household, 10, 64)
		if err != nil || workflow.HouseholdID(n) == w.file.id {
			return now, nil, nil, db.Invalid("household", "请填写并入本户的另一户的户档编号", "A32")
		}
		f, err := w.s.lockFile(w.t, w.by, workflow.HouseholdID(n))
		if errors.Is(err, workflow.ErrNotFound) {
			return now, nil, nil, db.Invalid("household", "本辖区没有这个户档，请核对编号；在其他乡镇的，请先办理迁入", "A32")
		}
		if err != nil {
			return now, nil, nil, err
		}
		from, state = &f, &f.State
	}
	if g, ok := form.(household.GroupForm); ok {
		if err := w.s.groupExists(w.t.Context(), forms.Household{Division: w.file.division,
			GroupNo: g.GroupNo}); err != nil {
			return now, nil, nil, err
		}
	}
	now, other, err = household.Apply(w.file.State, w.asked.Kind, form, state, w.at)
	return now, other, from, err
}

// confirm puts a waiting change into force.
func (w *changing) confirm() error {
	if w.by.OfficeKind != glossary.TownshipGovernment || w.by.Role != glossary.TownshipHead {
		return org.ErrNoScope
	}
	row, state, err := w.find(w.asked.Confirms)
	switch {
	case err != nil:
		return err
	case state != Waiting:
		return db.Invalid("confirms", "该变更"+state.Title()+"，不用确认", "A30")
	case row.OfficerID == int64(w.by.ID):
		return db.Invalid("confirms", "录入人不能确认自己录入的变更，请由另一人确认", "A30")
	}
	was, err := w.s.open(row)
	if err != nil {
		return err
	}
	w.asked.Kind = household.Kind(row.Kind)
	kept := told{Reason: w.asked.Reason, Evidence: w.asked.Evidence}
	if row.TakesBack != 0 {
		if err := w.undo(row.TakesBack, &kept); err != nil {
			return err
		}
		return w.insert(int64(w.file.id), kept, false)
	}
	kind, _ := household.Of(w.asked.Kind)
	form, err := kind.Decode(stored(was.Data), w.at)
	if err != nil {
		return err
	}
	now, other, from, err := w.judge(form)
	if err != nil {
		return err
	}
	kept.Was, kept.Text = w.file.recorded(now), said(w.asked.Kind, w.file.State, now)
	if kept.Made, err = w.write(now, other, from, kept); err != nil {
		return err
	}
	return w.insert(int64(w.file.id), kept, false)
}

// stored is a form as a change keeps it.
type stored json.RawMessage

// Decode implements workflow.Payload.
func (s stored) Decode(into any, _ time.Time) error { return json.Unmarshal(s, into) }

// takeBack takes a change back: one that waits at once, one in force after the second officer's word where it
// needed it.
func (w *changing) takeBack() error {
	row, state, err := w.find(w.asked.TakesBack)
	if err != nil {
		return err
	}
	w.asked.Kind = household.Kind(row.Kind)
	kept := told{Reason: w.asked.Reason, Evidence: w.asked.Evidence, Text: "撤回待确认的" + w.asked.Kind.Title()}
	switch {
	case row.Confirms != 0 || row.TakesBack != 0 && state != Waiting:
		return db.Invalid("takes_back", "请撤销原变更，不是它的确认或撤销", "A30")
	case state == TakenBack:
		return db.Invalid("takes_back", "该变更已撤销，不能再次撤销", "A30")
	case w.asked.Kind == household.Split || w.asked.Kind == household.Merge:
		if state != Waiting {
			return db.Invalid("takes_back", "分户、并户已设立或并入户档，不能撤销；分错的请办理并户，并错的请办理分户", "A30")
		}
	case state == InForce && row.Waits:
		kept.Text = "申请撤销" + w.asked.Kind.Title()
		return w.insert(int64(w.file.id), kept, true)
	case state == InForce:
		if err := w.undo(row.ID, &kept); err != nil {
			return err
		}
	}
	return w.insert(int64(w.file.id), kept, false)
}

// undo writes the file as it is without a change.
func (w *changing) undo(id int64, kept *told) error {
	row, _, err := w.find(id)
	if err != nil {
		return err
	}
	effect, err := w.effect(row)
	if err != nil {
		return err
	}
	was, err := w.s.open(effect)
	if err != nil {
		return err
	}
	var began, ended []household.Person
	for _, p := range w.file.rows {
		if p.FromChange != effect.ID && p.ToChange != effect.ID {
			continue
		}
		person, err := w.s.person(p)
		if err != nil {
			return err
		}
		if p.FromChange == effect.ID {
			began = append(began, person)
		} else {
			ended = append(ended, person)
		}
	}
	now, err := household.TakeBack(w.file.State, began, ended, was.Was)
	if err != nil {
		return err
	}
	kept.Text = "撤销" + household.Kind(row.Kind).Title() + "，恢复原记载"
	_, err = w.write(now, nil, nil, *kept)
	return err
}

// effect is the change that put another into force: itself, or the one that confirmed it.
func (w *changing) effect(row changeRow) (changeRow, error) {
	if !row.Waits {
		return row, nil
	}
	rows, err := w.s.changeRows(w.t, w.file.id)
	for _, r := range rows {
		if r.Confirms == row.ID {
			return r, nil
		}
	}
	return row, errors.Join(err, workflow.ErrNotFound)
}

func (w *changing) find(id int64) (changeRow, ChangeState, error) {
	rows, err := w.s.changeRows(w.t, w.file.id)
	if err != nil {
		return changeRow{}, "", err
	}
	i := slices.IndexFunc(rows, func(r changeRow) bool { return r.ID == id })
	if i < 0 {
		return changeRow{}, "", db.Invalid("id", "本户没有编号为 "+strconv.FormatInt(id, 10)+" 的变更，请核对", "A30")
	}
	return rows[i], stateOf(rows, rows[i]), nil
}

// stateOf tells how a change stands among all of its household.
func stateOf(all []changeRow, r changeRow) ChangeState {
	confirmed := func(id int64) bool {
		return slices.ContainsFunc(all, func(x changeRow) bool { return x.Confirms == id })
	}
	for _, x := range all {
		if x.TakesBack == r.ID && (!x.Waits || confirmed(x.ID)) {
			return TakenBack
		}
	}
	if r.Waits && !confirmed(r.ID) {
		return Waiting
	}
	return InForce
}

// said tells in Chinese what a change did to the persons.
func said(k household.Kind, was, now household.State) string {
	text := k.Title()
	has := func(s household.State, p household.Person) bool {
		return slices.ContainsFunc(s.Persons, func(x household.Person) bool { return x.IDNumber == p.IDNumber })
	}
	for _, p := range was.Persons {
		if !has(now, p) {
			text += "；减少 " + p.Name
		}
	}
	for _, p := range now.Persons {
		if !has(was, p) {
			text += "；增加 " + p.Name
		}
	}
	before, _ := was.Householder()
	if after, ok := now.Householder(); ok && after.IDNumber != before.IDNumber {
		text += "；户主由 " + before.Name + " 变更为 " + after.Name
	}
	if was.GroupNo != now.GroupNo {
		text += "；村民小组由 " + was.GroupNo + " 变更为 " + now.GroupNo
	}
	if was.Current != now.Current {
		text += fmt.Sprintf("；宅基地面积由 %s㎡ 变更为 %s㎡", was.Current.HomesteadArea, now.Current.HomesteadArea)
	}
	return text
}

func (w *changing) insert(of int64, kept told, waits bool) error {
	body, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	sealed, err := w.s.db.Keys().Seal(string(body))
	if err != nil {
		return err
	}
	row := changeRow{ID: w.id, HouseholdID: of, Kind: string(w.asked.Kind), At: db.UTC(w.at), OfficerID: int64(w.by.ID),
		OfficerName: w.by.Name, OfficeName: w.by.OfficeName, Waits: waits, Confirms: w.asked.Confirms,
		TakesBack: w.asked.TakesBack, Alg: sealed.Alg, KeyVersion: sealed.Key, Sealed: sealed.Text}
	if of == int64(w.file.id) {
		w.done = newChange(row, kept, InForce)
		if waits {
			w.done.State = Waiting
		}
	}
	return w.t.Insert(&row)
}

func newChange(r changeRow, k told, state ChangeState) Change {
	return Change{r.ID, household.Kind(r.Kind), k.Reason, k.Evidence, k.Text, r.At, r.OfficerName, r.OfficeName,
		r.Confirms, r.TakesBack, state, k.Made}
}

// Changes lists the changes of a household's file, the newest first; ErrNotFound outside the officer's area.
func (s *Store) Changes(ctx context.Context, by workflow.OfficerID, id workflow.HouseholdID) ([]Change, error) {
	var h householdRow
	err := s.db.Read(ctx).Where("id = ?", int64(id)).Take(&h).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, workflow.ErrNotFound
	}
	if err == nil {
		err = s.requireArea(ctx, by, h.Division, h.GroupNo)
	}
	if err != nil {
		return nil, err
	}
	var rows []changeRow
	if err := s.db.Read(ctx).Where("household_id = ?", int64(id)).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]Change, len(rows))
	for i, r := range rows {
		k, err := s.open(r)
		if err != nil {
			return nil, err
		}
		list[len(rows)-1-i] = newChange(r, k, stateOf(rows, r))
	}
	return list, nil
}

// adultOn is the day on which the holder of an ID number comes of age.
func adultOn(id string) *db.Day {
	n := forms.NormalIDNumber(id)
	if len(n) != 18 {
		return nil
	}
	born, err := calendar.ParseDay(n[6:10] + "-" + n[10:12] + "-" + n[12:14])
	if err != nil {
		return nil
	}
	y, m, d := born.Date()
	on := db.Day(calendar.Date(y+household.AdultAge, m, d))
	return &on
}

// noteAdults writes the day of majority of persons whom an older program entered without it.
func (s *Store) noteAdults(g *gorm.DB, people []personRow) error {
	for _, p := range people {
		if p.AdultOn != nil {
			continue
		}
		id, _, err := s.clearNumbers(p)
		if err != nil {
			return fmt.Errorf("person %d: %w", p.ID, err)
		}
		if err := g.Model(&personRow{}).Where("id = ?", p.ID).Update("adult_on", adultOn(id)).Error; err != nil {
			return err
		}
	}
	return nil
}
