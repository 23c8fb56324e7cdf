package handlers

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
)

type loginBody struct {
	Login    string `json:"login" doc:"账号" minLength:"1" maxLength:"100" example:"counter"`
	Password string `json:"password" doc:"密码" minLength:"1" maxLength:"200"`
}

type passwordBody struct {
	Old string `json:"old_password,omitempty" doc:"现在的密码；用一次性密码登录后换密码时不填" maxLength:"200"`
	New string `json:"new_password" doc:"新密码，10 至 100 个字符" minLength:"10" maxLength:"100"`
}

type officeJSON struct {
	ID       string         `json:"id"`
	Kind     workflow.Party `json:"kind"`
	Name     string         `json:"name"`
	Division string         `json:"division,omitempty"`
}

type userJSON struct {
	ID     string     `json:"id"`
	Login  string     `json:"login"`
	Name   string     `json:"name"`
	Role   string     `json:"role"`
	Office officeJSON `json:"office"`
}

type sessionJSON struct {
	Token     string   `json:"token"`
	ExpiresAt string   `json:"expires_at"`
	CSRF      string   `json:"csrf_token" doc:"用 cookie 认证时，非 GET 请求放入 X-CSRF-Token"`
	User      userJSON `json:"user"`
}

type meJSON struct {
	userJSON
	Jurisdiction struct {
		Division string         `json:"division"`
		Level    workflow.Level `json:"level"`
	} `json:"jurisdiction"`
	Substitutes []userJSON `json:"substitutes"`
	Handles     bool       `json:"handles" doc:"能否查看和办理办件"`
	MustChange  bool       `json:"must_change_password" doc:"登录用的是一次性密码，须先换密码"`
	CSRF        string     `json:"csrf_token" doc:"用 cookie 认证时，非 GET 请求放入 X-CSRF-Token"`
}

// TransformSchema implements huma.SchemaTransformer.
func (meJSON) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embeds[userJSON](r, s)
}

func userOf(o models.Officer) userJSON {
	return userJSON{ID: fmt.Sprint(o.ID), Login: o.Login, Name: o.Name, Role: string(o.Role),
		Office: officeJSON{ID: fmt.Sprint(o.Office), Kind: o.OfficeKind, Name: o.OfficeName, Division: o.Division}}
}

func (a *app) sessionOperations(ops operations) {
	type loginIn struct {
		Sent
		Peer
	}
	describe(a, ops, huma.Operation{OperationID: "log-in", DefaultStatus: http.StatusCreated,
		Summary: "登录"}, typeOf[loginBody](), func(ctx context.Context, _ *caller, in *loginIn) (*out[sessionJSON], error) {
		if !sameOrigin(in.web) {
			return nil, errForged
		}
		var b loginBody
		if err := decodeJSON(in.raw, &b); err != nil {
			return nil, err
		}
		// A program may keep sessions of several accounts with one cookie jar: none of them is ended here.
		o, s, err := a.logIn(ctx, b.Login, b.Password, a.visitorOf(in.web), "")
		if err != nil {
			return nil, err
		}
		a.setCookie(in.web, s.token, s.expires)
		return &out[sessionJSON]{Status: http.StatusCreated, Body: sessionJSON{s.token, shanghai(s.expires), s.csrf, userOf(o)}}, nil
	})
	describe(a, ops, huma.Operation{OperationID: "log-out", DefaultStatus: http.StatusNoContent,
		Summary: "退出登录"}, nil, func(ctx context.Context, by *caller, in *struct{ Peer }) (*empty, error) {
		if err := a.store.EndSession(ctx, by.token); err != nil {
			return nil, err
		}
		a.dropCookie(in.web)
		return &empty{}, nil
	})
	describe(a, ops, huma.Operation{OperationID: "me", Summary: "当前人员、单位与辖区"}, nil,
		func(_ context.Context, by *caller, _ *struct{}) (*out[meJSON], error) {
			me := meJSON{userJSON: userOf(by.Officer), Substitutes: []userJSON{}, Handles: by.handles(), MustChange: by.MustChange, CSRF: by.csrf}
			me.Jurisdiction.Division, me.Jurisdiction.Level = by.Division, levelOf(by.Division)
			return &out[meJSON]{Status: fiber.StatusOK, Body: me}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "change-password", DefaultStatus: http.StatusCreated,
		Summary: "换自己的密码；原来的登录全部失效，返回新的登录"}, typeOf[passwordBody](),
		func(_ context.Context, by *caller, in *loginIn) (*out[sessionJSON], error) {
			var b passwordBody
			if err := decodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			s, err := a.newPassword(in.web, by, b.Old, b.New)
			if err != nil {
				return nil, err
			}
			return &out[sessionJSON]{Status: http.StatusCreated, Body: sessionJSON{s.token, shanghai(s.expires), s.csrf, userOf(by.Officer)}}, nil
		})
}

func levelOf(division string) workflow.Level {
	switch {
	case len(division) == 14:
		return workflow.GroupLevel
	case len(division) == 12 && division[6:] == "000000":
		return workflow.CountyLevel
	case len(division) == 12 && division[9:] == "000":
		return workflow.TownshipLevel
	}
	return workflow.VillageLevel
}
