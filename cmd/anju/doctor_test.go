package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/law/lawtest"
)

// TestDoctorAsksForTheNextYear moves the demo clock over the first of November, when the next notice is due, and brings
// it in.
func TestDoctorAsksForTheNextYear(t *testing.T) {
	long(t)
	data := t.TempDir()
	s := settings.Settings{
		Data:    data,
		DB:      filepath.Join(data, "anju.db"),
		KeyFile: filepath.Join(data, "master.key"),
		From:    map[string]string{"key-file": "default"},
	}
	anju := func(args ...string) (int, string) {
		t.Helper()
		var out, errOut strings.Builder
		code := run(t.Context(), append(args, "--data", data), strings.NewReader(""), &out, &errOut)
		return code, out.String() + errOut.String()
	}
	at := func(day time.Time) string {
		t.Helper()
		b, err := backend.Open(t.Context(), s, backend.Opening{})
		if err != nil {
			t.Fatal(err)
		}
		err = failure.First(b.Store.SetSetting(t.Context(), "demo.clock", day.UTC().Format(time.RFC3339Nano)), b.Close())
		if err != nil {
			t.Fatal(err)
		}
		_, said := anju("doctor")
		return said
	}
	seedDemo(t, data)
	if said := at(
		time.Date(2026, time.October, 31, 23, 59, 0, 0, calendar.Shanghai),
	); !strings.Contains(
		said,
		"ok    calendar",
	) {
		t.Errorf("on 31 October doctor says\n%s", said)
	}
	if said := at(
		time.Date(2026, time.November, 1, 0, 0, 0, 0, calendar.Shanghai),
	); !strings.Contains(said, "FAULT calendar  the calendar of 2027 is not loaded") ||
		!strings.Contains(said, "anju calendar import FILE --dry-run") {
		t.Errorf("on 1 November doctor says\n%s", said)
	}
	notice := filepath.Join(t.TempDir(), "2027.json")
	writeFile(t, notice, `{"year": 2027, "notice": "2027年放假安排（假想）", "off": ["2027-01-01/2027-01-03"], "work": []}`)
	if code, said := anju("calendar", "import", notice); code != exitDone {
		t.Fatal(said)
	}
	if _, said := anju("doctor"); !strings.Contains(said, "ok    calendar  version 2, notices of 2021 to 2027") {
		t.Errorf("with the notice doctor says\n%s", said)
	}
	if _, said := anju(
		"doctor",
	); !strings.Contains(said, "7 breaches wait for an explanation, 7 of them past its time; 0 for a ruling") ||
		!strings.Contains(said, "anju sla breaches --status open") {
		t.Errorf("of the register doctor says\n%s", said)
	}
}

// TestDoctorWantsTheHomesteadStandard looks at a county with the largest homestead set, and at one without.
func TestDoctorWantsTheHomesteadStandard(t *testing.T) {
	long(t)
	lawtest.Claim(t, "R21")
	data := t.TempDir()
	s := settings.Settings{Data: data, DB: filepath.Join(data, "anju.db"), KeyFile: filepath.Join(data, "master.key"),
		From: map[string]string{"key-file": "default"}}
	doctor := func() string {
		t.Helper()
		var out, errOut strings.Builder
		run(t.Context(), []string{"doctor", "--data", data}, strings.NewReader(""), &out, &errOut)
		return out.String() + errOut.String()
	}
	seedDemo(t, data)
	if said := doctor(); !strings.Contains(said, "ok    standard  200.00 m² for a homestead, invented") {
		t.Errorf("of the homestead standard doctor says\n%s", said)
	}
	b, err := backend.Open(t.Context(), s, backend.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	err = failure.First(b.Store.SaveParameters(t.Context(), workflow.Parameters{}, org.Act{}), b.Close())
	if err != nil {
		t.Fatal(err)
	}
	if said := doctor(); !strings.Contains(said, "FAULT standard  no homestead standard") {
		t.Errorf("without a standard doctor says\n%s", said)
	}
}
