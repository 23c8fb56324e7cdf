package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// The kinds of notices.
const (
	RungNotice    = "rung"    // told by a rung in its transaction
	MessageNotice = "message" // told by a move
	ClimbNotice   = "climb"   // the office below has not acknowledged a rung
)

// pressed are the rungs that an office must acknowledge, and of which its officers are told at once.
var pressed = []workflow.RungName{workflow.RungRed, workflow.RungDay3, workflow.RungDay7, workflow.RungMonth}

// above is the authority that is told what an office has not acknowledged; "" above the last.
func above(p glossary.Party) glossary.Party {
	switch {
	case p == glossary.CountyGovernment:
		return ""
	case p == glossary.SupervisionOffice:
		return glossary.CountyGovernment
	case p == glossary.TownshipGovernment:
		return glossary.CountyAgricultureBureau
	case p.Level() == glossary.CountyLevel:
		return glossary.SupervisionOffice
	}
	return glossary.TownshipGovernment
}

// climber is a notice whose time is over.
type climber struct {
	id, office, id2 int64 // id2 is the case
	source          int64
	generation      int
	rung, text      string
	step            int
	running         bool // its deadline
}

// Climb tells the authority above of a batch of notices that nobody of the told office has acknowledged in time, each once.
// It says how many were looked at. Those of a frozen case wait. Once the case has moved on only a red card climbs: an explanation of it is owed.
func (s *Store) Climb(ctx context.Context, limit int) (int, error) {
	n := 0
	err := s.db.in(ctx, s.db.writePool, s.db.dialect.begin(), func(t *tx) error {
		now := s.db.now()
		var late []climber
		t.query(func(scan func(...any) error) error {
			var c climber
			err := scan(&c.id, &c.office, &c.id2, &c.source, &c.generation, &c.rung, &c.text, &c.step, &c.running)
			late = append(late, c)
			return err
		}, "SELECT c.id, c.office_id, c.case_id, c.source, c.generation, c.rung, c.text, c.step, EXISTS (SELECT 1 FROM deadlines d WHERE d.case_id = c.case_id "+
			"AND d.id = c.source AND d.generation = c.generation AND d.closed_at IS NULL) FROM notices c WHERE c.climb_at <= ? AND c.climb_at IS NOT NULL "+
			"AND c.climbed_at IS NULL AND c.acked_at IS NULL AND "+notFrozen("c.case_id")+" ORDER BY c.climb_at LIMIT ?"+s.db.dialect.skip(), now, limit)
		if err := t.flush(); err != nil {
			return fmt.Errorf("read what climbs: %w", err)
		}
		if n = len(late); n == 0 {
			return t.commit()
		}
		return s.climb(t, late, now)
	})
	return n, err
}

func (s *Store) climb(t *tx, late []climber, now time.Time) error {
	var ids, cases []int64
	for _, c := range late {
		ids, cases = append(ids, c.id), append(cases, c.id2)
	}
	places, err := t.places(cases)
	if err != nil {
		return err
	}
	for _, c := range late {
		if !c.running && c.rung != string(workflow.RungRed) {
			continue
		}
		below, err := s.officeAt(t.ctx, workflow.OfficeID(c.office))
		if err != nil {
			return err
		}
		higher, err := s.officeAbove(t.ctx, below.Kind, places[c.id2])
		if errors.Is(err, workflow.ErrNotFound) {
			continue // nobody stands above it
		}
		if err != nil {
			return err
		}
		t.exec("INSERT INTO notices (office_id, case_id, kind, source, generation, rung, step, text, at) VALUES (?, ?, 'climb', ?, ?, ?, ?, ?, ?) "+
			"ON CONFLICT DO NOTHING", int64(higher.ID), c.id2, c.source, c.generation, c.rung, c.step, below.Name+"未确认，上报："+c.text, now)
	}
	t.exec("UPDATE notices SET climbed_at = ? WHERE id "+s.db.dialect.among(), now, s.db.list(ids))
	return t.commit()
}

// officeAbove finds the nearest authority above a kind of office that the county has.
func (s *Store) officeAbove(ctx context.Context, p glossary.Party, c workflow.Case) (Office, error) {
	for p = above(p); p != ""; p = above(p) {
		o, err := s.desk(ctx, p, c)
		if !errors.Is(err, workflow.ErrNotFound) {
			return o, err
		}
	}
	return Office{}, workflow.ErrNotFound
}

// unplanned is a notice of which its officers are to be told.
type unplanned struct {
	id, office       int64
	kind, rung, text string
	at               time.Time
}

// climbs tells whether the notice climbs when nobody acknowledges it. What has climbed does not again.
func (n unplanned) climbs() bool {
	return n.kind == RungNotice && slices.Contains(pressed, workflow.RungName(n.rung))
}

// urgent tells whether the officers are told of it by itself; the rest waits for the next digest.
func (n unplanned) urgent() bool {
	return n.climbs() || n.kind == ClimbNotice || n.kind == MessageNotice && n.text == string(glossary.SuperviseKind)
}

// PlanNotices decides for a batch of notices who of the told office is told of them by message, and until when they must be
// acknowledged. It says how many it took; none when none is left. Where nobody can be reached the inbox is all.
func (s *Store) PlanNotices(ctx context.Context, county workflow.County, limit int) (int, error) {
	n := 0
	err := s.db.in(ctx, s.db.writePool, s.db.dialect.begin(), func(t *tx) error {
		var batch []unplanned
		t.query(func(scan func(...any) error) error {
			var u unplanned
			err := scan(&u.id, &u.office, &u.kind, &u.rung, &u.text, &u.at)
			batch = append(batch, u)
			return err
		}, "SELECT c.id, c.office_id, c.kind, c.rung, CASE WHEN c.kind = 'message' THEN c.text ELSE '' END, c.at FROM notices c WHERE c.planned_at IS NULL "+
			"ORDER BY c.id LIMIT ?"+s.db.dialect.skip(), limit)
		if err := t.flush(); err != nil {
			return fmt.Errorf("read what is to be planned: %w", err)
		}
		if n = len(batch); n == 0 {
			return t.commit()
		}
		now := s.db.now()
		reach, err := t.reachable(calendar.DayOf(now))
		if err != nil {
			return err
		}
		if reach != nil {
			p := planning{t: t, reach: reach, county: county, now: now}
			if err := p.plan(batch); err != nil {
				return fmt.Errorf("plan notices: %w", err)
			}
		}
		t.planned(batch, county.Calendar, now)
		return t.commit()
	})
	return n, err
}

// planned marks notices, and sets those that climb their time: the end of the working day after the one on which they came.
func (t *tx) planned(batch []unplanned, cal *calendar.Calendar, now time.Time) {
	var others []int64
	climbing := map[calendar.Day][]int64{}
	for _, u := range batch {
		if u.climbs() {
			climbing[calendar.DayOf(u.at)] = append(climbing[calendar.DayOf(u.at)], u.id)
			continue
		}
		others = append(others, u.id)
	}
	t.exec("UPDATE notices SET planned_at = ? WHERE id "+t.db.dialect.among(), now, t.db.list(others))
	for on, ids := range climbing {
		until := utc((cal.AddWorking(on, 1) + 1).Start())
		t.exec("UPDATE notices SET planned_at = ?, climb_at = ? WHERE id "+t.db.dialect.among(), now, until, t.db.list(ids))
	}
}

// planning is a batch of notices being planned in a county where somebody can be reached.
type planning struct {
	t      *tx
	reach  *reach
	county workflow.County
	now    time.Time
}

// mostAlone is how many urgent messages one officer gets at once; more come as one.
const mostAlone = 5

type letterBox struct {
	to      *receiver
	at      time.Time
	notices []int64
}

func (p *planning) plan(batch []unplanned) error {
	urgent, digest := map[int64]*letterBox{}, map[int64]*letterBox{}
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
				boxes[to.officer] = &letterBox{to: to, at: at}
				order = append(order, to.officer)
			}
			boxes[to.officer].notices = append(boxes[to.officer].notices, u.id)
		}
	}
	slices.Sort(order)
	for _, officer := range slices.Compact(order) {
		if b := urgent[officer]; b != nil {
			size := 1
			if len(b.notices) > mostAlone {
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

func (p *planning) urgent(b letterBox, notices []int64) error {
	id, err := p.t.newDelivery("urgent", b, p.now)
	if err != nil {
		return err
	}
	p.t.attach(id, b.to.officer, notices)
	return nil
}

// digest adds notices to the officer's next digest that has not gone out. The clock may have been set back, so that the next by
// the clock has.
func (p *planning) digest(b letterBox) error {
	for range 30 {
		id, err := p.t.newDelivery("digest", b, p.now)
		if err != nil {
			return err
		}
		if id == 0 {
			p.t.query(func(scan func(...any) error) error { return scan(&id) }, "SELECT c.id FROM deliveries c WHERE c.kind = 'digest' AND c.officer_id = ? "+
				"AND c.due_at = ? AND c.state = 'waiting' AND c.attempt = 0"+p.t.db.dialect.lock(), b.to.officer, utc(b.at))
			if err := p.t.flush(); err != nil {
				return err
			}
		}
		if id != 0 {
			p.t.attach(id, b.to.officer, b.notices)
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

func (p *planning) digestAt(*receiver) time.Time    { return nextDigest(p.county.Calendar, p.now) }
func (p *planning) urgentAt(to *receiver) time.Time { return to.contact.Hour(p.county, p.now) }

func (t *tx) attach(delivery, officer int64, notices []int64) {
	for _, n := range notices {
		t.exec("INSERT INTO delivery_notices (delivery_id, notice_id, officer_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", delivery, n, officer)
	}
}

// quoted joins texts as a list of SQL strings; they are words of ours.
func quoted[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = "'" + string(w) + "'"
	}
	return strings.Join(words, ", ")
}
