package handlers

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/models/org"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/glossary"
)

// emptyApp is an app that asks no store, for its routes table.
func emptyApp(t *testing.T) *server {
	t.Helper()
	a, err := newServer(Config{UploadDir: t.TempDir(), Demo: &request.Demo{}}, casework.NewService(nil, chains.Published(), nil, nil), noStore{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRoutes(t *testing.T) {
	for name, broken := range map[string]func([]request.Route) []request.Route{
		"without access":  func(table []request.Route) []request.Route { table[3].Access = request.Access{}; return table },
		"without a page":  func(table []request.Route) []request.Route { table[0].Page = nil; return table },
		"twice":           func(table []request.Route) []request.Route { return append(table, table[5]) },
		"without a route": func(table []request.Route) []request.Route { return table[:len(table)-1] },
		"of no operation": func(table []request.Route) []request.Route {
			return append(table, call(get, "/none", request.Officers, "none"))
		},
		"without its key": func(table []request.Route) []request.Route { return withoutKey(table, "move-case") },
		"exempted by name": func(table []request.Route) []request.Route {
			return append(table, page(get, "/x/:id", request.Officers, emptyApp(t).desk.HelpPage, beforeChange))
		},
	} {
		t.Run("a table with a row "+name+" does not start", func(t *testing.T) {
			a := emptyApp(t)
			if err := a.mount(fiber.New(), broken(a.routes())); err == nil {
				t.Error("it started")
			}
		})
	}
	t.Run("every page that is served is a row", func(t *testing.T) {
		a := emptyApp(t)
		var rows, served []string
		for _, r := range a.routes() {
			if r.Page != nil {
				rows = append(rows, r.Method+" "+r.Path)
			}
		}
		web := bare(t)
		for _, r := range web.GetRoutes(true) {
			own := strings.HasPrefix(r.Path, "/api/") || slices.Contains([]string{"/healthz", "/readyz", "/metrics", "/assets/:name", "/"}, r.Path)
			if r.Method != "HEAD" && (!own || r.Path == "/" && r.Method == "GET") {
				served = append(served, r.Method+" "+r.Path)
			}
		}
		slices.Sort(rows)
		slices.Sort(served)
		if served = slices.Compact(served); !slices.Equal(rows, served) {
			t.Errorf("rows\n%s\nserved\n%s", strings.Join(rows, "\n"), strings.Join(served, "\n"))
		}
	})
	t.Run("no row but the public ones answers without a session", func(t *testing.T) {
		web := bare(t)
		paths := strings.NewReplacer("{id}", "1", "{code}", "1", "{form}", "F01", ":id", "1", ":code", "1", ":form", "F01", ":login", "x", ":token", "x", ":chain", "x", ":certificate", "x")
		for _, r := range emptyApp(t).routes() {
			if r.Access.Public() {
				continue
			}
			res, err := web.Test(httptest.NewRequest(r.Method, paths.Replace(r.Address()), nil))
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != 401 && res.StatusCode != 303 {
				t.Errorf("%s %s: %d", r.Method, r.Address(), res.StatusCode)
			}
		}
	})
}

func withoutKey(table []request.Route, operation string) []request.Route {
	for i := range table {
		if table[i].Operation == operation {
			table[i].Keyed = false
		}
	}
	return table
}

func TestAllow(t *testing.T) {
	roles := glossary.Roles()
	for _, c := range []struct {
		access request.Access
		serves []glossary.Role
	}{
		{request.Access{}, nil}, {request.Anyone, roles}, {request.Officers, roles}, {request.Admins, []glossary.Role{glossary.SystemAdmin}}, {request.Keepers, []glossary.Role{glossary.SecurityAdmin}},
		{request.Watchers, []glossary.Role{glossary.AuditAdmin}}, {request.Stewards, []glossary.Role{glossary.SystemAdmin, glossary.SecurityAdmin, glossary.AuditAdmin}},
		{request.Handlers, slices.DeleteFunc(slices.Clone(roles), func(r glossary.Role) bool { return !r.Handles() })},
	} {
		t.Run(c.access.String(), func(t *testing.T) {
			for _, r := range roles {
				if err := request.Allow(&request.Caller{Officer: org.Officer{Role: r}}, c.access); (err == nil) != slices.Contains(c.serves, r) {
					t.Errorf("%s: %v", r, err)
				}
			}
			err := request.Allow(nil, c.access)
			if c.access.Public() != (err == nil) || c.access.String() != "" && !c.access.Public() && !errors.Is(err, problem.ErrNoCaller) {
				t.Errorf("no session: %v", err)
			}
		})
	}
}
