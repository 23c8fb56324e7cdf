package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow/glossary"
)

type loginBody struct {
	Login    string `json:"login" doc:"账号" minLength:"1" maxLength:"100" example:"counter"`
	Password string `json:"password" doc:"密码" minLength:"1" maxLength:"200"`
}

type passwordBody struct {
	Old string `json:"old_password,omitempty" doc:"现在的密码；用一次性密码登录后换密码时不填" maxLength:"200"`
	New string `json:"new_password" doc:"新密码，10 至 100 个字符" minLength:"10" maxLength:"100"`
}

type sessionJSON struct {
	Token     string       `json:"token"`
	ExpiresAt view.Instant `json:"expires_at"`
	CSRF      string       `json:"csrf_token" doc:"用 cookie 认证时，非 GET 请求放入 X-CSRF-Token"`
	User      view.User    `json:"user"`
}

type meJSON struct {
	view.User
	Jurisdiction struct {
		Division string         `json:"division"`
		Level    glossary.Level `json:"level"`
	} `json:"jurisdiction"`
	Substitutes []view.User `json:"substitutes"`
	Handles     bool        `json:"handles" doc:"能否查看和办理办件"`
	MustChange  bool        `json:"must_change_password" doc:"登录用的是一次性密码，须先换密码"`
	CSRF        string      `json:"csrf_token" doc:"用 cookie 认证时，非 GET 请求放入 X-CSRF-Token"`
}

func (a *API) sessionOperations(ops operations) {
	type loginIn struct {
		Sent
		Peer
	}
	describe(a, ops, huma.Operation{OperationID: "log-in", DefaultStatus: http.StatusCreated,
		Summary: "登录"}, typeOf[loginBody](),
		func(ctx context.Context, _ *request.Caller, in *loginIn) (*out[sessionJSON], error) {
			if !request.SameOrigin(in.web) {
				return nil, problem.ErrForged
			}
			var b loginBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			// A program may keep sessions of several accounts with one cookie jar: none of them is ended here.
			o, s, err := a.gate.LogIn(ctx, b.Login, b.Password, a.gate.VisitorOf(in.web), "")
			if err != nil {
				return nil, err
			}
			a.gate.SetCookie(in.web, s.Token, s.Expires)
			return &out[sessionJSON]{Status: http.StatusCreated,
				Body: sessionJSON{s.Token, view.NewInstant(s.Expires), s.CSRF, view.NewUser(o)}}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "log-out", DefaultStatus: http.StatusNoContent,
		Summary: "退出登录"}, nil, func(ctx context.Context, by *request.Caller, in *struct{ Peer }) (*empty, error) {
		if err := a.store.EndSession(ctx, by.Token); err != nil {
			return nil, err
		}
		a.gate.DropCookie(in.web)
		return &empty{}, nil
	})
	describe(a, ops, huma.Operation{OperationID: "me", Summary: "当前人员、单位与辖区"}, nil,
		func(_ context.Context, by *request.Caller, _ *struct{}) (*out[meJSON], error) {
			me := meJSON{User: view.NewUser(by.Officer), Substitutes: []view.User{}, Handles: by.Handles(),
				MustChange: by.MustChange, CSRF: by.CSRF}
			me.Jurisdiction.Division, me.Jurisdiction.Level = by.Division, levelOf(by.Division)
			return &out[meJSON]{Status: fiber.StatusOK, Body: me}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "change-password", DefaultStatus: http.StatusCreated,
		Summary: "换自己的密码；原来的登录全部失效，返回新的登录"}, typeOf[passwordBody](),
		func(_ context.Context, by *request.Caller, in *loginIn) (*out[sessionJSON], error) {
			var b passwordBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			s, err := a.intake.NewPassword(in.web, by, b.Old, b.New)
			if err != nil {
				return nil, err
			}
			return &out[sessionJSON]{Status: http.StatusCreated,
				Body: sessionJSON{s.Token, view.NewInstant(s.Expires), s.CSRF, view.NewUser(by.Officer)}}, nil
		})
}

func levelOf(division string) glossary.Level {
	switch {
	case len(division) == 14:
		return glossary.GroupLevel
	case len(division) == 12 && division[6:] == "000000":
		return glossary.CountyLevel
	case len(division) == 12 && division[9:] == "000":
		return glossary.TownshipLevel
	}
	return glossary.VillageLevel
}
