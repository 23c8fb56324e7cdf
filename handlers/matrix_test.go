package handlers_test

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"anju/handlers"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/workflow/glossary"
)

// roleAccounts is one account for each role: those of the demo county, and a village clerk that the test opens.
var roleAccounts = map[glossary.Role]string{glossary.WindowClerk: "counter", glossary.GroupHead: "group",
	glossary.VillageHead: "village", glossary.VillageClerk: "clerk", glossary.OfficeReviewer: "planning",
	glossary.TownshipHead: "township",
	glossary.CountyHead:   "housing", glossary.CountyClerk: "station", glossary.Supervisor: "supervision",
	glossary.Auditor: "auditor", glossary.SystemAdmin: "admin", glossary.SecurityAdmin: "security",
	glossary.AuditAdmin: "audit"}

// TestEveryRouteByEveryRole asks each row of the routes table, page or operation, as each role and without a session:
// the access in the row decides, and the default is no.
func TestEveryRouteByEveryRole(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onReal(t, func(t *testing.T, r *real) {
		if _, err := r.store.AddOfficer(t.Context(), org.NewOfficer{Login: "clerk", Name: "马小兵",
			Role: glossary.VillageClerk, Kind: glossary.VillageOrganization, Division: "140824100214",
			Hash: org.HashPassword("anju-demo")}); err != nil {
			t.Fatal(err)
		}
		fill := strings.NewReplacer("{id}", "1", "{code}", "1", "{form}", "F01", ":id", "1", ":code", "1", ":form", "F01",
			":login", "none", ":token", "none", ":chain", "homestead", ":certificate", "none")
		for _, role := range append([]glossary.Role{""}, glossary.Roles()...) {
			login := roleAccounts[role]
			if role != "" && login == "" {
				t.Errorf("no account is %s", role)
				continue
			}
			asker := &routeAsker{real: r, login: login}
			asker.logIn()
			for _, route := range handlers.Routes(t) {
				if route.DemoOnly || route.Login {
					continue // not served here; asked without a session by its nature
				}
				status, body := asker.ask(route, fill.Replace(route.Address()))
				caller := &request.Caller{}
				if caller.Role = role; role == "" {
					caller = nil
				}
				want := request.Allow(caller, route.Access)
				refused := want != nil && strings.Contains(body, want.Error())
				switch {
				case want == nil && (status == 401 || slices.ContainsFunc(accessRefusals, func(p *problem.Problem) bool {
					return status == 403 && strings.Contains(body, p.Error())
				})):
					t.Errorf("%s %s serves %s, and answered %q: %d", route.Method, route.Address(), route.Access, role, status)
				case want != nil && role == "" && status != 401 && status != 303:
					t.Errorf("%s %s without a session: %d", route.Method, route.Address(), status)
				case want != nil && role != "" && (status != 403 || !refused):
					t.Errorf("%s %s serves %s, and answered %q: %d", route.Method, route.Address(), route.Access, role, status)
				}
			}
		}
	})
}

// accessRefusals are what the accesses of the table refuse with.
var accessRefusals = []*problem.Problem{problem.ErrNoHandler, problem.ErrNoAdmin, problem.ErrNoKeeper,
	problem.ErrNoWatcher, problem.ErrNoSteward}

// routeAsker asks routes as one account; without a login it has no session.
type routeAsker struct {
	*real
	login, token, csrf string
	page               *browser
}

func (a *routeAsker) logIn() {
	a.t.Helper()
	if a.page = (&browser{t: a.t, web: a.web}); a.login == "" {
		return
	}
	a.page = visit(a.t, a.web, a.login)
	a.csrf = a.page.csrf()
	_, a.token = a.tryPassword(a.login, "anju-demo")
}

// ask returns the status and the body of an answer to an empty form, or to an empty object.
func (a *routeAsker) ask(route request.Route, path string) (int, string) {
	a.t.Helper()
	if strings.Contains(path, "/logout") || strings.HasSuffix(path, "/sessions/current") {
		defer a.logIn()
	}
	if route.Operation == "" {
		form := url.Values{"csrf": {a.csrf}}
		req := httptest.NewRequest(route.Method, path, strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		x := a.page.replied(req)
		return x.status, x.body
	}
	req := httptest.NewRequest(route.Method, path, strings.NewReader("{}"))
	headers := []string{"Content-Type", "application/json"}
	if a.token != "" {
		headers = append(headers, "Authorization", "Bearer "+a.token)
	}
	x := (&browser{t: a.t, web: a.web}).replied(req, headers...)
	return x.status, x.body
}
