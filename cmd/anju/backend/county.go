package backend

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"anju/models"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
)

// County keeps the county's settings in memory; a new value takes the place of the old one at once.
type County struct {
	p       atomic.Pointer[workflow.County]
	loading sync.Mutex // what was read first must not be kept last
}

// Get returns the county's settings as they were read last.
func (c *County) Get() workflow.County { return *c.p.Load() }

// Load reads the county's settings from the database.
func (c *County) Load(ctx context.Context, store *models.Store) error {
	c.loading.Lock()
	defer c.loading.Unlock()
	v, err := store.County(ctx)
	if err != nil {
		return fmt.Errorf("read the county's calendar and parameters: %w", err)
	}
	c.p.Store(&v)
	return nil
}

// Watch reads the settings again and again: what another process imports takes effect here within half a minute.
func (c *County) Watch(ctx context.Context, store *models.Store, log *slog.Logger) {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.Load(ctx, store); err != nil && ctx.Err() == nil {
			log.Warn("the county's settings stay as they were", "err", err)
		}
	}
}

// Chains returns the chains that the program runs. It is the one place that names them: stores, service, reports and
// commands take them from here.
func Chains() workflow.Chains { return chains.Published() }

// Service joins chains, store, county and clock.
func (b *Backend) Service(ctx context.Context, options ...casework.Option) (*casework.Service, *County, error) {
	c := &County{}
	if err := c.Load(ctx, b.Store); err != nil {
		return nil, nil, err
	}
	if err := chains.CheckPublished(); err != nil {
		return nil, nil, err
	}
	return casework.NewService(b.Store, Chains(), c.Get, b.Now, options...), c, nil
}
