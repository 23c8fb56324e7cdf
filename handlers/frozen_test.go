package handlers_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"anju/models"
	database "anju/models/db"
	"anju/models/history"
	"anju/models/modelstest"
	"anju/workflow"
	"anju/workflow/chains"
)

// A case of which the record does not verify says so on its page and takes nothing, from pages and API alike; others go
// on.
func TestAFrozenCaseSaysSoAndTakesNothing(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	dir := t.TempDir()
	web, clk := countyIn(t, dir)
	counter, group := visit(t, web, "counter"), visit(t, web, "group")
	address, other := atGroup(t, counter), atGroup(t, counter)

	const withdraw = `name="verb" value="withdraw"`
	if counter.get(address); !strings.Contains(counter.page, withdraw) {
		t.Fatal("the page of the case offers no withdrawal")
	}

	keys, err := database.LoadKeyring(filepath.Join(dir, "master.key"), false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(t.Context(), database.Options{URL: filepath.Join(dir, "anju.db"), Keys: keys, Now: clk.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	id, err := strconv.ParseInt(strings.TrimPrefix(address, "/cases/"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	store := models.NewStore(db, chains.Published())
	found := history.Verification{Findings: []history.Broken{{ID: 7, Case: workflow.CaseID(id), Step: 2, Why: "the line was changed"}}}
	if _, err := store.KeepVerification(t.Context(), clk.Now(), found); err != nil {
		t.Fatal(err)
	}

	const banner = `<div class="hold" role="alert">该件历史记录校验未通过，已冻结`
	group.get(address)
	if !strings.Contains(group.page, banner) {
		t.Error("the page of the case does not say that it is frozen")
	}
	group.get(other)
	if strings.Contains(group.page, banner) {
		t.Error("the page of another case says that it is frozen")
	}
	moved := url.Values{"csrf": {counter.csrf()}, "key": {"k"}, "verb": {"withdraw"}, "reason": {"x"}}
	if r := counter.press(address+"/moves", moved); r.status != 409 || !strings.Contains(r.body, "已冻结，不能办理") {
		t.Errorf("a move of the frozen case: %d %s", r.status, r.body)
	}

	if counter.get(address); strings.Contains(counter.page, withdraw) {
		t.Error("the page of the frozen case offers a move")
	}
	token := ""
	into := func(method, path, body string, v any) int {
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := web.Test(req, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if err := json.NewDecoder(res.Body).Decode(v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return res.StatusCode
	}
	var session struct{ Token string }
	into("POST", "/api/v1/sessions", `{"login": "counter", "password": "anju-demo"}`, &session)
	token = session.Token
	var api struct {
		Frozen *string
		Verbs  []struct {
			Verb    string
			Allowed bool
			Blocked []workflow.Unmet
		}
		Records []struct{ Allowed bool }
	}
	if status := into("GET", "/api/v1"+address, "", &api); status != 200 || api.Frozen == nil || !strings.Contains(*api.Frozen, "the line was changed") {
		t.Fatalf("the case does not say that it is frozen: %d %+v", status, api)
	}
	for _, v := range api.Verbs {
		if v.Allowed || len(v.Blocked) == 0 || v.Blocked[0].Condition != "frozen" {
			t.Errorf("%s of the frozen case: %+v", v.Verb, v)
		}
	}
	for _, r := range api.Records {
		if r.Allowed {
			t.Errorf("a record of the frozen case is allowed: %+v", api.Records)
		}
	}
	api.Frozen = nil
	if into("GET", "/api/v1"+other, "", &api); api.Frozen != nil || len(api.Verbs) == 0 {
		t.Errorf("another case: %+v", api)
	}
	var ready struct{ Reasons []string }
	into("GET", "/readyz", "", &ready)
	if !strings.Contains(strings.Join(ready.Reasons, " "), "1 件的历史记录校验未通过，已冻结") {
		t.Errorf("readyz does not mention it: %v", ready.Reasons)
	}
}
