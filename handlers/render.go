package handlers

import "github.com/gofiber/fiber/v2"

type pages struct{}

func parsePages() (*pages, error) { return &pages{}, nil }

func (a *app) pageRoutes(*fiber.App) {}

func (a *app) toLogin(c *fiber.Ctx) error { return c.Redirect("/login", fiber.StatusSeeOther) }

func (a *app) errorPage(c *fiber.Ctx, p *problem) error {
	return c.Status(p.Status).SendString(p.Detail)
}
