package monitor

import (
	"context"
	"fmt"
	"time"

	"anju/models"
	"anju/models/history"
	"anju/models/registry"
	"anju/workflow/calendar"
)

// recordStore is what verifying the record calls of the database.
type recordStore interface {
	// ClaimVerification takes the verification for this process; false where another has taken it within the last hour.
	ClaimVerification(ctx context.Context) (bool, error)
	// Verify computes the record again and compares it with the mark in the data folder.
	Verify(ctx context.Context, dir string) (history.Verification, error)
	// KeepVerification writes the result down and freezes the cases of which something does not hold.
	KeepVerification(ctx context.Context, began time.Time, v history.Verification) (frozen int, err error)
	LastVerification(ctx context.Context) (history.Verification, time.Time, error)
	FrozenCases(ctx context.Context) ([]history.Frozen, error)
	OpenRestore(ctx context.Context) (*registry.Restore, error)
	// PruneKeys forgets the keys of requests that are too old to be sent again, and returns how many.
	PruneKeys(ctx context.Context) (int, error)
}

var _ recordStore = (*models.Store)(nil)

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

// Verifier verifies the record once a night, and forgets old keys.
type Verifier struct {
	Config
	store    recordStore
	dir      string // data folder of the mark
	verified func()
}

// NewVerifier returns a verifier of the record against the mark in a folder, which calls verified after each
// verification; nil where the store keeps no verifications.
func NewVerifier(cfg Config, store any, dir string, verified func()) *Verifier {
	record, ok := store.(recordStore)
	if !ok {
		return nil
	}
	return &Verifier{cfg, record, dir, verified}
}

// Verify verifies the record where that is due and no other worker does.
func (v *Verifier) Verify(ctx context.Context) error {
	_, last, err := v.store.LastVerification(ctx)
	if err != nil {
		return fmt.Errorf("read the last verification: %w", err)
	}
	now := v.Now()
	if !last.Before(verifyDue(now)) && !last.After(now.Add(time.Hour)) { // one from the future says nothing of last night
		return nil
	}
	if mine, err := v.store.ClaimVerification(ctx); err != nil || !mine {
		return err
	}
	found, err := v.store.Verify(ctx, v.dir)
	if err != nil {
		return err
	}
	frozen, err := v.store.KeepVerification(ctx, now, found)
	if err != nil {
		return err
	}
	if found.Broken != nil {
		v.Log.Error("the record does not verify", "findings", len(found.Findings), "frozen", frozen, "first",
			found.Broken.Error())
	} else {
		v.Log.Info("what is in the record verifies", "cases", found.Cases, "entries", found.Entries, "holds",
			len(found.Holds))
	}
	for _, h := range found.Holds {
		v.Log.Warn("data was missing, or could not be compared", "since", h.Began, "cause", h.Cause, "confirmed",
			!h.Lasts(), "by", h.ConfirmedBy)
	}
	v.verified()
	if _, err := v.store.PruneKeys(ctx); err != nil {
		return fmt.Errorf("forget old keys: %w", err)
	}
	return nil
}
