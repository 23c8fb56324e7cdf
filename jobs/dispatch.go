package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"anju/jobs/channel"
	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// tellers is what telling people by message needs of the database.
type tellers interface {
	// PlanNotices decides for a batch of notices who is told of them by message; none when none is left.
	PlanNotices(ctx context.Context, county workflow.County, limit int) (int, error)
	// Climb tells the authority above of a batch of notices that nobody has acknowledged in time.
	Climb(ctx context.Context, limit int) (int, error)
	// TakeDelivery marks the next message that is due as being sent, and gives it; nil where none is due.
	TakeDelivery(ctx context.Context, county workflow.County, except []int64) (*models.Delivery, error)
	FinishDelivery(ctx context.Context, d models.Delivery, result, why string, again time.Time) error
	// Abandoned finds what a process that died was sending: nobody knows whether it arrived.
	Abandoned(ctx context.Context, begunBefore time.Time) (int, error)
}

const (
	planBatch  = 5_000
	climbBatch = 500
	atHand     = 4                // messages being sent at once
	sendFor    = 40 * time.Second // longer than any channel is patient
	diedAfter  = 2 * time.Minute  // a message that has been at hand for longer: its sender has died
	diedEvery  = 30 * time.Second
)

// planLoop plans what is new, soon after a nudge and otherwise every second, and lets climb what nobody has acknowledged.
func (r *Runner) planLoop(ctx context.Context) {
	failing := false
	for pause(ctx, r.pace.plan, r.plans) {
		err := r.plan(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("notices could not be planned", "error", err)
		}
		if failing = err != nil; failing && !pause(ctx, 5*r.pace.plan, nil) {
			return
		}
	}
}

// plan plans until nothing is unplanned, nor climbs. While escalation is held nothing climbs: it would be as hard to take back as a
// card.
func (r *Runner) plan(ctx context.Context) error {
	if err := r.planning.take(ctx); err != nil {
		return err
	}
	defer r.planning.release()
	if err := r.maySend(ctx); err != nil {
		return unlessHeld(err)
	}
	for climbed := 1; climbed > 0; {
		if _, err := untilZero(func() (int, error) { return r.store.PlanNotices(ctx, r.svc.County(), planBatch) }); err != nil {
			return fmt.Errorf("plan notices: %w", err)
		}
		err := r.mayEscalate(ctx)
		if isHeld(err) {
			return nil
		}
		if err == nil {
			climbed, err = untilZero(func() (int, error) { return r.store.Climb(ctx, climbBatch) })
		}
		if err != nil {
			return fmt.Errorf("let notices climb: %w", err)
		}
	}
	return nil
}

// untilZero does a thing until it has nothing left to do. Where another holds the database it is left for the next time.
func untilZero(do func() (int, error)) (sum int, err error) {
	for {
		n, err := do()
		if errors.Is(err, workflow.ErrBusy) {
			return sum, nil
		}
		if err != nil || n == 0 {
			return sum, err
		}
		sum += n
	}
}

// sendLoop sends what is due every second.
func (r *Runner) sendLoop(ctx context.Context) {
	failing := false
	for pause(ctx, r.pace.send, nil) {
		err := r.dispatch(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("messages could not be sent", "error", err)
		}
		if failing = err != nil; failing && !pause(ctx, 5*r.pace.send, nil) {
			return
		}
	}
}

// dispatch sends until nothing is due. A message is taken only when somebody is free to send it: what is taken and not sent when
// this process dies is nobody's any more.
func (r *Runner) dispatch(ctx context.Context) error {
	if err := r.sending.take(ctx); err != nil {
		return err
	}
	defer r.sending.release()
	if err := r.maySend(ctx); err != nil {
		return unlessHeld(err)
	}
	if err := r.bury(ctx); err != nil {
		return err
	}
	var all sync.WaitGroup
	defer all.Wait()
	free := make(lock, atHand)
	for {
		if err := free.take(ctx); err != nil {
			return err
		}
		d, err := r.store.TakeDelivery(ctx, r.svc.County(), r.channels.resting(r.now()))
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
			defer free.release()
			r.send(r.work(), *d)
		})
	}
}

// bury looks now and then for messages whose sender has died.
func (r *Runner) bury(ctx context.Context) error {
	if time.Since(r.buried) < diedEvery {
		return nil
	}
	n, err := r.store.Abandoned(ctx, r.now().Add(-diedAfter))
	if errors.Is(err, workflow.ErrBusy) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for messages whose sender has died: %w", err)
	}
	r.buried = time.Now()
	if n > 0 {
		r.log.Warn("messages may have arrived or not: the program ended while they were being sent", "messages", n)
	}
	return nil
}

// send sends one message, and writes down what became of it.
func (r *Runner) send(ctx context.Context, d models.Delivery) {
	err := r.hand(ctx, d)
	result, why, again := models.Sent, "", time.Time{}
	if err != nil {
		why = err.Error() // the channel lets nothing personal into it
	}
	switch {
	case err == nil:
		r.channels.worked(d.Channel.ID)
	case errors.Is(err, channel.ErrUnsure):
		result = models.Unsure
		r.channels.failed(d.Channel.ID, r.now(), r.pace.retry)
	case errors.Is(err, channel.ErrRefused):
		result = models.Refused
	default:
		result, again = models.Again, d.Contact.Hour(r.svc.County(), r.now().Add(r.pace.resend(d.Tries)))
		r.channels.failed(d.Channel.ID, r.now(), r.pace.retry)
	}
	if err != nil {
		r.log.Warn("a message was not sent, or not for sure", "delivery", d.ID, "try", d.Attempt, "channel", d.Channel.Kind, "result", result, "error", err)
	}
	r.writeDown(ctx, d, result, why, again)
}

// writeDown tries a few times: a result that is lost makes a message that was sent one of which nobody knows.
func (r *Runner) writeDown(ctx context.Context, d models.Delivery, result, why string, again time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	for try := 0; ; try++ {
		err := r.store.FinishDelivery(ctx, d, result, why, again)
		if err == nil {
			return
		}
		if try == 5 || !pause(ctx, min(r.pace.retry(try), 3*time.Second), nil) {
			r.log.Error("what became of a message could not be written down: it will be shown as unsure", "delivery", d.ID, "result", result, "error", err)
			return
		}
	}
}

// hand gives a message to its channel. A panic in there may have come after it was sent.
func (r *Runner) hand(ctx context.Context, d models.Delivery) (err error) {
	sender, err := r.open(d.Channel)
	if err != nil {
		return fmt.Errorf("%w: %w", channel.ErrRefused, err)
	}
	defer func() {
		if x := recover(); x != nil {
			r.log.Error("a channel panicked", "delivery", d.ID, "channel", d.Channel.Kind, "panic", x, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: panic", channel.ErrUnsure)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	subject, text := wording(d, r.svc.County().Parameters.Messages)
	return sender.Send(ctx, channel.Message{ID: d.MessageID, To: d.To, Subject: subject, Text: text})
}

// openChannel reads the configuration of a channel.
func openChannel(c models.Channel) (channel.Sender, error) {
	var cfg channel.Config
	if err := json.Unmarshal(c.Config, &cfg); err != nil {
		return nil, errors.New("the configuration of the channel cannot be read")
	}
	cfg.Kind = channel.Kind(c.Kind)
	return channel.Open(cfg, nil)
}

// resend is how long a message waits before its next try: a minute, two, four … and up to half as much more, so that the eighth and
// last comes more than two hours after the first.
func resend(tries int) time.Duration {
	d := time.Minute << min(max(tries-1, 0), 6)
	return d + rand.N(d/2)
}

// mostLines is how many cases one message names.
const mostLines = 10

// wording is what a message says: numbers of cases, where they lie and when they are due, and nothing of any person.
func wording(d models.Delivery, m workflow.Messages) (subject, text string) {
	n, sign := len(d.Items), m.Signature()
	if d.Kind == "urgent" && n == 1 {
		return sign + "办件提醒", sign + line(d.Items[0]) + "。" + cmp.Or(m.Ask, ask(d.Items[0]))
	}
	subject = fmt.Sprintf("%s今日待办提醒 %d 件", sign, n)
	if d.Kind == "urgent" {
		subject = fmt.Sprintf("%s办件提醒 %d 件", sign, n)
	}
	var b strings.Builder
	b.WriteString(subject + "：")
	for _, i := range d.Items[:min(n, mostLines)] {
		b.WriteString("\n" + line(i))
	}
	if n > mostLines {
		fmt.Fprintf(&b, "\n等%d件", n)
	}
	b.WriteString("\n" + cmp.Or(m.Ask, "请登录系统办理和确认。"))
	return subject, b.String()
}

func line(i models.DeliveryItem) string {
	where := i.State.Title()
	if i.DueOn != 0 {
		where += "，" + monthDay(i.DueOn) + "到期"
	}
	said := i.Number + "（" + where + "）"
	switch {
	case i.Verb == string(glossary.SuperviseKind):
		return said + "已被督办"
	case i.Rung == "":
		return said
	case i.Climbed:
		return said + i.Rung.Title() + "，下级未确认，上报"
	}
	return said + i.Rung.Title()
}

func ask(i models.DeliveryItem) string {
	if i.Climbed {
		return "请督促办理，并登录系统确认。"
	}
	return "请尽快办理，并登录系统确认。"
}

func monthDay(d calendar.Day) string {
	_, m, day := d.Date()
	return fmt.Sprintf("%d月%d日", m, day)
}

// channels knows which channels do not work just now: they rest, so that not every message that waits for one is lost in it.
type channels struct {
	mu   sync.Mutex
	down map[int64]downed
}

type downed struct {
	fails int
	until time.Time
}

func (c *channels) failed(id int64, now time.Time, delay func(int) time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down == nil {
		c.down = map[int64]downed{}
	}
	d := c.down[id]
	c.down[id] = downed{d.fails + 1, now.Add(delay(d.fails))}
}

func (c *channels) worked(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.down, id)
}

func (c *channels) resting(now time.Time) []int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := []int64{}
	for id, d := range c.down {
		if d.until.After(now) {
			ids = append(ids, id)
		}
	}
	return ids
}
