package seeds

import (
	"strings"
	"testing"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

func TestHolidays(t *testing.T) {
	years, err := Holidays()
	if err != nil {
		t.Fatal(err)
	}
	if len(years) != 6 || years[0].Year != 2021 || years[5].Year != 2026 {
		t.Errorf("%d years; want 2021 to 2026", len(years))
	}
	if _, err := Calendar(); err != nil {
		t.Error(err)
	}
}

func TestDivisionsAndOffices(t *testing.T) {
	divs, err := divisions()
	if err != nil {
		t.Fatal(err)
	}
	levels := map[string]int{}
	for _, d := range divs {
		levels[d.level]++
	}
	if levels["township"] != 7 || levels["village"] != 144 || levels["county"] != 1 {
		t.Errorf("divisions by level: %v; want one county, 7 townships, 144 villages", levels)
	}
	all, err := offices(divs)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, o := range all {
		key := o.kind + " " + o.division
		if seen[key] != "" {
			t.Errorf("office %s is there twice", key)
		}
		seen[key] = o.name
		if strings.Contains(o.name, "{") || o.name == "" {
			t.Errorf("office %s is called %q", key, o.name)
		}
	}
	if want := 8 + 7*6 + 144*2; len(all) != want {
		t.Errorf("%d offices, want %d", len(all), want)
	}
	for key, want := range map[string]string{
		"township_service_center 140824100000": "稷峰镇便民服务中心", "village_organization 140824100214": "稷峰镇马村村民委员会",
		"group_collective 14082410021401": "稷峰镇马村第一村民小组农村集体经济组织", "county_agriculture_bureau 140824000000": "稷山县农业农村局",
	} {
		if seen[key] != want {
			t.Errorf("%s is called %q, want %q", key, seen[key], want)
		}
	}
}

func TestDemoCounty(t *testing.T) {
	f, err := demoCounty()
	if err != nil {
		t.Fatal(err)
	}
	uses, stays := map[string]int{}, map[string]int{}
	told, err := readStories()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range told.stories {
		uses[string(s.chain)]++
		ch, err := chains.Published().Newest(s.chain)
		if err != nil {
			t.Fatal(err)
		}
		for state := range s.days {
			if _, ok := ch.Stage(state); !ok {
				t.Errorf("the story of %s lies in %s, which %s does not have", s.from, state, s.chain)
			}
		}
	}
	for _, h := range f.Households {
		stays[h.For]++
		if _, err := h.form(); err != nil {
			t.Error(err)
		}
	}
	for _, ch := range chains.Published().All() {
		if stays[string(ch.ID)] == 0 {
			continue // plain keeps some for it
		}
		want := 12
		if len(told.follows[ch.ID]) > 0 {
			want = 3
		}
		if free := stays[string(ch.ID)] - uses[string(ch.ID)]; free < want {
			t.Errorf("%d households stay free for %s, want %d", free, ch.ID, want)
		}
	}
	accounts, err := Accounts()
	if err != nil {
		t.Fatal(err)
	}
	if len(accounts) != len(f.Accounts) {
		t.Errorf("%d accounts", len(accounts))
	}
	for _, a := range accounts {
		if a.Office == "" {
			t.Errorf("account %s sits at no office", a.Login)
		}
	}
	people := f.people(map[string]workflow.OfficerID{"counter": 1, "group": 2, "village": 3, "township": 4, "village3": 9})
	if people[glossary.ServiceCenter] != 1 || people[glossary.VillageOrganization] != 3 ||
		people[glossary.TownshipGovernment] != 4 {
		t.Errorf("people at the desks of the demo village: %v", people)
	}
}

func TestMissingNoticesAreThoseOfYearsThatAreNotIn(t *testing.T) {
	all, err := Holidays()
	if err != nil {
		t.Fatal(err)
	}
	some, err := calendar.New(1, all[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Missing(some)
	if err != nil || len(got) != 1 || got[0].Year != all[0].Year {
		t.Errorf("missing %v, %v", got, err)
	}
}
