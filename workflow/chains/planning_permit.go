package chains

import (
	"slices"

	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/serving"
)

// PlanningPermit is the planning permit alone, for rebuilding an old house on its own site (老宅基翻新重建, R56, A14):
// no meeting and no notice, a declared commitment, review chiefly by the planning office.
func PlanningPermit() Chain {
	return Chain{ID: "planning_permit", Title: "老宅基翻新重建规划许可", Version: 1, InForce: law.CountyDay, Matter: "RP",
		Licence: true,
		Form:    forms.PlanningApplication{}, Guides: CountyNaturalResources, Papers: planningPapers,
		Oversight: SupervisionOffice, Counter: ServiceCenter, Opens: Parties(ServiceCenter), Role: PermitsHouse,
		Subject: PlotSubject, Petitions: petitions, Route: routePlot, Brief: briefPlot,
		BlankForms:    []BlankForm{{Form: "F01", Title: "农村宅基地和建房（规划许可）申请表"}, {Form: "F02", Title: "农村宅基地使用承诺书"}},
		Basis:         []string{"《中华人民共和国行政许可法》第三十二条、第四十二条", "《中华人民共和国城乡规划法》第四十一条"},
		CommonRecords: always, Stages: []Stage{

			{State: Draft, By: Applicant, Untimed: "草稿，未提交", Actions: []Action{
				{Do: Submit, Title: "提交村级", To: To(VillageReview), MainLine: true, Rule: "R56", Under: law.County2021.Art("三8"),
					Data: forms.Amended{}, Effects: Effects(amends, settlesHouse),
					Needs: All(MemberOfCollective, RebuildOnSite, LawfulOrigin, NotEnlarged, ForLiving, WithinStandard, NotOnPermanentFarmland,
						CommitmentGiven,
						NoOtherRunning, DrawingByQualified, Papers(planningPapers)), Tells: Parties(VillageOrganization)},
				{Do: Withdraw, Title: "撤回", To: To(WithdrawnEnd), Effects: settlesHouse, Rule: "R56", Under: law.Reading.Art("A30"),
					Tells: Parties(Applicant)}}},

			{State: VillageReview, By: VillageOrganization, Within: Count(law.L04), Late: lateBelow,
				Records: []RecordRow{
					{Kind: NeighborKind, By: Parties(VillageOrganization), Data: forms.NeighborOpinion{},
						Rule: "R44", Under: law.County2021.Art("三4")},
					{Kind: VillageSheetKind, By: Parties(VillageOrganization), Data: forms.VillageSheet{},
						Rule: "R40", Under: law.County2021.Art("三4")}, townshipAsked},
				Actions: []Action{
					{Do: SignOpinion, Title: "签署同意", To: To(TownshipIntake), Signed: true, MainLine: true,
						Rule: "R45", Under: law.County2021.Art("三5"), Data: forms.Opinion{},
						Needs: All(VillagePapersGenuine, VillagePlanConforms, VillageStyleConforms, OldHomesteadVerified,
							NeighborsConsulted, VillageSawNeighbors),
						Marks: Marks(Received), Issues: Docs(PlanningAuthority, OnFile, ReceiptDoc), Tells: Parties(ServiceCenter)},
					{Do: Return, Title: "审查不通过，退回申请户", To: To(Returned), Effects: remembersReturn, Signed: true, Reason: true,
						Rule: "R46", Under: law.Reading.Art("A7"), Tells: Parties(Applicant)},
					callForPapers, withdraw}},

			{State: Returned, By: Applicant, Untimed: "等申请户补齐重报（A7）", Records: []RecordRow{townshipAsked}, Actions: []Action{
				{Do: Resubmit, Title: "重报", To: To(VillageReview), MainLine: true, Rule: "R46", Under: law.Reading.Art("A7"),
					Data: forms.Amended{}, Effects: amends,
					Needs: All(MemberOfCollective, RebuildOnSite, LawfulOrigin, NotEnlarged, ForLiving, WithinStandard, NotOnPermanentFarmland,
						CommitmentGiven, DrawingByQualified, Papers(planningPapers)),
					Tells: Parties(VillageOrganization)},
				withdraw, callForPapers}},

			{State: TownshipIntake, By: ServiceCenter, Within: Count(law.L05).Since(Received), Late: lateIntake,
				Records: []RecordRow{conversion},
				Actions: []Action{
					{Do: Accept, Title: "受理", To: To(JointReview), MainLine: true, Rule: "R48", Under: law.Licensing.Art("32"),
						Needs: All(FarmlandCleared, Papers(planningPapers)), Marks: Marks(Accepted),
						Issues: Docs(PlanningAuthority, serving.Notice, AcceptanceNotice), Tells: Parties(PlanningOffice)},
					requestCorrection(PlanningAuthority, "RP05"), refuse(PlanningAuthority),
					{Do: DeemedAccepted, Title: "视为受理", By: System, To: To(JointReview),
						Rule: "R48", Under: law.Licensing.Art("32(四)"),
						Effects: acceptsAsReceived, Tells: Parties(PlanningOffice, ServiceCenter)},
					{Do: TakeBack, Title: "拿回", By: VillageOrganization, To: To(VillageReview), KeepsDeadline: true,
						Rule: "R45", Under: law.Reading.Art("拿回"),
						Needs: NotYetTouched, Tells: Parties(ServiceCenter, VillageOrganization)},
					withdraw}},

			{State: AwaitCorrection, By: Applicant, Within: awaitCorrection, Late: lateParty, Records: []RecordRow{conversion}, Actions: []Action{
				{Do: Correct, Title: "收齐补正材料", To: To(TownshipIntake), MainLine: true, Rule: "R48", Under: law.Licensing.Art("32"),
					Data: forms.Amended{}, Effects: amends,
					Needs: All(CorrectionsIn, RebuildOnSite, LawfulOrigin, NotEnlarged, ForLiving, WithinStandard, NotOnPermanentFarmland,
						CommitmentGiven),
					Marks: Marks(Received), Issues: Docs(PlanningAuthority, OnFile, ReceiptDoc), Tells: Parties(ServiceCenter)},
				withdraw, lapse(TownshipGovernment)}},

			{State: JointReview, By: PlanningOffice, Within: Count(law.L06).Since(Accepted),
				OtherLimits: []Limit{total}, Late: lateBelow,
				Records: Rows([]RecordRow{
					{Kind: SiteRecordKind, By: Parties(PlanningOffice), Data: forms.SiteRecord{},
						Effects: identifies, Rule: "R49", Under: law.Licensing.Art("34")},
					{Kind: JointSheetKind, By: Parties(PlanningOffice), Each: true, Data: forms.JointSheet{},
						Rule: "R50", Under: law.Reading.Art("A14")},
					{Kind: ConferKind, By: Parties(TownshipGovernment), Optional: true, Data: forms.Confer{},
						Rule: "R50", Under: law.Reading.Art("A9")},
					conversion, areaConfirmed}, special(PlanningAuthority, PlanningOffice)),
				Actions: []Action{
					{Do: Forward, Title: "汇总送审", To: To(Decision), MainLine: true, Rule: "R50", Under: law.Reading.Art("A14"),
						Needs: All(ClockRuns, SiteSeen, OpinionsOf(PlanningOffice), Conferred, AreaKnown),
						Tells: Parties(PlanningAuthority)},
					withdraw}},

			// R60: inside the county-town planning area the county approval bureau decides; elsewhere the commissioned township
			// (R59).
			{State: Decision, By: PlanningAuthority, Within: Count(law.L07), OtherLimits: []Limit{total}, Late: lateGovernment,
				Records: Rows([]RecordRow{conversion}, special(PlanningAuthority)),
				Actions: []Action{
					{Do: Approve, Title: "批准", To: To(Approved), Signed: true, MainLine: true,
						Rule: "R56", Under: law.PlanningLaw.Art("41"), Data: forms.PermitApproval{}, Effects: placesSeal,
						Needs: All(ClockRuns, HearingOver, SiteVisited, ReviewAgrees, FarmlandCleared, NotOnPermanentFarmland,
							NotEnlarged, ForLiving, WithinStandard, Commissioned),
						Marks: Marks(Decided), Issues: slices.Concat(Docs(PlanningAuthority, OnFile, ApprovalSheet), planningPermit),
						Tells: Parties(ServiceCenter, Applicant)},
					{Do: Deny, Title: "不予许可", To: To(DeniedEnd), Signed: true, Reason: true,
						Rule: "R54", Under: law.Licensing.Art("38"), Data: forms.Denial{}, Effects: placesSeal,
						Needs: All(ClockRuns, HearingOver),
						Marks: Marks(Decided), Issues: Docs(PlanningAuthority, serving.Decision, DenialDecision),
						Tells: Parties(ServiceCenter, Applicant)},
					{Do: Return, Title: "退回审查", To: To(JointReview), Reason: true, Rule: "R51", Under: law.Reading.Art("A11"),
						Tells: Parties(PlanningOffice)},
					{Do: TakeBack, Title: "拿回", By: PlanningOffice, To: To(JointReview), KeepsDeadline: true,
						Rule: "R50", Under: law.Reading.Art("拿回"),
						Needs: NotYetTouched, Tells: Parties(PlanningAuthority, PlanningOffice)},
					withdraw}},

			{State: Approved, By: ServiceCenter, Within: handOver, OtherLimits: []Limit{disclose}, Late: lateBelow,
				Actions: []Action{
					{Do: Issue, Title: "发证", To: To(Issued), MainLine: true, Rule: "R53", Under: law.County2021.Art("三7"),
						Data: forms.ServiceRecord{}, Effects: serving.Enters,
						Needs: Stamped(PlanningPermitDoc), Issues: Docs(TownshipGovernment, OnFile, FilingReport),
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
			{State: NotAcceptedEnd, Ends: NotAccepted}, {State: DeniedEnd, Ends: Denied},
			{State: WithdrawnEnd, Ends: Withdrawn}, {State: TerminatedEnd, Ends: Terminated}}}
}

// planningPapers is what the applicant hands in (R56, A14).
var planningPapers = []Paper{
	need("RP01", "R56", "农村宅基地和建房（规划许可）申请表"),
	need("RP02", "R56", "申报承诺书（位置、面积、层数、层高）"),
	need("RP03", "R56", "原宅基地合法来源材料").OneOf("ownership_certificate", "recognition_record"),
	need("RP04", "R56", "申请人身份证复印件").Reuse("HP04"),
	need("RP05", "R56", "房屋设计图纸").OneOf("generic_drawing", "qualified_institute", "qualified_person"),
	photos("RP06", "R57", "实地审查照片", JointReview),
	request, stamped(PlanningPermitDoc),
}
