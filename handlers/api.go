package handlers

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"anju/workflow"
	"anju/workflow/glossary"
)

const apiRoot = "/api/v1"

// Sent is the bytes of a request, read before huma looks at them: they are checked by decodeJSON, so that every body of the
// API, a form's data or not, is refused in the same words.
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
		return errMedia
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

// Paging is the page of a list that is asked for.
type Paging struct {
	Page    int `query:"page" minimum:"1" maximum:"1000000" default:"1" doc:"第几页，从 1 开始"`
	PerPage int `query:"per_page" minimum:"1" maximum:"200" default:"50" doc:"每页条数，最多 200"`
}

type listOf[T any] struct {
	Items   []T `json:"items"`
	Total   int `json:"total"`
	Page    int `json:"page"`
	PerPage int `json:"per_page"`
}

func pageOf[T any](items []T, total int, p Paging) listOf[T] {
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
	n, err := number(c.ID)
	return workflow.CaseID(n), err
}

func number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || len(s) > 18 {
		return 0, errBadID
	}
	return n, nil
}

// who may use an operation.
type who int

const (
	anyone   who = iota // no account
	officers            // whoever is logged in
	handlers            // whose role handles cases
	admins              // who look after the system, and handle none
	keepers             // the security administrator, who keeps the accounts
	stewards            // any of the three administrators
	watchers            // the audit administrator, who watches the others
)

type located interface {
	key() (workflow.CaseID, error)
}

// register adds one operation: who may ask, errors answered in one place, the body's schema in the document.
func register[I, O any](a *app, api huma.API, op huma.Operation, may who, sends reflect.Type,
	handle func(ctx context.Context, by *caller, in *I) (*O, error)) {
	op.Errors = []int{400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503, 507}
	if op.DefaultStatus == 0 {
		op.DefaultStatus = http.StatusOK
	}
	if may != anyone {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	op.Path = apiRoot + op.Path
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		by := callerOf(ctx)
		switch {
		case may != anyone && by == nil:
			return nil, errNoCaller
		case may == handlers && !by.handles():
			return nil, errNoHandler
		case may == admins && by.Role != glossary.SystemAdmin:
			return nil, errNoAdmin
		}
		if s, ok := any(in).(interface{ media() error }); ok && sends != nil {
			if err := s.media(); err != nil {
				return nil, err
			}
		}
		o, err := handle(ctx, by, in)
		if err != nil {
			w := where{path: op.Path, by: by, reads: safe(op.Method)}
			if l, ok := any(*in).(located); ok {
				w.id, _ = l.key()
			}
			return nil, a.answer(ctx, err, w)
		}
		return o, nil
	})
	item := api.OpenAPI().Paths[op.Path]
	for _, o := range []*huma.Operation{item.Post, item.Delete} {
		if o == nil || o.OperationID != op.OperationID {
			continue
		}
		if may != anyone {
			o.Parameters = append(o.Parameters, &huma.Param{Name: csrfHeader, In: "header", Description: "仅用 cookie 认证时需要：登录或 /me 给出的 csrf_token",
				Schema: &huma.Schema{Type: huma.TypeString}})
		}
		if sends != nil {
			o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"application/json": {Schema: schemaOf(sends)}}}
		}
		// Without a key a move is refused by us, in our own words; that it is needed is said here.
		_, needed := any(new(I)).(interface {
			idKey() (workflow.CaseID, string, error)
		})
		for _, p := range o.Parameters {
			if p.Name == keyHeader {
				longest, shortest := idempotentMax, 1
				p.Required, p.Schema = needed, &huma.Schema{Type: huma.TypeString, MinLength: &shortest, MaxLength: &longest, Pattern: "^[ -~]+$"}
			}
		}
	}
}

// api mounts the JSON API and its document.
func (a *app) api(web *fiber.App) (huma.API, error) {
	web.Use(apiRoot, a.identify)
	cfg := huma.DefaultConfig("安居 Anju", "1")
	cfg.Info.Description = "县域农村自建房全流程办理接口。列表用 page 与 per_page 翻页；时间为北京时间；错误为 application/problem+json，detail 是给人看的一句话。"
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", "", nil
	cfg.RejectUnknownQueryParameters = true
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "登录后得到的 token"},
		"cookie": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "浏览器会话；非 GET 请求还须带 " + csrfHeader},
	}
	api := humafiber.NewWithGroup(web, headed{web}, cfg)
	a.sessionRoutes(api)
	a.chainRoutes(api)
	a.householdRoutes(api)
	a.caseRoutes(api)
	a.materialRoutes(api)
	a.listRoutes(api)
	a.attributionRoutes(api)
	a.slaRoutes(api)
	a.noticeRoutes(api)
	a.signRoutes(api)
	a.documentRoutes(api)
	a.purchaseRoutes(api)
	a.adminRoutes(api)
	a.contractorRoutes(api)
	a.demoRoutes(api)
	doc, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, err
	}
	web.Get("/api/openapi.json", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/openapi+json")
		return c.Send(doc)
	})
	return api, nil
}

// headed answers HEAD wherever GET is answered.
type headed struct{ fiber.Router }

// Add implements fiber.Router.
func (h headed) Add(method, path string, handle ...fiber.Handler) fiber.Router {
	if method == fiber.MethodGet {
		h.Router.Add(fiber.MethodHead, path, handle...)
	}
	return h.Router.Add(method, path, handle...)
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// stamp is an instant as the API writes it; a zero instant is null.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := shanghai(t)
	return &s
}
