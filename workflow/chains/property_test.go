package chains

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "anju/workflow"
	. "anju/workflow/glossary"
	"anju/workflow/law"
)

// TestRandomMovesNeverLeaveTheLaw walks every chain by random verbs, records and days, and holds every case to what
// must be true whatever the order: no state outside the chain, no certificate without its decision, at most one live
// deadline a limit, no signature while the notice runs, nothing due while the clock stands, every minute with one
// owner, a refusal that changes nothing.
func TestRandomMovesNeverLeaveTheLaw(t *testing.T) {
	for _, ch := range Published() {
		t.Run(string(ch.ID), func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				d := open(t, ch, nil)
				d.papers()
				for range rapid.IntRange(0, 12).Draw(r, "steps ahead") {
					if !d.c.Open() {
						break
					}
					d.ahead()
				}
				for range rapid.IntRange(1, 60).Draw(r, "steps") {
					st, ok := ch.Stage(d.c.State)
					if !ok {
						r.Fatalf("state %q is not of the chain", d.c.State)
					}
					if st.Ends != "" {
						break
					}
					var o Outcome
					var err error
					from := d.c.State
					switch rapid.IntRange(0, 3).Draw(r, "what") {
					case 0, 1:
						a := rapid.SampledFrom(st.Actions).Draw(r, "action")
						by := d.ch.Desk(a.Party(st), d.c)
						if rapid.IntRange(0, 5).Draw(r, "stranger") == 0 {
							by = CountyGovernment
						}
						o, err = d.decide(by, a.Do, nil)
						if err == nil && by == CountyGovernment {
							r.Fatalf("the county government took %s in %s", a.Do, from)
						}
						if err == nil && a.Do == SignOpinion && from == GroupNotice {
							if l, ok := d.c.LiveDeadline("L02"); !ok || d.now.Before(l.DueBefore) {
								r.Fatalf("signed at %s while the notice ran", d.now)
							}
						}
					case 2:
						rows := ch.Records(st)
						if len(rows) == 0 {
							continue
						}
						row := rapid.SampledFrom(rows).Draw(r, "record")
						o, err = d.enter(d.ch.Desk(rapid.SampledFrom(row.By).Draw(r, "by"), d.c), row.Kind, nil)
					case 3:
						d.pass(d.now.Add(time.Duration(rapid.IntRange(1, 200).Draw(r, "hours")) * time.Hour))
						continue
					}
					if err != nil {
						var refusal *Refusal
						var invalid *Invalid
						if !errors.As(err, &refusal) && !errors.As(err, &invalid) {
							r.Fatalf("in %s: %v", from, err)
						}
						continue
					}
					d.write(o)
					d.now = d.now.Add(time.Minute)
				}
				holds(r, ch, d)
			})
		})
	}
}

// lives tells whether a deadline of the limit may be live in the stage.
func lives(st Stage, id law.LimitID) bool {
	_, own := FindLimit(st, id)
	return own || slices.ContainsFunc(st.Records, func(row RecordRow) bool {
		return slices.ContainsFunc(row.Starts, func(c Clock) bool { return c.Limit.ID == id })
	})
}

func holds(r *rapid.T, ch Chain, d *desk) {
	decision := map[DocumentKind]Verb{PlanningPermitDoc: Approve, HomesteadCert: Approve, ConstructionPermitDoc: Approve,
		CommencementDoc:     RegisterStart,
		CompletionFilingDoc: FileVerb, StopWorkDoc: OrderStopWork, ChangeOrderDoc: OrderChange}
	for _, doc := range d.c.File.Documents {
		v, owes := decision[doc.Kind]
		if owes && !slices.ContainsFunc(d.lines, func(e Entry) bool { return e.Verb == string(v) }) {
			r.Fatalf("%s without a decision", doc.Title)
		}
	}
	alive := map[Strand]int{}
	_, stands := CurrentSuspension(d.c)
	for _, x := range d.c.Deadlines {
		if x.Live() {
			alive[x.Strand()]++
		}
		if x.Live() && x.Paused && (!stands || !x.NextAt.IsZero()) {
			r.Fatalf("%s is paused with a rung at %s, under the ledger %+v", x.Limit, x.NextAt, d.c.File.Suspensions)
		}
	}
	d.attributed()
	st, _ := ch.Stage(d.c.State)
	for s, n := range alive {
		id := s.Limit
		if n > 1 || !lives(st, id) {
			r.Fatalf("%d live deadlines of %s in %s", n, id, d.c.State)
		}
	}
	if st.Within.ID != "" && alive[Strand{Limit: st.Within.ID}] != 1 {
		r.Fatalf("%s has no clock", d.c.State)
	}
	if st.Ends != "" && (d.c.Outcome != st.Ends || d.c.ClosedAt == nil) {
		r.Fatalf("ended in %s as %q", d.c.State, d.c.Outcome)
	}
	for i := 1; i < len(d.lines); i++ {
		if d.lines[i].From != d.lines[i-1].To {
			r.Fatalf("line %d begins in %s, the one before ended in %s", i, d.lines[i].From, d.lines[i-1].To)
		}
	}
}
