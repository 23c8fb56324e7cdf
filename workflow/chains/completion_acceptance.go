package chains

import (
	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/serving"
)

// CompletionLowRise is the acceptance of a finished low-rise house (农村自建低层房屋竣工验收, R74–R77, A20, A21): the township
// charges an officer, four parties sign on site, the sheet goes to the counter within a month.
func CompletionLowRise() Chain {
	inspected := Count(law.L13).Since(Received)
	return Chain{ID: "completion_acceptance.low_rise", Title: "农村自建低层房屋竣工验收", Version: 1, InForce: law.CountyDay,
		Matter: "LA", Follows: starts,
		Form: forms.LowRiseCompletion{}, Guides: CountyHousingBureau, Papers: lowRiseCompletionPapers,
		Oversight: SupervisionOffice, Counter: ServiceCenter, Opens: Parties(ServiceCenter), Role: AcceptsHouse,
		Subject: BuildingSubject, Petitions: petitions, Brief: noBrief,
		BlankForms:    []BlankForm{{Form: "F09", Title: "竣工验收表"}},
		Basis:         []string{},
		CommonRecords: always, Stages: []Stage{

			{State: Draft, By: Applicant, Untimed: "草稿，未提交", Actions: []Action{
				{Do: Submit, Title: "申请竣工验收", To: To(Submitted), MainLine: true, Rule: "R74", Under: law.County2021.Art("四(一)3"),
					Data: forms.AmendedLowFinish{}, Effects: Effects(amends, settlesHouse),
					Needs: All(Started, OneAcceptance, NoOpenViolation, Papers(lowRiseCompletionPapers)), Marks: Marks(Received),
					Issues: Docs(TownshipGovernment, OnFile, ReceiptDoc),
					Tells:  Parties(TownshipGovernment)},
				withdrawDraft("R74")}},

			{State: Submitted, By: TownshipGovernment, Within: inspected, Late: lateGovernment, Actions: []Action{
				{Do: Assign, Title: "指派验收责任人", To: To(Assigned), MainLine: true, Rule: "R75", Under: law.County2021.Art("四(一)3"),
					Data: forms.Assignment{}, Effects: identifies, Tells: Parties(PlanningOffice)},
				withdraw}},

			{State: Assigned, By: PlanningOffice, Within: inspected, Late: lateBelow, Actions: []Action{
				{Do: Call, Title: "通知四方到场", To: To(Inspection), MainLine: true, Rule: "R75", Under: law.County2021.Art("四(一)3"),
					Data: forms.InspectionCall{}, Tells: Parties(PlanningOffice, EconomicOffice, Applicant)},
				withdraw}},

			{State: Inspection, By: PlanningOffice, Within: inspected, Late: lateBelow,
				Records: Rows(fourOpinions(PlanningOffice), landOpinions, []RecordRow{
					{Kind: CompletionSheetKind, By: Parties(PlanningOffice), Data: forms.CompletionSheet{}, Effects: identifies,
						Rule: "R75", Under: law.County2021.Art("四(一)3")},
					{Kind: MeasuredKind, By: Parties(PlanningOffice), Data: forms.MeasuredHouse{}, Effects: identifies,
						Rule: "A21", Under: law.Reading.Art("A21")}}),
				Actions: []Action{
					{Do: InspectCompletion, Title: "验收合格", To: To(Passed), MainLine: true,
						Rule: "R75", Under: law.County2021.Art("四(一)3"), Data: forms.CompletionFinding{},
						Needs: All(FourSigned, ItemsSound, WithinPermit, LandConforms, NoOpenViolation), Marks: Marks(Decided),
						Tells: Parties(PlanningOffice, ServiceCenter, Applicant)},
					{Do: FailCompletion, Title: "验收不合格", To: To(Failed), Reason: true, Rule: "R77", Under: law.Reading.Art("A21"),
						Tells: Parties(PlanningOffice, Applicant)},
					withdraw}},

			{State: Failed, By: PlanningOffice, Within: Count(law.Findings), Late: lateBelow, Actions: []Action{
				{Do: OrderRectification, Title: "书面列项，责令整改", To: To(Rectify), MainLine: true,
					Rule: "R77", Under: law.Reading.Art("A21"), Data: forms.Rectification{}, Effects: statesDay,
					Issues: Docs(TownshipGovernment, serving.Notice, RectifyCompletionDoc), Tells: Parties(Applicant)}}},

			{State: Rectify, By: Applicant, Within: statedLimit("R77"), Late: lateParty, Actions: []Action{
				{Do: Resubmit, Title: "整改完成，申请复验", To: To(Inspection), MainLine: true, Rule: "R77", Under: law.Reading.Art("A21"),
					Data: forms.Rectified{}, Marks: Marks(Received, Restarted),
					Tells: Parties(PlanningOffice)},
				withdraw}},

			{State: Passed, By: PlanningOffice, Within: Count(law.L14), Late: lateBelow, Actions: []Action{
				{Do: Archive, Title: "填写竣工验收表，报便民服务中心存档", To: To(Archived), MainLine: true,
					Rule: "R76", Under: law.County2021.Art("四(一)3"), Data: forms.ArchiveNote{},
					Issues: Docs(TownshipGovernment, OnFile, CompletionDoc, AcceptanceSheetDoc), Tells: Parties(ServiceCenter, Applicant)}}},

			{State: Archived, Ends: Granted}, {State: WithdrawnEnd, Ends: Withdrawn}}}
}

// CompletionOther is the acceptance of any other house and its filing (农村其他房屋竣工验收与备案, R91, R92, A23): the housing
// bureau on site, the parties sign, then the filing with the approval bureau within fifteen days.
func CompletionOther() Chain {
	return Chain{ID: "completion_acceptance.other", Title: "农村其他房屋竣工验收与备案", Version: 1, InForce: law.CountyDay,
		Matter: "CA", Follows: starts,
		Form: forms.OtherCompletion{}, Guides: CountyHousingBureau, Papers: otherCompletionPapers,
		Oversight: SupervisionOffice, Counter: CountyHousingBureau, Opens: Parties(CountyHousingBureau), Role: AcceptsHouse,
		Subject: BuildingSubject, Petitions: petitions, Brief: noBrief,
		BlankForms:    []BlankForm{{Form: "F13", Title: "竣工验收备案表"}},
		Basis:         []string{},
		CommonRecords: always, Stages: []Stage{

			{State: Draft, By: Applicant, Untimed: "草稿，未提交", Actions: []Action{
				{Do: Submit, Title: "申请竣工验收", To: To(Submitted), MainLine: true, Rule: "R91", Under: law.County2021.Art("四(二)3"),
					Data: forms.AmendedFinish{}, Effects: Effects(amends, settlesHouse),
					Needs: All(StartedOther, OneAcceptance, NoOpenViolation, Papers(otherCompletionPapers[:1])),
					Marks: Marks(Received), Issues: Docs(CountyHousingBureau, OnFile, ReceiptDoc),
					Tells: Parties(CountyHousingBureau)},
				withdrawDraft("R91")}},

			{State: Submitted, By: CountyHousingBureau, Untimed: "细则没有规定验收期限（R91）", Actions: []Action{
				{Do: Call, Title: "到场监督，通知各方", To: To(Inspection), MainLine: true, Rule: "R91", Under: law.County2021.Art("四(二)3"),
					Data:  forms.InspectionCall{},
					Tells: Parties(CountyHousingBureau, EconomicOffice, PlanningOffice, Applicant)},
				withdrawFrom(CountyHousingBureau)}},

			{State: Inspection, By: CountyHousingBureau, Untimed: "细则没有规定验收期限（R91）",
				Records: Rows(fourOpinions(CountyHousingBureau), landOpinions, []RecordRow{
					{Kind: CompletionSheetKind, By: Parties(CountyHousingBureau), Data: forms.CompletionSheet{}, Effects: identifies,
						Rule: "R91", Under: law.County2021.Art("四(二)3")},
					{Kind: MeasuredKind, By: Parties(CountyHousingBureau), Data: forms.MeasuredOther{}, Effects: identifies,
						Rule: "A21", Under: law.Reading.Art("A21")}}),
				Actions: []Action{
					{Do: InspectCompletion, Title: "验收合格", To: To(Passed), MainLine: true,
						Rule: "R91", Under: law.County2021.Art("四(二)3"), Data: forms.CompletionFinding{},
						Needs: All(FourSigned, ItemsSound, WithinPermit, LandConforms, NoOpenViolation), Marks: Marks(Decided),
						Issues: Docs(CountyHousingBureau, OnFile, CompletionOtherDoc), Tells: Parties(Applicant, CountyApprovalBureau)},
					{Do: FailCompletion, Title: "验收不合格", To: To(Failed), Reason: true, Rule: "R91", Under: law.Reading.Art("A23"),
						Tells: Parties(CountyHousingBureau, Applicant)},
					withdrawFrom(CountyHousingBureau)}},

			{State: Failed, By: CountyHousingBureau, Within: Count(law.Findings.For("R91")), Late: lateBureau, Actions: []Action{
				{Do: OrderRectification, Title: "书面列项，责令整改", To: To(Rectify), MainLine: true,
					Rule: "R91", Under: law.Reading.Art("A23"), Data: forms.Rectification{}, Effects: statesDay,
					Issues: Docs(CountyHousingBureau, serving.Notice, RectifyCompletionDoc), Tells: Parties(Applicant)}}},

			{State: Rectify, By: Applicant, Within: statedLimit("R91"), Late: lateParty, Actions: []Action{
				{Do: Resubmit, Title: "整改完成，申请复验", To: To(Inspection), MainLine: true, Rule: "R91", Under: law.Reading.Art("A23"),
					Data: forms.Rectified{}, Marks: Marks(Restarted),
					Tells: Parties(CountyHousingBureau)},
				withdrawFrom(CountyHousingBureau)}},

			{State: Passed, By: Applicant, Within: Count(law.L16), Late: lateParty, Actions: []Action{
				{Do: FileVerb, Title: "竣工验收备案", By: CountyApprovalBureau, To: To(Filed), MainLine: true,
					Rule: "R92", Under: law.QualityRules.Art("49"), Data: forms.FilingAccepted{},
					Needs: FilingPapers, Issues: Docs(CountyApprovalBureau, OnFile, CompletionFilingDoc),
					Tells: Parties(CountyApprovalBureau, CountyHousingBureau, Applicant)}}},

			{State: Filed, By: CountyApprovalBureau, Untimed: "归档为持续职责，细则没有期限（R111）", Actions: []Action{
				{Do: Archive, Title: "归档", To: To(Archived), MainLine: true, Rule: "R111", Under: law.County2021.Art("六1"),
					Tells: Parties(Applicant, ServiceCenter)}}},

			{State: Archived, Ends: Granted}, {State: WithdrawnEnd, Ends: Withdrawn}}}
}

var lowRiseCompletionPapers = []Paper{need("LA01", "R74", "竣工验收申请（完工日期）"), request}

var otherCompletionPapers = []Paper{need("CA01", "R91", "竣工验收申请"), need("CA02", "R92", "竣工验收备案表及备案文件"),
	request}

// landOpinions are the columns of F06, each written by its own office: agriculture by the economic office, natural
// resources by the planning office (A9, A21).
var landOpinions = []RecordRow{
	{Kind: LandOpinionKind, By: Parties(EconomicOffice), Data: forms.LandOpinion{},
		Rule: "A21", Under: law.Reading.Art("A9")},
	{Kind: PlanOpinionKind, By: Parties(PlanningOffice), Data: forms.LandOpinion{},
		Rule: "A21", Under: law.Reading.Art("A9")}}

// fourOpinions is what the household, the designer, the builder and the supervising engineer sign (R75): taken down on
// paper by the office that called them, or on their own phones.
func fourOpinions(office Party) []RecordRow {
	row := func(k RecordKind) RecordRow {
		return RecordRow{Kind: k, By: Parties(office), Data: forms.PartyOpinion{}, ByLink: true,
			Effects: Effects(identifies, signsByHand), Rule: "R75", Under: law.County2021.Art("四(一)3")}
	}
	return []RecordRow{row(OwnerOpinionKind), row(DesignOpinionKind), row(BuildOpinionKind), row(SupervisionOpinionKind)}
}
