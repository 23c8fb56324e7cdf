package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"anju/jobs"
	"anju/models/cases"
	"anju/models/db"
	"anju/models/history"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
)

// finding is what doctor says of one thing.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Do     string `json:"do,omitempty"` // what to do
}

func doctorCommand(a *app) *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: "check database, queue, clock, calendar, key, disk and backlog; exit 1 with what to do"}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		found := examine(c.Context(), a.settings)
		sick := 0
		for _, f := range found {
			if !f.OK {
				sick++
			}
		}
		if *asJSON {
			if err := printJSON(c, map[string]any{"ok": sick == 0, "checks": found}); err != nil {
				return err
			}
		} else {
			for _, f := range found {
				word := "ok   "
				if !f.OK {
					word = "FAULT"
				}
				fmt.Fprintf(c.OutOrStdout(), "%s %-9s %s\n", word, f.Check, f.Detail)
				if f.Do != "" {
					fmt.Fprintf(c.OutOrStdout(), "      %-9s → %s\n", "", f.Do)
				}
			}
		}
		if sick > 0 {
			return fmt.Errorf("%d of %d checks failed: do what is said beside each", sick, len(found))
		}
		return nil
	}
	return c
}

func examine(ctx context.Context, s settings) []finding {
	found := []finding{keyFinding(s), diskFinding(s)}
	b, err := openDatabase(ctx, s, opening{})
	if err != nil {
		return append(found, finding{"database", false, oneLine(err.Error()), "see above; without a database nothing else can be checked"}, queueFinding(ctx, s))
	}
	defer func() { _ = b.close() }()
	found = append(found, b.databaseFinding(ctx, s), queueFinding(ctx, s))
	if pending, err := b.pending(ctx); err != nil || pending > 0 || b.db.CheckSchema(ctx) != nil {
		return found // the rest needs the tables
	}
	now := wall()
	demo, err := b.isDemo(ctx)
	if !demo || err != nil {
		found = append(found, addressFinding(s))
	}
	if err == nil && demo {
		if kept, err := keptClock(ctx, b.store); err == nil && !kept.IsZero() {
			now = kept
		}
	}
	return append(found, b.clockFinding(ctx, now, demo), b.workerFinding(ctx), b.restoreFinding(ctx, s), b.recordFinding(ctx, now), b.calendarFinding(ctx, now), b.backlogFinding(ctx, now), b.registerFinding(ctx, now))
}

func addressFinding(s settings) finding {
	if err := s.public(); err != nil {
		return finding{"address", false, oneLine(err.Error()), "set ANJU_BASE_URL for web and worker: a wrong address stays on the papers for ever"}
	}
	return finding{"address", true, s.BaseURL, ""}
}

func keyFinding(s settings) finding {
	info, err := os.Stat(s.KeyFile)
	switch {
	case err != nil:
		return finding{"key", false, plain(err).Error(), "put the master key there, or set ANJU_KEY_FILE"}
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return finding{"key", false, fmt.Sprintf("%s can be read by others (%04o)", s.KeyFile, info.Mode().Perm()), "chmod 600 " + s.KeyFile}
	}
	return finding{"key", true, s.KeyFile + "; keep a copy apart from the backups", ""}
}

func diskFinding(s settings) finding {
	free, err := freeBytes(s.Data)
	const least = 1 << 30
	switch {
	case err != nil:
		return finding{"disk", false, plain(err).Error(), "make the data folder, or set ANJU_DATA"}
	case free < 0:
		return finding{"disk", true, "free space is not known on this system", ""}
	case free < least:
		return finding{"disk", false, fmt.Sprintf("%d MB free in %s", free>>20, s.Data), "make room: uploads and the database need at least 1 GB"}
	}
	return finding{"disk", true, fmt.Sprintf("%d GB free in %s", free>>30, s.Data), ""}
}

func (b *backend) databaseFinding(ctx context.Context, s settings) finding {
	if err := b.db.Ping(ctx); err != nil {
		return finding{"database", false, oneLine(err.Error()), databaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	pending, err := b.pending(ctx)
	var newer *db.NewerSchema
	switch {
	case errors.As(b.db.CheckSchema(ctx), &newer):
		return finding{"database", false, fmt.Sprintf("its tables are of version %d, this program knows them up to %d", newer.Database, newer.Program),
			"start the version of anju that migrated them, or restore the backup made before the upgrade"}
	case err != nil:
		return finding{"database", false, oneLine(err.Error()), databaseAdvice(err, "run anju migrate up")}
	case pending > 0:
		return finding{"database", false, fmt.Sprintf("%d migrations are not applied", pending), "run anju migrate up"}
	}
	switch ok, err := b.seeded(ctx); {
	case err != nil:
		return finding{"database", false, oneLine(err.Error()), databaseAdvice(err, "check ANJU_DB and that the server runs")}
	case !ok:
		return finding{"database", false, "no divisions and offices", "run anju seed"}
	}
	return finding{"database", true, fmt.Sprintf("%s, %s", b.db.Dialect(), mask(s.DB)), ""}
}

func queueFinding(ctx context.Context, s settings) finding {
	if s.Redis == "embedded" {
		return finding{"queue", true, "embedded: one process, nothing kept over a restart, which costs nothing since deadlines are rows", ""}
	}
	if err := jobs.PingRedis(ctx, s.Redis); err != nil {
		return finding{"queue", false, fmt.Sprintf("%s: %s", mask(s.Redis), oneLine(err.Error())), "check ANJU_REDIS and that the server runs; deadlines are swept from the database meanwhile"}
	}
	return finding{"queue", true, mask(s.Redis), ""}
}

// clockFinding: a clock that is years off counts every deadline wrongly, and one in doubt keeps every rung from firing.
func (b *backend) clockFinding(ctx context.Context, now time.Time, demo bool) finding {
	const set = "set the clock of the machine (timedatectl set-ntp true)"
	local := now.In(calendar.Shanghai).Format(time.RFC3339)
	if now.Before(time.Date(2026, time.January, 1, 0, 0, 0, 0, calendar.Shanghai)) {
		return finding{"clock", false, local + " is before this program was made", set}
	}
	guard, err := b.guard(ctx, demo, slog.New(slog.DiscardHandler))
	if err == nil {
		err = guard.Look(ctx)
	}
	var held *workflow.Held
	switch {
	case errors.As(err, &held):
		return finding{"clock", false, fmt.Sprintf("%s: %s", local, held.Cause), set + ", or run anju clock confirm where it is right"}
	case err != nil:
		return finding{"clock", false, oneLine(err.Error()), databaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	return finding{"clock", true, local, ""}
}

// workerFinding: without a worker nothing that falls due is taken, and nothing is told.
func (b *backend) workerFinding(ctx context.Context) finding {
	list, err := b.store.Processes(ctx)
	if err != nil {
		return finding{"worker", false, oneLine(err.Error()), databaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	for _, p := range list {
		if p.Alive() && p.Doubt != "" {
			return finding{"worker", false, fmt.Sprintf("process %s on %s: %s", p.ID, p.Host, p.Doubt), "see anju clock status on that machine"}
		}
	}
	newest, ok := registry.NewestWorker(list)
	switch {
	case !ok && len(list) == 0:
		return finding{"worker", true, "no process has reported within a day", ""}
	case !ok:
		return finding{"worker", false, "no worker has reported within a day", "start anju serve with the role worker or all"}
	case !newest.Alive():
		return finding{"worker", false, fmt.Sprintf("the last worker, on %s, reported %s ago", newest.Host, newest.Age.Round(time.Second)),
			"start anju serve with the role worker or all, and read its log"}
	}
	return finding{"worker", true, fmt.Sprintf("on %s, reported %s ago", newest.Host, newest.Age.Round(time.Second)), ""}
}

// calendarGap says which year's notice is missing: this year's always, next year's from 1 November, when the State
// Council has usually published it.
func calendarGap(cal *calendar.Calendar, now time.Time) string {
	year, month, _ := calendar.DayOf(now).Date()
	last := year
	if month >= time.November {
		last++
	}
	for y := year; y <= last; y++ {
		if !cal.Covers(calendar.Date(y, time.June, 1)) {
			return fmt.Sprintf("the calendar of %d is not loaded: deadlines that fall in it are provisional", y)
		}
	}
	return ""
}

func (b *backend) calendarFinding(ctx context.Context, now time.Time) finding {
	county, err := b.store.County(ctx)
	if err != nil {
		return finding{"calendar", false, oneLine(err.Error()), databaseAdvice(err, "run anju seed")}
	}
	if gap := calendarGap(county.Calendar, now); gap != "" {
		return finding{"calendar", false, gap, "once the State Council's notice is out: anju calendar import FILE --dry-run, then without --dry-run; a new release may bring it too"}
	}
	years := county.Calendar.Years()
	return finding{"calendar", true, fmt.Sprintf("version %d, notices of %d to %d", county.Calendar.Version(), years[0].Year, years[len(years)-1].Year), ""}
}

func (b *backend) backlogFinding(ctx context.Context, now time.Time) finding {
	l, err := b.store.Backlog(ctx, now)
	if err != nil {
		return finding{"backlog", false, oneLine(err.Error()), databaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	detail := fmt.Sprintf("%d open cases, %d open deadlines, %d messages unsent, %d rungs due", l.OpenCases, l.OpenDeadlines, l.Unsent, l.DueUnfired)
	if l.FailedJobs > 0 {
		return finding{"backlog", false, fmt.Sprintf("%s, %d tasks given up", detail, l.FailedJobs), "see anju queue list, and anju queue redrive once the cause is mended"}
	}
	if l.Unsent > 0 && now.Sub(l.OldestUnsent) > 10*time.Minute || l.DueUnfired > 1000 {
		return finding{"backlog", false, detail, "see that a worker runs: anju serve with the role worker or all"}
	}
	return finding{"backlog", true, detail, ""}
}

// registerFinding tells what waits in the breach register. It is no fault of the program, so it is never one here.
func (b *backend) registerFinding(ctx context.Context, now time.Time) finding {
	var unexplained, overdue, unruled int
	for _, status := range []workflow.BreachStatus{workflow.BreachOpen, workflow.BreachExplained} {
		err := b.store.EachBreach(ctx, 0, cases.BreachQuery{Status: status}, func(l cases.BreachLine) error {
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
			return finding{"register", false, oneLine(err.Error()), databaseAdvice(err, "run anju migrate up")}
		}
	}
	f := finding{"register", true, fmt.Sprintf("%d breaches wait for an explanation, %d of them past its time; %d for a ruling", unexplained, overdue, unruled), ""}
	if overdue+unruled > 0 {
		f.Do = "tell the offices and the auditor: anju sla breaches --status open, --status explained"
	}
	return f
}

// restoreFinding: a database behind what was done already would number and tell it again.
func (b *backend) restoreFinding(ctx context.Context, s settings) finding {
	const do = "see anju restore status, then run anju restore confirm"
	hold, err := b.store.OpenRestore(ctx)
	if err != nil {
		return finding{"restore", false, oneLine(err.Error()), databaseAdvice(err, "check ANJU_DB and that the server runs")}
	}
	if hold != nil {
		return finding{"restore", false, "nothing is escalated or sent: " + hold.Cause, do}
	}
	behind, err := b.store.BehindMark(ctx, s.Data)
	switch {
	case err != nil:
		return finding{"restore", false, oneLine(err.Error()), databaseAdvice(err, "check ANJU_DB and that the server runs")}
	case len(behind) > 0:
		return finding{"restore", false, "the database is behind its mark: " + behind[0], "start anju serve, which holds back what would be done again; " + do}
	}
	return finding{"restore", true, "the database is not behind its mark", ""}
}

// verifiedWithin is how old the last verification may be where a worker looks at the record every night.
const verifiedWithin = 48 * time.Hour

// recordFinding tells what the last verification found, and what is frozen.
// What was missing once stays with it, also when it is confirmed.
func (b *backend) recordFinding(ctx context.Context, now time.Time) finding {
	v, at, err := b.store.LastVerification(ctx)
	if err != nil {
		return finding{"record", false, oneLine(err.Error()), databaseAdvice(err, "run anju migrate up")}
	}
	frozen, err := b.store.FrozenCases(ctx)
	if err != nil {
		return finding{"record", false, oneLine(err.Error()), databaseAdvice(err, "run anju migrate up")}
	}
	f := recordOf(v, at, frozen, now)
	for _, h := range holdsOf(v) {
		f.Detail += "; " + h.String()
	}
	return f
}

func recordOf(v history.Verification, at time.Time, frozen []history.Frozen, now time.Time) finding {
	const do = "keep the database as it is; see anju history verify"
	whole := v.Whole()
	switch {
	case len(whole) > 0:
		return finding{"record", false, fmt.Sprintf("%d findings, the first: %s", len(whole)+len(frozen), whole[0].Error()), do}
	case len(frozen) > 0:
		return finding{"record", false, fmt.Sprintf("%d cases are frozen, the first: %s (%s)", len(frozen), frozen[0].Number, frozen[0].Found),
			do + ", and anju history release once it is explained"}
	case at.IsZero():
		return finding{"record", true, "not verified yet: a worker does it after its start and every night at 2:00", ""}
	case now.Sub(at) > verifiedWithin:
		return finding{"record", true, fmt.Sprintf("last verified %s ago", now.Sub(at).Round(time.Hour)), "see that a worker runs, or run anju history verify"}
	}
	return finding{"record", true, fmt.Sprintf("verified %s: %d cases, %d entries", at.In(calendar.Shanghai).Format(time.RFC3339), v.Cases, v.Entries), ""}
}
