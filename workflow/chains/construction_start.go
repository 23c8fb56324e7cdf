package chains

import (
	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/serving"
)

// ConstructionStartLowRise is the registration of the start of a low-rise house (农村自建低层房屋开工登记, R61–R73, A19): no
// licence, a register kept by the township's counter; seven kinds of papers, a survey on site, a signature.
func ConstructionStartLowRise() Chain {
	return Chain{ID: "construction_start.low_rise", Title: "农村自建低层房屋开工登记", Version: 1, InForce: law.CountyDay,
		Matter: "LC", Follows: permits,
		Form: forms.LowRiseStart{}, Guides: CountyHousingBureau, Papers: lowRiseStartPapers,
		Oversight: SupervisionOffice, Counter: ServiceCenter, Opens: Parties(ServiceCenter), Role: StartsHouse,
		Subject: BuildingSubject, Petitions: petitions, Brief: noBrief,
		BlankForms:    []BlankForm{{Form: "F08", Title: "开工登记表"}, {Form: "F10", Title: "施工合同"}},
		Basis:         []string{},
		CommonRecords: always, Stages: []Stage{

			{State: Draft, By: Applicant, Untimed: "草稿，未提交",
				Records: []RecordRow{guidance(TownshipGovernment, "R62", law.County2021.Art("四(一)1"), ServiceCenter), override},
				Actions: []Action{
					{Do: Submit, Title: "提交", To: To(Submitted), MainLine: true, Rule: "R70", Under: law.County2021.Art("四(一)2"),
						Data: forms.AmendedLowRise{}, Effects: Effects(amends, settlesHouse),
						Needs: All(GuidanceGiven, PermitIssued, PermitOfTheSystem, PermitValid, IsLowRise, AsPermitted, OneStart,
							NoOpenViolation, DesignerEngaged, BuilderEngaged,
							BuilderIsOrg, SupervisorEngaged, ContractsMade, Papers(lowRiseStartPapers)),
						Marks: Marks(Received), Issues: Docs(TownshipGovernment, OnFile, ReceiptDoc), Tells: Parties(ServiceCenter)},
					withdrawDraft("R61")}},

			{State: Submitted, By: ServiceCenter, Within: startLimit, Late: lateBelow, Actions: []Action{
				{Do: Accept, Title: "受理", To: To(Review), MainLine: true, Rule: "R71", Under: law.County2021.Art("四(一)2"),
					Needs: Papers(lowRiseStartPapers), Tells: Parties(ServiceCenter)},
				requestCorrection(TownshipGovernment, "LC03"), withdraw}},

			{State: AwaitCorrection, By: Applicant, Within: awaitCorrection, Late: lateParty, Actions: []Action{
				{Do: Correct, Title: "收齐补正材料", To: To(Submitted), MainLine: true, Rule: "R73", Under: law.County2021.Art("四(一)2"),
					Data: forms.AmendedLowRise{}, Effects: amends,
					Needs: All(CorrectionsIn, IsLowRise, AsPermitted, DesignerEngaged, BuilderEngaged, BuilderIsOrg,
						SupervisorEngaged),
					Marks: Marks(Received), Issues: Docs(TownshipGovernment, OnFile, ReceiptDoc), Tells: Parties(ServiceCenter)},
				withdraw, lapse(TownshipGovernment)}},

			{State: Review, By: ServiceCenter, Within: startLimit, Late: lateBelow,
				Records: []RecordRow{{Kind: SiteRecordKind, By: Parties(ServiceCenter, PlanningOffice), Data: forms.SiteRecord{},
					Effects: identifies, Rule: "R71", Under: law.County2021.Art("四(一)2")}},
				Actions: []Action{
					{Do: RegisterStart, Title: "同意登记", To: To(Registered), MainLine: true,
						Rule: "R72", Under: law.County2021.Art("四(一)2"), Data: forms.Registration{},
						Needs: All(StartSurveyed, PermitIssued, PermitValid, AsPermitted, NoOpenViolation, BuilderEngaged, BuilderIsOrg),
						Marks: Marks(Decided), Issues: Docs(TownshipGovernment, serving.Notice, CommencementDoc),
						Tells: Parties(ServiceCenter, TownshipGovernment)},
					{Do: Deny, Title: "不同意登记", To: To(DeniedEnd), Reason: true, Rule: "R73", Under: law.Reading.Art("A19"),
						Data:  forms.NotRegistered{},
						Marks: Marks(Decided), Issues: Docs(TownshipGovernment, serving.Decision, NotRegisteredDoc),
						Tells: Parties(Applicant, TownshipGovernment)},
					withdraw}},

			{State: Registered, By: ServiceCenter, Untimed: "施工与巡查；归档为持续职责，细则没有期限（R111）",
				Records: Rows(site, acts(TownshipGovernment)), Actions: []Action{archive}},

			{State: Archived, Ends: Granted, Records: acts(TownshipGovernment)}, {State: DeniedEnd, Ends: Denied, Name: "不予登记"},
			{State: WithdrawnEnd, Ends: Withdrawn}, {State: TerminatedEnd, Ends: Terminated}}}
}

// ConstructionStartOther is the construction permit of any other house (农村其他房屋施工许可, R78–R90, A22): the counter takes
// in, reviews and surveys under the authority of the county approval bureau, which decides in its own name.
func ConstructionStartOther() Chain {
	permit := Count(law.L15).Since(Received)
	return Chain{ID: "construction_start.other", Title: "农村其他房屋施工许可", Version: 1, InForce: law.CountyDay, Matter: "CP",
		Licence: true,
		Follows: permits,
		Form:    forms.OtherStart{}, Guides: CountyHousingBureau, Papers: otherStartPapers,
		Oversight: SupervisionOffice, Counter: ServiceCenter, Opens: Parties(ServiceCenter), Role: StartsHouse,
		Subject: BuildingSubject, Petitions: petitions, Brief: noBrief,
		BlankForms:    []BlankForm{{Form: "F11", Title: "施工许可申请表"}},
		Basis:         []string{"《中华人民共和国行政许可法》第三十二条", "《中华人民共和国建筑法》第七条、第八条"},
		CommonRecords: always, Stages: []Stage{

			{State: Draft, By: Applicant, Untimed: "草稿，未提交",
				Records: []RecordRow{guidance(CountyApprovalBureau, "R78", law.County2021.Art("四(二)1"), ServiceCenter)},
				Actions: []Action{
					{Do: Submit, Title: "提交", To: To(Submitted), MainLine: true, Rule: "R89", Under: law.County2021.Art("四(二)2"),
						Data: forms.AmendedOther{}, Effects: Effects(amends, settlesHouse),
						Needs: All(GuidanceGiven, PermitIssued, PermitOfTheSystem, PermitValid, IsOtherBuilding, AsPermitted, OneStart,
							NoOpenViolation, OtherEngaged, QualifiedUnits, OtherContracts, Papers(otherStartPapers)),
						Marks: Marks(Received), Issues: Docs(CountyApprovalBureau, OnFile, ReceiptDoc), Tells: Parties(ServiceCenter)},
					withdrawDraft("R78")}},

			{State: Submitted, By: ServiceCenter, Within: Count(law.L05).Since(Received), Late: lateIntake,
				Actions: []Action{
					{Do: Accept, Title: "受理", To: To(AcceptedState), MainLine: true, Rule: "R89", Under: law.Licensing.Art("32"),
						Needs: Papers(otherStartPapers),
						Marks: Marks(Accepted), Issues: Docs(CountyApprovalBureau, serving.Notice, AcceptanceNotice),
						Tells: Parties(ServiceCenter, CountyApprovalBureau)},
					{Do: DeemedAccepted, Title: "视为受理", By: System, To: To(AcceptedState),
						Rule: "R48", Under: law.Licensing.Art("32(四)"),
						Effects: acceptsAsReceived, Tells: Parties(ServiceCenter, CountyApprovalBureau)},
					requestCorrection(CountyApprovalBureau, "CP08"), refuse(CountyApprovalBureau), withdrawFrom(CountyApprovalBureau)}},

			{State: AwaitCorrection, By: Applicant, Within: awaitCorrection, Late: lateParty, Actions: []Action{
				{Do: Correct, Title: "收齐补正材料", To: To(Submitted), MainLine: true, Rule: "R48", Under: law.Licensing.Art("32"),
					Data: forms.AmendedOther{}, Effects: amends,
					Needs: All(CorrectionsIn, IsOtherBuilding, AsPermitted, OtherEngaged, QualifiedUnits),
					Marks: Marks(Received), Issues: Docs(CountyApprovalBureau, OnFile, ReceiptDoc), Tells: Parties(ServiceCenter)},
				withdrawFrom(CountyApprovalBureau), lapse(CountyApprovalBureau)}},

			{State: AcceptedState, By: ServiceCenter, Within: permit, Late: lateBelow,
				Records: Rows([]RecordRow{
					{Kind: SiteRecordKind, By: Parties(ServiceCenter, PlanningOffice), Data: forms.SiteRecord{}, Effects: identifies,
						Rule: "R89", Under: law.County2021.Art("四(二)2")}}, special(CountyApprovalBureau, ServiceCenter)),
				Actions: []Action{
					{Do: Forward, Title: "初审送县行政审批局", To: To(Review), MainLine: true, Rule: "R89", Under: law.County2021.Art("四(二)2"),
						Data:  forms.HandOver{},
						Needs: All(ClockRuns, StartSeen), Tells: Parties(CountyApprovalBureau)},
					withdrawFrom(CountyApprovalBureau)}},

			{State: Review, By: CountyApprovalBureau, Within: permit, Late: lateBureau,
				Records: Rows([]RecordRow{
					{Kind: BureauGuidanceKind, By: Parties(CountyApprovalBureau), Data: forms.BureauGuidance{},
						Rule: "R89", Under: law.County2021.Art("四(二)2")}}, special(CountyApprovalBureau)),
				Actions: []Action{
					{Do: Forward, Title: "提请决定", To: To(Decision), MainLine: true, Rule: "R89", Under: law.County2021.Art("四(二)2"),
						Needs: All(ClockRuns, Guided),
						Tells: Parties(CountyApprovalBureau)},
					{Do: Return, Title: "退回初审", To: To(AcceptedState), Reason: true, Rule: "R89", Under: law.Reading.Art("A11"),
						Tells: Parties(ServiceCenter)},
					withdrawFrom(CountyApprovalBureau)}},

			{State: Decision, By: CountyApprovalBureau, Within: permit, Late: lateBureau, Records: special(CountyApprovalBureau),
				Actions: []Action{
					{Do: Approve, Title: "准予施工许可", To: To(Issued), Signed: true, MainLine: true,
						Rule: "R90", Under: law.ConstructionLaw.Art("8"), Data: forms.ConstructionDecision{},
						Effects: Effects(placesSeal, limitsBeginning),
						Needs: All(ClockRuns, HearingOver, PermitIssued, PermitValid, AsPermitted, IsOtherBuilding, NoOpenViolation,
							StartSurveyed, OtherBuilder, QualifiedUnits),
						Marks: Marks(Decided), Issues: constructionPermit, Tells: Parties(ServiceCenter, CountyHousingBureau, Applicant)},
					{Do: Deny, Title: "不予许可", To: To(DeniedEnd), Signed: true, Reason: true,
						Rule: "R90", Under: law.Licensing.Art("38"), Data: forms.Denial{}, Effects: placesSeal,
						Needs: All(ClockRuns, HearingOver), Marks: Marks(Decided), Issues: Docs(CountyApprovalBureau, serving.Decision, DenialDecision),
						Tells: Parties(ServiceCenter, Applicant)},
					withdrawFrom(CountyApprovalBureau)}},

			{State: Issued, By: ServiceCenter, Untimed: "已决定：送达期限见登记项；开工、巡查后归档（R111）", OtherLimits: []Limit{handOver},
				Late: lateBelow,
				Records: Rows(site, acts(CountyApprovalBureau), []RecordRow{
					{Kind: CommencementKind, By: Parties(ServiceCenter, PlanningOffice), Data: forms.Commencement{},
						Rule: "R90", Under: law.ConstructionLaw.Art("9")},
					{Kind: PermitExtensionKind, By: Parties(CountyApprovalBureau), Optional: true,
						Data: forms.PermitExtension{}, Effects: putsOffBeginning, Rule: "R90", Under: law.ConstructionLaw.Art("9"),
						When: MayPutOff}}),
				Actions: []Action{
					{Do: Archive, Title: "归档", To: To(Archived), MainLine: true, Rule: "R111", Under: law.County2021.Art("六1"),
						Needs: All(Stamped(ConstructionPermitDoc), Served, BegunInTime),
						Tells: Parties(Applicant)},
					{Do: Terminate, Title: "逾期未开工，许可证废止", To: To(TerminatedEnd), Reason: true,
						Rule: "R90", Under: law.ConstructionLaw.Art("9"), Needs: BeginLapsed,
						Tells: Parties(Applicant, CountyApprovalBureau, CountyHousingBureau)}}},

			{State: Archived, Ends: Granted, Records: acts(CountyApprovalBureau)},
			{State: NotAcceptedEnd, Ends: NotAccepted}, {State: DeniedEnd, Ends: Denied},
			{State: WithdrawnEnd, Ends: Withdrawn},
			{State: TerminatedEnd, Ends: Terminated}}}
}

// lowRiseStartPapers is what R63–R69 ask for; what the file holds already is not asked for again (A29).
var lowRiseStartPapers = []Paper{
	request,
	need("LC01", "R63", "建设用地手续").Reuse("F05", "RP03"),
	need("LC02", "R64", "规划手续").Reuse("F04"),
	need("LC03", "R65", "房屋设计图纸").OneOf("generic_drawing", "qualified_institute", "qualified_person").Reuse("HP05",
		"RP05"),
	need("LC04", "R66", "与施工方签订的书面合同"),
	need("LC05", "R66", "与监理方签订的书面合同"),
	need("LC06", "R67", "施工方环保、安全、农民工欠薪承诺书、担保书"),
	need("LC07", "R68", "申请人不欠施工方资金保证承诺书、担保书"),
	need("LC08", "R69", "申请人合法身份证明材料").Reuse("HP04", "RP04"),
}

// otherStartPapers is what R79–R88 ask for.
var otherStartPapers = []Paper{
	request,
	need("CP01", "R79", "建筑工程施工许可（质量安全监督并联审批）申请表"),
	need("CP02", "R80", "土地证（宅基证）").Reuse("F05", "RP03"),
	need("CP03", "R81", "乡村建设规划许可证").Reuse("F04"),
	need("CP04", "R82", "中标通知书或自主发包备案表").OneOf("bid_award_notice", "self_contracting_record"),
	need("CP05", "R83", "参建各方身份证、营业执照、企业资质、人员资格证"),
	need("CP06", "R83", "质量终身负责制承诺书"),
	need("CP07", "R84", "建筑工程项目安全生产承诺书"),
	need("CP08", "R85", "施工图纸（具备资质的设计单位出具）"),
	need("CP09", "R86", "施工合同"),
	need("CP10", "R86", "监理合同"),
	need("CP11", "R87", "建设资金证明（资金已落实、不拖欠农民工工资承诺书、担保书）"),
	need("CP12", "R88", "人防相关资料").Where("在人防审查范围内的工程",
		func(f Facts) bool { return Applied[forms.StartApplication](f.Case).CivilDefense }),
	need("CP13", "R88", "消防相关资料").Where("在消防审查范围内的工程",
		func(f Facts) bool { return Applied[forms.StartApplication](f.Case).FireScope }),
	stamped(ConstructionPermitDoc),
}
