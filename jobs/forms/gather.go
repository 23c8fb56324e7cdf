package forms

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// gather gives what the case holds the names of the form list, and lays Data.Fields over it.
func gather(d Data) (map[string]any, error) {
	f := map[string]any{}
	c, at := d.Case, d.issuedAt()
	if err := merge(f, d.Household); err != nil {
		return nil, fmt.Errorf("household: %w", err)
	}
	if len(c.Application) > 0 {
		if err := json.Unmarshal(c.Application, &f); err != nil {
			return nil, fmt.Errorf("application: %w", err)
		}
	}
	people(f, at)
	said, err := plain(d.Said)
	if err != nil {
		return nil, fmt.Errorf("said: %w", err)
	}
	overlay(f, said) // what was typed takes no name that follows
	for name, v := range map[string]string{
		"title": TitleOf(d.Document.Kind), "no": d.Document.Number, "issuer": d.Document.Issuer, "cites": d.Document.Cites,
		"township": d.Township, "village": d.Village, "group": d.Group, "office": d.Office, "signer": d.Signer,
		"copy":    d.Copy,
		"case_no": c.Number, "matter": d.Chain.Title, "holder": d.Household.Householder.Name, "place": d.Township +
			d.Village + d.Group,
	} {
		put(f, name, v)
	}
	if d.Document.Issuer == "" {
		put(f, "issuer", d.Office)
	}
	if d.Document.Title != "" {
		f["title"] = d.Document.Title
	}
	if c.Householder != "" && d.Household.Householder.Name == "" {
		put(f, "holder", c.Householder)
	}
	for name, t := range map[string]time.Time{"issue_date": d.Document.IssuedAt, "opened_at": c.OpenedAt,
		"received_at": c.File.Marks[glossary.Received],
		"accepted_at": c.File.Marks[glossary.Accepted], "decided_at": c.File.Marks[glossary.Decided],
		"noticed_at": c.File.Marks[glossary.Noticed]} {
		if !t.IsZero() {
			f[name] = t
		}
	}
	records(f, c)
	papers(f, d)
	for name, kind := range map[string]glossary.DocumentKind{"planning_permit_no": glossary.PlanningPermitDoc,
		"homestead_certificate_no": glossary.HomesteadCert} {
		if doc, ok := c.Document(kind); ok {
			put(f, name, doc.Number)
		}
	}
	given, err := plain(d.Fields)
	if err != nil {
		return nil, fmt.Errorf("fields: %w", err)
	}
	overlay(f, given)
	approved(f, d)
	filing(f)
	validity(f, d)
	return f, nil
}

// filing is the one line of a filing report about a single case.
func filing(f map[string]any) {
	row := map[string]any{}
	if p, ok := f["approved"].(map[string]any); ok {
		maps.Copy(row, p)
	}
	for _, name := range []string{"holder", "place", "homestead_certificate_no", "planning_permit_no", "decided_at",
		"case_no"} {
		if v, ok := f[name]; ok {
			row[name] = v
		}
	}
	usual(f, "filings", []any{row})
}

// overlay lays given fields over those of the case, part by part.
func overlay(f, given map[string]any) {
	for name, v := range given {
		part, ok := v.(map[string]any)
		if below, is := f[name].(map[string]any); ok && is {
			merged := maps.Clone(below)
			overlay(merged, part)
			f[name] = merged
			continue
		}
		f[name] = v
	}
}

// plain turns the values of Fields into those that a layout knows: parts, lists, text, numbers, instants and days.
func plain(given map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(given))
	for name, v := range given {
		switch v := v.(type) {
		case nil:
		case string, bool, time.Time, calendar.Day, float64:
			out[name] = v
		case map[string]any:
			part, err := plain(v)
			if err != nil {
				return nil, err
			}
			out[name] = part
		default: // lists, numbers, decimals, the forms of workflow
			b, err := json.Marshal(v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			var any any
			if err := json.Unmarshal(b, &any); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out[name] = any
		}
	}
	return out, nil
}

func merge(f map[string]any, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, &f)
}

func put(f map[string]any, name, v string) {
	if v != "" {
		f[name] = v
	}
}

// people adds what follows from the ID numbers: ages on the day of the paper, and the householder's gender.
func people(f map[string]any, at time.Time) {
	aged := func(p map[string]any) {
		id, _ := p["id_number"].(string)
		if len(forms.NormalIDNumber(id)) != 18 || at.IsZero() {
			return
		}
		p["age"] = fmt.Sprint(forms.AgeOf(id, at))
		if g, _ := p["gender"].(string); g == "" {
			p["gender"] = forms.GenderOf(id)
		}
	}
	if p, ok := f["householder"].(map[string]any); ok {
		aged(p)
	}
	if members, ok := f["members"].([]any); ok {
		for _, m := range members {
			if p, ok := m.(map[string]any); ok {
				aged(p)
			}
		}
	}
}

// records adds the newest record of each kind under its name, the offices' opinions under the office, and the ledger.
func records(f map[string]any, c workflow.Case) {
	for _, r := range c.File.Records {
		data := map[string]any{}
		if json.Unmarshal(r.Data, &data) != nil {
			continue // a record that cannot be read shows nothing
		}
		data["at"] = r.At
		switch r.Kind {
		case glossary.JointSheetKind, glossary.SiteRecordKind, glossary.FilingReceiptKind:
			all, _ := f[string(r.Kind)].(map[string]any)
			if all == nil {
				all = map[string]any{}
			}
			all = maps.Clone(all)
			if r.Kind == glossary.SiteRecordKind {
				maps.Copy(all, data)
			}
			all[string(r.Party)] = data
			f[string(r.Kind)] = all
		case glossary.ObjectionKind:
			list, _ := f["objections"].([]any)
			f["objections"] = append(list, data)
			f[string(r.Kind)] = data
		default:
			f[string(r.Kind)] = data
		}
	}
}

// papers adds the list of papers handed in, what the correction notice asks for, and the papers issued.
func papers(f map[string]any, d Data) {
	names := map[string]string{}
	var handed []any
	for _, p := range d.Chain.Papers {
		names[p.Code] = p.Name
		held := p.Held(workflow.Facts{Chain: d.Chain, Case: d.Case, County: workflow.County{Chains: d.Chains}})
		if !p.Applicants() || !p.Required && !held {
			continue // the stamped copy of a certificate is no paper of the applicant, and what is not owed is not missing
		}
		handed = append(handed, map[string]any{"name": p.Name, "copies": "1", "present": held})
	}
	if len(handed) > 0 {
		f["materials"] = handed
	}
	if asked := d.Case.File.Asked; asked != nil {
		var items []any
		for _, it := range asked.Items {
			name := names[it.MaterialCode]
			if name == "" {
				name = it.MaterialCode
			}
			items = append(items, map[string]any{"material": name, "problem": it.Problem, "requirement": it.Requirement})
		}
		f["items"] = items
	}
	var issued []any
	for _, doc := range d.Case.File.Documents {
		issued = append(issued, map[string]any{"name": doc.Title, "no": doc.Number, "date": doc.IssuedAt})
	}
	if len(issued) > 0 {
		f["documents"] = issued
	}
}

// approved adds what is approved as applied for, and the names and lines under which other papers repeat it.
func approved(f map[string]any, d Data) {
	p, ok := f["proposed"].(map[string]any)
	if !ok {
		return
	}
	all := maps.Clone(p)
	if given, ok := f["approved"].(map[string]any); ok {
		overlay(all, given)
	}
	f["approved"] = all
	for to, from := range map[string]string{"location": "address", "boundary": "boundary",
		"approved_area": "homestead_area", "footprint_area": "footprint_area",
		"approved_homestead_area": "homestead_area", "approved_footprint_area": "footprint_area", "approved_floors": "floors",
		"approved_height": "height",
		"building_area":   "building_area", "floors": "floors", "height": "height", "max_span": "max_span",
		"build_type": "build_type"} {
		usual(f, to, all[from])
	}
	usual(f, "use", uses[fmt.Sprint(all["use"])])
	if name := d.Household.Householder.Name; name != "" {
		usual(f, "project_name", name+"住宅")
	}
	if all["floors"] != nil {
		usual(f, "scale", fmt.Sprintf("占地面积%v平方米，建筑面积%v平方米，%v层，高度%v米", all["footprint_area"], all["building_area"],
			all["floors"], all["height"]))
	}
	// a reading (docs/decisions/0006): the village's peasant collective owns the land
	if d.Township != "" && d.Village != "" {
		usual(f, "land_owner", d.Township+d.Village+"农民集体")
	}
	usual(f, "licence", d.Chain.Licence)
	usual(f, "basis", strings.Join(d.Chain.Basis, "；"))
	usual(f, "land_use", "农村宅基地（住宅）")
	usual(f, "attachments", "宅基地坐落平面位置图、住宅平面及立面图")
}

var uses = map[string]string{"residence": "自住", "office": "办公室", "police_room": "警务室", "clinic": "卫生室",
	"service_point": "便民服务点",
	"agro_workshop": "农产品加工作坊", "commercial": "经营", "other": "其他"}

// usual sets a field that was not given.
func usual(f map[string]any, name string, v any) {
	if _, given := f[name]; !given && v != nil && v != "" {
		f[name] = v
	}
}

// validity is from the day of the decision to the last day on which the paper may be used (A31: stated, never
// presumed).
func validity(f map[string]any, d Data) {
	if d.Document.ValidTo == 0 {
		return
	}
	usual(f, "valid_to", d.Document.ValidTo)
	if t, ok := f["decided_at"].(time.Time); ok {
		usual(f, "valid_from", calendar.DayOf(t))
	}
}
