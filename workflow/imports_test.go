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
	"workflow/calendar":    {nil, []string{"std"}},
	"workflow/law":         {[]string{"workflow/calendar"}, []string{"std"}},
	"workflow/glossary":    {[]string{"workflow/calendar"}, []string{"std"}},
	"workflow/trades":      {[]string{"workflow/calendar"}, []string{"std"}},
	"workflow":             {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow/trades"}, []string{"std", "github.com/qmuntal/stateless"}},
	"workflow/table":       {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow"}, []string{"std"}},
	"workflow/attribution": {[]string{"workflow/calendar", "workflow/glossary", "workflow"}, []string{"std"}},
	"workflow/casework":    {[]string{"workflow/calendar", "workflow/glossary", "workflow"}, []string{"std"}},
	"workflow/forms":       {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow/trades", "workflow"}, []string{"std"}},
	"workflow/chains":      {[]string{"workflow/calendar", "workflow/law", "workflow/glossary", "workflow/trades", "workflow", "workflow/forms"}, []string{"std"}},
	"models":               {[]string{"workflow", "workflow/calendar", "models/archive", "models/clock"}, nil},
	"models/archive":       {nil, []string{"std", "filippo.io/age"}},
	"models/clock":         {[]string{"workflow"}, []string{"std", "golang.org/x/sys/unix"}},
	"models/modelstest":    {[]string{"models", "workflow", "workflow/calendar", "seeds"}, nil},
	"handlers":             {[]string{"workflow", "workflow/calendar", "models", "handlers/scan", "handlers/sheet"}, nil},
	"handlers/screens":     {nil, []string{"std"}},
	"handlers/scan":        {nil, []string{"std", "github.com/carlos7ags/folio/document", "github.com/carlos7ags/folio/image", "golang.org/x/sync/semaphore"}},
	"handlers/sheet":       {nil, []string{"std", "github.com/emmansun/gmsm/sm3", "github.com/xuri/excelize/v2"}},
	"jobs":                 {[]string{"workflow", "workflow/calendar", "models", "jobs/channel", "jobs/forms"}, nil},
	"jobs/channel":         {nil, []string{"std", "github.com/wneessen/go-mail"}},
	"jobs/forms": {[]string{"workflow", "workflow/calendar"}, []string{"std", "github.com/carlos7ags/folio/document", "github.com/carlos7ags/folio/font",
		"github.com/carlos7ags/folio/html", "rsc.io/qr"}},
	"seeds": {[]string{"workflow", "workflow/calendar", "models"}, nil},
	"cmd/anju": {[]string{"workflow", "workflow/calendar", "models", "models/archive", "models/clock", "handlers", "handlers/sheet", "jobs", "jobs/channel",
		"seeds"}, nil},
}

// forbidden outside modules by package: the web framework and the queue stay at their edges.
var forbidden = map[string][]string{
	"models":   {"github.com/gofiber", "github.com/hibiken", "github.com/danielgtaylor"},
	"handlers": {"github.com/hibiken", "gorm.io"},
	"jobs":     {"github.com/gofiber", "gorm.io"},
	"seeds":    {"github.com/gofiber", "github.com/hibiken", "gorm.io"},
}

func TestImportsFollowTheDirection(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
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
				// who knows the engine knows what it stands on, and outside it the county's forms and chains
				known := contains(rule.inside, "workflow") && !strings.HasPrefix(pkg, "workflow") && strings.HasPrefix(inside, "workflow/")
				if !known && !contains(rule.inside, inside) {
					t.Errorf("%s imports %s", path, name)
				}
				continue
			}
			if rule.outside != nil && strings.Contains(strings.Split(name, "/")[0], ".") && !contains(rule.outside, name) {
				t.Errorf("%s imports %s; %s may import only %v", path, name, pkg, rule.outside)
			}
			for _, f := range forbidden[pkg] {
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

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
