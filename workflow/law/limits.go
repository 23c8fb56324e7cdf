package law

import (
	"fmt"
	"slices"

	"anju/workflow/calendar"
)

// LimitID is one of L01…L24, or the short name of another term of the register.
type LimitID string

// Term is a limit that the law or the county sets: how long something may, or must, take.
type Term struct {
	ID LimitID
	calendar.Limit
	Rule      Rule
	Under     Article
	Name      string // what it limits
	Statutory bool   // false: promised (承诺时限), where the rules leave the term open
	Spans     bool   // it covers more, or less, than one stage: pages show Name in the place of the stage
	Decides   bool   // part of the time to the decision: what Licensing Law Art. 42 extends and Art. 45 suspends
	Double    bool   // A1: also watched in calendar days, which warns and is never red
}

func newLimit(id LimitID, n int, unit calendar.Unit, bound calendar.Bound, name string, r Rule, under Article) Term {
	return Term{ID: id, Limit: calendar.Limit{N: n, Unit: unit, Bound: bound}, Name: name,
		Rule: r, Under: under, Statutory: true}
}

// workingDays is a statutory maximum in working days (Licensing Law Art. 82).
func workingDays(id LimitID, n int, name string, r Rule, under Article) Term {
	return newLimit(id, n, calendar.WorkingDay, calendar.Max, name, r, under)
}

// calendarDays is a statutory maximum in calendar days that rolls forward (Civil Code Art. 203).
func calendarDays(id LimitID, n int, name string, r Rule, under Article) Term {
	return newLimit(id, n, calendar.CalendarDay, calendar.Max, name, r, under)
}

// months is a statutory maximum in months by their corresponding day (Civil Code Art. 202).
func months(id LimitID, n int, name string, r Rule, under Article) Term {
	return newLimit(id, n, calendar.Month, calendar.Max, name, r, under)
}

// atLeast is a minimum in working days: what it holds back may be done once it is over.
func atLeast(id LimitID, n int, name string, r Rule, under Article) Term {
	return newLimit(id, n, calendar.WorkingDay, calendar.Min, name, r, under)
}

func (t Term) promised() Term   { t.Statutory = false; return t }
func (t Term) spanning() Term   { t.Spans = true; return t }
func (t Term) toDecision() Term { t.Decides = true; return t }
func (t Term) doubled() Term    { t.Double = true; return t }

// For is the same limit under another rule that asks for it.
func (t Term) For(r Rule) Term { t.Rule = r; return t }

// Of is the same limit with another number, as a notice or a promise states it.
func (t Term) Of(n int) Term { t.N = n; return t }

// The limits of the rule list. A changed number here changes rows, refusals, papers and pages.
var (
	L01 = calendarDays("L01", 10, "提交会议讨论", "R33", County2021.Art("三3"))
	L02 = atLeast("L02", 5, "公示", "R35", County2021.Art("三3"))
	L03 = calendarDays("L03", 10, "异议核查", "R36", Reading.Art("A5")).promised()
	L04 = calendarDays("L04", 5, "村级审查", "R40", County2021.Art("三4"))
	L05 = workingDays("L05", 5, "受理或者一次告知补正", "R48", Licensing.Art("32(四)"))
	L06 = workingDays("L06", 15, "联审", "R49", County2021.Art("三6")).toDecision().doubled()
	L07 = workingDays("L07", 5, "审批", "R51", County2021.Art("三7")).toDecision().doubled()
	L08 = workingDays("L08", 20, "受理至决定总时限", "R51", Licensing.Art("42")).toDecision().spanning()
	L09 = workingDays("L09", 10, "证书送达", "R53", Licensing.Art("44")).spanning()
	L10 = workingDays("L10", 5, "备案", "R55", County2021.Art("三7")).promised()
	L11 = workingDays("L11", 20, "主动公开审批结果", "A37", Disclosure.Art("26")).spanning()
	L12 = workingDays("L12", 5, "提交至登记结论", "R71", County2021.Art("四(一)2")).promised().spanning()
	L13 = workingDays("L13", 10, "申请至组织验收", "R75", County2021.Art("四(一)3")).promised().spanning()
	L14 = months("L14", 1, "填写、报送竣工验收表", "R76", County2021.Art("四(一)3"))
	L15 = workingDays("L15", 7, "申请至颁发施工许可总时限", "R89", ConstructionLaw.Art("8")).toDecision().spanning()
	L16 = calendarDays("L16", 15, "竣工验收备案", "R92", QualityRules.Art("49"))
	L17 = workingDays("L17", 3, "推送乡镇", "R99", County2021.Art("五2")).promised()
	L18 = workingDays("L18", 10, "推送至核查结论", "R100", County2021.Art("五2")).promised().spanning()
	L19 = workingDays("L19", 1, "报告登记机关", "R102", County2021.Art("五3")).promised()
	L20 = workingDays("L20", 3, "通知市场主体", "R103", County2021.Art("五4"))
	L21 = workingDays("L21", 1, "立即制止、移送", "R110", County2021.Art("六1")).promised().spanning()
	L22 = workingDays("L22", 5, "申请听证", "R48", Licensing.Art("47")).spanning()
	L23 = workingDays("L23", 20, "组织听证", "R48", Licensing.Art("47")).spanning()
	// L24 lies inside the twenty days of L08 (A12).
	L24 = workingDays("L24", 3, "县城规划区内规划许可决定", "R60", County2021.Art("六6")).promised().toDecision()
)

// The other terms of the register.
var (
	// Stated is the day that a notice states (A25); its number is one, and the notice lengthens it.
	Stated = calendarDays("A25", 1, "通知书载明的期限", "A25", Reading.Art("A25")).promised().spanning()

	Begin  = months("begin", 3, "开工", "R90", ConstructionLaw.Art("9"))
	Extend = workingDays("extend", 10, "延长办理期限", "R51", Licensing.Art("42"))
	Renew  = calendarDays("renew", 30, "届满前申请延续", "A31", Licensing.Art("50"))
	// HearingCall is what the notice of a hearing leaves the parties to prepare.
	HearingCall = atLeast("hearing_call", 7, "听证通知至举行", "A16", Licensing.Art("48")).spanning()
	Recheck     = months("recheck", 6, "经营场所定期核查", "R113", Reading.Art("A25")).promised()
	Findings    = workingDays("findings", 1, "发出整改意见书", "R77", Reading.Art("A25")).promised()
	Review      = calendarDays("review", 60, "申请行政复议", "R54", ReviewLaw.Art("20"))
	Announced   = calendarDays("announced", 30, "公告送达", "R53", CivilProcedure.Art("95"))
	Suit        = months("suit", 6, "提起行政诉讼", "R54", LitigationLaw.Art("46"))
	Supply      = calendarDays("supply", 30, "补正", "R48", Reading.Art("A8")).promised() // as the notice suggests
	Explain     = workingDays("explain", 3, "超期说明", "A25", Reading.Art("督办")).promised()

	// The days after the due day on which the next level hears of a delay (13710).
	OverdueBureau      = workingDays("day_3", 3, "逾期报县级主管部门", "A25", Reading.Art("督办")).promised()
	OverdueSupervision = workingDays("day_7", 7, "逾期报县政府督查机构", "A25", Reading.Art("督办")).promised()
	OverdueGovernment  = months("month_1", 1, "逾期报县人民政府", "A25", Reading.Art("督办")).promised()
)

// Terms lists the register, the numbered limits first.
func Terms() []Term {
	return []Term{L01, L02, L03, L04, L05, L06, L07, L08, L09, L10, L11, L12, L13, L14, L15, L16, L17, L18, L19, L20, L21,
		L22, L23, L24, Stated, Begin, Extend, Renew, HearingCall, Recheck, Findings, Review, Announced, Suit, Supply,
		Explain, OverdueBureau, OverdueSupervision, OverdueGovernment}
}

// Find finds a limit by its id; an error names the id that the register lacks.
func Find(id LimitID) (Term, error) {
	list := Terms()
	i := slices.IndexFunc(list, func(t Term) bool { return t.ID == id })
	if i < 0 {
		return Term{}, fmt.Errorf("limit %q is not in the register", id)
	}
	return list[i], nil
}
