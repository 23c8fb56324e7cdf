// Package clock judges whether the clock of this machine can be relied upon.
//
// A machine has two clocks: the wall clock, which people and programs set, and a steady one, which counts from the
// boot, sleep included, and which is never set. Wall clock minus steady clock is the instant at which the machine
// seems to have booted; it stands still unless the wall clock is set. Across boots only the last instant at which a
// clock was right is known: time does not go back behind it. A database on another machine has a third clock to
// compare with.
package clock

import (
	"fmt"
	"time"
)

const (
	// MostStep is how far a wall clock may be set at once, as time services do in small steps.
	MostStep = time.Minute
	// MostApart is how far two clocks may be apart, and how far a clock may be behind the last instant that was right.
	MostApart = 5 * time.Second
	// MostSilence is how far a clock may be ahead of the last instant that was right, while no program ran. The longest
	// time that a county's server is switched off is the Spring Festival: nine or ten days off, with the days around it.
	MostSilence = 15 * 24 * time.Hour
)

// Reading is what the clocks of a machine show at one moment.
type Reading struct {
	Wall   time.Time     // without a monotonic part
	Steady time.Duration // since the boot, sleep included
	Boot   string        // tells one boot from another
}

// Booted is the instant at which the machine seems to have booted. It moves when the wall clock is set.
func (r Reading) Booted() time.Time { return r.Wall.Add(-r.Steady) }

// Trust is the trust that a reading deserves when it was found right.
func (r Reading) Trust() Trust { return Trust{At: r.Wall, Boot: r.Boot, Booted: r.Booted()} }

// Trust is a wall clock that was right. The zero Trust knows of none.
type Trust struct {
	At     time.Time // the last instant at which it was right
	Boot   string
	Booted time.Time
}

// Judge says what is wrong with a wall clock, in English for operators; "" where nothing is known against it. Within
// one boot the steady clock tells exactly, so that a clock which is set back to the right time is right again. Across
// boots a clock must not be behind the last trusted instant, nor further ahead of it than MostSilence.
func Judge(now Reading, last Trust) string {
	if last.At.IsZero() {
		return ""
	}
	if last.Boot == now.Boot {
		if moved := now.Booted().Sub(last.Booted); moved.Abs() > MostStep {
			return fmt.Sprintf("the clock of this machine was set %s by %s", direction(moved), round(moved.Abs()))
		}
		return ""
	}
	switch ahead := now.Wall.Sub(last.At); {
	case ahead < -MostApart:
		return fmt.Sprintf("the clock of this machine is %s behind the newest instant in the database, %s", round(-ahead),
			stamp(last.At))
	case ahead > MostSilence:
		return fmt.Sprintf("the clock of this machine is %s ahead of the newest instant in the database, %s", round(ahead),
			stamp(last.At))
	}
	return ""
}

// Apart is how far a clock that was asked and answered between two instants of ours is ahead of ours; 0 within
// MostApart. A slow answer is no difference.
func Apart(asked, there, answered time.Time) time.Duration {
	switch {
	case there.Before(asked.Add(-MostApart)):
		return there.Sub(asked)
	case there.After(answered.Add(MostApart)):
		return there.Sub(answered)
	}
	return 0
}

func direction(d time.Duration) string {
	if d < 0 {
		return "back"
	}
	return "forward"
}

func round(d time.Duration) string { return d.Round(time.Second).String() }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
