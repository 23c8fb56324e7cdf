package chains

import (
	"testing"

	. "anju/workflow"
	"anju/workflow/calendar"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// A county may promise fewer days than the law, never more; where the rules leave a limit open it promises what it
// likes within reason.
func TestPromisedDaysAreCountedFromTheNextClockOn(t *testing.T) { // L06, L10
	lawtest.Claim(t, "L02", "L06", "L10")
	for _, tt := range []struct {
		name     string
		promises map[law.LimitID]int
		days     int // of L06, fifteen by the law
	}{
		{"nothing promised", nil, 15},
		{"ten promised", map[law.LimitID]int{"L06": 10}, 10},
		{"more than the law is no promise", map[law.LimitID]int{"L06": 20}, 15},
		{"nothing at all is no promise", map[law.LimitID]int{"L06": -3}, 15},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t, Homestead(), nil)
			d.county.Parameters.Promises = tt.promises
			d.until(JointReview)
			for _, x := range d.c.Deadlines {
				if x.Limit != "L06" || !x.Live() {
					continue
				}
				if want := d.county.Calendar.AddWorking(x.StartedOn, tt.days); x.DueOn != want {
					t.Errorf("due on %s, want %s", x.DueOn, want)
				}
				return
			}
			t.Error("L06 does not run")
		})
	}
	open := Count(law.L10)
	least := Count(law.L02)
	for n, want := range map[int]bool{0: false, 1: true, 30: true, 91: false} {
		if open.MayPromise(n) != want {
			t.Errorf("an open limit, %d days promised: %v", n, !want)
		}
	}
	if least.MayPromise(4) || least.MayPromise(6) {
		t.Error("a minimum was promised otherwise")
	}
	if p := (Parameters{Promises: map[law.LimitID]int{"L10": 3}}).Promise(open); p.N != 3 ||
		p.Unit != calendar.WorkingDay {
		t.Errorf("promised %+v", p)
	}
}
