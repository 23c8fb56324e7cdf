package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"anju/handlers/request"
	"anju/handlers/web"
)

// rootPage is the start: for officers what waits, for everybody else the query of a case.
func (a *server) rootPage(c *fiber.Ctx, by *request.Caller) error {
	if by == nil {
		return a.public.ProgressQuery(c, nil)
	}
	return a.desk.HomePage(c, by)
}

const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete

// need is what a route asks or grants beside its access.
type need func(*request.Route)

func needsKey(r *request.Route) { r.Keyed = true }

func loginForm(r *request.Route) { r.Login = true }

func beforeChange(r *request.Route) { r.BeforeChange = true }

func demoOnly(r *request.Route) { r.DemoOnly = true }

func page(method, path string, may request.Access, show func(*fiber.Ctx, *request.Caller) error,
	needs ...need) request.Route {
	return newRoute(request.Route{Method: method, Path: path, Access: may, Page: show}, needs)
}

func call(method, path string, may request.Access, operation string, needs ...need) request.Route {
	return newRoute(request.Route{Method: method, Path: path, Access: may, Operation: operation}, needs)
}

func newRoute(r request.Route, needs []need) request.Route {
	for _, n := range needs {
		n(&r)
	}
	return r
}

// routes is the table of every page and of every operation of the API. A request that changes something and
// comes by cookie must carry the token of its session, except where it opens one.
func (a *server) routes() []request.Route {
	return []request.Route{page(get, "/login", request.Anyone, a.account.LoginPage),
		page(post, "/login", request.Anyone, a.account.PostLogin, loginForm, beforeChange),
		page(post, "/logout", request.Officers, a.account.PostLogout, beforeChange),
		page(post, "/display", request.Anyone, a.account.PostDisplay, beforeChange),
		page(get, "/help", request.Anyone, a.desk.HelpPage),

		// for everybody
		page(get, "/", request.Anyone, a.rootPage),
		page(get, "/progress", request.Anyone, a.public.ProgressQuery),
		page(post, "/progress", request.Anyone, a.public.PostProgress),
		page(get, "/progress/:code", request.Anyone, a.public.ProgressPage),
		page(post, "/progress/:code/petitions", request.Anyone, a.public.PostPetition),
		page(get, "/notices", request.Anyone, a.public.NoticeQuery),
		page(get, "/notices/:code", request.Anyone, a.public.NoticePage),
		page(post, "/notices/:code/objections", request.Anyone, a.public.PostObjection),
		page(get, "/verify", request.Anyone, a.public.VerifyQuery),
		page(get, "/verify/:certificate", request.Anyone, a.public.VerifyPage),
		page(get, "/disclosures", request.Anyone, a.public.DisclosuresPage),
		page(get, "/guidance", request.Anyone, a.public.GuidanceList),
		page(get, "/guidance/:chain", request.Anyone, a.public.GuidancePage),
		page(get, "/forms/:form", request.Anyone, a.public.BlankForm),
		page(get, "/sign/:token", request.Anyone, a.public.SignPage),
		page(post, "/sign/:token", request.Anyone, a.public.PostSign),

		// for those who handle cases
		page(post, "/drafts", request.Handlers, a.desk.PostDraft),
		page(post, "/drafts/drop", request.Handlers, a.desk.PostDropDraft),
		page(post, "/uploads", request.Handlers, a.desk.PostUpload),
		page(get, "/cases", request.Handlers, a.desk.CasesPage),
		page(get, "/new", request.Handlers, a.desk.NewPage),
		page(post, "/new", request.Handlers, a.desk.PostNew),
		page(get, "/households/new", request.Handlers, a.desk.NewHouseholdPage),
		page(post, "/households/new", request.Handlers, a.desk.PostHousehold),
		page(post, "/households/same", request.Handlers, a.desk.SamePerson),
		page(get, "/households/:id", request.Handlers, a.household.FilePage),
		page(post, "/households/:id/reveal", request.Handlers, a.household.PostReveal),
		page(get, "/households/:id/change", request.Handlers, a.household.ChangePage),
		page(post, "/households/:id/change", request.Handlers, a.household.PostChange),
		page(get, "/cases/:id", request.Handlers, a.desk.CasePage),
		page(get, "/cases/:id/clock", request.Handlers, a.desk.ClockPage),
		page(get, "/cases/:id/history", request.Handlers, a.desk.HistoryPage),
		page(get, "/cases/:id/poster", request.Handlers, a.desk.PosterPage),
		page(get, "/cases/:id/slip", request.Handlers, a.desk.SlipPage),
		page(post, "/cases/:id/sign-links", request.Handlers, a.desk.PostSignLink),
		page(post, "/cases/:id/together", request.Handlers, a.desk.PostTogether),
		page(post, "/cases/:id/moves", request.Handlers, a.desk.PostMove),
		page(post, "/cases/:id/records", request.Handlers, a.desk.PostRecord),
		page(post, "/cases/:id/materials", request.Handlers, a.desk.PostMaterial),
		page(get, "/cases/:id/materials/:code", request.Handlers, a.desk.GetMaterial),
		page(get, "/inbox", request.Handlers, a.desk.InboxPage),
		page(post, "/inbox/acknowledgement", request.Handlers, a.desk.PostAcknowledged),
		page(post, "/inbox/read", request.Handlers, a.desk.PostRead),
		page(get, "/contractors", request.Handlers, a.desk.ContractorsPage),
		page(get, "/petitions", request.Handlers, a.desk.PetitionsPage),
		page(post, "/petitions/:id", request.Handlers, a.desk.PostAnswer),
		page(get, "/board", request.Handlers, a.desk.BoardPage),
		page(post, "/board/bulk", request.Handlers, a.desk.PostBulk),
		page(get, "/audit", request.Handlers, a.audit.AuditPage),
		page(get, "/audit/stages", request.Handlers, a.audit.StagesPage),
		page(get, "/audit/breaches", request.Handlers, a.audit.BreachesPage),
		page(post, "/audit/breaches", request.Handlers, a.audit.PostUrge),
		page(get, "/audit/breaches/:id", request.Handlers, a.audit.BreachPage),
		page(post, "/audit/breaches/:id/explanations", request.Handlers, a.audit.PostExplanation),
		page(post, "/audit/breaches/:id/rulings", request.Handlers, a.audit.PostRuling),
		page(get, "/reports/quarterly", request.Handlers, a.audit.QuarterlyPage),
		page(get, "/profile", request.Officers, a.account.ProfilePage),
		page(post, "/profile/leave", request.Officers, a.account.PostLeave),
		page(post, "/profile/leave/:id/end", request.Officers, a.account.PostBack),
		page(post, "/profile/contact", request.Officers, a.account.PostContact),
		page(get, "/password", request.Officers, a.account.PasswordPage, beforeChange),
		page(post, "/profile/password", request.Officers, a.account.PostPassword, beforeChange),

		// for the three administrators, each his own
		page(get, "/admin/accounts", request.Keepers, a.admin.PeoplePage),
		page(post, "/admin/accounts", request.Keepers, a.admin.PostPerson),
		page(post, "/admin/accounts/:login", request.Keepers, a.admin.PostPersonChange),
		page(get, "/admin/changes", request.Stewards, a.admin.ChangesPage),
		page(post, "/admin/changes/:id", request.Stewards, a.admin.PostChange),
		page(get, "/admin/log", request.Watchers, a.admin.LogPage),
		page(get, "/admin/offices", request.Admins, a.admin.OfficesPage),
		page(post, "/admin/offices/:id", request.Admins, a.admin.PostOffice),
		page(get, "/admin/calendar", request.Admins, a.admin.CalendarPage),
		page(post, "/admin/calendar", request.Admins, a.admin.PostCalendar),
		page(get, "/admin/limits", request.Admins, a.admin.LimitsPage),
		page(post, "/admin/limits", request.Admins, a.admin.PostLimits),
		page(get, "/admin/channels", request.Admins, a.admin.ChannelsPage),
		page(post, "/admin/channels", request.Admins, a.admin.PostChannel),
		page(get, "/admin/queue", request.Admins, a.admin.QueuePage),
		page(post, "/admin/queue/failed/:id", request.Admins, a.admin.PostRedrive),
		page(post, "/admin/queue/deliveries/:id", request.Admins, a.admin.PostRedriveDelivery),
		page(get, "/admin/health", request.Admins, a.admin.HealthPage),
		page(post, "/demo/clock", request.Officers, a.account.PostClock, demoOnly),
		page(post, "/demo/role", request.Officers, a.account.PostRole, demoOnly),
		page(get, "/demo/walk", request.Officers, a.account.WalkPage, demoOnly),

		// sessions
		call(post, "/sessions", request.Anyone, "log-in", loginForm, beforeChange),
		call(del, "/sessions/current", request.Officers, "log-out", beforeChange),
		call(get, "/me", request.Officers, "me", beforeChange),
		call(post, "/me/password", request.Officers, "change-password", beforeChange),

		// matters and households
		call(get, "/chains", request.Officers, "list-chains"),
		call(get, "/chains/{id}", request.Officers, "get-chain"),
		call(post, "/households", request.Handlers, "save-household"),
		call(get, "/households/{id}", request.Handlers, "get-household"),
		call(patch, "/households/{id}", request.Handlers, "change-household"),
		call(get, "/households/{id}/changes", request.Handlers, "household-changes"),

		// cases
		call(post, "/cases", request.Handlers, "open-case"),
		call(get, "/cases", request.Handlers, "list-cases"),
		call(get, "/cases/{id}", request.Handlers, "get-case"),
		call(post, "/cases/{id}/moves", request.Handlers, "move-case", needsKey),
		call(post, "/cases/{id}/records", request.Handlers, "record-case", needsKey),
		call(post, "/cases/{id}/materials", request.Handlers, "attach-material"),
		call(get, "/cases/{id}/materials/{code}", request.Handlers, "get-material"),
		call(get, "/cases/{id}/history", request.Handlers, "case-history"),
		call(get, "/cases/{id}/deadlines", request.Handlers, "case-deadlines"),
		call(get, "/cases/{id}/documents", request.Handlers, "case-documents"),
		call(get, "/tasks", request.Handlers, "tasks"),
		call(get, "/cases/{id}/attribution", request.Handlers, "case-attribution"),

		// statistics and the register of breaches
		call(get, "/sla/summary", request.Handlers, "sla-summary"),
		call(get, "/sla/summary.xlsx", request.Handlers, "sla-summary-xlsx"),
		call(get, "/sla/summary.csv", request.Handlers, "sla-summary-csv"),
		call(get, "/sla/stages", request.Handlers, "sla-stages"),
		call(get, "/sla/breaches", request.Handlers, "sla-breaches"),
		call(get, "/sla/breaches.xlsx", request.Handlers, "sla-breaches-xlsx"),
		call(get, "/sla/breaches.csv", request.Handlers, "sla-breaches-csv"),
		call(get, "/sla/breaches/{id}", request.Handlers, "sla-breach"),
		call(post, "/sla/breaches/{id}/explanations", request.Handlers, "explain-breach"),
		call(post, "/sla/breaches/{id}/rulings", request.Handlers, "rule-breach"),

		// figures that go upward
		call(get, "/reports/quarterly", request.Handlers, "quarterly"),
		call(get, "/reports/quarterly.xlsx", request.Handlers, "quarterly-xlsx"),
		call(get, "/reports/quarterly.csv", request.Handlers, "quarterly-csv"),

		// notices and officers
		call(get, "/notices", request.Handlers, "notices"),
		call(get, "/inbox", request.Handlers, "inbox"),
		call(post, "/inbox/{id}/read", request.Handlers, "read-inbox"),
		call(post, "/inbox/{id}/acknowledgement", request.Handlers, "acknowledge-inbox"),
		call(post, "/notices/{id}/acknowledgement", request.Handlers, "acknowledge-notice"),
		call(get, "/me/contact", request.Officers, "contact"),
		call(post, "/me/contact", request.Officers, "set-contact"),
		call(get, "/leaves", request.Officers, "leaves"),
		call(post, "/leaves", request.Officers, "set-leave"),

		// papers
		call(post, "/cases/{id}/sign-links", request.Handlers, "make-sign-link"),
		call(get, "/cases/{id}/documents/{form}.pdf", request.Handlers, "get-document"),
		call(get, "/forms/{form}.pdf", request.Officers, "blank-form"),
		call(post, "/cases/{id}/documents/batch", request.Handlers, "print-batch"),
		call(get, "/cases/{id}/archive.zip", request.Handlers, "archive-package"),
		call(get, "/premises-checks", request.Handlers, "premises-checks"),
		call(post, "/office/seal", request.Handlers, "set-seal"),

		// purchases and contractors
		call(get, "/purchases/agencies", request.Officers, "purchase-agencies"),
		call(post, "/purchases/agencies", request.Handlers, "file-purchase-agency"),
		call(post, "/purchases/agencies/{code}/publication", request.Handlers, "publish-purchase-agency"),
		call(post, "/purchases/orders", request.Handlers, "select-purchase"),
		call(post, "/purchases/orders/{id}/confirmation", request.Handlers, "confirm-purchase"),
		call(post, "/purchases/orders/{id}/payment", request.Handlers, "pay-purchase"),
		call(get, "/purchases/settlement", request.Handlers, "purchase-settlement"),
		call(get, "/purchases/settlement.xlsx", request.Handlers, "purchase-settlement-xlsx"),
		call(get, "/purchases/settlement.csv", request.Handlers, "purchase-settlement-csv"),
		call(get, "/contractors", request.Officers, "contractors"),
		call(post, "/contractors", request.Handlers, "register-contractor"),
		call(post, "/contractors/{code}/strike", request.Handlers, "strike-contractor"),
		call(post, "/contractors/{code}/restore", request.Handlers, "restore-contractor"),

		// administration
		call(get, "/queue", request.Admins, "queue"),
		call(get, "/queue/failed", request.Admins, "failed-jobs"),
		call(post, "/queue/failed/{id}/redrive", request.Admins, "redrive-job"),
		call(get, "/queue/deliveries", request.Admins, "deliveries"),
		call(post, "/queue/deliveries/{id}/redrive", request.Admins, "redrive-delivery"),
		call(get, "/channels", request.Admins, "channels"),
		call(post, "/channels", request.Admins, "set-channel"),
		call(del, "/channels/{id}", request.Admins, "remove-channel"),
		call(get, "/calendar", request.Officers, "calendar-versions"),
		call(post, "/demo/clock", request.Officers, "turn-clock", demoOnly),
	}
}

// checkRoutes fails on a route that stands twice, has no access, or serves nothing.
func checkRoutes(table []request.Route) error {
	seen := map[string]bool{}
	for _, r := range table {
		at := r.Method + " " + r.Address()
		switch {
		case r.Access.String() == "":
			return fmt.Errorf("route %s has no access", at)
		case (r.Page == nil) == (r.Operation == ""):
			return fmt.Errorf("route %s serves nothing, or a page and an operation", at)
		case seen[at]:
			return fmt.Errorf("route %s stands twice", at)
		case (r.Login || r.BeforeChange) && strings.ContainsAny(r.Path, ":{"):
			return fmt.Errorf("route %s is named exactly by its path only", at)
		}
		seen[at] = true
	}
	return nil
}

// mount serves the table. It fails where a row is not whole, so that no route is open by an omission.
func (a *server) mount(web *fiber.App, table []request.Route) error {
	if err := checkRoutes(table); err != nil {
		return err
	}
	a.exceptions = map[string]request.Route{}
	for _, r := range table {
		if r.Login || r.BeforeChange {
			a.exceptions[r.Method+" "+r.Address()] = r
		}
	}
	web.Use(request.APIRoot, a.identify)
	if err := a.api.MountAPI(web, table); err != nil {
		return err
	}
	a.watch(web)
	web.Get("/assets/:name", a.site.Asset)
	small := compress.New(compress.Config{Level: compress.LevelBestSpeed})
	for _, r := range table {
		if r.Page != nil && (!r.DemoOnly || a.cfg.Demo != nil) {
			web.Add(r.Method, r.Path, small, a.identify, a.servePage(r))
		}
	}
	return nil
}

// servePage judges who asks for a page and shows it; a form that outlived its session is kept.
func (a *server) servePage(r request.Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "no-store")
		by := request.CallerOf(c.UserContext())
		if err := request.Allow(by, r.Access); err != nil {
			if by == nil && !request.IsSafe(c.Method()) {
				return a.loginLost(c)
			}
			return err
		}
		return web.Arrival(c, r.Page(c, by))
	}
}
