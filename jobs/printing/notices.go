package printing

import (
	"fmt"
	"slices"
	"strings"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/serving"
)

// The notices and decisions of the procedure: F14 to F18, F20, F34, F36 and the list of what is asked for.

// receipt fills F14 with who took the papers in, and whether they are originals.
func receipt(p filling) {
	counter := p.f.Offices[p.county.Chains.Desk(p.ch.Counter, p.c)]
	p.put("receiver", counter)
	if l, ok := p.issued(); ok && l.OfficeName == counter {
		p.put("receiver", l.OfficerName)
	}
	var list []any
	for _, paper := range p.ch.Papers {
		held := paper.Held(p.facts())
		if !paper.Applicants() || !held && !paper.IsOwed(p.facts()) {
			continue // what is not owed is not missing
		}
		form := "原件"
		if strings.Contains(paper.Name, "复印件") {
			form = "复印件"
		}
		list = append(list, fields{"name": paper.Name, "copies": "1", "form": form, "present": held})
	}
	p.put("materials", list)
	p.to["deemed"] = p.deemed()
}

// deemed tells whether the matter is accepted by lapse of time: a licence is, a registration is not (Licensing Law
// Art. 32(4), A19).
func (p filling) deemed() bool {
	return slices.ContainsFunc(p.ch.Stages, func(st workflow.Stage) bool {
		return slices.ContainsFunc(st.Actions, func(a workflow.Action) bool { return a.Do == glossary.DeemedAccepted })
	})
}

// facts are what a paper's row of the chain is judged by.
func (p filling) facts() workflow.Facts {
	return workflow.Facts{Chain: p.ch, Case: p.c, County: p.county}
}

// acceptance fills F15 with the person to be reached.
func acceptance(p filling) {
	p.part("contact")["name"] = p.f.Household.Householder.Name
}

// correction fills F16: by when, and to whom questions go. Its items are those of the one correction notice (A8).
func correction(p filling) {
	if l, ok := p.issued(); ok {
		p.put("correct_by", said(l)["until"])
	}
	p.to["deemed"] = p.deemed()
	p.consult()
}

// lapse fills F41: which notice asked for what was not handed in, and by when (A8).
func lapse(p filling) {
	denial(p)
	p.put("correction_no", p.numberOf(glossary.CorrectionNotice))
	if l, ok := p.act(glossary.RequestCorrect); ok {
		p.put("correct_by", said(l)["until"])
	}
}

// hearingCall fills F43: when and where the hearing is held, and who chairs it (Licensing Law Art. 48).
func hearingCall(p filling) {
	if l, ok := p.issued(); ok {
		p.put("place_of_hearing", said(l)["place"])
	}
	if asked, ok := p.c.Latest(glossary.HearingAskedKind); ok {
		p.put("requested_by", workflow.Recorded[forms.HearingRequest](asked).Applicant)
	}
	p.consult()
}

// certificateEnded fills F42: which certificate, and what was corrected on it (Licensing Law Art. 69, 70).
func certificateEnded(p filling) {
	l, ok := p.issued()
	if !ok {
		return
	}
	act := said(l)
	p.put("void_reason", act["reason"])
	for _, d := range p.c.File.Documents {
		if d.Number == act["number"] {
			p.put("certificate_title", d.Title)
		}
	}
	p.put("corrections", corrections(act["corrected"]))
}

// corrections says in words what a certificate now says; "" for nothing.
func corrections(of any) string {
	change, _ := of.(map[string]any)
	var list []string
	for _, f := range []struct{ name, title, unit string }{{"address", "地址", ""}, {"homestead_area", "宅基地面积", "平方米"},
		{"footprint_area", "房基占地面积", "平方米"}, {"building_area", "建筑面积", "平方米"}, {"height", "高度", "米"}, {"floors", "层数", "层"}} {
		if v, ok := change[f.name]; ok && v != "" {
			list = append(list, fmt.Sprint(f.title, "更正为", v, f.unit))
		}
	}
	if b, ok := change["boundary"].(map[string]any); ok {
		list = append(list, fmt.Sprintf("四至更正为东至%v、南至%v、西至%v、北至%v", b["east"], b["south"], b["west"], b["north"]))
	}
	return strings.Join(list, "；")
}

// consult names the officer who wrote a notice, and how the office is reached.
func (p filling) consult() {
	if l, ok := p.issued(); ok {
		p.contact(l.OfficerName, l.Office)
	}
}

// contact names a person of an office, and the office's telephone.
func (p filling) contact(name any, office workflow.OfficeID) {
	p.to["contact"] = fields{"name": name, "phone": p.f.Phones[office]}
}

// refusal fills F17 with the reason that was typed (Licensing Law Art. 32(1), (2)).
func refusal(p filling) {
	if l, ok := p.issued(); ok {
		p.put("refusal_reason", l.Reason)
	}
}

// denial fills F20 with the reason of the decision (Licensing Law Art. 38(2)).
func denial(p filling) {
	if l, ok := p.issued(); ok {
		p.put("denial_reason", l.Reason)
	}
}

// special fills F18, for a special procedure or for an extension (Licensing Law Art. 42, 45).
func special(p filling) {
	if e := p.c.File.Extended; e != nil && p.d.Kind == glossary.ExtensionDoc {
		p.to["notice"], p.to["title"] = "extension", p.d.Title
		part := fields{"days": e.Days, "reason": e.Reason, "on": e.On}
		if on := p.decideBy(); on != 0 {
			part["due_on"] = on
		}
		p.to["extension"] = part
		return
	}
	if n, ok := forms.PauseOf(p.c, p.d); ok {
		p.to["notice"], p.to["title"] = "special_procedure", p.d.Title
		p.to["suspension"] = fields{"ground": workflow.SuspensionGround(n.Ground).Title(), "expected_days": n.Days,
			"evidence": n.Evidence}
	}
}

// decideBy is the day by which the decision is owed, 0 where no time to the decision runs.
func (p filling) decideBy() calendar.Day {
	for _, d := range p.c.Deadlines {
		if clock, ok := p.ch.Clock(d, p.c.State); ok && clock.Limit.Decides && clock.Limit.Spans {
			return d.DueOn
		}
	}
	return 0
}

// hearing fills F36: what is to be decided, and who may ask for a hearing (Licensing Law Art. 36, 47).
func hearing(p filling) {
	if l, ok := p.issued(); ok && l.Verb == string(glossary.HearingNoticeKind) {
		p.to["hearing_notice"] = said(l)
	}
	p.consult()
	r, ok := p.c.Latest(glossary.HearingHeldKind)
	if !ok {
		return
	}
	held := sent(r)
	held["at"] = r.At
	if on, ok := held["held_on"]; ok {
		held["at"] = on
	}
	if held["recorder"] == nil {
		held["recorder"] = p.writer(r)
	}
	if asked, ok := p.c.Latest(glossary.HearingAskedKind); ok {
		held["speaker"] = workflow.Recorded[forms.HearingRequest](asked).Applicant
	}
	p.to["hearing_record"] = held
}

// service fills F34: the papers of its authority that were served with the entry that issued it.
func service(p filling) {
	part := p.part("service")
	var names, numbers, periods []string
	for _, d := range p.c.File.Documents {
		if d.Service == nil || !d.Service.At.Equal(p.d.IssuedAt) || d.Authority != p.d.Authority {
			continue
		}
		names = append(names, d.Title)
		if d.Number != "" {
			numbers = append(numbers, d.Number)
		}
		var days []string
		if dues, err := serving.Dues(p.ch, d, p.county.Calendar); err == nil {
			for _, x := range dues {
				days = append(days, x.Name+"至"+x.On.Civil())
			}
		}
		if len(days) > 0 {
			periods = append(periods, d.Title+strings.Join(days, "，"))
		}
		s := d.Service
		part["method"], part["addressee"] = s.Method, p.c.Householder
		part["served_at"], part["proxy"], part["evidence"] = s.On, s.Agent, s.Evidence
		if serving.Signed(s.Method) {
			part["receiver"], part["received_at"] = s.Receiver, s.On
		}
		if len(s.Witnesses) > 0 {
			part["witness"], part["witnessed_on"] = strings.Join(s.Witnesses, "、"), s.On
		}
	}
	part["document"], part["document_no"] = strings.Join(names, "、"), strings.Join(numbers, "、")
	part["note"] = strings.Join(periods, "；")
	if l, ok := p.issued(); ok {
		part["servers"] = l.OfficerName
	}
}

// guidance fills the list of what is asked for.
func guidance(p filling) { p.put("checklist", p.checklist()) }

// checklist is what was asked for, and whether it is there.
func (p filling) checklist() []any {
	var list []any
	for _, paper := range p.ch.Papers {
		if paper.Applicants() && paper.IsOwed(p.facts()) {
			list = append(list, fields{"name": paper.Name, "present": paper.Held(p.facts())})
		}
	}
	return list
}
