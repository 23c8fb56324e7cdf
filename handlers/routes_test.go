package handlers

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
)

// emptyApp is an app that asks no store, for its routes table.
func emptyApp(t *testing.T) *app {
	t.Helper()
	a, err := newApp(Config{UploadDir: t.TempDir(), Demo: &Demo{}}, workflow.NewService(nil, workflow.Published(), nil, nil), noStore{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRoutes(t *testing.T) {
	for name, broken := range map[string]func([]route) []route{
		"without access":  func(table []route) []route { table[3].access = Access{}; return table },
		"without a page":  func(table []route) []route { table[0].page = nil; return table },
		"twice":           func(table []route) []route { return append(table, table[5]) },
		"without a route": func(table []route) []route { return table[:len(table)-1] },
		"of no operation": func(table []route) []route { return append(table, call(get, "/none", officers, "none")) },
		"without its key": func(table []route) []route { return withoutKey(table, "move-case") },
		"exempted by name": func(table []route) []route {
			return append(table, page(get, "/x/:id", officers, emptyApp(t).helpPage, beforeChange))
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
			if r.page != nil {
				rows = append(rows, r.method+" "+r.path)
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
			if r.access.Public() {
				continue
			}
			res, err := web.Test(httptest.NewRequest(r.method, paths.Replace(r.address()), nil))
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != 401 && res.StatusCode != 303 {
				t.Errorf("%s %s: %d", r.method, r.address(), res.StatusCode)
			}
		}
	})
}

func withoutKey(table []route, operation string) []route {
	for i := range table {
		if table[i].operation == operation {
			table[i].keyed = false
		}
	}
	return table
}

func TestAllow(t *testing.T) {
	roles := workflow.Roles()
	for _, c := range []struct {
		access Access
		serves []workflow.Role
	}{
		{Access{}, nil}, {anyone, roles}, {officers, roles}, {admins, []workflow.Role{workflow.SystemAdmin}}, {keepers, []workflow.Role{workflow.SecurityAdmin}},
		{watchers, []workflow.Role{workflow.AuditAdmin}}, {stewards, []workflow.Role{workflow.SystemAdmin, workflow.SecurityAdmin, workflow.AuditAdmin}},
		{handlers, slices.DeleteFunc(slices.Clone(roles), func(r workflow.Role) bool { return !r.Handles() })},
	} {
		t.Run(c.access.String(), func(t *testing.T) {
			for _, r := range roles {
				if err := Allow(&caller{Officer: models.Officer{Role: r}}, c.access); (err == nil) != slices.Contains(c.serves, r) {
					t.Errorf("%s: %v", r, err)
				}
			}
			err := Allow(nil, c.access)
			if c.access.Public() != (err == nil) || c.access.String() != "" && !c.access.Public() && !errors.Is(err, errNoCaller) {
				t.Errorf("no session: %v", err)
			}
		})
	}
}
