package handlers

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strings"

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

// answeredBefore gives what was answered when a key was used before; nil where that was never kept. It fails with errKeyReused where
// something else was asked under the key.
func answeredBefore(r *workflow.Replayed, asked string) (json.RawMessage, error) {
	var kept reply
	if len(r.Response) > 0 && json.Unmarshal(r.Response, &kept) != nil {
		kept = reply{}
	}
	if was := cmp.Or(r.Asked, kept.Asked); was != "" && was != asked {
		return nil, errKeyReused
	}
	return kept.Answer, nil
}

// printable tells whether a text is visible ASCII, as keys and tokens are.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// keyHolds tells whether a key may be kept.
func keyHolds(key string) bool { return key != "" && len(key) <= idempotentMax && printable(key) }

// keyOr is the key that was sent, or a new one: with it the store can tell whether a write was done whose answer was lost.
func keyOr(key string) (string, error) {
	if key = strings.TrimSpace(key); key == "" {
		return rand.Text(), nil
	}
	if !keyHolds(key) {
		return "", errBadKey
	}
	return key, nil
}
