package lookup

import (
	"context"
)

// DivisionNames are the names of all divisions by their codes.
func (a *Reader) DivisionNames(ctx context.Context) (map[string]string, error) {
	list, err := a.store.Divisions(ctx)
	names := map[string]string{}
	for _, d := range list {
		names[d.Code] = d.Name
	}
	return names, err
}
