package intake

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/models/org"
)

// NewPassword changes the caller's password: the old one is asked again unless it was a one-time password, with which
// he has just logged in; all his sessions end and a new one begins.
func (a *Service) NewPassword(c *fiber.Ctx, by *request.Caller, old, fresh string) (request.Session, error) {
	ctx, from := c.UserContext(), a.gate.VisitorOf(c)
	if n := len([]rune(fresh)); n < 10 || n > 100 {
		return request.Session{}, schema.Invalid("new_password", "新密码用 10 至 100 个字符，例如四个不相干的词连在一起")
	}
	if !by.MustChange {
		_, err := a.store.Authenticate(ctx, by.Login, old, from.Address, from.Device, time.Now())
		if errors.Is(err, org.ErrBadLogin) {
			return request.Session{}, schema.Invalid("old_password", "现在的密码不正确，请重新输入")
		}
		if err != nil {
			return request.Session{}, err
		}
	}
	if err := a.store.ChangePassword(ctx, by.ID, fresh); err != nil {
		return request.Session{}, err
	}
	_, s, err := a.gate.LogIn(ctx, by.Login, fresh, from, "")
	if err == nil {
		a.gate.SetCookie(c, s.Token, s.Expires)
	}
	return s, err
}
