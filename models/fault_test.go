package models_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/workflow"
)

func TestErrorsOfPostgresAreClassified(t *testing.T) {
	for _, tt := range []struct {
		codes string
		want  error
	}{
		{"57P01 57P02 57P03 57P05 57014 08000 08003 08006 53300 53000 53200 25P03 28P01 3D000 40001 40P01", db.ErrUnavailable},
		{"53100", db.ErrFull},
		{"55P03", workflow.ErrBusy},
		{"23505", gorm.ErrDuplicatedKey},
	} {
		for code := range strings.FieldsSeq(tt.codes) {
			if err := db.TranslateError(fmt.Errorf("read: %w", &pgconn.PgError{Code: code})); !errors.Is(err, tt.want) {
				t.Errorf("%s is %v, want %v", code, err, tt.want)
			}
		}
	}
	for _, err := range []error{io.ErrUnexpectedEOF, &net.OpError{Op: "read", Err: syscall.ECONNRESET}, context.DeadlineExceeded, context.Canceled, syscall.EPIPE} {
		once := db.TranslateError(fmt.Errorf("read: %w", err))
		if !errors.Is(once, db.ErrUnavailable) || !errors.Is(once, err) || db.TranslateError(once).Error() != once.Error() {
			t.Errorf("%v is %v, and again %v", err, once, db.TranslateError(once))
		}
	}
	if err := db.TranslateError(syscall.ENOSPC); !errors.Is(err, db.ErrFull) {
		t.Error(err)
	}
	for _, err := range []error{nil, workflow.ErrNotFound, errors.New("other"), &pgconn.PgError{Code: "42601"}, db.ErrOutcomeUnknown} {
		if got := db.TranslateError(err); got != err { //nolint:errorlint // the very same error is meant
			t.Errorf("%v became %v", err, got)
		}
	}
}

// A client that is gone in the middle of a transaction holds a number series for seconds, not for a minute (M5).
func TestAHalfOpenTransactionEndsInSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("waits five seconds for the server")
	}
	clk := &clock{at: dawn}
	c := countyOn(t, modelstest.New(t, modelstest.Postgres(t), modelstest.Options{Now: clk.Now}), clk)
	tx, err := c.db.Pool().BeginTx(c.ctx(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(c.ctx(), "INSERT INTO number_series(name, last) VALUES ('held', 1)"); err != nil {
		t.Fatal(err)
	}
	idle := func() (n int) {
		if err := c.db.Pool().QueryRowContext(c.ctx(), "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if idle() == 0 {
		t.Fatal("nothing is idle in a transaction")
	}
	for began := time.Now(); idle() > 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("it is still held")
		}
	}
}

// On a full disk everything that writes says so, reads go on, and it recovers alone (fault 20, M2).
func TestAFullDiskIsSaidEverywhere(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		dir, fill, empty := modelstest.SmallDisk(t, 24)
		fullDiskIsSaid(t, filepath.Join(dir, "anju.db"), fill, empty)
	})
	t.Run("postgres", func(t *testing.T) {
		dir, fill, empty := modelstest.SmallDisk(t, 64)
		if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // the server is another account
			t.Fatal(err)
		}
		server := modelstest.PostgresServer(t)
		admin, err := pgx.Connect(t.Context(), server.URL())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = admin.Close(context.Background()) }()
		space := filepath.Join(dir, "space") // tables alone: a full disk under the log of changes stops the server
		for _, do := range []func() error{
			func() error { return modelstest.OwnedByPostgres(space) },
			func() error {
				_, err := admin.Exec(t.Context(), "CREATE TABLESPACE small LOCATION '"+space+"'")
				return err
			},
			func() error { _, err := admin.Exec(t.Context(), "CREATE DATABASE small TABLESPACE small"); return err },
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		u, err := url.Parse(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/small"
		fullDiskIsSaid(t, u.String(), fill, empty)
		if _, err := admin.Exec(t.Context(), "DROP DATABASE small WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
}

func fullDiskIsSaid(t *testing.T, at string, fill, empty func()) {
	clk := &clock{at: dawn}
	c := countyOn(t, modelstest.New(t, at, modelstest.Options{Now: clk.Now}), clk)
	counter := c.people[workflow.ServiceCenter]
	id := c.open("homestead").ID
	fill()
	long := strings.Repeat("长", 900)
	writes := map[string]func(n int) error{
		"move": func(int) error {
			_, err := c.svc.Move(c.ctx(), id, counter, "full", workflow.Move{Do: workflow.Withdraw, Seen: 1, Reason: long})
			return err
		},
		"session": func(int) error { _, _, _, err := c.store.NewSession(c.ctx(), counter, time.Hour); return err },
		"draft": func(n int) error {
			_, err := c.store.SaveDraft(c.ctx(), counter, org.Draft{Form: fmt.Sprint("/new?", n), Body: []byte(`"` + long + `"`)})
			return err
		},
		"household": func(n int) error {
			h := workflowHousehold()
			h.Householder.IDNumber = fmt.Sprintf("%017d", n) + "0"
			_, _, err := c.store.EnterHousehold(c.ctx(), counter, fmt.Sprint("full", n), "", h)
			return err
		},
	}
	for name, write := range writes {
		var err error
		for n := 0; n < 3000 && err == nil; n++ { // pages that have room left take some rows more
			if err = write(n); name == "move" {
				break
			}
		}
		if !errors.Is(err, db.ErrFull) && (name != "move" || err != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.svc.View(c.ctx(), id, counter); err != nil {
		t.Errorf("a case is read: %v", err)
	}
	empty()
	for name, write := range writes {
		if err := write(9999); err != nil && !errors.As(err, new(*workflow.Replayed)) {
			t.Errorf("%s afterwards: %v", name, err)
		}
	}
	c.verified()
}
