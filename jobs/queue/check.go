package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// refusal tells that Redis answered and will answer the same tomorrow: a wrong password or database. One that is
// loading its data or has no master just now will do in a moment.
func refusal(err error) bool {
	var said redis.Error
	if !errors.As(err, &said) {
		return false
	}
	word, _, _ := strings.Cut(said.Error(), " ")
	return slices.Contains([]string{"NOAUTH", "WRONGPASS", "NOPERM", "ERR"}, word)
}

// check asks whether this Redis keeps what it is given. It fails with *RefusedRedis where Redis evicts keys, and with
// the error as it came where it could not be asked; warning is set where nothing is kept on disk.
func (b *broker) check(ctx context.Context) (warning string, err error) {
	if b.embedded != nil {
		return "", nil
	}
	ask := func(ctx context.Context, c redis.Cmdable, name string) (string, error) {
		info, err := c.Info(ctx, "memory").Result()
		if err != nil {
			return "", err
		}
		policy := infoLine(info, "maxmemory_policy")
		if policy == "" {
			return "", nil // a server that only speaks the protocol of Redis
		}
		if policy != "noeviction" {
			return "", &RefusedRedis{fmt.Sprintf("Redis%s may throw tasks away: maxmemory-policy is %s; set maxmemory-policy noeviction",
				name, policy)}
		}
		if info, err = c.Info(ctx, "persistence").Result(); err != nil || infoLine(info, "aof_enabled") != "0" {
			return "", err
		}
		// where CONFIG is forbidden the saving points cannot be seen: no warning then
		if save, err := c.ConfigGet(ctx, "save").Result(); err == nil && save["save"] == "" {
			return fmt.Sprintf("Redis%s keeps nothing on disk (appendonly no, save \"\"): after its restart wake-ups are rebuilt from the "+
				"database", name), nil
		}
		return "", nil
	}
	cluster, ok := b.client.(*redis.ClusterClient)
	if !ok {
		return ask(ctx, b.client, "")
	}
	var mu sync.Mutex
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
		w, err := ask(ctx, c, " "+c.Options().Addr)
		mu.Lock()
		defer mu.Unlock()
		if w != "" {
			warning = w
		}
		return err
	})
	return warning, err
}

// RefusedRedis says why a Redis that answers cannot be used, and which setting to change.
type RefusedRedis struct{ Why string }

// Error implements error.
func (e *RefusedRedis) Error() string { return e.Why }

func infoLine(info, key string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
