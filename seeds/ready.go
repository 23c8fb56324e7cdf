package seeds

import (
	"context"
	"fmt"

	"anju/models"
	"anju/workflow"
)

// Ready gives the demo households of gated chains the cases that those follow (A29), each walked to its end at once on
// a clock that stands.
func Ready(ctx context.Context, store *models.Store, svc *workflow.Service) error {
	f, err := demoCounty()
	if err != nil {
		return err
	}
	ids, err := logins(ctx, store)
	if err != nil {
		return err
	}
	told, err := readStories()
	if err != nil {
		return err
	}
	w := &Walker{Service: svc, Officers: f.people(ids)}
	for _, h := range f.Households {
		chains := told.follows[workflow.ChainID(h.For)]
		if len(chains) == 0 {
			continue
		}
		id, err := h.id(ctx, store, w)
		if err != nil {
			return err
		}
		for _, chain := range chains {
			c, err := w.OpenWith(ctx, chain, id, h.application(svc, chain))
			if err == nil {
				_, err = w.Finish(ctx, c.ID)
			}
			if err != nil {
				return fmt.Errorf("household %s, %s: %w", h.Name, chain, err)
			}
		}
	}
	return nil
}
