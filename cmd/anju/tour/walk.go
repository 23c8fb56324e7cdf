package tour

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"anju/cmd/anju/failure"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// household is one of those kept for a chain.
func (t *walkthrough) household(ctx context.Context, chain workflow.ChainID) (workflow.HouseholdID, error) {
	id, ok, err := t.store.FreeHousehold(ctx, chain, string(chain))
	if err != nil || !ok {
		return 0, errors.Join(errors.New("no household is free"), err)
	}
	return id, nil
}

// open types in an application with its example, and says what the file has for it already.
func (t *walkthrough) open(ctx context.Context, chain workflow.ChainID,
	household workflow.HouseholdID) (workflow.CaseID, error) {
	if len(t.order) > 0 {
		if err := t.nextDay(ctx, 2); err != nil {
			return 0, err
		}
	}
	c, err := t.walker.Open(ctx, chain, household)
	if err != nil {
		return 0, err
	}
	v, err := t.svc.View(ctx, c.ID, t.people[glossary.ServiceCenter])
	if err != nil {
		return 0, err
	}
	t.cases[c.ID] = &caseProgress{result: Case{Chain: chain, Household: c.Householder}}
	t.order = append(t.order, c.ID)
	fmt.Fprintf(t.out, "%s  %s  申请户 %s\n", v.Chain.Title, c.Number, c.Householder)
	var held []string
	for _, m := range v.Materials {
		if m.Source != "" && m.Source != c.Number {
			held = append(held, m.Paper.Name+"（"+m.Source+"）")
		}
	}
	if len(held) > 0 {
		fmt.Fprintf(t.out, "  档案中已有，不再要求提交：%s\n", strings.Join(held, "、"))
	}
	return c.ID, nil
}

// walk walks a case along its main line until it has come into a state, or to its end.
func (t *walkthrough) walk(ctx context.Context, id workflow.CaseID, until glossary.State, do hooks) error {
	for {
		v, err := t.printStage(ctx, id)
		if err != nil {
			return err
		}
		if err := t.work(ctx, v, do); err != nil {
			return err
		}
		c, err := t.stepAhead(ctx, v)
		switch {
		case err != nil:
			return err
		case !c.Open():
			t.cases[id].result.Outcome = c.Outcome
			fmt.Fprintf(t.out, "\n■ %s  结果：%s\n\n", lines.State(v.Chain, c.State), lines.Ended(v.Chain, c.Outcome))
			return nil
		case c.State == until:
			return nil
		}
	}
}

// work writes what the stage asks for, after what its hook does; where only time is missing the clock goes on.
func (t *walkthrough) work(ctx context.Context, v workflow.View, do hooks) error {
	if err := t.nextDay(ctx, 1); err != nil {
		return err
	}
	hook := do[v.Case.State]
	if hook != nil && v.Case.State != glossary.GroupNotice {
		if err := hook(ctx, v); err != nil {
			return err
		}
	}
	err := t.walker.Prepare(ctx, v.Case.ID)
	var wait *seeds.WaitError
	if errors.As(err, &wait) {
		if hook != nil {
			if err := hook(ctx, v); err != nil {
				return err
			}
		}
		if err := t.reach(ctx, wait.Until.Add(9*time.Hour+20*time.Minute)); err != nil {
			return err
		}
		err = t.walker.Prepare(ctx, v.Case.ID)
	}
	if errors.Is(err, seeds.ErrEnded) {
		return nil
	}
	return failure.First(err, t.printNewLines(ctx, v.Case.ID))
}

// signEarly tries to sign while the notice still hangs.
func (t *walkthrough) signEarly(ctx context.Context, v workflow.View) error {
	return t.refused(ctx, v.Case.ID, glossary.SignOpinion)
}

// tryHeldVerb prepares a case and tries its verb, which something else holds back.
func (t *walkthrough) tryHeldVerb(ctx context.Context, id workflow.CaseID, verb glossary.Verb) error {
	if _, err := t.printStage(ctx, id); err != nil {
		return err
	}
	if err := t.walker.Prepare(ctx, id); err == nil {
		return fmt.Errorf("case %d: nothing holds %s back", id, verb)
	}
	return t.refused(ctx, id, verb)
}

// refused tries a verb before its time, to show what is answered.
func (t *walkthrough) refused(ctx context.Context, id workflow.CaseID, verb glossary.Verb) error {
	if err := t.printNewLines(ctx, id); err != nil {
		return err
	}
	v, err := t.svc.View(ctx, id, t.people[glossary.ServiceCenter])
	if err != nil {
		return err
	}
	a, _ := v.Stage.Action(verb)
	who := t.people[v.Office]
	_, err = t.walker.Take(ctx, v, a, who)
	var refused *workflow.Refusal
	if !errors.As(err, &refused) || len(refused.Blocked) == 0 {
		return fmt.Errorf("%s before its time was not refused: %w", verb, err)
	}
	b := refused.Blocked[len(refused.Blocked)-1]
	name, err := t.name(ctx, who)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "  ✗ %s  %s（%s）被拒绝：%s（%s）\n", clockTitle(t.clock.Now()), a.Title, name, b.Message, b.Rule)
	r := &t.cases[id].result
	r.Timeline = append(r.Timeline, t.event(v, Event{At: t.clock.Now().In(calendar.Shanghai), Stage: v.Case.State,
		By: name, Verb: string(a.Do), Refused: string(b.Rule), Issued: []Document{}}))
	return nil
}

// letLapse lets the case lie past its due day.
func (t *walkthrough) letLapse(ctx context.Context, v workflow.View) error {
	if v.Own == nil {
		return nil
	}
	return t.reach(ctx, v.Own.Deadline.DueBefore.Add(10*time.Hour))
}

// stepAhead takes the verb ahead.
func (t *walkthrough) stepAhead(ctx context.Context, v workflow.View) (workflow.Case, error) {
	c, _, err := t.walker.Step(ctx, v.Case.ID)
	if err != nil {
		return c, err
	}
	return c, t.printNewLines(ctx, c.ID)
}

// nextDay moves the clock on by working days, to a time at which an office is open.
func (t *walkthrough) nextDay(ctx context.Context, n int) error {
	now := t.clock.Now()
	d := t.cal.AddWorking(calendar.DayOf(now), n)
	return t.reach(ctx, d.Start().Add(9*time.Hour+time.Duration(len(t.order)*7%45)*time.Minute))
}

// reach moves the clock; what falls due on the way happens at its own instant.
func (t *walkthrough) reach(ctx context.Context, to time.Time) error {
	return seeds.Reach(ctx, t.store, t.svc, t.clock, to)
}
