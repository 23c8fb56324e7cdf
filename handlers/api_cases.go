package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"anju/models"
	"anju/workflow"
)

type holderJSON struct {
	ID   string `json:"id"`
	Head string `json:"head"`
}

type caseHead struct {
	ID           string           `json:"id"`
	Number       string           `json:"number"`
	Chain        workflow.ChainID `json:"chain"`
	ChainVersion int              `json:"chain_version"`
	State        workflow.State   `json:"state"`
	Title        string           `json:"title"`
	Seen         int              `json:"seen"`
	Household    holderJSON       `json:"household"`
	Division     string           `json:"division"`
	GroupNo      string           `json:"group_no"`
	OpenedAt     string           `json:"opened_at"`
	ClosedAt     *string          `json:"closed_at"`
	Outcome      *workflow.Ending `json:"outcome"`
}

// caseLineJSON is a case in a list.
type caseLineJSON struct {
	caseHead
	Light     workflow.Light `json:"light"`
	DueOn     *string        `json:"due_on"`
	DueBefore *string        `json:"due_before"`
	Paused    bool           `json:"paused"`
}

type clockJSON struct {
	Limit       *limitJSON     `json:"limit"`
	StartedOn   string         `json:"started_on"`
	DueOn       *string        `json:"due_on"`
	DueBefore   *string        `json:"due_before"`
	Light       workflow.Light `json:"light"`
	Paused      bool           `json:"paused"`
	Provisional bool           `json:"provisional"`
}

type stageJSON struct {
	Office    *officeJSON    `json:"office"`
	EnteredAt string         `json:"entered_at"`
	Limit     *limitJSON     `json:"limit"`
	DueOn     *string        `json:"due_on"`
	DueBefore *string        `json:"due_before"`
	Light     workflow.Light `json:"light"`
	Paused    bool           `json:"paused"`
	Also      []clockJSON    `json:"also" doc:"同时在走的其他期限"`
}

type verbJSON struct {
	Verb    workflow.Verb    `json:"verb"`
	Title   string           `json:"title"`
	To      workflow.State   `json:"to"`
	Allowed bool             `json:"allowed"`
	Blocked []workflow.Unmet `json:"blocked"`
}

type recordJSON struct {
	Kind     workflow.RecordKind `json:"kind"`
	Allowed  bool                `json:"allowed"`
	Optional bool                `json:"optional"`
}

type materialJSON struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Present  bool   `json:"present"`
	Source   string `json:"source,omitempty" doc:"材料所在的办件编号"`
}

type documentJSON struct {
	ID       string `json:"id"`
	Form     string `json:"form"`
	Number   string `json:"number"`
	Title    string `json:"title"`
	Sheet    string `json:"sheet,omitempty" doc:"同一表单的哪一份"`
	ValidTo  string `json:"valid_to,omitempty" doc:"有效期至"`
	Voided   string `json:"voided,omitempty" doc:"作废原因"`
	Verify   string `json:"verify" doc:"公众核验的地址"`
	Issuer   string `json:"issuer,omitempty"`
	IssuedAt string `json:"issued_at"`
}

// suspensionJSON is one entry of the suspension ledger (停表台账).
type suspensionJSON struct {
	Ground     workflow.SuspensionGround `json:"ground"`
	Title      string                    `json:"title"`
	Article    string                    `json:"article" doc:"依据：行政许可法45，或申请人同意（A15）"`
	Number     string                    `json:"notice_number"`
	NotifiedOn string                    `json:"notified_on" doc:"书面告知日期，当日仍计入期限"`
	ResultedOn *string                   `json:"resulted_on" doc:"结果到达日期，次日起继续计时；正在暂停的为 null"`
	Open       bool                      `json:"open"`
	Service    string                    `json:"service"`
	Recipient  string                    `json:"recipient"`
	Days       int                       `json:"expected_days"`
	Evidence   string                    `json:"evidence"`
	Stage      workflow.State            `json:"stage"`
	StageTitle string                    `json:"stage_title"`
}

// extendedJSON is the one extension of the time to the decision.
type extendedJSON struct {
	On        string `json:"on"`
	Days      int    `json:"days" doc:"延长的工作日数"`
	Number    string `json:"notice_number"`
	Reason    string `json:"reason"`
	Recipient string `json:"recipient"`
	Article   string `json:"article"`
}

// caseJSON is a case as one caller sees it.
type caseJSON struct {
	caseHead
	AcceptedAt  *string          `json:"accepted_at"`
	Deemed      bool             `json:"deemed" doc:"逾期未告知补正，视为受理"`
	Frozen      *string          `json:"frozen" doc:"历史记录校验发现的问题：该件已冻结，不能办理；没有冻结的为 null"`
	Stage       stageJSON        `json:"stage"`
	Suspensions []suspensionJSON `json:"suspensions" doc:"停表台账"`
	Extended    *extendedJSON    `json:"extended,omitempty" doc:"办理期限的一次延长；没有延长的没有此项"`
	Verbs       []verbJSON       `json:"verbs"`
	Records     []recordJSON     `json:"records"`
	Materials   []materialJSON   `json:"materials"`
	Documents   []documentJSON   `json:"documents"`
	Application applicationJSON  `json:"application"`
}

// applicationJSON is the application as it was taken in; its shape is that of the chain's schema.
type applicationJSON struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (applicationJSON) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "申请内容，结构见事项的 application", AdditionalProperties: true}
}

// TransformSchema implements huma.SchemaTransformer.
func (caseLineJSON) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embeds[caseHead](r, s)
}

// TransformSchema implements huma.SchemaTransformer.
func (caseJSON) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embeds[caseHead](r, s)
}

// TransformSchema implements huma.SchemaTransformer.
func (stageJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "office", "limit")
}

// TransformSchema implements huma.SchemaTransformer.
func (clockJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "limit")
}

func headOf(c workflow.Case) caseHead {
	h := caseHead{ID: fmt.Sprint(c.ID), Number: c.Number, Chain: c.Chain, ChainVersion: c.ChainVersion, State: c.State, Title: c.State.Title(), Seen: c.Seen,
		Household: holderJSON{fmt.Sprint(c.Household), c.Householder}, Division: c.Division, GroupNo: c.GroupNo, OpenedAt: shanghai(c.OpenedAt)}
	if c.ClosedAt != nil {
		h.ClosedAt = stamp(*c.ClosedAt)
	}
	if c.Outcome != "" {
		h.Outcome = &c.Outcome
	}
	return h
}

// day is when a deadline ends; nobody knows it while its clock stands.
func day(d workflow.Deadline) (on, before *string, paused bool) {
	if d.Paused {
		return nil, nil, true
	}
	due := d.DueOn.String()
	return &due, stamp(d.DueBefore), false
}

// suspensionsOf is the ledger of a case in the order of its entries.
func suspensionsOf(f workflow.File) []suspensionJSON {
	list := []suspensionJSON{}
	for _, s := range f.Suspensions {
		j := suspensionJSON{Ground: s.Ground, Title: s.Ground.Title(), Article: s.Ground.Article().String(), Number: s.Number, NotifiedOn: s.From.String(), Open: s.Open,
			Service: s.Service, Recipient: s.Recipient, Days: s.Days, Evidence: s.Evidence, Stage: s.Stage, StageTitle: s.Stage.Title()}
		if !s.Open {
			to := s.To.String()
			j.ResultedOn = &to
		}
		list = append(list, j)
	}
	return list
}

func extendedOf(f workflow.File) *extendedJSON {
	x := f.Extended
	if x == nil {
		return nil
	}
	return &extendedJSON{x.On.String(), x.Days, x.Number, x.Reason, x.Recipient, workflow.Licensing.Art("42").String()}
}

func (a *app) lineOf(c workflow.Case) caseLineJSON {
	l := caseLineJSON{caseHead: headOf(c), Light: workflow.Grey}
	ch, err := a.svc.Chains().At(c.Chain, c.ChainVersion)
	if err != nil {
		return l
	}
	l.Light = ch.Light(c, a.svc.Now())
	st, _ := ch.Stage(c.State)
	for _, d := range c.Deadlines {
		if d.Live() && d.Limit == st.Within.ID {
			l.DueOn, l.DueBefore, l.Paused = day(d)
		}
	}
	return l
}

func (a *app) documentsOf(list []workflow.Document) []documentJSON {
	docs := []documentJSON{}
	for _, d := range list {
		j := documentJSON{ID: fmt.Sprint(d.ID), Form: d.Kind.Form(), Sheet: d.Kind.Sheet(), Number: d.Number, Title: d.Title, Issuer: d.Issuer, IssuedAt: shanghai(d.IssuedAt),
			Voided: d.Voided, Verify: "/verify/" + a.store.VerifyCode(d.ID)}
		if d.ValidTo != 0 {
			j.ValidTo = d.ValidTo.String()
		}
		docs = append(docs, j)
	}
	return docs
}

// caseOf writes a view. It fails only where the office of the stage cannot be looked up.
func (a *app) caseOf(ctx context.Context, v workflow.View) (caseJSON, error) {
	c := v.Case
	j := caseJSON{caseHead: headOf(c), AcceptedAt: stamp(c.File.Marks[workflow.Accepted]), Deemed: c.File.Deemed,
		Stage:       stageJSON{EnteredAt: shanghai(c.EnteredAt), Limit: limitOf(v.Stage.Within), Light: v.Light, Also: []clockJSON{}},
		Suspensions: suspensionsOf(c.File), Extended: extendedOf(c.File), Verbs: []verbJSON{}, Records: []recordJSON{}, Materials: []materialJSON{}, Documents: a.documentsOf(c.File.Documents),
		Application: applicationJSON{c.Application}}
	if c.Frozen != "" {
		j.Frozen = &c.Frozen
	}
	if len(c.Application) == 0 {
		j.Application = applicationJSON{json.RawMessage("{}")}
	}
	if v.Office != "" {
		o, err := a.store.Office(ctx, v.Office, workflow.OfficeDivision(v.Office.Level(), c.Division, c.GroupNo))
		switch {
		case errors.Is(err, workflow.ErrNotFound):
			j.Stage.Office = &officeJSON{Kind: v.Office, Name: v.Office.Title()}
		case err != nil:
			return j, err
		default:
			j.Stage.Office = &officeJSON{ID: fmt.Sprint(o.ID), Kind: v.Office, Name: o.Name}
		}
	}
	for i := range v.Deadlines {
		d := v.Deadlines[i]
		on, before, paused := day(d.Deadline)
		if v.Own != nil && d.Deadline.ID == v.Own.Deadline.ID && d.Limit.ID == v.Own.Limit.ID {
			j.Stage.DueOn, j.Stage.DueBefore, j.Stage.Paused = on, before, paused
			j.Stage.Limit = runOf(d.Limit, d.Deadline)
			continue
		}
		j.Stage.Also = append(j.Stage.Also, clockJSON{runOf(d.Limit, d.Deadline), d.Deadline.StartedOn.String(), on, before, d.Light, paused, d.Deadline.Provisional})
	}
	for _, vv := range v.Verbs {
		j.Verbs = append(j.Verbs, verbJSON{vv.Action.Do, vv.Action.Title, vv.To, vv.Allowed, orEmpty(vv.Blocked)})
	}
	for _, r := range v.Records {
		// What the caller has written already is optional for him from then on.
		j.Records = append(j.Records, recordJSON{r.Row.Kind, r.Allowed, !r.Owed && (r.Row.Optional || r.Allowed)})
	}
	for _, m := range v.Materials {
		j.Materials = append(j.Materials, materialJSON{m.Paper.Code, m.Paper.Name, m.Owed, m.Present, m.Source})
	}
	return j, nil
}

// officeName is what the office is called that acts as a party of a case; the party's own title where the store knows none.
func (a *app) officeName(ctx context.Context, p workflow.Party, c workflow.Case) string {
	p = p.Desk(c)
	if o, err := a.store.Office(ctx, p, workflow.OfficeDivision(p.Level(), c.Division, c.GroupNo)); err == nil {
		return o.Name
	}
	return p.Title()
}

// caseAnswer is the JSON of a case that may be an answer given before, repeated byte by byte.
type caseAnswer struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (caseAnswer) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[caseJSON](), true, "Case")
}

type caseOut struct {
	Status int
	Body   caseAnswer
}

func (a *app) showCase(ctx context.Context, v workflow.View) (*caseOut, error) {
	j, err := a.caseOf(ctx, v)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(j)
	return &caseOut{Status: http.StatusOK, Body: caseAnswer{b}}, err
}

type openBody struct {
	Chain       string          `json:"chain" doc:"事项" minLength:"1" maxLength:"40" example:"homestead"`
	HouseholdID string          `json:"household_id" doc:"户档编号" minLength:"1" maxLength:"20" example:"1"`
	Application json.RawMessage `json:"application" doc:"申请内容，结构见事项的 application"`
}

type moveBody struct {
	Verb   string          `json:"verb" doc:"动作" minLength:"1" maxLength:"40" example:"submit"`
	To     string          `json:"to,omitempty" doc:"目标环节" maxLength:"40"`
	Reason string          `json:"reason,omitempty" doc:"理由" maxLength:"1000"`
	Data   json.RawMessage `json:"data,omitempty" doc:"随动作提交的内容，结构见事项"`
	Seen   int             `json:"seen" doc:"办件的 seen 值" minimum:"0" example:"1"`
}

type recordBody struct {
	Kind string          `json:"kind" doc:"登记种类" minLength:"1" maxLength:"40" example:"meeting_record"`
	Data json.RawMessage `json:"data,omitempty" doc:"登记内容，结构见事项"`
}

// open enters a new application once under a key.
func (a *app) open(ctx context.Context, by *caller, chain, household, key string, application []byte) (entry, error) {
	ch, err := a.svc.Chains().Newest(workflow.ChainID(chain))
	if err != nil {
		return entry{}, invalid("chain", "没有“"+shown(chain)+"”这个事项，请从事项列表中选择")
	}
	n, err := number(household)
	if err != nil {
		return entry{}, invalid("household_id", "户档编号应为数字，例如 1")
	}
	if s := bytes.TrimSpace(application); len(s) > 0 && s[0] != '{' && !bytes.Equal(s, []byte("null")) {
		return entry{}, invalid("application", "申请内容应为一组字段（JSON 对象）")
	}
	if key, err = keyOr(key); err != nil {
		return entry{}, err
	}
	asked := digest([]byte("open"), []byte(ch.ID), []byte(fmt.Sprint(n)), canonical(application))
	e, err := a.enter(0, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Open(ctx, by.ID, workflow.Opening{Chain: ch.ID, Household: workflow.HouseholdID(n), Application: Validated(application),
			Key: key, Asked: asked})
	})
	if errors.Is(err, workflow.ErrNotFound) {
		err = refuse(404, "未找到该户档，请核对户档编号")
	}
	return e, err
}

// errLater says of what was done that its result cannot be shown.
var errLater = func() *problem {
	p := inDoubt(refuse(503, "已经提交成功，但暂时无法显示结果，请稍后查看"))
	p.retry = 5
	return p
}()

// entry is what was entered in a case under a key, now or by an earlier request.
type entry struct {
	Case   workflow.Case      // as it stands then; where it was entered before, as it stands now and without what only a view has
	ID     workflow.CaseID    // of the case
	Before *workflow.Replayed // how it was entered before; nil: by this request
	Answer json.RawMessage    // what was answered then; nil: not kept
	place  workflow.CaseID    // where the key is kept: 0 for an opening
	key    string
	asked  string // tells one request from another under the same key
}

// enter does a move, a record or the like once under a key, and finds what was entered under it before. id is 0 where a case is
// opened. It fails with errBadKey, with errKeyReused where something else was asked under the key, and as do does.
func (a *app) enter(id workflow.CaseID, key, asked string, do func(key string) (workflow.Case, error)) (entry, error) {
	if !keyHolds(key) {
		return entry{}, errBadKey
	}
	c, err := do(key)
	e := entry{Case: c, ID: c.ID, place: id, key: key, asked: asked}
	if !errors.As(err, &e.Before) {
		return e, err
	}
	if e.ID = id; id == 0 {
		e.ID = workflow.CaseID(e.Before.Made)
	}
	e.Answer, err = answeredBefore(e.Before, asked)
	return e, err
}

// answerEntry answers a program that entered something with the case, and answers the same to the same.
func (a *app) answerEntry(ctx context.Context, by *caller, e entry) (*caseOut, error) {
	switch {
	case len(e.Answer) > 0:
		return &caseOut{Status: http.StatusOK, Body: caseAnswer{e.Answer}}, nil
	case e.Before != nil:
		v, err := a.svc.View(ctx, e.ID, by.ID)
		if err != nil {
			return nil, err
		}
		return a.showCase(ctx, v)
	}
	o, err := func() (*caseOut, error) {
		v, err := a.svc.Show(e.Case, by.Actor())
		if err != nil {
			return nil, err
		}
		return a.showCase(ctx, v)
	}()
	if err != nil {
		a.log.ErrorContext(ctx, "show what was done", slog.Int64("case", int64(e.ID)), slog.Any("error", err))
		return nil, errLater
	}
	kept, err := json.Marshal(reply{e.asked, o.Body.RawMessage})
	if err == nil {
		err = a.store.SaveReply(ctx, e.place, by.ID, e.key, kept)
	}
	if err != nil { // the move stands; a repetition will be answered with the case as it is then
		a.log.WarnContext(ctx, "keep reply", "case", e.ID, "error", err)
	}
	return o, nil
}

// asked tells one request from another under the same key.
func (b moveBody) asked() string {
	return digest([]byte("move"), []byte(b.Verb), []byte(b.To), []byte(b.Reason), canonical(b.Data))
}

func (b recordBody) asked() string {
	return digest([]byte("record"), []byte(b.Kind), canonical(b.Data))
}

func (a *app) move(ctx context.Context, by *caller, id workflow.CaseID, key, asked string, b moveBody) (entry, error) {
	reason := strings.TrimSpace(strings.ReplaceAll(b.Reason, "\r\n", "\n"))
	switch {
	case blank(reason):
		reason = ""
	case strings.ContainsFunc(reason, unprintable):
		return entry{}, invalid("reason", "理由"+saysUnprintable)
	case utf8.RuneCountInString(reason) > 1000:
		return entry{}, invalid("reason", "理由最多 1000 个字，请缩短")
	}
	return a.enter(id, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Move(ctx, id, by.ID, key, workflow.Move{Do: workflow.Verb(b.Verb), To: workflow.State(b.To), Reason: reason,
			Data: Validated(b.Data), Seen: b.Seen, Asked: asked})
	})
}

func (a *app) record(ctx context.Context, by *caller, id workflow.CaseID, key, asked string, b recordBody) (entry, error) {
	return a.enter(id, key, asked, func(key string) (workflow.Case, error) {
		return a.svc.Record(ctx, id, by.ID, key, workflow.Recording{Kind: workflow.RecordKind(b.Kind), Data: Validated(b.Data), Asked: asked})
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

// Keyed carries the one-time key of a submission.
type Keyed struct {
	Key string `header:"Idempotency-Key" doc:"每次提交一个不重复的值；重试沿用同一个值"`
}

func (k Keyed) must() (string, error) {
	key := strings.TrimSpace(k.Key)
	if key == "" {
		return "", errNoKey
	}
	if !keyHolds(key) {
		return "", errBadKey
	}
	return key, nil
}

var divisionForm = regexp.MustCompile(`^[0-9]{6,14}$`)

// known refuses filters that no case can match: what is mistyped must not look like an empty county.
func (a *app) known(chain, state, division string) error {
	var found []workflow.FieldError
	chains := a.svc.Chains().All()
	if _, err := a.svc.Chains().Newest(workflow.ChainID(chain)); chain != "" && err != nil {
		names := make([]string, len(chains))
		for i, ch := range chains {
			names[i] = string(ch.ID)
		}
		found = append(found, workflow.FieldError{Field: "chain", Message: "没有“" + shown(chain) + "”这个事项，只能是 " + strings.Join(names, "、") + " 之一"})
	}
	if state != "" && !slices.ContainsFunc(chains, func(ch workflow.Chain) bool { _, ok := ch.Stage(workflow.State(state)); return ok }) {
		found = append(found, workflow.FieldError{Field: "state", Message: "没有“" + shown(state) + "”这个环节，请从事项的 stages 中选择"})
	}
	if division != "" && !divisionForm.MatchString(division) {
		found = append(found, workflow.FieldError{Field: "division", Message: "区划代码应为 6 至 14 位数字，例如 140824100214"})
	}
	if len(found) > 0 {
		return &workflow.Invalid{Fields: found}
	}
	return nil
}

const keyHeader = "Idempotency-Key"

type actIn struct {
	CaseIn
	Keyed
	Sent
}

func (in *actIn) idKey() (workflow.CaseID, string, error) {
	id, err := in.key()
	if err != nil {
		return 0, "", err
	}
	key, err := in.must()
	return id, key, err
}

func (a *app) caseOperations(ops operations) {
	type openIn struct {
		Keyed
		Sent
	}
	describe(a, ops, huma.Operation{OperationID: "open-case", DefaultStatus: http.StatusCreated, Summary: "新建草稿"}, typeOf[openBody](), func(ctx context.Context, by *caller, in *openIn) (*caseOut, error) {
		var b openBody
		if err := decodeJSON(in.raw, &b); err != nil {
			return nil, err
		}
		e, err := a.open(ctx, by, b.Chain, b.HouseholdID, in.Key, b.Application)
		if err != nil {
			return nil, err
		}
		o, err := a.answerEntry(ctx, by, e)
		if o != nil {
			o.Status = http.StatusCreated
		}
		return o, err
	})
	describe(a, ops, huma.Operation{OperationID: "list-cases", Summary: "辖区内的办件"}, nil,
		func(ctx context.Context, by *caller, in *struct {
			Paging
			Chain    string `query:"chain" doc:"事项"`
			State    string `query:"state" doc:"环节"`
			Division string `query:"division" doc:"区划代码"`
			Light    string `query:"light" doc:"灯" enum:"green,yellow,red,grey"`
			Q        string `query:"q" maxLength:"100" doc:"办件编号或户主姓名"`
		}) (*out[listOf[caseLineJSON]], error) {
			if err := a.known(in.Chain, in.State, in.Division); err != nil {
				return nil, err
			}
			cases, total, err := a.store.Cases(ctx, by.ID, models.CaseQuery{Chain: in.Chain, State: in.State, Division: in.Division, Light: in.Light, Q: in.Q,
				Page: in.Page, PerPage: in.PerPage})
			if err != nil {
				return nil, err
			}
			lines := make([]caseLineJSON, len(cases))
			for i, c := range cases {
				lines[i] = a.lineOf(c)
			}
			return &out[listOf[caseLineJSON]]{Status: http.StatusOK, Body: pageOf(lines, total, in.Paging)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "get-case", Summary: "一个办件"}, nil,
		func(ctx context.Context, by *caller, in *CaseIn) (*caseOut, error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			v, err := a.svc.View(ctx, id, by.ID)
			if err != nil {
				return nil, err
			}
			return a.showCase(ctx, v)
		})
	describe(a, ops, huma.Operation{OperationID: "move-case", Summary: "办理一个动作"}, typeOf[moveBody](), func(ctx context.Context, by *caller, in *actIn) (*caseOut, error) {
		id, key, err := in.idKey()
		if err != nil {
			return nil, err
		}
		var b moveBody
		if err := decodeJSON(in.raw, &b); err != nil {
			return nil, err
		}
		e, err := a.move(ctx, by, id, key, b.asked(), b)
		if err != nil {
			return nil, err
		}
		return a.answerEntry(ctx, by, e)
	})
	describe(a, ops, huma.Operation{OperationID: "record-case", Summary: "登记一项"}, typeOf[recordBody](), func(ctx context.Context, by *caller, in *actIn) (*caseOut, error) {
		id, key, err := in.idKey()
		if err != nil {
			return nil, err
		}
		var b recordBody
		if err := decodeJSON(in.raw, &b); err != nil {
			return nil, err
		}
		e, err := a.record(ctx, by, id, key, b.asked(), b)
		if err != nil {
			return nil, err
		}
		return a.answerEntry(ctx, by, e)
	})
}
