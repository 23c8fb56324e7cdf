package models_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"anju/models/modelstest"
	"anju/models/org"
	"anju/models/petitions"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

// openFor enters a draft for a household, at the counter of its township.
func (c *county) openFor(login string, household workflow.HouseholdID) workflow.Case {
	c.t.Helper()
	walker := &seeds.Walker{Service: c.svc, Officers: maps.Clone(c.people)}
	walker.Officers[glossary.ServiceCenter] = c.officer(login)
	made, err := walker.Open(c.ctx(), "homestead", household)
	if err != nil {
		c.t.Fatal(err)
	}
	return made
}

func TestPetitionsAreSentSealedAndAnsweredOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.open("homestead")
		give := workflow.Petition{Case: id.ID, Kind: petitions.ObjectionPetition, Name: " 阿不都·𠅤 ", Phone: "139-1234-7711", Text: "四至与实地不符䶮", Stars: 4}
		sent, err := c.store.SendPetition(c.ctx(), give, "key of the form")
		want := petitions.Petition{ID: sent.ID, Number: fmt.Sprintf("QZ%d-000001", dawn.Year()), CaseNumber: id.Number, Step: id.Step, At: dawn.UTC(),
			Petition: workflow.Petition{Case: id.ID, Kind: "objection", Name: "阿不都·𠅤", Phone: "139-1234-7711", Text: "四至与实地不符䶮"}}
		if err != nil || sent != want || sent.ID == 0 {
			t.Fatalf("sent %+v, %v; want %+v", sent, err, want)
		}
		again, err := c.store.SendPetition(c.ctx(), give, "key of the form")
		if err != nil || again != sent {
			t.Errorf("sent again: %+v, %v", again, err)
		}
		give.Kind = petitions.ComplaintPetition
		if _, err := c.store.SendPetition(c.ctx(), give, "key of the form"); !errors.Is(err, workflow.ErrStale) {
			t.Errorf("the key for another kind: %v", err)
		}
		give.Case = 999
		if _, err := c.store.SendPetition(c.ctx(), give, "another"); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("about no case: %v", err)
		}
		by := c.officer("group")
		_ = c.clock.Set(dawn.Add(time.Hour))
		invalid(t, c.store.AnswerPetition(c.ctx(), by, sent.ID, "  "), "answer", "请填写答复")
		invalid(t, c.store.AnswerPetition(c.ctx(), by, sent.ID, strings.Repeat("答", 1001)), "answer", "1000")
		if err := c.store.AnswerPetition(c.ctx(), by, sent.ID, "已复核，答复阿不都"); err != nil {
			t.Fatal(err)
		}
		if err := c.store.AnswerPetition(c.ctx(), by, sent.ID, "另一答复"); !errors.Is(err, workflow.ErrStale) {
			t.Errorf("answered again: %v", err)
		}
		sent.Taken, sent.TakenBy, sent.Answer = dawn.Add(time.Hour).UTC(), "马长顺", "已复核，答复阿不都"
		for name, list := range map[string]func() ([]petitions.Petition, error){
			"of the case": func() ([]petitions.Petition, error) { return c.store.PetitionsOf(c.ctx(), by, id) },
			"of the area": func() ([]petitions.Petition, error) {
				list, total, err := c.store.Petitions(c.ctx(), by, false, 1, 20)
				if total != 1 {
					t.Errorf("%d in all", total)
				}
				return list, err
			},
		} {
			if got, err := list(); err != nil || len(got) != 1 || got[0] != sent {
				t.Errorf("%s: %+v, %v; want %+v", name, got, err, sent)
			}
		}
		if list, total, err := c.store.Petitions(c.ctx(), by, true, 1, 20); err != nil || total != 0 || len(list) != 0 {
			t.Errorf("open: %+v, %d, %v", list, total, err)
		}
		text := c.lying("petitions")
		for _, personal := range []string{"阿不都", "139-1234", "四至与实地", "key of the form"} {
			if strings.Contains(text, personal) {
				t.Errorf("%s lies in the clear", personal)
			}
		}
	})
}

func TestPetitionsAreNumberedWithoutAGap(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.open("homestead")
		send := func(year, i int) error {
			p, err := c.store.SendPetition(c.ctx(), workflow.Petition{Case: id.ID, Kind: petitions.ComplaintPetition, Text: "x"}, fmt.Sprint("key ", year, i/2)) // each key twice
			if err == nil && !strings.HasPrefix(p.Number, fmt.Sprintf("QZ%d-00000", year)) {
				err = fmt.Errorf("numbered %s", p.Number)
			}
			return err
		}
		for year := range 2 {
			_ = c.clock.Set(dawn.AddDate(year, 0, 0))
			for _, err := range atOnce(8, func(i int) error { return send(dawn.Year()+year, i) }) {
				if err != nil {
					t.Error(err)
				}
			}
			// what is refused takes no number
			if _, err := c.store.SendPetition(c.ctx(), workflow.Petition{Case: 999, Kind: petitions.ComplaintPetition}, "none"); !errors.Is(err, workflow.ErrNotFound) {
				t.Error(err)
			}
			if err := send(dawn.Year()+year, 8); err != nil {
				t.Error(err)
			}
		}
		for year := range 2 {
			for n := 1; n <= 5; n++ {
				if c.count("petitions", fmt.Sprintf("number = 'QZ%d-%06d'", dawn.Year()+year, n)) != 1 {
					t.Errorf("number %d of year %d is not given once", n, year)
				}
			}
		}
		if n := c.count("petitions", ""); n != 10 {
			t.Errorf("%d petitions, want 10", n)
		}
		// the new year begins in China
		_ = c.clock.Set(time.Date(2030, 12, 31, 16, 30, 0, 0, time.UTC))
		if p, err := c.store.SendPetition(c.ctx(), workflow.Petition{Case: id.ID, Kind: petitions.ComplaintPetition}, "new year"); err != nil || p.Number != "QZ2031-000001" {
			t.Errorf("%s, %v", p.Number, err)
		}
	})
}

func TestOneUrgeAndOneRatingAStep(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.walk(c.open("homestead").ID, glossary.GroupReceived)
		other := c.open("homestead")
		send := func(of workflow.CaseID, kind string, stars int, once string) error {
			_, err := c.store.SendPetition(c.ctx(), workflow.Petition{Case: of, Kind: kind, Stars: stars}, once)
			return err
		}
		won := 0
		for i, err := range atOnce(8, func(i int) error { return send(id.ID, petitions.UrgePetition, 0, fmt.Sprint(i)) }) {
			if err == nil {
				won++
			} else if !errors.Is(err, workflow.ErrStale) {
				t.Errorf("%d: %v", i, err)
			}
		}
		if won != 1 {
			t.Errorf("%d urges of one step", won)
		}
		for name, err := range map[string]error{
			"a rating": send(id.ID, petitions.RatingPetition, 5, "r1"), "an urge of another case": send(other.ID, petitions.UrgePetition, 0, "o1"),
			"a rating of another case": send(other.ID, petitions.RatingPetition, 2, "o2"), "a complaint": send(id.ID, petitions.ComplaintPetition, 0, "c1"),
			"a second complaint": send(id.ID, petitions.ComplaintPetition, 0, "c2"), "the rating's key again": send(id.ID, petitions.RatingPetition, 5, "r1"),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := send(id.ID, petitions.RatingPetition, 1, "r2"); !errors.Is(err, workflow.ErrStale) {
			t.Errorf("a second rating: %v", err)
		}
		before := id.Step
		if id = c.walk(id.ID, glossary.JointReview); id.Step == before {
			t.Fatal("the case did not move")
		}
		if err := send(id.ID, petitions.UrgePetition, 0, "u2"); err != nil {
			t.Errorf("an urge of the next step: %v", err)
		}
		if n, average, err := c.store.Ratings(c.ctx(), c.officer("counter")); err != nil || n != 2 || average != 3.5 {
			t.Errorf("%d ratings of %v, %v", n, average, err)
		}
		if n, average, err := c.store.Ratings(c.ctx(), c.officer("counter2")); err != nil || n != 0 || average != 0 {
			t.Errorf("another township: %d ratings of %v, %v", n, average, err)
		}
	})
}

func TestPetitionsStayInTheirArea(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		here, there := c.open("homestead"), c.openFor("counter2", c.household("counter2", "宁甲", "110105194912310018", ""))
		var ids []int64
		for i, of := range []workflow.Case{here, there, here} {
			p, err := c.store.SendPetition(c.ctx(), workflow.Petition{Case: of.ID, Kind: petitions.WithdrawalPetition, Text: fmt.Sprint(i)}, fmt.Sprint(i))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, p.ID)
		}
		// a complaint may be about any of them: only the county reads it
		if _, err := c.store.SendPetition(c.ctx(), workflow.Petition{Case: here.ID, Kind: petitions.ComplaintPetition, Text: "3"}, "c"); err != nil {
			t.Fatal(err)
		}
		shown := func(login string, open bool, page, size int) string {
			t.Helper()
			list, total, err := c.store.Petitions(c.ctx(), c.officer(login), open, page, size)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, p := range list {
				texts = append(texts, p.Text)
			}
			return fmt.Sprintf("%s of %d", strings.Join(texts, " "), total)
		}
		for login, want := range map[string]string{"counter": "2 0 of 2", "group": "2 0 of 2", "village": "2 0 of 2", "township": "2 0 of 2", "agriculture": "3 2 1 0 of 4",
			"counter2": "1 of 1", "group2": "1 of 1", "village2": "1 of 1", "village3": " of 0"} {
			if got := shown(login, false, 1, 20); got != want {
				t.Errorf("%s sees %s, want %s", login, got, want)
			}
		}
		for _, login := range []string{"village2", "village3", "counter2", "admin"} {
			if err := c.store.AnswerPetition(c.ctx(), c.officer(login), ids[2], "好"); !errors.Is(err, workflow.ErrNotFound) {
				t.Errorf("%s answers: %v", login, err)
			}
		}
		if err := c.store.AnswerPetition(c.ctx(), c.officer("village"), 999, "好"); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("no petition: %v", err)
		}
		for _, by := range []workflow.OfficerID{0, 9999, c.officer("admin")} {
			if _, _, err := c.store.Petitions(c.ctx(), by, false, 1, 20); !errors.Is(err, org.ErrNoScope) {
				t.Errorf("officer %d lists: %v", by, err)
			}
			if _, _, err := c.store.Ratings(c.ctx(), by); !errors.Is(err, org.ErrNoScope) {
				t.Errorf("officer %d reads ratings: %v", by, err)
			}
			if err := c.store.AnswerPetition(c.ctx(), by, ids[0], "好"); !errors.Is(err, workflow.ErrNotFound) {
				t.Errorf("officer %d answers: %v", by, err)
			}
		}
		if err := c.store.AnswerPetition(c.ctx(), c.officer("counter"), ids[2], "好"); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			open       bool
			page, size int
			want       string
		}{{false, 1, 20, "3 1 0 2 of 4"}, {true, 1, 20, "3 1 0 of 3"}, {false, 2, 2, "0 2 of 4"}, {false, 3, 2, " of 4"}} {
			if got := shown("agriculture", tt.open, tt.page, tt.size); got != tt.want {
				t.Errorf("open %t, page %d: %s, want %s", tt.open, tt.page, got, tt.want)
			}
		}
	})
}

func TestPetitionsThatAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.open("homestead").ID
		for _, tt := range []struct {
			p                 workflow.Petition
			once, field, part string
		}{
			{workflow.Petition{Kind: "urge", Name: strings.Repeat("𠅤", 51)}, "k", "name", "最多 50 个字"}, {workflow.Petition{Kind: "urge", Name: "马\u202e三"}, "k", "name", "字符"},
			{workflow.Petition{Kind: "urge", Phone: strings.Repeat("1", 21)}, "k", "phone", "例如：138"},
			{workflow.Petition{Kind: "urge", Text: strings.Repeat("䶮", 1001)}, "k", "text", "例如："}, {workflow.Petition{Kind: "praise"}, "k", "kind", "请选择"},
			{workflow.Petition{Kind: "rating"}, "k", "stars", "一星"}, {workflow.Petition{Kind: "rating", Stars: 6}, "k", "stars", "五星"}, {workflow.Petition{Kind: "urge"}, "", "once", "刷新"},
		} {
			tt.p.Case = id
			_, err := c.store.SendPetition(c.ctx(), tt.p, tt.once)
			invalid(t, err, tt.field, tt.part)
		}
		if n := c.count("petitions", ""); n != 0 {
			t.Errorf("%d were kept", n)
		}
		longest := workflow.Petition{Case: id, Kind: "urge", Name: strings.Repeat("𠅤", 50), Phone: strings.Repeat("1", 20), Text: strings.Repeat("䶮", 1000)}
		if got, err := c.store.SendPetition(c.ctx(), longest, "k"); err != nil || got.Name != longest.Name || got.Phone != longest.Phone || got.Text != longest.Text {
			t.Errorf("the longest: %v", err)
		}
	})
}

func TestPetitionsAreOnlyAddedTo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.open("homestead")
		for _, once := range []string{"open", "answered"} {
			p, err := c.store.SendPetition(c.ctx(), workflow.Petition{Case: id.ID, Kind: petitions.ComplaintPetition}, once)
			if err == nil && once == "answered" {
				err = c.store.AnswerPetition(c.ctx(), c.officer("supervision"), p.ID, "好")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		forbidden := []string{"UPDATE petitions SET sealed = 'x'", "UPDATE petitions SET stars = 5 WHERE taken_at IS NULL", "DELETE FROM petitions",
			"UPDATE petitions SET answer = 'x' WHERE taken_at IS NOT NULL", "UPDATE petitions SET taken_at = NULL WHERE taken_at IS NOT NULL",
			"UPDATE petitions SET taken_at = at, number = 'x' WHERE taken_at IS NULL", "UPDATE petitions SET answer = 'x' WHERE taken_at IS NULL"}
		if c.db.Dialect() == "sqlite" {
			forbidden = append(forbidden, "INSERT OR REPLACE INTO petitions SELECT * FROM petitions", "INSERT OR REPLACE INTO petitions (number, case_id, kind, step, stars, alg, "+
				"key_version, sealed, once, at) SELECT number, case_id, kind, step, stars, alg, key_version, sealed, 'x', at FROM petitions")
		} else {
			forbidden = append(forbidden, "TRUNCATE petitions", "TRUNCATE cases CASCADE")
		}
		for _, q := range forbidden {
			if done, err := c.db.Pool().ExecContext(c.ctx(), q); err == nil {
				n, _ := done.RowsAffected()
				t.Errorf("%s: allowed, %d rows", q, n)
			}
		}
	})
}

// An objection by the code on the notice is a petition and a record that holds the signature (R36): where the transaction ends between
// the two there is neither, and the form sent again brings both, once.
func TestObjectionIsPetitionAndRecordOrNeither(t *testing.T) {
	lawtest.Claim(t, "R36")
	stop := ""
	clk := &clock{at: dawn}
	end := func(step string) {
		if step == stop {
			panic("ended at " + step)
		}
	}
	modelstest.Each(t, modelstest.Options{Now: clk.Now, Failpoint: end}, func(t *testing.T, db modelstest.Database) {
		_ = clk.Set(dawn)
		stop = ""
		c := countyOn(t, db, clk)
		id := c.open("homestead").ID
		c.walk(id, glossary.GroupNotice)
		both := func() [2]int {
			n := [2]int{c.count("petitions", "kind = 'objection'"), 0}
			for _, r := range c.view(id).Case.File.Records {
				if r.Kind == glossary.ObjectionKind {
					n[1]++
				}
			}
			if lines := c.count("history", fmt.Sprintf("case_id = %d AND verb = 'objection'", id)); lines != n[1] {
				t.Errorf("%d lines of %d objections", lines, n[1])
			}
			return n
		}
		object := func(key string) (receipt string, err error) {
			defer func() {
				if x := recover(); x != nil {
					err = fmt.Errorf("%v", x)
				}
			}()
			return c.svc.Object(c.ctx(), workflow.Petition{Case: id, Name: "赵六", Text: "四至重叠"}, key)
		}
		want := [2]int{}
		for i, step := range []string{"locked", "judged", "case", "history", "deadlines", "outbox", "committed"} {
			stop = step
			if _, err := object(step); err == nil {
				t.Fatalf("%s: not ended", step)
			}
			stop = ""
			if step == "committed" { // done, and the answer lost
				want = [2]int{want[0] + 1, want[1] + 1}
			}
			if got := both(); got != want {
				t.Errorf("ended at %s: %d petitions, %d records, want %d", step, got[0], got[1], want)
			}
			receipt, err := object(step)
			if err != nil || receipt != fmt.Sprintf("QZ%d-%06d", dawn.Year(), i+1) {
				t.Errorf("sent again after %s: %q, %v", step, receipt, err)
			}
			if step != "committed" {
				want = [2]int{want[0] + 1, want[1] + 1}
			}
			if got := both(); got != want {
				t.Errorf("sent again after %s: %d petitions, %d records, want %d", step, got[0], got[1], want)
			}
		}
		v := c.view(id)
		if last := v.Case.File.Records[len(v.Case.File.Records)-1]; last.Kind != glossary.ObjectionKind {
			t.Errorf("the last record is %s", last.Kind)
		}
		c.verified()
		other := c.openFor("counter", 2).ID // of which no notice hangs
		if _, err := c.svc.Object(c.ctx(), workflow.Petition{Case: other, Text: "四至重叠"}, "elsewhere"); err == nil {
			t.Error("an objection to a notice that does not hang")
		}
		if got := both(); got != want {
			t.Errorf("a refused objection left %d petitions, %d records, want %d", got[0], got[1], want)
		}
	})
}
