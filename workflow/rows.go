package workflow

import (
	"slices"

	"anju/workflow/calendar"
	"anju/workflow/law"
)

// Parties lists parties inside a row.
func Parties(p ...Party) []Party { return p }

// Limits lists the limits that a record meets.
func Limits(list ...law.Term) []law.LimitID {
	ids := make([]law.LimitID, len(list))
	for i, l := range list {
		ids[i] = l.ID
	}
	return ids
}

// Marks lists the instants that an action sets.
func Marks(m ...Mark) []Mark { return m }

// The rows that stand alike in several stages.
var (
	// total is L08: twenty working days from acceptance to decision, whatever the parts (A10).
	total = Count(law.L08).Since(Accepted)

	withdraw = Action{Do: Withdraw, Title: "撤回", By: Applicant, To: To(WithdrawnEnd), Reason: true, Rule: "R28", Under: law.Reading.Art("A30"),
		Tells: Parties(Applicant)}
	terminate = Action{Do: Terminate, Title: "终止", To: To(TerminatedEnd), Reason: true, Rule: "R46", Under: law.Reading.Art("A7"), Tells: Parties(Applicant)}

	refuse = Action{Do: Refuse, Title: "不予受理", To: To(NotAcceptedEnd), Reason: true, Rule: "R48", Under: law.Licensing.Art("32(一)"), Data: RefusalGround{},
		Issues: Docs(TownshipGovernment, NonAcceptanceDoc), Tells: Parties(Applicant)}
	archive = Action{Do: Archive, Title: "归档", To: To(Archived), Ahead: true, Rule: "R111", Under: law.County2021.Art("六1"), Tells: Parties(Applicant)}

	// disclose is L11: the result is public within twenty working days of the decision, without what identifies (A37).
	disclose   = Count(law.L11).Since(Decided).Where(NotDisclosed[0])
	disclosure = RecordRow{Kind: DisclosureKind, By: Parties(TownshipGovernment, ServiceCenter), Data: Disclosed{}, Rule: "A37", Under: law.Disclosure.Art("21"),
		Stops: Limits(law.L11)}
	archiveDisclosed = Action{Do: Archive, Title: "归档", To: To(Archived), Ahead: true, Rule: "R111", Under: law.County2021.Art("六1"), Needs: ResultDisclosed,
		Tells: Parties(Applicant)}

	conversion       = RecordRow{Kind: ConversionKind, By: Parties(CountyNaturalResources), Optional: true, Data: LandConversion{}, Rule: "R57", Under: law.County2021.Art("六3")}
	planningDecision = RecordRow{Kind: PlanningDecideKind, By: Parties(CountyApprovalBureau), Optional: true, Data: PlanningDecision{}, Rule: "R60",
		Under: law.County2021.Art("六6"), When: InsideArea, Issues: planningPermitOfCounty}
	filingReceipt = RecordRow{Kind: FilingReceiptKind, By: Parties(CountyAgricultureBureau, CountyNaturalResources), Each: true, Data: FilingReceipt{}, Rule: "R55",
		Under: law.County2021.Art("三7")}
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
		{Kind: PauseKind, By: both, Optional: true, Data: PauseNotice{}, Effects: suspends, Rule: "R49", Under: law.Licensing.Art("45")},
		{Kind: ResumeKind, By: both, Optional: true, Data: ResumeNotice{}, Effects: resumes, Rule: "R49", Under: law.Licensing.Art("45"), When: ClockStands},
		{Kind: ExtendKind, By: Parties(authority), Signed: true, Optional: true, Data: Extension{}, Effects: extends, Rule: "R51", Under: law.Licensing.Art("42"), When: MayExtend},
		{Kind: HearingNoticeKind, By: Parties(authority), Optional: true, Data: HearingNotice{}, Rule: "A16", Under: law.Licensing.Art("47"), When: HearingToOffer,
			Starts: []Clock{{Limit: Count(law.L22), By: Applicant,
				Late: []Rung{{Name: RungWarn, Tell: Parties(ServiceCenter)}, {Name: RungLapse, Tell: Parties(authority)}}}}},
		{Kind: HearingAskedKind, By: Parties(ServiceCenter, authority), Optional: true, Data: HearingRequest{}, Rule: "A16", Under: law.Licensing.Art("47"),
			When: HearingOffered, Stops: Limits(law.L22), Tells: Parties(authority),
			Starts: []Clock{{Limit: Count(law.L23), By: authority, Late: lateDecision}}},
		{Kind: HearingHeldKind, By: Parties(authority), Optional: true, Data: HearingHeld{}, Rule: "A16", Under: law.Licensing.Art("47"), When: HearingAsked,
			Stops: Limits(law.L23)}}
}

// The rows and limits of the chains about houses that are permitted.
var (
	// startLimit is L12: the county promises an answer within five working days of the papers, through review and survey (A19).
	startLimit = Count(law.L12).Since(Received)
	// handOver is L09: a certificate reaches its holder within ten working days of the decision.
	handOver = Count(law.L09).Since(Decided)

	// override is the reasoned act by which a person may build (A18).
	override = RecordRow{Kind: OverrideKind, By: Parties(TownshipGovernment), Signed: true, Optional: true, Data: ContractorOverride{}, Rule: "A18", Under: law.Reading.Art("A18"),
		Tells: Parties(ServiceCenter)}
	// patrol is a visit to a building site (R108).
	patrol = []RecordRow{{Kind: PatrolKind, By: Parties(PlanningOffice, TownshipGovernment), Optional: true, Data: PatrolVisit{}, Rule: "R108", Under: law.County2021.Art("六1")}}
	// site is what goes on while a house is built: measuring out (A21) and patrol.
	site = Rows(patrol, []RecordRow{{Kind: StakingKind, By: Parties(PlanningOffice), Optional: true, Data: Staking{}, Rule: "A21", Under: law.Reading.Art("A21")}})
)

// guidance is the one-time notice of what to bring, before anything is handed in (A38).
func guidance(r law.Rule, under law.Article, by ...Party) RecordRow {
	return RecordRow{Kind: GuidanceKind, By: by, Data: GuidanceNotice{}, Rule: r, Under: under, Issues: once(Docs(TownshipGovernment, GuidanceDoc))}
}

// appraisal takes an appraisal report in (A27).
func appraisal(r law.Rule, by ...Party) RecordRow {
	return RecordRow{Kind: AppraisalKind, By: by, Optional: true, Data: AppraisalReport{}, Rule: r, Under: law.Reading.Art("A27")}
}

// withdrawDraft takes back what was not handed in.
func withdrawDraft(r law.Rule) Action {
	return Action{Do: Withdraw, Title: "撤回", To: To(WithdrawnEnd), Effects: settlesHouse, Rule: r, Under: law.Reading.Art("A30"), Tells: Parties(Applicant)}
}

// statedLimit is a limit whose last day the notice states (A25): what the household or the business owes, so it reminds and nobody's red
// card comes of it.
func statedLimit(r law.Rule) Limit { return Count(law.Stated.For(r)).To(DueStated) }

// atOnce is L21: “立即” is one working day until the county says otherwise (A25).
func atOnce(r law.Rule) Limit { return Count(law.L21.For(r)) }

// Rows joins the records of a stage.
func Rows(groups ...[]RecordRow) []RecordRow { return slices.Concat(groups...) }

// always is what every open stage knows beside its own records: the verbs of an office that leave a case where it is.
var always = []RecordRow{
	{Kind: UrgeKind, By: Parties(ServiceCenter, TownshipGovernment, CountyAgricultureBureau, CountyNaturalResources, CountyApprovalBureau, SupervisionOffice),
		Optional: true, Aside: true, Data: Urge{}, Rule: "A25", Under: law.Reading.Art("催办")},
	{Kind: SuperviseKind, By: Parties(SupervisionOffice), Optional: true, Aside: true, Data: Supervision{}, Rule: "A25", Under: law.Reading.Art("督办")},
	{Kind: ReassignKind, By: Parties(Holder), Optional: true, Aside: true, Data: Reassignment{}, Effects: assigns, Rule: "A25", Under: law.Reading.Art("转办")},
	{Kind: CopyKind, By: Parties(Holder), Optional: true, Aside: true, Data: CopyTo{}, Effects: tellsNamed, Rule: "A25", Under: law.Reading.Art("抄送")},
}

// requestCorrection asks for everything at once, once (A8); the example names a drawing of the chain's own list.
func requestCorrection(drawing string) Action {
	return Action{Do: RequestCorrect, Title: "一次性告知补正", To: To(AwaitCorrection), Effects: asksCorrection, Rule: "R48", Under: law.Licensing.Art("32(四)"),
		Data:  CorrectionRequest{[]CorrectionItem{{drawing, "图纸缺少层高标注", "重新提交标注层高的图纸"}}},
		Needs: FirstCorrection, Issues: Docs(TownshipGovernment, CorrectionNotice), Tells: Parties(Applicant)}
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
		{Name: RungRed, Tell: Parties(TownshipGovernment), Do: DeemedAccepted, Under: law.Licensing.Art("32(四)")}}
)

func ladderAbove(p, guides Party) []Rung {
	return []Rung{
		{Name: RungWarn},
		{Name: RungRed, Tell: Parties(p)},
		{Name: RungDay3, Tell: Parties(guides), After: law.OverdueBureau.Limit},
		{Name: RungDay7, Tell: Parties(SupervisionOffice), After: law.OverdueSupervision.Limit},
		{Name: RungMonth, Tell: Parties(CountyGovernment), After: law.OverdueGovernment.Limit}}
}

// certificates are the acts upon certificates of a chain, by the office in whose power they are (R53): they follow the case beyond its end.
func certificates(authority Party) []RecordRow {
	row := func(k RecordKind, data Form, under law.Article, says string) RecordRow {
		return RecordRow{Kind: k, By: Parties(authority), Signed: true, Optional: true, Data: data, Rule: "R53", Under: under, Effects: endsCertificate(string(k), says), Tells: Parties(ServiceCenter)}
	}
	return []RecordRow{
		row(VoidKind, CertificateVoid{}, law.Licensing.Art("69"), "原证照作废，可以重新核发"),
		row(RevokeKind, CertificateRevoked{}, law.Licensing.Art("69"), "撤销证照"),
		row(CancelKind, CertificateCancelled{}, law.Licensing.Art("70"), "注销证照"),
		row(RenewKind, CertificateRenewed{}, law.Licensing.Art("50"), "有效期延续，原号加“延”"),
		row(ReissueKind, CertificateReissued{}, law.Licensing.Art("44"), "原号加“补”重发")}
}

// The papers whose issuer or validity the case decides.
var (
	// planningPermit goes out in the name of the bureau that commissions the township, or of the county approval bureau
	// inside the county-town planning area; where that bureau has issued it with its own decision it is not issued again
	// (R59, R60, A12).
	planningPermit = []IssueRow{{Doc: PlanningPermitDoc, By: PlanningAuthority, InName: commissioner, Once: true}}
	// planningPermitOfCounty is the same with the decision of the county approval bureau, where that permits.
	planningPermitOfCounty = []IssueRow{{Doc: PlanningPermitDoc, By: PlanningAuthority, InName: commissioner, Once: true, If: "准予规划许可的",
		When: func(f Facts) bool { p, ok := f.Data.(*PlanningDecision); return ok && p.Result == "approve" }}}
	// homesteadCertificate is valid as long as the decision states (A31).
	homesteadCertificate = []IssueRow{{Doc: HomesteadCert, By: TownshipGovernment, Valid: Validity{Says: "有效期以批准意见载明的月数为准（A31）",
		To: func(out Outcome, f Facts) calendar.Day {
			if d, ok := f.Data.(*Approval); ok {
				return calendar.DayOf(out.Entry.At).AddMonths(d.ValidMonths)
			}
			return 0
		}}}}
	// constructionPermit lasts until building must have begun (Building Law Art. 9).
	constructionPermit = []IssueRow{{Doc: ConstructionPermitDoc, By: CountyApprovalBureau, Valid: Validity{Says: law.Begin.Statute() + "内未开工的废止（建筑法9）",
		To: func(out Outcome, _ Facts) calendar.Day { return out.Case.File.day(BeginBy) }}}}
)

// commissioner is the bureau in whose name a township issues planning permits; inside the planning area the county approval bureau issues them.
func commissioner(f Facts) Party {
	if f.Case.InsidePlanningArea {
		return CountyApprovalBureau
	}
	return f.County.Parameters.Mandate.Issuer
}

// once keeps papers from being issued again while the case holds them.
func once(list []IssueRow) []IssueRow {
	for i := range list {
		list[i].Once = true
	}
	return list
}
