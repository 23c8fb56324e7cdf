package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/workflow"
	"anju/workflow/glossary"
)

// MoveBody is a verb as it is sent.
type MoveBody struct {
	Verb   string          `json:"verb" doc:"动作" minLength:"1" maxLength:"40" example:"submit"`
	To     string          `json:"to,omitempty" doc:"目标环节" maxLength:"40"`
	Reason string          `json:"reason,omitempty" doc:"理由" maxLength:"1000"`
	Data   json.RawMessage `json:"data,omitempty" doc:"随动作提交的内容，结构见事项"`
	Seen   int             `json:"seen" doc:"办件的 seen 值" minimum:"0" example:"1"`
}

// RecordBody is a record as it is sent.
type RecordBody struct {
	Kind string          `json:"kind" doc:"登记种类" minLength:"1" maxLength:"40" example:"meeting_record"`
	Data json.RawMessage `json:"data,omitempty" doc:"登记内容，结构见事项"`
}

// Open enters a new application once under a key.
func (a *Service) Open(ctx context.Context, by *request.Caller, chain, household, key string,
	application []byte) (Entry, error) {
	ch, err := a.svc.Chains().Newest(workflow.ChainID(chain))
	if err != nil {
		return Entry{}, schema.Invalid("chain", "没有“"+schema.Shown(chain)+"”这个事项，请从事项列表中选择")
	}
	n, err := request.Number(household)
	if err != nil {
		return Entry{}, schema.Invalid("household_id", "户档编号应为数字，例如 1")
	}
	if s := bytes.TrimSpace(application); len(s) > 0 && s[0] != '{' && !bytes.Equal(s, []byte("null")) {
		return Entry{}, schema.Invalid("application", "申请内容应为一组字段（JSON 对象）")
	}
	if key, err = request.KeyOr(key); err != nil {
		return Entry{}, err
	}
	asked := request.Digest([]byte("open"), []byte(ch.ID), []byte(fmt.Sprint(n)), canonical(application))
	e, err := a.Enter(0, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Open(ctx, by.ID, workflow.Opening{Chain: ch.ID, Household: workflow.HouseholdID(n),
			Application: schema.Validated(application),
			Key:         key, Asked: asked})
	})
	if errors.Is(err, workflow.ErrNotFound) {
		err = problem.New(404, "未找到该户档，请核对户档编号")
	}
	return e, err
}

// Entry is what was entered in a case under a key, now or by an earlier request.
type Entry struct {
	// as it stands then; where it was entered before, as it stands now and without what only a view has
	Case   workflow.Case
	ID     workflow.CaseID    // of the case
	Before *workflow.Replayed // how it was entered before; nil: by this request
	Answer json.RawMessage    // what was answered then; nil: not kept
	Place  workflow.CaseID    // where the key is kept: 0 for an opening
	Key    string
	Asked  string // tells one request from another under the same key
}

// Enter does a move, a record or the like once under a key, and finds what was entered under it before. id is 0 where a
// case is opened. It fails with problem.ErrBadKey, with problem.ErrKeyReused where something else was asked under the
// key, and as do does.
func (a *Service) Enter(id workflow.CaseID, key, asked string,
	do func(key string) (workflow.Case, error)) (Entry, error) {
	if !request.KeyHolds(key) {
		return Entry{}, problem.ErrBadKey
	}
	c, err := do(key)
	e := Entry{Case: c, ID: c.ID, Place: id, Key: key, Asked: asked}
	if !errors.As(err, &e.Before) {
		return e, err
	}
	if e.ID = id; id == 0 {
		e.ID = workflow.CaseID(e.Before.Made)
	}
	e.Answer, err = request.AnsweredBefore(e.Before, asked)
	return e, err
}

// Asked tells one request from another under the same key.
func (b MoveBody) Asked() string {
	return request.Digest([]byte("move"), []byte(b.Verb), []byte(b.To), []byte(b.Reason), canonical(b.Data))
}

// Asked is the digest of what was asked for, by which a repetition is known.
func (b RecordBody) Asked() string {
	return request.Digest([]byte("record"), []byte(b.Kind), canonical(b.Data))
}

// Move takes a verb of a case, once under one key.
func (a *Service) Move(ctx context.Context, by *request.Caller, id workflow.CaseID, key, asked string,
	b MoveBody) (Entry, error) {
	reason := strings.TrimSpace(strings.ReplaceAll(b.Reason, "\r\n", "\n"))
	switch {
	case schema.Blank(reason):
		reason = ""
	case strings.ContainsFunc(reason, schema.Unprintable):
		return Entry{}, schema.Invalid("reason", "理由"+schema.SaysUnprintable)
	case schema.SaysSign(reason, true) != "":
		return Entry{}, schema.Invalid("reason", "理由"+schema.SaysSign(reason, true))
	case utf8.RuneCountInString(reason) > 1000:
		return Entry{}, schema.Invalid("reason", "理由最多 1000 个字，请缩短")
	}
	return a.Enter(id, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Move(ctx, id, by.ID, key,
			workflow.Move{Do: glossary.Verb(b.Verb), To: glossary.State(b.To), Reason: reason,
				Data: schema.Validated(b.Data), Seen: b.Seen, Asked: asked})
	})
}

// Record enters a record of a case, once under one key.
func (a *Service) Record(ctx context.Context, by *request.Caller, id workflow.CaseID, key, asked string,
	b RecordBody) (Entry, error) {
	return a.Enter(id, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Record(ctx, id, by.ID, key,
			workflow.Recording{Kind: glossary.RecordKind(b.Kind), Data: schema.Validated(b.Data), Asked: asked})
	})
}

// canonical is JSON in one writing, so that the same content is the same request.
func canonical(raw json.RawMessage) []byte {
	var v any
	if json.Unmarshal(raw, &v) != nil || v == nil {
		return []byte("{}")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return b
}
