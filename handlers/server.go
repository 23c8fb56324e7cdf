package handlers

import (
	"log/slog"

	"anju/handlers/account"
	"anju/handlers/admin"
	"anju/handlers/api"
	"anju/handlers/audit"
	"anju/handlers/desk"
	"anju/handlers/household"
	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/public"
	"anju/handlers/request"
	"anju/handlers/web"
)

// server is the server: its rooms, and what stands before all of them. It keeps nothing of a request.
type server struct {
	cfg       Config
	store     Store
	log       *slog.Logger
	uploads   inHand
	meters    *meters
	gate      *request.Gate
	problems  *problem.Translator
	lookup    *lookup.Reader
	intake    *intake.Service
	site      *web.Site
	public    *public.Pages
	admin     *admin.Pages
	audit     *audit.Pages
	desk      *desk.Pages
	household *household.Pages
	account   *account.Pages
	api       *api.API

	// by method and path: the routes that ask or grant something of their own before the session is judged
	exceptions map[string]request.Route
}
