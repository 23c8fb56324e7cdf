package db

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// attempt is how one try of a transaction ended.
type attempt struct {
	doubt bool // it may have been committed although it failed
	keyed bool // a key is written with it: trying again tells whether it was committed
}

const (
	tries      = 4 // of a transaction that certainly did nothing
	doubtTries = 8 // of one that may be done, some three seconds long: a server that restarts is back by then
)

// retry does a transaction until it is done or fails for a reason that stays. It is tried again after a deadlock, after
// a connection that broke before the COMMIT was sent, and after a COMMIT without an answer where a key tells whether it
// was done. Without a key, or where no other connection can be had in time, the error is then ErrOutcomeUnknown.
func retry(ctx context.Context, do func(context.Context) (attempt, error)) error {
	doubt, keyed := false, false
	for try := 1; ; try++ {
		a, err := do(ctx)
		if err == nil {
			return nil
		}
		k, _ := classify(err)
		keyed = keyed || a.keyed // a try that had no connection cannot say
		if a.doubt && !doubt {   // the request may be over: what became of it is asked all the same
			doubt = true
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel() //nolint:gocritic // once at most
		}
		most, passing := tries, k == again || k == unavailable && !errors.Is(err, errWaited)
		if doubt {
			most, passing = doubtTries, keyed && (passing || k.inDoubt())
		}
		if !passing || try == most || ctx.Err() != nil {
			return finalError(err, k, doubt)
		}
		select {
		case <-ctx.Done():
		case <-time.After(backoff(try, doubt)):
		}
	}
}

// inDoubt tells whether an error says nothing of a transaction that was sent before.
func (k kind) inDoubt() bool { return k == busy || k == unavailable }

// finalError is the error of a transaction that is not tried again.
func finalError(err error, k kind, doubt bool) error {
	if doubt && (k.inDoubt() || k == again || k == full) {
		return outcomeUnknown(err)
	}
	return TranslateError(err)
}

// backoff is how long a transaction waits for its next try: longer where it may be done, for a server that restarts.
func backoff(try int, doubt bool) time.Duration {
	wait := time.Duration(1+rand.IntN(10*try)) * time.Millisecond
	if doubt {
		wait += 10 * time.Millisecond << try
	}
	return wait
}
