package handlers_test

import (
	"regexp"
	"strings"
	"testing"

	"anju/handlers"
)

// A value that is changed in the draft's form counts without a tick: the page shows what changes, and the second press stores it. What is
// left as it was changes nothing (people 1).
func TestChangedApplicationIsShownAndStored(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	counter := visit(t, web, "counter")
	counter.choose("homestead")
	f, _ := counter.form("/new", "chain", "homestead")
	counter.send("/new", f.values)
	id := regexp.MustCompile(`action="/cases/(\d+)/`).FindStringSubmatch(counter.page)[1]
	for strings.Contains(counter.page, `class="upload owed"`) { // the papers first
		code := regexp.MustCompile(`class="upload owed"[^>]*>.*?name="code" value="(\w+)"`).FindStringSubmatch(counter.page)[1]
		counter.upload(code)
	}
	api := handlers.LogIn(t, web, "counter")
	stored := func() (area, reason any) {
		_, m := api.Ask("GET", "/api/v1/cases/"+id, "")
		app, _ := m["application"].(map[string]any)
		proposed, _ := app["proposed"].(map[string]any)
		return proposed["footprint_area"], app["reason"]
	}
	was, _ := stored()
	f, ok := counter.form("/moves", "verb", "submit")
	if !ok || strings.Contains(counter.page, "不勾选即不改") {
		t.Fatalf("the form of the submission:\n%s", counter.page)
	}
	if got := f.values.Get("d.application.proposed.footprint_area"); got != was || was == "111.11" {
		t.Fatalf("the form has %q, stored is %v", got, was)
	}
	counter.send(f.action, typed(f.values, "d.application.proposed.footprint_area", "111.11"))
	if counter.status != 422 || !strings.Contains(counter.page, was.(string)+" → <strong>111.11</strong>") {
		t.Fatalf("the change is not shown: %d\n%s", counter.status, counter.page)
	}
	if now, _ := stored(); now != was {
		t.Errorf("stored before it was confirmed: %v", now)
	}
	// another change on the way is shown anew
	again, _ := counter.form("/moves", "verb", "submit")
	counter.send(again.action, typed(again.values, "d.application.reason", "儿子结婚，改了一个字"))
	if counter.status != 422 || !strings.Contains(counter.page, "改了一个字</strong>") {
		t.Fatalf("a second change is not shown: %d", counter.status)
	}
	again, _ = counter.form("/moves", "verb", "submit")
	counter.send(again.action, again.values)
	area, reason := stored()
	if counter.status != 200 || area != "111.11" || reason != "儿子结婚，改了一个字" {
		t.Errorf("confirmed: %d, stored are %v and %v\n%s", counter.status, area, reason, summaryOf.FindString(counter.page))
	}
}

// An application that is sent as it stands is no change: the move carries none.
func TestUnchangedApplicationIsNotSent(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web) // submits a draft as it stands
	_, m := handlers.LogIn(t, web, "counter").Ask("GET", "/api/v1"+d.home+"/history", "")
	for _, it := range m["items"].([]any) {
		line := it.(map[string]any)
		data, _ := line["data"].(map[string]any)
		if line["verb"] == "submit" && data["application"] != nil {
			t.Errorf("the move carries an application that nobody changed: %v", data)
		}
	}
}
