package handlers

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/netip"

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
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/history"
	"anju/models/registry"
	"anju/workflow"
)

// Config is what the outside of the program needs to know.
type Config struct {
	Demo   *request.Demo // nil unless the program serves its demo county
	Papers lookup.Papers // prints papers; nil: none are shown
	// address printed on papers and in links; empty under the demo only: taken from the request
	BaseURL        string
	UploadDir      string         // where scans are kept, content-addressed
	SecureCookies  bool           // set behind TLS: cookies never travel in clear
	Log            *slog.Logger   // nil discards
	Build          lookup.Build   // from what the program was built
	Dev            bool           // for developers: templates and assets are read from the source folder for every page
	TrustedProxies []netip.Prefix // only these may say from which address a request comes

	Queue        lookup.Queue                // nil where another process runs the jobs
	CheckChannel func(json.RawMessage) error // tells in Chinese what is wrong with a channel; nil: not checked

	Held func() []*workflow.Held // what holds this process back now; nil: nothing ever does
	Beat func() error            // why the last heartbeat of this process could not be written; nil: not known
	// tells whether the server was told to stop: what comes then is refused; nil: it never is
	Stopping func() bool

	// takes a change of the county's settings into force in this process; nil: nothing is kept in memory
	CountyChanged func(context.Context) error
}

// Store is what the server asks of the database: all that its rooms ask.
type Store interface {
	request.Store
	view.Store
	problem.Store
	lookup.Store
	intake.Store
	web.Store
	public.Store
	admin.Store
	audit.Store
	desk.Store
	household.Store
	account.Store
	api.Store
	FrozenCases(ctx context.Context) ([]history.Frozen, error)
	Ping(ctx context.Context) error
	Processes(ctx context.Context) ([]registry.Process, error)
}

type (
	// Build is what a build says of itself.
	Build = lookup.Build
	// Demo is what only the demo county has: a clock that can be moved forward.
	Demo = request.Demo
	// DemoClock is the clock of a demo county, which can be moved.
	DemoClock = request.DemoClock
	// Papers prints the papers of cases.
	Papers = lookup.Papers
	// Queue tells how the jobs stand and tries a failed one again.
	Queue = lookup.Queue
	// QueueFigures are the figures of a Queue.
	QueueFigures = view.QueueFigures
)

// ChainDocument is the JSON of a chain, the same over HTTP and on the command line.
func ChainDocument(ch workflow.Chain) any { return api.ChainDocument(ch) }

// Bounded limits the connections of a listener by the address of the peer.
func Bounded(l net.Listener, trusted []netip.Prefix) net.Listener { return request.Bounded(l, trusted) }
