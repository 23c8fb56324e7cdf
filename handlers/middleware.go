package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/api"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/web"
	"anju/workflow"
)

const settleLimit = 2 * time.Minute // moving the demo clock runs all that fell due

// rejectUnknownMethods refuses methods that HTTP does not define, which fiber would answer in its own words. C is the
// server's request.
func rejectUnknownMethods[C any](serve func(C), acquire func(C) *fiber.Ctx, release func(*fiber.Ctx),
	refuse func(*fiber.Ctx, error) error) func(C) {
	return func(request C) {
		c := acquire(request)
		if slices.Contains(fiber.DefaultMethods, c.Method()) {
			release(c)
			serve(request)
			return
		}
		defer release(c)
		c.Context().SetConnectionClose()
		if err := refuse(c, fiber.ErrMethodNotAllowed); err != nil {
			c.Status(fiber.StatusMethodNotAllowed)
		}
	}
}

// frame is around every request: headers, the body within its limits, a deadline, one line of measurement.
func (a *server) frame(c *fiber.Ctx) error {
	if request.Malformed(c.Request()) {
		c.Context().SetConnectionClose()
		a.logDenied(c, request.ErrMalformed.Status)
		return a.handleError(c, request.ErrMalformed)
	}
	a.guard(c)
	err := a.receive(c)
	start := time.Now() // how long the sender took is no measure of ours
	if err == nil {
		err = a.timely(c)
	} else {
		err = a.handleError(c, err)
	}
	if err != nil {
		return err
	}
	a.meters.observe(c, time.Since(start))
	if status := c.Response().StatusCode(); status >= 400 && status < 500 {
		a.logDenied(c, status)
	}
	return nil
}

// timely serves a request that has come whole, within the time of its route. What fails is answered within it too.
func (a *server) timely(c *fiber.Ctx) error {
	limit := request.RequestLimit
	switch {
	case strings.HasSuffix(c.Path(), "/demo/clock"):
		limit = settleLimit
	case strings.HasPrefix(c.Path(), request.APIRoot+"/sla/") && path.Ext(c.Path()) != "":
		limit = api.ExportLimit
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), limit)
	defer cancel()
	c.SetUserContext(ctx)
	if err := c.Next(); err != nil {
		return a.handleError(c, err)
	}
	return nil
}

// logDenied writes one line for each refusal: who was refused what, never what was sent.
func (a *server) logDenied(c *fiber.Ctx, status int) {
	var officer workflow.OfficerID
	if by := request.CallerOf(c.UserContext()); by != nil {
		officer = by.ID
	}
	a.log.InfoContext(c.UserContext(), "denied", slog.Int("status", status), slog.String("method", c.Method()),
		slog.String("path", c.Path()),
		slog.Int64("officer", int64(officer)), slog.String("from", a.gate.Address(c)))
}

// recover turns a panic into one logged line and a plain sentence.
func (a *server) recover(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			a.log.ErrorContext(c.UserContext(), "panic", slog.String("path", c.Path()), slog.String("value", fmt.Sprint(r)),
				slog.String("stack", string(debug.Stack())))
			err = problem.Failed()
		}
	}()
	return c.Next()
}

// identify finds out who asks and refuses a forged form before anything is done.
func (a *server) identify(c *fiber.Ctx) error {
	who, err := a.gate.Asks(c.UserContext(), c)
	if err != nil {
		return err
	}
	if who == nil {
		return c.Next()
	}
	exception := a.exceptions[c.Method()+" "+c.Path()]
	if who.Cookie && !exception.Login && !request.IsSafe(c.Method()) &&
		(!request.SameOrigin(c) || !request.CsrfHolds(c, who.CSRF)) {
		return problem.ErrForged
	}
	c.SetUserContext(context.WithValue(c.UserContext(), request.CallerKey{}, who))
	if who.MustChange && !exception.BeforeChange {
		return a.changeFirst(c)
	}
	return c.Next()
}

// changeType names, in a problem of the API, that the password must be changed first.
const changeType = "/problems/password-change-required"

// changeFirst answers what is not open before the password is changed.
func (a *server) changeFirst(c *fiber.Ctx) error {
	if strings.HasPrefix(c.Path(), request.APIRoot) {
		p := problem.New(403, "登录用的是一次性密码，请先换成自己的密码（POST "+request.APIRoot+"/me/password），再办理")
		p.Type = changeType
		return p
	}
	return web.Arrival(c, c.Redirect("/password", fiber.StatusSeeOther))
}
