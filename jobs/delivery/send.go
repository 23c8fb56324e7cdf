package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"anju/jobs/channel"
	"anju/jobs/hold"
	"anju/jobs/retry"
	"anju/models/notices"
	"anju/workflow"
)

const (
	sendersAtOnce = 4                // messages being sent at once
	sendTimeout   = 40 * time.Second // longer than any channel is patient
	stalledAfter  = 2 * time.Minute  // a message that has been in the sending for longer: its sender has died
	reclaimEvery  = 30 * time.Second
)

// deliveryStore is what Messenger calls of the database.
type deliveryStore interface {
	// TakeDelivery marks the next message that is due as being sent, and returns it; nil where none is due.
	TakeDelivery(ctx context.Context, county workflow.County, except []int64) (*notices.Delivery, error)
	FinishDelivery(ctx context.Context, d notices.Delivery, result, why string, again time.Time) error
	// StalledDeliveries marks what a process that died was sending as unsure: it may or may not have arrived.
	StalledDeliveries(ctx context.Context, begunBefore time.Time) (int, error)
}

// MessengerConfig is what a Messenger is made from.
type MessengerConfig struct {
	Work   func() context.Context // of the sending, which outlives the loop while the jobs end
	Open   func(notices.Channel) (channel.Sender, error)
	Delay  func(failures int) time.Duration // how long a channel that failed is left alone
	Resend func(tries int) time.Duration    // how long a message waits before its next try
	Now    func() time.Time
	Log    *slog.Logger
}

// Messenger sends the messages that are due.
type Messenger struct {
	cfg       MessengerConfig
	store     deliveryStore
	county    func() workflow.County
	gate      *hold.Gate
	outages   outages
	sending   *semaphore.Weighted // one round at a time in this process
	reclaimed time.Time           // under sending
}

// NewMessenger returns a messenger.
func NewMessenger(cfg MessengerConfig, store deliveryStore, county func() workflow.County, gate *hold.Gate) *Messenger {
	return &Messenger{cfg: cfg, store: store, county: county, gate: gate, sending: semaphore.NewWeighted(1)}
}

// Dispatch sends until nothing is due. A message is taken only when it can be sent at once: one that was taken and not
// sent when this process dies may or may not have arrived.
func (m *Messenger) Dispatch(ctx context.Context) error {
	if err := m.sending.Acquire(ctx, 1); err != nil {
		return err
	}
	defer m.sending.Release(1)
	if err := m.gate.MaySend(ctx); err != nil {
		return hold.Ignore(err)
	}
	if err := m.reclaimStalled(ctx); err != nil {
		return err
	}
	var all sync.WaitGroup
	defer all.Wait()
	free := semaphore.NewWeighted(sendersAtOnce)
	for {
		if err := free.Acquire(ctx, 1); err != nil {
			return err
		}
		d, err := m.store.TakeDelivery(ctx, m.county(), m.outages.waiting(m.cfg.Now()))
		if errors.Is(err, workflow.ErrBusy) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("take a message: %w", err)
		}
		if d == nil {
			return nil
		}
		all.Go(func() {
			defer free.Release(1)
			m.send(m.cfg.Work(), *d)
		})
	}
}

// reclaimStalled looks now and then for messages of which the sender has died, and marks them as unsure.
func (m *Messenger) reclaimStalled(ctx context.Context) error {
	if time.Since(m.reclaimed) < reclaimEvery {
		return nil
	}
	n, err := m.store.StalledDeliveries(ctx, m.cfg.Now().Add(-stalledAfter))
	if errors.Is(err, workflow.ErrBusy) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reclaim stalled messages: %w", err)
	}
	m.reclaimed = time.Now()
	if n > 0 {
		m.cfg.Log.Warn("messages may have arrived or not: the program ended while they were being sent", "messages", n)
	}
	return nil
}

// send sends one message, and writes down what became of it.
func (m *Messenger) send(ctx context.Context, d notices.Delivery) {
	err := m.hand(ctx, d)
	result, why, again := notices.Sent, "", time.Time{}
	if err != nil {
		why = err.Error() // the channel lets nothing personal into it
	}
	switch {
	case err == nil:
		m.outages.worked(d.Channel.ID)
	case errors.Is(err, channel.ErrUnsure):
		result = notices.Unsure
		m.outages.failed(d.Channel.ID, m.cfg.Now(), m.cfg.Delay)
	case errors.Is(err, channel.ErrRefused):
		result = notices.Refused
	default:
		result, again = notices.Again, d.Contact.Hour(m.county(), m.cfg.Now().Add(m.cfg.Resend(d.Tries)))
		m.outages.failed(d.Channel.ID, m.cfg.Now(), m.cfg.Delay)
	}
	if err != nil {
		m.cfg.Log.Warn("a message was not sent, or may not have been sent", "delivery", d.ID, "try", d.Attempt, "channel",
			d.Channel.Kind, "result", result, "error", err)
	}
	m.finish(ctx, d, result, why, again)
}

// finish writes the result down. It tries a few times: a result that is lost makes an unsure message of one that was
// sent.
func (m *Messenger) finish(ctx context.Context, d notices.Delivery, result, why string, again time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	for try := 0; ; try++ {
		err := m.store.FinishDelivery(ctx, d, result, why, again)
		if err == nil {
			return
		}
		if try == 5 || !retry.Wait(ctx, min(m.cfg.Delay(try), 3*time.Second)) {
			m.cfg.Log.Error("what became of a message could not be written down: it will be shown as unsure", "delivery", d.ID,
				"result", result, "error", err)
			return
		}
	}
}

// hand gives a message to its channel. A panic in there may have come after it was sent.
func (m *Messenger) hand(ctx context.Context, d notices.Delivery) (err error) {
	sender, err := m.cfg.Open(d.Channel)
	if err != nil {
		return fmt.Errorf("%w: %w", channel.ErrRefused, err)
	}
	defer func() {
		if x := recover(); x != nil {
			m.cfg.Log.Error("a channel panicked", "delivery", d.ID, "channel", d.Channel.Kind, "panic", x, "stack",
				string(debug.Stack()))
			err = fmt.Errorf("%w: panic", channel.ErrUnsure)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	subject, text := wording(d, m.county().Parameters.Messages)
	return sender.Send(ctx, channel.Message{ID: d.MessageID, To: d.To, Subject: subject, Text: text})
}

// OpenChannel reads the configuration of a channel.
func OpenChannel(c notices.Channel) (channel.Sender, error) {
	var cfg channel.Config
	if err := json.Unmarshal(c.Config, &cfg); err != nil {
		return nil, errors.New("the configuration of the channel cannot be read")
	}
	cfg.Kind = channel.Kind(c.Kind)
	return channel.Open(cfg, nil)
}

// Resend returns how long a message waits before its next try: a minute, two, four … and up to half as much more, so
// that the eighth and last comes more than two hours after the first.
func Resend(tries int) time.Duration {
	d := time.Minute << min(max(tries-1, 0), 6)
	return d + rand.N(d/2)
}
