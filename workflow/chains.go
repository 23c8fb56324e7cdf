package workflow

import (
	"fmt"
	"slices"
)

// Chains is the list of published chains, every version of each.
type Chains []Chain

// Published is every chain that Anju runs. A new version stands beside the old one.
func Published() Chains {
	return Chains{Homestead(), PlanningPermit(), ConstructionStartLowRise(), ConstructionStartOther(), CompletionLowRise(), CompletionOther(),
		BusinessUse(), Violation(), Hazard()}
}

// Newest gives the version that opens new cases; ErrNoChain when there is none of the name.
func (cs Chains) Newest(id ChainID) (Chain, error) {
	var found *Chain
	for i := range cs {
		if cs[i].ID == id && (found == nil || cs[i].Version > found.Version) {
			found = &cs[i]
		}
	}
	if found == nil {
		return Chain{}, fmt.Errorf("chain %q: %w", id, ErrNoChain)
	}
	return *found, nil
}

// At gives the version under which a case runs and ends; ErrNoChain when it is not published any more.
func (cs Chains) At(id ChainID, version int) (Chain, error) {
	i := slices.IndexFunc(cs, func(c Chain) bool { return c.ID == id && c.Version == version })
	if i < 0 {
		return Chain{}, fmt.Errorf("chain %q version %d: %w", id, version, ErrNoChain)
	}
	return cs[i], nil
}

// All gives the newest version of each chain, in the order of the list.
func (cs Chains) All() Chains {
	var all Chains
	for _, c := range cs {
		if n, err := cs.Newest(c.ID); err == nil && n.Version == c.Version {
			all = append(all, c)
		}
	}
	return all
}
