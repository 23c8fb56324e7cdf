package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/problem"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow/law"
)

//go:embed templates assets
var embedded embed.FS

// sourceFolder is where the templates and assets lie for who develops: relative to the root of the source.
const sourceFolder = "handlers/web"

// pages are parsed once, at the start, which fails on a missing or broken one; while developing for every page anew.
type pages struct {
	byName map[string]*template.Template
	style  string // address of the style sheet, which changes with its content
	script string // and of the one script
	assets map[string][]byte
}

func parsePages(files fs.FS) (*pages, error) {
	p := &pages{byName: map[string]*template.Template{}, assets: map[string][]byte{}}
	base, err := template.New("layout").Option("missingkey=error").Funcs(template.FuncMap{"pair": formWithCSRF,

		"chart": func(c Bars, title string) chartOnPage { return chartOnPage{c, title} },
		"spell": formatDuration, "work": view.FormatWork, "queuekind": QueueKind,
		"limit": law.Find, "enum": schema.EnumTitle}).ParseFS(files, "templates/layout.html", "templates/partials.html")
	if err != nil {
		return nil, fmt.Errorf("parse pages: %w", err)
	}
	found, err := fs.Glob(files, "templates/page_*.html")
	if err != nil {
		return nil, err
	}
	for _, file := range found {
		t, err := base.Clone()
		if err == nil {
			_, err = t.ParseFS(files, file)
		}
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", file, err)
		}
		p.byName[strings.TrimSuffix(strings.TrimPrefix(path.Base(file), "page_"), ".html")] = t
	}
	assets, err := fs.Glob(files, "assets/*")
	if err != nil {
		return nil, err
	}
	for _, name := range assets {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		p.assets[path.Base(name)] = b
	}
	address := func(name string) string { return "/assets/" + name + "?v=" + intake.Sum(p.assets[name])[:8] }
	p.style, p.script = address("anju.css"), address("anju.js")
	return p, nil
}

// current returns the pages as they stand now. It fails where a template on disk is broken, which says where.
func (a *Site) current() (*pages, error) {
	if !a.settings.Dev {
		return a.pages, nil
	}
	return parsePages(os.DirFS(sourceFolder))
}

// formOnPage is a form with the token of its page.
type formOnPage struct {
	F    any
	CSRF string
}

func formWithCSRF(f any, csrf string) formOnPage { return formOnPage{f, csrf} }

// chartOnPage is a chart with what it shows, for who cannot see it.
type chartOnPage struct {
	C     Bars
	Title string
}

// formatDuration writes minutes of the wall clock in days and hours.
func formatDuration(minutes int) string {
	d, h := minutes/1440, minutes%1440/60
	if d == 0 {
		return fmt.Sprintf("%d 小时 %d 分", h, minutes%60)
	}
	return fmt.Sprintf("%d 天 %d 小时", d, h)
}

// Show writes a page whole or, when a template fails, not at all.
func (a *Site) Show(c *fiber.Ctx, status int, name string, data any) error {
	var b bytes.Buffer
	pages, err := a.current()
	if err != nil {
		return err
	}
	if pages.byName[name] == nil {
		return fmt.Errorf("no page %q", name)
	}
	if err := pages.byName[name].ExecuteTemplate(&b, "layout", data); err != nil {
		a.log.ErrorContext(c.UserContext(), "page", "name", name, "error", err)
		return c.Status(500).Type("txt", "utf-8").SendString("页面暂时无法显示，请稍后重试")
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(b.Bytes())
}

// Asset answers with a style sheet, a script or a picture of the pages.
func (a *Site) Asset(c *fiber.Ctx) error {
	pages, err := a.current()
	if err != nil {
		return err
	}
	b, ok := pages.assets[c.Params("name")]
	if !ok {
		return problem.ErrNoPage
	}
	c.Type(strings.TrimPrefix(path.Ext(c.Params("name")), "."), "utf-8")
	c.Set(fiber.HeaderCacheControl, a.assetsLast())
	return c.Send(b)
}

// assetsLast is how long a browser may keep an asset, the address of which changes with its content; while developing
// not at all.
func (a *Site) assetsLast() string {
	if a.settings.Dev {
		return "no-store"
	}
	return "public, max-age=604800"
}
