package seeds

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"

	"anju/workflow"
	"anju/workflow/calendar"
)

type parameterFile struct {
	HomesteadStandard string `yaml:"homestead_standard"`
	MeetingBody       string `yaml:"meeting_body"`
	Mandate           *struct {
		Number string `yaml:"number"`
		Issuer string `yaml:"issuer"`
		From   string `yaml:"from"`
		To     string `yaml:"to"`
	} `yaml:"mandate"`
}

// ReadParameters reads what a county has decided for itself, in YAML: the largest homestead (Land Law Art. 62(1)), who
// discusses applications (A3), and the commission under which townships issue planning permits (A12). What is left out is
// not set. It fails on an unknown name and on a value that makes no sense.
func ReadParameters(text []byte) (workflow.Parameters, error) {
	var f parameterFile
	var p workflow.Parameters
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		return p, err
	}
	var err error
	if f.HomesteadStandard != "" {
		if p.HomesteadStandard, err = workflow.ParseDecimal(f.HomesteadStandard); err != nil {
			return p, fmt.Errorf("homestead_standard: %w", err)
		}
	}
	bodies := []string{"", workflow.GroupVillagerMeeting, workflow.MemberAssembly, workflow.MemberDelegateAssembly}
	if !slices.Contains(bodies, f.MeetingBody) {
		return p, fmt.Errorf("meeting_body: %q is none of %v", f.MeetingBody, bodies[1:])
	}
	p.MeetingBody = f.MeetingBody
	if f.Mandate == nil {
		return p, nil
	}
	m := workflow.Mandate{Number: f.Mandate.Number, Issuer: workflow.Party(f.Mandate.Issuer)}
	if m.Number == "" {
		return p, fmt.Errorf("mandate: number is missing")
	}
	if m.Issuer != workflow.CountyNaturalResources && m.Issuer != workflow.CountyApprovalBureau {
		return p, fmt.Errorf("mandate: issuer %q is neither %s nor %s", m.Issuer, workflow.CountyNaturalResources, workflow.CountyApprovalBureau)
	}
	if m.From, err = calendar.ParseDay(f.Mandate.From); err != nil {
		return p, fmt.Errorf("mandate: from: %w", err)
	}
	if f.Mandate.To != "" {
		if m.To, err = calendar.ParseDay(f.Mandate.To); err != nil {
			return p, fmt.Errorf("mandate: to: %w", err)
		}
		if m.To < m.From {
			return p, fmt.Errorf("mandate: it ends on %s, before it begins on %s", m.To, m.From)
		}
	}
	p.Mandate = m
	return p, nil
}
