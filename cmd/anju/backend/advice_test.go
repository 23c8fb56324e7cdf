package backend

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"anju/cmd/anju/settings"
)

// What is said to do about a database goes by what is wrong with it.
func TestAdviceGoesByTheKindOfError(t *testing.T) {
	s := settings.Settings{DB: "anju.db"}
	for _, tt := range []struct {
		err  error
		says string
	}{
		{syscall.ENOSPC, "make room on the disk of the database"},
		{&pgconn.PgError{Code: "53100"}, "make room on the disk of the database"},
		{&pgconn.PgError{Code: "57P03"}, "check ANJU_DB and that the server runs"},
		{context.DeadlineExceeded, "check ANJU_DB and that the server runs"},
		{&pgconn.PgError{Code: "55P03"}, "another process holds the table"}, {errors.New("of no known kind"), "otherwise"},
	} {
		if got := DatabaseAdvice(tt.err, "otherwise"); !strings.HasPrefix(got, tt.says) {
			t.Errorf("%v: %s", tt.err, got)
		}
		if got := OpenError(s, tt.err).Error(); tt.says != "otherwise" && !strings.Contains(got, tt.says) {
			t.Errorf("%v: %s", tt.err, got)
		}
	}
}
