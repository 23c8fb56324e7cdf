package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anju/models"
	"anju/models/history"
	"anju/models/notices"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
)

// recorder is what looking at the record needs of the database. A store without it is not looked at.
type recorder interface {
	// ClaimVerification takes the verification for this process; false where another has taken it within the last hour.
	ClaimVerification(ctx context.Context) (bool, error)
	// Verify computes the record again and compares it with the mark in the data folder.
	Verify(ctx context.Context, dir string) (history.Verification, error)
	// KeepVerification writes the result down and freezes the cases of which something does not hold.
	KeepVerification(ctx context.Context, began time.Time, v history.Verification) (frozen int, err error)
	LastVerification(ctx context.Context) (history.Verification, time.Time, error)
	FrozenCases(ctx context.Context) ([]history.Frozen, error)
	OpenRestore(ctx context.Context) (*registry.Restore, error)
}

var _ recorder = (*models.Store)(nil)

// verifyHour is when the record is looked at every night, in Shanghai: few people work then.
const verifyHour = 2 * time.Hour

// verifyDue is the last instant before now at which the record was to be looked at.
func verifyDue(now time.Time) time.Time {
	today := calendar.DayOf(now)
	if at := today.Start().Add(verifyHour); !at.After(now) {
		return at
	}
	return (today - 1).Start().Add(verifyHour)
}

// isFrozen reports whether the one case is held because its record does not verify. The sweep finds it again when it is
// released.
func isFrozen(err error) bool {
	var held *workflow.Held
	return errors.As(err, &held) && held.Hold == workflow.HoldRecord
}

// verifyLoop looks at the record every night, and soon after the start where last night nothing did.
func (r *Runner) verifyLoop(ctx context.Context) {
	failing := false
	for pause(ctx, r.pace.verify, nil) {
		err := r.verify(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("the record could not be verified", "error", err)
		}
		failing = err != nil
	}
}

// verify looks at the record where that is due and no other worker does.
func (r *Runner) verify(ctx context.Context) error {
	store, ok := r.store.(recorder)
	if !ok {
		return nil
	}
	_, last, err := store.LastVerification(ctx)
	if err != nil {
		return fmt.Errorf("read the last verification: %w", err)
	}
	now := r.now()
	if !last.Before(verifyDue(now)) && !last.After(now.Add(time.Hour)) { // one from the future says nothing of last night
		return nil
	}
	if mine, err := store.ClaimVerification(ctx); err != nil || !mine {
		return err
	}
	v, err := store.Verify(ctx, r.cfg.Data)
	if err != nil {
		return err
	}
	frozen, err := store.KeepVerification(ctx, now, v)
	if err != nil {
		return err
	}
	if v.Broken != nil {
		r.log.Error("the record does not verify", "findings", len(v.Findings), "frozen", frozen, "first", v.Broken.Error())
	} else {
		r.log.Info("what is in the record verifies", "cases", v.Cases, "entries", v.Entries, "holds", len(v.Holds))
	}
	for _, h := range v.Holds {
		r.log.Warn("data was missing, or could not be compared", "since", h.Began, "cause", h.Cause, "confirmed", !h.Lasts(), "by", h.ConfirmedBy)
	}
	nudge(r.alarmed)
	return nil
}

// unverified are the frozen cases, and what the last verification found of the database as a whole.
func (r *Runner) unverified(ctx context.Context) ([]notices.Alarm, error) {
	store, ok := r.store.(recorder)
	if !ok {
		return nil, nil
	}
	list, err := store.FrozenCases(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for frozen cases: %w", err)
	}
	last, _, err := store.LastVerification(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the last verification: %w", err)
	}
	var alarms []notices.Alarm
	for _, f := range list {
		alarms = append(alarms, notices.Alarm{Subject: fmt.Sprint(f.Case), Text: fmt.Sprintf("办件 %s 的历史记录校验未通过，已冻结（%s）。请保留数据库现状，"+
			"运行 anju history verify 核查；查明后用 anju history release 解除。", f.Number, f.Found)})
	}
	for _, b := range last.Whole() {
		alarms = append(alarms, notices.Alarm{Subject: b.Why, Text: fmt.Sprintf("历史记录校验发现问题（%s）。请保留数据库现状，与备份核对。", b.Why)})
	}
	return alarms, nil
}

// restored is the hold after a restore.
func (r *Runner) restored(ctx context.Context) ([]notices.Alarm, error) {
	store, ok := r.store.(recorder)
	if !ok {
		return nil, nil
	}
	hold, err := store.OpenRestore(ctx)
	if err != nil || hold == nil {
		return nil, err
	}
	return []notices.Alarm{{Text: fmt.Sprintf("数据库比已知的记录少，或无法核对（%s）：可能是从备份恢复，也可能被删改；催办、红牌和消息已暂停。"+
		"请运行 anju restore status 核对，再运行 anju restore confirm。", hold.Cause)}}, nil
}
