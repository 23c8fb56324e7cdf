package seeds

import (
	"reflect"
	"testing"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

func TestReadParameters(t *testing.T) {
	got, err := ReadParameters([]byte(`homestead_standard: "166.00"
meeting_body: member_assembly
planning_share: review
lapse_uncorrected: true
mandate: {number: 稷自然资委〔2026〕3号, issuer: county_natural_resources_bureau, from: "2026-01-01", to: "2026-12-31"}
`))
	want := workflow.Parameters{HomesteadStandard: 16600, MeetingBody: forms.MemberAssembly, PlanningInReview: true,
		LapseUncorrected: true, Mandate: workflow.Mandate{
			Number: "稷自然资委〔2026〕3号", Issuer: glossary.CountyNaturalResources,
			From: calendar.Date(2026, time.January, 1), To: calendar.Date(2026, time.December, 31)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{
		"homestead: 1", `homestead_standard: "166.123"`, "meeting_body: council", "planning_share: half", "mandate: {issuer: county_approval_bureau}",
		`mandate: {number: a, issuer: township_government, from: "2026-01-01"}`,
		`mandate: {number: a, issuer: county_approval_bureau, from: "2026-02-30"}`,
		`mandate: {number: a, issuer: county_approval_bureau, from: "2026-02-03", to: "2026-02-01"}`,
	} {
		if p, err := ReadParameters([]byte(bad)); err == nil {
			t.Errorf("%s is taken for %+v", bad, p)
		}
	}
}
