package handlers_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"anju/handlers"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/household"
	"anju/workflow/law/lawtest"
)

// situation is one in which a household applies for a new homestead, with what stands in its way: the rule of the
// condition, "" for none.
type situation struct {
	what, article string
	stops         string // name of the condition that is unmet; "" for none
	outcome       string
	set           func(r *registry) (applicant string, application forms.HomesteadApplication)
}

const couple = `{"on":"2026-01-05","person":"0","name":"赵小燕","relation":"配偶","id_number":%q}`

// situations are those of docs/households.md.
var situations = []situation{
	{"没有宅基地的户", "细则三1，A32", "", "可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		return r.family("0.00", r.person(1980)), application()
	}},
	{"夫妻各立一户，一方的户有宅基地", "土地管理法62¶1，A32", "one_homestead", "不予受理；先并户或办理退出",
		func(r *registry) (string, forms.HomesteadApplication) {
			him, her := r.person(1980), r.person(1981)
			r.family("120.00", him, [2]string{"配偶", her})
			return r.family("0.00", her, [2]string{"配偶", him}), application()
		}},
	{"结婚双方都是户主，各有一处宅基地", "土地管理法62¶1，A32", "one_homestead", "结婚照常登记；两处都显示，不得再申请新的宅基地",
		func(r *registry) (string, forms.HomesteadApplication) {
			her := r.person(1991)
			r.family("100.00", her)
			id := r.family("120.00", r.person(1990))
			r.made(id, household.Marriage, fmt.Sprintf(couple, her))
			return id, returning()
		}},
	{"成年子女在父母户内，又另立一户", "细则三1(一)，A32", "one_homestead", "不予受理；先办理分户",
		func(r *registry) (string, forms.HomesteadApplication) {
			son := r.person(2000)
			r.family("120.00", r.person(1975), [2]string{"子", son})
			return r.family("0.00", son), application()
		}},
	{"成年子女已分户，宅基地留在原户", "细则三1(一)，A32", "", "新户可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		id := r.family("120.00", r.person(1975), [2]string{"子", r.person(2000)})
		split := r.made(id, household.Split, `{"on":"2026-01-05","persons":["1"],"head":"1","homestead":"old"}`)
		return split["household"].(string), application()
	}},
	{"已分户，宅基地归新户", "细则三1(一)，A32", "", "原户没有宅基地，可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		id := r.family("120.00", r.person(1975), [2]string{"子", r.person(2000)})
		r.made(id, household.Split, `{"on":"2026-01-05","persons":["1"],"head":"1","homestead":"new"}`)
		return id, application()
	}},
	{"离婚后离户的一方另立一户", "细则三1(一)，A32", "", "可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		her := r.person(1981)
		id := r.family("120.00", r.person(1980), [2]string{"配偶", her})
		r.made(id, household.Divorce, `{"on":"2026-01-06","person":"1"}`)
		return r.family("0.00", her), application()
	}},
	{"离婚未离户的一方另立一户", "细则三1(一)，A32", "one_homestead", "不予受理；先在原户办理离婚离户",
		func(r *registry) (string, forms.HomesteadApplication) {
			her := r.person(1981)
			r.family("120.00", r.person(1980), [2]string{"配偶", her})
			return r.family("0.00", her), application()
		}},
	{"未成年子女同时登记在祖父母户内", "民法典17，A32", "", "未成年人不单独计算，可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		child := r.person(2015)
		r.family("120.00", r.person(1950), [2]string{"孙", child})
		return r.family("0.00", r.person(1985), [2]string{"子", child}), application()
	}},
	{"旧宅基地没有权属证书号，选择保留", "土地管理法62¶1，A32", "old_homestead_settled", "不予受理；退给村集体后可以申请",
		func(r *registry) (string, forms.HomesteadApplication) {
			a := returning()
			a.Disposal, a.DisposalArea = "keep", 12000
			return r.family("40.00", r.person(1980)), a
		}},
	{"旧宅基地选择其他处置，未写征收、灾毁", "土地管理法62¶1，A32", "old_homestead_settled", "不予受理；退给村集体后可以申请",
		func(r *registry) (string, forms.HomesteadApplication) {
			a := returning()
			a.Disposal, a.DisposalNote = "other", "以后再说"
			return r.family("40.00", r.person(1980)), a
		}},
	{"旧宅基地已被征收", "细则三1(五)", "", "可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		a := returning()
		a.Disposal, a.DisposalNote, a.Grounds, a.Expropriated = "other", "已被征收", []string{"expropriated"}, "expropriated"
		return r.family("40.00", r.person(1980)), a
	}},
	{"旧宅基地退给村集体", "细则三1(一)，A32", "", "可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		return r.family("40.00", r.person(1980)), returning()
	}},
	{"户档记载的宅基地经查实已灭失，更正生效后", "A32", "", "窗口录入、乡镇负责人确认后可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		id := r.family("120.00", r.person(1980))
		r.made(id, household.Correction, `{"current":{"homestead_area":"0.00","building_area":"0.00"}}`)
		return id, application()
	}},
	{"户档记载的宅基地经查实已灭失，更正待确认", "A32", "one_homestead", "一名工作人员不能认定，待乡镇负责人确认",
		func(r *registry) (string, forms.HomesteadApplication) {
			her := r.person(1981)
			id := r.family("120.00", r.person(1980), [2]string{"配偶", her})
			if _, m := r.change("counter", id, household.Correction,
				`{"current":{"homestead_area":"0.00","building_area":"0.00"}}`); m["state"] != "waiting" {
				r.t.Errorf("a finding by one officer: %v", m)
			}
			return r.family("0.00", her), application()
		}},
	{"原址翻建的规划许可正在办理", "A32", "one_homestead", "不予受理；先办结或撤回", func(r *registry) (string, forms.HomesteadApplication) {
		id := r.family("120.00", r.person(1980))
		r.running("planning_permit", id)
		return id, returning()
	}},
	{"配偶的户有宅基地申请正在办理", "A32", "one_homestead", "不予受理；先撤回其一", func(r *registry) (string, forms.HomesteadApplication) {
		him, her := r.person(1980), r.person(1981)
		r.running("homestead", r.family("0.00", him, [2]string{"配偶", her}))
		return r.family("0.00", her), application()
	}},
	{"本户已批准一处宅基地", "土地管理法62¶1，A32", "one_homestead", "不予受理", func(r *registry) (string, forms.HomesteadApplication) {
		id := r.family("0.00", r.person(1980))
		r.granted(id)
		return id, application()
	}},
	{"批准的宅基地已被征收，批准书已注销", "细则三1(五)，行政许可法70", "", "可以申请", func(r *registry) (string, forms.HomesteadApplication) {
		id := r.family("40.00", r.person(1980))
		r.cancel(r.granted(id))
		a := application()
		a.Grounds, a.Expropriated = []string{"expropriated"}, "expropriated"
		return id, a
	}},
}

func application() forms.HomesteadApplication {
	a := forms.HomesteadApplication{}.Example().(forms.HomesteadApplication)
	return a
}

// returning is the application of who gives the old homestead back.
func returning() forms.HomesteadApplication { return application() }

// open opens a case for a household over HTTP.
func (r *registry) open(chain, id string, application any) string {
	r.t.Helper()
	raw, err := json.Marshal(application)
	if err != nil {
		r.t.Fatal(err)
	}
	s, m := r.as("counter").Ask("POST", "/api/v1/cases", fmt.Sprintf(`{"chain":%q,"household_id":%q,"application":%s}`, chain,
		id, raw))
	if s != 201 {
		r.t.Fatalf("a case of %s: %d %v", chain, s, m)
	}
	return m["id"].(string)
}

// stops are the conditions of A32 that stand in the way of submitting a case.
func (r *registry) stops(id string) map[string]string {
	r.t.Helper()
	_, m := r.as("counter").Ask("GET", "/api/v1/cases/"+id, "")
	found := map[string]string{}
	for _, v := range m["verbs"].([]any) {
		v := v.(map[string]any)
		if v["verb"] != "submit" {
			continue
		}
		for _, b := range v["blocked"].([]any) {
			if b := b.(map[string]any); b["rule"] == "A32" {
				found[b["condition"].(string)] = b["message"].(string)
			}
		}
	}
	return found
}

func caseID(id string) workflow.CaseID {
	n, _ := strconv.ParseInt(id, 10, 64)
	return workflow.CaseID(n)
}

// running submits a case of a household.
func (r *registry) running(chain workflow.ChainID, id string) workflow.CaseID {
	r.t.Helper()
	ch, err := r.svc.Chains().Newest(chain)
	if err != nil {
		r.t.Fatal(err)
	}
	c := caseID(r.open(string(chain), id, ch.Form.Example()))
	if _, _, err := r.walk.Step(r.t.Context(), c); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// granted walks a homestead to its end.
func (r *registry) granted(id string) workflow.CaseID {
	r.t.Helper()
	c := caseID(r.open("homestead", id, application()))
	for range 20 {
		_, err := r.walk.Finish(r.t.Context(), c)
		var wait *seeds.WaitError
		if !errors.As(err, &wait) {
			if err != nil {
				r.t.Fatal(err)
			}
			break
		}
		r.clk.Set(wait.Until)
		r.accounts = map[string]*handlers.Client{} // sessions have ended meanwhile
	}
	return c
}

// cancel cancels the certificates of a case (Licensing Law Art. 70).
func (r *registry) cancel(c workflow.CaseID) {
	r.t.Helper()
	path := fmt.Sprintf("/api/v1/cases/%d", c)
	_, m := r.as("township").Ask("GET", path, "")
	for _, d := range m["documents"].([]any) {
		d := d.(map[string]any)
		if d["form"] != "F05" {
			continue
		}
		body := fmt.Sprintf(`{"kind":"cancel_certificate","data":{"number":%q,"ground":"impossible","facts":"宅基地已被依法征收"}}`,
			d["number"])
		if s, m := r.as("township").Ask("POST", path+"/records", body, "Idempotency-Key", fmt.Sprint("cancel-", d["id"])); s != 200 {
			r.t.Fatalf("cancelled: %d %v", s, m)
		}
	}
}

// Each situation of the table is applied for over HTTP and stopped, or not, as it says.
func TestOneHomesteadInEachSituation(t *testing.T) {
	lawtest.Claim(t, "A32", "R26")
	t.Parallel()
	onReal(t, func(t *testing.T, one *real) {
		r := &registry{real: one}
		for _, s := range situations {
			id, a := s.set(r)
			found := r.stops(r.open("homestead", id, a))
			message, stopped := found[s.stops]
			switch {
			case s.stops == "" && len(found) > 0:
				t.Errorf("%s: stopped by %v", s.what, found)
			case s.stops != "" && (!stopped || len(found) != 1):
				t.Errorf("%s: stopped by %v, want %s", s.what, found, s.stops)
			case s.stops != "" && !strings.ContainsAny(message, "请须"):
				t.Errorf("%s: %q names no cure", s.what, message)
			}
		}
	})
}

// TestSituationsAreDocumented holds docs/households.md to the table.
func TestSituationsAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("# 户的各种情形\n\n一户一宅（A32，土地管理法62¶1）按人判断：申请户的每个成年人，在全县任何一户、任何办件中持有的宅基地都算。\n" +
		"本表由 `handlers/situations_test.go` 生成（`-update`），每一行都经 HTTP 走过。\n\n| 情形 | 依据 | 结果 |\n|---|---|---|\n")
	for _, s := range situations {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", s.what, s.article, s.outcome)
	}
	b.WriteString("\n## 户档变更\n\n| 类型 | 规则 | 依据材料 | 确认 |\n|---|---|---|---|\n")
	for _, k := range household.Kinds {
		confirm := "—"
		switch k.Kind {
		case household.Correction:
			confirm = "更正身份证号或宅基地情况的，乡镇负责人"
		case household.Death:
			confirm = "户主死亡的，乡镇负责人"
		default:
			if k.Confirms != nil {
				confirm = "乡镇负责人"
			}
		}
		fmt.Fprintf(&b, "| %s `%s` | %s | %s | %s |\n", k.Title, k.Kind, k.Rule, k.Evidence, confirm)
	}
	const path = "../docs/households.md"
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != b.String() {
		t.Errorf("%s is not what the table says (%v): run this test with -update", path, err)
	}
}
