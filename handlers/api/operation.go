package api

import (
	"context"
	"mime"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/workflow"
)

// Sent is the bytes of a request, read before huma looks at them: they are checked by schema.DecodeJSON, so that every
// body of the API, a form's data or not, is refused in the same words.
type Sent struct {
	raw  []byte
	kind string
}

// Resolve implements huma.Resolver.
func (b *Sent) Resolve(ctx huma.Context) []error {
	b.raw, b.kind = humafiber.Unwrap(ctx).Body(), ctx.Header(fiber.HeaderContentType)
	return nil
}

// media refuses what says of itself that it is no JSON. Who says nothing is believed.
func (b *Sent) media() error {
	kind, _, err := mime.ParseMediaType(b.kind)
	if b.kind != "" && (err != nil || kind != fiber.MIMEApplicationJSON) {
		return problem.ErrMedia
	}
	return nil
}

// Peer is the connection a request comes by, where an operation must look at it itself.
type Peer struct {
	web *fiber.Ctx
}

// Resolve implements huma.Resolver.
func (p *Peer) Resolve(ctx huma.Context) []error {
	p.web = humafiber.Unwrap(ctx)
	return nil
}

type listOf[T any] struct {
	Items   []T `json:"items"`
	Total   int `json:"total"`
	Page    int `json:"page"`
	PerPage int `json:"per_page"`
}

func pageOf[T any](items []T, total int, p request.Paging) listOf[T] {
	if items == nil {
		items = []T{}
	}
	return listOf[T]{items, total, p.Page, p.PerPage}
}

type out[T any] struct {
	Status int
	Body   T
}

// empty is the answer 204.
type empty struct{}

// CaseIn is the path of a case.
type CaseIn struct {
	ID string `path:"id" doc:"办件编号"`
}

func (c CaseIn) key() (workflow.CaseID, error) {
	n, err := request.Number(c.ID)
	return workflow.CaseID(n), err
}

type located interface {
	key() (workflow.CaseID, error)
}

// operation is what the API does under one route, without the route itself: method, path and access stand in the routes
// table.
type operation struct {
	about huma.Operation
	keyed bool                  // the operation must be sent with an Idempotency-Key
	edit  func(*huma.Operation) // completes its place in the document; nil: complete
	mount func(api huma.API, about huma.Operation, may request.Access)
}

// operations are the operations of the API by their OperationID.
type operations map[string]*operation

// describe adds an operation: errors are answered in one place, the schema of the body stands in the document.
func describe[I, O any](a *API, ops operations, about huma.Operation, sends reflect.Type,
	handle func(ctx context.Context, by *request.Caller, in *I) (*O, error)) *operation {
	return describeOnce(a, ops, about, sends, handle, nil)
}

// describeOnce is describe of an operation under a key, with what reads again what was done where the answer was lost;
// nil where that cannot be.
func describeOnce[I, O any](a *API, ops operations, about huma.Operation, sends reflect.Type,
	handle, reread func(ctx context.Context, by *request.Caller, in *I) (*O, error)) *operation {
	_, keyed := any(new(I)).(interface {
		idKey() (workflow.CaseID, string, error)
	})
	op := &operation{about: about, keyed: keyed}
	do := handle
	if _, once := any(new(I)).(onceSent); once {
		do = func(ctx context.Context, by *request.Caller, in *I) (*O, error) {
			return handleOnce(ctx, a, by, in, any(in).(onceSent).once(), handle, reread)
		}
	}
	op.mount = func(api huma.API, about huma.Operation, may request.Access) {
		huma.Register(api, about, func(ctx context.Context, in *I) (*O, error) {
			by := request.CallerOf(ctx)
			if err := request.Allow(by, may); err != nil {
				return nil, err
			}
			if s, ok := any(in).(interface{ media() error }); ok && sends != nil {
				if err := s.media(); err != nil {
					return nil, err
				}
			}
			o, err := do(ctx, by, in)
			if err != nil {
				w := problem.RequestInfo{Path: about.Path, By: by.OfficerID(), Reads: request.IsSafe(about.Method)}
				if l, ok := any(*in).(located); ok {
					w.ID, _ = l.key()
				}
				return nil, a.problems.ToProblem(ctx, err, w)
			}
			return o, nil
		})
		item := api.OpenAPI().Paths[about.Path]
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete} {
			if o == nil || o.OperationID != about.OperationID {
				continue
			}
			op.document(o, may, sends)
		}
	}
	ops[about.OperationID] = op
	return op
}

// document completes an operation in the published document: the token of a browser, the body, the key.
func (op *operation) document(o *huma.Operation, may request.Access, sends reflect.Type) {
	if o.Method != http.MethodGet {
		if !may.Public() {
			o.Parameters = append(o.Parameters, &huma.Param{Name: request.CsrfHeader, In: "header",
				Description: "仅用 cookie 认证时需要：登录或 /me 给出的 csrf_token",
				Schema:      &huma.Schema{Type: huma.TypeString}})
		}
		if sends != nil {
			o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"application/json": {Schema: schema.Of(sends)}}}
		}
		// Without a key a move is refused by us, in our own words; that it is needed is said here.
		for _, p := range o.Parameters {
			if p.Name == request.KeyHeader {
				longest, shortest := request.IdempotentMax, 1
				p.Required, p.Schema = op.keyed, &huma.Schema{Type: huma.TypeString, MinLength: &shortest, MaxLength: &longest,
					Pattern: "^[ -~]+$"}
			}
		}
	}
	if op.edit != nil {
		op.edit(o)
	}
}

// answers says that an operation answers with bytes of one of several kinds instead of JSON.
func (op *operation) answers(kinds ...string) {
	op.edit = func(o *huma.Operation) {
		content := map[string]*huma.MediaType{}
		for _, kind := range kinds {
			content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
		o.Responses["200"].Content = content
	}
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// IDIn is the path of a row that an administrator looks after.
type IDIn struct {
	ID string `path:"id" doc:"编号"`
}
