package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
)

// operations lists what the API does, by OperationID.
func (a *API) operations() operations {
	ops := operations{}
	a.sessionOperations(ops)
	a.chainOperations(ops)
	a.householdOperations(ops)
	a.caseOperations(ops)
	a.caseActOperations(ops)
	a.materialOperations(ops)
	a.listOperations(ops)
	a.attributionOperations(ops)
	a.slaOperations(ops)
	a.reportOperations(ops)
	a.breachOperations(ops)
	a.noticeOperations(ops)
	a.signOperations(ops)
	a.documentOperations(ops)
	a.officeOperations(ops)
	a.purchaseAgencyOperations(ops)
	a.purchaseOperations(ops)
	a.settlementOperations(ops)
	a.adminOperations(ops)
	a.contractorOperations(ops)
	a.demoOperations(ops)
	return ops
}

// MountAPI serves the operations under their routes, and the document that describes them. It fails where a route names
// no operation, an operation has no route, or they differ on the key.
func (a *API) MountAPI(web *fiber.App, table []request.Route) error {
	cfg := huma.DefaultConfig("安居 Anju", "1")
	cfg.Info.Description = "县域农村自建房全流程办理接口。列表用 page 与 per_page 翻页；时间为北京时间；错误为 application/problem+json，detail 是给人看的一句话。"
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", "", nil
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.RejectUnknownQueryParameters = true
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "登录后得到的 token"},
		"cookie": {Type: "apiKey", In: "cookie", Name: request.CookieName, Description: "浏览器会话；非 GET 请求还须带 " +
			request.CsrfHeader},
	}
	api := humafiber.NewWithGroup(web, headed{web}, cfg)
	ops := a.operations()
	for _, r := range table {
		if r.Operation == "" {
			continue
		}
		op := ops[r.Operation]
		if op == nil || op.keyed != r.Keyed {
			return fmt.Errorf("mount %s %s: no operation %q with this need of a key", r.Method, r.Path, r.Operation)
		}
		delete(ops, r.Operation)
		if r.DemoOnly && a.settings.Demo == nil {
			continue
		}
		about := op.about
		about.Method, about.Path = r.Method, request.APIRoot+r.Path
		about.Errors = []int{400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503, 507}
		if about.DefaultStatus == 0 {
			about.DefaultStatus = http.StatusOK
		}
		if !r.Access.Public() {
			about.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
		}
		op.mount(api, about, r.Access)
	}
	for id := range ops {
		return fmt.Errorf("mount the API: operation %s has no route", id)
	}
	doc, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return err
	}
	web.Get("/api/openapi.json", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/openapi+json")
		return c.Send(doc)
	})
	return nil
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
