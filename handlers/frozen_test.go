package handlers_test

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"anju/models"
	"anju/workflow"
)

// A case of which the record does not verify says so on its page and takes nothing, from pages and API alike; others go
// on.
func TestAFrozenCaseSaysSoAndTakesNothing(t *testing.T) {
	dir := t.TempDir()
	web, clk := countyIn(t, dir)
	counter, group := visit(t, web, "counter"), visit(t, web, "group")
	address, other := atGroup(t, counter), atGroup(t, counter)

	keys, err := models.LoadKeyring(filepath.Join(dir, "key"), false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(t.Context(), models.Options{URL: filepath.Join(dir, "anju.db"), Keys: keys, Now: clk.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	id, err := strconv.ParseInt(strings.TrimPrefix(address, "/cases/"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	store := models.NewStore(db)
	found := models.Verification{Findings: []models.Broken{{ID: 7, Case: workflow.CaseID(id), Step: 2, Why: "the line was changed"}}}
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
}
