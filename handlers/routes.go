package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
)

const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete

// route is one row of the routes table: what a method and a path serve, and whom.
type route struct {
	method, path string
	access       Access
	page         func(*fiber.Ctx, *caller) error // nil: an operation of the API
	operation    string                          // OperationID; its path lies under apiRoot

	keyed        bool // an Idempotency-Key must be sent
	login        bool // opens a session: asks for its own origin instead of the token of the old session
	beforeChange bool // open to a session whose one-time password must be changed first
	demo         bool // served by the demo county only
}

// need is what a route asks or grants beside its access.
type need func(*route)

func needsKey(r *route)     { r.keyed = true }
func loginForm(r *route)    { r.login = true }
func beforeChange(r *route) { r.beforeChange = true }
func demoOnly(r *route)     { r.demo = true }

func page(method, path string, may Access, show func(*fiber.Ctx, *caller) error, needs ...need) route {
	return newRoute(route{method: method, path: path, access: may, page: show}, needs)
}

func call(method, path string, may Access, operation string, needs ...need) route {
	return newRoute(route{method: method, path: path, access: may, operation: operation}, needs)
}

func newRoute(r route, needs []need) route {
	for _, n := range needs {
		n(&r)
	}
	return r
}

// address is the path of a route as a request names it.
func (r route) address() string {
	if r.operation != "" {
		return apiRoot + r.path
	}
	return r.path
}

// routes is the table of every page and of every operation of the API. A request that changes something and
// comes by cookie must carry the token of its session, except where it opens one.
func (a *app) routes() []route {
	return []route{page(get, "/login", anyone, a.loginPage),
		page(post, "/login", anyone, a.postLogin, loginForm, beforeChange),
		page(post, "/logout", officers, a.postLogout, beforeChange),
		page(post, "/display", anyone, a.postDisplay, beforeChange),
		page(get, "/help", anyone, a.helpPage),

		// for everybody
		page(get, "/", anyone, a.rootPage),
		page(get, "/progress", anyone, a.progressQuery),
		page(post, "/progress", anyone, a.postProgress),
		page(get, "/progress/:code", anyone, a.progressPage),
		page(post, "/progress/:code/petitions", anyone, a.postPetition),
		page(get, "/notices", anyone, a.noticeQuery),
		page(get, "/notices/:code", anyone, a.noticePage),
		page(post, "/notices/:code/objections", anyone, a.postObjection),
		page(get, "/verify", anyone, a.verifyQuery),
		page(get, "/verify/:certificate", anyone, a.verifyPage),
		page(get, "/disclosures", anyone, a.disclosuresPage),
		page(get, "/guidance", anyone, a.guidanceList),
		page(get, "/guidance/:chain", anyone, a.guidancePage),
		page(get, "/forms/:form", anyone, a.blankForm),
		page(get, "/sign/:token", anyone, a.signPage),
		page(post, "/sign/:token", anyone, a.postSign),

		// for those who handle cases
		page(post, "/drafts", handlers, a.postDraft),
		page(post, "/drafts/drop", handlers, a.postDropDraft),
		page(post, "/uploads", handlers, a.postUpload),
		page(get, "/cases", handlers, a.casesPage),
		page(get, "/new", handlers, a.newPage),
		page(post, "/new", handlers, a.postNew),
		page(get, "/households/new", handlers, a.newHouseholdPage),
		page(post, "/households/new", handlers, a.postHousehold),
		page(post, "/households/same", handlers, a.samePerson),
		page(get, "/households/:id", handlers, a.householdPage),
		page(post, "/households/:id/reveal", handlers, a.postReveal),
		page(get, "/cases/:id", handlers, a.casePage),
		page(get, "/cases/:id/clock", handlers, a.clockPage),
		page(get, "/cases/:id/history", handlers, a.historyPage),
		page(get, "/cases/:id/poster", handlers, a.posterPage),
		page(get, "/cases/:id/slip", handlers, a.slipPage),
		page(post, "/cases/:id/sign-links", handlers, a.postSignLink),
		page(post, "/cases/:id/together", handlers, a.postTogether),
		page(post, "/cases/:id/moves", handlers, a.postMove),
		page(post, "/cases/:id/records", handlers, a.postRecord),
		page(post, "/cases/:id/materials", handlers, a.postMaterial),
		page(get, "/cases/:id/materials/:code", handlers, a.getMaterial),
		page(get, "/inbox", handlers, a.inboxPage),
		page(post, "/inbox/acknowledgement", handlers, a.postAcknowledged),
		page(post, "/inbox/read", handlers, a.postRead),
		page(get, "/contractors", handlers, a.contractorsPage),
		page(get, "/petitions", handlers, a.petitionsPage),
		page(post, "/petitions/:id", handlers, a.postAnswer),
		page(get, "/board", handlers, a.boardPage),
		page(post, "/board/bulk", handlers, a.postBulk),
		page(get, "/audit", handlers, a.auditPage),
		page(get, "/audit/stages", handlers, a.stagesPage),
		page(get, "/audit/breaches", handlers, a.breachesPage),
		page(post, "/audit/breaches", handlers, a.postUrge),
		page(get, "/audit/breaches/:id", handlers, a.breachPage),
		page(post, "/audit/breaches/:id/explanations", handlers, a.postExplanation),
		page(post, "/audit/breaches/:id/rulings", handlers, a.postRuling),
		page(get, "/profile", officers, a.profilePage),
		page(post, "/profile/leave", officers, a.postLeave),
		page(post, "/profile/leave/:id/end", officers, a.postBack),
		page(post, "/profile/contact", officers, a.postContact),
		page(get, "/password", officers, a.passwordPage, beforeChange),
		page(post, "/profile/password", officers, a.postPassword, beforeChange),

		// for the three administrators, each his own
		page(get, "/admin/accounts", keepers, a.peoplePage),
		page(post, "/admin/accounts", keepers, a.postPerson),
		page(post, "/admin/accounts/:login", keepers, a.postPersonChange),
		page(get, "/admin/changes", stewards, a.changesPage),
		page(post, "/admin/changes/:id", stewards, a.postChange),
		page(get, "/admin/log", watchers, a.logPage),
		page(get, "/admin/offices", admins, a.officesPage),
		page(post, "/admin/offices/:id", admins, a.postOffice),
		page(get, "/admin/calendar", admins, a.calendarPage),
		page(post, "/admin/calendar", admins, a.postCalendar),
		page(get, "/admin/limits", admins, a.limitsPage),
		page(post, "/admin/limits", admins, a.postLimits),
		page(get, "/admin/channels", admins, a.channelsPage),
		page(post, "/admin/channels", admins, a.postChannel),
		page(get, "/admin/queue", admins, a.queuePage),
		page(post, "/admin/queue/failed/:id", admins, a.postRedrive),
		page(post, "/admin/queue/deliveries/:id", admins, a.postRedriveDelivery),
		page(get, "/admin/health", admins, a.healthPage),
		page(post, "/demo/clock", officers, a.postClock, demoOnly),
		page(post, "/demo/role", officers, a.postRole, demoOnly),
		page(get, "/demo/walk", officers, a.walkPage, demoOnly),

		// sessions
		call(post, "/sessions", anyone, "log-in", loginForm, beforeChange),
		call(del, "/sessions/current", officers, "log-out", beforeChange),
		call(get, "/me", officers, "me", beforeChange),
		call(post, "/me/password", officers, "change-password", beforeChange),

		// matters and households
		call(get, "/chains", officers, "list-chains"),
		call(get, "/chains/{id}", officers, "get-chain"),
		call(post, "/households", handlers, "save-household"),
		call(get, "/households/{id}", handlers, "get-household"),

		// cases
		call(post, "/cases", handlers, "open-case"),
		call(get, "/cases", handlers, "list-cases"),
		call(get, "/cases/{id}", handlers, "get-case"),
		call(post, "/cases/{id}/moves", handlers, "move-case", needsKey),
		call(post, "/cases/{id}/records", handlers, "record-case", needsKey),
		call(post, "/cases/{id}/materials", handlers, "attach-material"),
		call(get, "/cases/{id}/materials/{code}", handlers, "get-material"),
		call(get, "/cases/{id}/history", handlers, "case-history"),
		call(get, "/cases/{id}/deadlines", handlers, "case-deadlines"),
		call(get, "/cases/{id}/documents", handlers, "case-documents"),
		call(get, "/tasks", handlers, "tasks"),
		call(get, "/cases/{id}/attribution", handlers, "case-attribution"),

		// statistics and the register of breaches
		call(get, "/sla/summary", handlers, "sla-summary"),
		call(get, "/sla/summary.xlsx", handlers, "sla-summary-xlsx"),
		call(get, "/sla/summary.csv", handlers, "sla-summary-csv"),
		call(get, "/sla/stages", handlers, "sla-stages"),
		call(get, "/sla/breaches", handlers, "sla-breaches"),
		call(get, "/sla/breaches.xlsx", handlers, "sla-breaches-xlsx"),
		call(get, "/sla/breaches.csv", handlers, "sla-breaches-csv"),
		call(get, "/sla/breaches/{id}", handlers, "sla-breach"),
		call(post, "/sla/breaches/{id}/explanations", handlers, "explain-breach"),
		call(post, "/sla/breaches/{id}/rulings", handlers, "rule-breach"),

		// notices and officers
		call(get, "/notices", handlers, "notices"),
		call(get, "/inbox", handlers, "inbox"),
		call(post, "/inbox/{id}/read", handlers, "read-inbox"),
		call(post, "/inbox/{id}/acknowledgement", handlers, "acknowledge-inbox"),
		call(post, "/notices/{id}/acknowledgement", handlers, "acknowledge-notice"),
		call(get, "/me/contact", officers, "contact"),
		call(post, "/me/contact", officers, "set-contact"),
		call(get, "/leaves", officers, "leaves"),
		call(post, "/leaves", officers, "set-leave"),

		// papers
		call(post, "/cases/{id}/sign-links", handlers, "make-sign-link"),
		call(get, "/cases/{id}/documents/{form}.pdf", handlers, "get-document"),
		call(get, "/forms/{form}.pdf", officers, "blank-form"),
		call(post, "/cases/{id}/documents/batch", handlers, "print-batch"),
		call(get, "/cases/{id}/archive.zip", handlers, "archive-package"),
		call(get, "/premises-checks", handlers, "premises-checks"),
		call(post, "/office/seal", handlers, "set-seal"),

		// purchases and contractors
		call(get, "/purchases/agencies", officers, "purchase-agencies"),
		call(post, "/purchases/agencies", handlers, "file-purchase-agency"),
		call(post, "/purchases/agencies/{code}/publication", handlers, "publish-purchase-agency"),
		call(post, "/purchases/orders", handlers, "select-purchase"),
		call(post, "/purchases/orders/{id}/confirmation", handlers, "confirm-purchase"),
		call(post, "/purchases/orders/{id}/payment", handlers, "pay-purchase"),
		call(get, "/purchases/settlement", handlers, "purchase-settlement"),
		call(get, "/purchases/settlement.xlsx", handlers, "purchase-settlement-xlsx"),
		call(get, "/purchases/settlement.csv", handlers, "purchase-settlement-csv"),
		call(get, "/contractors", officers, "contractors"),
		call(post, "/contractors", handlers, "register-contractor"),
		call(post, "/contractors/{code}/strike", handlers, "strike-contractor"),
		call(post, "/contractors/{code}/restore", handlers, "restore-contractor"),

		// administration
		call(get, "/queue", admins, "queue"),
		call(get, "/queue/failed", admins, "failed-jobs"),
		call(post, "/queue/failed/{id}/redrive", admins, "redrive-job"),
		call(get, "/queue/deliveries", admins, "deliveries"),
		call(post, "/queue/deliveries/{id}/redrive", admins, "redrive-delivery"),
		call(get, "/channels", admins, "channels"),
		call(post, "/channels", admins, "set-channel"),
		call(del, "/channels/{id}", admins, "remove-channel"),
		call(get, "/calendar", officers, "calendar-versions"),
		call(post, "/demo/clock", officers, "turn-clock", demoOnly),
	}
}

// checkRoutes fails on a route that stands twice, has no access, or serves nothing.
func checkRoutes(table []route) error {
	seen := map[string]bool{}
	for _, r := range table {
		at := r.method + " " + r.address()
		switch {
		case r.access.String() == "":
			return fmt.Errorf("route %s has no access", at)
		case (r.page == nil) == (r.operation == ""):
			return fmt.Errorf("route %s serves nothing, or a page and an operation", at)
		case seen[at]:
			return fmt.Errorf("route %s stands twice", at)
		case (r.login || r.beforeChange) && strings.ContainsAny(r.path, ":{"):
			return fmt.Errorf("route %s is named exactly by its path only", at)
		}
		seen[at] = true
	}
	return nil
}

// mount serves the table. It fails where a row is not whole, so that no route is open by an omission.
func (a *app) mount(web *fiber.App, table []route) error {
	if err := checkRoutes(table); err != nil {
		return err
	}
	a.exceptions = map[string]route{}
	for _, r := range table {
		if r.login || r.beforeChange {
			a.exceptions[r.method+" "+r.address()] = r
		}
	}
	web.Use(apiRoot, a.identify)
	if err := a.mountAPI(web, table); err != nil {
		return err
	}
	a.watch(web)
	web.Get("/assets/:name", a.asset)
	small := compress.New(compress.Config{Level: compress.LevelBestSpeed})
	for _, r := range table {
		if r.page != nil && (!r.demo || a.cfg.Demo != nil) {
			web.Add(r.method, r.path, small, a.identify, a.servePage(r))
		}
	}
	return nil
}

// servePage judges who asks for a page and shows it; a form that outlived its session is kept.
func (a *app) servePage(r route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "no-store")
		by := callerOf(c.UserContext())
		if err := Allow(by, r.access); err != nil {
			if by == nil && !safe(c.Method()) {
				return a.loginLost(c)
			}
			return err
		}
		return arrival(c, r.page(c, by))
	}
}
