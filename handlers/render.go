package handlers

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/workflow/calendar"
)

//go:embed web
var files embed.FS

// pages are parsed once, at the start, which fails on a missing or broken one.
type pages struct {
	byName map[string]*template.Template
	style  string // address of the style sheet, which changes with its content
	script string // and of the one script
	assets map[string][]byte
}

func parsePages() (*pages, error) {
	p := &pages{byName: map[string]*template.Template{}, assets: map[string][]byte{}}
	base, err := template.New("layout").Option("missingkey=error").Funcs(template.FuncMap{"pair": pair, "when": when, "day": dayText, "chart": func(c bars, title string) chartOnPage { return chartOnPage{c, title} }, "spell": spell, "work": hoursText, "queuekind": queueKind}).ParseFS(files, "web/templates/layout.html", "web/templates/partials.html")
	if err != nil {
		return nil, fmt.Errorf("parse pages: %w", err)
	}
	found, err := fs.Glob(files, "web/templates/page_*.html")
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
	assets, err := fs.Glob(files, "web/assets/*")
	if err != nil {
		return nil, err
	}
	for _, name := range assets {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		p.assets[path.Base(name)] = b
	}
	address := func(name string) string { return "/assets/" + name + "?v=" + sum(p.assets[name])[:8] }
	p.style, p.script = address("anju.css"), address("anju.js")
	return p, nil
}

// formOnPage is a form with the token of its page.
type formOnPage struct {
	F    any
	CSRF string
}

func pair(f any, csrf string) formOnPage { return formOnPage{f, csrf} }

// chartOnPage is a chart with what it shows, for who cannot see it.
type chartOnPage struct {
	C     bars
	Title string
}

// spell writes minutes of the wall clock in days and hours.
func spell(minutes int) string {
	d, h := minutes/1440, minutes%1440/60
	if d == 0 {
		return fmt.Sprintf("%d 小时 %d 分", h, minutes%60)
	}
	return fmt.Sprintf("%d 天 %d 小时", d, h)
}

// when writes an instant of the API as people read it.
func when(stamp any) string {
	s, _ := stamp.(string)
	if p, ok := stamp.(*string); ok && p != nil {
		s = *p
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return s
	}
	return t.In(calendar.Shanghai).Format("2006年1月2日 15:04")
}

// show writes a page whole or, when a template fails, not at all.
func (a *app) show(c *fiber.Ctx, status int, name string, data any) error {
	var b bytes.Buffer
	if a.pages.byName[name] == nil {
		return fmt.Errorf("no page %q", name)
	}
	if err := a.pages.byName[name].ExecuteTemplate(&b, "layout", data); err != nil {
		a.log.ErrorContext(c.UserContext(), "page", "name", name, "error", err)
		return c.Status(500).Type("txt", "utf-8").SendString("页面暂时无法显示，请稍后重试")
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(b.Bytes())
}

func (a *app) asset(c *fiber.Ctx) error {
	b, ok := a.pages.assets[c.Params("name")]
	if !ok {
		return errNoPage
	}
	c.Type(strings.TrimPrefix(path.Ext(c.Params("name")), "."), "utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=604800")
	return c.Send(b)
}
