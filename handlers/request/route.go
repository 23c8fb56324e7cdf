package request

import (
	"github.com/gofiber/fiber/v2"
)

// Route is one row of the routes table: what a method and a path serve, and whom.
type Route struct {
	Method, Path string
	Access       Access
	Page         func(*fiber.Ctx, *Caller) error // nil: an operation of the API
	Operation    string                          // OperationID; its path lies under apiRoot

	Keyed        bool // an Idempotency-Key must be sent
	Login        bool // opens a session: asks for its own origin instead of the token of the old session
	BeforeChange bool // open to a session that must first change its one-time password
	DemoOnly     bool // served by the demo county only
}

// Address is the path of a route as a request names it.
func (r Route) Address() string {
	if r.Operation != "" {
		return APIRoot + r.Path
	}
	return r.Path
}
