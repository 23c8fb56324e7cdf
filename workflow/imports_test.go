package workflow

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// direction lists, for each package of the module, the packages of the module that it may import, and the
// outside modules where those are few by design: workflow ← models ← handlers and jobs ← cmd.
var direction = map[string]struct{ inside, outside []string }{
	"workflow/calendar": {nil, []string{"std"}},
	"workflow/law":      {[]string{"workflow/calendar"}, []string{"std"}},
	"workflow/glossary": {[]string{"workflow/calendar"}, []string{"std"}},
	"workflow/trades":   {[]string{"workflow/calendar"}, []string{"std"}},
	"workflow": {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow/trades"},
		[]string{"std", "github.com/qmuntal/stateless"}},
	"workflow/table": {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow", "workflow/lines"},
		[]string{"std"}},
	"workflow/attribution": {[]string{"workflow/calendar", "workflow/glossary", "workflow"}, []string{"std"}},
	"workflow/breaches": {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow"},
		[]string{"std"}},
	"workflow/casework": {[]string{"workflow/calendar", "workflow/glossary", "workflow", "workflow/breaches",
		"workflow/recount"}, []string{"std"}},
	"workflow/recount":            {[]string{"workflow/calendar", "workflow/glossary", "workflow"}, []string{"std"}},
	"workflow/law/lawtest":        {[]string{"workflow/law"}, []string{"std"}},
	"workflow/law/lawtest/claims": {[]string{"workflow/law", "workflow/law/lawtest"}, []string{"std"}},
	"workflow/forms": {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow/trades",
		"workflow/signs", "workflow"}, []string{"std"}},
	"workflow/serving": {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow",
		"workflow/forms"}, []string{"std"}},
	"workflow/chains": {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow/trades",
		"workflow", "workflow/forms", "workflow/serving", "workflow/certificates", "workflow/household",
		"workflow/houses"}, []string{"std"}},
	"workflow/houses": {[]string{"workflow/calendar", "workflow/glossary", "workflow", "workflow/certificates",
		"workflow/forms"}, []string{"std"}},
	"workflow/lines":     {[]string{"workflow/calendar", "workflow/glossary", "workflow"}, []string{"std"}},
	"workflow/petitions": {[]string{"workflow/glossary", "workflow"}, []string{"std"}},
	"workflow/signs":     {nil, []string{"std"}},
	"workflow/certificates": {[]string{"workflow/calendar", "workflow/glossary", "workflow", "workflow/forms"},
		[]string{"std"}},
	// the nouns of models stand one above the other: none reaches up
	"models/db":       {[]string{"workflow", "workflow/calendar", "models/archive"}, nil},
	"models/attempts": {[]string{"models/db"}, nil},
	"models/org":      {[]string{"workflow", "workflow/calendar", "models/db", "models/attempts"}, nil},
	"workflow/household": {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow", "workflow/certificates",
		"workflow/forms"}, []string{"std"}},
	"models/households": {[]string{"workflow", "workflow/calendar", "models/db", "models/org"}, nil},
	"models/registry":   {[]string{"workflow", "workflow/calendar", "models/clock", "models/db", "models/org"}, nil},
	"models/history":    {[]string{"workflow", "models/db", "models/org", "models/registry"}, nil},
	"models/cases": {[]string{"workflow", "workflow/calendar", "models/db", "models/org", "models/households",
		"models/history"}, nil},
	"models/notices": {[]string{"workflow", "workflow/calendar", "models/db", "models/org", "models/registry",
		"models/history", "models/cases"}, nil},
	"models/statistics": {[]string{"workflow", "workflow/calendar", "models/db", "models/org", "models/cases"}, nil},
	"models/papers": {[]string{"workflow", "workflow/calendar", "models/db", "models/attempts", "models/org",
		"models/households", "models/history",
		"models/cases"}, nil},
	"models/petitions": {[]string{"workflow", "workflow/calendar", "models/db", "models/org", "models/households",
		"models/cases"}, nil},
	"models": {[]string{"workflow", "models/db", "models/attempts", "models/org", "models/households", "models/registry",
		"models/history", "models/cases",
		"models/notices", "models/statistics", "models/papers", "models/petitions"}, nil},
	"models/archive":    {nil, []string{"std", "filippo.io/age"}},
	"models/clock":      {[]string{"workflow"}, []string{"std", "golang.org/x/sys/unix"}},
	"models/modelstest": {[]string{"models", "workflow", "workflow/calendar", "seeds"}, nil},
	"handlers/schema":   {[]string{"workflow", "workflow/calendar"}, nil},
	"handlers/view":     {[]string{"models", "workflow", "workflow/calendar", "handlers/schema"}, nil},
	"handlers/problem": {[]string{"models", "workflow", "workflow/calendar",
		"handlers/scan", "handlers/sheet", "handlers/schema", "handlers/view"}, nil},
	"handlers/request": {[]string{"models", "workflow", "handlers/schema", "handlers/problem"}, nil},
	"handlers/lookup": {[]string{"models", "workflow", "workflow/calendar",
		"handlers/schema", "handlers/view", "handlers/problem", "handlers/request"}, nil},
	"handlers/intake": {[]string{"models", "workflow", "workflow/calendar", "handlers/scan",
		"handlers/schema", "handlers/view", "handlers/problem", "handlers/request", "handlers/lookup"}, nil},
	"handlers/web": {[]string{"models", "workflow", "workflow/calendar", "handlers/schema",
		"handlers/view", "handlers/problem", "handlers/request", "handlers/lookup", "handlers/intake"}, nil},
	"handlers/account": {[]string{"models", "workflow", "workflow/calendar", "handlers/schema", "handlers/view",
		"handlers/problem", "handlers/request", "handlers/lookup", "handlers/intake", "handlers/web"}, nil},
	"handlers/public": {[]string{"models", "workflow", "workflow/calendar", "handlers/schema", "handlers/view",
		"handlers/problem", "handlers/request", "handlers/lookup", "handlers/intake", "handlers/web"}, nil},
	"handlers/admin": {[]string{"models", "workflow", "workflow/calendar", "handlers/schema", "handlers/view",
		"handlers/problem", "handlers/request", "handlers/lookup", "handlers/intake", "handlers/web"}, nil},
	"handlers/audit": {[]string{"models", "workflow", "handlers/schema", "handlers/view",
		"handlers/problem", "handlers/request", "handlers/lookup", "handlers/intake", "handlers/web"}, nil},
	"handlers/household": {[]string{"models", "workflow", "handlers/schema", "handlers/view", "handlers/problem",
		"handlers/request", "handlers/lookup", "handlers/intake", "handlers/web"}, nil},
	"handlers/desk": {[]string{"models", "workflow", "workflow/calendar", "handlers/schema", "handlers/view",
		"handlers/household", "handlers/problem", "handlers/request", "handlers/lookup", "handlers/intake", "handlers/web"}, nil},
	"handlers/api": {[]string{"models", "workflow", "workflow/calendar", "handlers/sheet", "handlers/schema",
		"handlers/view", "handlers/problem", "handlers/request", "handlers/lookup", "handlers/intake"}, nil},
	"handlers": {[]string{"models", "workflow", "handlers/schema", "handlers/view", "handlers/problem", "handlers/request",
		"handlers/lookup",
		"handlers/intake", "handlers/web", "handlers/account", "handlers/public", "handlers/admin", "handlers/audit",
		"handlers/desk", "handlers/household", "handlers/api"}, nil},
	"handlers/screens": {nil, []string{"std"}},
	"handlers/scan": {nil, []string{"std", "github.com/carlos7ags/folio/document", "github.com/carlos7ags/folio/image",
		"golang.org/x/sync/semaphore"}},
	"handlers/sheet": {nil, []string{"std", "github.com/emmansun/gmsm/sm3", "github.com/xuri/excelize/v2"}},
	"jobs": {[]string{"workflow", "models", "jobs/channel", "jobs/delivery", "jobs/escalation", "jobs/hold",
		"jobs/monitor", "jobs/printing", "jobs/queue",
		"jobs/retry"}, nil},
	"jobs/delivery": {[]string{"workflow", "workflow/calendar", "models", "jobs/channel", "jobs/hold", "jobs/queue",
		"jobs/retry"}, nil},
	"jobs/escalation": {[]string{"workflow", "models", "jobs/hold", "jobs/queue", "jobs/retry"}, nil},
	"jobs/hold":       {[]string{"workflow"}, []string{"std"}},
	"jobs/monitor":    {[]string{"workflow", "workflow/calendar", "models", "jobs/hold"}, []string{"std"}},
	"jobs/printing":   {[]string{"workflow", "workflow/calendar", "models", "jobs/forms", "jobs/hold", "jobs/retry"}, nil},
	"jobs/queue":      {[]string{"workflow", "models", "jobs/hold", "jobs/retry"}, nil},
	"jobs/retry":      {nil, []string{"std"}},
	"jobs/channel":    {nil, []string{"std", "github.com/wneessen/go-mail"}},
	"jobs/forms": {[]string{"workflow", "workflow/calendar"},
		[]string{"std", "github.com/carlos7ags/folio/document", "github.com/carlos7ags/folio/font",
			"github.com/carlos7ags/folio/html", "rsc.io/qr"}},
	"seeds": {[]string{"workflow", "workflow/calendar", "models"}, nil},
	"cmd/anju": {[]string{"workflow", "workflow/calendar", "models", "handlers", "jobs", "jobs/queue", "seeds",
		"cmd/anju/settings", "cmd/anju/failure", "cmd/anju/backend",
		"cmd/anju/report", "cmd/anju/serve", "cmd/anju/bench", "cmd/anju/tour", "cmd/anju/backup", "cmd/anju/doctor"}, nil},
	"cmd/anju/failure":  {nil, []string{"std"}},
	"cmd/anju/settings": {[]string{"cmd/anju/failure"}, []string{"std"}},
	"cmd/anju/backend": {[]string{"workflow", "workflow/calendar", "models", "models/clock", "seeds", "cmd/anju/failure",
		"cmd/anju/settings"}, []string{"std"}},
	"cmd/anju/report": {[]string{"workflow", "workflow/calendar", "models", "handlers/sheet", "cmd/anju/failure",
		"cmd/anju/backend"}, []string{"std"}},
	"cmd/anju/serve": {[]string{"workflow", "workflow/calendar", "models", "models/clock", "handlers", "jobs",
		"jobs/channel", "jobs/printing", "jobs/queue", "seeds", "cmd/anju/failure",
		"cmd/anju/settings", "cmd/anju/backend"}, nil},
	"cmd/anju/bench": {[]string{"workflow", "workflow/calendar", "models", "handlers", "jobs", "seeds", "cmd/anju/failure",
		"cmd/anju/settings",
		"cmd/anju/backend", "cmd/anju/report"}, nil},
	"cmd/anju/tour": {[]string{"workflow", "workflow/calendar", "models", "seeds", "cmd/anju/failure", "cmd/anju/backend",
		"cmd/anju/report"}, []string{"std"}},
	"cmd/anju/backup": {[]string{"workflow", "models", "models/archive", "cmd/anju/failure", "cmd/anju/settings",
		"cmd/anju/backend", "cmd/anju/report"},
		[]string{"std", "filippo.io/age", "github.com/emmansun/gmsm/sm3"}},
	"cmd/anju/doctor": {[]string{"workflow", "workflow/calendar", "models", "models/clock", "jobs/queue",
		"cmd/anju/failure", "cmd/anju/settings", "cmd/anju/backend",
		"cmd/anju/report"}, []string{"std"}},
}

// forbidden outside modules by package: the web framework and the queue stay at their edges.
var forbidden = map[string][]string{
	"models":          {"github.com/gofiber", "github.com/hibiken", "github.com/danielgtaylor"},
	"handlers":        {"github.com/hibiken", "gorm.io"},
	"jobs":            {"github.com/gofiber", "gorm.io"},
	"jobs/delivery":   {"github.com/gofiber", "gorm.io"},
	"jobs/escalation": {"github.com/gofiber", "gorm.io"},
	"jobs/printing":   {"github.com/gofiber", "github.com/hibiken", "gorm.io"},
	"jobs/queue":      {"github.com/gofiber", "gorm.io"},
	"seeds":           {"github.com/gofiber", "github.com/hibiken", "gorm.io"},
}

func TestImportsFollowTheDirection(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" ||
			d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel("..", filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		rule, known := direction[pkg]
		if !known {
			t.Errorf("package %s is not in the direction table: add it there on purpose", pkg)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if inside, ok := strings.CutPrefix(name, "anju/"); ok {
				// to know the engine is to know what it stands on and, outside it, the county's forms and chains; models, its nouns
				known := contains(rule.inside, "workflow") && !strings.HasPrefix(pkg, "workflow") &&
					strings.HasPrefix(inside, "workflow/") ||
					isNoun(inside) && !isNoun(pkg) && contains(rule.inside, "models")
				if !known && !contains(rule.inside, inside) {
					t.Errorf("%s imports %s", path, name)
				}
				continue
			}
			if rule.outside != nil && strings.Contains(strings.Split(name, "/")[0], ".") && !contains(rule.outside, name) {
				t.Errorf("%s imports %s; %s may import only %v", path, name, pkg, rule.outside)
			}
			edge := pkg
			switch {
			case isNoun(pkg):
				edge = "models"
			case strings.HasPrefix(pkg, "handlers/"):
				edge = "handlers"
			}
			for _, f := range forbidden[edge] {
				if strings.HasPrefix(name, f) {
					t.Errorf("%s imports %s, which belongs to another edge", path, name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// isNoun tells whether a package is one of the nouns of models, or their database: who may import models may import
// each.
func isNoun(pkg string) bool {
	return strings.HasPrefix(pkg, "models/") && pkg != "models/archive" && pkg != "models/clock" &&
		pkg != "models/modelstest"
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
