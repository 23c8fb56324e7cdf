package forms

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
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
	for name, v := range map[string]string{
		"title": titleOf(d.Document.Kind), "no": d.Document.Number, "issuer": d.Document.Issuer, "cites": d.Document.Cites,
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
	for _, doc := range c.File.Documents {
		switch doc.Kind {
		case glossary.PlanningPermitDoc:
			f["planning_permit_no"] = doc.Number
		case glossary.HomesteadCert:
			f["homestead_certificate_no"] = doc.Number
		}
	}
	given, err := plain(d.Fields)
	if err != nil {
		return nil, fmt.Errorf("fields: %w", err)
	}
	overlay(f, given)
	approved(f, d)
	filing(f)
	validity(f, at)
	own(f, d)
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
	if n := len(c.File.Suspensions); n > 0 {
		s := c.File.Suspensions[n-1]
		f["suspension"] = map[string]any{"ground": s.Ground.Title(), "ground_code": string(s.Ground),
			"notice_number": s.Number, "notified_on": s.From, "resulted_on": s.To,
			"expected_days": fmt.Sprint(s.Days), "evidence": s.Evidence, "service": s.Service, "recipient": s.Recipient}
	}
	if e := c.File.Extended; e != nil {
		f["extension"] = map[string]any{"days": fmt.Sprint(e.Days), "notice_number": e.Number, "reason": e.Reason,
			"recipient": e.Recipient, "on": e.On}
	}
}

// papers adds the list of papers handed in, what the correction notice asks for, and the papers issued.
func papers(f map[string]any, d Data) {
	names := map[string]string{}
	var handed []any
	for _, p := range d.Chain.Papers {
		names[p.Code] = p.Name
		if !p.Applicants() {
			continue // the stamped copy of a certificate is no paper of the applicant
		}
		row := map[string]any{"name": p.Name, "copies": "1",
			"present": p.Held(workflow.Facts{Chain: d.Chain, Case: d.Case, County: workflow.County{Chains: d.Chains}})}
		handed = append(handed, row)
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

// part is a part of the fields to add to, empty where there is none.
func part(f map[string]any, name string) map[string]any {
	old, _ := f[name].(map[string]any)
	p := maps.Clone(old)
	if p == nil {
		p = map[string]any{}
	}
	f[name] = p
	return p
}

// own adds what one form takes over from a record or from the move that issued it, where it was not given.
func own(f map[string]any, d Data) {
	switch d.Document.Kind {
	case "F03": // the three offices stand for the county's departments (A9)
		opinions, joint, site := part(f, "opinions"), part(f, "joint_review_sheet"), part(f, "site_record")
		for department, office := range map[string]glossary.Party{"natural_resources": glossary.PlanningOffice,
			"other": glossary.SocialAffairsOffice, "agriculture": glossary.EconomicOffice} {
			if sheet, ok := joint[string(office)].(map[string]any); ok {
				said := part(opinions, department)
				text := fmt.Sprint(sheet["reason"])
				if sheet["opinion"] == "disagree" {
					text = fmt.Sprintf("不同意：%s（%v）", text, sheet["article"])
				}
				usual(said, "opinion", text)
				usual(said, "date", sheet["at"])
				usual(said, "head", sheet["head"])
			}
		}
		decision := part(opinions, "township")
		usual(decision, "opinion", f["opinion"])
		usual(decision, "head", f["signer"])
		usual(decision, "date", f["decided_at"])
		usual(f, "surveyors", site["surveyors"])
		usual(f, "survey_date", site["visited_on"])
	case "F18":
		suspension, extension := part(f, "suspension"), part(f, "extension")
		notice, title := "special_procedure", "特别程序告知书"
		if len(extension) > 0 && (len(suspension) == 0 || extension["notice_number"] == d.Document.Number) {
			notice, title = "extension", "延期告知书"
		}
		usual(f, "notice", notice)
		if f["title"] == titles["F18"] {
			f["title"] = title
		}
	case "F24":
		said, neighbors := part(f, "neighbor_opinion"), part(f, "neighbors")
		for _, side := range []string{"east", "south", "west", "north"} {
			usual(part(neighbors, side), "opinion", said[side])
		}
	case "F34":
		service := part(f, "service")
		usual(service, "method", f["method"])
		usual(service, "receiver", f["recipient"])
		usual(service, "addressee", f["holder"])
	}
}

// validity counts the months of a certificate from the day of the decision (A31: stated, never presumed).
func validity(f map[string]any, at time.Time) {
	months := 0
	switch v := f["valid_months"].(type) {
	case float64:
		months = int(v)
	case string:
		months, _ = strconv.Atoi(v) // what is no number is no validity
	}
	if months <= 0 || months > 600 {
		return
	}
	from := at
	if t, ok := f["decided_at"].(time.Time); ok {
		from = t
	}
	if from.IsZero() {
		return
	}
	day := calendar.DayOf(from)
	for name, v := range map[string]calendar.Day{"valid_from": day, "valid_to": day.AddMonths(months)} {
		if _, ok := f[name]; !ok {
			f[name] = v
		}
	}
}
