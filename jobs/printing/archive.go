package printing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"anju/models/history"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/houses"
)

// The file of a household: F07, the basic information, and F33, the index of all that the file holds (R4, R111, M23).

// basicSheet fills F07 with what the file knows of household, homestead, house and its papers.
func basicSheet(p filling) {
	h := p.f.Household
	p.put("household_no", householdNo(p.c))
	p.put("people", len(h.Members)+1)
	p.put("collective_member", workflow.Applied[forms.Application](p.c).CollectiveMember)
	all := p.file()
	p.homestead(all)
	p.house(all)
	p.permits(all)
	p.findings(all)
	p.put("collector", p.writerOf("open"))
	p.put("collected_on", calendar.DayOf(p.c.OpenedAt))
}

// householdNo is the number of a household's file.
func householdNo(c workflow.Case) string {
	return fmt.Sprintf("%s%s-%d", c.Division, c.GroupNo, c.Household)
}

// file is every case of the household, oldest first.
func (p filling) file() []workflow.Case {
	all := append(slices.Clone(p.c.Siblings), p.c)
	slices.SortFunc(all, func(a, b workflow.Case) int { return int(a.ID - b.ID) })
	return all
}

// writerOf is the officer of the first line of a verb.
func (p filling) writerOf(verb string) string {
	i := slices.IndexFunc(p.lines, func(l history.Line) bool { return l.Verb == verb })
	if i < 0 {
		return ""
	}
	return p.lines[i].OfficerName
}

// newestOf finds the newest case of the file with a paper of a kind that is not void.
func newestOf(all []workflow.Case, k glossary.DocumentKind) (workflow.Case, workflow.Document, bool) {
	for _, c := range slices.Backward(all) {
		if d, ok := c.Document(k); ok {
			return c, d, true
		}
	}
	return workflow.Case{}, workflow.Document{}, false
}

// homestead adds the homestead: as it was granted, or as the household declared it.
func (p filling) homestead(all []workflow.Case) {
	current := p.f.Household.Current
	h := fields{"area": current.HomesteadArea, "certificate_no": current.CertificateNo, "origin": "原有",
		"address": p.f.Household.Householder.Domicile}
	count := 0
	if current.HomesteadArea > 0 {
		count = 1
	}
	if c, d, ok := newestOf(all, glossary.HomesteadCert); ok {
		a := workflow.Applied[forms.Application](c)
		h = fields{"address": a.Proposed.Address, "area": a.Proposed.HomesteadArea, "boundary": a.Proposed.Boundary,
			"origin": "审批取得", "certificate_no": d.Number, "acquired_by": "分配",
			"land_class": landClasses[a.Proposed.LandClass]}
		if a.Disposal == "keep" && current.HomesteadArea > 0 {
			count++
		} else {
			count = 1
		}
	}
	p.to["homestead"] = h
	p.put("homestead_count", count)
	p.to["several_homesteads"] = count > 1
}

var landClasses = map[string]string{"construction_land": "建设用地", "unused_land": "未利用地", "farmland_class": "农用地"}

// house adds the house as its start of construction has it, as its permit has it where there is none.
func (p filling) house(all []workflow.Case) {
	house := fields{"no": "1"}
	if permit, ok := houses.Permit(p.county.Chains, p.c); ok || p.ch.Role == workflow.PermitsHouse {
		if !ok {
			permit = p.c
		}
		a := workflow.Applied[forms.Application](permit).Proposed
		house["floors"], house["area"], house["max_span"], house["height"], house["use"] = a.Floors, a.BuildingArea,
			a.MaxSpan, a.Height, a.Use
		house["design"] = map[string]string{"generic_drawing": "standard"}[workflow.Applied[forms.Application](permit).Drawing]
	}
	for _, c := range all {
		switch ch, err := p.county.Chains.At(c.Chain, c.ChainVersion); {
		case err != nil:
		case ch.Role == workflow.StartsHouse:
			s := workflow.Applied[forms.StartApplication](c)
			house["floors"], house["area"], house["max_span"], house["height"], house["use"], house["structure"] = s.Floors,
				s.BuildingArea, s.MaxSpan, s.Height, s.Use, s.Structure
			house["design"] = "professional"
			if s.Drawing == "generic_drawing" {
				house["design"] = "standard"
			}
			house["construction"] = "qualified"
		case ch.Role == workflow.AcceptsHouse:
			if at, ok := c.File.Marks[glossary.Decided]; ok {
				house["built"] = fmt.Sprint(at.In(calendar.DayOf(at).Start().Location()).Year())
			}
		case ch.Role == workflow.NoHouse && ch.Subject == workflow.FindingSubject:
			f := workflow.Applied[forms.HazardFinding](c)
			house["structure"] = f.Structure
			if f.BuiltIn > 0 {
				house["built"] = fmt.Sprint(f.BuiltIn)
			}
		}
	}
	p.to["house"] = house
}

// permits adds the numbers of the papers that the house has, and 无 where it has none.
func (p filling) permits(all []workflow.Case) {
	list := fields{}
	for name, kinds := range map[string][]glossary.DocumentKind{
		"homestead_certificate": {glossary.HomesteadCert}, "planning_permit": {glossary.PlanningPermitDoc},
		"commencement": {glossary.CommencementDoc}, "construction_permit": {glossary.ConstructionPermitDoc},
		"completion": {glossary.CompletionDoc, glossary.CompletionFilingDoc}} {
		list[name] = "无"
		for _, k := range kinds {
			if c, d, ok := newestOf(all, k); ok {
				list[name] = d.Number
				if d.Number == "" {
					list[name] = c.Number
				}
			}
		}
	}
	list["business_licence"] = "无"
	for _, c := range all {
		if ch, err := p.county.Chains.At(c.Chain, c.ChainVersion); err == nil && ch.Role == workflow.UsesHouse {
			list["business_licence"] = workflow.Applied[forms.BusinessApplication](c).Name + "（" + c.Number + "）"
		}
	}
	p.to["permits"] = list
}

// findings adds what patrols and appraisals found.
func (p filling) findings(all []workflow.Case) {
	var unlawful []string
	p.put("safety", "safe")
	for _, c := range all {
		if r, ok := c.Latest(glossary.AppraisalKind); ok {
			p.put("grade", workflow.Recorded[forms.AppraisalReport](r).Grade)
		}
		switch ch, err := p.county.Chains.At(c.Chain, c.ChainVersion); {
		case err != nil || ch.Subject != workflow.FindingSubject:
		case ch.Role == workflow.PolicesHouse:
			if workflow.Applied[forms.Finding](c).Has("illegal_land") {
				unlawful = append(unlawful, "land")
			} else {
				unlawful = append(unlawful, "construction")
			}
		default:
			p.put("safety", "hazard")
			p.put("grade_part", workflow.Applied[forms.HazardFinding](c).Signs)
			if c.State == glossary.UseStopped {
				p.put("measures", []string{"stop_use"})
			}
		}
	}
	if len(unlawful) > 0 {
		p.put("unlawful", unlawful)
	}
}

// archiveIndex fills F33: every paper issued, every sheet of a record, every scan handed in and the contracts, of every
// case of the household, each with its date and, where a copy is kept, its digest (R111).
func archiveIndex(p filling) {
	var list []any
	all := p.file()
	for _, c := range all {
		for _, e := range p.entriesOf(c) {
			list = append(list, e)
		}
	}
	p.put("documents", list)
	p.put("household_no", householdNo(p.c))
	p.put("archive_no", fmt.Sprintf("%s-ZJD-%d-%d", p.c.Division[:9], p.c.OpenedAt.Year(), p.c.Household))
	if _, d, ok := newestOf(all, glossary.HomesteadCert); ok {
		p.put("homestead_no", d.Number)
	} else {
		p.put("homestead_no", p.f.Household.Current.CertificateNo)
	}
	p.put("issuer", p.f.Offices[glossary.ServiceCenter])
	if l, ok := p.act(glossary.Archive); ok {
		p.put("archivist", l.OfficerName)
		p.put("archived_on", l.At)
	}
}

// entriesOf lists what one case brings to the file, in the order of its days.
func (p filling) entriesOf(c workflow.Case) []fields {
	type entry struct {
		at time.Time
		f  fields
	}
	var found []entry
	add := func(at time.Time, name, no, retention, digest string, pages any) {
		found = append(found, entry{at, fields{"name": name, "no": no, "date": at, "retention": retention, "digest": digest,
			"pages": pages}})
	}
	ch, err := p.county.Chains.At(c.Chain, c.ChainVersion)
	if err != nil {
		return nil
	}
	for _, b := range ch.BlankForms {
		add(c.OpenedAt, b.Title, c.Number, "永久", "", nil)
	}
	for _, m := range c.File.Materials {
		pages := any(nil)
		if strings.HasPrefix(m.Type, "image/") {
			pages = "1"
		}
		add(m.At, materialName(ch, m.Code), m.Name, "30年", short(m.Hash), pages)
	}
	for _, r := range c.File.Records {
		if name := r.Kind.Title(); name != "" && sheetOf(r.Kind) != "" {
			add(r.At, name, sheetOf(r.Kind), "30年", "", nil)
		}
	}
	for _, d := range c.File.Documents {
		name := d.Title
		if d.Voided != "" {
			name += "（作废）"
		}
		kept := p.kept[d.ID]
		add(d.IssuedAt, name, d.Number, "永久", short(kept.Hash), pagesOf(kept.Body))
	}
	slices.SortStableFunc(found, func(a, b entry) int { return a.at.Compare(b.at) })
	list := make([]fields, len(found))
	for i, e := range found {
		list[i] = e.f
	}
	return list
}

// pageCount is where a PDF says how many pages it has.
var pageCount = regexp.MustCompile(`/Type\s*/Pages\b[^>]*/Count\s+(\d+)|/Count\s+(\d+)[^>]*/Type\s*/Pages\b`)

// pagesOf counts the pages of a printed paper, nil where it is not printed yet.
func pagesOf(pdf []byte) any {
	m := pageCount.FindSubmatch(pdf)
	if m == nil {
		return nil
	}
	return string(m[1]) + string(m[2])
}

// materialName is the name of a paper that was handed in.
func materialName(ch workflow.Chain, code string) string {
	for _, paper := range ch.Papers {
		if paper.Code == code {
			return paper.Name
		}
	}
	return code
}

// sheetOf is the form on which a record is printed, "" where it has none.
func sheetOf(k glossary.RecordKind) string {
	var forms []string
	for form, needs := range sheets {
		if needs.record == k {
			forms = append(forms, form)
		}
	}
	slices.Sort(forms)
	return strings.Join(forms, " ")
}
