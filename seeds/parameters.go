package seeds

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

type parameterFile struct {
	HomesteadStandard string   `yaml:"homestead_standard"`
	MeetingBody       string   `yaml:"meeting_body"`
	OfficeHours       []string `yaml:"office_hours"`
	PlanningShare     string   `yaml:"planning_share"`
	LapseUncorrected  bool     `yaml:"lapse_uncorrected"`
	Mandate           *struct {
		Number string `yaml:"number"`
		Issuer string `yaml:"issuer"`
		From   string `yaml:"from"`
		To     string `yaml:"to"`
	} `yaml:"mandate"`
}

// ReadParameters reads what a county has decided for itself, in YAML: the largest homestead (Land Law Art. 62(1)), who
// discusses applications (A3), whose share the planning decision of the county bureau takes (A12), whether what is not
// corrected lapses (A8), the opening hours in which work is measured, and the commission under which townships
// issue planning permits (A12). What is left out is not set. It fails on an unknown name and on a value that makes no
// sense.
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
	bodies := []string{"", forms.GroupVillagerMeeting, forms.MemberAssembly, forms.MemberDelegateAssembly}
	if !slices.Contains(bodies, f.MeetingBody) {
		return p, fmt.Errorf("meeting_body: %q is none of %v", f.MeetingBody, bodies[1:])
	}
	p.MeetingBody = f.MeetingBody
	if p.Hours, err = hours(f.OfficeHours); err != nil {
		return p, fmt.Errorf("office_hours: %w", err)
	}
	switch f.PlanningShare {
	case "", "decision":
	case "review":
		p.PlanningInReview = true
	default:
		return p, fmt.Errorf("planning_share: %q is neither review nor decision", f.PlanningShare)
	}
	p.LapseUncorrected = f.LapseUncorrected
	if f.Mandate == nil {
		return p, nil
	}
	m := workflow.Mandate{Number: f.Mandate.Number, Issuer: glossary.Party(f.Mandate.Issuer)}
	if m.Number == "" {
		return p, fmt.Errorf("mandate: number is missing")
	}
	if m.Issuer != glossary.CountyNaturalResources && m.Issuer != glossary.CountyApprovalBureau {
		return p, fmt.Errorf("mandate: issuer %q is neither %s nor %s", m.Issuer, glossary.CountyNaturalResources,
			glossary.CountyApprovalBureau)
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

// hours reads opening hours such as 08:00-12:00.
func hours(spans []string) (calendar.Hours, error) {
	var h calendar.Hours
	for _, s := range spans {
		from, to, _ := strings.Cut(s, "-")
		var span [2]time.Duration
		for i, text := range []string{from, to} {
			t, err := time.Parse("15:04", strings.TrimSpace(text))
			if err != nil {
				return nil, fmt.Errorf("%q: want spans such as 08:00-12:00", s)
			}
			span[i] = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
		}
		h = append(h, span)
	}
	return h, h.Check()
}
