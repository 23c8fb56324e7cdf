package handlers

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"anju/handlers/request"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
)

// A change of the register is in force with its answer; a refusal changes nothing, and a county that cannot be read now is read later.
func TestAChangeOfTheRegisterIsTakenIntoForce(t *testing.T) {
	now := func() time.Time { return noon }
	m := newMemory(now)
	svc := casework.NewService(m, chains.Published(), func() workflow.County { return workflow.County{Calendar: legal2026(t)} }, now)
	times, fails := 0, false
	web, err := New(Config{UploadDir: t.TempDir(), CountyChanged: func(context.Context) error {
		times++
		if fails {
			return errors.New("the database is gone")
		}
		return nil
	}}, svc, m)
	if err != nil {
		t.Fatal(err)
	}
	w := teamOf(t, web)
	for _, x := range []struct {
		by, path, body string
		status, times  int
	}{
		{"village", "/contractors", contractorExample, 403, 0}, {"housing", "/contractors", strings.Replace(contractorExample, "build", "paint", 1), 422, 0},
		{"housing", "/contractors", contractorExample, 201, 1}, {"housing", "/contractors/nobody/strike", `{"reason":"x"}`, 404, 1},
		{"housing", "/contractors/91140824MA0ANJU02M/strike", `{"reason":"转包"}`, 204, 2},
	} {
		if s, m := w.as(x.by).ask("POST", request.APIRoot+x.path, x.body); s != x.status || times != x.times {
			t.Errorf("%s %s: %d %v, %d times; want %d, %d", x.by, x.path, s, m, times, x.status, x.times)
		}
	}
	fails = true
	if s, m := w.as("housing").ask("POST", request.APIRoot+"/contractors", contractorExample); s != 201 {
		t.Errorf("entered, and answered %d %v", s, m)
	}
}
