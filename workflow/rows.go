package workflow

import (
	"slices"

	"anju/workflow/calendar"
)

// Parties lists parties inside a row.
func Parties(p ...Party) []Party { return p }

// Marks lists the instants that an action sets.
func Marks(m ...Mark) []Mark { return m }

// Docs lists the papers that an action issues.
func Docs(d ...DocumentKind) []DocumentKind { return d }

// The rows that stand alike in several stages.
var (
	// total is L08: twenty working days from acceptance to decision, whatever the parts (A10).
	total = WorkingDays("L08", 20, "R51", Licensing.Art("42")).Since(Accepted).ToDecision().Named("受理至决定总时限")

	withdraw = Action{Do: Withdraw, Title: "撤回", By: Applicant, To: To(WithdrawnEnd), Reason: true, Rule: "R28", Under: Reading.Art("A30"),
		Tells: Parties(Applicant)}
	terminate = Action{Do: Terminate, Title: "终止", To: To(TerminatedEnd), Reason: true, Rule: "R46", Under: Reading.Art("A7"), Tells: Parties(Applicant)}

	refuse = Action{Do: Refuse, Title: "不予受理", To: To(NotAcceptedEnd), Reason: true, Rule: "R48", Under: Licensing.Art("32(一)"), Data: RefusalGround{},
		Issues: Docs(NonAcceptanceDoc), Tells: Parties(Applicant)}
	archive = Action{Do: Archive, Title: "归档", To: To(Archived), Ahead: true, Rule: "R111", Under: County2021.Art("六1"), Tells: Parties(Applicant)}

	// disclose is L11: the result is public within twenty working days of the decision, without what identifies (A37).
	disclose   = WorkingDays("L11", 20, "A37", Disclosure.Art("26")).Since(Decided).Named("主动公开审批结果").Where(NotDisclosed[0])
	disclosure = RecordRow{Kind: DisclosureKind, By: Parties(TownshipGovernment, ServiceCenter), Data: Disclosed{}, Rule: "A37", Under: Disclosure.Art("21"),
		Stops: []LimitID{"L11"}}
	archiveDisclosed = Action{Do: Archive, Title: "归档", To: To(Archived), Ahead: true, Rule: "R111", Under: County2021.Art("六1"), Needs: ResultDisclosed,
		Tells: Parties(Applicant)}

	conversion       = RecordRow{Kind: ConversionKind, By: Parties(CountyNaturalResources), Optional: true, Data: LandConversion{}, Rule: "R57", Under: County2021.Art("六3")}
	planningDecision = RecordRow{Kind: PlanningDecideKind, By: Parties(CountyApprovalBureau), Optional: true, Data: PlanningDecision{}, Rule: "R60",
		Under: County2021.Art("六6"), When: InsideArea, Issues: Docs(PlanningPermitDoc)}
	filingReceipt = RecordRow{Kind: FilingReceiptKind, By: Parties(CountyAgricultureBureau, CountyNaturalResources), Each: true, Data: FilingReceipt{}, Rule: "R55",
		Under: County2021.Art("三7")}
)

// aside tells whether a record of the kind stands beside the decision.
func aside(k RecordKind) bool {
	return slices.ContainsFunc(always, func(r RecordRow) bool { return r.Kind == k && r.Aside })
}

// special is what stops, extends and accompanies the time to the decision: the special procedures of Licensing Law Art. 45, written by the
// office that reviews or decides with the notice that it served; the one extension of Art. 42, the head's alone (A10); the hearing of
// Art. 36 and 47 with its two limits.
func special(authority Party, reviewer ...Party) []RecordRow {
	both := append(reviewer, authority)
	return []RecordRow{
		{Kind: PauseKind, By: both, Optional: true, Data: PauseNotice{}, Rule: "R49", Under: Licensing.Art("45")},
		{Kind: ResumeKind, By: both, Optional: true, Data: ResumeNotice{}, Rule: "R49", Under: Licensing.Art("45"), When: ClockStands},
		{Kind: ExtendKind, By: Parties(authority), Signed: true, Optional: true, Data: Extension{}, Rule: "R51", Under: Licensing.Art("42"), When: MayExtend},
		{Kind: HearingNoticeKind, By: Parties(authority), Optional: true, Data: HearingNotice{}, Rule: "A16", Under: Licensing.Art("47"), When: HearingToOffer,
			Starts: []Clock{{Limit: WorkingDays("L22", 5, "R48", Licensing.Art("47")).Named("申请听证"), By: Applicant,
				Late: []Rung{{Name: RungWarn, Tell: Parties(ServiceCenter)}, {Name: RungLapse, Tell: Parties(authority)}}}}},
		{Kind: HearingAskedKind, By: Parties(ServiceCenter, authority), Optional: true, Data: HearingRequest{}, Rule: "A16", Under: Licensing.Art("47"),
			When: HearingOffered, Stops: []LimitID{"L22"}, Tells: Parties(authority),
			Starts: []Clock{{Limit: WorkingDays("L23", 20, "R48", Licensing.Art("47")).Named("组织听证"), By: authority, Late: lateDecision}}},
		{Kind: HearingHeldKind, By: Parties(authority), Optional: true, Data: HearingHeld{}, Rule: "A16", Under: Licensing.Art("47"), When: HearingAsked,
			Stops: []LimitID{"L23"}}}
}

// The rows and limits of the chains about houses that are permitted.
var (
	// startLimit is L12: the county promises an answer within five working days of the papers, through review and survey (A19).
	startLimit = WorkingDays("L12", 5, "R71", County2021.Art("四(一)2")).Since(Received).Promised().Named("提交至登记结论")
	// handOver is L09: a certificate reaches its holder within ten working days of the decision.
	handOver = WorkingDays("L09", 10, "R53", Licensing.Art("44")).Since(Decided).Named("证书送达")

	// override is the reasoned act by which a person may build (A18).
	override = RecordRow{Kind: OverrideKind, By: Parties(TownshipGovernment), Signed: true, Optional: true, Data: ContractorOverride{}, Rule: "A18", Under: Reading.Art("A18"),
		Tells: Parties(ServiceCenter)}
	// patrol is a visit to a building site (R108).
	patrol = []RecordRow{{Kind: PatrolKind, By: Parties(PlanningOffice, TownshipGovernment), Optional: true, Data: PatrolVisit{}, Rule: "R108", Under: County2021.Art("六1")}}
	// site is what goes on while a house is built: measuring out (A21) and patrol.
	site = Rows(patrol, []RecordRow{{Kind: StakingKind, By: Parties(PlanningOffice), Optional: true, Data: Staking{}, Rule: "A21", Under: Reading.Art("A21")}})
)

// guidance is the one-time notice of what to bring, before anything is handed in (A38).
func guidance(r Rule, under Article, by ...Party) RecordRow {
	return RecordRow{Kind: GuidanceKind, By: by, Data: GuidanceNotice{}, Rule: r, Under: under, Issues: Docs(GuidanceDoc)}
}

// appraisal takes an appraisal report in (A27).
func appraisal(r Rule, by ...Party) RecordRow {
	return RecordRow{Kind: AppraisalKind, By: by, Optional: true, Data: AppraisalReport{}, Rule: r, Under: Reading.Art("A27")}
}

// withdrawDraft takes back what was not handed in.
func withdrawDraft(r Rule) Action {
	return Action{Do: Withdraw, Title: "撤回", To: To(WithdrawnEnd), Rule: r, Under: Reading.Art("A30"), Tells: Parties(Applicant)}
}

// statedLimit is a limit whose last day the notice states (A25): what the household or the business owes, so it reminds and nobody's red
// card comes of it.
func statedLimit(r Rule) Limit {
	l := CalendarDays("A25", 1, r, Reading.Art("A25")).Promised().Named("通知书载明的期限")
	l.Until = DueStated
	return l
}

// atOnce is L21: “立即” is one working day until the county says otherwise (A25).
func atOnce(r Rule, item string) Limit {
	return WorkingDays("L21", 1, r, County2021.Art(item)).Promised().Named("立即制止、移送")
}

// Rows joins the records of a stage.
func Rows(groups ...[]RecordRow) []RecordRow { return slices.Concat(groups...) }

// always is what every open stage knows beside its own records: the verbs of an office that leave a case where it is.
var always = []RecordRow{
	{Kind: UrgeKind, By: Parties(ServiceCenter, TownshipGovernment, CountyAgricultureBureau, CountyNaturalResources, CountyApprovalBureau, SupervisionOffice),
		Optional: true, Aside: true, Data: Urge{}, Rule: "A25", Under: Reading.Art("催办")},
	{Kind: SuperviseKind, By: Parties(SupervisionOffice), Optional: true, Aside: true, Data: Supervision{}, Rule: "A25", Under: Reading.Art("督办")},
	{Kind: ReassignKind, By: Parties(Holder), Optional: true, Aside: true, Data: Reassignment{}, Rule: "A25", Under: Reading.Art("转办")},
	{Kind: CopyKind, By: Parties(Holder), Optional: true, Aside: true, Data: CopyTo{}, Rule: "A25", Under: Reading.Art("抄送")},
}

// requestCorrection asks for everything at once, once (A8); the example names a drawing of the chain's own list.
func requestCorrection(drawing string) Action {
	return Action{Do: RequestCorrect, Title: "一次性告知补正", To: To(AwaitCorrection), Rule: "R48", Under: Licensing.Art("32(四)"),
		Data:  CorrectionRequest{[]CorrectionItem{{drawing, "图纸缺少层高标注", "重新提交标注层高的图纸"}}},
		Needs: FirstCorrection, Issues: Docs(CorrectionNotice), Tells: Parties(Applicant)}
}

// The ladders. A late group or village is told to the township (A6), a township office to the township government, the
// government to the bureau that guides the matter; then the county bureau after three working days, the supervision office
// after seven, the county government after a month (13710).
var (
	lateGroup      = ladderAbove(TownshipGovernment, CountyAgricultureBureau)
	lateTownship   = ladderAbove(TownshipGovernment, CountyAgricultureBureau)
	lateDecision   = ladderAbove(CountyAgricultureBureau, CountyAgricultureBureau)
	lateCounter    = ladderAbove(TownshipGovernment, CountyHousingBureau)
	lateAcceptance = ladderAbove(CountyHousingBureau, CountyHousingBureau)
	lateBusiness   = ladderAbove(CountyMarketBureau, CountyMarketBureau)
	lateBureau     = ladderAbove(SupervisionOffice, CountyHousingBureau)
	lateMarket     = ladderAbove(SupervisionOffice, CountyMarketBureau)
	// lateParty reminds: what the household or the business owes opens no breach.
	lateParty = []Rung{{Name: RungWarn}, {Name: RungRed, Tell: Parties(ServiceCenter, TownshipGovernment)}}
	// lateIntake acts: no notice within five working days means accepted as of the day of receipt (Licensing Law Art. 32(4), A8).
	lateIntake = []Rung{
		{Name: RungWarn},
		{Name: RungRed, Tell: Parties(TownshipGovernment), Do: DeemedAccepted, Under: Licensing.Art("32(四)")}}
)

func ladderAbove(p, guides Party) []Rung {
	return []Rung{
		{Name: RungWarn},
		{Name: RungRed, Tell: Parties(p)},
		{Name: RungDay3, Tell: Parties(guides), After: calendar.Limit{N: 3, Unit: calendar.WorkingDay, Bound: calendar.Max}},
		{Name: RungDay7, Tell: Parties(SupervisionOffice), After: calendar.Limit{N: 7, Unit: calendar.WorkingDay, Bound: calendar.Max}},
		{Name: RungMonth, Tell: Parties(CountyGovernment), After: calendar.Limit{N: 1, Unit: calendar.Month, Bound: calendar.Max}}}
}
