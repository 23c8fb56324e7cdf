package workflow

import "time"

// View is a case as one caller sees it: what is open to him, what is missing, how the clock stands.
type View struct {
	Case      Case
	Actor     Actor
	Chain     Chain
	Stage     Stage
	Office    Party        // at whose desk it lies, resolved
	Deadlines []DeadlineView // the live ones, the stage's own first
	Own       *DeadlineView  // the stage's own
	Light     Light
	Verbs     []VerbView
	Records   []RecordView
	Materials []MaterialView
}

// VerbView is one verb of the present stage. Allowed: the caller's office may take it and nothing blocks.
// Blocked lists what is unmet whoever asks; not allowed with nothing blocked means another office must act.
type VerbView struct {
	Action  Action
	To      State // where it would lead now
	Mine    bool  // the caller's office may take it
	Allowed bool
	Blocked []Unmet
}

// RecordView is one record kind of the present stage.
type RecordView struct {
	Row     RecordRow
	Allowed bool // the caller may write it now
	Owed    bool // something on the main line waits for it, and the caller has not written it yet
}

// MaterialView is one paper of the chain.
type MaterialView struct {
	Paper   Paper
	Present bool
	Allowed bool // the caller may upload it now
}

// DeadlineView is a deadline with its light.
type DeadlineView struct {
	Deadline Deadline
	Limit    Limit
	Light    Light
}

// Light of a deadline or a case (product of the ladder): text and shape go with the colour on every screen.
type Light string

// The four lights.
const (
	Green  Light = "green"
	Yellow Light = "yellow"
	Red    Light = "red"
	Grey   Light = "grey" // no clock runs against an office
)

// LightOf judges one deadline at an instant. A provisional due day is never red (no notice, no card).
func LightOf(d Deadline, now time.Time) Light {
	switch {
	case d.WarnAt.IsZero():
		return Green // a minimum
	case now.Before(d.WarnAt):
		return Green
	case now.Before(d.DueBefore) || d.Provisional:
		return Yellow
	}
	return Red
}
