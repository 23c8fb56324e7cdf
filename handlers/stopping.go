package handlers

import (
	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
)

// errStopping refuses a request that came after the server was told to stop: nothing of it was looked at.
var errStopping = func() *problem.Problem {
	p := problem.New(503, "系统正在重启，这次请求没有办理，请稍候重试")
	p.Retry = 5
	return p
}()

// stopping refuses new requests while the server stops, health of the process excepted, and ends each connection with
// its answer, so that a client does not send its next request on one that is about to close.
func (a *server) stopping(c *fiber.Ctx) error {
	if a.cfg.Stopping == nil {
		return c.Next()
	}
	defer func() {
		if a.cfg.Stopping() {
			c.Context().SetConnectionClose()
		}
	}()
	if a.cfg.Stopping() && c.Path() != "/healthz" {
		return errStopping
	}
	return c.Next()
}
