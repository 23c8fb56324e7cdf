package chains

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/houses"
	"anju/workflow/trades"
)

var (
	surveyors = forms.Nameable{Officers: Parties(ServiceCenter, EconomicOffice, SocialAffairsOffice, PlanningOffice,
		TownshipGovernment)}
	inspectors = forms.Nameable{Officers: append(slices.Clone(surveyors.Officers), CountyHousingBureau)}
	checkers   = forms.Nameable{Officers: append(slices.Clone(surveyors.Officers), MarketStation)}

	// whoIsNamed is the table, by record kind or verb. Surveys and checks are the work of officers (R49, R71, R75, R100,
	// R124); objections are looked into by the group and people whom it knows (R36); the four parties of an acceptance are
	// the householder and the contractors of the start, or who stands for them (R75, A36).
	whoIsNamed = map[string]forms.Nameable{
		string(SiteRecordKind):         surveyors,
		string(StakingKind):            surveyors,
		string(RecheckKind):            surveyors,
		string(Assign):                 surveyors,
		string(CompletionSheetKind):    inspectors,
		string(MeasuredKind):           inspectors,
		string(PremisesCheckKind):      checkers,
		string(DismissObjection):       {Officers: Parties(GroupCollective, VillageOrganization), Strangers: true},
		string(UpholdObjection):        {Officers: Parties(GroupCollective, VillageOrganization), Strangers: true},
		string(OwnerOpinionKind):       {Known: householder, Strangers: true},
		string(DesignOpinionKind):      {Known: engagedFor(trades.Design), Strangers: true},
		string(BuildOpinionKind):       {Known: engagedFor(trades.Build), Strangers: true},
		string(SupervisionOpinionKind): {Known: engagedFor(trades.Supervise), Strangers: true},
	}
)

// identifies finds each person whom the form names among those who may be named, and keeps his identity beside the
// name. It refuses a name that it does not find.
var identifies = effectOf("identify", "所列人员须在名册中或登记身份，并保留工号、编号", func(out *Outcome, n forms.Naming, f Facts) error {
	if field, wrong := whoIsNamed[out.Entry.Verb].Identify(n, f); wrong != "" {
		return &Invalid{Fields: []FieldError{{Field: field, Message: wrong, Rule: out.Entry.Rule}}}
	}
	raw, err := json.Marshal(n)
	if out.Entry.Data = raw; out.Record != nil {
		out.Record.Data = raw
	}
	return err
})

// DrawingByQualified is R32: the scan is of the kind that the application names, and a drawing by a person names one of
// the register who designs, with his qualification (R10).
var DrawingByQualified = Conditions{{Name: "drawing_by_qualified", Rule: "R32",
	Message: "图纸由专业技术人员提供的，须填写名录中可以承揽设计的人员",
	Holds:   func(f Facts) bool { return drawingWrong(f) == "" }, Detail: drawingWrong}}

func drawingWrong(f Facts) string {
	a := Applied[forms.Application](f.Case)
	sent := "" // of the newest scan
	for _, m := range f.Case.File.Materials {
		if m.Code == "HP05" || m.Code == "RP05" {
			sent = m.Kind
		}
	}
	if sent != "" && sent != a.Drawing {
		return fmt.Sprintf("图纸来源填写的是“%s”，上传的是“%s”，请改成一致", PaperKinds[a.Drawing], PaperKinds[sent])
	}
	if a.Drawing != "qualified_person" {
		return ""
	}
	c := f.County.Contractors[strings.TrimSpace(a.Designer)]
	if c.Kind != trades.ContractorPerson {
		return "图纸由专业技术人员提供的，请填写名录中个人的证书号（R10、R32）"
	}
	return c.Refuses(trades.Design, calendar.DayOf(f.Now))
}

// householder is the householder of the case.
func householder(f Facts) []forms.Identified {
	return []forms.Identified{{Name: f.Case.Householder, Capacity: "建房户"}}
}

// engagedFor finds the contractor whom the start of the house names for a work (R75). Of a house whose start is
// older than the system every contractor of the register serves that is registered for it.
func engagedFor(w trades.Work) func(Facts) []forms.Identified {
	return func(f Facts) (list []forms.Identified) {
		entry := func(c trades.Contractor) forms.Identified {
			return forms.Identified{Name: c.Name, Identity: c.Code, Capacity: w.Title() + "方，" + c.Qualification}
		}
		if start, here := houses.Start(f.County.Chains, f.Case); here {
			for _, e := range Applied[forms.StartApplication](start).Engaged() {
				if c, listed := f.County.Contractors[e.Code]; listed && e.Work == w {
					list = append(list, entry(c))
				}
			}
			return list
		}
		for _, code := range slices.Sorted(maps.Keys(f.County.Contractors)) {
			if c := f.County.Contractors[code]; c.Refuses(w, calendar.DayOf(f.Now)) == "" {
				list = append(list, entry(c))
			}
		}
		return list
	}
}
