package attribution

import (
	"slices"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// IntervalKind says what time it was.
type IntervalKind string

// The kinds of interval.
const (
	Running   IntervalKind = "running"   // a limit ran against the owner
	Suspended IntervalKind = "suspended" // the clock stood, with written notice (Licensing Law Art. 45) or consent (A15)
	Grace     IntervalKind = "grace"     // no limit ran: the applicant's turn, or a stage for which the rules know none
)

// SuspensionParty owns the time of a suspension.
const SuspensionParty glossary.Party = "suspension"

// Interval is one row of an attribution: a piece of a case's life that had one owner. Minutes are counted from the
// opening of the case, so that those of all rows add up to its life exactly.
type Interval struct {
	From, To time.Time
	Party    glossary.Party    // applicant, the party that had it, or SuspensionParty
	Office   workflow.OfficeID // 0 for the applicant and a suspension
	Name     string            // of the office, or of the party
	Stage    glossary.State
	Kind     IntervalKind
	Ground   string // of a suspension
	Wall     int    // minutes
	Working  int    // minutes within the opening hours of working days
}

// Attribute divides the life of a case among those who had it: the rows touch, begin with its opening and end with its
// closing, or now. Where several offices owe their opinion at once, the time up to each opinion belongs to the office
// that gave it, and what follows the last one to the office that joins them.
func Attribute(ch workflow.Chain, c workflow.Case, stays []Stay, county workflow.County, now time.Time) []Interval {
	end := now
	if c.ClosedAt != nil {
		end = *c.ClosedAt
	}
	var rows []Interval
	for i, s := range stays {
		from, to := s.Entered, s.Left
		if to.IsZero() || to.After(end) {
			to = end
		}
		if i == 0 {
			from = c.OpenedAt
		} else {
			from = handedOver(c, stays[i-1].Entered, from)
		}
		if i+1 < len(stays) {
			to = handedOver(c, s.Entered, to)
		}
		st, _ := ch.Stage(s.Stage)
		row := Interval{From: from, To: to, Party: s.Party, Office: s.Office, Name: s.Name, Stage: s.Stage, Kind: Running}
		if s.Party == glossary.Applicant {
			row.Office, row.Name = 0, glossary.Applicant.Title()
		}
		if st.By == glossary.Applicant || st.Owed() == "" {
			row.Kind = Grace
		}
		rows = append(rows, opinions(ch, c, st, row)...)
	}
	rows = suspend(ch, c, rows)
	rows = slices.DeleteFunc(rows, func(r Interval) bool { return !r.From.Before(r.To) })
	hours := county.Parameters.WorkHours()
	minutes := func(to time.Time) (wall, working int) {
		return int(to.Sub(c.OpenedAt).Minutes()), int(county.Calendar.Between(hours, c.OpenedAt, to).Minutes())
	}
	wall, working := 0, 0
	for i := range rows {
		w, k := minutes(rows[i].To)
		rows[i].Wall, rows[i].Working = w-wall, k-working
		wall, working = w, k
	}
	return rows
}

// handedOver is when a stage passed to the next desk: at the move, or where its papers came before they were typed in
// (A35) with the day after they came, never before the stage itself had begun.
func handedOver(c workflow.Case, began, moved time.Time) time.Time {
	for _, b := range c.File.BackEntries {
		if b.At.Equal(moved) {
			return earlier(moved, later(began, (b.On+1).Start()))
		}
	}
	return moved
}

// opinions cuts a stage at the opinions that several offices gave in it. Where each of them owes a limit until it has
// given its own, the time of the last ones is theirs and not the office's that has the case.
func opinions(ch workflow.Chain, c workflow.Case, st workflow.Stage, row Interval) []Interval {
	each := slices.IndexFunc(st.Records, func(r workflow.RecordRow) bool { return r.Each && len(r.By) > 1 })
	if each < 0 {
		return []Interval{row}
	}
	var rows []Interval
	given := map[glossary.Party]bool{}
	for _, r := range c.File.Records {
		if r.Kind != st.Records[each].Kind || given[r.Party] || r.At.Before(row.From) || !r.At.Before(row.To) {
			continue
		}
		given[r.Party] = true
		part := row
		part.To, part.Party, part.Office, part.Name = r.At, r.Party, r.Office, r.Party.Title()
		rows = append(rows, part)
		row.From = r.At
	}
	owed := slices.ContainsFunc(st.OtherLimits,
		func(l workflow.Limit) bool { return l.OwedWith == st.Records[each].Kind })
	if !owed {
		return append(rows, row)
	}
	for i := range rows {
		rows[i].Kind = Running
	}
	for _, p := range st.Records[each].By {
		if !given[p] {
			row.Party, row.Office, row.Name, row.Kind = p, 0, p.Title(), Running
			break
		}
	}
	return append(rows, row)
}

// suspend cuts out what the ledger says: from the day after the notice to the day of the result. It reaches into the
// stages which it stops, and no other.
func suspend(ch workflow.Chain, c workflow.Case, rows []Interval) []Interval {
	var out []Interval
	for _, r := range rows {
		st, _ := ch.Stage(r.Stage)
		if !st.Within.Decides {
			out = append(out, r)
			continue
		}
		for _, p := range calendar.MergePauses(c.File.PausesSince(0)) {
			from, to := later(r.From, (p.From+1).Start()), r.To
			if !p.Open {
				to = earlier(r.To, (p.To + 1).Start())
			}
			if !from.Before(to) {
				continue
			}
			before, stop := r, r
			before.To, stop.From, stop.To = from, from, to
			stop.Party, stop.Office, stop.Name, stop.Kind, stop.Ground = SuspensionParty, 0, "依法停表", Suspended, p.Ground
			out = append(out, before, stop)
			r.From = to
		}
		out = append(out, r)
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Share is how much of a breach was one owner's.
type Share struct {
	Party   glossary.Party `json:"party"`
	Office  string         `json:"office"`
	Working int            `json:"working_minutes"`
}

// LateBy splits the working time between the due instant and the day the breach was met (or now) by its owner.
func LateBy(ch workflow.Chain, b workflow.Breach, c workflow.Case, stays []Stay, county workflow.County,
	now time.Time) []Share {
	end := now
	if b.MetAt != nil {
		end = *b.MetAt
	}
	hours := county.Parameters.WorkHours()
	var shares []Share
	for _, r := range Attribute(ch, c, stays, county, now) {
		worked := int(county.Calendar.Between(hours, later(r.From, b.DueBefore), earlier(r.To, end)).Minutes())
		if worked <= 0 {
			continue
		}
		i := slices.IndexFunc(shares, func(s Share) bool { return s.Party == r.Party && s.Office == r.Name })
		if i < 0 {
			i, shares = len(shares), append(shares, Share{Party: r.Party, Office: r.Name})
		}
		shares[i].Working += worked
	}
	return shares
}
