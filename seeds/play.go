package seeds

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// play is the demo as it runs: the turns that are still to come, on its clock.
type play struct {
	walker *Walker
	store  *models.Store
	clock  Clock
	county workflow.County
	turns  []turn
}

type turn struct {
	at    time.Time
	story story
	id    workflow.CaseID // 0: not typed in yet
	state glossary.State  // where it lay when the turn was given
}

// next takes the earliest turn.
func (p *play) next(ctx context.Context) error {
	slices.SortStableFunc(p.turns, func(a, b turn) int { return a.at.Compare(b.at) })
	t := p.turns[0]
	p.turns = p.turns[1:]
	if !t.at.Before(DemoStart) {
		return nil // the demo begins before it
	}
	if err := p.reach(ctx, t.at); err != nil {
		return err
	}
	c, err := p.act(ctx, t)
	var wait *WaitError
	switch {
	case errors.Is(err, ErrEnded) && len(t.story.then) > 0:
		t.story.chain, t.story.then, t.id = t.story.then[0], t.story.then[1:], 0
		t.at = p.later(t, 1)
	case errors.Is(err, ErrEnded):
		return nil
	case errors.As(err, &wait):
		t.at = wait.Until.Add(9*time.Hour + 20*time.Minute)
	case err != nil:
		return err
	default:
		if t.id != 0 && t.state == glossary.JointReview && c.State == t.state {
			t.story.records = nil // written
		}
		t.id, t.state = c.ID, c.State
		days := max(t.story.days[c.State], 1)
		if len(t.story.records) > 0 && c.State == glossary.JointReview {
			days = 1
		}
		t.at = p.later(t, days)
	}
	p.turns = append(p.turns, t)
	return nil
}

// act does what is next in a turn: the case is typed in, something is written, or a verb is taken.
func (p *play) act(ctx context.Context, t turn) (workflow.Case, error) {
	if t.id == 0 && t.story.household.Name != "" {
		id, err := t.story.household.id(ctx, p.store, p.walker)
		if err != nil {
			return workflow.Case{}, err
		}
		return p.walker.OpenWith(ctx, t.story.chain, id, t.story.household.application(p.walker.Service, t.story.chain))
	}
	if t.id == 0 {
		household, ok, err := p.store.FreeHousehold(ctx, t.story.chain, string(t.story.chain))
		if err == nil && !ok {
			err = fmt.Errorf("no household is free for %s", t.story.chain)
		}
		if err != nil {
			return workflow.Case{}, err
		}
		return p.walker.Open(ctx, t.story.chain, household)
	}
	if len(t.story.records) > 0 && t.state == glossary.JointReview {
		var c workflow.Case
		for _, kind := range t.story.records {
			var err error
			if c, err = p.walker.Write(ctx, t.id, kind); err != nil {
				return c, err
			}
		}
		return c, nil
	}
	if t.story.corrected && t.state == glossary.TownshipIntake {
		return p.walker.Do(ctx, t.id, glossary.RequestCorrect)
	}
	c, _, err := p.walker.Step(ctx, t.id)
	return c, err
}

// later is a time of the working day, some days on, at which no other case acts.
func (p *play) later(t turn, days int) time.Time {
	d := calendar.DayOf(t.at) + calendar.Day(days)
	if days < forever {
		d = p.county.Calendar.NextWorking(d)
	}
	of := t.at.In(calendar.Shanghai)
	return d.Start().Add(time.Duration(8+(of.Hour()+3)%9)*time.Hour + time.Duration((of.Minute()+17)%60)*time.Minute)
}

// reach moves the clock of the play.
func (p *play) reach(ctx context.Context, to time.Time) error {
	return Reach(ctx, p.store, p.walker.Service, p.clock, to)
}
