package handlers_test

import (
	"fmt"

	"anju/handlers"
)

// granted walks a homestead to its end: the certificates handed out, the file put away.
func (b *borders) granted(n int, with ...any) any {
	b.Helper()
	b.handIn(b.household(n, 3, "0.00"), with...)
	b.until("archived")
	return b.look("counter")["household"].(map[string]any)["id"]
}

// started opens a start of a low-rise house, hands everything in and says what came of it.
func (b *borders) started(chain string, household any, with ...any) string {
	b.Helper()
	if said := b.apply(chain, household, with...); said != "→ draft" {
		return said
	}
	b.writes("counter", "guidance_notice")
	for _, m := range b.look("counter")["materials"].([]any) {
		if m := m.(map[string]any); m["present"] != true {
			b.as("counter").Upload("/api/v1/cases/"+b.id+"/materials", fmt.Sprint(m["code"]), "a.png", handlers.SmallPNG)
		}
	}
	return b.does("counter", "submit")
}

func bordersOfCertificates(b *borders) {
	owner := b.granted(1)
	home := b.id
	certificate := func() any { return b.of(home).paper("F05")["number"] }
	b.line(0, "A32", "a second homestead for who was granted one", "refused A32", b.handIn(owner))
	b.does("counter", "withdraw")
	b.line(0, "Licensing Law 70", "cancelled by the village", "not its office",
		b.of(home).writes("village", "cancel_certificate", "number", certificate()))
	b.line(0, "R53", "cancelled under a number that was never issued", "refused R53",
		b.writes("township", "cancel_certificate", "number", "农宅字1408241002020001号"))
	b.line(30, "Licensing Law 70", "cancelled after the expropriation", "written",
		b.writes("township", "cancel_certificate", "number", certificate(), "ground", "other", "facts", "宅基地已被依法征收"))
	b.line(0, "R53", "cancelled twice", "refused R53", b.writes("township", "cancel_certificate", "number", certificate()))
	b.line(30, "A32", "applied for again after the expropriation", "→ group_received",
		b.handIn(owner, "grounds", []string{"expropriated"}, "expropriated", "expropriated"))

	b.granted(2)
	home = b.id
	permit := b.paper("F04")["number"]
	b.line(0, "Licensing Law 69", "the permit revoked by the bureau in whose name it was issued", "written",
		b.writes("resources", "revoke_certificate", "number", permit))
	b.line(0, "Licensing Law 69", "what rests on it is given anew while the question is open", "refused R53",
		b.writes("township", "reissue_certificate", "number", certificate()))
	b.line(0, "Licensing Law 69", "what rests on it is a question for the township", "[question]", fmt.Sprint(b.tasks("township")))
	b.line(0, "A31", "a certificate kept by an office that did not issue it", "refused R53",
		b.writes("resources", "keep_certificate", "number", certificate()))
	b.line(0, "A31", "kept by who issued it", "written", b.writes("township", "keep_certificate", "number", certificate()))
	b.line(0, "R53", "a certificate replaced, and nothing corrected", "refused R53",
		b.writes("township", "void_certificate", "number", certificate(), "replace", true, "corrected", nil))
	renew := func(on string) string { return b.writes("counter", "renewal_request", "number", certificate()) }
	b.line(36, "Licensing Law 50", "renewal asked for, without the applicant's signature", "refused A31",
		b.writes("counter", "renewal_request", "number", certificate(), "signature", nil))
	b.line(36, "Licensing Law 50", "renewal asked for in time", "written", renew(""))
	b.line(36, "Licensing Law 50", "renewed for longer than was asked", "refused R53",
		b.writes("township", "renew_certificate", "number", certificate(), "months", 60))
	b.line(0, "Licensing Law 50", "renewed by an office that did not issue it", "refused R53",
		b.writes("resources", "renew_certificate", "number", certificate()))
}

func bordersOfStarts(b *borders) {
	const chain = "construction_start.low_rise"
	ready := b.proposed("building_area", "300.00", "max_span", "5.99", "footprint_area", "150.00", "homestead_area", "160.00")
	as := func(with ...any) []any {
		return append([]any{"building_area", "300.00", "max_span", "5.99", "footprint_area", "150.00"}, with...)
	}
	owner := b.granted(1, "proposed", ready)
	b.line(34, "R7, A17", "300.01 ㎡, 300.00 permitted", "refused R64 R7", b.started(chain, owner, as("building_area", "300.01")...))
	b.line(34, "R7", "three floors, two permitted", "refused R64 R7", b.started(chain, owner, as("floors", 3)...))
	b.line(34, "R7", "a span of 6.00 m", "refused R7", b.started(chain, owner, as("max_span", "6.00")...))
	b.line(0, "R64", "299.99 ㎡ where 300.00 are permitted", "→ submitted", b.started(chain, owner, as("building_area", "299.99")...))
	b.does("counter", "withdraw")
	b.line(34, "R7, R63–R70", "300.00 ㎡, two floors, 5.99 m", "→ submitted", b.started(chain, owner, as()...))
	first := b.id
	b.line(0, "R71", "accepted by the bureau", "not its office", b.does("approval", "accept"))
	b.does("counter", "accept")
	b.line(0, "R71, A19", "taken up on 03-10: the promised time of the review", "L12 2026-03-17", b.due("L12"))
	b.line(38, "A20", "a second start for the house", "refused A29", b.started(chain, owner, as()...))
	b.line(0, "R71", "registered without a visit of the site", "refused R71", b.of(first).does("counter", "register_commencement"))
	b.writes("counter", "site_record")
	b.line(39, "R125", "registered over an open violation", "refused R125", func() string {
		b.apply("violation", owner)
		return b.of(first).does("counter", "register_commencement")
	}())
	permit := ""
	for _, c := range b.file(owner) {
		if c["chain"] == "homestead" {
			b.of(fmt.Sprint(c["id"]))
			permit = fmt.Sprint(b.paper("F04")["number"])
		}
		if c["chain"] == "violation" {
			b.of(fmt.Sprint(c["id"])).does("township", "close")
		}
	}
	b.line(37, "R64", "registered under a permit that was cancelled meanwhile", "refused R64", func() string {
		for _, c := range b.file(owner) {
			if c["chain"] == "homestead" {
				b.of(fmt.Sprint(c["id"])).writes("township", "cancel_certificate", "number", permit)
				b.writes("resources", "cancel_certificate", "number", permit)
			}
		}
		return b.of(first).does("counter", "register_commencement")
	}())

	late := b.granted(2, "proposed", ready)
	b.line(0, "A8", "a start for which papers were asked for, served, the term over", "→ submitted, → terminated, 稷峰镇人民政府",
		b.started(chain, late, as()...)+", "+b.lapsed())
	for _, day := range []string{"2027-05-01", "2028-04-01", "2028-12-01"} { // the demo's clock goes a year at most at a time
		b.at(day + " 09:00")
	}
	b.line(36, "A31", "a start after the certificate expired", "refused A31", b.started(chain, late, as()...))
}

// file lists the cases of a household.
func (b *borders) file(household any) (list []map[string]any) {
	b.Helper()
	_, m := b.as("counter").Ask("GET", fmt.Sprint("/api/v1/households/", household), "")
	for _, c := range m["cases"].([]any) {
		list = append(list, c.(map[string]any))
	}
	return list
}

func bordersOfOtherStarts(b *borders) {
	const chain = "construction_start.other"
	low := b.granted(1, "proposed", b.proposed("max_span", "5.99"))
	b.line(35, "R8", "two floors, 200.00 ㎡, 5.99 m: a low-rise house", "refused R8", b.started(chain, low, b.asOther("5.99")...))
	wide := b.granted(2, "proposed", b.proposed("max_span", "6.00"))
	b.line(0, "R9, R86", "with a builder that is not in the register", "refused R86", b.started(chain, wide, append(b.asOther("6.00"),
		"builder", "91140824MA0ANJU99X")...))
	b.does("counter", "withdraw")
	b.line(35, "R8, R78–R89", "two floors, 200.00 ㎡, 6.00 m", "→ submitted", b.started(chain, wide, b.asOther("6.00")...))
	b.line(0, "A8", "papers asked for, served, the term over: in whose name it ends", "→ terminated, 稷山县行政审批服务管理局", b.lapsed())
}

// lapsed lets a case end for want of papers in a county that has confirmed A8, and says in whose name.
func (b *borders) lapsed() string {
	b.Helper()
	b.set.Parameters.LapseUncorrected = true
	b.does("counter", "request_correction")
	b.writes("counter", "service_record", "papers", []string{fmt.Sprint(b.paper("F16")["number"])})
	b.at(b.day(90) + " 09:00")
	return b.does("counter", "terminate") + ", " + b.issuers("F41")
}

// asOther is what a start of an other building says of the house of the published homestead.
func (b *borders) asOther(span string) []any {
	return []any{"floors", 2, "building_area", "200.00", "footprint_area", "100.00", "height", "7.20", "max_span", span}
}

func bordersOfAcceptance(b *borders) {
	b.apply("completion_acceptance.low_rise", nil)
	b.as("counter").Upload("/api/v1/cases/"+b.id+"/materials", "LA01", "a.png", handlers.SmallPNG)
	b.does("counter", "submit")
	b.line(0, "R75", "a person in charge that no officer is", "refused R75", b.does("township", "assign", "officer", "孙悟空"))
	b.does("township", "assign")
	b.does("planning", "call")
	for _, k := range []string{"applicant_opinion", "design_opinion", "construction_opinion", "completion_form", "resources_opinion"} {
		b.writes("planning", k)
	}
	b.writes("economic", "agriculture_opinion")
	actual := func(area string) string {
		return b.writes("planning", "acceptance_opinion_sheet", "actual", map[string]any{"building_area": area, "floors": 2,
			"footprint_area": "90.00", "height": "7.20", "homestead_area": "110.00"})
	}
	actual("160.00")
	b.line(43, "R75", "three signatures of four", "refused R75", b.does("planning", "inspect_completion"))
	b.line(0, "R75, A9", "the planning office writes for the economic office", "not its office", b.writes("planning", "agriculture_opinion"))
	b.writes("planning", "supervision_opinion")
	actual("160.01")
	b.line(43, "A21", "measured 160.01 ㎡ where 160.00 are permitted", "refused A21", b.does("planning", "inspect_completion"))
	actual("160.00")
	b.line(0, "R75", "the counter finds it sound", "not its office", b.does("counter", "inspect_completion"))
	b.line(43, "R75", "four signatures, 160.00 ㎡", "→ passed", b.does("planning", "inspect_completion"))
	b.line(0, "R76, L14", "passed on 03-02: a month for the sheet", "L14 2026-04-02", b.due("L14"))
	b.line(0, "R76", "put away by the economic office", "not its office", b.does("economic", "archive"))
	b.line(0, "R76, R47", "put away", "→ archived", b.does("planning", "archive"))
}

func bordersOfBusiness(b *borders) {
	check := func() {
		b.writes("station", "guidance_notice")
		for _, code := range []string{"BU01", "BU02", "BU03"} {
			b.as("station").Upload("/api/v1/cases/"+b.id+"/materials", code, "a.png", handlers.SmallPNG)
		}
		for _, step := range [][2]string{{"station", "submit"}, {"station", "complete"}, {"station", "push"}, {"township", "receive"}} {
			b.does(step[0], step[1])
		}
	}
	b.apply("business_use", b.household(1, 3, "120.00"))
	check()
	b.writes("planning", "premises_check")
	b.line(44, "R100, R101", "premises without papers of acceptance", "refused R101", b.does("township", "verify"))
	b.does("township", "appraise")
	b.line(44, "A27", "appraised by an agency that is not in the register", "written, refused A27",
		b.writes("township", "appraisal_report", "agency", "91140802MA0ANJU999")+", "+b.does("station", "resubmit"))
	b.line(44, "R101", "appraised with grade C, and verified", "written, → township_check, refused R101",
		b.writes("township", "appraisal_report", "grade", "C")+", "+b.does("station", "resubmit")+", "+b.does("township", "verify"))
	b.does("township", "appraise")
	b.line(0, "R101", "appraised with grade B", "written, → township_check",
		b.writes("township", "appraisal_report", "grade", "B")+", "+b.does("station", "resubmit"))
	b.line(0, "R100", "checked by one person", "refused R100", b.writes("planning", "premises_check", "checkers", []string{"杜建业"}))
	b.writes("planning", "premises_check", "qualified", false, "reason", "疏散通道被堵")
	b.line(0, "R102", "verified over a failed check", "refused R102", b.does("township", "verify"))
	b.does("township", "stop")
	b.line(0, "R102, L19", "stopped on Monday 03-02: one working day to report", "L19 2026-03-03", b.due("L19"))
	b.does("township", "notify_by_letter")
	b.line(45, "R103, L20", "reported on 03-02: three working days to order", "L20 2026-03-05", b.due("L20"))
	b.line(0, "R104", "an order without a day", "refused field change_by", b.does("station", "order_premises_change", "change_by", nil))
	b.line(0, "R104, A25", "an order to change today", "refused A25", b.does("station", "order_premises_change", "change_by", b.day(0)))
	b.does("station", "order_premises_change", "change_by", "2026-03-31")
	b.line(45, "R105", "enforced before the day, the order not served", "refused R103 R105", b.does("station", "enforce"))
	b.at("2026-03-31 23:59")
	b.line(0, "R105", "enforced on the day at 23:59", "refused R103 R105", b.does("station", "enforce"))
	b.at("2026-04-01 00:00")
	b.line(0, "R103, R105", "enforced when the day is over, the order never served", "refused R103", b.does("station", "enforce"))
	b.line(0, "R105", "enforced when it is over, the order served", "written, → enforcement", b.writes("station", "service_record",
		"papers", []string{fmt.Sprint(b.paper("F31")["number"])})+", "+b.does("station", "enforce"))

	b.apply("business_use", nil)
	owner := b.look("counter")["household"].(map[string]any)["id"]
	business := b.id
	check()
	b.writes("planning", "premises_check")
	b.line(46, "R115", "premises in a house out of use", "refused R115", func() string {
		b.apply("hazard", owner)
		b.does("planning", "grade", "level", "major")
		b.does("township", "stop_use")
		return b.of(business).does("township", "verify")
	}())
	b.line(0, "R93", "a company's premises, opened by the market station", "not its office", b.apply("business_use", owner, "kind", "company"))
}

func bordersOfPatrol(b *borders) {
	low := func(with ...any) string {
		return b.apply("violation", b.household(len(b.lines)+1, 3, "120.00"), with...)
	}
	b.line(40, "R124", "begun on 2021-01-31, before registration was asked for", "refused R124", low("started_on", "2021-01-31"))
	low()
	b.line(0, "R109, R125", "closed as no violation by who found it", "not its office", b.does("planning", "close"))
	b.line(0, "R109", "closed as no violation by the head of the township", "→ closed", b.does("township", "close"))
	b.line(40, "R124", "begun on 2021-02-01", "→ found", low("started_on", "2021-02-01"))
	b.line(41, "R109", "a low-rise house is referred to the bureau", "refused R110", b.does("township", "refer", "answer_by", "2026-03-20"))
	b.does("township", "order_stop_work")
	b.line(0, "R124", "ordered without a day", "refused field rectify_by", b.does("township", "order_rectification", "rectify_by", nil))
	b.line(0, "R124", "ordered by the planning office", "not its office", b.does("planning", "order_rectification"))
	b.line(0, "R124, A25", "ordered until 03-31", "→ ordered, A25 2026-03-31",
		b.does("township", "order_rectification", "rectify_by", "2026-03-31")+", "+b.due("A25"))
	b.line(0, "A26", "closed before a recheck", "not in this state", b.does("township", "close"))
	b.line(40, "R110", "three floors", "→ found", low("floors", 3))
	b.line(42, "R110", "referred by the planning office, the work not stopped", "not its office", b.does("planning", "refer"))
	b.line(0, "R110, L21", "found: one working day to refer", "L21 2026-03-03", b.due("L21"))
	b.does("township", "order_stop_work")
	b.line(41, "R110", "an other building is ordered by the township", "refused R110", b.does("township", "order_rectification"))
	b.line(0, "R110", "referred, and the day of the answer", "→ referred, A25 2026-03-20",
		b.does("planning", "refer", "answer_by", "2026-03-20")+", "+b.due("A25"))
	b.line(0, "R116", "answered before the bureau took it in", "refused R116", b.does("housing", "give_feedback"))
	b.line(0, "R116", "answered by another bureau", "not its office", b.does("resources", "give_feedback"))
	b.at("2026-03-21 00:00")
	b.line(0, "R116, A25", "no answer by the day: the register", "A25 稷山县住房和城乡建设管理局", b.red())

	b.apply("hazard", b.household(40, 3, "120.00"))
	b.does("planning", "grade", "level", "major")
	b.line(0, "R114, R115", "a major hazard is only advised on", "refused R114", b.does("planning", "guide"))
	b.line(0, "R115, L21", "a major hazard: one working day to stop the use", "L21 2026-03-23", b.due("L21"))
}
