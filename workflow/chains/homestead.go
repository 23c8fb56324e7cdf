package chains

import (
	"slices"

	. "anju/workflow"
	"anju/workflow/certificates"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/serving"
)

// Homestead is the permit for a homestead together with the planning permit for the house (宅基地审批＋建房规划许可,
// R21–R60): one application, three levels, two certificates.
func Homestead() Chain {
	return Chain{ID: "homestead", Title: "农村宅基地审批＋建房规划许可", Version: 1, InForce: law.CountyDay, Matter: "HP",
		Licence: true,
		Form:    forms.HomesteadApplication{}, Guides: CountyAgricultureBureau, Papers: homesteadPapers,
		Oversight: SupervisionOffice, Counter: ServiceCenter, Opens: Parties(ServiceCenter), Role: PermitsHouse,
		Subject: PlotSubject, Petitions: petitions, Route: routePlot, Brief: briefPlot,
		BlankForms:    []BlankForm{{Form: "F01", Title: "农村宅基地和建房（规划许可）申请表"}, {Form: "F02", Title: "农村宅基地使用承诺书"}},
		Basis:         []string{"《中华人民共和国行政许可法》第三十二条、第四十二条", "《中华人民共和国土地管理法》第六十二条", "《中华人民共和国城乡规划法》第四十一条"},
		CommonRecords: always, Stages: []Stage{

			{State: Draft, By: Applicant, Untimed: "草稿，未提交", Actions: []Action{
				{Do: Submit, Title: "提交组级", To: To(GroupReceived), MainLine: true, Rule: "R28", Under: law.County2021.Art("三2"),
					Data: forms.Amended{}, Effects: Effects(amends, settlesHouse),
					Needs: All(MemberOfCollective, GroundHolds, NoFormerSale, NotOnPermanentFarmland, ForLiving, WithinStandard, CommitmentGiven,
						OneHomestead, OldHomesteadSettled, DrawingByQualified, Papers(homesteadPapers)), Tells: Parties(GroupCollective)},
				{Do: Withdraw, Title: "撤回", To: To(WithdrawnEnd), Effects: settlesHouse, Rule: "R28", Under: law.Reading.Art("A30"),
					Tells: Parties(Applicant)}}},

			{State: GroupReceived, By: GroupCollective, Within: Count(law.L01), Late: lateBelow,
				Records: []RecordRow{townshipAsked}, Actions: []Action{
					{Do: Submit, Title: "提交会议讨论", To: To(GroupMeeting), MainLine: true, Rule: "R33", Under: law.County2021.Art("三3"),
						Data:  forms.MeetingSubmission{},
						Tells: Parties(GroupCollective)},
					{Do: Return, Title: "退回申请户", To: To(Returned), Effects: remembersReturn, Reason: true,
						Rule: "A6", Under: law.Reading.Art("A6"), Tells: Parties(Applicant)},
					villageHandles(GroupMeeting), withdraw}},

			{State: GroupMeeting, By: GroupCollective, Untimed: law.L01.Digits() + "只约束提交会议，开会日另记（A3）",
				Records: []RecordRow{{Kind: MeetingRecordKind, By: Parties(GroupCollective), Data: forms.MeetingRecord{},
					Rule: "R33", Under: law.County2021.Art("三3")}, townshipAsked},
				Actions: []Action{
					{Do: PublishNotice, Title: "张贴公示", To: To(GroupNotice), Effects: freezesNotice, MainLine: true,
						Rule: "R34", Under: law.County2021.Art("三3"),
						Needs: All(MeetingHeld, MeetingBodyRight, MeetingQuorate, MeetingCarried), Marks: Marks(Noticed),
						Tells: Parties(GroupCollective)},
					{Do: Return, Title: "讨论未通过，退回申请户", To: To(Returned), Effects: remembersReturn, Reason: true,
						Rule: "R33", Under: law.Reading.Art("A7"), Tells: Parties(Applicant)},
					villageHandles(GroupReceived), withdraw}},

			{State: GroupNotice, By: GroupCollective, Within: Count(law.L02).Since(Noticed),
				Late: []Rung{{Name: RungEnd, Tell: Parties(GroupCollective), Under: law.County2021.Art("三3")}},
				Records: []RecordRow{
					{Kind: PublicNoticeKind, By: Parties(GroupCollective), Data: forms.PublicNotice{},
						Rule: "R34", Under: law.County2021.Art("三3")},
					objection, townshipAsked},
				Actions: []Action{
					{Do: SignOpinion, Title: "签署同意", To: To(GroupOpinion), Signed: true, MainLine: true,
						Rule: "R38", Under: law.County2021.Art("三3"), Data: forms.Opinion{},
						Needs: All(NoticeElapsed, NoticeOnRecord, NoObjectionOpen), Tells: Parties(GroupCollective)},
					{Do: Object, Title: "转异议核查", To: To(GroupObjection), Rule: "R36", Under: law.Reading.Art("A5"),
						Needs: ObjectionOnRecord, Tells: Parties(GroupCollective, VillageOrganization)},
					{Do: Return, Title: "不同意签署，退回申请户", To: To(Returned), Effects: remembersReturn, Signed: true, Reason: true,
						Rule: "A6", Under: law.Reading.Art("A6"), Tells: Parties(Applicant)},
					villageHandles(GroupReceived), withdraw}},

			{State: GroupObjection, By: GroupCollective, Within: Count(law.L03), Late: lateBelow,
				OtherLimits: []Limit{Count(law.L02).Since(Noticed)},
				Records:     []RecordRow{objection, townshipAsked},
				Actions: []Action{
					{Do: DismissObjection, Title: "异议不成立", To: To(GroupNotice), MainLine: true,
						Rule: "R36", Under: law.County2021.Art("三3"), Data: forms.ObjectionFinding{}, Effects: identifies,
						Marks: Marks(ObjectionAnswered), Stops: Limits(law.L03), Tells: Parties(GroupCollective)},
					{Do: UpholdObjection, Title: "异议成立，退回申请户", To: To(Returned), Effects: Effects(remembersReturn, identifies),
						Reason: true, Rule: "R37", Under: law.Reading.Art("A5"), Data: forms.ObjectionFinding{},
						Marks: Marks(ObjectionAnswered), Tells: Parties(Applicant)},
					villageHandles(GroupReceived), withdraw}},

			{State: GroupOpinion, By: GroupCollective, Untimed: "已签署，待移交村级；细则没有规定移交期限（R39）",
				Records: []RecordRow{townshipAsked}, Actions: []Action{
					{Do: Forward, Title: "移交村级", To: To(VillageReview), MainLine: true, Rule: "R39", Under: law.County2021.Art("三3"),
						Data:  forms.HandOver{},
						Tells: Parties(VillageOrganization)},
					villageHandles(GroupReceived), withdraw}},

			{State: VillageReview, By: VillageOrganization, Within: Count(law.L04), Late: lateBelow,
				Records: []RecordRow{
					{Kind: NeighborKind, By: Parties(VillageOrganization), Data: forms.NeighborOpinion{},
						Rule: "R44", Under: law.County2021.Art("三4")},
					{Kind: VillageSheetKind, By: Parties(VillageOrganization), Data: forms.VillageSheet{},
						Rule: "R40", Under: law.County2021.Art("三4")}, townshipAsked},
				Actions: []Action{
					{Do: SignOpinion, Title: "签署同意", To: To(TownshipIntake), Signed: true, MainLine: true,
						Rule: "R45", Under: law.County2021.Art("三5"), Data: forms.Opinion{},
						Needs: All(VillagePapersGenuine, VillagePlanConforms, VillageStyleConforms, NeighborsConsulted,
							VillageSawNeighbors),
						Marks: Marks(Received), Issues: Docs(TownshipGovernment, OnFile, ReceiptDoc), Tells: Parties(ServiceCenter)},
					{Do: Return, Title: "审查不通过，退回申请户", To: To(Returned), Effects: remembersReturn, Signed: true, Reason: true,
						Rule: "R46", Under: law.Reading.Art("A7"), Tells: Parties(Applicant)},
					{Do: TakeBack, Title: "拿回", By: GroupCollective, To: To(GroupOpinion),
						Rule: "R39", Under: law.Reading.Art("拿回"),
						Needs: NotYetTouched, Tells: Parties(VillageOrganization, GroupCollective)},
					callForPapers, withdraw}},

			{State: Returned, By: Applicant, Untimed: "等申请户补齐重报（A7）", Records: []RecordRow{townshipAsked}, Actions: []Action{
				{Do: Resubmit, Title: "重报", MainLine: true, Rule: "R46", Under: law.Reading.Art("A7"),
					Data: forms.Amended{}, Effects: Effects(amends, restartsGroup),
					To: Target{States: []State{GroupReceived, VillageReview}, Choice: "公示内容改变或组级退回的回组级，否则回村级（A7）",
						Pick: whereReturned},
					Needs: All(MemberOfCollective, GroundHolds, NoFormerSale, NotOnPermanentFarmland, ForLiving, WithinStandard, CommitmentGiven,
						DrawingByQualified, Papers(homesteadPapers)),
					Tells: Parties(GroupCollective, VillageOrganization)},
				withdraw, villageHandles(GroupReceived), callForPapers}},

			{State: TownshipIntake, By: ServiceCenter, Within: Count(law.L05).Since(Received), Late: lateIntake,
				Records: []RecordRow{conversion},
				Actions: []Action{
					{Do: Accept, Title: "受理", To: To(JointReview), MainLine: true, Rule: "R48", Under: law.Licensing.Art("32"),
						Needs: All(FarmlandCleared, Papers(homesteadPapers)), Marks: Marks(Accepted),
						Issues: Docs(TownshipGovernment, serving.Notice, AcceptanceNotice),
						Tells:  Parties(EconomicOffice, SocialAffairsOffice, PlanningOffice)},
					requestCorrection(TownshipGovernment, "HP05"), refuse(TownshipGovernment),
					{Do: DeemedAccepted, Title: "视为受理", By: System, To: To(JointReview),
						Rule: "R48", Under: law.Licensing.Art("32(四)"),
						Effects: acceptsAsReceived, Tells: Parties(EconomicOffice, SocialAffairsOffice, PlanningOffice, ServiceCenter)},
					{Do: TakeBack, Title: "拿回", By: VillageOrganization, To: To(VillageReview), KeepsDeadline: true,
						Rule: "R45", Under: law.Reading.Art("拿回"),
						Needs: NotYetTouched, Tells: Parties(ServiceCenter, VillageOrganization)},
					withdraw}},

			{State: AwaitCorrection, By: Applicant, Within: awaitCorrection, Late: lateParty, Records: []RecordRow{conversion}, Actions: []Action{
				{Do: Correct, Title: "收齐补正材料", MainLine: true, Rule: "R48", Under: law.Licensing.Art("32"),
					Data: forms.Amended{}, Effects: Effects(amends, restartsGroup),
					To: Target{States: []State{TownshipIntake, GroupReceived}, Choice: "公示内容改变的回组级重新公示（A30），否则回乡镇收件",
						Pick: whereCorrected},
					Needs: All(CorrectionsIn, MemberOfCollective, GroundHolds, NoFormerSale, NotOnPermanentFarmland, ForLiving, WithinStandard,
						CommitmentGiven),
					Marks: Marks(Received), Issues: Docs(TownshipGovernment, OnFile, ReceiptDoc),
					Tells: Parties(ServiceCenter, GroupCollective)},
				withdraw, lapse(TownshipGovernment)}},

			{State: JointReview, By: EconomicOffice, Within: Count(law.L06).Since(Accepted),
				OtherLimits: []Limit{total}, Late: lateBelow,
				Records: Rows([]RecordRow{
					{Kind: SiteRecordKind, By: Parties(PlanningOffice, EconomicOffice, SocialAffairsOffice), Data: forms.SiteRecord{},
						Effects: identifies, Rule: "R49", Under: law.Licensing.Art("34")},
					{Kind: JointSheetKind, By: Parties(EconomicOffice, SocialAffairsOffice, PlanningOffice), Each: true,
						Data: forms.JointSheet{}, Rule: "R50", Under: law.Reading.Art("A9")},
					{Kind: ConferKind, By: Parties(TownshipGovernment), Optional: true, Data: forms.Confer{},
						Rule: "R50", Under: law.Reading.Art("A9")},
					conversion, areaConfirmed}, special(TownshipGovernment, EconomicOffice)),
				Actions: []Action{
					{Do: Forward, Title: "汇总送审", MainLine: true, Rule: "R50", Under: law.Reading.Art("A9"),
						To: Target{States: []State{Decision, PlanningStage}, Pick: whereReviewed,
							Choice: "县城规划区内、可以用于建设而尚未作出规划许可决定的报县行政审批局，否则送乡镇负责人（R60）"},
						Needs: All(ClockRuns, SiteSeen, OpinionsOf(EconomicOffice, SocialAffairsOffice, PlanningOffice), Conferred,
							AreaKnown),
						Tells: Parties(TownshipGovernment, PlanningAuthority)},
					withdraw}},

			// R60, A12: inside the county-town planning area the county approval bureau decides on the planning permit, the
			// township on the homestead after it.
			{State: PlanningStage, By: PlanningAuthority, Within: Count(law.L24), Late: lateBureau,
				OtherLimits: []Limit{total, Count(law.L06).Since(Accepted).Where(planningInReview[0]),
					Count(law.L07).Where(planningInDecision[0])},
				Records: Rows([]RecordRow{conversion}, special(PlanningAuthority)),
				Actions: []Action{
					{Do: Approve, Title: "准予规划许可", To: To(Decision), Signed: true, MainLine: true,
						Rule: "R60", Under: law.County2021.Art("六6"), Data: forms.PermitApproval{}, Effects: placesSeal,
						Needs: All(ClockRuns, HearingOver, SiteVisited, FarmlandCleared, NotOnPermanentFarmland),
						Marks: Marks(PlanningDecided), Issues: planningPermit,
						Tells: Parties(TownshipGovernment, ServiceCenter, Applicant)},
					{Do: Deny, Title: "不予规划许可", To: To(Decision), Signed: true, Reason: true,
						Rule: "R60", Under: law.Licensing.Art("38"), Data: forms.Denial{}, Effects: placesSeal,
						Needs: All(ClockRuns, HearingOver),
						Marks: Marks(PlanningDecided), Issues: Docs(PlanningAuthority, serving.Decision, DenialDecision),
						Tells: Parties(TownshipGovernment, ServiceCenter, Applicant)},
					{Do: Return, Title: "退回联审", To: To(JointReview), Reason: true, Rule: "R60", Under: law.Reading.Art("A11"),
						Tells: Parties(EconomicOffice, SocialAffairsOffice, PlanningOffice)},
					{Do: TakeBack, Title: "拿回", By: EconomicOffice, To: To(JointReview), KeepsDeadline: true,
						Rule: "R50", Under: law.Reading.Art("拿回"),
						Needs: NotYetTouched, Tells: Parties(PlanningAuthority, EconomicOffice)},
					withdraw}},

			{State: Decision, By: TownshipGovernment, Within: Count(law.L07), OtherLimits: []Limit{total}, Late: lateGovernment,
				Records: Rows([]RecordRow{conversion}, special(TownshipGovernment)),
				Actions: []Action{
					{Do: Approve, Title: "批准", To: To(Approved), Signed: true, MainLine: true,
						Rule: "R51", Under: law.County2021.Art("三7"), Data: forms.Approval{}, Effects: placesSeal,
						Needs: All(ClockRuns, HearingOver, SiteVisited, ReviewAgrees, FarmlandCleared, NotOnPermanentFarmland,
							ForLiving, WithinStandard, OneHomestead, PlanningGranted, Commissioned),
						Marks: Marks(Decided), Issues: slices.Concat(Docs(TownshipGovernment, OnFile, ApprovalSheet), planningPermit,
							homesteadCertificate), Tells: Parties(ServiceCenter, Applicant)},
					{Do: Deny, Title: "不予许可", To: To(DeniedEnd), Signed: true, Reason: true,
						Rule: "R54", Under: law.Licensing.Art("38"), Data: forms.Denial{}, Effects: Effects(placesSeal, certificates.QuestionsPermits),
						Needs: All(ClockRuns, HearingOver),
						Marks: Marks(Decided), Issues: Docs(TownshipGovernment, serving.Decision, DenialDecision),
						Tells: Parties(ServiceCenter, Applicant)},
					{Do: Return, Title: "退回联审", To: To(JointReview), Reason: true, Rule: "R51", Under: law.Reading.Art("A11"),
						Tells: Parties(EconomicOffice, SocialAffairsOffice, PlanningOffice)},
					{Do: TakeBack, Title: "拿回", By: EconomicOffice, To: To(JointReview), KeepsDeadline: true,
						Rule: "R50", Under: law.Reading.Art("拿回"),
						Needs: NotYetTouched, Tells: Parties(TownshipGovernment, EconomicOffice)},
					withdraw}},

			{State: Approved, By: ServiceCenter, Within: handOver, OtherLimits: []Limit{disclose}, Late: lateBelow,
				Actions: []Action{
					{Do: Issue, Title: "发证", To: To(Issued), MainLine: true, Rule: "R53", Under: law.County2021.Art("三7"),
						Data: forms.ServiceRecord{}, Effects: serving.Enters,
						Needs: Stamped(PlanningPermitDoc, HomesteadCert), Issues: Docs(TownshipGovernment, OnFile, FilingReport),
						Tells: Parties(TownshipGovernment, CountyAgricultureBureau, CountyNaturalResources)}}},

			{State: Issued, By: TownshipGovernment, Untimed: "发证当日已书面报备案；回执由县级部门在期限内出具（R55）",
				OtherLimits: []Limit{receipts, disclose}, Late: lateGovernment,
				Records: Rows([]RecordRow{filingReceipt, disclosure}, issuedBy),
				Actions: []Action{
					{Do: FileVerb, Title: "备案", To: To(Filed), MainLine: true, Rule: "R55", Under: law.County2021.Art("三7"),
						Needs: FilingAcknowledged,
						Tells: Parties(ServiceCenter)}}},

			{State: Filed, By: ServiceCenter, Untimed: "归档为持续职责，细则没有期限（R111）", OtherLimits: []Limit{disclose},
				Late:    lateBelow,
				Records: Rows([]RecordRow{disclosure}, issuedBy), Actions: []Action{archiveDisclosed}},

			{State: Archived, Ends: Granted, Records: issuedBy},
			{State: NotAcceptedEnd, Ends: NotAccepted},
			{State: DeniedEnd, Ends: Denied, Records: issuedBy},
			{State: WithdrawnEnd, Ends: Withdrawn, Records: issuedBy}, {State: TerminatedEnd, Ends: Terminated}}}
}

// objection is filed while the notice hangs; L03 counts from the filing, not from when it is looked into (R36, A5).
var objection = RecordRow{Kind: ObjectionKind, By: Parties(GroupCollective), Optional: true, Data: forms.Objection{},
	Rule: "R36", Under: law.Reading.Art("A5"), Starts: []Clock{{Limit: Count(law.L03), By: GroupCollective,
		Late: latePromised}}}

// homesteadPapers is what the applicant hands in (R29–R32).
var homesteadPapers = []Paper{
	need("HP01", "R29", "农村宅基地和建房（规划许可）申请表"),
	need("HP02", "R30", "农村宅基地使用承诺书"),
	need("HP03", "R31", "家庭户口簿复印件"),
	need("HP04", "R31", "申请人身份证复印件").Reuse("RP04"),
	need("HP05", "R32", "房屋设计图纸").OneOf("generic_drawing", "qualified_institute", "qualified_person"),
	photos("HP06", "R34", "公示张贴照片（近景、远景）", GroupNotice), photos("HP07", "R49", "实地审查照片", JointReview),
	request, stamped(PlanningPermitDoc), stamped(HomesteadCert),
}
