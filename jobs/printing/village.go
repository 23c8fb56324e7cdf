package printing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"anju/models/history"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// The papers of group and village: F01, F02 and F21 to F25.

// application fills F01: both opinions stand on the application itself (R38, R45).
func application(p filling) {
	p.put("applicant_date", calendar.DayOf(p.c.OpenedAt))
	opinions := p.part("opinions")
	if l, ok := p.act(glossary.SignOpinion, glossary.GroupNotice); ok {
		opinions["group"] = opinion(l)
	}
	if l, ok := p.act(glossary.SignOpinion, glossary.VillageReview); ok {
		opinions["village"] = opinion(l)
	}
}

// commitment fills F02: the second and third promise are made where their number stands.
func commitment(p filling) {
	a := workflow.Applied[forms.Application](p.c).Commitment
	of := p.part("commitment")
	of["c2"], of["c3"] = a.Months > 0, a.Days > 0
	of["date"] = calendar.DayOf(p.c.OpenedAt)
}

// publicNotice fills F21: the period of the notice, the organisation that hung it, and what came of it (R34, R35, R38).
func publicNotice(p filling) {
	r, ok := p.c.Latest(glossary.PublicNoticeKind)
	if !ok {
		return
	}
	n := workflow.Recorded[forms.PublicNotice](r)
	p.put("notice_from", n.PostedOn)
	p.put("notice_to", p.dueOn(law.L02.ID))
	for _, l := range p.lines {
		if l.Office == r.Office {
			p.put("group_office", l.OfficeName)
		}
	}
	p.put("objection_place", p.to["group_office"])
	near, far := p.photographs("HP06")
	p.put("photo_near", near)
	p.put("photo_far", far)
	if l, ok := p.act(glossary.SignOpinion, glossary.GroupNotice); ok {
		p.noticeResult(l)
	} else if l, ok := p.act(glossary.UpholdObjection); ok {
		p.noticeResult(l)
	}
}

// noticeResult certifies what came of the notice, as the head of the group signed it.
func (p filling) noticeResult(l history.Line) {
	objections := len(p.records(glossary.ObjectionKind))
	result, note := "none", "公示期内没有收到异议。"
	switch {
	case l.Verb == string(glossary.UpholdObjection):
		result, note = "upheld", fmt.Sprintf("收到异议 %d 件，经核查异议成立，已退回申请户。", objections)
	case objections > 0:
		result, note = "dismissed", fmt.Sprintf("收到异议 %d 件，经核查均不成立，已答复。", objections)
	}
	p.put("notice_result", result)
	p.put("notice_note", note)
	p.put("notice_head", l.OfficerName)
	p.put("notice_signed_on", l.At)
}

// dueOn is the last day of the newest run of a limit, 0 where it never ran.
func (p filling) dueOn(id law.LimitID) calendar.Day {
	for _, d := range slices.Backward(p.c.Deadlines) {
		if d.Limit == id {
			return d.DueOn
		}
	}
	return 0
}

// photographs name the first two scans of a code.
func (p filling) photographs(code string) (near, far string) {
	var found []string
	for _, m := range p.c.File.Materials {
		if m.Code == code {
			found = append(found, fmt.Sprintf("影像 %s（%s 上传，摘要 %s）", m.Name, calendar.DayOf(m.At), short(m.Hash)))
		}
	}
	switch len(found) {
	case 0:
		return "", ""
	case 1:
		return found[0], ""
	}
	return found[0], found[1]
}

// short is as much of a digest as is compared by eye.
func short(hash string) string { return hash[:min(12, len(hash))] }

// objection fills F22: each objection with the finding that answered it (R36, A5).
func objection(p filling) {
	var list []any
	for _, r := range p.records(glossary.ObjectionKind) {
		o := sent(r)
		o["at"], o["registrar"] = r.At, p.writer(r)
		for _, l := range p.lines {
			upheld := l.Verb == string(glossary.UpholdObjection)
			if l.At.Before(r.At) || !upheld && l.Verb != string(glossary.DismissObjection) {
				continue
			}
			finding := said(l)
			finding["result"], finding["head"] = map[bool]string{true: "upheld", false: "dismissed"}[upheld], l.OfficerName
			finding["office"] = l.OfficeName
			o["answer"] = finding
			break
		}
		list = append(list, o)
	}
	p.put("objections", list)
}

// meeting fills F23: the shares that the law asks for are counted by the program (R33, A3).
func meeting(p filling) {
	if l, ok := p.act(glossary.Submit, glossary.GroupReceived); ok {
		p.put("notice_on", said(l)["notice_on"])
	}
	r, ok := p.c.Latest(glossary.MeetingRecordKind)
	if !ok {
		return
	}
	m := workflow.Recorded[forms.MeetingRecord](r)
	p.put("notice_on", m.NoticeOn)
	p.put("quorate", m.Quorate())
	p.put("carried", m.Carried())
	share, of := "到会人数的过半数", m.Present
	if m.Body != forms.GroupVillagerMeeting {
		share, of = "应到人数的三分之二以上", m.Expected
	}
	p.put("quorum_note", fmt.Sprintf("应到 %d 人，实到 %d 人（应有三分之二以上到会）；同意 %d 票，须达到 %s（%d 人）。",
		m.Expected, m.Present, m.Agree, share, of))
	verdict := "表决未通过，退回申请户。"
	if m.Quorate() && m.Carried() {
		verdict = "表决通过，同意该户的申请，按规定公示。"
	}
	p.put("meeting_conclusion", verdict)
}

// neighborOf finds the name of a neighbour in the line of names: 东邻赵大明、南邻张志强.
var neighborOf = map[string]*regexp.Regexp{"east": regexp.MustCompile(`东邻[：:]?([^、，；,;。\s]+)`),
	"south": regexp.MustCompile(`南邻[：:]?([^、，；,;。\s]+)`), "west": regexp.MustCompile(`西邻[：:]?([^、，；,;。\s]+)`),
	"north": regexp.MustCompile(`北邻[：:]?([^、，；,;。\s]+)`)}

// neighbors fills F24: what each neighbour said, who asked, and the village's opinion (R44, A16).
func neighbors(p filling) {
	r, ok := p.c.Latest(glossary.NeighborKind)
	if !ok {
		return
	}
	said := sent(r)
	names, _ := said["names"].(string)
	sides := p.part("neighbors")
	for side, name := range neighborOf {
		n := fields{"opinion": said[side]}
		if m := name.FindStringSubmatch(names); m != nil {
			n["name"] = m[1]
		}
		sides[side] = n
	}
	p.put("investigator", p.writer(r))
	p.put("investigated_on", r.At)
	if l, ok := p.act(glossary.SignOpinion, glossary.VillageReview); ok {
		p.part("opinions")["village"] = opinion(l)
	}
}

// villageSheet fills F25: the conclusion with its head, and what goes to the township (R40, R45).
func villageSheet(p filling) {
	for _, l := range p.lines {
		if l.To == glossary.VillageReview && l.From != l.To {
			p.put("village_received_on", l.At)
		}
	}
	signed, passed := p.act(glossary.SignOpinion, glossary.VillageReview)
	returned, failed := p.act(glossary.Return, glossary.VillageReview)
	switch {
	case passed && (!failed || returned.At.Before(signed.At)):
		p.put("village_result", "passed")
		p.part("opinions")["village"] = opinion(signed)
		p.put("handover", p.handedOver())
		p.put("handed_by", signed.OfficerName)
		p.put("handed_on", signed.At)
	case failed:
		p.put("village_result", "failed")
		p.put("village_articles", returned.Reason)
		p.part("opinions")["village"] = fields{"opinion": returned.Reason, "head": returned.OfficerName, "date": returned.At}
	}
	for _, l := range p.lines {
		if passed && l.From == glossary.TownshipIntake && l.Officer != 0 && l.At.After(signed.At) {
			p.put("taken_by", l.OfficerName)
			break
		}
	}
}

// handedOver lists what goes on to the township: the applicant's papers and the records of group and village.
func (p filling) handedOver() string {
	var list []string
	for _, paper := range p.ch.Papers {
		if paper.Applicants() && p.c.HasMaterial(paper.Code) {
			list = append(list, paper.Name)
		}
	}
	for _, k := range []glossary.RecordKind{glossary.MeetingRecordKind, glossary.PublicNoticeKind, glossary.NeighborKind,
		glossary.VillageSheetKind} {
		if _, written := p.c.Latest(k); written {
			list = append(list, k.Title())
		}
	}
	return strings.Join(list, "、") + "，各一份"
}
