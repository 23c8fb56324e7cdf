package request

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Where a request carries the token of its session.
const (
	CsrfHeader = "X-CSRF-Token"
	CsrfField  = "csrf"
)

// IsSafe tells whether a method changes nothing.
func IsSafe(method string) bool {
	return method == fiber.MethodGet || method == fiber.MethodHead || method == fiber.MethodOptions
}

// SameOrigin believes what only a browser can say: Sec-Fetch-Site, and the Origin it sends with every form.
func SameOrigin(c *fiber.Ctx) bool {
	switch c.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, string(c.Request().Host()))
}

// CsrfHolds tells whether a request carries the token of its session.
func CsrfHolds(c *fiber.Ctx, want string) bool {
	got := c.Get(CsrfHeader)
	if got == "" {
		got = c.FormValue(CsrfField)
	}
	got = unmask(got)
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// Mask writes a token differently on each page, so that a compressed answer betrays nothing of it.
func Mask(token string) string {
	pad := make([]byte, len(token))
	_, _ = rand.Read(pad) // crypto/rand does not fail
	b := append([]byte(nil), pad...)
	for i := range len(token) {
		b = append(b, token[i]^pad[i])
	}
	return "m." + base64.RawURLEncoding.EncodeToString(b)
}

// unmask reads a token as a page or a program sends it.
func unmask(s string) string {
	enc, ok := strings.CutPrefix(s, "m.")
	if !ok {
		return s
	}
	b, err := base64.RawURLEncoding.DecodeString(enc)
	if err != nil || len(b)%2 != 0 {
		return ""
	}
	n := len(b) / 2
	token := make([]byte, n)
	for i := range n {
		token[i] = b[i] ^ b[n+i]
	}
	return string(token)
}
