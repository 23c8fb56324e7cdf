package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
)

// guard sets the headers that every answer carries.
func (a *server) guard(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy,
		"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	if a.cfg.SecureCookies {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	if strings.HasPrefix(c.Path(), request.APIRoot) {
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
}
