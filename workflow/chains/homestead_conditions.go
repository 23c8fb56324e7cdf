package chains

import (
	"fmt"
	"slices"
	"strings"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
)

// The conditions of the homestead chain, in the order of the rules.
var (
	MemberOfCollective = condition("member_of_collective", "R21", "", "申请人须为本农村集体经济组织成员",
		func(f Facts) bool { return Applied[forms.Application](f.Case).CollectiveMember })

	GroundHolds = Conditions{{Name: "ground_holds", Rule: "R21", Message: "没有一项申请情形成立",
		Holds: func(f Facts) bool {
			return len(forms.Grounds(Applied[forms.Application](f.Case), f.Case.File.Current, f.Case.File.Members)) > 0
		},
		Detail: func(f Facts) string {
			var why []string
			for _, g := range Applied[forms.Application](f.Case).Grounds {
				why = append(why, fmt.Sprintf("%s 要求%s", forms.KnownGrounds[g].Rule, forms.KnownGrounds[g].Says))
			}
			if len(why) == 0 {
				return "请至少选择一项申请情形（R22–R27）"
			}
			return "所选申请情形都不成立：" + strings.Join(why, "；")
		}}}

	NoFormerSale = condition("no_former_sale", "R21", "", "出卖、出租、赠与住宅后再申请宅基地的，不予批准（土地管理法62）",
		func(f Facts) bool { return !Applied[forms.Application](f.Case).TransferredBefore })
	NotOnPermanentFarmland = condition("not_on_permanent_farmland", "R57", "", "不得占用永久基本农田（土地管理法62）",
		func(f Facts) bool { return !Applied[forms.Application](f.Case).PermanentFarmland })
	// ForLiving is Land Law Art. 62(1): a homestead is for the household's own dwelling.
	ForLiving = condition("for_living", "R21", "", "宅基地只用于建自住房屋（土地管理法62），用途请填住宅；用于经营的，建成后另行申请",
		func(f Facts) bool { return Applied[forms.Application](f.Case).Proposed.Use == "residence" })
	WithinStandard = Conditions{{Name: "within_standard", Rule: "R21", Message: "申请面积超过规定的宅基地面积标准",
		Holds: func(f Facts) bool {
			most := f.County.Parameters.HomesteadStandard
			return most == 0 || Applied[forms.Application](f.Case).Proposed.HomesteadArea <= most
		},
		Detail: func(f Facts) string {
			return fmt.Sprintf("申请宅基地面积 %s㎡ 超过标准 %s㎡", Applied[forms.Application](f.Case).Proposed.HomesteadArea,
				f.County.Parameters.HomesteadStandard)
		}}}
	CommitmentGiven = condition("commitment_given", "R30", "", "须承诺符合一户一宅条件、材料真实有效",
		func(f Facts) bool { return Applied[forms.Application](f.Case).Commitment.Eligible })

	// OneHomestead is A32, judged by persons: no adult of the household has another homestead, here or in another file,
	// and no case about one runs.
	OneHomestead = Conditions{{Name: "one_homestead", Rule: "A32", By: "", Message: "一户只能拥有一处宅基地",
		Holds: func(f Facts) bool { return sibling(f.Case) == "" && len(f.Case.Elsewhere) == 0 },
		Detail: func(f Facts) string {
			if s := sibling(f.Case); s != "" {
				return "本户已有办件 " + s + "，一户只能拥有一处宅基地；办错的请先撤回，已征收、退出的请先注销其批准书"
			}
			return strings.Join(f.Case.Elsewhere, "；") + "；一户只能拥有一处宅基地，请先办理分户、迁出或退出，记载有误的请申请更正户档"
		}}}
	// OldHomesteadSettled is A32's other half: who has a homestead says what becomes of it.
	OldHomesteadSettled = condition("old_homestead_settled", "A32", "", "已有宅基地的，异址新建须退给村集体；已被征收或因灾灭失的，选择其他并写明情形",
		func(f Facts) bool {
			a := Applied[forms.Application](f.Case)
			gone := a.Disposal == "other" && (a.Disaster != "" || a.Expropriated != "")
			return f.Case.File.Current.HomesteadArea == 0 || a.Proposed.BuildType != "new_site" ||
				a.Disposal == "return_to_collective" || gone
		})

	MeetingHeld = onRecord("meeting_held", "R33", MeetingRecordKind, "须先召开会议讨论并登记会议记录",
		func(forms.MeetingRecord, Facts) bool { return true })
	MeetingBodyRight = ifRecorded("meeting_body", "R33", MeetingRecordKind, "会议类型与县里规定的议事主体不符",
		func(m forms.MeetingRecord, f Facts) bool {
			want := f.County.Parameters.MeetingBody
			return want == "" && m.Body == forms.GroupVillagerMeeting || m.Body == want
		})
	MeetingQuorate = ifRecorded("meeting_quorate", "R33", MeetingRecordKind, "到会人数不足应到人数的三分之二，请另行召集会议",
		func(m forms.MeetingRecord, _ Facts) bool { return m.Quorate() })
	MeetingCarried = ifRecorded("meeting_carried", "R33", MeetingRecordKind, "会议讨论未通过，不能公示，请退回申请户并说明理由",
		func(m forms.MeetingRecord, _ Facts) bool { return m.Carried() })

	NoticeOnRecord = onRecord("notice_on_record", "R34", PublicNoticeKind, "须登记公示的张贴地点、时间和照片",
		func(forms.PublicNotice, Facts) bool { return true })
	// NoticeElapsed is R35: five working days after the posting day have ended (A4).
	NoticeElapsed = Conditions{{Name: "notice_elapsed", Rule: "R35", By: "time",
		Message: "公示不足 " + law.L02.Days() + "，不得签署",
		Holds: func(f Facts) bool {
			day, ok := noticeEnd(f)
			return ok && !f.Now.Before((day + 1).Start())
		},
		Detail: func(f Facts) string {
			if day, ok := noticeEnd(f); ok {
				return fmt.Sprintf("公示%s，至 %s 24:00 期满，此前不得签署", law.L02.Words(), day)
			}
			return ""
		}}}
	NoObjectionOpen = condition("no_objection_open", "R36", "", "有异议尚未核查处理，请先转异议核查",
		func(f Facts) bool { return !objectionOpen(f.Case) })
	ObjectionOnRecord = condition("objection_on_record", "R36", "record:objection", "没有登记在案的异议",
		func(f Facts) bool { return objectionOpen(f.Case) })

	VillagePapersGenuine = onRecord("papers_genuine", "R41", VillageSheetKind, "村级审查须认定材料真实有效",
		func(v forms.VillageSheet, _ Facts) bool { return v.PapersGenuine })
	VillagePlanConforms = onRecord("plan_conforms", "R42", VillageSheetKind, "须符合村庄规划或乡镇国土空间规划",
		func(v forms.VillageSheet, _ Facts) bool { return v.PlanConforms })
	VillageStyleConforms = onRecord("style_conforms", "R43", VillageSheetKind, "建筑层高、外观风貌须符合规定",
		func(v forms.VillageSheet, _ Facts) bool { return v.StyleConforms })
	NeighborsConsulted = onRecord("neighbors_consulted", "R44", NeighborKind, "须征求四邻（相邻权利人）意见并登记",
		func(forms.NeighborOpinion, Facts) bool { return true })
	VillageSawNeighbors = onRecord("neighbors_reviewed", "R44", VillageSheetKind, "村级审查须核对是否征求了相邻权利人意见",
		func(v forms.VillageSheet, _ Facts) bool { return v.Neighbors })
	OldHomesteadVerified = onRecord("old_homestead_verified", "R56", VillageSheetKind, "村级须核实原宅基地来源、位置和范围",
		func(v forms.VillageSheet, _ Facts) bool { return v.OldHomestead })

	// NotYetTouched is what taking back needs: the next office has not acted.
	NotYetTouched = condition("not_yet_touched", "A7", "", "下一环节已经开始办理，不能拿回，可请其退回",
		func(f Facts) bool {
			if f.Case.File.Marks[PlanningDecided].Equal(f.Case.EnteredAt) {
				return false // the county bureau handed it on, with its decision
			}
			for _, r := range f.Case.File.Records {
				if r.Stage == f.Case.State && !r.At.Before(f.Case.EnteredAt) && !aside(r.Kind) {
					return false
				}
			}
			return true
		})

	// FarmlandCleared is A15: farmland needs its conversion before acceptance.
	FarmlandCleared = condition("farmland_cleared", "R57", "record:"+string(ConversionKind), "占用农用地的，须先办理农用地转用审批",
		func(f Facts) bool {
			if Applied[forms.Application](f.Case).Proposed.LandClass != "farmland_class" {
				return true
			}
			_, ok := f.Case.Latest(ConversionKind)
			return ok
		})

	SiteVisited = onRecord("site_visited", "R49", SiteRecordKind, "须有两名以上工作人员现场核查，且现场与申请一致",
		func(s forms.SiteRecord, _ Facts) bool {
			return s.Matches && len(forms.TwoPeople("", s.Surveyors, "")) == 0
		})
	// SiteSeen wants the visit, whatever it found: a finding against the applicant goes on to a decision too.
	SiteSeen = onRecord("site_visited", "R49", SiteRecordKind, "须有两名以上工作人员现场核查并登记",
		func(s forms.SiteRecord, _ Facts) bool { return len(forms.TwoPeople("", s.Surveyors, "")) == 0 })
	// Conferred is A9: where the offices disagree, the township head confers once.
	Conferred = condition("conferred", "R50", "record:"+string(ConferKind), "三办意见不一致，须由乡镇负责人主持会商一次",
		func(f Facts) bool {
			_, ok := f.Case.Latest(ConferKind)
			return ok || !disagreement(f.Case)
		})
	// ReviewAgrees is A9 and R51: after conferring, still disagreeing means the conditions are not met.
	ReviewAgrees = condition("review_agrees", "R51", "", "联审结果为不同意，不能批准，请作出不予许可决定",
		func(f Facts) bool {
			if !disagreement(f.Case) {
				return true
			}
			r, ok := f.Case.Latest(ConferKind)
			return ok && Recorded[forms.Confer](r).Result == "agree"
		})
	// Commissioned is R59 and A12: without a valid commission a township issues no planning permit.
	Commissioned = condition("commissioned", "R59", "", "没有有效的规划许可委托书，乡镇不得核发乡村建设规划许可证，请县里在参数中登记委托书",
		func(f Facts) bool {
			return f.Case.InsidePlanningArea || f.County.Parameters.Mandate.Valid(calendar.DayOf(f.Now))
		})
	// ResultDisclosed is L11: a file is not put away before its result was made public.
	ResultDisclosed = onRecord("result_disclosed", "A37", DisclosureKind, "审批结果尚未主动公开（信息公开条例21、26），请先登记公开",
		func(forms.Disclosed, Facts) bool { return true })
	FilingAcknowledged = All(
		receipt("filing_agriculture", CountyAgricultureBureau), receipt("filing_resources", CountyNaturalResources))

	// The conditions of A14: rebuilding on the old site.
	RebuildOnSite = condition("rebuild_on_site", "R56", "", "只办规划许可的限于原址翻建；扩大用地或易地的，请走宅基地审批",
		func(f Facts) bool {
			a := Applied[forms.Application](f.Case)
			return a.Proposed.BuildType == "rebuild_on_site" && a.SameSite
		})
	LawfulOrigin = condition("lawful_origin", "R56", "", "须有原宅基地合法来源（权属证或认定材料）",
		func(f Facts) bool { return Applied[forms.Application](f.Case).LawfulOrigin != "" })
	NotEnlarged = condition("not_enlarged", "R56", "", "面积不得超过原宅基地面积；扩大用地的，请走宅基地审批",
		func(f Facts) bool {
			return Applied[forms.Application](f.Case).Proposed.HomesteadArea <= f.Case.File.Current.HomesteadArea
		})
	NoOtherRunning = condition("no_other_running", "A32", "", "本户已有宅基地或规划许可的办件正在办理，请先办结或撤回",
		func(f Facts) bool {
			s := f.Case // what was granted is built on, and does not stand in the way
			s.Siblings = slices.DeleteFunc(slices.Clone(s.Siblings), func(c Case) bool { return c.Outcome != "" })
			return sibling(s) == ""
		})
)

// noticeEnd is the last day of the notice: where the holidays of the year are not published, a day that no publication could
// put off. It reports false while no notice hangs, and where no such day is known.
func noticeEnd(f Facts) (calendar.Day, bool) {
	d, ok := f.Case.LiveDeadline(law.L02.ID)
	if !ok || !d.Provisional {
		return d.DueOn, ok
	}
	day, known, err := f.County.Calendar.Latest(d.Count(Count(law.L02)))
	return day, known && err == nil
}
