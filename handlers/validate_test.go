package handlers

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/api"
	"anju/handlers/schema"
	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/forms"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func exampleJSON(t *testing.T, f workflow.Form) string {
	t.Helper()
	b, err := json.Marshal(f.Example())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Each kind of bad input gets one clear Chinese sentence and its field.
func TestValidatedRefusesBadInput(t *testing.T) {
	home, household, meeting := exampleJSON(t, forms.HomesteadApplication{}), exampleJSON(t, forms.Household{}), exampleJSON(t, forms.MeetingRecord{})
	id := forms.Household{}.Example().(forms.Household).Householder.IDNumber
	wrong := id[:17] + string('0'+(id[17]-'0'+1)%10)
	with := func(s, old, with string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("%s is not in %s", old, s)
		}
		return strings.Replace(s, old, with, 1)
	}
	tests := []struct {
		name  string
		into  any
		give  string
		field string
		says  string
	}{
		{"an unknown field", &forms.HomesteadApplication{}, with(home, `{`, `{"colour":"red",`), "colour", "没有“colour”这个字段"},
		{"an unknown nested field", &forms.HomesteadApplication{}, with(home, `"east":`, `"up":"x","east":`), "proposed.boundary.up", "没有“up”"},
		{"a missing field", &forms.HomesteadApplication{}, with(home, `"reason":"儿子结婚分户，现有住房不够居住",`, ``), "reason", "请填写申请理由，例如"},
		{"a wrong type", &forms.HomesteadApplication{}, with(home, `"floors":2`, `"floors":"2"`), "proposed.floors", "建筑层数应为整数，应在 1 至 20 之间，例如 2"},
		{"half a floor", &forms.HomesteadApplication{}, with(home, `"floors":2`, `"floors":2.5`), "proposed.floors", "应为整数"},
		{"too many floors", &forms.HomesteadApplication{}, with(home, `"floors":2`, `"floors":200`), "proposed.floors", "应在 1 至 20 之间"},
		{"an area with three decimals", &forms.HomesteadApplication{}, with(home, `"133.00"`, `"120.005"`), "proposed.homestead_area", "最多两位小数的数，例如 133.00"},
		{"a negative area", &forms.HomesteadApplication{}, with(home, `"133.00"`, `"-1"`), "proposed.homestead_area", "0 至 9999999.99"},
		{"an area as exponent", &forms.HomesteadApplication{}, with(home, `"133.00"`, `"1e9"`), "proposed.homestead_area", "0 至 9999999.99"},
		{"an area that is no number", &forms.HomesteadApplication{}, with(home, `"133.00"`, `"NaN"`), "proposed.homestead_area", "0 至 9999999.99"},
		{"an area as a float", &forms.HomesteadApplication{}, with(home, `"133.00"`, `133.0`), "proposed.homestead_area", "应为文字，例如 133.00"},
		{"a word outside the list", &forms.HomesteadApplication{}, with(home, `"new_site"`, `"castle"`), "proposed.build_type", "只能是 rebuild_on_site、extend、new_site 之一"},
		{"null", &forms.HomesteadApplication{}, with(home, `"floors":2`, `"floors":null`), "proposed.floors", "请填写建筑层数"},
		{"a field twice", &forms.HomesteadApplication{}, with(home, `"floors":2`, `"floors":2,"floors":3`), "floors", "出现了两次"},
		{"an empty bound", &forms.HomesteadApplication{}, with(home, `"村路"`, `"　"`), "proposed.boundary.east", "请填写东至"},
		{"a NUL", &forms.HomesteadApplication{}, with(home, `"村路"`, `"村\u0000路"`), "proposed.boundary.east", "含有不可见或无法显示的字符"},
		{"a list instead of an object", &forms.HomesteadApplication{}, `[]`, "data", "一组字段"},
		{"30 February", &forms.MeetingRecord{}, with(meeting, `{`, `{"held_on":"2026-02-30",`), "held_on", "真实存在的日期"},
		{"a date in other writing", &forms.MeetingRecord{}, with(meeting, `{`, `{"held_on":"2026/3/2",`), "held_on", "真实存在的日期"},
		{"more people than were called", &forms.MeetingRecord{}, with(meeting, `"present":24`, `"present":31`), "present", "不能多于应到人数"},
		{"a wrong check digit", &forms.Household{}, with(household, id, wrong), "householder.id_number", "身份证号校验位不符，请核对第18位"},
		{"fifteen digits", &forms.Household{}, with(household, id, `140824780312001`), "householder.id_number", "15 位旧身份证号不接受"},
		{"born in 2099", &forms.Household{}, with(household, id, `140824209903120010`), "householder.id_number", "出生日期不存在"},
		{"a division in words", &forms.Household{}, with(household, `"140824100214"`, `"马村"`), "division", "格式不正确，例如 140824100214"},
		{"members missing", &forms.Household{}, with(household, `"members":[`, `"member":[`), "members", "请填写家庭成员"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := schema.Validated([]byte(tt.give)).Decode(tt.into, noon)
			var inv *workflow.Invalid
			if !errors.As(err, &inv) {
				t.Fatalf("got %v, want an Invalid", err)
			}
			for _, f := range inv.Fields {
				if f.Field == tt.field && strings.Contains(f.Message, tt.says) {
					return
				}
			}
			t.Errorf("got %+v, want %s: %s", inv.Fields, tt.field, tt.says)
		})
	}
}

func TestValidatedRefusesWhatIsNoJSON(t *testing.T) {
	for _, tt := range []struct {
		name, give string
		want       error
	}{
		{"broken UTF-8", "{\"reason\":\"\xff\xfe\"}", schema.ErrEncoding},
		{"GBK", "{\"reason\":\"\xc9\xea\xc7\xeb\"}", schema.ErrEncoding},
		{"cut off", `{"reason":`, schema.ErrSyntax},
		{"two values", `{} {}`, schema.ErrSyntax},
		{"nested without end", strings.Repeat("[", 100000), schema.ErrSyntax},
	} {
		if err := schema.Validated([]byte(tt.give)).Decode(&forms.Opinion{}, noon); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestValidatedAcceptsWhatPeopleType(t *testing.T) {
	home := exampleJSON(t, forms.HomesteadApplication{})
	var a forms.HomesteadApplication
	if err := schema.Validated([]byte(strings.Replace(home, `"133.00"`, `"１３３．５"`, 1))).Decode(&a, noon); err != nil {
		t.Fatal(err)
	}
	if a.Proposed.HomesteadArea != 13350 {
		t.Errorf("full-width area read as %s", a.Proposed.HomesteadArea)
	}
	if err := schema.Validated(nil).Decode(&forms.Amended{}, noon); err != nil {
		t.Errorf("nothing sent for nothing asked: %v", err)
	}
}

// A client never guesses: what is published as an example is accepted by what checks it, for every form of every chain.
func TestEveryExampleHolds(t *testing.T) {
	check := func(name string, f workflow.Form) {
		if f == nil {
			f = workflow.Nothing{}
		}
		into := reflect.New(reflect.TypeOf(f))
		if err := schema.Validated([]byte(exampleJSON(t, f))).Decode(into.Interface(), noon); err != nil {
			var inv *workflow.Invalid
			errors.As(err, &inv)
			t.Errorf("%s: %v %+v", name, err, inv)
		}
		if n := len(schema.OfForm(f).Examples); n != 1 {
			t.Errorf("%s has %d examples", name, n)
		}
	}
	check("household", forms.Household{})
	for _, ch := range chains.Published() {
		check(string(ch.ID), ch.Form)
		for _, st := range ch.Stages {
			for _, a := range st.Actions {
				check(string(ch.ID)+"/"+string(st.State)+"/"+string(a.Do), a.Data)
			}
			for _, r := range ch.Records(st) {
				check(string(ch.ID)+"/"+string(st.State)+"/"+string(r.Kind), r.Data)
			}
		}
	}
}

// The published document says nothing by reference: a program can use each schema by itself.
func TestChainDocumentStandsAlone(t *testing.T) {
	for _, ch := range chains.Published().All() {
		b, err := json.Marshal(api.ChainDocument(ch))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"$ref", `"additionalProperties":true`, "deemed_accepted"} {
			if strings.Contains(string(b), bad) {
				t.Errorf("%s contains %s", ch.ID, bad)
			}
		}
		var d struct {
			Stages []struct {
				Verbs []struct{ Data map[string]any }
			}
		}
		if err := json.Unmarshal(b, &d); err != nil || len(d.Stages) == 0 || d.Stages[0].Verbs[0].Data["type"] != "object" {
			t.Errorf("%s: %v %+v", ch.ID, err, d.Stages)
		}
	}
}

// Every value that a form offers has its Chinese word on the page.
func TestEveryChoiceHasItsWord(t *testing.T) {
	var look func(s *huma.Schema, key, at string)
	look = func(s *huma.Schema, key, at string) {
		for _, e := range s.Enum {
			if e := e.(string); schema.EnumTitle(key, e) == e && !strings.ContainsFunc(e, func(r rune) bool { return r > '~' }) {
				t.Errorf("%s offers %s without a word", at, e)
			}
		}
		if s.Items != nil {
			look(s.Items, key, at)
		}
		for name, p := range s.Properties {
			look(p, name, at+"."+name)
		}
	}
	look(schema.OfForm(forms.Household{}), "", "household")
	for _, ch := range chains.Published() {
		look(schema.OfForm(ch.Form), "", string(ch.ID))
		for _, st := range ch.Stages {
			for _, a := range st.Actions {
				look(schema.OfForm(a.Data), "", string(st.State)+"/"+string(a.Do))
			}
			for _, r := range ch.Records(st) {
				look(schema.OfForm(r.Data), "", string(st.State)+"/"+string(r.Kind))
			}
		}
	}
}

func exampleHousehold(t *testing.T) string {
	t.Helper()
	return exampleJSON(t, forms.Household{})
}
