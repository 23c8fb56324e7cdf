package handlers_test

import (
	"fmt"
	"time"

	"anju/workflow/law"
)

// received is a case that the township's counter received just now.
func (b *borders) received(n int, with ...any) string {
	b.Helper()
	if said := b.handIn(b.household(n, 3, "0.00"), with...); said != "→ group_received" {
		b.Fatalf("household %d: %s", n, said)
	}
	b.until("township_intake")
	return b.id
}

func bordersOfHolidays(b *borders) {
	b.at("2026-09-18 09:00")
	first := b.noticed(1)
	b.at("2026-09-29 09:00")
	b.does("group", "sign_opinion")
	b.does("group", "forward")
	b.line(0, "R40, L04", "the village has it on 09-29: five days end in the holiday", "L04 2026-10-08", b.due("L04"))
	b.writes("village", "neighbor_opinion")
	b.writes("village", "village_review_sheet")
	b.at("2026-09-30 10:00")
	b.does("village", "sign_opinion")
	b.line(14, "R48, L05", "received on 09-30: 10-10 is a Saturday that is worked", "L05 2026-10-13", b.due("L05"))
	b.handIn(b.household(2, 3, "0.00"))
	b.line(15, "R33, L01", "the group has it on 09-30: the tenth day is the worked Saturday", "L01 2026-10-10", b.due("L01"))
	b.at("2026-10-13 23:59")
	b.line(14, "Licensing Law 32(四)", "10-13 at 23:59", "township_intake", b.of(first).stands())
	b.at("2026-10-14 00:00")
	b.line(14, "R48, R49, L06", "10-14 at 00:00, the review counted from 09-30", "joint_review, L06 2026-10-27",
		b.stands()+", "+b.due("L06"))
	third := b.noticed(3)
	b.line(0, "R35, L02", "a notice posted on 10-14", "L02 2026-10-21", b.of(third).due("L02"))
}

func bordersOfNewYear(b *borders) {
	b.set.Parameters.Promises = map[law.LimitID]int{"L05": 1, "L06": 10, "L01": 7}
	b.at("2026-12-14 09:00")
	b.handIn(b.household(1, 3, "0.00"))
	b.line(0, "R33, L01", "a promise of seven days beside the ten", "L01 2026-12-24 promised 2026-12-21", b.due("L01"))
	first := b.noticed(2)
	ready := b.noticed(4)
	b.at("2026-12-22 09:00")
	b.of(first).forwarded()
	b.line(16, "R48, L05", "a promise of one day beside the five", "L05 2026-12-29 promised 2026-12-23", b.due("L05"))
	b.at("2026-12-24 00:00")
	b.line(16, "Licensing Law 32(四)", "the promise passed: nothing is accepted", "township_intake", b.stands())
	b.line(16, "A25", "the promise that was missed is in the register", "L05 稷峰镇便民服务中心", b.red())
	b.at("2026-12-30 00:00")
	b.line(16, "Licensing Law 32(四)", "the statutory day passed", "joint_review", b.stands())
	b.at("2026-12-31 10:00")
	second := b.noticed(3)
	third := b.of(ready).forwarded()
	b.line(17, "R48, L05", "received on 12-31, the holidays of 2027 unpublished: weekdays, for the time being", "L05 2027-01-07 promised 2027-01-01", b.due("L05"))
	b.at("2027-01-09 00:00")
	b.line(17, "Licensing Law 32(四)", "nothing is accepted on a day that a publication may still put off", "township_intake, no card",
		b.stands()+", "+b.red())
	b.at("2027-01-11 09:00")
	b.line(17, "R35, L02", "a notice of 12-31, signed on 01-11", "refused R35", b.of(second).does("group", "sign_opinion"))
	b.at("2027-01-16 00:00")
	b.line(17, "Licensing Law 32(四), R35", "five further working days later: accepted, and signed", "joint_review, → group_opinion",
		b.of(third).stands()+", "+b.of(second).does("group", "sign_opinion"))
	b.of(first)
}

// forwarded takes a case over the group's and the village's signatures to the counter.
func (b *borders) forwarded() string {
	b.Helper()
	b.does("group", "sign_opinion")
	b.does("group", "forward")
	b.writes("village", "neighbor_opinion")
	b.writes("village", "village_review_sheet")
	b.does("village", "sign_opinion")
	return b.id
}

func bordersOfReview(b *borders) {
	farm := b.proposed("land_class", "farmland_class", "farmland", "cultivated")
	b.received(1, "proposed", farm)
	b.line(20, "R57, A15", "farmland without conversion, accepted", "refused R57", b.does("counter", "accept"))
	b.line(0, "R57", "the conversion is entered by the township", "not its office", b.writes("township", "land_conversion"))
	b.line(0, "R57", "a conversion approved tomorrow", "refused R57", b.writes("resources", "land_conversion", "approved_on", b.day(1)))
	b.line(20, "R57", "with the conversion of the bureau", "→ joint_review", func() string {
		b.writes("resources", "land_conversion", "approved_on", b.day(0))
		return b.does("counter", "accept")
	}())
	site := func(with ...any) string { return b.writes("planning", "site_record", with...) }
	b.line(21, "R49", "seen by one surveyor", "refused R49", site("surveyors", []string{"杜建业"}))
	b.line(21, "R49", "seen by one surveyor named twice", "refused R49", site("surveyors", []string{"杜建业", "杜建业"}))
	b.line(0, "R49", "seen by names that no officer has", "refused R49", site("surveyors", []string{"张三丰", "孙悟空"}))
	b.line(0, "R49, R50", "forwarded before the three offices wrote", "refused A34 R49 R50", b.does("economic", "forward"))
	b.line(0, "R49", "by two officers of the office", "written", site())
	b.writes("economic", "joint_review_sheet")
	b.writes("social", "joint_review_sheet")
	b.writes("planning", "planning_area_confirmation")
	b.line(0, "R50", "two opinions of three", "refused R50", b.does("economic", "forward"))
	b.line(0, "A9", "the counter writes an opinion of the joint review", "not its office", b.writes("counter", "joint_review_sheet"))
	b.line(0, "R50", "an office disagrees and names no article", "refused R50",
		b.writes("planning", "joint_review_sheet", "opinion", "disagree", "reason", "与村庄规划不符"))
	b.writes("planning", "joint_review_sheet", "opinion", "disagree", "reason", "与村庄规划不符", "article", "土地管理法第六十二条")
	b.line(22, "A9, R50", "the offices disagree", "refused R50", b.does("economic", "forward"))
	b.line(0, "A9", "the economic office confers", "not its office", b.writes("economic", "confer"))
	b.line(22, "A9", "the township confers, and the answer is no", "written, → decision",
		b.writes("township", "confer", "result", "disagree")+", "+b.does("economic", "forward"))
	b.line(22, "A9, R51", "approved all the same", "refused R51", b.does("township", "approve"))
	b.line(0, "R52", "the counter decides", "not its office", b.does("counter", "approve"))
	b.line(0, "R54", "denied without facts", "refused field facts", b.does("township", "deny", "facts", nil))
	b.line(22, "R54", "denied", "→ denied", b.does("township", "deny"))
	b.line(29, "A32", "applied for again after the denial", "→ group_received", func() string {
		id := b.look("counter")["household"].(map[string]any)["id"]
		return b.handIn(id)
	}())

	b.at("2026-05-18 09:00")
	b.noticed(3)
	b.at("2026-06-01 09:00")
	b.forwarded()
	b.does("counter", "accept")
	b.line(0, "R49, L06, L08", "accepted on 06-01: fifteen and twenty days over the Dragon Boat Festival", "L06 2026-06-23, L08 2026-06-30",
		b.due("L06", "L08"))
	b.until("decision")
	b.line(0, "R51, L07", "forwarded on 06-01: five days for the decision", "L07 2026-06-08", b.due("L07"))
	b.line(26, "Licensing Law 42", "extended by 11 days", "refused field days", b.writes("township", "extend_limit", "days", 11))
	b.line(0, "Licensing Law 42", "extended by the counter", "not its office", b.writes("counter", "extend_limit"))
	b.line(26, "Licensing Law 42, L08", "extended by 10", "written, L08 2026-07-14",
		b.writes("township", "extend_limit", "days", 10)+", "+b.due("L08"))
	b.line(26, "Licensing Law 42", "extended again", "refused R51", b.writes("township", "extend_limit", "days", 1))
	b.line(0, "R51, A31", "approved for no time", "refused field valid_months", b.does("township", "approve", "valid_months", 0))
}

// head is the householder.
func (b *borders) head() string {
	b.Helper()
	return fmt.Sprint(b.look("counter")["household"].(map[string]any)["head"])
}

// reviewedOnSite writes the site record and confirms where the plot lies.
func (b *borders) reviewedOnSite() {
	b.Helper()
	b.writes("planning", "site_record")
	b.writes("planning", "planning_area_confirmation")
}

// day is the date so many days after today.
func (b *borders) day(n int) string { return b.clk.Now().AddDate(0, 0, n).Format(time.DateOnly) }

func bordersOfHearings(b *borders) {
	b.received(1)
	b.does("counter", "accept")
	b.line(25, "R49, Licensing Law 45", "the clock stopped for a reason of no kind", "refused field ground",
		b.writes("township", "pause_clock", "ground", "workload"))
	b.line(25, "A16", "a hearing that was not asked for", "refused A16", b.writes("township", "hearing_call"))
	b.line(0, "A16", "asked for before the right was told", "refused A16", b.writes("counter", "hearing_request"))
	b.line(0, "A16", "the right is told", "written", b.writes("township", "hearing_notice"))
	b.line(0, "A16, L22", "not served yet: no time runs", "L22 none", b.due("L22"))
	b.until("decision")
	b.line(0, "A16", "decided before the notice was served", "refused A16", b.does("township", "approve"))
	serve := func(form string) string {
		return b.writes("counter", "service_record", "papers", []string{fmt.Sprint(b.paper(form)["number"])})
	}
	b.line(0, "A16, L22", "served on 03-10: five working days to ask", "written, L22 2026-03-17", serve("F36")+", "+b.due("L22"))
	b.line(0, "A16", "decided within these days", "refused A16", b.does("township", "approve"))
	b.line(0, "A16, L23", "asked for on 03-10: twenty working days", "written, L23 2026-04-08", b.writes("counter", "hearing_request")+", "+b.due("L23"))
	b.line(0, "A16", "a second interested party asks in the same days", "written", b.writes("counter", "hearing_request", "requested_by", "赵六"))
	b.line(0, "A16", "a hearing at 25:99", "refused field time", b.writes("township", "hearing_call", "held_on", "2026-03-25", "time", "25:99"))
	b.line(27, "Licensing Law 48", "held on the day it is called", "refused A16", b.writes("township", "hearing_call", "held_on", b.day(0)))
	b.line(27, "Licensing Law 48", "called on 03-10, held on 03-18: six working days between", "refused A16", b.writes("township", "hearing_call", "held_on", "2026-03-18"))
	b.line(0, "Licensing Law 48", "under the officer who examined", "refused A16",
		b.writes("township", "hearing_call", "held_on", "2026-03-20", "chair", "杜建业"))
	b.line(0, "Licensing Law 48", "one of the two who asked is left out", "refused A16",
		b.writes("township", "hearing_call", "held_on", "2026-03-20", "told", []string{b.head(), "赵六"}))
	b.line(0, "Licensing Law 48", "seven working days and more before", "written",
		b.writes("township", "hearing_call", "held_on", "2026-03-20", "told", []string{b.head(), "孙立", "赵六"}))
	b.line(27, "A16", "the record, before the day came", "refused A16", b.writes("township", "hearing_record"))
	b.line(0, "A16", "decided before it was held", "refused A16", b.does("township", "approve"))
	b.at("2026-03-20 15:00")
	b.line(0, "A16", "the record of the day", "written", b.writes("township", "hearing_record"))
	b.line(0, "R51", "decided after it", "→ approved", b.does("township", "approve"))

	b.received(2)
	b.does("counter", "accept")
	b.line(0, "A15", "stopped by the applicant's consent, on construction land", "refused R49",
		b.writes("township", "pause_clock", "ground", "consent", "evidence", "同意书"))
	was := b.due("L08")
	b.writes("township", "pause_clock")
	b.line(0, "Licensing Law 45", "stopped by a notice that was not served", was, b.due("L08"))
	serve("F18")
	b.line(0, "R49", "forwarded while the clock stands", "refused R49", func() string {
		b.reviewedOnSite()
		for _, l := range []string{"economic", "social", "planning"} {
			b.writes(l, "joint_review_sheet")
		}
		return b.does("economic", "forward")
	}())
	b.at("2026-05-20 09:00")
	b.line(26, "Licensing Law 45", "five weeks after the due day: the register", "no card", b.red())
	b.line(0, "R49", "resumed by the counter", "not its office", b.writes("counter", "resume_clock"))
	b.line(25, "R49", "resumed with a result from before the notice", "refused R49",
		b.writes("township", "resume_clock", "resulted_on", "2026-01-05"))
}

func bordersOfCountyTown(b *borders) {
	inside := []any{"inside_planning_area", true, "planning_area_note", "对照县城规划区范围图"}
	b.received(1, inside...)
	b.does("counter", "accept")
	b.line(23, "R60", "the township approves before the bureau", "not in this state", b.does("township", "approve"))
	b.reviewed()
	b.line(24, "R60, A12, L24", "after the review it lies with the bureau", "planning_decision", b.stands())
	b.line(24, "R60", "who has it in the list of tasks", "[stage]", fmt.Sprint(b.tasks("approval")))
	b.line(24, "R60", "the township decides for the bureau", "not its office", b.does("township", "approve"))
	b.line(24, "R60", "the head of the bureau denies", "→ decision", b.does("approval", "deny"))
	b.line(23, "R60", "the township approves after the bureau's denial", "refused R60", b.does("township", "approve"))
	b.line(23, "R54", "and denies its own", "→ denied", b.does("township", "deny"))
	b.line(0, "R54, A12", "who issued the two denials", "稷山县行政审批服务管理局, 稷峰镇人民政府", b.issuers("F20"))
	b.received(2, inside...)
	b.does("counter", "accept")
	b.line(0, "A34", "the planning office finds the plot outside", "written", b.writes("planning", "planning_area_confirmation", "agrees", false,
		"reason", "对照范围图，该地块在县城规划区外"))
	b.until("decision")
	b.line(0, "R59, A12", "outside, the permit is issued in whose name", "稷山县自然资源局", func() string {
		b.does("township", "approve")
		return b.issuers("F04")
	}())
}

// issuers lists in whose name the papers of a form were issued.
func (b *borders) issuers(form string) (list string) {
	b.Helper()
	for _, d := range b.look("counter")["documents"].([]any) {
		if d := d.(map[string]any); d["form"] == form {
			if list != "" {
				list += ", "
			}
			list += fmt.Sprint(d["issuer"])
		}
	}
	return list
}

func bordersOfWithdrawal(b *borders) {
	for i, state := range []string{"group_received", "group_meeting", "group_notice", "group_opinion", "village_review", "township_intake",
		"joint_review", "decision"} {
		b.handIn(b.household(i+1, 3, "0.00"))
		b.until(state)
		if state == "decision" {
			b.line(0, "A30", "taken back by a person who is not of the household", "refused A30", b.does("counter", "withdraw", "signed_by", "李某"))
			b.line(0, "A30", "taken back by another adult without authority", "refused A30", b.does("counter", "withdraw", "capacity", "agent"))
			b.line(0, "A30", "taken back by the village", "not its office", b.does("village", "withdraw"))
		}
		b.line(28, "A30", "taken back in "+state, "→ withdrawn, 稷峰镇人民政府", b.does("counter", "withdraw")+", "+b.issuers("F40"))
	}
	id := b.look("counter")["household"].(map[string]any)["id"]
	b.line(29, "A32", "applied for again after it was taken back", "→ group_received", b.handIn(id))
	b.until("approved")
	b.line(28, "A30", "taken back when it is approved", "not in this state", b.does("counter", "withdraw"))

	b.received(20)
	b.does("counter", "request_correction")
	b.line(0, "A8", "ended for want of papers, the county has not confirmed A8", "refused A8", b.does("counter", "terminate"))
	b.set.Parameters.LapseUncorrected = true
	b.line(0, "A8", "the county has confirmed it, on the day of the notice", "refused A8", b.does("counter", "terminate"))
	b.line(0, "A8", "months later, the notice never served", "refused A8", func() string {
		b.at("2026-08-01 09:00")
		return b.does("counter", "terminate")
	}())
	b.line(0, "A8", "served, and the term over", "→ terminated, 稷峰镇人民政府", func() string {
		b.received(21)
		b.does("counter", "request_correction")
		b.writes("counter", "service_record", "papers", []string{fmt.Sprint(b.paper("F16")["number"])})
		b.at("2026-12-01 09:00")
		return b.does("counter", "terminate") + ", " + b.issuers("F41")
	}())
}

func bordersOfService(b *borders) {
	b.received(1)
	b.until("decision")
	b.does("township", "deny")
	number := fmt.Sprint(b.paper("F20")["number"])
	serve := func(login string, with ...any) string {
		return b.writes(login, "service_record", append([]any{"papers", []string{number}}, with...)...)
	}
	b.line(0, "Licensing Law 38, 44", "a denial is served by the village", "not its office", serve("village"))
	b.line(0, "R53", "served tomorrow", "refused R53", serve("counter", "served_on", b.day(1)))
	b.line(0, "R53", "left at the door without witnesses", "refused R53", serve("counter", "method", "lien"))
	b.line(0, "R53", "by post without a number", "refused R53", serve("counter", "method", "post"))
	b.line(0, "民事诉讼法 95", "announced, and served the same day", "refused R53",
		serve("counter", "method", "public", "evidence", "公告栏"))
	b.line(0, "R53", "handed over", "written", serve("counter"))
	b.line(0, "R53", "served twice", "refused R53", serve("counter"))
	service, _ := b.paper("F20")["service"].(map[string]any)
	var periods string
	for _, p := range service["periods"].([]any) {
		p := p.(map[string]any)
		periods += fmt.Sprint(p["id"], " ", p["last_day"], " ")
	}
	b.line(0, "行政复议法 20, 行政诉讼法 46", "served on 03-10: the last days for review and suit", "review 2026-05-09 suit 2026-09-10 ", periods)
}
