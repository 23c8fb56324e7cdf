package request

// Gate finds out who asks: the session of a request, the address it comes from, and the cookies of both.
type Gate struct {
	settings Settings
	store    Store
}

// NewGate returns a gate over the sessions of a store.
func NewGate(settings Settings, store Store) *Gate {
	return &Gate{settings: settings, store: store}
}
