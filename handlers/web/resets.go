package web

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/request"
)

// Resets tells of the passwords of the caller's office that were reset within seven days, his own first of all.
func (a *Site) Resets(c *fiber.Ctx, by *request.Caller) ([]string, error) {
	list, err := a.store.AccountNotices(c.UserContext(), by.ID)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(list))
	for i, r := range list {
		whose := r.Name
		if r.Officer == by.ID {
			whose = "您"
		}
		second := ""
		if r.SettledName != "" {
			second = "（" + r.SettledName + "确认）"
		}
		lines[i] = fmt.Sprintf("%s的密码于%s由%s%s重置", whose, FormatMinute(r.Settled), r.AskedName, second)
	}
	return lines, nil
}
