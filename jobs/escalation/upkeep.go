package escalation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"anju/jobs/queue"
	"anju/workflow"
)

// recount brings up to date the cases that were counted by an older calendar: an import recounts every open deadline,
// but a process that had not read the new calendar yet may begin another one by the old; and the days that the county
// promises otherwise now. They are looked for when the calendar or a promise has changed, and otherwise once a minute.
func (p *pass) recount(ctx context.Context) error {
	county := p.svc.County()
	version, promises := county.Calendar.Version(), county.Parameters.Promises
	if last := p.recounted; version == last.version && maps.Equal(promises, last.promises) && time.Since(last.at) < p.cfg.RecountEvery {
		return nil
	}
	behind := func(limit int) ([]workflow.CaseID, error) { return p.store.Behind(ctx, version, limit) }
	err := drain(ctx, p, behind, queue.RecountItem, func(ctx context.Context, ids []workflow.CaseID) {
		for batch := range slices.Chunk(ids, p.cfg.Batch) {
			bisect(ctx, batch, p.recountMany, func(ctx context.Context, id workflow.CaseID) {
				if err := p.recountMany(ctx, []workflow.CaseID{id}); err != nil {
					p.done(ctx, queue.RecountItem(id), err)
				}
			})
		}
	})
	if err != nil {
		return fmt.Errorf("recount by calendar version %d: %w", version, err)
	}
	p.recounted = recounted{version, promises, time.Now()}
	return nil
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
		p.done(ctx, queue.RecountItem(id), failed[id])
	}
	p.cfg.Fired()
	return nil
}

// clear closes (销号) the entries of the breach register that were ruled on before their cases moved on: the rung zero.
// Whatever moved the case on knows nothing of the register.
func (p *pass) clear(ctx context.Context) error {
	ruled := func(limit int) ([]workflow.BreachID, error) { return p.store.Clearable(ctx, limit) }
	err := drain(ctx, p, ruled, queue.ClearItem, func(ctx context.Context, ids []workflow.BreachID) {
		for _, id := range ids {
			err := p.try(ctx, func(ctx context.Context) error { return p.svc.Clear(ctx, id) })
			if p.done(ctx, queue.ClearItem(id), err) {
				p.count(1)
				p.observe(1)
			}
		}
	})
	if err != nil {
		return fmt.Errorf("clear the breach register: %w", err)
	}
	return nil
}
