package handlers

import (
	"encoding/hex"
	"encoding/json"
	"strings"
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
// nothing that the law counts from. Keys are remembered in the memory of this process only: after a restart the same key opens
// a second draft. Keeping them in the database is planned.
type onceKeys struct {
	mu   sync.Mutex
	seen map[string]*onceKey
}

type onceKey struct {
	mu    sync.Mutex
	at    time.Time
	asked string // digest of what was asked under it
	id    workflow.CaseID
	done  bool
}

const onceKept = 24 * time.Hour

// printable tells whether a text is visible ASCII, as keys and tokens are.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// keyHolds tells whether a key may be kept.
func keyHolds(key string) bool { return key != "" && len(key) <= idempotentMax && printable(key) }

// do opens under a key once. It fails with errKeyReused when something else was asked under the key.
func (o *onceKeys) do(key, asked string, open func() (workflow.Case, error), again func(workflow.CaseID) error) error {
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
	switch {
	case k.done && k.asked != asked:
		return errKeyReused
	case k.done:
		return again(k.id)
	}
	c, err := open()
	if err == nil {
		k.id, k.asked, k.done = c.ID, asked, true
	}
	return err
}
