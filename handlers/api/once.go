package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
)

// errAnswerLost answers a repetition of what was done, where the answer to the first time was lost and cannot be read
// again.
var errAnswerLost = problem.New(409, "这次提交已经办成，当时的答复没有留下来；请查看结果，不要再提交一次")

// Once carries the one-time key of a request. The answer is kept under it. The key may be left out.
type Once struct {
	Key   string `header:"Idempotency-Key" doc:"每次提交一个不重复的值；重试沿用同一个值，不会办两次，答复也相同"`
	asked string
}

// Resolve implements huma.Resolver.
func (o *Once) Resolve(ctx huma.Context) []error {
	if ctx.Header(request.KeyHeader) != "" {
		where := ctx.URL()
		o.asked = request.Digest([]byte(ctx.Method()), []byte(where.RequestURI()), humafiber.Unwrap(ctx).Body())
	}
	return nil
}

func (o *Once) once() *Once { return o }

// onceIn is a body with its key.
type onceIn struct {
	Sent
	Once
}

// onceID is the path of a row that an administrator looks after, with the key of what is done to it.
type onceID struct {
	IDIn
	Once
}

// onceSent is a request that carries such a key.
type onceSent interface{ once() *Once }

// answerWait is how long a repetition waits for the answer to the first time, which another process may be about to
// keep.
const answerWait = 2 * time.Second

// handleOnce does what a request asks, once under its key: the transaction that does it takes the key, its answer is
// kept behind the COMMIT, and the same request gets the same answer. Where the answer was lost, reread says what was
// done, as it is now; without it errAnswerLost is the answer. Another request under the key fails with
// problem.ErrKeyReused.
func handleOnce[I, O any](ctx context.Context, a *API, by *request.Caller, in *I, sent *Once,
	handle, reread func(context.Context, *request.Caller, *I) (*O, error)) (*O, error) {
	text := strings.TrimSpace(sent.Key)
	if text == "" {
		return handle(ctx, by, in)
	}
	if !request.KeyHolds(text) {
		return nil, problem.ErrBadKey
	}
	repeat := func() (*O, error) {
		o, err := answerAgain[O](ctx, a, by.ID, text, sent.asked)
		if errors.Is(err, errAnswerLost) && reread != nil {
			return reread(ctx, by, in)
		}
		return o, err
	}
	o, err := repeat()
	if !errors.Is(err, errKeyNew) {
		return o, err
	}
	under, key := db.WithKey(ctx, by.ID, text, sent.asked)
	o, err = handle(under, by, in)
	if err == nil {
		err = keepAnswer(under, a, key, o)
	}
	if err == nil || key.Taken() {
		return o, err
	}
	// What failed may have failed because the same was done meanwhile.
	again, failed := repeat()
	if failed == nil || errors.Is(failed, errAnswerLost) || errors.Is(failed, problem.ErrKeyReused) {
		return again, failed
	}
	return nil, err
}

// keepAnswer keeps the answer to a request under its key. It fails where the request changed nothing and its key was
// used meanwhile. What was done stays done where the answer cannot be kept; a repetition is told so. The context is the
// one under the key.
func keepAnswer[O any](ctx context.Context, a *API, key *db.RequestKey, o *O) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWait) // the request may end behind its COMMIT
	defer cancel()
	body, err := json.Marshal(o)
	if err == nil {
		err = a.store.KeepAnswer(ctx, key, body)
	}
	if err != nil && !errors.Is(err, db.ErrKeyUsed) {
		a.log.WarnContext(ctx, "keep the answer to a key", slog.Any("error", err))
		return nil
	}
	return err
}

// errKeyNew says that nothing was sent under a key before.
var errKeyNew = errors.New("the key is new")

// answerAgain returns the answer given before under a key. It fails with errKeyNew where the key is new, and with
// errAnswerLost where the answer was not kept; an operation that answers without a body needs none.
func answerAgain[O any](ctx context.Context, a *API, by workflow.OfficerID, key, asked string) (*O, error) {
	use, err := a.store.KeyUse(ctx, by, key)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil, errKeyNew
	}
	if err != nil {
		return nil, err
	}
	if use.Asked != asked {
		return nil, problem.ErrKeyReused
	}
	o := new(O)
	if _, silent := any(o).(*empty); silent {
		return o, nil
	}
	for end := time.Now().Add(answerWait); use.Answer == nil && time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if use, err = a.store.KeyUse(ctx, by, key); err != nil {
			return nil, err
		}
	}
	if use.Answer == nil {
		return nil, errAnswerLost
	}
	return o, json.Unmarshal(use.Answer, o)
}

type keyStore interface {
	KeyUse(ctx context.Context, by workflow.OfficerID, key string) (org.KeyUse, error)
	KeepAnswer(ctx context.Context, key *db.RequestKey, answer []byte) error
}
