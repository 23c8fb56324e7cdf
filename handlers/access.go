package handlers

import "anju/workflow"

// Access says which callers a route serves. The zero Access serves no request, and no route is mounted with it.
type Access struct {
	name    string
	public  bool                     // requests without a session are served too
	serves  func(workflow.Role) bool // nil: every role
	refusal *problem                 // of a role that is not served
}

// The accesses of the routes table.
var (
	anyone   = Access{name: "anyone", public: true}
	officers = Access{name: "officers"}
	handlers = Access{name: "case handlers", serves: workflow.Role.Handles, refusal: errNoHandler}
	admins   = Access{name: "system administrator", serves: only(workflow.SystemAdmin), refusal: errNoAdmin}
	keepers  = Access{name: "security administrator", serves: only(workflow.SecurityAdmin), refusal: errNoAdmin}
	watchers = Access{name: "audit administrator", serves: only(workflow.AuditAdmin), refusal: errNoAdmin}
	stewards = Access{name: "administrators", serves: func(r workflow.Role) bool { return !r.Handles() }, refusal: errNoAdmin}
)

func only(role workflow.Role) func(workflow.Role) bool {
	return func(r workflow.Role) bool { return r == role }
}

// String is the name of an access; "" for the zero Access.
func (x Access) String() string { return x.name }

// Public tells whether requests without a session are served.
func (x Access) Public() bool { return x.public }

// Allow returns nil for a caller that an access serves, nil being a request without a session. It fails with errNoCaller
// where a session is needed and with the refusal of the access for a role that it does not serve; every route, page or API,
// is judged here.
func Allow(by *caller, x Access) error {
	switch {
	case x.name == "":
		return errNoPage
	case x.public:
		return nil
	case by == nil:
		return errNoCaller
	case x.serves != nil && !x.serves(by.Role):
		return x.refusal
	}
	return nil
}
