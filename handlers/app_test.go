package handlers

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/casework"
	"anju/workflow/chains"
)

// noStore serves what asks no store.
type noStore struct{ Store }

func bare(t *testing.T) *fiber.App {
	t.Helper()
	cal, err := calendar.New(1)
	if err != nil {
		t.Fatal(err)
	}
	svc := casework.NewService(nil, chains.Published(), func() workflow.County { return workflow.County{Calendar: cal} }, func() time.Time { return noon })
	web, err := New(Config{UploadDir: t.TempDir(), Demo: &request.Demo{}}, svc, noStore{})
	if err != nil {
		t.Fatal(err)
	}
	return web
}

func TestBuiltConfig(t *testing.T) {
	c := bare(t).Config()
	switch {
	case !c.Immutable:
		t.Error("strings of a request may change under a goroutine")
	case c.ReadTimeout == 0 || c.IdleTimeout == 0 || c.WriteTimeout == 0:
		t.Error("a slow client may stay for ever")
	case c.BodyLimit != request.BodyLimit:
		t.Error("a body may be of any size")
	case c.ProxyHeader != "":
		t.Error("a forged header is believed though no proxy is trusted")
	}
}

// The document lists exactly what is served.
func TestDocumentListsEveryRoute(t *testing.T) {
	web := bare(t)
	res, err := web.Test(httptest.NewRequest("GET", "/api/openapi.json", nil))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(res.Body)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]any
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	var documented, served []string
	for path, methods := range doc.Paths {
		for m := range methods {
			documented = append(documented, strings.ToUpper(m)+" "+path)
		}
	}
	for _, r := range web.GetRoutes(true) {
		if strings.HasPrefix(r.Path, request.APIRoot+"/") && r.Method != "HEAD" {
			p := strings.NewReplacer(":id", "{id}", ":code", "{code}", ":form", "{form}").Replace(r.Path)
			served = append(served, r.Method+" "+p)
		}
	}
	slices.Sort(documented)
	slices.Sort(served)
	if !slices.Equal(documented, served) {
		t.Errorf("documented\n%s\nserved\n%s", strings.Join(documented, "\n"), strings.Join(served, "\n"))
	}
	if len(served) < 18 {
		t.Errorf("only %d routes", len(served))
	}
}
