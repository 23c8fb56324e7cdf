package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anju/workflow"
)

// What the sweep does beside the rungs, as failed_jobs names it.
const (
	typeClear   = "clear"   // an entry of the breach register
	typeRecount = "recount" // a case whose deadlines another process counted by an older calendar
)

type recounted struct {
	version int
	at      time.Time
}

// recount brings up to date the stragglers of a calendar: an import recounts every open deadline, but a process that had not
// read the new calendar yet may begin another one by the old. They are looked for when the calendar has changed, and
// otherwise once a minute.
func (p *pass) recount(ctx context.Context) error {
	version := p.svc.County().Calendar.Version()
	if last := p.recounted; version == last.version && time.Since(last.at) < p.pace.recount {
		return nil
	}
	behind := func(limit int) ([]workflow.CaseID, error) { return p.store.Behind(ctx, version, limit) }
	err := untilNone(ctx, p, behind, recountOf, func(ctx context.Context, ids []workflow.CaseID) {
		for batch := range slices.Chunk(ids, p.cfg.Batch) {
			halved(ctx, batch, p.recountMany, func(ctx context.Context, id workflow.CaseID) {
				if err := p.recountMany(ctx, []workflow.CaseID{id}); err != nil {
					p.done(ctx, recountOf(id), err)
				}
			})
		}
	})
	if err != nil {
		return fmt.Errorf("recount by calendar version %d: %w", version, err)
	}
	p.recounted = recounted{version, time.Now()}
	return nil
}

func recountOf(id workflow.CaseID) errand {
	return errand{fmt.Sprintf("recount:%d", id), typeRecount, struct {
		Case workflow.CaseID `json:"case"`
	}{id}}
}

// recountMany fails where nothing could be written.
func (p *pass) recountMany(ctx context.Context, ids []workflow.CaseID) error {
	var failed map[workflow.CaseID]error
	err := p.try(ctx, func(ctx context.Context) (err error) {
		failed, err = p.svc.RecountMany(ctx, ids)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		p.done(ctx, recountOf(id), failed[id])
	}
	p.Nudge()
	return nil
}

// clear closes (销号) the entries of the breach register that were ruled on before their cases moved on: the rung zero.
// Whatever moved the case on knows nothing of the register.
func (p *pass) clear(ctx context.Context) error {
	ruled := func(limit int) ([]workflow.BreachID, error) { return p.store.Clearable(ctx, limit) }
	err := untilNone(ctx, p, ruled, clearOf, func(ctx context.Context, ids []workflow.BreachID) {
		for _, id := range ids {
			err := p.try(ctx, func(ctx context.Context) error { return p.svc.Clear(ctx, id) })
			if p.done(ctx, clearOf(id), err) {
				p.took(1)
				p.count(1)
			}
		}
	})
	if err != nil {
		return fmt.Errorf("clear the breach register: %w", err)
	}
	return nil
}

func clearOf(id workflow.BreachID) errand {
	return errand{fmt.Sprintf("clear:%d", id), typeClear, struct {
		Breach workflow.BreachID `json:"breach"`
	}{id}}
}
