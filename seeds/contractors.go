package seeds

import (
	"context"
	"fmt"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// contractorRow is a contractor as contractors.yml writes it.
type contractorRow struct {
	Code          string                  `yaml:"code"`
	Kind          workflow.ContractorKind `yaml:"kind"`
	Name          string                  `yaml:"name"`
	Work          []workflow.Work         `yaml:"work"`
	Basis         string                  `yaml:"basis"`
	Qualification string                  `yaml:"qualification"`
	From          string                  `yaml:"from"`
	To            string                  `yaml:"to"` // empty: no end
	Struck        string                  `yaml:"struck"`
}

// DemoContractors returns the register of the demo county, contractors.yml.
func DemoContractors() []workflow.Contractor {
	list, err := readContractors()
	if err != nil {
		panic(err) // cannot happen: the file is built in, and the tests of this package read it
	}
	return list
}

func readContractors() ([]workflow.Contractor, error) {
	var rows []contractorRow
	if err := readYAML("contractors.yml", &rows); err != nil {
		return nil, err
	}
	list := make([]workflow.Contractor, 0, len(rows))
	for _, r := range rows {
		c := workflow.Contractor{Code: r.Code, Kind: r.Kind, Name: r.Name, Work: r.Work, Basis: r.Basis,
			Qualification: r.Qualification, Struck: r.Struck}
		var err error
		if c.From, err = calendar.ParseDay(r.From); err == nil && r.To != "" {
			c.To, err = calendar.ParseDay(r.To)
		}
		if err != nil {
			return nil, fmt.Errorf("contractors.yml: %s: %w", r.Code, err)
		}
		list = append(list, c)
	}
	return list, nil
}

// loadContractors enters the register of the demo county. One that is there is left alone: what was changed since
// stays.
func loadContractors(ctx context.Context, store *models.Store) error {
	county, err := store.County(ctx)
	if err != nil {
		return err
	}
	for _, c := range DemoContractors() {
		if _, there := county.Contractors[c.Code]; there {
			continue
		}
		_, err := store.RegisterContractor(ctx, 0, c)
		if err == nil && c.Struck != "" {
			err = store.StrikeContractor(ctx, 0, c.Code, c.Struck)
		}
		if err != nil {
			return fmt.Errorf("demo contractor %s: %w", c.Code, err)
		}
	}
	return nil
}
