package glossary

// Identifiers of the glossary.
type (
	// State says where the file lies.
	State string
	// Verb says what the officer does.
	Verb string
)

// Title is the state's one Chinese name.
func (s State) Title() string {
	if t, ok := stateTitles[s]; ok {
		return t
	}
	return string(s)
}

// RecordKind names a record (glossary section 2).
type RecordKind string

// Title is the record kind's one Chinese name.
func (k RecordKind) Title() string {
	if t, ok := recordTitles[k]; ok {
		return t
	}
	return string(k)
}

// The states of the homestead and planning permit chains (glossary 4.1). They say where the file lies.
const (
	Draft           State = "draft"
	GroupReceived   State = "group_received"
	GroupMeeting    State = "group_meeting"
	GroupNotice     State = "group_notice"
	GroupObjection  State = "group_objection"
	GroupOpinion    State = "group_opinion"
	VillageReview   State = "village_review"
	Returned        State = "returned"
	TownshipIntake  State = "township_intake"
	AwaitCorrection State = "correction"
	JointReview     State = "joint_review"
	PlanningStage   State = "planning_decision" // inside the county-town planning area the county bureau decides first (R60)
	Decision        State = "decision"
	Approved        State = "approved"
	Issued          State = "issued"
	Filed           State = "filed"
	Archived        State = "archived"
	NotAcceptedEnd  State = "not_accepted"
	DeniedEnd       State = "denied"
	WithdrawnEnd    State = "withdrawn"
	TerminatedEnd   State = "terminated"
)

// The states of the other chains (glossary 4.2).
const (
	Submitted        State = "submitted"
	Review           State = "review"
	AcceptedState    State = "accepted" // of a construction permit; elsewhere acceptance is a mark
	Registered       State = "registered"
	Assigned         State = "assigned"
	Inspection       State = "inspection"
	Passed           State = "passed"
	Failed           State = "failed"
	Rectify          State = "rectify"
	Processing       State = "processing"
	DoneState        State = "done"
	PushedState      State = "pushed"
	TownshipCheck    State = "township_check"
	Appraisal        State = "appraisal"
	Qualified        State = "qualified"
	Stopped          State = "stopped"
	Reported         State = "reported"
	Ordered          State = "ordered"
	ChangedState     State = "changed"
	EnforcementState State = "enforcement"
	Found            State = "found"
	RecheckState     State = "recheck"
	Referred         State = "referred"
	FeedbackState    State = "feedback"
	Graded           State = "graded"
	GuidedState      State = "guided"
	UseStopped       State = "use_stopped"
	ClosedEnd        State = "closed"
)

var stateTitles = withMatters(map[State]string{
	Draft: "草稿", GroupReceived: "组级已收", GroupMeeting: "会议讨论", GroupNotice: "公示中", GroupObjection: "异议核查",
	GroupOpinion: "组级签署", VillageReview: "村级审查", Returned: "退回", TownshipIntake: "乡镇收件",
	AwaitCorrection: "待补正", JointReview: "联审（实地审查）", PlanningStage: "规划许可决定", Decision: "审批", Approved: "已批准待发证", Issued: "已发证",
	Filed: "已备案", Archived: "已归档", NotAcceptedEnd: "不予受理", DeniedEnd: "不予许可", WithdrawnEnd: "已撤回",
	TerminatedEnd: "已终止",

	Submitted: "已提交", Review: "审核", AcceptedState: "已受理", Registered: "已登记", Assigned: "已指派", Inspection: "验收",
	Passed: "验收合格", Failed: "验收不合格", Rectify: "整改", Processing: "办理中", DoneState: "已办结", PushedState: "已推送",
	TownshipCheck: "乡镇核查", Appraisal: "待鉴定", Qualified: "核查符合",
	Stopped: "已制止", Reported: "已报告", Ordered: "责令限期", ChangedState: "已变更", EnforcementState: "依法处理", Found: "已发现",
	RecheckState: "复查", Referred: "已移送", FeedbackState: "已反馈", Graded: "已分级", GuidedState: "指导修缮", UseStopped: "停止使用",
	ClosedEnd: "已结案",
}, func(m MatterWords) map[State]string { return m.States })

// The verbs (glossary section 5). They say what the officer does.
const (
	Submit           Verb = "submit"
	PublishNotice    Verb = "publish_notice"
	Object           Verb = "object"
	UpholdObjection  Verb = "uphold_objection"
	DismissObjection Verb = "dismiss_objection"
	SignOpinion      Verb = "sign_opinion"
	Forward          Verb = "forward"
	Return           Verb = "return"
	Resubmit         Verb = "resubmit"
	TakeBack         Verb = "take_back"
	Accept           Verb = "accept"
	RequestCorrect   Verb = "request_correction"
	Correct          Verb = "correct"
	Refuse           Verb = "refuse"
	Approve          Verb = "approve"
	Deny             Verb = "deny"
	Issue            Verb = "issue"
	FileVerb         Verb = "file"
	Archive          Verb = "archive"
	Withdraw         Verb = "withdraw"
	Terminate        Verb = "terminate"
	VillageHandles   Verb = "village_handles" // the village does what the group would (A6)
	CallForPapers    Verb = "call_for_papers" // the township takes up what the village refused (A7)
	DeemedAccepted   Verb = "deemed_accepted" // by the law itself at expiry (Licensing Law Art. 32(4))

	RegisterStart      Verb = "register_commencement"
	Assign             Verb = "assign"
	Call               Verb = "call"
	InspectCompletion  Verb = "inspect_completion"
	FailCompletion     Verb = "fail_completion"
	OrderRectification Verb = "order_rectification"
	Complete           Verb = "complete"
	PushVerb           Verb = "push"
	Receive            Verb = "receive"
	Verify             Verb = "verify"
	SendToAppraisal    Verb = "appraise"
	Stop               Verb = "stop"
	NotifyByLetter     Verb = "notify_by_letter"
	OrderChange        Verb = "order_premises_change"
	ConfirmChange      Verb = "confirm_change"
	Enforce            Verb = "enforce"
	CloseVerb          Verb = "close"
	OrderStopWork      Verb = "order_stop_work"
	Refer              Verb = "refer"
	InspectSite        Verb = "inspect_site"
	GiveFeedback       Verb = "give_feedback"
	Grade              Verb = "grade"
	Guide              Verb = "guide"
	StopUse            Verb = "stop_use"
)

// The kinds of record.
const (
	MeetingRecordKind RecordKind = "meeting_record"
	PublicNoticeKind  RecordKind = "public_notice"
	ObjectionKind     RecordKind = "objection"
	NeighborKind      RecordKind = "neighbor_opinion"
	VillageSheetKind  RecordKind = "village_review_sheet"
	SiteRecordKind    RecordKind = "site_record"
	JointSheetKind    RecordKind = "joint_review_sheet"
	ConferKind        RecordKind = "confer"
	ConversionKind    RecordKind = "land_conversion"
	AreaConfirmKind   RecordKind = "planning_area_confirmation" // inside the county-town planning area or not (A34)
	FilingReceiptKind RecordKind = "filing_receipt"
	TownshipAskedKind RecordKind = "township_request" // the household asks the township to take the case up (A6, A7)

	PauseKind         RecordKind = "pause_clock"
	ResumeKind        RecordKind = "resume_clock"
	ExtendKind        RecordKind = "extend_limit"
	HearingNoticeKind RecordKind = "hearing_notice"  // the right to a hearing was told (F36): L22
	HearingAskedKind  RecordKind = "hearing_request" // it was asked for in time: L23
	HearingCallKind   RecordKind = "hearing_call"    // its day and chair were told (Licensing Law Art. 48)
	HearingHeldKind   RecordKind = "hearing_record"
	UrgeKind          RecordKind = "urge"
	SuperviseKind     RecordKind = "supervise"
	ReassignKind      RecordKind = "reassign"
	CopyKind          RecordKind = "copy"
	BackEntryKind     RecordKind = "back_entry" // the receiver dates the receipt (A35)

	GuidanceKind           RecordKind = "guidance_notice"
	OverrideKind           RecordKind = "contractor_override"
	StakingKind            RecordKind = "staking"
	PatrolKind             RecordKind = "patrol"
	BureauGuidanceKind     RecordKind = "bureau_guidance"
	ServiceKind            RecordKind = "service_record"
	CommencementKind       RecordKind = "commencement"
	PermitExtensionKind    RecordKind = "permit_extension"
	OwnerOpinionKind       RecordKind = "applicant_opinion"
	DesignOpinionKind      RecordKind = "design_opinion"
	BuildOpinionKind       RecordKind = "construction_opinion"
	SupervisionOpinionKind RecordKind = "supervision_opinion"
	CompletionSheetKind    RecordKind = "completion_form"
	MeasuredKind           RecordKind = "acceptance_opinion_sheet"
	LandOpinionKind        RecordKind = "agriculture_opinion"
	PlanOpinionKind        RecordKind = "resources_opinion"
	PremisesCheckKind      RecordKind = "premises_check"
	AppraisalKind          RecordKind = "appraisal_report"
	EnforcementKind        RecordKind = "enforcement_result"
	ReferralReceiptKind    RecordKind = "referral_receipt"
	RecheckKind            RecordKind = "recheck_record"
	DisclosureKind         RecordKind = "disclosure"
	VoidKind               RecordKind = "void_certificate"
	RevokeKind             RecordKind = "revoke_certificate"
	CancelKind             RecordKind = "cancel_certificate"
	ReissueKind            RecordKind = "reissue_certificate"
	RenewKind              RecordKind = "renew_certificate"
	RenewalAskedKind       RecordKind = "renewal_request"
	KeepKind               RecordKind = "keep_certificate" // it stands, though what it rests on has ended
)

var recordTitles = withMatters(map[RecordKind]string{
	MeetingRecordKind: "会议记录", PublicNoticeKind: "公示记录", ObjectionKind: "异议登记", NeighborKind: "相邻权利人意见",
	VillageSheetKind: "村级审查意见单", SiteRecordKind: "现场核查记录", JointSheetKind: "联审意见表", ConferKind: "会商记录",
	ConversionKind: "农用地转用批复", AreaConfirmKind: "县城规划区区位复核", FilingReceiptKind: "备案回执",
	TownshipAskedKind: "请求乡镇处理",
	PauseKind:         "暂停计时（特别程序告知书）", ResumeKind: "恢复计时", ExtendKind: "延长办理期限", HearingNoticeKind: "听证权利告知",
	HearingAskedKind: "听证申请", HearingCallKind: "听证通知", HearingHeldKind: "听证笔录", UrgeKind: "催办", SuperviseKind: "督办", ReassignKind: "转办",
	CopyKind: "抄送", BackEntryKind: "补录收件",

	GuidanceKind: "一次性告知单", OverrideKind: "个人施工放行", StakingKind: "放线记录", PatrolKind: "巡查记录", BureauGuidanceKind: "授权指导意见",
	ServiceKind: "送达回证", CommencementKind: "开工报告", PermitExtensionKind: "开工延期", OwnerOpinionKind: "申请人验收意见",
	DesignOpinionKind: "设计方验收意见", BuildOpinionKind: "施工方验收意见",
	SupervisionOpinionKind: "监理方验收意见", CompletionSheetKind: "竣工验收表", MeasuredKind: "验收意见表",
	LandOpinionKind: "农业农村验收意见", PlanOpinionKind: "自然资源（规划）验收意见", PremisesCheckKind: "经营场所核查表",
	AppraisalKind: "鉴定报告", EnforcementKind: "处理结果", ReferralReceiptKind: "移送接收回执", RecheckKind: "复查记录",
	DisclosureKind: "结果公开", VoidKind: "证照作废", RevokeKind: "证照撤销", CancelKind: "证照注销",
	ReissueKind: "证照补发", RenewKind: "证照延续", RenewalAskedKind: "延续申请", KeepKind: "证照维持",
}, func(m MatterWords) map[RecordKind]string { return m.Records })
