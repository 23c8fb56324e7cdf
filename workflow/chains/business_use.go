package chains

import (
	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/serving"
)

// BusinessUse is the use of a self-built house as business premises (自建房用作经营性场所, R93–R105, A24): registered first,
// pushed to the township, checked there; passed on an acceptance or a passing appraisal, or stopped, reported and
// ordered to change. A case stays open as long as the premises are in use: they are checked again every six months, and
// what fails then goes the way of what fails at first (R113).
func BusinessUse() Chain {
	checked := Count(law.L18).Since(Pushed)
	return Chain{ID: "business_use", Title: "自建房用作经营性场所", Version: 1, InForce: law.CountyDay, Matter: "BU",
		Form:   forms.BusinessApplication{},
		Guides: CountyMarketBureau, Papers: businessPapers,
		Oversight: SupervisionOffice, Counter: Authority, Opens: Parties(MarketStation, CountyApprovalBureau),
		Role: UsesHouse, Subject: PremisesSubject, Petitions: petitions, Route: routeBusiness, Brief: noBrief,
		BlankForms:    []BlankForm{},
		Basis:         []string{},
		CommonRecords: always, Stages: []Stage{

			{State: Draft, By: Applicant, Untimed: "草稿，未提交",
				Records: []RecordRow{guidance(Authority, "R94", law.County2021.Art("五1"), Authority, ServiceCenter),
					appraisal("R101", Authority, ServiceCenter)},
				Actions: []Action{
					{Do: Submit, Title: "申请办理", To: To(Processing), MainLine: true, Rule: "R93", Under: law.County2021.Art("五1"),
						Data: forms.AmendedBusiness{}, Effects: Effects(amends, settlesHouse),
						Needs: All(GuidanceGiven, SafetyPromised, ProofBeforeRegistration, Papers(businessPapers)),
						Marks: Marks(Received), Issues: Docs(Authority, OnFile, ReceiptDoc), Tells: Parties(Authority)},
					withdrawDraft("R93")}},

			{State: Processing, By: Authority, Untimed: "登记当场办理；不能当场办理的按市场主体登记管理条例，细则没有期限（R98）", Actions: []Action{
				{Do: Complete, Title: "手续办结", To: To(DoneState), MainLine: true, Rule: "R98", Under: law.County2021.Art("五2"),
					Data: forms.BusinessRegistered{}, Tells: Parties(Authority, Applicant)},
				{Do: Deny, Title: "不予登记", To: To(DeniedEnd), Reason: true, Rule: "R98", Under: law.County2021.Art("五2"),
					Data: forms.NotRegistered{}, Issues: Docs(Authority, serving.Decision, NotRegisteredDoc), Tells: Parties(Applicant)},
				withdrawFrom(Authority)}},

			{State: DoneState, By: Authority, Within: Count(law.L17), Late: lateBureau, Actions: []Action{
				{Do: PushVerb, Title: "推送（函告）乡镇", To: To(PushedState), MainLine: true, Rule: "R99", Under: law.County2021.Art("五2"),
					Data: forms.Push{}, Marks: Marks(Pushed),
					Issues: Docs(Authority, OnFile, PushDoc), Tells: Parties(TownshipGovernment)}}},

			{State: PushedState, By: TownshipGovernment, Within: checked, Late: lateGovernment, Actions: []Action{
				{Do: Receive, Title: "接收推送", To: To(TownshipCheck), MainLine: true, Rule: "R100", Under: law.County2021.Art("五2"),
					Data: forms.ReceivedNote{}, Tells: Parties(TownshipGovernment, PlanningOffice)}}},

			{State: TownshipCheck, By: TownshipGovernment, Within: checked, Late: lateGovernment,
				Records: []RecordRow{{Kind: PremisesCheckKind, By: Parties(PlanningOffice, TownshipGovernment),
					Data: forms.PremisesCheck{}, Effects: identifies, Rule: "R100", Under: law.County2021.Art("五2")},
					appraisal("R101", TownshipGovernment, PlanningOffice, ServiceCenter)},
				Actions: []Action{
					{Do: Verify, Title: "核查符合", To: To(Qualified), MainLine: true, Rule: "R100", Under: law.County2021.Art("五2"),
						Needs: All(PremisesChecked, PremisesQualified, AcceptedOrAppraised, NotOutOfUse,
							NoOpenViolation),
						Issues: Docs(TownshipGovernment, OnFile, PremisesCheckDoc), Tells: Parties(TownshipGovernment, Authority, Applicant)},
					{Do: SendToAppraisal, Title: "无验收资料，待鉴定", To: To(Appraisal),
						Rule: "R101", Under: law.County2021.Art("五2"), Reason: true, Data: forms.AppraisalNotice{},
						Effects: statesDay, Tells: Parties(Applicant)},
					{Do: Stop, Title: "不符合，制止经营活动", To: To(Stopped), Reason: true, Rule: "R102", Under: law.County2021.Art("五3"),
						Data: forms.Stopping{}, Needs: PremisesChecked,
						Issues: Docs(TownshipGovernment, OnFile, PremisesCheckDoc), Tells: Parties(TownshipGovernment)}}},

			{State: Appraisal, By: Applicant, Within: statedLimit("R101"), Late: lateParty,
				Records: []RecordRow{appraisal("R101", TownshipGovernment, PlanningOffice, ServiceCenter)}, Actions: []Action{
					{Do: Resubmit, Title: "鉴定报告已提交", To: To(TownshipCheck), MainLine: true,
						Rule: "R101", Under: law.County2021.Art("五2"), Needs: AppraisalSound, Marks: Marks(Pushed),
						Tells: Parties(TownshipGovernment)},
					{Do: Stop, Title: "不提供鉴定报告，制止经营活动", By: TownshipGovernment, To: To(Stopped), Reason: true,
						Rule: "R102", Under: law.Reading.Art("A24"), Data: forms.Stopping{},
						Tells: Parties(TownshipGovernment)}}},

			{State: Stopped, By: TownshipGovernment, Within: Count(law.L19), Late: lateGovernment, Actions: []Action{
				{Do: NotifyByLetter, Title: "报告登记机关", To: To(Reported), MainLine: true,
					Rule: "R102", Under: law.County2021.Art("五3"), Data: forms.Report{},
					Issues: Docs(TownshipGovernment, OnFile, StopReportDoc),
					Tells:  Parties(Authority, CountyMarketBureau)}}},

			{State: Reported, By: Authority, Within: Count(law.L20), Late: lateBureau, Actions: []Action{
				{Do: OrderChange, Title: "通知市场主体，责令限期变更经营场所", To: To(Ordered), MainLine: true,
					Rule: "R103", Under: law.County2021.Art("五4"), Data: forms.PremisesChangeOrder{}, Effects: statesDay,
					Issues: Docs(Authority, serving.Decision, ChangeOrderDoc), Tells: Parties(Applicant, TownshipGovernment)}}},

			{State: Ordered, By: Applicant, Within: statedLimit("R104"), Late: lateParty,
				Actions: []Action{
					{Do: ConfirmChange, Title: "已变更经营场所", By: Authority, To: To(ChangedState), MainLine: true,
						Rule: "R104", Under: law.County2021.Art("五4"), Data: forms.Changed{},
						Tells: Parties(TownshipGovernment, Applicant)},
					{Do: Enforce, Title: "逾期未变更，依法处理", By: Authority, To: To(EnforcementState),
						Rule: "R105", Under: law.County2021.Art("五4"), Needs: All(OrderServed, ChangeOverdue),
						Tells: Parties(CountyMarketBureau)}}},

			{State: EnforcementState, By: CountyMarketBureau, Untimed: "由有权机关另案处理，细则没有期限（R105、R126）",
				Records: []RecordRow{{Kind: EnforcementKind, By: Parties(CountyMarketBureau), Data: forms.Enforcement{},
					Rule: "R105", Under: law.County2021.Art("五4")}},
				Actions: []Action{{Do: CloseVerb, Title: "处理完毕，结案", To: To(ClosedEnd), MainLine: true,
					Rule: "R105", Under: law.County2021.Art("五4"), Needs: EnforcementDone,
					Tells: Parties(TownshipGovernment, Authority)}}},

			{State: Qualified, By: TownshipGovernment, Within: Count(law.Recheck), Late: lateGovernment, Actions: []Action{
				{Do: InspectSite, Title: "定期核查", To: To(TownshipCheck), Rule: "R113", Under: law.County2021.Art("六1"),
					Marks: Marks(Restarted, Pushed), Tells: Parties(TownshipGovernment, PlanningOffice)},
				{Do: Archive, Title: "经营终止，归档", To: To(Archived), MainLine: true, Rule: "R111", Under: law.County2021.Art("六1"),
					Data: forms.BusinessEnded{}, Tells: Parties(Applicant, Authority)}}},

			{State: Archived, Ends: Granted}, {State: ChangedState, Ends: Settled},
			{State: ClosedEnd, Ends: Settled}, {State: DeniedEnd, Ends: Denied, Name: "不予登记"}, {State: WithdrawnEnd, Ends: Withdrawn}}}
}

// businessPapers is what R95–R97 ask for.
var businessPapers = []Paper{
	request,
	need("BU01", "R95", "申请人书面承诺书"),
	need("BU02", "R96", "经营场所方位示意图（标明经营区域和面积）"),
	need("BU03", "R97", "申请人身份证复印件").Reuse("HP04", "RP04", "LC08"),
	{Code: "BU04", Rule: "R101", Name: "鉴定报告、核查照片"},
}
