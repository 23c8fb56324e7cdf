package escalation

import (
	"context"
	"errors"
)

// Sweep recounts what another process counted by an older calendar, since its due days are wrong; then it takes the due
// rungs, and then it clears the register. It returns how many rungs fired. It fails as soon as the database does not
// answer, and while escalation is held.
func (s *Sweeper) Sweep(ctx context.Context) (fired int, err error) {
	if err := s.sweeping.Acquire(ctx, 1); err != nil {
		return 0, err
	}
	defer s.sweeping.Release(1)
	if err := s.gate.MayEscalate(ctx); err != nil {
		return 0, err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	p := &pass{Sweeper: s, end: end, size: s.cfg.Batch}
	for _, part := range []func(context.Context) error{p.recount, p.rungs, p.clear} {
		if ctx.Err() == nil {
			err = errors.Join(err, part(ctx))
		}
	}
	return p.fired, err
}
