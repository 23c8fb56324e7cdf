package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anju/models/modelstest"
)

// command runs anju inside this process.
func command(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// eachDatabase gives the address of an empty database, and how to copy one that no program has open.
func eachDatabase(t *testing.T, test func(t *testing.T, db string, copied func() string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db := filepath.Join(t.TempDir(), "anju.db")
		test(t, db, func() string {
			b, err := os.ReadFile(db)
			if err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(t.TempDir(), "copy.db")
			if err := os.WriteFile(to, b, 0o600); err != nil {
				t.Fatal(err)
			}
			return to
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		db := modelstest.Postgres(t)
		test(t, db, func() string { return modelstest.CopyPostgres(t, db) })
	})
}

// body reads what an address answers.
func body(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// Fault 40 (H3) by the program itself: a copy that is brought back is held, said everywhere, listed, and goes on once
// it is confirmed.
func TestServeHoldsADatabaseThatIsBehind(t *testing.T) {
	long(t)
	eachDatabase(t, func(t *testing.T, db string, copied func() string) {
		data := t.TempDir()
		r := startServer(t, "--demo", "--data", data, "--db", db)
		if !strings.Contains(r.err.String(), "a new mark was made") {
			t.Errorf("the first start does not say that the mark is new:\n%s", r.err)
		}
		if code := r.stop(); code != 0 {
			t.Fatalf("stopping ended with %d: %s", code, r.err)
		}
		backup := copied()

		r = startServer(t, "--demo", "--data", data, "--db", db)
		var session struct{ Token string }
		call(
			t,
			"POST",
			r.base+"/api/v1/sessions",
			"",
			map[string]string{"login": "counter", "password": "anju-demo"},
			&session,
		)
		if code := call(
			t,
			"POST",
			r.base+"/api/v1/demo/clock",
			session.Token,
			map[string]string{"advance": "240h"},
			nil,
		); code != http.StatusOK {
			t.Fatalf("move the clock: %d", code)
		}
		if strings.Contains(body(t, r.base+"/readyz"), "恢复") {
			t.Error("an ordinary start is held")
		}
		if code, out, _ := command(
			t,
			"restore",
			"status",
			"--data",
			data,
			"--db",
			db,
		); code != 0 ||
			!strings.Contains(out, "no restore waits") {
			t.Errorf("restore status on an ordinary county: %d %s", code, out)
		}
		if code := r.stop(); code != 0 {
			t.Fatalf("stopping ended with %d: %s", code, r.err)
		}

		if code, _, errOut := command(
			t,
			"history",
			"verify",
			"--data",
			data,
			"--db",
			backup,
		); code != exitFalse ||
			!strings.Contains(errOut, "behind its mark") {
			t.Errorf("history verify of a copy that is behind: %d %s", code, errOut)
		}
		r = startServer(t, "--demo", "--data", data, "--db", backup)
		if !strings.Contains(r.err.String(), "anju restore confirm") {
			t.Errorf("the log does not say that it is held:\n%s", r.err)
		}
		if !strings.Contains(body(t, r.base+"/readyz"), "恢复") {
			t.Errorf("readyz does not say it: %s", body(t, r.base+"/readyz"))
		}
		if code, out, _ := command(
			t,
			"doctor",
			"--data",
			data,
			"--db",
			backup,
		); code != exitFalse ||
			!strings.Contains(out, "FAULT restore") {
			t.Errorf("doctor: %d\n%s", code, out)
		}
		code, out, _ := command(t, "restore", "status", "--json", "--data", data, "--db", backup)
		var state struct {
			Held     bool
			Cause    string
			Outbox   int `json:"moves_untold"`
			RungList []struct{ Number string }
		}
		if err := json.Unmarshal([]byte(out), &state); err != nil || code != exitFalse || !state.Held || state.Cause == "" {
			t.Errorf("restore status: %d %s %v", code, out, err)
		}
		for _, want := range []string{"fewer)", "older copy was restored", "lines were removed"} {
			if !strings.Contains(state.Cause, want) {
				t.Errorf("the cause does not say %q: %s", want, state.Cause)
			}
		}
		code, out, errOut := command(t, "history", "verify", "--data", data, "--db", backup)
		if code != 0 || strings.Contains(out, "历史记录完整") || !strings.Contains(out, "waits for `anju restore confirm`") {
			t.Errorf("history verify of a whole record under a hold: %d %s%s", code, out, errOut)
		}
		if code, _, errOut := command(
			t,
			"restore",
			"confirm",
			"--messages",
			"some",
			"--data",
			data,
			"--db",
			backup,
		); code != exitUsage {
			t.Errorf("confirm --messages some: %d %s", code, errOut)
		}
		if code, _, errOut := command(t, "restore", "confirm", "--data", data, "--db", backup); code != 0 {
			t.Errorf("confirm: %d %s", code, errOut)
		}
		waitFor(t, "readyz is free of it", func() bool { return !strings.Contains(body(t, r.base+"/readyz"), "恢复") })
		if code, _, _ := command(t, "restore", "confirm", "--data", data, "--db", backup); code != exitFalse {
			t.Errorf("confirmed twice: %d", code)
		}
		if code := r.stop(); code != 0 {
			t.Fatalf("stopping ended with %d: %s", code, r.err)
		}
		code, out, errOut = command(t, "history", "verify", "--data", data, "--db", backup)
		if code != 0 || strings.Contains(out, "历史记录完整") || !strings.Contains(out, ", confirmed 20") ||
			!strings.Contains(out, "fewer)") {
			t.Errorf("history verify after it was confirmed: %d %s%s", code, out, errOut)
		}
		var kept struct {
			Verified bool
			Holds    []struct {
				Cause       string
				ConfirmedAt *string `json:"confirmed_at"`
				ConfirmedBy string  `json:"confirmed_by"`
			}
		}
		_, out, _ = command(t, "history", "verify", "--json", "--data", data, "--db", backup)
		if err := json.Unmarshal(
			[]byte(out),
			&kept,
		); err != nil || !kept.Verified || len(kept.Holds) != 1 || kept.Holds[0].Cause != state.Cause ||
			kept.Holds[0].ConfirmedAt == nil || kept.Holds[0].ConfirmedBy == "" ||
			strings.Contains(kept.Holds[0].ConfirmedBy, "(") {
			t.Errorf("history verify --json after it was confirmed: %s %v", out, err)
		}
		if _, out, _ := command(
			t,
			"doctor",
			"--data",
			data,
			"--db",
			backup,
		); !strings.Contains(out, "confirmed 20") ||
			!strings.Contains(out, "fewer)") {
			t.Errorf("doctor does not mention the confirmed hold:\n%s", out)
		}

		// a database of another origin is not served under this mark
		another := filepath.Join(t.TempDir(), "another.db")
		if code, _, errOut := command(
			t,
			"serve",
			"--addr",
			"127.0.0.1:0",
			"--demo",
			"--data",
			data,
			"--db",
			another,
		); code != exitFalse ||
			!strings.Contains(errOut, "another database") {
			t.Errorf("another database under the mark: %d %s", code, errOut)
		}
	})
}
