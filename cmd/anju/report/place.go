package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/models/org"
)

// places are the names of divisions by their code of twelve digits.
type places map[string]org.Division

// readPlaces reads every division.
func readPlaces(ctx context.Context, b *backend.Backend) (places, error) {
	list, err := b.Store.Divisions(ctx)
	if err != nil {
		return nil, err
	}
	p := places{}
	for _, d := range list {
		p[d.Code] = d
	}
	return p, nil
}

// township finds a township; what is not one is wrong usage.
func (p places) township(code string) (string, error) {
	if code == "" {
		return "", nil
	}
	if d, ok := p[FullCode(code)]; ok && d.Level == "township" {
		return d.Code, nil
	}
	var there []string
	for _, d := range slices.SortedFunc(maps.Values(p),
		func(a, b org.Division) int { return cmp.Compare(a.Code, b.Code) }) {
		if d.Level == "township" {
			there = append(there, d.Code[:9]+" "+d.Name)
		}
	}
	return "", failure.Usagef("--township %q is none of %s", code, strings.Join(there, ", "))
}

func (p places) name(code string) string {
	if d, ok := p[FullCode(code)]; ok {
		return d.Name
	}
	return code
}

// FullCode is a division's code in twelve digits.
func FullCode(code string) string {
	if len(code) == 9 {
		return code + "000"
	}
	return code
}
