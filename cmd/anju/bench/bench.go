// Package bench measures the product beside its limit in the same run: moves, the sweep of due limits, and the
// statistics, each against bare SQL on the same server. It works in a schema of its own that is dropped at the end.
// Nothing that a county needs may depend on it.
package bench

// Moves measures moves a second.
type Moves struct {
	URL            string
	Cases, Workers int
	Seconds        float64
	Rounds         int
	Log            func(string, ...any)
}
