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
	"anju/workflow/trades"
)

// naming says who may be named where: the officers of offices that have the place of the case in their area, those whom
// the file of the house knows, and strangers whose identity is recorded.
type naming struct {
	officers  []Party
	known     func(Facts) []forms.Identified
	strangers bool
}

var (
	surveyors = naming{officers: Parties(ServiceCenter, EconomicOffice, SocialAffairsOffice, PlanningOffice,
		TownshipGovernment)}
	inspectors = naming{officers: append(slices.Clone(surveyors.officers), CountyHousingBureau)}
	checkers   = naming{officers: append(slices.Clone(surveyors.officers), MarketStation)}

	// whoIsNamed is the table, by record kind or verb. Surveys and checks are the work of officers (R49, R71, R75, R100,
	// R124); objections are looked into by the group and people whom it knows (R36); the four parties of an acceptance are
	// the householder and the contractors of the start, or who stands for them (R75, A36).
	whoIsNamed = map[string]naming{
		string(SiteRecordKind):         surveyors,
		string(StakingKind):            surveyors,
		string(RecheckKind):            surveyors,
		string(Assign):                 surveyors,
		string(CompletionSheetKind):    inspectors,
		string(MeasuredKind):           inspectors,
		string(PremisesCheckKind):      checkers,
		string(DismissObjection):       {officers: Parties(GroupCollective, VillageOrganization), strangers: true},
		string(UpholdObjection):        {officers: Parties(GroupCollective, VillageOrganization), strangers: true},
		string(OwnerOpinionKind):       {known: householder, strangers: true},
		string(DesignOpinionKind):      {known: engagedFor(trades.Design), strangers: true},
		string(BuildOpinionKind):       {known: engagedFor(trades.Build), strangers: true},
		string(SupervisionOpinionKind): {known: engagedFor(trades.Supervise), strangers: true},
	}
)

// identifies finds each person whom the form names among those who may be named, and keeps his identity beside the
// name. It refuses a name that it does not find.
var identifies = effectOf("identify", "所列人员须在名册中或登记身份，并保留工号、编号", func(out *Outcome, n forms.Naming, f Facts) error {
	who := whoIsNamed[out.Entry.Verb]
	field, names := n.Named()
	people := n.People()
	strangers := people.Strangers
	people.Strangers, people.Identified = nil, nil
	refuse := func(message string) error {
		return &Invalid{Fields: []FieldError{{Field: field, Message: message, Rule: out.Entry.Rule}}}
	}
	known := who.candidates(f)
	for _, name := range names {
		if *name = forms.NormalName(*name); *name == "" && len(known) == 1 {
			*name = known[0].Name
		}
		p, wrong := who.find(*name, known, strangers, f)
		if wrong != "" {
			return refuse(wrong)
		}
		people.Identified = append(people.Identified, p)
	}
	raw, err := json.Marshal(n)
	if out.Entry.Data = raw; out.Record != nil {
		out.Record.Data = raw
	}
	return err
})

// candidates lists who may be named without more: the officers, or those whom the file of the house knows.
func (n naming) candidates(f Facts) (list []forms.Identified) {
	for _, o := range f.County.Officers {
		if slices.Contains(n.officers, o.Kind) && Within(o.Division, f.Case.Division, f.Case.GroupNo) &&
			!slices.Contains(f.Case.Persons, o.Person) {
			list = append(list, forms.Identified{Name: o.Name, Identity: o.Login, Capacity: o.Kind.Title()})
		}
	}
	if n.known != nil {
		list = append(list, n.known(f)...)
	}
	return list
}

// find finds a person by his name; it says in Chinese why he may not be named.
func (n naming) find(name string, known []forms.Identified, strangers []forms.Stranger,
	f Facts) (p forms.Identified, wrong string) {
	if name == "" {
		return p, "请填写姓名"
	}
	for _, k := range known {
		if forms.NormalName(k.Name) == name {
			return k, ""
		}
	}
	if !n.strangers {
		return p, fmt.Sprintf("%s 不是本辖区%s的工作人员，请填写在册人员的姓名", name, titles(n.officers))
	}
	for _, s := range strangers {
		if forms.NormalName(s.Name) == name {
			if p, wrong = s.Identify(calendar.DayOf(f.Now)); wrong != "" {
				wrong = name + "：" + wrong
			}
			return p, wrong
		}
	}
	return p, fmt.Sprintf("%s 不在名册中，请登记其身份证号或工号、单位和身份", name)
}

func titles(offices []Party) string {
	list := ""
	for i, p := range offices {
		if i > 0 {
			list += "、"
		}
		list += p.Title()
	}
	return list
}

// DrawingByQualified is R32: the scan is of the kind that the application names, and a drawing by a person names one of
// the register who designs, with his qualification (R10).
var DrawingByQualified = Conditions{{Name: "drawing_by_qualified", Rule: "R32",
	Message: "图纸由专业技术人员提供的，须填写名录中可以承揽设计的人员",
	Holds:   func(f Facts) bool { return drawingWrong(f) == "" }, Detail: drawingWrong}}

func drawingWrong(f Facts) string {
	a := Applied[forms.Application](f.Case)
	for i := len(f.Case.File.Materials) - 1; i >= 0; i-- {
		m := f.Case.File.Materials[i]
		if m.Code != "HP05" && m.Code != "RP05" {
			continue
		}
		if m.Kind != "" && m.Kind != a.Drawing {
			return fmt.Sprintf("图纸来源填写的是“%s”，上传的是“%s”，请改成一致", PaperKinds[a.Drawing], PaperKinds[m.Kind])
		}
		break
	}
	if a.Drawing != "qualified_person" {
		return ""
	}
	c, listed := f.County.Contractors[strings.TrimSpace(a.Designer)]
	if !listed || c.Kind != trades.ContractorPerson {
		return "图纸由专业技术人员提供的，请填写名录中个人的证书号（R10、R32）"
	}
	return c.Refuses(trades.Design, calendar.DayOf(f.Now))
}

// householder is the householder of the case.
func householder(f Facts) []forms.Identified {
	return []forms.Identified{{Name: f.Case.Householder, Capacity: "建房户"}}
}

// engagedFor finds the contractor whom the start of the house names for a work. Of a house whose start is older than
// the system every contractor of the register serves that is registered for it.
func engagedFor(w trades.Work) func(Facts) []forms.Identified {
	return func(f Facts) (list []forms.Identified) {
		entry := func(c trades.Contractor) forms.Identified {
			return forms.Identified{Name: c.Name, Identity: c.Code, Capacity: w.Title() + "方，" + c.Qualification}
		}
		if start, here := Start(f.County.Chains, f.Case); here {
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
