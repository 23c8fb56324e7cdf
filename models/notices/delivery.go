package notices

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/org"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// The states of a delivery.
const (
	Waiting = "waiting"
	Sending = "sending" // being sent, or its sender has died
	Sent    = "sent"
	Unsure  = "unsure" // may have arrived: it is never sent again by itself
	Failed  = "failed"
	Void    = "void" // nothing was left to say when its hour came
)

// Delivery is one message to one officer, with all that is needed to send it.
type Delivery struct {
	ID        int64
	Attempt   int    // which try it is, over all channels
	Tries     int    // over this one
	Kind      string // urgent or digest
	MessageID string // the same on each try
	Channel   Channel
	To        string
	Items     []DeliveryItem // one a case, the soonest due first
	Contact   Contact
	officer   int64
	office    int64
	told      []string // what it tells, as the log of messages has it
}

// DeliveryItem is what a message says of one case.
type DeliveryItem struct {
	Number  string
	State   glossary.State
	Rung    workflow.RungName // what is urgent; empty in a digest
	Climbed bool              // an office below has not acknowledged it
	Verb    string            // of a message
	DueOn   calendar.Day      // zero: nothing is due
}

// insertDelivery makes a delivery; 0 where the officer has a digest of that instant.
func insertDelivery(t *db.Tx, kind string, b recipientBox, now time.Time) (int64, error) {
	var id int64
	at := db.UTC(b.at)
	t.Query(func(scan func(...any) error) error { return scan(&id) },
		"INSERT INTO deliveries (officer_id, kind, channel_id, due_at, not_before, state, message_id, created_at) "+
			"VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?) ON CONFLICT (officer_id, due_at) WHERE kind = 'digest' DO NOTHING "+
			"RETURNING id",
		b.to.officer, kind, b.to.channel, at, at, "anju-"+rand.Text(), now)
	return id, t.Flush()
}

// TakeDelivery takes the next message that is due, and marks it as being sent before it is sent: a process that dies
// with it leaves it to be found. Channels in except are left alone. It gives nil where nothing is due.
func (s *Store) TakeDelivery(ctx context.Context, county workflow.County, except []int64) (*Delivery, error) {
	for {
		var taken *Delivery
		found := false
		err := s.db.Update(ctx, func(t *db.Tx) error {
			var err error
			taken, found, err = s.take(t, county, except)
			return err
		})
		if err != nil || taken != nil || !found {
			return taken, err
		}
	}
}

// take takes one message, or puts it aside and takes none.
func (s *Store) take(t *db.Tx, county workflow.County, except []int64) (taken *Delivery, found bool, err error) {
	now := s.db.Now()
	var d Delivery
	among := s.db.SQL().Among()
	t.Query(func(scan func(...any) error) error {
		found = true
		return scan(&d.ID, &d.Attempt, &d.Tries, &d.Kind, &d.MessageID, &d.Channel.ID, &d.officer)
	}, "SELECT c.id, c.attempt, c.tries, c.kind, c.message_id, c.channel_id, c.officer_id FROM deliveries c "+
		"WHERE c.state = 'waiting' AND c.not_before <= ? AND NOT (c.channel_id "+among+") ORDER BY c.not_before, c.id "+
		"LIMIT 1"+s.db.SQL().Skip(), now, db.List(s.db.SQL(), except))
	if err := t.Flush(); err != nil {
		return nil, false, fmt.Errorf("read what is to be sent: %w", err)
	}
	if !found {
		return nil, false, t.Commit()
	}
	aside := func(state, why string) (*Delivery, bool, error) {
		t.Exec("UPDATE deliveries SET state = ?, last_error = ? WHERE id = ?", state, why, d.ID)
		return nil, true, t.Commit()
	}
	list, why, err := s.channelsFor(t, &d)
	if err != nil {
		return nil, true, fmt.Errorf("delivery %d: %w", d.ID, err)
	}
	switch at := d.Contact.Hour(county, now); {
	case len(list) == 0:
		return aside(Failed, why)
	case at.After(now):
		t.Exec("UPDATE deliveries SET not_before = ? WHERE id = ?", db.UTC(at), d.ID)
		return nil, true, t.Commit()
	}
	if !slices.ContainsFunc(list, func(l link) bool { return l.id == d.Channel.ID }) {
		d.Channel.ID, d.Tries = list[0].id, 0
		if slices.Contains(except, d.Channel.ID) {
			t.Exec("UPDATE deliveries SET channel_id = ?, tries = 0 WHERE id = ?", d.Channel.ID, d.ID)
			return nil, true, t.Commit()
		}
	}
	if err := readItems(t, &d); err != nil {
		return nil, true, err
	}
	if len(d.Items) == 0 {
		return aside(Void, "")
	}
	damaged, err := s.openChannel(t, &d)
	if err != nil {
		return nil, true, err
	}
	if damaged != nil {
		return aside(Failed, damaged.Error())
	}
	if err := s.recordTold(d); err != nil {
		return nil, true, err
	}
	d.Attempt++
	d.Tries++
	t.Exec("UPDATE deliveries SET state = 'sending', channel_id = ?, tries = ?, attempt = ?, begun_at = ? WHERE id = ?",
		d.Channel.ID, d.Tries, d.Attempt, now, d.ID)
	return &d, true, t.Commit()
}

// channelsFor reads how the officer of a delivery is reached now, or why he is not.
func (s *Store) channelsFor(t *db.Tx, d *Delivery) (list []link, why string, err error) {
	var row contactRow
	active, channels := false, map[int64][]link{}
	t.Query(func(scan func(...any) error) error {
		return scan(append([]any{&d.office, &active}, contactColumns.Fields(&row)...)...)
	},
		"SELECT o.office_id, o.active, "+contactColumns.List("k")+" FROM officers o JOIN contacts k ON k.officer_id = o.id "+
			"WHERE o.id = ?", d.officer)
	queryChannels(t, channels)
	if err := t.Flush(); err != nil {
		return nil, "", err
	}
	if !active {
		return nil, "the account is not active", nil
	}
	var damaged error
	if d.Contact, damaged = row.opened(s.db.Keys()); damaged != nil {
		return nil, "the contact: " + damaged.Error(), nil
	}
	if list = channelsOf(channels, d.office, d.Contact); len(list) == 0 {
		why = "no channel reaches the officer"
	}
	return list, why, nil
}

func (s *Store) openChannel(t *db.Tx, d *Delivery) (damaged, err error) {
	var r channelRow
	t.Query(func(scan func(...any) error) error {
		return scan(channelColumns.Fields(&r)...)
	}, "SELECT "+channelColumns.List("")+" FROM channels WHERE id = ?", d.Channel.ID)
	if err := t.Flush(); err != nil {
		return nil, err
	}
	d.Channel, damaged = r.open(s.db.Keys())
	d.To = d.Contact.address(d.Channel.Kind)
	return damaged, nil
}

// readItems reads what a message is to say: of each case once, and nothing that the office has acknowledged or that is
// over. A red card stays worth saying when the case has moved on: an explanation is owed.
func readItems(t *db.Tx, d *Delivery) error {
	t.Query(func(scan func(...any) error) error {
		var i DeliveryItem
		var kind, text, what string
		var of, pressing sql.Null[db.Day]
		if err := scan(&kind, &i.Rung, &text, &i.Number, &i.State, &of, &pressing, &what); err != nil {
			return err
		}
		d.told = append(d.told, what)
		switch {
		case kind == MessageNotice:
			i.Verb, i.Rung = text, ""
		case d.Kind == "digest":
			i.Rung = ""
		default:
			i.Climbed = kind == ClimbNotice
		}
		if of.Valid && d.Kind == "urgent" {
			pressing = of
		}
		if pressing.Valid {
			i.DueOn = calendar.Day(pressing.V)
		}
		if !slices.ContainsFunc(d.Items, func(other DeliveryItem) bool { return other.Number == i.Number }) {
			d.Items = append(d.Items, i)
		}
		return nil
	}, "SELECT n.kind, n.rung, CASE WHEN n.kind = 'message' THEN n.text ELSE '' END, c.number, c.state, x.due_on, "+
		"(SELECT min(p.due_on) FROM deadlines p WHERE p.case_id = c.id AND p.closed_at IS NULL AND NOT p.paused "+
		"AND p.warn_at IS NOT NULL), "+registry.ToldKey+" FROM delivery_notices m JOIN notices n ON n.id = m.notice_id "+
		"JOIN cases c ON c.id = n.case_id LEFT JOIN deadlines x ON n.kind <> 'message' AND x.case_id = n.case_id "+
		"AND x.id = n.source AND x.generation = n.generation WHERE m.delivery_id = ? AND n.acked_at IS NULL "+
		"AND NOT (n.kind <> 'message' AND n.rung IN ("+db.QuoteList(passingRungs)+") AND x.closed_at IS NOT NULL) "+
		"AND NOT EXISTS (SELECT 1 FROM told_before b WHERE b.officer_id = m.officer_id AND b.what = "+registry.ToldKey+") "+
		"ORDER BY n.id DESC", d.ID)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("what delivery %d says: %w", d.ID, err)
	}
	slices.SortStableFunc(d.Items, func(a, b DeliveryItem) int {
		switch {
		case a.DueOn == b.DueOn:
			return 0
		case a.DueOn == 0:
			return 1
		case b.DueOn == 0:
			return -1
		}
		return int(a.DueOn - b.DueOn)
	})
	return nil
}

// passingRungs are the rungs of which nothing is left to say once their deadline has ended.
var passingRungs = []workflow.RungName{workflow.RungWarn, workflow.RungStricter, workflow.RungDay3, workflow.RungDay7,
	workflow.RungMonth}

// mostTries is how often one channel is tried.
const mostTries = 8

// Sending results, as FinishDelivery takes them.
const (
	Again   = "again"   // certainly not delivered, and may be tried again
	Refused = "refused" // certainly not delivered, and never by this channel
)

// FinishDelivery writes down what became of a message: Sent, Unsure, Refused or Again. What was not delivered is tried
// again at the instant; after the eighth time, or when it was refused, by the next channel that reaches the officer,
// and without one it has failed. The try of a process that was taken for dead counts as long as no other was begun
// another.
func (s *Store) FinishDelivery(ctx context.Context, d Delivery, result, why string, again time.Time) error {
	if result == Again || result == Refused {
		if err := s.recordUntold(d); err != nil {
			return fmt.Errorf("delivery %d: %w", d.ID, err)
		}
	}
	err := s.db.Update(ctx, func(t *db.Tx) error {
		const mine = " WHERE id = ? AND attempt = ? AND state IN ('sending', 'unsure')"
		now := s.db.Now()
		switch {
		case result == Sent:
			t.Exec("UPDATE deliveries SET state = 'sent', sent_at = ?, last_error = ''"+mine, now, d.ID, d.Attempt)
		case result == Unsure:
			t.Exec("UPDATE deliveries SET state = 'unsure', last_error = ?"+mine, why, d.ID, d.Attempt)
		case result == Again && d.Tries < mostTries:
			t.Exec("UPDATE deliveries SET state = 'waiting', not_before = ?, last_error = ?"+mine, db.UTC(again), why, d.ID,
				d.Attempt)
		default:
			list, _, err := s.channelsFor(t, &d)
			if err != nil {
				return err
			}
			next := slices.IndexFunc(list, func(l link) bool { return l.id == d.Channel.ID }) + 1
			if next == 0 || next == len(list) {
				t.Exec("UPDATE deliveries SET state = 'failed', last_error = ?"+mine, why, d.ID, d.Attempt)
				break
			}
			t.Exec("UPDATE deliveries SET state = 'waiting', channel_id = ?, tries = 0, not_before = ?, last_error = ?"+mine,
				list[next].id, now, why, d.ID, d.Attempt)
		}
		return t.Commit()
	})
	if err != nil {
		return fmt.Errorf("write down what became of delivery %d: %w", d.ID, err)
	}
	return nil
}

// StalledDeliveries turns messages that have been with a sender since before the instant into Unsure: it has died, and
// they may have arrived. It says how many.
func (s *Store) StalledDeliveries(ctx context.Context, begunBefore time.Time) (int, error) {
	done := s.db.Write(ctx).Table("deliveries").Where("state = 'sending' AND begun_at < ?", db.UTC(begunBefore)).
		Updates(map[string]any{"state": Unsure, "last_error": "the program ended while it was being sent"})
	return int(done.RowsAffected), done.Error
}

// DeliveryLine is a message as an administrator sees it: whom it was for, and what became of it.
type DeliveryLine struct {
	ID          int64
	Kind, State string
	Officer     workflow.OfficerID
	OfficerName string
	OfficeName  string
	ChannelKind string // "" once the channel is gone
	Notices     int
	Tries       int // in all
	LastError   string
	DueAt       time.Time
	NotBefore   time.Time
	SentAt      time.Time
	RedrivenAt  time.Time
}

// Deliveries lists messages in a state, the newest first, and how many there are in all.
func (s *Store) Deliveries(ctx context.Context, state string, number, size int) ([]DeliveryLine, int, error) {
	var total int64
	if err := s.db.Read(ctx).Table("deliveries").Where("state = ?", state).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []struct {
		ID, OfficerID                      int64
		Kind, State, Name, Office, Channel string
		Notices, Attempt                   int
		LastError                          string
		DueAt, NotBefore                   time.Time
		SentAt, RedrivenAt                 *time.Time
	}
	offset, limit := db.Page(number, size)
	if err := s.db.Read(ctx).Table("deliveries d").Joins("JOIN officers o ON o.id = d.officer_id").Joins("JOIN offices "+
		"f ON f.id = o.office_id").
		Joins("LEFT JOIN channels c ON c.id = d.channel_id").Select("d.id, d.officer_id, d.kind, d.state, o.name, f.name "+
		"AS office, COALESCE(c.kind, '') AS channel, (SELECT count(*) FROM delivery_notices m WHERE m.delivery_id = d.id) "+
		"AS notices, d.attempt, d.last_error, d.due_at, d.not_before, d.sent_at, d.redriven_at").
		Where("d.state = ?", state).Order("d.id DESC").Offset(offset).Limit(limit).Scan(&rows).Error; err != nil {
		return nil, 0, err
	}
	list := make([]DeliveryLine, len(rows))
	for i, r := range rows {
		list[i] = DeliveryLine{r.ID, r.Kind, r.State, workflow.OfficerID(r.OfficerID), r.Name, r.Office, r.Channel, r.Notices,
			r.Attempt, r.LastError, r.DueAt,
			r.NotBefore, db.TimeOrZero(r.SentAt), db.TimeOrZero(r.RedrivenAt)}
	}
	return list, int(total), nil
}

// RedriveDelivery has a message that failed, or of which it is not known whether it arrived, sent again from its first
// channel on. It fails with ErrNotFound for any other.
func (s *Store) RedriveDelivery(ctx context.Context, id int64, act org.Act) error {
	now := s.db.Now()
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if err := db.RequireOne(g.Table("deliveries").Where("id = ? AND state IN ('unsure', 'failed')", id).
			Updates(map[string]any{"state": Waiting, "channel_id": 0, "tries": 0, "not_before": now, "redriven_at": now,
				"redriven_by": int64(act.By.Officer)})); err != nil {
			return err
		}
		return act.Write(s.db, g)
	})
}

// recordTold notes what a message is about to tell, where a journal is kept.
func (s *Store) recordTold(d Delivery) error {
	if j := s.db.Journal(); j != nil {
		return j.RecordTold(d.officer, d.told)
	}
	return nil
}

// recordUntold notes that a message certainly did not arrive, where a journal is kept.
func (s *Store) recordUntold(d Delivery) error {
	if j := s.db.Journal(); j != nil {
		return j.RecordUntold(d.officer, d.told)
	}
	return nil
}

type recipientBox struct {
	to      *receiver
	at      time.Time
	notices []int64
}
