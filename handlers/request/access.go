package request

import (
	"anju/handlers/problem"
	"anju/workflow/glossary"
)

// Access says which callers a route serves. The zero Access serves no request, and no route is mounted with it.
type Access struct {
	name    string
	public  bool                     // requests without a session are served too
	serves  func(glossary.Role) bool // nil: every role
	refusal *problem.Problem         // of a role that is not served
}

// The accesses of the routes table.
var (
	Anyone   = Access{name: "anyone", public: true}
	Officers = Access{name: "officers"}
	Handlers = Access{name: "case handlers", serves: glossary.Role.Handles, refusal: problem.ErrNoHandler}
	Admins   = Access{name: "system administrator", serves: only(glossary.SystemAdmin), refusal: problem.ErrNoAdmin}
	Keepers  = Access{name: "security administrator", serves: only(glossary.SecurityAdmin), refusal: problem.ErrNoKeeper}
	Watchers = Access{name: "audit administrator", serves: only(glossary.AuditAdmin), refusal: problem.ErrNoWatcher}
	Stewards = Access{name: "administrators", serves: func(r glossary.Role) bool { return !r.Handles() },
		refusal: problem.ErrNoSteward}
)

func only(role glossary.Role) func(glossary.Role) bool {
	return func(r glossary.Role) bool { return r == role }
}

// String is the name of an access; "" for the zero Access.
func (x Access) String() string { return x.name }

// Public tells whether requests without a session are served.
func (x Access) Public() bool { return x.public }

// Allow returns nil for a caller that an access serves, nil being a request without a session. It fails with
// problem.ErrNoCaller where a session is needed and with the refusal of the access for a role that it does not serve;
// every route, page or API, is judged here.
func Allow(by *Caller, x Access) error {
	switch {
	case x.name == "":
		return problem.ErrNoPage
	case x.public:
		return nil
	case by == nil:
		return problem.ErrNoCaller
	case x.serves != nil && !x.serves(by.Role):
		return x.refusal
	}
	return nil
}
