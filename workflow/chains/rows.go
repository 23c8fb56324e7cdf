package chains

import (
	"slices"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/certificates"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/serving"
)

// The rows that stand alike in several stages.
var (
	// total is L08: twenty working days from acceptance to decision, whatever the parts (A10).
	total = Count(law.L08).Since(Accepted)

	// withdraw takes back what the township would have decided. A planning permit may have been granted before.
	withdraw        = withdrawFrom(TownshipGovernment, certificates.QuestionsPermits...)
	awaitCorrection = statedLimit("A8")

	// What a household may ask of the township where the group or the village refuses or lets its time pass (A6, A7).
	townshipAsked = RecordRow{Kind: TownshipAskedKind, By: Parties(Applicant), Optional: true,
		Data: forms.TownshipRequest{}, Rule: "A6", Under: law.Reading.Art("A6"), When: HeldUp,
		Tells: Parties(TownshipGovernment)}
	callForPapers = Action{Do: CallForPapers, Title: "调取材料，由乡镇处理", By: TownshipGovernment, Signed: true,
		To: To(TownshipIntake), Rule: "A7", Under: law.Reading.Art("A7"), Data: forms.Taken{},
		Effects: placesSeal, Needs: All(HeldUpByVillage, TownshipAsked("A7", "township_calls")), Marks: Marks(Received),
		Issues: Docs(TownshipGovernment, OnFile, ReceiptDoc), Tells: Parties(ServiceCenter, VillageOrganization)}

	archive = Action{Do: Archive, Title: "归档", To: To(Archived), MainLine: true,
		Rule: "R111", Under: law.County2021.Art("六1"), Tells: Parties(Applicant)}

	// disclose is L11: the result is public within twenty working days of the decision, without what identifies (A37).
	disclose   = Count(law.L11).Since(Decided).Where(NotDisclosed[0])
	disclosure = RecordRow{Kind: DisclosureKind, By: Parties(TownshipGovernment, ServiceCenter), Data: forms.Disclosed{},
		Rule: "A37", Under: law.Disclosure.Art("21"),
		Stops: Limits(law.L11)}
	archiveDisclosed = Action{Do: Archive, Title: "归档", To: To(Archived), MainLine: true,
		Rule: "R111", Under: law.County2021.Art("六1"), Needs: ResultDisclosed,
		Tells: Parties(Applicant)}

	conversion = RecordRow{Kind: ConversionKind, By: Parties(CountyNaturalResources), Optional: true,
		Data: forms.LandConversion{}, Rule: "R57", Under: law.County2021.Art("六3")}
	// areaConfirmed is A34: the planning office confirms what the counter chose, or routes the case anew.
	areaConfirmed = RecordRow{Kind: AreaConfirmKind, By: Parties(PlanningOffice), Each: true, Data: forms.AreaConfirmation{},
		Rule: "A34", Under: law.Reading.Art("A34"), When: PlanningUndecided, Effects: confirmsArea}
	filingReceipt = RecordRow{Kind: FilingReceiptKind, By: Parties(CountyAgricultureBureau, CountyNaturalResources),
		Each: true, Data: forms.FilingReceipt{}, Rule: "R55",
		Under: law.County2021.Art("三7"), Stops: Limits(law.L10)}
	// receipts is L10: the township has reported with the certificate; each bureau owes its own receipt (R55, A13).
	receipts = Count(law.L10).With(FilingReceiptKind)
)

// refuse declines to take an application up, in the name of the authority that would decide.
func refuse(authority Party) Action {
	return Action{Do: Refuse, Title: "不予受理", To: To(NotAcceptedEnd), Reason: true,
		Rule: "R48", Under: law.Licensing.Art("32(一)"), Data: forms.RefusalGround{},
		Issues: Docs(authority, serving.Decision, NonAcceptanceDoc), Tells: Parties(Applicant)}
}

// lapse is A8: what is not corrected ends where the county says so, after the term that the notice stated and that was served.
func lapse(authority Party) Action {
	return Action{Do: Terminate, Title: "逾期未补正，终止办理", To: To(TerminatedEnd), Reason: true,
		Rule: "A8", Under: law.Reading.Art("A8"), Needs: All(LapseConfirmed, CorrectionServed, TermPassed),
		Issues: Docs(authority, serving.Decision, LapseDoc), Tells: Parties(Applicant)}
}

// aside tells whether a record of the kind stands beside the decision.
func aside(k RecordKind) bool {
	return slices.ContainsFunc(always, func(r RecordRow) bool { return r.Kind == k && r.KeepsPagesFresh })
}

// special is what stops, extends and accompanies the time to the decision: the special procedures of Licensing Law Art.
// 45, told by a notice of the office that reviews or decides; the one extension of Art. 42, the
// head's alone (A10); the hearing of Art. 36 and 47 with its two limits.
func special(authority Party, reviewer ...Party) []RecordRow {
	both := append(reviewer, authority)
	return []RecordRow{
		{Kind: PauseKind, By: both, Optional: true, Data: forms.PauseNotice{},
			Rule: "R49", Under: law.Licensing.Art("45"), Tells: Parties(Applicant, ServiceCenter, authority),
			Issues: Docs(authority, serving.Special, SpecialProcedureDoc)},
		{Kind: ResumeKind, By: both, Optional: true, Data: forms.ResumeNotice{}, Effects: resumes,
			Rule: "R49", Under: law.Licensing.Art("45"), When: ClockStands},
		{Kind: ExtendKind, By: Parties(authority), Signed: true, Optional: true, Data: forms.Extension{}, Effects: extends,
			Rule: "R51", Under: law.Licensing.Art("42"), When: MayExtend, Tells: Parties(Applicant, ServiceCenter),
			Issues: Docs(authority, serving.Notice, ExtensionDoc)},
		{Kind: HearingNoticeKind, By: Parties(authority), Optional: true, Data: forms.HearingNotice{},
			Rule: "A16", Under: law.Licensing.Art("47"), When: HearingToOffer, Tells: Parties(Applicant, ServiceCenter),
			Issues: Docs(authority, serving.HearingRight(authority), HearingRightDoc)},
		{Kind: HearingAskedKind, By: Parties(ServiceCenter, authority), Optional: true, Data: forms.HearingRequest{},
			Rule: "A16", Under: law.Licensing.Art("47"),
			When: HearingOffered, Stops: Limits(law.L22), Tells: Parties(authority),
			Starts: []Clock{{Limit: Count(law.L23), By: authority, Late: lateGovernment}}},
		{Kind: HearingCallKind, By: Parties(authority), Optional: true, Data: forms.HearingCall{},
			Rule: "A16", Under: law.Licensing.Art("48"), When: HearingAsked, Effects: callsHearing,
			Issues: Docs(authority, serving.Notice, HearingCallDoc), Tells: Parties(Applicant, ServiceCenter)},
		{Kind: HearingHeldKind, By: Parties(authority), Optional: true, Data: forms.HearingHeld{},
			Rule: "A16", Under: law.Licensing.Art("48"), When: All(HearingAsked, HearingCalled),
			Stops: Limits(law.L23)}}
}

// guidance is the one-time notice of what to bring, before anything is handed in (A38).
func guidance(authority Party, r law.Rule, under law.Article, by ...Party) RecordRow {
	return RecordRow{Kind: GuidanceKind, By: by, Data: forms.GuidanceNotice{}, Rule: r, Under: under,
		Issues: once(Docs(authority, OnFile, GuidanceDoc))}
}

// appraisal takes an appraisal report in (A27).
func appraisal(r law.Rule, by ...Party) RecordRow {
	return RecordRow{Kind: AppraisalKind, By: by, Optional: true, Data: forms.AppraisalReport{},
		Rule: r, Under: law.Reading.Art("A27")}
}

// withdrawFrom is A30: the applicant takes the case back, on an application that he signed; the authority that would have
// decided confirms it.
func withdrawFrom(authority Party, effects ...Effect) Action {
	return Action{Do: Withdraw, Title: "撤回", By: Applicant, To: To(WithdrawnEnd), Reason: true,
		Rule: "A30", Under: law.Reading.Art("A30"), Data: forms.Withdrawal{}, Effects: effects,
		Issues: Docs(authority, serving.Notice, WithdrawalDoc), Tells: Parties(Applicant)}
}

// villageHandles lets the village do what the group would, with meeting and notice (A6).
func villageHandles(to State) Action {
	return Action{Do: VillageHandles, Title: "转由村级办理", By: TownshipGovernment, Signed: true, To: To(to),
		Rule: "A6", Under: law.Reading.Art("A6"), Data: forms.Taken{},
		Effects: Effects(villageTakes, restartsGroup), Needs: All(HeldUpByGroup, TownshipAsked("A6", "village_handles")),
		Tells: Parties(VillageOrganization, GroupCollective)}
}

// withdrawDraft takes back what was not handed in.
func withdrawDraft(r law.Rule) Action {
	return Action{Do: Withdraw, Title: "撤回", To: To(WithdrawnEnd), Effects: settlesHouse,
		Rule: r, Under: law.Reading.Art("A30"), Tells: Parties(Applicant)}
}

// statedLimit is a limit with the last day that the notice states (A25): what the household or the business owes, so it
// reminds and no red card comes of it.
func statedLimit(r law.Rule) Limit {
	return Count(law.Stated.For(r)).To(DueStated)
}

// atOnce is L21: “立即” is one working day until the county says otherwise (A25).
func atOnce(r law.Rule) Limit { return Count(law.L21.For(r)) }

// always is what every open stage knows beside its own records: the verbs of an office that leave a case where it is.
var always = []RecordRow{
	{Kind: UrgeKind, By: Parties(ServiceCenter, TownshipGovernment, CountyAgricultureBureau, CountyNaturalResources,
		CountyApprovalBureau, SupervisionOffice),
		Optional: true, KeepsPagesFresh: true, Data: forms.Urge{}, Rule: "A25", Under: law.Reading.Art("催办")},
	{Kind: SuperviseKind, By: Parties(SupervisionOffice), Optional: true, KeepsPagesFresh: true, Data: forms.Supervision{},
		Rule: "A25", Under: law.Reading.Art("督办")},
	{Kind: ReassignKind, By: Parties(Holder), Optional: true, KeepsPagesFresh: true,
		Data: forms.Reassignment{}, Effects: assigns, Rule: "A25", Under: law.Reading.Art("转办")},
	{Kind: BackEntryKind, By: Parties(Holder), Optional: true, Data: forms.BackEntry{}, Effects: datesReceipt,
		Rule: "A35", Under: law.Reading.Art("A35"), When: HandedOver},
	{Kind: CopyKind, By: Parties(Holder), Optional: true, KeepsPagesFresh: true, Data: forms.CopyTo{}, Effects: tellsNamed,
		Rule: "A25", Under: law.Reading.Art("抄送")},
	{Kind: ServiceKind, By: Parties(ServiceCenter, TownshipGovernment, CountyApprovalBureau, CountyHousingBureau,
		CountyNaturalResources, MarketStation), Optional: true, KeepsPagesFresh: true, Beyond: true,
		Data: forms.ServiceRecord{}, Effects: serving.Enters, Rule: "R53", Under: law.Licensing.Art("44"),
		When: AwaitsService, Tells: Parties(Applicant)},
}

// AwaitsService holds while a paper that is ready to go out was not served.
var AwaitsService = condition("awaits_service", "R53", "", "没有待送达的文书：须先出具，证照还须加盖印章并上传扫描件",
	func(f Facts) bool { return slices.ContainsFunc(f.Case.File.Documents, serving.Ready(f.Chain, f.Case)) })

// requestCorrection asks for everything at once, once (A8), in the name of the authority that decides; the example names
// a drawing of the chain's own list.
func requestCorrection(authority Party, drawing string) Action {
	return Action{Do: RequestCorrect, Title: "一次性告知补正", To: To(AwaitCorrection), Effects: asksCorrection,
		Rule: "R48", Under: law.Licensing.Art("32(四)"),
		Data: forms.CorrectionRequest{Items: []CorrectionItem{{MaterialCode: drawing, Problem: "图纸缺少层高标注",
			Requirement: "重新提交标注层高的图纸"}}},
		Needs: FirstCorrection, Issues: Docs(authority, serving.Correction, CorrectionNotice), Tells: Parties(Applicant)}
}

// The ladders. A late group or village is told to the township (A6), a township office to the township government, the
// government to the bureau that guides the matter, a bureau to the supervision office; then the guiding bureau after
// three working days, the supervision office after seven, the county government after a month (13710).
var (
	lateBelow      = ladderAbove(TownshipGovernment)
	lateGovernment = ladderAbove(GuidingBureau)
	lateBureau     = ladderAbove(SupervisionOffice)
	// latePromised is the ladder of a limit that the county promises beside a stage: it ends at the bureau that guides the matter.
	latePromised = []Rung{{Name: RungWarn}, {Name: RungRed}, {Name: RungDay3, After: law.OverdueBureau.Limit}}
	// lateParty reminds: what the household or the business owes opens no breach.
	lateParty = []Rung{{Name: RungWarn}, {Name: RungRed, Tell: Parties(ServiceCenter, TownshipGovernment)}}
	// lateIntake acts: no notice within five working days means accepted as of the day of receipt (Licensing Law Art.
	// 32(4), A8).
	lateIntake = []Rung{
		{Name: RungWarn},
		{Name: RungRed, Tell: Parties(TownshipGovernment), Do: DeemedAccepted, Under: law.Licensing.Art("32(四)")}}
)

func ladderAbove(p Party) []Rung {
	return []Rung{
		{Name: RungWarn},
		{Name: RungRed, Tell: Parties(p)},
		{Name: RungDay3, Tell: Parties(GuidingBureau), After: law.OverdueBureau.Limit},
		{Name: RungDay7, Tell: Parties(SupervisionOffice), After: law.OverdueSupervision.Limit},
		{Name: RungMonth, Tell: Parties(CountyGovernment), After: law.OverdueGovernment.Limit}}
}

// The papers of which the case decides the validity, or whether they are issued.
var (
	// planningPermit goes out in the name of the bureau that commissions the township, or of the county approval bureau
	// inside the county-town planning area; where that bureau has issued it with its own decision it is not issued again
	// (R59, R60, A12).
	planningPermit = []IssueRow{{Doc: PlanningPermitDoc, By: PlanningAuthority, Served: serving.Certificate, Once: true}}
	// homesteadCertificate is valid as long as the decision states (A31).
	homesteadCertificate = []IssueRow{{Doc: HomesteadCert, By: TownshipGovernment, Served: serving.Certificate,
		Valid: Validity{Says: "有效期以批准意见载明的月数为准（A31）",
			To: func(out Outcome, f Facts) calendar.Day {
				return calendar.DayOf(out.Entry.At).AddMonths(f.Data.(*forms.Approval).ValidMonths)
			}}}}
	// constructionPermit lasts until building must have begun (Building Law Art. 9).
	constructionPermit = []IssueRow{{Doc: ConstructionPermitDoc, By: CountyApprovalBureau, Served: serving.Certificate,
		Valid: Validity{Says: law.Begin.Statute() + "内未开工的废止（建筑法9）",
			To: func(out Outcome, _ Facts) calendar.Day { return out.Case.File.Day(BeginBy) }}}}
)

// once keeps papers from being issued again while the case holds them.
func once(list []IssueRow) []IssueRow {
	for i := range list {
		list[i].Once = true
	}
	return list
}
