package handlers_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"anju/handlers"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/household"
	"anju/workflow/law/lawtest"
)

// family is what the reference knows of a household: nothing but who is in it and what it holds.
type family struct {
	id      string
	people  map[string]string // ID number to position
	head    string
	area    bool            // an old homestead is recorded
	running workflow.CaseID // 0: none
	granted workflow.CaseID
	freed   bool // what was granted is no more
	closed  bool
}

func (f *family) holds() bool { return f.running != 0 || f.granted != 0 || f.records() }

// records tells whether an old homestead is still its own.
func (f *family) records() bool { return f.area && !f.freed }

// village is a few households that marry, part and build.
type village struct {
	*registry
	rng      *rand.Rand
	families []*family
}

// stopped tells by persons whether a household may not apply: it has a case or a grant, or an adult of it belongs to
// another household that holds anything.
func (v *village) stopped(f *family) bool {
	if f.running != 0 || f.granted != 0 {
		return true
	}
	for p := range f.people {
		if forms.AgeOf(p, v.clk.Now()) < 18 {
			continue
		}
		for _, g := range v.families {
			if _, in := g.people[p]; in && g != f && g.holds() {
				return true
			}
		}
	}
	return false
}

// read takes the positions of a household's people from its file, by the last three digits of their numbers, which are
// no two persons' in a village.
func (v *village) read(f *family) {
	v.t.Helper()
	_, m := v.as("counter").Ask("GET", "/api/v1/households/"+f.id, "")
	now := m["persons"].([]any)
	if len(now) != len(f.people) {
		v.t.Fatalf("household %s has %d persons, the reference %d", f.id, len(now), len(f.people))
	}
	for _, p := range now {
		p := p.(map[string]any)
		masked := p["id_number"].(string)
		for id := range f.people {
			if strings.HasSuffix(id, masked[len(masked)-3:]) {
				f.people[id] = p["person"].(string)
			}
		}
		if p["head"] == true && !strings.HasSuffix(f.head, masked[len(masked)-3:]) {
			v.t.Fatalf("household %s has the head %s, the reference %s", f.id, masked, f.head)
		}
	}
}

// fresh is the ID number of a new person, with three last characters of his own.
func (v *village) fresh(year int) string {
	for {
		id := v.person(year)
		taken := false
		for _, f := range v.families {
			for p := range f.people {
				taken = taken || p[15:] == id[15:]
			}
		}
		if !taken {
			return id
		}
	}
}

func (v *village) pick() *family {
	for {
		if f := v.families[v.rng.IntN(len(v.families))]; !f.closed {
			return f
		}
	}
}

// other is a person of a household who is not its head; "" for none.
func (f *family) other(adult bool, at time.Time) string {
	for p := range f.people {
		if p != f.head && (!adult || forms.AgeOf(p, at) >= 18) {
			return p
		}
	}
	return ""
}

const when = `"on":"2026-01-05"`

// event lets one thing happen, in the county and in the reference.
func (v *village) event() {
	f := v.pick()
	p, adult := f.other(false, v.clk.Now()), f.other(true, v.clk.Now())
	switch v.rng.IntN(9) {
	case 0:
		id := v.fresh(2025)
		v.made(f.id, household.Birth, fmt.Sprintf(`{"on":"%s-%s-%s","name":"新生","relation":"子","id_number":%q}`, id[6:10],
			id[10:12], id[12:14], id))
		f.people[id] = ""
	case 1:
		if p != "" {
			v.made(f.id, household.Death, fmt.Sprintf(`{%s,"person":%q}`, when, f.people[p]))
			delete(f.people, p)
		}
	case 2:
		g := v.pick()
		if _, in := f.people[g.head]; !in && g != f {
			v.made(f.id, household.Marriage, fmt.Sprintf(`{%s,"person":%q,"name":"配偶","relation":"配偶","id_number":%q}`, when,
				f.people[f.head], g.head))
			f.people[g.head] = ""
		}
	case 3:
		if adult != "" {
			v.made(f.id, household.Divorce, fmt.Sprintf(`{%s,"person":%q}`, when, f.people[adult]))
			delete(f.people, adult)
		}
	case 4:
		v.split(f, adult)
	case 5:
		v.merge(f, v.pick())
	case 6:
		if f.running != 0 {
			if _, err := v.walk.Do(v.t.Context(), f.running, glossary.Withdraw); err != nil {
				v.t.Fatal(err)
			}
			f.running = 0
		} else if f.granted != 0 {
			v.cancel(f.granted)
			f.granted, f.freed = 0, true
		}
	default:
		v.apply(f)
	}
	for _, f := range v.families {
		if !f.closed {
			v.read(f)
		}
	}
}

func (v *village) split(f *family, who string) {
	if who == "" {
		return
	}
	for _, g := range v.families { // one person is the head of one household
		if g.head == who && !g.closed {
			return
		}
	}
	goes := "old"
	if f.area && f.running == 0 && f.granted == 0 && !f.freed && v.rng.IntN(2) == 0 {
		goes = "new"
	}
	m := v.made(f.id, household.Split, fmt.Sprintf(`{%s,"persons":[%q],"head":%q,"homestead":%q}`, when, f.people[who],
		f.people[who], goes))
	delete(f.people, who)
	g := &family{id: m["household"].(string), people: map[string]string{who: ""}, head: who, area: goes == "new"}
	if goes == "new" {
		f.area = false
	}
	v.families = append(v.families, g)
}

func (v *village) merge(f, g *family) {
	if f == g {
		return
	}
	data := fmt.Sprintf(`{%s,"household":%q}`, when, g.id)
	if g.running != 0 || g.granted != 0 || g.records() && (f.records() || f.granted != 0) {
		v.refused(f.id, household.Merge, data, "household", "A32")
		return
	}
	v.made(f.id, household.Merge, data)
	for p := range g.people {
		f.people[p] = ""
	}
	if g.records() {
		f.area, f.freed, g.area = true, false, false
	}
	g.closed, g.people = true, map[string]string{}
}

// apply opens an application and submits it where the reference lets it; now and then it is walked to the grant.
func (v *village) apply(f *family) {
	c := v.open("homestead", f.id, returning())
	found := v.stops(c)
	if want := v.stopped(f); want != (len(found) > 0) {
		v.t.Fatalf("household %s is stopped by %v, the reference says %v", f.id, found, want)
	} else if want {
		for _, message := range found {
			if !strings.Contains(message, "请") {
				v.t.Errorf("household %s cannot read what to do: %q", f.id, message)
			}
		}
		if _, err := v.walk.Do(v.t.Context(), caseID(c), glossary.Withdraw); err != nil {
			v.t.Fatal(err)
		}
		return
	}
	if _, _, err := v.walk.Step(v.t.Context(), caseID(c)); err != nil {
		v.t.Fatal(err)
	}
	f.running = caseID(c)
	if v.rng.IntN(3) > 0 {
		return
	}
	for {
		_, err := v.walk.Finish(v.t.Context(), f.running)
		var wait *seeds.WaitError
		if errors.As(err, &wait) {
			v.clk.Set(wait.Until)
			v.accounts = map[string]*handlers.Client{} // sessions have ended meanwhile
			continue
		}
		if err != nil {
			v.t.Fatal(err)
		}
		f.granted, f.running, f.freed = f.running, 0, false
		return
	}
}

// Lives of households, from births to splits and from grants to cancellations: no household comes to two
// homesteads, and who may not apply is told what to do (A32). All two hundred of them in the long tests.
func TestLivesOfHouseholds(t *testing.T) {
	lawtest.Claim(t, "A32")
	t.Parallel()
	onReal(t, func(t *testing.T, one *real) {
		lives := 5
		if modelstest.Whole() {
			lives = 200
		}
		for seed := range lives {
			one.clk.Set(seeds.DemoStart)
			v := &village{registry: &registry{real: one, base: seed}, rng: rand.New(rand.NewPCG(uint64(seed), 12))}
			for i := range 3 {
				head, child := v.fresh(1970+i), v.fresh(1998+i)
				area := "0.00"
				if i == 0 {
					area = "40.00"
				}
				f := &family{people: map[string]string{head: "", child: ""}, head: head, area: i == 0}
				f.id = v.family(area, head, [2]string{"子", child})
				v.families = append(v.families, f)
				v.read(f)
			}
			for range 12 {
				v.event()
			}
			if t.Failed() {
				t.Fatalf("life %d", seed)
			}
		}
	})
}
