package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	lite "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"anju/workflow"
	"anju/workflow/law"
)

// What an error of the database means to a caller. Classify adds one of them to an error of a driver; a duplicate is
// gorm.ErrDuplicatedKey, a lock that was not had in time workflow.ErrBusy.
var (
	// ErrUnavailable says that the database could not be had, or not in time. Nothing was done; the same may be tried
	// again.
	ErrUnavailable = errors.New("the database is not available")
	// ErrFull says that the disk of the database is full: nothing was done, and what is there can still be read.
	ErrFull = errors.New("the disk of the database is full")
	// ErrOutcomeUnknown says that the connection was lost after a change was sent and before its answer came: it may be
	// done.
	ErrOutcomeUnknown = errors.New("the outcome is unknown: the connection was lost before the answer came")
	// ErrCaseBusy is workflow.ErrBusy where the row of the case itself is held.
	ErrCaseBusy = fmt.Errorf("the row of the case is held: %w", workflow.ErrBusy)
	// ErrNumberBusy is workflow.ErrBusy where another transaction is taking a number of the same series.
	ErrNumberBusy = fmt.Errorf("the number series is held: %w", workflow.ErrBusy)
)

// ErrLost says that a row was not as the lock had it. It cannot happen while every writer locks first.
var ErrLost = errors.New("a guarded update hit no row")

// kind is what an error of the database means.
type kind int

const (
	other       kind = iota
	duplicate        // a unique index refused the row
	busy             // a lock was not had in time
	again            // the transaction fell victim to another and may be tried again
	lost             // a guarded UPDATE hit no row
	full             // no space is left
	unavailable      // the server or the connection failed, not the statement; or the time was over
)

// classify tells what an error means, and for a duplicate which index or columns refused it.
func classify(err error) (k kind, index string) {
	var pg *pgconn.PgError
	var sl *lite.Error
	switch {
	case err == nil:
		return other, ""
	case errors.Is(err, ErrLost):
		return lost, ""
	case errors.Is(err, errKeyTaken):
		return again, ""
	case errors.Is(err, workflow.ErrBusy):
		return busy, ""
	case errors.As(err, &pg):
		return classifyPostgres(pg.Code), pg.ConstraintName
	case errors.As(err, &sl) && sl.Code() == codes.SQLITE_CONSTRAINT_TRIGGER &&
		strings.Contains(sl.Error(), "UNIQUE constraint failed"): // a trigger that refuses a second row speaks as an index does
		return duplicate, sl.Error()
	case errors.As(err, &sl):
		return classifySQLite(sl.Code()), sl.Error()
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return full, ""
	case isBroken(err), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err,
		ErrUnavailable):
		return unavailable, ""
	}
	return other, ""
}

func classifyPostgres(code string) kind {
	switch code {
	case "23505":
		return duplicate
	case "55P03":
		return busy
	case "40001", "40P01":
		return again
	case "22012": // the division by zero of a guard; see together
		return lost
	case "53100":
		return full
	case "25P03", "25P04", "57014", "58030": // idle in a transaction or too long in one, cancelled, input/output error
		return unavailable
	}
	switch code[:min(2, len(code))] {
	case "08", "28", "3D", "53", "57": // connection, login, no such database, resources, intervention of an operator
		return unavailable
	}
	return other
}

func classifySQLite(code int) kind {
	switch code {
	case codes.SQLITE_CONSTRAINT_PRIMARYKEY, codes.SQLITE_CONSTRAINT_UNIQUE:
		return duplicate
	case codes.SQLITE_BUSY, codes.SQLITE_BUSY_RECOVERY, codes.SQLITE_LOCKED:
		return busy
	case codes.SQLITE_BUSY_SNAPSHOT:
		return again
	case codes.SQLITE_FULL, codes.SQLITE_IOERR_SHMSIZE: // the second: no space for the index of the write-ahead log
		return full
	}
	switch code & 0xff {
	case codes.SQLITE_IOERR, codes.SQLITE_CANTOPEN, codes.SQLITE_INTERRUPT:
		return unavailable
	}
	return other
}

// isBroken tells whether the connection failed where no server said why.
func isBroken(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// isUnsent tells whether a statement that failed never reached the server, or was refused by it whole.
func isUnsent(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, ErrUnavailable)
}

// TranslateError adds to an error of the database the sentinel of its kind, so that errors.Is finds it. Other errors,
// and one that has its sentinel, stay as they are. Everything that this package answers has passed through it but what
// is read row by row; who answers people passes each error through it once more.
func TranslateError(err error) error {
	var as error
	switch k, _ := classify(err); k {
	case duplicate:
		as = gorm.ErrDuplicatedKey
	case busy:
		as = workflow.ErrBusy
	case full:
		as = ErrFull
	case again, unavailable:
		as = ErrUnavailable
	default:
		return err
	}
	for _, has := range []error{as, ErrOutcomeUnknown} {
		if errors.Is(err, has) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", as, err)
}

// NameLock says which lock was not had in time, where that is what failed.
func NameLock(err, which error) error {
	if k, _ := classify(err); k == busy {
		return fmt.Errorf("%w: %w", which, err)
	}
	return err
}

// outcomeUnknown is the error of a change that was sent without an answer.
func outcomeUnknown(err error) error {
	if errors.Is(err, ErrOutcomeUnknown) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
}

// isNoTransaction tells whether a ROLLBACK failed because nothing was left to roll back.
func isNoTransaction(err error) bool {
	var sl *lite.Error // SQLite has one code for all such errors
	return errors.As(err, &sl) && sl.Code() == codes.SQLITE_ERROR && strings.Contains(sl.Error(),
		"no transaction is active")
}

// IsDuplicate tells whether a unique index refused a row.
func IsDuplicate(err error) bool {
	k, _ := classify(err)
	return k == duplicate || errors.Is(err, gorm.ErrDuplicatedKey)
}

// IsLost tells whether a guarded UPDATE hit no row.
func IsLost(err error) bool {
	k, _ := classify(err)
	return k == lost
}

// Violates tells whether a unique index refused a row: the one of the name on PostgreSQL, the one over the columns on
// SQLite.
func Violates(err error, name, columns string) bool {
	k, index := classify(err)
	return k == duplicate && (strings.Contains(index, name) || strings.Contains(index, columns))
}

// Invalid is the error of one field that cannot be kept, with what a person reads and the rule behind it.
func Invalid(field, message string, rule law.Rule) error {
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: field, Message: message, Rule: rule}}}
}

// errKeyTaken says that another transaction has used the key since it was looked for: it is looked for again.
var errKeyTaken = errors.New("the key was used meanwhile")

func isNoTable(err error) bool {
	return strings.Contains(err.Error(), "42P01") || strings.Contains(err.Error(), "no such table")
}

// errWaited says that no connection became free in time.
var errWaited = errors.New("every connection is in use")

// isDoubtful tells whether a change may be done although it failed: it was sent, and nothing came back that says what
// became of it.
func isDoubtful(err error) bool {
	if k, _ := classify(err); k != unavailable || isUnsent(err) {
		return false
	}
	var pg *pgconn.PgError
	return !errors.As(err, &pg) || strings.HasPrefix(pg.Code, "57P") // the server ends, maybe just behind the COMMIT
}
