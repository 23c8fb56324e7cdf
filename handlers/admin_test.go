package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anju/handlers"
	"anju/models"
	database "anju/models/db"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// What an administrator and an officer do about notices, on the real store.
func TestNoticesContactsLeavesAndTheQueueOfTheDemoCounty(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	dir := t.TempDir()
	web, c := countyIn(t, dir)
	keys, err := database.LoadKeyring(filepath.Join(dir, "master.key"), false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(t.Context(), database.Options{URL: filepath.Join(dir, "anju.db"), Keys: keys, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store := models.NewStore(db, chains.Published())
	on := func(login string) *handlers.Client { return handlers.LogIn(t, web, login) }
	village, admin, township := on("village"), on("admin"), on("township")

	// a village lets its limit pass: it is told, and one of its people acknowledges
	set, err := store.County(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	svc := casework.NewService(store, chains.Published(), func() workflow.County { return set }, c.Now)
	people, err := seeds.LoadDemo(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	walker := &seeds.Walker{Service: svc, Officers: people}
	household, _, err := store.FreeHousehold(t.Context(), "planning_permit", "planning_permit")
	if err != nil {
		t.Fatal(err)
	}
	made, err := walker.Open(t.Context(), "planning_permit", household)
	for err == nil && made.State != glossary.VillageReview {
		made, _, err = walker.Step(t.Context(), made.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := seeds.Reach(t.Context(), store, svc, kept{c}, c.Now().AddDate(0, 0, 12)); err != nil {
		t.Fatal(err)
	}
	status, m := village.Ask("GET", "/api/v1/notices?open=true", "")
	items, _ := m["items"].([]any)
	if status != 200 || len(items) == 0 {
		t.Fatalf("the village's notices: %d %v", status, m)
	}
	id := items[0].(map[string]any)["id"].(string)
	if s, m := township.Ask("POST", "/api/v1/notices/"+id+"/acknowledgement", ""); s != 404 {
		t.Errorf("another office acknowledged it: %d %v", s, m)
	}
	if s, m := village.Ask("POST", "/api/v1/notices/"+id+"/acknowledgement", ""); s != 204 {
		t.Errorf("acknowledge: %d %v", s, m)
	}

	if s, m := village.Ask("POST", "/api/v1/me/contact", `{"phone":"13800001234","quiet_from":"12:00","quiet_to":"14:00","daily_digest":true}`); s != 200 || m["quiet_from"] != "12:00" {
		t.Errorf("contact: %d %v", s, m)
	}
	if _, m := village.Ask("GET", "/api/v1/me/contact", ""); m["phone"] != "13800001234" {
		t.Errorf("contact as kept: %v", m)
	}
	from := c.Now().Format(time.DateOnly)
	leave := fmt.Sprintf(`{"from":%q,"to":%q,"substitute":"group","reason":"培训"}`, from, from)
	if s, m := village.Ask("POST", "/api/v1/leaves", leave); s != 422 || !strings.Contains(fmt.Sprint(m["detail"]), "本单位") {
		t.Errorf("a substitute of another office: %d %v", s, m)
	}
	if s, m := village.Ask("POST", "/api/v1/leaves", strings.Replace(leave, `"substitute":"group",`, "", 1)); s != 201 {
		t.Errorf("leave: %d %v", s, m)
	}
	if s, m := admin.Ask("POST", "/api/v1/channels", `{"kind":"mail","active":true,"config":{"url":"smtps://mail.example.gov.cn:465","key":"u","secret":"hidden-word","sender":"a@example.gov.cn"}}`); s != 201 {
		t.Errorf("channel: %d %v", s, m)
	}
	if s, m := admin.Ask("GET", "/api/v1/channels", ""); s != 200 || strings.Contains(fmt.Sprint(m), "hidden-word") || !strings.Contains(fmt.Sprint(m), "mail.example.gov.cn") {
		t.Errorf("channels: %d %v", s, m)
	}

	// what was given up is listed with its case, driven again, and shown on the page
	if err := store.FailedJob(context.Background(), "rung", []byte(`{"case":1}`), errors.New("it panicked"), made.ID); err != nil {
		t.Fatal(err)
	}
	status, m = admin.Ask("GET", "/api/v1/queue/failed", "")
	items, _ = m["items"].([]any)
	if status != 200 || len(items) != 1 || items[0].(map[string]any)["number"] != made.Number {
		t.Fatalf("failed jobs: %d %v", status, m)
	}
	if page := admin.Page("/admin/queue"); !strings.Contains(page, made.Number) || !strings.Contains(page, "重新执行") {
		t.Errorf("the queue's page lacks the job:\n%s", page)
	}
	job := items[0].(map[string]any)["id"].(string)
	if s, m := admin.Ask("POST", "/api/v1/queue/failed/"+job+"/redrive", ""); s != 204 {
		t.Errorf("redrive: %d %v", s, m)
	}
	if s, _ := village.Ask("GET", "/api/v1/queue", ""); s != 403 {
		t.Errorf("a village looks at the queue: %d", s)
	}
	if s, m := admin.Ask("GET", "/api/v1/queue", ""); s != 200 || m["database"].(map[string]any)["failed_jobs"] == nil {
		t.Errorf("queue: %d %v", s, m)
	}
}
