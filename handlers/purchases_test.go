package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"anju/handlers"
	"anju/models/modelstest"
	"anju/workflow/law/lawtest"
	"anju/workflow/trades"
)

// The county buys design for its villagers: filing, commitment, public list, the household's choice, three confirmations, exact money, the
// year's settlement; and nothing of it while no document continues the trial that ended in 2021.
func TestServiceIsBoughtForVillagers(t *testing.T) { // R15, R16, R17, R18, R19, R20, A28
	modelstest.Slow(t)
	lawtest.Claim(t, "R17", "R18", "R19", "R20", "A28")
	t.Parallel()
	served, _, set := openCounty(t)
	web := handlers.Conforming(t, served)
	as := map[string]*handlers.Client{}
	for _, l := range append([]string{"counter2", "village2"}, logins...) {
		as[l] = handlers.LogIn(t, web, l)
	}
	ask := func(login, path, body string, want int, says string) map[string]any {
		t.Helper()
		method := "POST"
		if body == "" {
			method = "GET"
		}
		s, m := as[login].Ask(method, "/api/v1/purchases/"+path, body)
		if s != want || says != "" && !strings.Contains(fmt.Sprint(m), says) {
			t.Fatalf("%s %s %s: %d %v, want %d %s", login, path, body, s, m, want, says)
		}
		return m
	}
	const agency = `{"code":"91140824MA0ANJU01J","committed_by":"常建设","committed_on":"2026-03-02"}`
	ask("housing", "agencies", agency, 409, "续行依据文号")
	set.Parameters.Purchase = trades.Purchase{Document: "稷政办发〔2026〕3号", Year: 2026, DesignFen: 100_000, SuperviseFen: 50_000, BudgetFen: 150_000, Households: 500}
	ask("counter", "agencies", agency, 403, "")
	ask("housing", "agencies", `{"code":"SXJJ-0824-0001","committed_by":"x","committed_on":"2026-03-02"}`, 422, "R17") // a person is not paid
	ask("housing", "agencies", `{"code":"91140824MA0ANJU062","committed_by":"x","committed_on":"2026-03-02"}`, 422, "")
	ask("housing", "agencies", strings.Replace(agency, "2026-03-02", "2027-03-02", 1), 422, "R19")
	ask("housing", "agencies", agency, 204, "")
	_, chain := as["counter"].Ask("GET", "/api/v1/chains/homestead", "")
	household := chain["ready"].(map[string]any)["household_id"].(string)
	choose := func(id string) string {
		return fmt.Sprintf(`{"household_id":%q,"work":"design","agency":"91140824MA0ANJU01J"}`, id)
	}
	ask("counter", "orders", choose(household), 422, "公示名录")
	ask("housing", "agencies/91140824MA0ANJU01J/publication", `{"from":"2026-03-05","to":"2026-03-01"}`, 422, "R19")
	ask("housing", "agencies/91140824MA0ANJU01J/publication", `{"from":"2026-03-01","to":"2026-12-31"}`, 204, "")
	ask("village", "orders", choose(household), 403, "")
	ask("counter2", "orders", choose(household), 404, "")
	ask("counter", "orders", strings.Replace(choose(household), "design", "supervise", 1), 422, "没有监理")
	o := ask("counter", "orders", choose(household), 201, "")
	ask("counter", "orders", choose(household), 422, "只能选择一次")
	order := "orders/" + o["id"].(string)
	ask("housing", order+"/payment", `{"voucher":"稷住建付〔2026〕1号"}`, 422, "三方")
	ask("counter", order+"/confirmation", `{}`, 422, "签字人")
	ask("counter", order+"/confirmation", `{"signer":"王建国"}`, 200, "")
	ask("village", order+"/confirmation", `{}`, 200, "")
	ask("village", order+"/confirmation", `{}`, 422, "重复")
	ask("village2", order+"/confirmation", `{}`, 404, "")
	ask("housing", order+"/payment", `{"voucher":"稷住建付〔2026〕1号"}`, 422, "三方")
	ask("economic", order+"/confirmation", `{}`, 403, "")
	ask("township", order+"/confirmation", `{}`, 200, "")
	ask("housing", order+"/payment", `{"voucher":" "}`, 422, "")
	if paid := ask("housing", order+"/payment", `{"voucher":"稷住建付〔2026〕1号"}`, 200, ""); paid["paid_fen"] != 100_000.0 {
		t.Errorf("paid %v", paid)
	}
	ask("housing", order+"/payment", `{"voucher":"稷住建付〔2026〕2号"}`, 422, "重复付款")
	_, chain = as["counter"].Ask("GET", "/api/v1/chains/planning_permit", "")
	second := "orders/" + ask("counter", "orders", choose(chain["ready"].(map[string]any)["household_id"].(string)), 201, "")["id"].(string)
	ask("counter", second+"/confirmation", `{"signer":"某"}`, 200, "")
	ask("village", second+"/confirmation", `{}`, 200, "")
	ask("township", second+"/confirmation", `{}`, 200, "")
	ask("housing", second+"/payment", `{"voucher":"稷住建付〔2026〕2号"}`, 422, "预算") // 1500.00 less 1000.00
	ask("counter", "settlement?year=2026", "", 403, "")
	got := ask("auditor", "settlement?year=2026", "", 200, "")["items"].([]any)
	if len(got) != 1 || got[0].(map[string]any)["fen"] != 100_000.0 || got[0].(map[string]any)["orders"] != 2.0 || got[0].(map[string]any)["paid"] != 1.0 {
		t.Errorf("settlement %v", got)
	}
	res := as["housing"].Raw("GET", "/api/v1/purchases/settlement.csv?year=2026", nil)
	if res.StatusCode != 200 {
		t.Errorf("the settlement as a table: %d", res.StatusCode)
	}
	if res := as["housing"].Raw("GET", "/api/v1/purchases/settlement.xlsx?year=2026", nil); res.StatusCode != 200 {
		t.Errorf("the settlement as Excel: %d", res.StatusCode)
	}
	ask("housing", "agencies/91140824MA0ANJU01J/publication", `{"delisted":"服务质量不达标"}`, 204, "")
	if list := ask("village", "agencies", "", 200, "")["items"].([]any); list[0].(map[string]any)["delisted"] != "服务质量不达标" {
		t.Errorf("list %v", list)
	}
}
