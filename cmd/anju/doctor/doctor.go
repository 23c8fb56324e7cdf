// Package doctor checks an installation: key, disk, database, queue, clocks, worker, record, calendar and backlog, and
// says what to do about each fault. It changes nothing.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/report"
	"anju/cmd/anju/settings"
	"anju/jobs/queue"
	"anju/models/cases"
	"anju/models/db"
	"anju/models/history"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Examine looks at everything that a county needs to run. What cannot be looked at without a database is left out where
// there is none.
func Examine(ctx context.Context, s settings.Settings) []Finding {
	found := []Finding{keyFinding(s), diskFinding(s)}
	b, err := backend.OpenAnySchema(ctx, s, backend.Opening{})
	if err != nil {
		return append(found, Finding{"database", false, failure.OneLine(err.Error()),
			"see above; without a database nothing else can be checked"}, queueFinding(ctx, s))
	}
	defer func() { _ = b.Close() }()
	found = append(found, databaseFinding(ctx, b, s), queueFinding(ctx, s))
	if pending, err := b.Pending(ctx); err != nil || pending > 0 || b.DB.CheckSchema(ctx) != nil {
		return found // the rest needs the tables
	}
	now := backend.Wall()
	demo, err := b.IsDemo(ctx)
	if !demo || err != nil {
		found = append(found, addressFinding(s))
	}
	if err == nil && demo {
		if kept, err := backend.StoredClock(ctx, b.Store); err == nil && !kept.IsZero() {
			now = kept
		}
	}
	found = append(found, standardFinding(ctx, b, demo))
	return append(found, clockFinding(ctx, b, now, demo), workerFinding(ctx, b), restoreFinding(ctx, b, s),
		recordFinding(ctx, b, now), calendarFinding(ctx, b, now), backlogFinding(ctx, b, now), registerFinding(ctx, b, now))
}

// standardFinding wants the largest homestead set: without it the law's own bound is not checked (Land Law Art. 62(1)).
func standardFinding(ctx context.Context, b *backend.Backend, demo bool) Finding {
	set, err := b.Store.County(ctx)
	switch most := set.Parameters.HomesteadStandard; {
	case err != nil:
		return Finding{"standard", false, failure.OneLine(err.Error()), backend.DatabaseAdvice(err, "run anju migrate up")}
	case most == 0:
		return Finding{"standard", false, "no homestead standard: applications of any area pass (Land Law Art. 62(1))",
			"enter the province's standard at /admin/limits, or load it with anju seed --parameters"}
	case demo:
		return Finding{"standard", true, most.String() + " m² for a homestead, invented for the demo county", ""}
	default:
		return Finding{"standard", true, most.String() + " m² for a homestead", ""}
	}
}

func addressFinding(s settings.Settings) Finding {
	if err := s.Public(); err != nil {
		return Finding{"address", false, failure.OneLine(err.Error()),
			"set ANJU_BASE_URL for web and worker: a wrong address stays on the papers for ever"}
	}
	return Finding{"address", true, s.BaseURL, ""}
}

func keyFinding(s settings.Settings) Finding {
	info, err := os.Stat(s.KeyFile)
	switch {
	case err != nil:
		return Finding{"key", false, failure.Plain(err).Error(), "put the master key there, or set ANJU_KEY_FILE"}
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return Finding{"key", false, fmt.Sprintf("%s can be read by others (%04o)", s.KeyFile, info.Mode().Perm()),
			"chmod 600 " + s.KeyFile}
	}
	return Finding{"key", true, s.KeyFile + "; keep a copy apart from the backups", ""}
}

func diskFinding(s settings.Settings) Finding {
	free, err := freeBytes(s.Data)
	const least = 1 << 30
	switch {
	case err != nil:
		return Finding{"disk", false, failure.Plain(err).Error(), "make the data folder, or set ANJU_DATA"}
	case free < 0:
		return Finding{"disk", true, "free space is not known on this system", ""}
	case free < least:
		return Finding{"disk", false, fmt.Sprintf("%d MB free in %s", free>>20, s.Data),
			"make room: uploads and the database need at least 1 GB"}
	}
	return Finding{"disk", true, fmt.Sprintf("%d GB free in %s", free>>30, s.Data), ""}
}

func databaseFinding(ctx context.Context, b *backend.Backend, s settings.Settings) Finding {
	if err := b.DB.Ping(ctx); err != nil {
		return Finding{"database", false, failure.OneLine(err.Error()),
			backend.DatabaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	pending, err := b.Pending(ctx)
	var newer *db.NewerSchema
	switch {
	case errors.As(b.DB.CheckSchema(ctx), &newer):
		return Finding{"database", false, fmt.Sprintf("its tables are of version %d, this program knows them up to %d",
			newer.Database, newer.Program),
			"start the version of anju that migrated them, or restore the backup made before the upgrade"}
	case err != nil:
		return Finding{"database", false, failure.OneLine(err.Error()), backend.DatabaseAdvice(err, "run anju migrate up")}
	case pending > 0:
		return Finding{"database", false, fmt.Sprintf("%d migrations are not applied", pending), "run anju migrate up"}
	}
	switch ok, err := b.Seeded(ctx); {
	case err != nil:
		return Finding{"database", false, failure.OneLine(err.Error()),
			backend.DatabaseAdvice(err, "check ANJU_DB and that the server runs")}
	case !ok:
		return Finding{"database", false, "no divisions and offices", "run anju seed"}
	}
	return Finding{"database", true, fmt.Sprintf("%s, %s", b.DB.Dialect(), settings.Mask(s.DB)), ""}
}

func queueFinding(ctx context.Context, s settings.Settings) Finding {
	if s.Redis == "embedded" {
		return Finding{"queue", true, "embedded: one process, nothing kept over a restart, which costs nothing since " +
			"deadlines are rows", ""}
	}
	if err := queue.PingRedis(ctx, s.Redis); err != nil {
		return Finding{"queue", false, fmt.Sprintf("%s: %s", settings.Mask(s.Redis), failure.OneLine(err.Error())),
			"check ANJU_REDIS and that the server runs; deadlines are swept from the database meanwhile"}
	}
	return Finding{"queue", true, settings.Mask(s.Redis), ""}
}

// clockFinding: a clock that is years off counts every deadline wrongly, and one in doubt keeps every rung from firing.
func clockFinding(ctx context.Context, b *backend.Backend, now time.Time, demo bool) Finding {
	const set = "set the clock of the machine (timedatectl set-ntp true)"
	local := now.In(calendar.Shanghai).Format(time.RFC3339)
	if now.Before(time.Date(2026, time.January, 1, 0, 0, 0, 0, calendar.Shanghai)) {
		return Finding{"clock", false, local + " is before this program was made", set}
	}
	guard, err := b.Guard(ctx, demo, slog.New(slog.DiscardHandler))
	if err == nil {
		err = guard.Look(ctx)
	}
	var held *workflow.Held
	switch {
	case errors.As(err, &held):
		return Finding{"clock", false, fmt.Sprintf("%s: %s", local, held.Cause), set +
			", or run anju clock confirm where it is right"}
	case err != nil:
		return Finding{"clock", false, failure.OneLine(err.Error()),
			backend.DatabaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	return Finding{"clock", true, local, ""}
}

// workerFinding: without a worker nothing that falls due is taken, and nothing is told.
func workerFinding(ctx context.Context, b *backend.Backend) Finding {
	list, err := b.Store.Processes(ctx)
	if err != nil {
		return Finding{"worker", false, failure.OneLine(err.Error()),
			backend.DatabaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	for _, p := range list {
		if p.Alive() && p.Doubt != "" {
			return Finding{"worker", false, fmt.Sprintf("process %s on %s: %s", p.ID, p.Host, p.Doubt),
				"see anju clock status on that machine"}
		}
	}
	newest, ok := registry.NewestWorker(list)
	switch {
	case !ok && len(list) == 0:
		return Finding{"worker", true, "no process has reported within a day", ""}
	case !ok:
		return Finding{"worker", false, "no worker has reported within a day", "start anju serve with the role worker or all"}
	case !newest.Alive():
		return Finding{"worker", false, fmt.Sprintf("the last worker, on %s, reported %s ago", newest.Host,
			newest.Age.Round(time.Second)),
			"start anju serve with the role worker or all, and read its log"}
	}
	return Finding{"worker", true, fmt.Sprintf("on %s, reported %s ago", newest.Host, newest.Age.Round(time.Second)), ""}
}

func calendarFinding(ctx context.Context, b *backend.Backend, now time.Time) Finding {
	county, err := b.Store.County(ctx)
	if err != nil {
		return Finding{"calendar", false, failure.OneLine(err.Error()), backend.DatabaseAdvice(err, "run anju seed")}
	}
	if gap := backend.CalendarGap(county.Calendar, now); gap != "" {
		return Finding{"calendar", false, gap,
			"once the State Council's notice is out: anju calendar import FILE --dry-run, then without --dry-run; a new " +
				"release may bring it too"}
	}
	years := county.Calendar.Years()
	return Finding{"calendar", true, fmt.Sprintf("version %d, notices of %d to %d", county.Calendar.Version(),
		years[0].Year, years[len(years)-1].Year), ""}
}

func backlogFinding(ctx context.Context, b *backend.Backend, now time.Time) Finding {
	l, err := b.Store.Backlog(ctx, now)
	if err != nil {
		return Finding{"backlog", false, failure.OneLine(err.Error()),
			backend.DatabaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	detail := fmt.Sprintf("%d open cases, %d open deadlines, %d messages unsent, %d rungs due", l.OpenCases,
		l.OpenDeadlines, l.Unsent, l.DueUnfired)
	if l.FailedJobs > 0 {
		return Finding{"backlog", false, fmt.Sprintf("%s, %d tasks given up", detail, l.FailedJobs),
			"see anju queue list, and anju queue redrive once the cause is mended"}
	}
	if l.Unsent > 0 && now.Sub(l.OldestUnsent) > 10*time.Minute || l.DueUnfired > 1000 {
		return Finding{"backlog", false, detail, "see that a worker runs: anju serve with the role worker or all"}
	}
	return Finding{"backlog", true, detail, ""}
}

// registerFinding tells what waits in the breach register. It is no fault of the program, so it is never one here.
func registerFinding(ctx context.Context, b *backend.Backend, now time.Time) Finding {
	var unexplained, overdue, unruled int
	for _, status := range []workflow.BreachStatus{workflow.BreachOpen, workflow.BreachExplained} {
		err := b.Store.EachBreach(ctx, 0, cases.BreachQuery{Status: status}, func(l cases.BreachLine) error {
			switch {
			case status == workflow.BreachExplained:
				unruled++
			case now.Before(l.ExplainBy):
				unexplained++
			default:
				unexplained++
				overdue++
			}
			return nil
		})
		if err != nil {
			return Finding{"register", false, failure.OneLine(err.Error()), backend.DatabaseAdvice(err, "run anju migrate up")}
		}
	}
	f := Finding{"register", true, fmt.Sprintf(
		"%d breaches wait for an explanation, %d of them past its time; %d for a ruling", unexplained, overdue, unruled), ""}
	if overdue+unruled > 0 {
		f.Do = "tell the offices and the auditor: anju sla breaches --status open, --status explained"
	}
	return f
}

// restoreFinding: a database behind what was done already would number and tell it again.
func restoreFinding(ctx context.Context, b *backend.Backend, s settings.Settings) Finding {
	const do = "see anju restore status, then run anju restore confirm"
	hold, err := b.Store.OpenRestore(ctx)
	if err != nil {
		return Finding{"restore", false, failure.OneLine(err.Error()),
			backend.DatabaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	if hold != nil {
		return Finding{"restore", false, "nothing is escalated or sent: " + hold.Cause, do}
	}
	behind, err := b.Store.BehindMark(ctx, s.Data)
	switch {
	case err != nil:
		return Finding{"restore", false, failure.OneLine(err.Error()),
			backend.DatabaseAdvice(err, "check ANJU_DB and that the server runs")}
	case len(behind) > 0:
		return Finding{"restore", false, "the database is behind its mark: " + behind[0],
			"start anju serve, which holds back what would be done again; " + do}
	}
	return Finding{"restore", true, "the database is not behind its mark", ""}
}

// verifiedWithin is how old the last verification may be where a worker looks at the record every night.
const verifiedWithin = 48 * time.Hour

// recordFinding tells what the last verification found, and what is frozen.
// What was missing once stays with it, also when it is confirmed.
func recordFinding(ctx context.Context, b *backend.Backend, now time.Time) Finding {
	v, at, err := b.Store.LastVerification(ctx)
	if err != nil {
		return Finding{"record", false, failure.OneLine(err.Error()), backend.DatabaseAdvice(err, "run anju migrate up")}
	}
	frozen, err := b.Store.FrozenCases(ctx)
	if err != nil {
		return Finding{"record", false, failure.OneLine(err.Error()), backend.DatabaseAdvice(err, "run anju migrate up")}
	}
	f := recordOf(v, at, frozen, now)
	for _, h := range report.RestoreHolds(v) {
		f.Detail += "; " + h.String()
	}
	return f
}

func recordOf(v history.Verification, at time.Time, frozen []history.Frozen, now time.Time) Finding {
	const do = "keep the database as it is; see anju history verify"
	whole := v.Whole()
	switch {
	case len(whole) > 0:
		return Finding{"record", false, fmt.Sprintf("%d findings, the first: %s", len(whole)+len(frozen), whole[0].Error()),
			do}
	case len(frozen) > 0:
		return Finding{"record", false, fmt.Sprintf("%d cases are frozen, the first: %s (%s)", len(frozen), frozen[0].Number,
			frozen[0].Found),
			do + ", and anju history release once it is explained"}
	case at.IsZero():
		return Finding{"record", true, "not verified yet: a worker does it after its start and every night at 2:00", ""}
	case now.Sub(at) > verifiedWithin:
		return Finding{"record", true, fmt.Sprintf("last verified %s ago", now.Sub(at).Round(time.Hour)),
			"see that a worker runs, or run anju history verify"}
	}
	return Finding{"record", true, fmt.Sprintf("verified %s: %d cases, %d entries",
		at.In(calendar.Shanghai).Format(time.RFC3339), v.Cases, v.Entries), ""}
}
