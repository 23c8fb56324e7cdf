package request

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"anju/handlers/problem"
	"anju/workflow"
)

// KeyHeader is the header that carries the one-time key of a submission.
const KeyHeader = "Idempotency-Key"

// IdempotentMax is how many characters a key may have.
const IdempotentMax = 128 // characters of a key

// Reply is what is kept under a key: what was asked, as a digest, and what was answered.
type Reply struct {
	Asked  string          `json:"asked"`
	Answer json.RawMessage `json:"answer"`
}

// Digest is one SM3 digest of several parts, a zero byte behind each.
func Digest(parts ...[]byte) string {
	h := sm3.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// AnsweredBefore gives what was answered when a key was used before; nil where that was never kept. It fails with
// problem.ErrKeyReused where something else was asked under the key.
func AnsweredBefore(r *workflow.Replayed, asked string) (json.RawMessage, error) {
	var kept Reply
	if len(r.Response) > 0 && json.Unmarshal(r.Response, &kept) != nil {
		kept = Reply{}
	}
	if was := cmp.Or(r.Asked, kept.Asked); was != "" && was != asked {
		return nil, problem.ErrKeyReused
	}
	return kept.Answer, nil
}

// IsPrintable tells whether a text is visible ASCII, as keys and tokens are.
func IsPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// KeyHolds tells whether a key may be kept.
func KeyHolds(key string) bool { return key != "" && len(key) <= IdempotentMax && IsPrintable(key) }

// KeyOr is the key that was sent, or a new one: with it the store can tell whether a write was done though its answer
// was lost.
func KeyOr(key string) (string, error) {
	if key = strings.TrimSpace(key); key == "" {
		return rand.Text(), nil
	}
	if !KeyHolds(key) {
		return "", problem.ErrBadKey
	}
	return key, nil
}
