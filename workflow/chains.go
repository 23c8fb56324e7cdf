package workflow

import (
	"fmt"
	"slices"

	"anju/workflow/glossary"
)

// Of lists the ids of the chains of a role.
func (cs Chains) Of(role HouseRole) []ChainID {
	var ids []ChainID
	for _, c := range cs {
		if c.Role == role && !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids
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

// Desk resolves a party of a case to the kind of office at whose desk it lies, as the chain of the case has it. A case
// that names no version, as a row of a list does, is resolved by the newest.
func (cs Chains) Desk(p glossary.Party, c Case) glossary.Party {
	ch, err := cs.At(c.Chain, c.ChainVersion)
	if err != nil {
		ch, _ = cs.Newest(c.Chain) // of a chain that is not published any more the place of the case decides
	}
	return ch.Desk(p, c)
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
