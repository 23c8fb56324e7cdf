package petitions

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/petitions"
)

// What people without an account may send about a case.
const (
	ObjectionPetition  = workflow.ObjectionPetition
	WithdrawalPetition = workflow.WithdrawalPetition
	UrgePetition       = workflow.UrgePetition
	RatingPetition     = workflow.RatingPetition
	ComplaintPetition  = workflow.ComplaintPetition
)

// Petition is a petition as it is kept, with its answer.
type Petition struct {
	workflow.Petition
	ID              int64
	Number          string // QZ2026-000001: by year, without a gap
	CaseNumber      string
	Step            int // of the case's history when it was sent
	At              time.Time
	Taken           time.Time // when it was answered; zero while it is open
	TakenBy, Answer string
	Answers         bool // it is open, and the officer who reads it is one who answers it
}

// How long what is sent may be, in characters.
const (
	petitionName   = 50
	petitionPhone  = 20
	petitionText   = 1000
	petitionAnswer = 1000
)

type petitionRow struct {
	ID         int64 `gorm:"primaryKey;autoIncrement"`
	Number     string
	CaseID     int64
	Kind       string
	Step       int
	Stars      int
	Alg        string
	KeyVersion int
	Sealed     string // petitionSaid
	Once       string
	At         time.Time
	TakenAt    *time.Time
	TakenBy    int64
	AnswerAlg  string
	AnswerKey  int
	Answer     string
}

func (petitionRow) TableName() string { return "petitions" }

// keptColumns are those of a petition as its sender sees it, without its answer.
var keptColumns = db.ColumnsOf[petitionRow]().Without("once", "taken_by", "answer_alg", "answer_key", "answer")

// petitionBody is what is read with the key only.
type petitionBody struct {
	Name, Phone, Text string
	Flagged           bool `json:",omitempty"`
}

// checkPetition refuses a petition that cannot be kept, with *workflow.Invalid.
func checkPetition(p workflow.Petition, once string) error {
	var bad []workflow.FieldError
	refuse := func(field, message string) { bad = append(bad, workflow.FieldError{Field: field, Message: message}) }
	switch p.Kind {
	case ObjectionPetition, WithdrawalPetition, UrgePetition, ComplaintPetition:
	case RatingPetition:
		if p.Stars < 1 || p.Stars > 5 {
			refuse("stars", "请选择一星到五星，例如：5")
		}
	default:
		refuse("kind", "请选择要办的事项：异议、撤回、催办、评价或投诉")
	}
	if _, wrong := forms.CheckName(p.Name, "姓名", petitionName); wrong != "" && p.Name != "" {
		refuse("name", wrong)
	}
	for _, f := range []struct {
		field, value, message string
		most                  int
	}{
		{"phone", p.Phone, "联系电话不能超过 20 个字符，例如：13800001234", petitionPhone},
		{"text", p.Text, "内容不能超过 1000 个字，例如：公示的四至与实地不符，请到现场复核", petitionText},
	} {
		if utf8.RuneCountInString(f.value) > f.most {
			refuse(f.field, f.message)
		}
	}
	if once == "" {
		refuse("once", "页面已失效，请刷新后重新填写")
	}
	if bad != nil {
		return &workflow.Invalid{Fields: bad}
	}
	return nil
}

// SendPetition keeps what a person without an account sends about a case; the caller has judged that they may. once is
// the key of the form that was filled in: sent again, it gives the petition it gave first. It fails with
// *workflow.Invalid on what is too long or of no known kind, with ErrNotFound without such a case, and with
// workflow.ErrStale on a key used for another case or kind, and on a second urge or rating of one step.
func (s *Store) SendPetition(ctx context.Context, p workflow.Petition, once string) (Petition, error) {
	return s.sendPetition(ctx, p, once, func(t *db.Tx, _ string) error { return t.Commit() })
}

// Object implements casework.Store.
func (s *Store) Object(ctx context.Context, p workflow.Petition, once string,
	judge func(string, workflow.Case) (workflow.Outcome, error)) (string, error) {
	sent, err := s.sendPetition(ctx, p, once, func(t *db.Tx, number string) error {
		_, err := s.cases.UpdateIn(t, p.Case, func(c workflow.Case, _ workflow.Actor) (workflow.Outcome,
			error) {
			return judge(number, c)
		})
		return err
	})
	return sent.Number, err
}

// sendPetition keeps a petition and ends the transaction with what finish queues and commits; a petition that was kept
// under its key before is only given again.
func (s *Store) sendPetition(ctx context.Context, p workflow.Petition, once string, finish func(t *db.Tx,
	number string) error) (Petition, error) {
	p.Name, p.Phone, p.Text = strings.TrimSpace(p.Name), strings.TrimSpace(p.Phone), strings.TrimSpace(p.Text)
	if err := checkPetition(p, once); err != nil {
		return Petition{}, err
	}
	p.Name = forms.NormalName(p.Name)
	if p.Kind != RatingPetition {
		p.Stars = 0
	}
	said, err := json.Marshal(petitionBody{p.Name, p.Phone, p.Text, p.Flagged})
	if err != nil {
		return Petition{}, err
	}
	sealed, err := s.db.Keys().Seal(string(said))
	if err != nil {
		return Petition{}, err
	}
	now := s.db.Now()
	year, _, _ := calendar.DayOf(now).Date()
	var sent petitionRow
	var number string
	err = s.db.Update(ctx, func(t *db.Tx) error {
		t.Keyed = true
		sent = petitionRow{CaseID: int64(p.Case), Kind: p.Kind, Stars: p.Stars, Alg: sealed.Alg, KeyVersion: sealed.Key,
			Sealed: sealed.Text, Once: db.HashToken(once), At: now}
		kept, caseNumber, err := insertPetition(t, &sent, year)
		if number = caseNumber; err != nil {
			return err
		}
		if kept != nil {
			sent = *kept
			return t.Commit()
		}
		return finish(t, sent.Number)
	})
	if db.IsDuplicate(err) {
		err = workflow.ErrStale // sent twice as the year began
	}
	if err != nil {
		return Petition{}, err
	}
	return s.openPetition(petitionLine{Row: sent, CaseNumber: number})
}

// insertPetition numbers a petition and queues it; or it gives the one that was sent with its key before. The row of
// the numbers is locked before anything is looked for, so that of two that are the same the second finds the first.
func insertPetition(t *db.Tx, p *petitionRow, year int) (kept *petitionRow, caseNumber string, err error) {
	seq := 0
	t.Query(func(scan func(...any) error) error { return scan(&seq) },
		"INSERT INTO number_series(name, last) VALUES (?, 0) ON CONFLICT (name) DO UPDATE SET last = number_series.last "+
			"RETURNING last", fmt.Sprintf("petition/%d", year))
	if err := t.Flush(); err != nil {
		return nil, "", fmt.Errorf("number a petition: %w", err)
	}
	found, again := false, false
	t.Query(func(scan func(...any) error) error {
		found = true
		return scan(&p.Step, &caseNumber)
	}, "SELECT step, number FROM cases WHERE id = ?", p.CaseID)
	t.Query(func(scan func(...any) error) error {
		kept = &petitionRow{}
		return scan(keptColumns.Fields(kept)...)
	}, "SELECT "+keptColumns.List("")+" FROM petitions WHERE once = ?", p.Once)
	t.Query(func(scan func(...any) error) error { return scan(&again) },
		"SELECT EXISTS (SELECT 1 FROM petitions p JOIN cases c ON c.id = p.case_id WHERE p.case_id = ? AND p.kind = ? "+
			"AND p.kind IN ('urge', 'rating') AND p.step = c.step)",
		p.CaseID, p.Kind)
	if err := t.Flush(); err != nil {
		return nil, "", fmt.Errorf("read petitions of case %d: %w", p.CaseID, err)
	}
	switch {
	case !found:
		return nil, "", workflow.ErrNotFound
	case kept != nil && (kept.CaseID != p.CaseID || kept.Kind != p.Kind), kept == nil && again:
		return nil, "", workflow.ErrStale
	case kept != nil:
		return kept, caseNumber, nil
	}
	p.Number = fmt.Sprintf("QZ%d-%06d", year, seq+1)
	series := fmt.Sprintf("petition/%d", year)
	t.Exec("UPDATE number_series SET last = ? WHERE name = ?", seq+1, series)
	if err := t.ReserveNumbers([]string{series}, []int{seq + 1}); err != nil {
		return nil, "", err
	}
	t.Query(func(scan func(...any) error) error { return scan(&p.ID) },
		"INSERT INTO petitions (number, case_id, kind, step, stars, alg, key_version, sealed, once, at) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
		p.Number, p.CaseID, p.Kind, p.Step, p.Stars, p.Alg, p.KeyVersion, p.Sealed, p.Once, p.At)
	return nil, caseNumber, nil
}

// petitionLine is a petition with what a list shows beside it.
type petitionLine struct {
	Row                   petitionRow `gorm:"embedded"`
	CaseNumber, TakerName string
	Stage                 string // of the case when it was sent
}

func (s *Store) openPetition(l petitionLine) (Petition, error) {
	r := l.Row
	p := Petition{Petition: workflow.Petition{Case: workflow.CaseID(r.CaseID), Kind: r.Kind, Stars: r.Stars}, ID: r.ID,
		Number:     r.Number,
		CaseNumber: l.CaseNumber, Step: r.Step, At: r.At, Taken: db.TimeOrZero(r.TakenAt), TakenBy: l.TakerName}
	text, err := s.db.Keys().Open(db.Sealed{Alg: r.Alg, Key: r.KeyVersion, Text: r.Sealed})
	if err != nil {
		return Petition{}, fmt.Errorf("petition %d: %w", r.ID, err)
	}
	var said petitionBody
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		return Petition{}, fmt.Errorf("petition %d: %w", r.ID, err)
	}
	p.Name, p.Phone, p.Text, p.Flagged = said.Name, said.Phone, said.Text, said.Flagged
	if r.Answer == "" {
		return p, nil
	}
	if p.Answer, err = s.db.Keys().Open(db.Sealed{Alg: r.AnswerAlg, Key: r.AnswerKey, Text: r.Answer}); err != nil {
		return Petition{}, fmt.Errorf("answer to petition %d: %w", r.ID, err)
	}
	return p, nil
}

// petitionsInArea begins a query of the petitions of the officer's area; it fails with ErrNoScope for an officer
// without one. A complaint is for the county alone: it may be about any office below.
func (s *Store) petitionsInArea(ctx context.Context, by workflow.OfficerID) (*gorm.DB, error) {
	o, scope, err := s.org.AreaScope(ctx, by)
	if err != nil {
		return nil, err
	}
	g := s.db.Read(ctx).Table("petitions").Joins("JOIN cases ON cases.id = petitions.case_id").Scopes(scope)
	if !strings.HasSuffix(o.Division, "000000") {
		g = g.Where("petitions.kind <> 'complaint'")
	}
	return g, nil
}

// readPetitions reads what a query of petitions finds, and which of them the officer answers; by 0 is the program
// itself.
func (s *Store) readPetitions(ctx context.Context, by workflow.OfficerID, g *gorm.DB) ([]Petition, error) {
	var rows []petitionLine
	if err := g.Joins("LEFT JOIN officers o ON o.id = petitions.taken_by").Select("petitions.*, cases.number AS " +
		"case_number, COALESCE(o.name, '') AS taker_name, COALESCE((SELECT h.to_state FROM history h " +
		"WHERE h.case_id = petitions.case_id AND h.step = petitions.step), '') AS stage").
		Order("petitions.id DESC").Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]Petition, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = s.openPetition(r); err != nil {
			return nil, err
		}
	}
	if by == 0 || len(list) == 0 {
		return list, nil
	}
	return list, s.markAnswerable(ctx, by, rows, list)
}

// markAnswerable marks the petitions that are open and that the officer answers.
func (s *Store) markAnswerable(ctx context.Context, by workflow.OfficerID, lines []petitionLine,
	list []Petition) error {
	o, err := s.org.ActiveOfficer(ctx, by)
	if err != nil {
		return err
	}
	ids := make([]int64, len(lines))
	for i, l := range lines {
		ids[i] = l.Row.CaseID
	}
	cases, err := s.cases.CasesByID(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the cases of petitions: %w", err)
	}
	var own []workflow.HouseholdID // households of the officer
	if o.Person != "" {
		if own, err = s.households.HouseholdsOf(ctx, o.Person); err != nil {
			return fmt.Errorf("read the households of officer %d: %w", by, err)
		}
	}
	for id, c := range cases {
		if slices.Contains(own, c.Household) {
			c.Persons = []string{o.Person}
			cases[id] = c
		}
	}
	for i, l := range lines {
		c := cases[l.Row.CaseID]
		ch, err := s.chains.At(c.Chain, c.ChainVersion)
		if err != nil {
			return fmt.Errorf("petition %d: %w", l.Row.ID, err)
		}
		list[i].Answers = l.Row.TakenAt == nil && petitions.MayAnswer(ch, l.Row.Kind, c, glossary.State(l.Stage), o.Actor()) == nil
	}
	return nil
}

// Petitions lists the petitions of the officer's area, those without an answer first and of these the newest, and how
// many there are in all; open leaves out those with an answer. It fails with ErrNoScope for an officer without an area.
func (s *Store) Petitions(ctx context.Context, by workflow.OfficerID, open bool, number, size int) ([]Petition, int,
	error) {
	g, err := s.petitionsInArea(ctx, by)
	if err != nil {
		return nil, 0, err
	}
	if open {
		g = g.Where("petitions.taken_at IS NULL")
	}
	var total int64
	if err := g.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	offset, limit := db.Page(number, size)
	list, err := s.readPetitions(ctx, by,
		g.Session(&gorm.Session{}).Order("CASE WHEN petitions.taken_at IS NULL THEN 0 ELSE 1 "+
			"END").Offset(offset).Limit(limit))
	return list, int(total), err
}

// PetitionsOf lists the petitions about a case that was read for the officer, the newest first; by 0 is the program
// itself.
func (s *Store) PetitionsOf(ctx context.Context, by workflow.OfficerID, c workflow.Case) ([]Petition, error) {
	return s.readPetitions(ctx, by,
		s.db.Read(ctx).Table("petitions").Joins("JOIN cases ON cases.id = petitions.case_id").Where("petitions.case_id = ?",
			int64(c.ID)))
}

// AnswerPetition answers a petition, once and for all: workflow.ErrStale where it was answered before, ErrNotFound
// outside the officer's area, *workflow.Refusal where another office answers it or the officer belongs to the
// household, *workflow.Invalid on an answer that is empty or longer than a thousand characters.
func (s *Store) AnswerPetition(ctx context.Context, by workflow.OfficerID, id int64, answer string) error {
	if answer = strings.TrimSpace(answer); answer == "" || utf8.RuneCountInString(answer) > petitionAnswer {
		return db.Invalid("answer", "请填写答复，不超过 1000 个字，例如：已派人现场复核，四至无误", "")
	}
	sealed, err := s.db.Keys().Seal(answer)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(t *db.Tx) error {
		id, err := s.requireAnswerer(t, by, id)
		if err != nil {
			return err
		}
		t.Exec("UPDATE petitions SET taken_at = ?, taken_by = ?, answer_alg = ?, answer_key = ?, answer = ? WHERE id = ? "+
			"AND taken_at IS NULL",
			s.db.Now(), int64(by), sealed.Alg, sealed.Key, sealed.Text, id)
		return t.Commit()
	})
}

// requireAnswerer reads a petition under the lock of its case and judges whether the officer answers it.
func (s *Store) requireAnswerer(t *db.Tx, by workflow.OfficerID, id int64) (int64, error) {
	var about int64
	t.Query(func(scan func(...any) error) error { return scan(&about) }, "SELECT case_id FROM petitions WHERE id = ?", id)
	if err := t.Flush(); err != nil {
		return 0, fmt.Errorf("read petition %d: %w", id, err)
	}
	if about == 0 || by == 0 {
		return 0, workflow.ErrNotFound
	}
	var kind, stage string
	var taken bool
	c, actor, err := s.cases.Lock(t, workflow.CaseID(about), by, func() {
		t.Query(func(scan func(...any) error) error { return scan(&kind, &taken, &stage) },
			"SELECT p.kind, p.taken_at IS NOT NULL, COALESCE(h.to_state, '') FROM petitions p LEFT "+
				"JOIN history h ON h.case_id = p.case_id AND h.step = p.step WHERE p.id = ?", id)
	})
	if err != nil {
		return 0, fmt.Errorf("read petition %d of case %d: %w", id, about, err)
	}
	if kind == ComplaintPetition && !strings.HasSuffix(actor.Division, "000000") {
		return 0, workflow.ErrNotFound // only the county reads it
	}
	ch, err := s.chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return 0, fmt.Errorf("case %d: %w", about, err)
	}
	if err := petitions.MayAnswer(ch, kind, c, glossary.State(stage), actor); err != nil {
		return 0, err
	}
	if taken {
		return 0, workflow.ErrStale
	}
	return id, nil
}

// Ratings tells how many ratings the officer's area has had, and their average; 0 without any. It fails with ErrNoScope
// for an officer without an area.
func (s *Store) Ratings(ctx context.Context, by workflow.OfficerID) (count int, average float64, err error) {
	g, err := s.petitionsInArea(ctx, by)
	if err != nil {
		return 0, 0, err
	}
	var sum struct{ N, Stars int }
	if err := g.Where("petitions.kind = ?",
		RatingPetition).Select("count(*) AS n, COALESCE(sum(petitions.stars), 0) AS " +
		"stars").Scan(&sum).Error; err != nil || sum.N == 0 {
		return 0, 0, err
	}
	return sum.N, float64(sum.Stars) / float64(sum.N), nil
}
