package handlers

import (
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"anju/workflow"
)

// reply is what is kept under a key: what was asked, as a digest, and what was answered.
type reply struct {
	Asked  string          `json:"asked"`
	Answer json.RawMessage `json:"answer"`
}

func digest(parts ...[]byte) string {
	h := sm3.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// onceKeys lets a new application be entered once under one key, also when a form is sent twice at the same time. A draft is
// nothing that the law counts from, so the memory of this process suffices.
type onceKeys struct {
	mu   sync.Mutex
	seen map[string]*onceKey
}

type onceKey struct {
	mu   sync.Mutex
	at   time.Time
	id   workflow.CaseID
	done bool
}

const onceKept = 24 * time.Hour

func (o *onceKeys) do(key string, open func() (workflow.Case, error), again func(workflow.CaseID) error) error {
	if key == "" {
		_, err := open()
		return err
	}
	o.mu.Lock()
	if o.seen == nil {
		o.seen = map[string]*onceKey{}
	}
	for k, v := range o.seen {
		if time.Since(v.at) > onceKept {
			delete(o.seen, k)
		}
	}
	k := o.seen[key]
	if k == nil {
		k = &onceKey{at: time.Now()}
		o.seen[key] = k
	}
	o.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.done {
		return again(k.id)
	}
	c, err := open()
	if err == nil {
		k.id, k.done = c.ID, true
	}
	return err
}
