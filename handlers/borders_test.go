package handlers_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/handlers"
	"anju/models"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// bordersPage is where the border cases are printed.
const bordersPage = "../docs/border-cases.md"

// borders is a county in which border cases are asked over HTTP, each office by its own account.
type borders struct {
	*town
	lines []borderLine
}

// borderLine is one border case: what the law says, and what the server answered.
type borderLine struct {
	finding         int // of the law's review; 0: another
	rule, what      string
	want, got, note string
}

// line compares what the law says with what came back. A note says why the two differ where that is known.
func (b *borders) line(finding int, rule, what, want, got string, note ...string) {
	b.lines = append(b.lines, borderLine{finding, rule, what, want, got, strings.Join(note, "")})
}

// does asks for a verb and says what came of it: the state after it, or who or which rule refuses.
func (b *borders) does(login, verb string, with ...any) string {
	b.Helper()
	if !b.published(verb) {
		return b.raw(login, verb)
	}
	return b.said(b.send(login, "verbs", verb, fields(with)))
}

// writes is does for a record.
func (b *borders) writes(login, kind string, with ...any) string {
	b.Helper()
	if !slices.ContainsFunc(b.look("counter")["records"].([]any), func(r any) bool { return r.(map[string]any)["kind"] == kind }) {
		return "not in this state"
	}
	s, m := b.send(login, "records", kind, fields(with))
	if s == 200 {
		return "written"
	}
	return b.said(s, m)
}

// published tells whether the stage of the case has a verb.
func (b *borders) published(verb string) bool {
	b.Helper()
	for _, v := range b.look("counter")["verbs"].([]any) {
		if v.(map[string]any)["verb"] == verb {
			return true
		}
	}
	return false
}

// raw asks for a verb that the stage does not have.
func (b *borders) raw(login, verb string) string {
	b.Helper()
	b.keys++
	s, m := b.as(login).Ask("POST", "/api/v1/cases/"+b.id+"/moves", fmt.Sprintf(`{"verb":%q,"seen":%v,"reason":"情况说明","data":{}}`,
		verb, b.look("counter")["seen"]), "Idempotency-Key", fmt.Sprintf("raw-%s-%d", b.id, b.keys))
	return b.said(s, m)
}

// fields sets fields of what is sent, by pairs of name and value; nil leaves the field out.
func fields(pairs []any) func(map[string]any) {
	return func(data map[string]any) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if name := pairs[i].(string); pairs[i+1] == nil {
				delete(data, name)
			} else {
				data[name] = pairs[i+1]
			}
		}
	}
}

func (b *borders) said(status int, m map[string]any) string {
	b.Helper()
	switch status {
	case 200, 201:
		return fmt.Sprint("→ ", m["state"])
	case 403:
		return "not its office"
	}
	b.Logf("%d %v %v", status, m["detail"], m["errors"])
	var by []string
	errs, _ := m["errors"].([]any)
	for _, e := range errs {
		e := e.(map[string]any)
		why := fmt.Sprint(e["rule"])
		if e["rule"] == nil || e["rule"] == "" {
			why = fmt.Sprint("field ", e["field"])
		}
		if !slices.Contains(by, why) {
			by = append(by, why)
		}
	}
	slices.Sort(by)
	if by == nil {
		if strings.Contains(fmt.Sprint(m["detail"]), "不能执行") {
			return "not in this state"
		}
		return fmt.Sprint(status, " ", m["detail"])
	}
	return "refused " + strings.Join(by, " ")
}

// apply opens a case of a household, made for it where its number is not zero, and says what came of it.
func (b *borders) apply(chain string, household any, with ...any) string {
	b.Helper()
	login := map[string]string{"completion_acceptance.other": "housing", "business_use": "station", "violation": "planning",
		"hazard": "planning"}[chain]
	if login == "" {
		login = "counter"
	}
	_, ch := b.as(login).Ask("GET", "/api/v1/chains/"+chain, "")
	b.chains[chain] = ch
	ready := ch["ready"].(map[string]any)
	data := ready["data"].(map[string]any)
	fields(with)(data)
	if household == nil {
		household = ready["household_id"]
	}
	body, _ := json.Marshal(map[string]any{"chain": chain, "household_id": household, "application": data})
	s, m := b.as(login).Ask("POST", "/api/v1/cases", string(body))
	if s == 201 {
		b.id = m["id"].(string)
	}
	return b.said(s, m)
}

// at moves the clock of the county to an instant of Shanghai.
func (b *borders) at(instant string) {
	b.Helper()
	to, err := time.ParseInLocation("2006-01-02 15:04", instant, time.FixedZone("", 8*3600))
	if err != nil {
		b.Fatal(err)
	}
	if s, m := b.as("counter").Ask("POST", "/api/v1/demo/clock", `{"set":"`+to.Format(time.RFC3339)+`"}`); s != 200 {
		b.Fatalf("clock to %s: %d %v", instant, s, m)
	}
}

// due lists the due days of limits that run, the promised day beside the statutory one.
func (b *borders) due(limits ...string) string {
	b.Helper()
	_, m := b.as("counter").Ask("GET", "/api/v1/cases/"+b.id+"/deadlines?per_page=200", "")
	var list []string
	for _, id := range limits {
		said := id + " none"
		for _, x := range m["items"].([]any) {
			if x := x.(map[string]any); x["limit"].(map[string]any)["id"] == id && x["closed_at"] == nil {
				said = fmt.Sprint(id, " ", x["due_on"])
				if x["promised_on"] != nil && x["promised_on"] != x["due_on"] {
					said += fmt.Sprint(" promised ", x["promised_on"])
				}
			}
		}
		list = append(list, said)
	}
	return strings.Join(list, ", ")
}

// red lists the limits of the case that have an entry in the breach register, with the office that was late.
func (b *borders) red() string {
	b.Helper()
	_, m := b.as("supervision").Ask("GET", "/api/v1/sla/breaches?per_page=200", "")
	var list []string
	for _, x := range m["items"].([]any) {
		if x := x.(map[string]any); x["case_id"] == b.id {
			list = append(list, fmt.Sprint(x["limit"], " ", x["office"]))
		}
	}
	slices.Sort(list)
	if list == nil {
		return "no card"
	}
	return strings.Join(list, ", ")
}

func (b *borders) stands() string { b.Helper(); return fmt.Sprint(b.look("counter")["state"]) }

// borderGroups are the questions, each group in a county of its own.
var borderGroups = []func(b *borders){bordersOfApplication, bordersOfNotice, bordersOfVillage, bordersOfHolidays,
	bordersOfNewYear, bordersOfReview, bordersOfHearings, bordersOfCountyTown, bordersOfWithdrawal, bordersOfService, bordersOfCertificates,
	bordersOfStarts, bordersOfOtherStarts, bordersOfAcceptance, bordersOfBusiness, bordersOfPatrol, bordersOfHouseholds}

func TestBorderCases(t *testing.T) {
	if testing.Short() {
		t.Skip("many counties: left out of the short tests")
	}
	results := map[string][][]borderLine{"sqlite": make([][]borderLine, len(borderGroups)),
		"postgres": make([][]borderLine, len(borderGroups))}
	t.Run("asked", func(t *testing.T) {
		for i, group := range borderGroups {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				readyGround.Each(t, func(t *testing.T, copied func(modelstest.Options) (modelstest.Database, seeds.People)) {
					if strings.HasSuffix(t.Name(), "/postgres") && !modelstest.Whole() {
						t.Skip("the same questions on PostgreSQL: -long asks them")
					}
					b := &borders{town: &town{T: t, clk: &clock{t: seeds.DemoStart}, set: &workflow.County{},
						accounts: map[string]*handlers.Client{}, chains: map[string]map[string]any{}}}
					db, _ := copied(modelstest.Options{Now: b.clk.Now})
					store := models.NewStore(db.DB, chains.Published())
					n := org.NewOfficer{Login: "mayor", Name: "mayor", Role: glossary.CountyHead, Kind: glossary.CountyGovernment,
						Division: "140824000000", Hash: cheapHash}
					if _, err := store.AddOfficer(t.Context(), n); err != nil {
						t.Fatal(err)
					}
					b.web = serveOn(t, t.TempDir(), db, b.clk, b.set)
					group(b)
					results[string(db.DB.Dialect())][i] = b.lines
				})
			})
		}
	})
	for dialect := range results {
		if dialect == "postgres" && !modelstest.Whole() {
			continue
		}
		page := bordersPageOf(slices.Concat(results[dialect]...))
		if dialect == "sqlite" && *update {
			if err := os.WriteFile(bordersPage, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		was, err := os.ReadFile(bordersPage)
		if err != nil {
			t.Fatal(err)
		}
		if string(was) != page {
			t.Errorf("%s: %s is not what the server answers: %s\nrun with -update and read the difference", dialect, bordersPage,
				firstOther(string(was), page))
		}
	}
	for _, l := range slices.Concat(results["sqlite"]...) {
		if l.want != l.got && l.note == "" {
			t.Errorf("%s %s: got %q, the law says %q", l.rule, l.what, l.got, l.want)
		}
	}
}

// firstOther is the first line in which two texts differ.
func firstOther(was, is string) string {
	a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("%q was %q", b[i], a[i])
		}
	}
	return fmt.Sprintf("%d lines were %d", len(b), len(a))
}

func bordersPageOf(lines []borderLine) string {
	var p strings.Builder
	p.WriteString(`# Border cases

Written by ` + "`go test ./handlers -run TestBorderCases -update`" + `; not to be edited. Each line is asked over HTTP by the account of
the office that it concerns, on SQLite and on PostgreSQL, with the county's clock moved; what came back is printed beside what the
law says (PostgreSQL under ` + "`-long`" + `). “refused R38” names the rule of the refusal, “→ decision” the state after a verb. The first column is the number in the
review of the law against the product, where the line stands there.

`)
	right := 0
	for _, l := range lines {
		if l.want == l.got {
			right++
		}
	}
	fmt.Fprintf(&p, "%d lines, %d as the law says.\n\n| review | # | case | rule | the law | the server | |\n|---|---|---|---|---|---|---|\n", len(lines), right)
	for i, l := range lines {
		finding, mark := "", "✔"
		if l.finding > 0 {
			finding = fmt.Sprint(l.finding)
		}
		if l.want != l.got {
			mark = strings.TrimSpace("✘ " + l.note)
		}
		fmt.Fprintf(&p, "| %s | %d | %s | %s | %s | %s | %s |\n", finding, i+1, l.what, l.rule, l.want, l.got, mark)
	}
	return p.String()
}
