package chains

import (
	"slices"

	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/serving"
)

// Violation is the handling of unlawful building found on patrol (巡查处置, R108–R110, R116, R124–R126, A26): stopped,
// ordered, rechecked by the township for a low-rise house; stopped and referred for any other. It orders and refers; it
// never fines or demolishes (R126).
func Violation() Chain {
	return Chain{ID: "violation", Title: "巡查发现违法建设处置", Version: 1, InForce: law.CountyDay, Matter: "VC",
		Form: forms.Finding{}, Guides: CountyHousingBureau, Papers: violationPapers,
		Oversight: SupervisionOffice, Counter: PlanningOffice, Opens: Parties(PlanningOffice), Role: PolicesHouse,
		Subject: FindingSubject, Petitions: petitions, Route: routeViolation, Brief: noBrief,
		BlankForms:    []BlankForm{},
		Basis:         []string{},
		CommonRecords: always, Stages: []Stage{

			{State: Found, By: PlanningOffice, Within: atOnce("R110"), Late: lateBelow, Records: patrol, Actions: []Action{
				{Do: OrderStopWork, Title: "责令停工", By: TownshipGovernment, To: To(Stopped), Signed: true, MainLine: true,
					Rule: "R124", Under: law.County2021.Art("七1"), Data: forms.StopWorkOrder{}, Effects: placesSeal,
					Issues: Docs(TownshipGovernment, serving.Decision, StopWorkDoc), Tells: Parties(PlanningOffice, Applicant)},
				{Do: Refer, Title: "责令停工并移送县级部门", By: TownshipGovernment, To: To(Referred), Signed: true,
					Rule: "R110", Under: law.County2021.Art("六1"), Data: forms.StoppedReferral{},
					Effects: Effects(placesSeal, statesDay), Needs: ForReferral,
					Issues: slices.Concat(Docs(TownshipGovernment, serving.Decision, StopWorkDoc),
						Docs(TownshipGovernment, OnFile, ReferralDoc)), Tells: Parties(Authority, PlanningOffice, Applicant)},
				{Do: CloseVerb, Title: "经核实不构成违法，结案", By: TownshipGovernment, To: To(ClosedEnd), Signed: true, Reason: true,
					Rule: "R108", Under: law.County2021.Art("六1"), Tells: Parties(TownshipGovernment)}}},

			{State: Stopped, By: PlanningOffice, Untimed: "已停工；其他房屋的移送期限自发现起算（R110）",
				OtherLimits: []Limit{atOnce("R110").Where(ForReferral[0])}, Late: lateBelow,
				Records: patrol, Actions: []Action{
					{Do: OrderRectification, Title: "责令限期整改", By: TownshipGovernment, To: To(Ordered), Signed: true, MainLine: true,
						Rule: "R124", Under: law.County2021.Art("七1"), Data: forms.RectificationOrder{},
						Effects: Effects(placesSeal, statesDay),
						Needs:   OfTheTownship, Issues: Docs(TownshipGovernment, serving.Decision, RectificationDoc),
						Tells: Parties(Applicant, PlanningOffice)},
					{Do: Refer, Title: "移送县级部门", To: To(Referred), Rule: "R110", Under: law.County2021.Art("六1"),
						Data: forms.Referral{}, Effects: statesDay, Needs: ForReferral,
						Issues: Docs(TownshipGovernment, OnFile, ReferralDoc), Tells: Parties(Authority)}}},

			{State: Ordered, By: Applicant, Within: statedLimit("R124"), Late: lateParty,
				Records: Rows(patrol, []RecordRow{appraisal("R125", PlanningOffice, TownshipGovernment)}), Actions: []Action{
					{Do: InspectSite, Title: "整改期满或报告整改完成，进入复查", By: PlanningOffice, To: To(RecheckState), MainLine: true,
						Rule: "R124", Under: law.County2021.Art("七1"), Data: forms.Rectified{},
						Tells: Parties(PlanningOffice)}}},

			{State: RecheckState, By: PlanningOffice, Untimed: "细则没有规定复查期限（R124）",
				Records: []RecordRow{{Kind: RecheckKind, By: Parties(PlanningOffice), Data: forms.Recheck{}, Effects: identifies,
					Rule: "R124", Under: law.County2021.Art("七1")}, appraisal("R125", PlanningOffice, TownshipGovernment)},
				Actions: []Action{
					{Do: CloseVerb, Title: "整改到位，解除停工，结案", By: TownshipGovernment, To: To(ClosedEnd), Signed: true, MainLine: true,
						Rule: "R125", Under: law.County2021.Art("七1"), Data: forms.Lifting{}, Effects: placesSeal,
						Needs: All(Rechecked, AppraisedForLateStart), Issues: Docs(TownshipGovernment, serving.Notice, StopWorkLiftedDoc),
						Tells: Parties(PlanningOffice, ServiceCenter, Applicant)},
					{Do: OrderRectification, Title: "未整改到位，再次责令整改", By: TownshipGovernment, To: To(Ordered), Signed: true,
						Rule: "R124", Under: law.County2021.Art("七1"), Data: forms.RectificationOrder{},
						Effects: Effects(placesSeal, statesDay),
						Issues:  Docs(TownshipGovernment, serving.Decision, RectificationDoc), Tells: Parties(Applicant, PlanningOffice)}}},

			{State: Referred, By: Authority, Within: statedLimit("R116"), Late: lateBureau,
				Records: []RecordRow{{Kind: ReferralReceiptKind, By: Parties(Authority), Data: forms.ReceivedNote{},
					Rule: "R116", Under: law.County2021.Art("六2")}},
				Actions: []Action{
					{Do: GiveFeedback, Title: "反馈处理结果", To: To(FeedbackState), MainLine: true,
						Rule: "R116", Under: law.County2021.Art("六2"), Data: forms.Feedback{}, Needs: ReferralReceived,
						Tells: Parties(PlanningOffice, TownshipGovernment)}}},

			{State: FeedbackState, By: PlanningOffice, Untimed: "收到反馈，待结案", Actions: []Action{
				{Do: CloseVerb, Title: "结案", By: TownshipGovernment, To: To(ClosedEnd), Signed: true, MainLine: true,
					Rule: "R116", Under: law.County2021.Art("六2"), Data: forms.ReferralClosing{}, Effects: placesSeal,
					Issues: stopLifted, Tells: Parties(PlanningOffice, Applicant)}}},

			{State: ClosedEnd, Ends: Settled}}}
}

// Hazard is the handling of safety hazards of old houses (历史房屋安全隐患处置, R114, R115): graded; a general one guided to
// repair, a major one put out of use at once; rechecked and closed.
func Hazard() Chain {
	return Chain{ID: "hazard", Title: "历史房屋安全隐患处置", Version: 1, InForce: law.CountyDay, Matter: "HZ",
		Form: forms.HazardFinding{}, Guides: CountyHousingBureau, Papers: hazardPapers,
		Oversight: SupervisionOffice, Counter: PlanningOffice, Opens: Parties(PlanningOffice), Role: NoHouse,
		Subject: FindingSubject, Petitions: petitions, Brief: noBrief,
		BlankForms:    []BlankForm{},
		Basis:         []string{},
		CommonRecords: always,
		Stages: []Stage{
			{State: Found, By: PlanningOffice, Untimed: "细则没有规定分级期限（R114）",
				Records: []RecordRow{appraisal("A27", PlanningOffice, TownshipGovernment)}, Actions: []Action{
					{Do: Grade, Title: "隐患分级", To: To(Graded), MainLine: true, Rule: "R114", Under: law.County2021.Art("六1"),
						Data: forms.Grading{}, Effects: gradesHazard, Tells: Parties(PlanningOffice, TownshipGovernment)},
					{Do: CloseVerb, Title: "经核实无隐患，结案", By: TownshipGovernment, To: To(ClosedEnd), Signed: true, Reason: true,
						Rule: "R114", Under: law.County2021.Art("六1"),
						Tells: Parties(TownshipGovernment)}}},

			{State: Graded, By: PlanningOffice, Untimed: "一般隐患没有规定期限（R114）；重大隐患立即停止使用（R115）",
				OtherLimits: []Limit{atOnce("R115").Where(GradedMajor[0])}, Late: lateBelow, Actions: []Action{
					{Do: Guide, Title: "指导修缮", To: To(GuidedState), MainLine: true, Rule: "R114", Under: law.County2021.Art("六1"),
						Data: forms.RepairGuidance{}, Effects: statesDay, Needs: GradedGeneral,
						Tells: Parties(Applicant)},
					{Do: StopUse, Title: "停止房屋使用", By: TownshipGovernment, To: To(UseStopped), Signed: true,
						Rule: "R115", Under: law.County2021.Art("六1"), Data: forms.UseStop{}, Effects: Effects(placesSeal, statesDay),
						Needs: GradedMajor, Issues: Docs(TownshipGovernment, serving.Decision, UseStopDoc), Tells: Parties(Applicant, PlanningOffice)}}},

			{State: GuidedState, By: Applicant, Within: statedLimit("R114"), Late: lateParty,
				Records: []RecordRow{appraisal("A27", PlanningOffice, TownshipGovernment)}, Actions: []Action{recheckHouse}},
			{State: UseStopped, By: Applicant, Within: statedLimit("R115"), Late: lateParty,
				Records: []RecordRow{appraisal("A27", PlanningOffice, TownshipGovernment)}, Actions: []Action{recheckHouse}},

			{State: RecheckState, By: PlanningOffice, Untimed: "细则没有规定复查期限（R114）",
				Records: []RecordRow{{Kind: RecheckKind, By: Parties(PlanningOffice), Data: forms.Recheck{}, Effects: identifies,
					Rule: "R114", Under: law.County2021.Art("六1")}, appraisal("A27", PlanningOffice, TownshipGovernment)},
				Actions: []Action{
					{Do: CloseVerb, Title: "隐患消除，结案", By: TownshipGovernment, To: To(ClosedEnd), Signed: true, MainLine: true,
						Rule: "R114", Under: law.County2021.Art("六1"), Data: forms.Lifting{}, Effects: placesSeal, Needs: Rechecked,
						Issues: useLifted, Tells: Parties(PlanningOffice, Applicant)},
					{Do: Grade, Title: "隐患仍在，重新分级", To: To(Graded), Rule: "R115", Under: law.County2021.Art("六1"),
						Data: forms.Grading{}, Effects: gradesHazard, Tells: Parties(PlanningOffice, TownshipGovernment)}}},

			{State: ClosedEnd, Ends: Settled}}}
}

// The notices that lift an order: to stop work, where the bureau that disposed of the case lets it go on; to stop the
// use of a house, where there was one.
var (
	stopLifted = []IssueRow{{Doc: StopWorkLiftedDoc, By: TownshipGovernment, Served: serving.Notice, If: "准予恢复施工的",
		When: func(f Facts) bool { d, ok := f.Data.(*forms.ReferralClosing); return ok && d.Lifted }}}
	useLifted = []IssueRow{{Doc: UseLiftedDoc, By: TownshipGovernment, Served: serving.Notice, If: "曾责令停止使用的",
		When: func(f Facts) bool { _, stopped := f.Case.Document(UseStopDoc); return stopped }}}
)

// What a patrol brings back: pictures and records of questioning, as many as there are. Nothing waits for them.
var (
	violationPapers = []Paper{{Code: "VC01", Rule: "R108", Name: "现场照片、询问笔录等证据"},
		{Code: "VC02", Rule: "R125", Name: "鉴定报告"}}
	hazardPapers = []Paper{{Code: "HZ01", Rule: "R114", Name: "现场照片"}, {Code: "HZ02", Rule: "A27", Name: "鉴定报告"}}
)

var recheckHouse = Action{Do: InspectSite, Title: "进入复查", By: PlanningOffice, To: To(RecheckState), MainLine: true,
	Rule: "R114", Under: law.County2021.Art("六1"), Data: forms.Rectified{},
	Tells: Parties(PlanningOffice)}
