package workflow

import (
	"context"

	"github.com/qmuntal/stateless"
)

// machine builds the state machine for one move on one case. It is never shared or kept: the state lives in the
// case. It has no entry or exit actions, since stateless does not roll back. Only the rows of the present stage are
// configured: no move passes through two stages.
func (ch Chain) machine(st Stage, f Facts, refusal func(Action) *Refusal) *stateless.StateMachine {
	fsm := stateless.NewStateMachineWithMode(st.State, stateless.FiringImmediate)
	cfg := fsm.Configure(st.State)
	for _, a := range st.Actions {
		open := func(context.Context, ...any) bool { return refusal(a) == nil }
		if len(a.To.States) == 1 {
			cfg.Permit(a.Do, a.To.States[0], open)
			continue
		}
		cfg.PermitDynamic(a.Do, func(context.Context, ...any) (stateless.State, error) { return a.To.Pick(f), nil }, open)
	}
	return fsm
}
