package notices

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
)

// unplanned is a notice of which its officers are to be told.
type unplanned struct {
	id, office       int64
	kind, rung, text string
	at               time.Time
}

// climbs tells whether the notice climbs when it is not acknowledged. What has climbed does not again.
func (n unplanned) climbs() bool {
	return n.kind == RungNotice && slices.Contains(pressingRungs, workflow.RungName(n.rung))
}

// urgent tells whether the officers are told of it by itself; the rest waits for the next digest.
func (n unplanned) urgent() bool {
	return n.climbs() || n.kind == ClimbNotice || n.kind == MessageNotice && n.text == string(workflow.SuperviseKind)
}

// PlanNotices decides for a batch of notices who of the told office is told of them by message, and until when they
// must be acknowledged. It says how many it took; none when none is left. Where no officer can be reached the inbox is
// all.
func (s *Store) PlanNotices(ctx context.Context, county workflow.County, limit int) (int, error) {
	n := 0
	err := s.db.Update(ctx, func(t *db.Tx) error {
		var batch []unplanned
		t.Query(func(scan func(...any) error) error {
			var u unplanned
			err := scan(&u.id, &u.office, &u.kind, &u.rung, &u.text, &u.at)
			batch = append(batch, u)
			return err
		}, "SELECT c.id, c.office_id, c.kind, c.rung, CASE WHEN c.kind = 'message' THEN c.text ELSE '' END, c.at "+
			"FROM notices c WHERE c.planned_at IS NULL ORDER BY c.id LIMIT ?"+s.db.SQL().Skip(), limit)
		if err := t.Flush(); err != nil {
			return fmt.Errorf("read what is to be planned: %w", err)
		}
		if n = len(batch); n == 0 {
			return t.Commit()
		}
		now := s.db.Now()
		reach, err := readReach(t, calendar.DayOf(now))
		if err != nil {
			return err
		}
		if reach != nil {
			p := planning{t: t, reach: reach, county: county, now: now}
			if err := p.plan(batch); err != nil {
				return fmt.Errorf("plan notices: %w", err)
			}
		}
		markPlanned(t, batch, county.Calendar, now)
		return t.Commit()
	})
	return n, err
}

// markPlanned marks notices, and sets those that climb their time: the end of the working day after the one on which
// they came.
func markPlanned(t *db.Tx, batch []unplanned, cal *calendar.Calendar, now time.Time) {
	var others []int64
	climbing := map[calendar.Day][]int64{}
	for _, u := range batch {
		if u.climbs() {
			climbing[calendar.DayOf(u.at)] = append(climbing[calendar.DayOf(u.at)], u.id)
			continue
		}
		others = append(others, u.id)
	}
	t.Exec("UPDATE notices SET planned_at = ? WHERE id "+t.DB().SQL().Among(), now, db.List(t.DB().SQL(), others))
	for on, ids := range climbing {
		until := db.UTC((cal.AddWorking(on, 1) + 1).Start())
		t.Exec("UPDATE notices SET planned_at = ?, climb_at = ? WHERE id "+t.DB().SQL().Among(), now, until,
			db.List(t.DB().SQL(), ids))
	}
}

// planning is a batch of notices being planned in a county where officers can be reached.
type planning struct {
	t      *db.Tx
	reach  *reach
	county workflow.County
	now    time.Time
}

// urgentAloneMost is how many urgent messages one officer gets at once; more come as one.
const urgentAloneMost = 5

func (p *planning) plan(batch []unplanned) error {
	urgent, digest := map[int64]*recipientBox{}, map[int64]*recipientBox{}
	var order []int64
	for _, u := range batch {
		boxes, when := digest, p.digestAt
		if u.urgent() {
			boxes, when = urgent, p.urgentAt
		}
		for to, at := range p.reach.recipients(u.office, when) {
			if !u.urgent() && !to.contact.DailyDigest {
				continue
			}
			if boxes[to.officer] == nil {
				boxes[to.officer] = &recipientBox{to: to, at: at}
				order = append(order, to.officer)
			}
			boxes[to.officer].notices = append(boxes[to.officer].notices, u.id)
		}
	}
	slices.Sort(order)
	for _, officer := range slices.Compact(order) {
		if b := urgent[officer]; b != nil {
			size := 1
			if len(b.notices) > urgentAloneMost {
				size = len(b.notices)
			}
			for some := range slices.Chunk(b.notices, size) {
				if err := p.urgent(*b, some); err != nil {
					return err
				}
			}
		}
		if b := digest[officer]; b != nil {
			if err := p.digest(*b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planning) urgent(b recipientBox, notices []int64) error {
	id, err := insertDelivery(p.t, "urgent", b, p.now)
	if err != nil {
		return err
	}
	attachNotices(p.t, id, b.to.officer, notices)
	return nil
}

// digest adds notices to the officer's next digest that has not gone out. The clock may have been set back, so that the
// next by the clock has.
func (p *planning) digest(b recipientBox) error {
	for range 30 {
		id, err := insertDelivery(p.t, "digest", b, p.now)
		if err != nil {
			return err
		}
		if id == 0 {
			p.t.Query(func(scan func(...any) error) error { return scan(&id) },
				"SELECT c.id FROM deliveries c WHERE c.kind = 'digest' AND c.officer_id = ? AND c.due_at = ? "+
					"AND c.state = 'waiting' AND c.attempt = 0"+p.t.DB().SQL().Lock(), b.to.officer, db.UTC(b.at))
			if err := p.t.Flush(); err != nil {
				return err
			}
		}
		if id != 0 {
			attachNotices(p.t, id, b.to.officer, b.notices)
			return nil
		}
		b.at = nextDigest(p.county.Calendar, b.at)
	}
	return errors.New("thirty digests of one officer have gone out ahead of the clock")
}

// digestHour is when an officer's list of the day goes out.
const digestHour = 8*time.Hour + 30*time.Minute

// nextDigest is the next half past eight of a working day after an instant.
func nextDigest(cal *calendar.Calendar, t time.Time) time.Time {
	for d := calendar.DayOf(t); ; d++ {
		if at := d.Start().Add(digestHour); cal.Working(d) && at.After(t) {
			return at
		}
	}
}

func (p *planning) digestAt(*receiver) time.Time { return nextDigest(p.county.Calendar, p.now) }

func (p *planning) urgentAt(to *receiver) time.Time { return to.contact.Hour(p.county, p.now) }

func attachNotices(t *db.Tx, delivery, officer int64, notices []int64) {
	for _, n := range notices {
		t.Exec("INSERT INTO delivery_notices (delivery_id, notice_id, officer_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			delivery, n, officer)
	}
}
