package handlers_test

import (
	"encoding/json"
	"fmt"
)

// proposed is the house of the published application, changed.
func (b *borders) proposed(with ...any) map[string]any {
	_, ch := b.as("counter").Ask("GET", "/api/v1/chains/homestead", "")
	p := ch["ready"].(map[string]any)["data"].(map[string]any)["proposed"].(map[string]any)
	fields(with)(p)
	return p
}

// household is the file of a household of so many persons, with so much land: each n has one of its own.
func (b *borders) household(n, persons int, area string, with ...any) string {
	b.Helper()
	members := []any{}
	for i := 1; i < persons; i++ {
		members = append(members, map[string]any{"name": "试员" + string('甲'+rune(i)), "relation": "子", "id_number": identity(9*n + i)})
	}
	h := map[string]any{"division": "140824100214", "group_no": "01",
		"householder": map[string]any{"name": "界" + string('甲'+rune(n)), "gender": "男", "id_number": identity(9 * n)},
		"members":     members, "current": map[string]any{"homestead_area": area, "building_area": "96.00"}}
	fields(with)(h)
	body, _ := json.Marshal(h)
	s, m := b.as("counter").Ask("POST", "/api/v1/households", string(body))
	if s != 200 && s != 201 {
		b.Fatalf("household: %d %v", s, m)
	}
	return m["id"].(string)
}

// handIn opens an application with its scans and says what came of handing it in.
func (b *borders) handIn(household any, with ...any) string {
	b.Helper()
	if said := b.apply("homestead", household, with...); said != "→ draft" {
		return said
	}
	for _, code := range []string{"HP01", "HP02", "HP03", "HP04", "HP05"} {
		b.meet(map[string]any{"by": "material:" + code})
	}
	return b.does("counter", "submit")
}

func bordersOfApplication(b *borders) {
	split := []any{"grounds", []string{"split_household"}}
	b.line(1, "R21, R22", "split, 150.00 ㎡ for 3 persons: 50 a head", "refused R21", b.handIn(b.household(1, 3, "150.00"), split...))
	own := b.household(2, 3, "149.99")
	b.line(2, "R22", "split, 149.99 ㎡ for 3 persons", "→ group_received", b.handIn(own, split...))
	b.line(3, "R21, R22", "split, 100.00 ㎡ for 1 person", "refused R21", b.handIn(b.household(3, 1, "100.00"), split...))
	b.line(29, "A32", "a second application while one runs", "refused A32", b.handIn(own, split...))
	second := b.id
	b.line(31, "A32", "the son, in the father's file, as a householder of his own", "refused A32",
		b.handIn(b.household(4, 1, "0.00", "householder", map[string]any{"name": "界丙", "gender": "男", "id_number": identity(19)}), split...))
	b.line(32, "A32", "the old house is kept, without a certificate", "refused A32",
		b.handIn(b.household(5, 2, "40.00"), "disposal", "keep", "disposal_area", "40.00"))
	b.id = second
	b.line(0, "A30", "a draft is taken back", "→ withdrawn", b.does("counter", "withdraw"))
	b.line(0, "R21", "no ground of the six", "refused R21", b.handIn(b.household(6, 3, "0.00"), "grounds", []string{}))
	b.line(0, "R21", "applicant is no member of the collective", "refused R21",
		b.handIn(b.household(7, 3, "0.00"), "collective_member", false))
	b.line(0, "R30", "without the commitment", "refused R30",
		b.handIn(b.household(8, 3, "0.00"), "commitment", map[string]any{"c1": false, "c2_months": 18, "c3_days": 90, "reason": "split"}))
	standard := b.proposed("homestead_area", "200.00")
	b.line(0, "Land Law 62", "200.00 ㎡, the county's standard", "→ group_received", b.handIn(b.household(9, 5, "0.00"), "proposed", standard))
	standard["homestead_area"] = "200.01"
	b.line(0, "Land Law 62", "200.01 ㎡", "refused R21", b.handIn(b.household(10, 5, "0.00"), "proposed", standard))
	b.line(0, "R21, Land Law 62", "a homestead for a shop", "refused R21",
		b.handIn(b.household(11, 3, "0.00"), "proposed", b.proposed("use", "commercial")))
	b.line(0, "R57", "farmland of no kind named", "refused R57",
		b.handIn(b.household(12, 3, "0.00"), "proposed", b.proposed("land_class", "farmland_class")))
	b.line(0, "A17", "an area with three decimals", "refused field proposed.homestead_area",
		b.handIn(b.household(13, 3, "0.00"), "proposed", b.proposed("homestead_area", "133.005")))
	b.line(0, "R28", "handed in without a scan of HP05", "refused R32", func() string {
		b.apply("homestead", b.household(14, 3, "0.00"))
		for _, code := range []string{"HP01", "HP02", "HP03", "HP04"} {
			b.meet(map[string]any{"by": "material:" + code})
		}
		return b.does("counter", "submit")
	}())
	b.line(0, "contract", "the village hands it in", "not its office", b.does("village", "submit"))
}

// noticed is a case of which the group's notice was posted just now.
func (b *borders) noticed(n int) string {
	b.Helper()
	b.handIn(b.household(n, 3, "0.00"))
	b.does("group", "submit")
	b.writes("group", "meeting_record")
	b.does("group", "publish_notice")
	b.writes("group", "public_notice")
	if got := b.stands(); got != "group_notice" {
		b.Fatalf("household %d stands in %s", n, got)
	}
	return b.id
}

func (b *borders) of(id string) *borders { b.id = id; return b }

func bordersOfNotice(b *borders) {
	b.handIn(b.household(20, 3, "0.00"))
	b.line(0, "R33, L01", "received on 03-02: ten days", "L01 2026-03-12", b.due("L01"))
	b.line(0, "R33", "a notice before the meeting", "refused R33", func() string { b.does("group", "submit"); return b.does("group", "publish_notice") }())
	meeting := func(present, agree, against, abstain int, body string) string {
		if said := b.writes("group", "meeting_record", "present", present, "agree", agree, "against", against, "abstain", abstain,
			"body", body); said != "written" {
			return said
		}
		return b.does("group", "publish_notice")
	}
	b.line(9, "R33, A3", "19 of 30 present", "refused R33", meeting(19, 17, 1, 1, "group_villager_meeting"))
	b.line(9, "R33, A3", "20 of 30 present, 10 agree", "refused R33", meeting(20, 10, 5, 5, "group_villager_meeting"))
	b.line(9, "R33, A3", "the votes are more than the persons present", "refused R33", meeting(20, 15, 5, 5, "group_villager_meeting"))
	b.line(9, "R33, A3", "of another body than the county names", "refused R33", meeting(24, 20, 2, 2, "member_assembly"))
	b.line(9, "R33, A3", "20 of 30 present, 11 agree", "→ group_notice", meeting(20, 11, 5, 4, "group_villager_meeting"))

	a, objected, idle, late, friday := b.noticed(21), b.noticed(22), b.noticed(23), b.noticed(24), ""
	b.line(4, "R35", "posted on 03-02, signed at once", "refused R35", b.of(a).does("group", "sign_opinion"))
	b.at("2026-03-03 10:00")
	b.line(0, "R36", "an objection without facts", "refused field facts", b.of(idle).writes("group", "objection", "facts", ""))
	b.of(idle).writes("group", "objection")
	b.line(7, "R36, L03", "an objection of 03-03: ten days from its filing", "L03 2026-03-13", b.due("L03"))
	b.at("2026-03-06 16:00")
	friday = b.noticed(25)
	b.at("2026-03-09 23:58")
	b.line(4, "R35", "signed on 03-09 at 23:58", "refused R35", b.of(a).does("group", "sign_opinion"))
	b.line(5, "R36", "an objection on 03-09 at 23:58", "written", b.of(objected).writes("group", "objection"))
	b.at("2026-03-10 00:00")
	b.line(4, "R35", "signed on 03-10 at 00:00", "→ group_opinion", b.of(a).does("group", "sign_opinion"))
	b.line(5, "R36", "and signed on 03-10 at 00:00 over the objection", "refused R36", b.of(objected).does("group", "sign_opinion"))
	b.line(6, "R36", "an objection after the period, nothing signed yet", "refused R36",
		func() string { b.of(late).writes("group", "objection"); return b.does("group", "sign_opinion") }())
	b.of(objected).does("group", "object")
	b.line(8, "R36", "looked into by one person", "refused field investigators", b.does("group", "dismiss_objection", "investigators", []string{"马长顺"}))
	b.line(0, "R36", "looked into by one person named twice", "refused R36",
		b.does("group", "dismiss_objection", "investigators", []string{"马长顺", "马长顺"}))
	b.line(8, "R37", "upheld", "→ returned", b.does("group", "uphold_objection"))
	b.line(8, "A7", "handed in again after it was upheld", "→ group_received", b.does("counter", "resubmit"))
	b.line(0, "R36", "not upheld, and then signed", "→ group_opinion", func() string {
		b.of(late).does("group", "object")
		b.does("group", "dismiss_objection")
		return b.does("group", "sign_opinion")
	}())
	b.at("2026-03-13 23:59")
	b.line(0, "R35", "posted on Friday 03-06 16:00, signed on 03-13", "refused R35", b.of(friday).does("group", "sign_opinion"))
	b.at("2026-03-14 00:00")
	b.line(0, "R35", "and on Saturday 03-14", "→ group_opinion", b.does("group", "sign_opinion"))
	b.line(0, "R38", "the village signs for the group", "not its office", b.of(late).does("village", "forward"))
	b.at("2026-05-02 09:00")
	b.line(7, "R36, L03", "nobody acts on the objection for 60 days: the register", "L03 稷峰镇马村第一村民小组农村集体经济组织", b.of(idle).red())
}

func bordersOfVillage(b *borders) {
	first, second, third := b.noticed(30), b.noticed(31), b.noticed(32)
	b.at("2026-03-10 09:00")
	for _, id := range []string{first, second, third} {
		b.of(id).does("group", "sign_opinion")
		b.does("group", "forward")
	}
	b.line(10, "R40, L04", "received on 03-10: five days, the last a Sunday", "L04 2026-03-16", b.of(first).due("L04"))
	b.line(0, "R45", "signed before the sheet and the neighbours", "refused R41 R42 R43 R44", b.does("village", "sign_opinion"))
	b.line(11, "R44, A16", "the eastern neighbour disagrees, nothing said of it", "refused A16",
		b.writes("village", "neighbor_opinion", "east", "disagree"))
	b.line(0, "R44, A16", "the eastern neighbour disagrees, and what was done about it", "written",
		b.writes("village", "neighbor_opinion", "east", "disagree", "handling", "村委会调解，东邻同意退让0.5米"))
	b.line(0, "R42", "the plan does not allow it, and it is signed", "refused R42", func() string {
		b.writes("village", "village_review_sheet", "plan_conforms", false)
		return b.does("village", "sign_opinion")
	}())
	sign := func(id string) string {
		b.of(id)
		b.writes("village", "neighbor_opinion")
		b.writes("village", "village_review_sheet")
		return b.does("village", "sign_opinion")
	}
	b.line(0, "R45", "signed with both", "→ township_intake", sign(first))
	b.line(0, "R39, 拿回", "the village takes it back before anybody looked", "→ village_review", b.does("village", "take_back"))
	sign(first)
	b.line(12, "R48, L05", "received on 03-10: five working days", "L05 2026-03-17", b.due("L05"))
	b.line(0, "R48", "not accepted as another's matter, and not said the matter of which", "refused R48",
		b.does("counter", "refuse", "where", ""))
	b.line(19, "R48", "not accepted because papers are missing", "refused field ground", b.does("counter", "refuse", "ground", "incomplete"))
	b.at("2026-03-16 15:00")
	sign(second)
	b.at("2026-03-17 23:58")
	b.line(12, "R48, A8", "asked for papers on day five at 23:58", "→ correction", b.of(first).does("counter", "request_correction"))
	b.at("2026-03-23 23:59")
	b.line(13, "R48, L05", "received on 03-16, at 23:59 of the fifth day", "township_intake", b.of(second).stands())
	b.at("2026-03-24 00:00")
	b.line(13, "Licensing Law 32(四)", "at 00:00 of the next day", "joint_review", b.stands())
	b.line(13, "R49, L06, L08", "counted from the day of receipt, over Qingming", "L06 2026-04-07, L08 2026-04-14", b.due("L06", "L08"))
	b.at("2026-03-24 10:00")
	b.line(12, "R48", "the papers are there: five days anew", "L05 2026-03-31", func() string {
		b.of(first).meet(map[string]any{"by": "material:HP05"})
		b.does("counter", "correct")
		return b.due("L05")
	}())
	b.line(12, "R48, A8", "asked for papers a second time", "refused R48", b.does("counter", "request_correction"))
	b.line(0, "A35", "the village dates the township's receipt", "not its office",
		b.writes("village", "back_entry", "received_on", "2026-03-23"))
	b.line(18, "A35", "the counter dates it later than it came", "refused A35", b.writes("counter", "back_entry", "received_on", "2026-03-25"))
	b.line(0, "A35", "the counter dates it before the case was handed over", "refused A35", b.writes("counter", "back_entry", "received_on", "2026-01-05"))
	b.line(0, "R40", "the village, asked on 03-10, has not signed by 03-24: the register", "L04 稷峰镇马村村民委员会", b.of(third).red())
}

func bordersOfHouseholds(b *borders) {
	owner := b.household(1, 3, "0.00")
	b.handIn(owner)
	change := func(login, kind, data string) string {
		b.keys++
		s, m := b.as(login).Ask("PATCH", "/api/v1/households/"+owner, fmt.Sprintf(`{"kind":%q,"reason":"户口簿已变更","evidence":"户口簿、书面材料",`+
			`"data":%s}`, kind, data), "Idempotency-Key", fmt.Sprint("change-", b.keys))
		if s == 200 && m["state"] == "waiting" {
			s, m = b.as("township").Ask("PATCH", "/api/v1/households/"+owner, fmt.Sprintf(`{"reason":"核对无误","evidence":"原件已核",`+
				`"confirms":%q}`, m["id"]))
		}
		if s == 200 {
			return fmt.Sprint(m["state"])
		}
		return b.said(s, m)
	}
	b.line(33, "A30", "the householder dies, and no successor is named", "refused A30", change("counter", "death", `{"on":"2026-01-05","person":"0"}`))
	b.line(0, "A30", "the village enters a death", "not its office", change("village", "death", `{"on":"2026-01-05","person":"2"}`))
	b.line(0, "A30", "a death of tomorrow", "refused A30", change("counter", "death", fmt.Sprintf(`{"on":%q,"person":"2"}`, b.day(1))))
	b.line(33, "A30", "the householder dies, an adult of the household takes on", "in_force, group_received 试员申",
		change("counter", "death", `{"on":"2026-01-05","person":"0","successor":"1"}`)+", "+b.stands()+" "+
			fmt.Sprint(b.look("counter")["household"].(map[string]any)["head"]))
	b.line(33, "R22", "the household is split without saying who keeps the homestead", "refused field homestead",
		change("counter", "split", `{"on":"2026-01-06","persons":["2"],"head":"2"}`))
	b.line(33, "R22", "split by who stays behind", "refused R22",
		change("counter", "split", `{"on":"2026-01-06","persons":["2"],"head":"1","homestead":"old"}`))
	b.line(0, "A32", "merged with itself", "refused A32", change("counter", "merge", fmt.Sprintf(`{"on":"2026-01-06","household":%q}`, owner)))
	b.line(0, "R23", "moves in with a homestead at the place of origin", "refused R23", change("counter", "moved_in",
		fmt.Sprintf(`{"on":"2026-01-05","name":"陈志远","relation":"女婿","id_number":%q,"formal_member":true,"none_at_origin":false}`, identity(300))))
	b.line(0, "A30", "the head is a person who is not of the household", "refused A30", change("counter", "head", `{"person":"9"}`))
}
