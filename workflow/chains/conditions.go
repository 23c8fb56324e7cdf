package chains

import (
	"fmt"
	"slices"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/household"
	"anju/workflow/law"
	"anju/workflow/serving"
)

func condition(name string, r law.Rule, by, message string, holds func(Facts) bool) Conditions {
	return Conditions{{Name: name, Rule: r, By: by, Message: message, Holds: holds}}
}

// onRecord wants a record of the kind, and holds when it says what sound asks for.
func onRecord[T any](name string, r law.Rule, k RecordKind, message string, sound func(T, Facts) bool) Conditions {
	return condition(name, r, "record:"+string(k), message, func(f Facts) bool {
		rec, ok := f.Case.Latest(k)
		return ok && sound(Recorded[T](rec), f)
	})
}

// ifRecorded judges a record of the kind where there is one; that there is one, another condition wants.
func ifRecorded[T any](name string, r law.Rule, k RecordKind, message string, sound func(T, Facts) bool) Conditions {
	return condition(name, r, "record:"+string(k), message, func(f Facts) bool {
		rec, ok := f.Case.Latest(k)
		return !ok || sound(Recorded[T](rec), f)
	})
}

// OpinionsOf wants the sheet of each of the offices (R50, A9).
func OpinionsOf(offices ...Party) Conditions {
	var cs Conditions
	for _, p := range offices {
		cs = append(cs, Condition{Name: "opinion_" + string(p), Rule: "R50", By: "record:" + string(JointSheetKind),
			Message: "缺少" + p.Title() + "的联审意见", Holds: func(f Facts) bool {
				_, ok := f.Case.Latest(JointSheetKind, p)
				return ok
			}})
	}
	return cs
}

func receipt(name string, p Party) Conditions {
	return Conditions{{Name: name, Rule: "R55", By: "record:" + string(FilingReceiptKind),
		Message: "尚未收到" + p.Title() + "的备案回执",
		Holds:   func(f Facts) bool { _, ok := f.Case.Latest(FilingReceiptKind, p); return ok }}}
}

// disagreement tells whether the newest opinion of any office is against (A9).
func disagreement(c Case) bool {
	for _, p := range []Party{EconomicOffice, SocialAffairsOffice, PlanningOffice} {
		if r, ok := c.Latest(JointSheetKind, p); ok && Recorded[forms.JointSheet](r).Opinion == "disagree" {
			return true
		}
	}
	return false
}

// objectionOpen tells whether an objection was recorded after the last finding on objections.
func objectionOpen(c Case) bool {
	r, ok := c.Latest(ObjectionKind)
	answered, done := c.File.Marks[ObjectionAnswered]
	return ok && (!done || r.At.After(answered))
}

// sibling names the other case of the household about a homestead that runs, or gave it one that it still holds (A32).
func sibling(c Case) string {
	for _, s := range c.Siblings {
		runs := s.Outcome == "" && s.State != Draft && (s.Chain == "homestead" || s.Chain == "planning_permit")
		if runs || household.Granted(s) {
			return s.Number
		}
	}
	return ""
}

// CorrectionsIn wants every paper that the correction notice asked for, handed in since (A8).
var CorrectionsIn = Conditions{{Name: "corrections_in", Rule: "R48", Message: "补正材料尚未收齐",
	Holds: func(f Facts) bool { return missing(f.Case) == "" },
	Meets: func(f Facts) string { return "material:" + missing(f.Case) },
	Detail: func(f Facts) string {
		return "补正告知书要求的材料 " + missing(f.Case) + " 尚未收到，请上传"
	}}}

// missing names the first paper of the correction notice that has not been handed in since.
func missing(c Case) string {
	if c.File.Asked != nil {
		for _, it := range c.File.Asked.Items {
			if !c.HasMaterial(it.MaterialCode) {
				return it.MaterialCode
			}
		}
	}
	return ""
}

// What ends a case, or takes it up, without the office that has it (A6, A7, A8).
var (
	LapseConfirmed = condition("lapse_confirmed", "A8", "", "县里没有确认逾期未补正的视为放弃（A8），不能终止，请提醒申请户补正或撤回",
		func(f Facts) bool { return f.County.Parameters.LapseUncorrected })
	TermPassed = condition("term_passed", "A8", "time", "补正期限尚未届满，不能终止", func(f Facts) bool {
		d, ok := f.Case.LiveDeadline(law.Stated.ID)
		return ok && d.Passed(f.Now)
	})
	CorrectionServed = handedOver("correction_served", "A8", CorrectionNotice, "补正通知书尚未送达，不能终止，请先送达并登记")
	HeldUpByGroup    = condition("held_up_by_group", "A6", "time", "组级没有拒签也没有逾期，不能转由村级办理",
		func(f Facts) bool { return heldUp(f, GroupCollective) })
	HeldUpByVillage = condition("held_up_by_village", "A7", "time", "村级没有退回也没有逾期，不能调取材料",
		func(f Facts) bool { return heldUp(f, VillageOrganization) })
	HeldUp = condition("held_up", "A6", "time", "组级、村级没有拒签、退回，也没有逾期",
		func(f Facts) bool { return heldUp(f, GroupCollective) || heldUp(f, VillageOrganization) })
)

// handedOver wants the newest paper of a kind served.
func handedOver(name string, r law.Rule, k DocumentKind, message string) Conditions {
	return condition(name, r, "record:"+string(ServiceKind), message, func(f Facts) bool { return serving.Done(f.Case, k) })
}

// heldUp tells whether the office of a party sent the case back to the household, or has let the time pass that it has
// for it: that of the stage, or of R33 where the stage has none (A6, A7).
func heldUp(f Facts, p Party) bool {
	if f.Case.State == Returned {
		st, ok := f.Chain.Stage(f.Case.File.Returned)
		return ok && st.By == p && (p != GroupCollective || !f.Case.NoGroupLevel)
	}
	st, _ := f.Chain.Stage(f.Case.State)
	if st.By != p || p == GroupCollective && f.Case.NoGroupLevel {
		return false
	}
	if d, ok := f.Case.LiveDeadline(st.Owed()); ok {
		return d.Passed(f.Now)
	}
	return calendar.DayOf(f.Now) > f.Case.Since()+calendar.Day(law.L01.N)
}

// TownshipAsked wants the household's signed request since the case came here (A6, A7).
func TownshipAsked(r law.Rule, asks string) Conditions {
	return condition("township_asked", r, "record:"+string(TownshipAskedKind), "须先登记申请户签名的请求",
		func(f Facts) bool {
			r, ok := f.Case.Latest(TownshipAskedKind)
			return ok && !r.At.Before(f.Case.EnteredAt) && Recorded[forms.TownshipRequest](r).Asks == asks
		})
}

// The planning decision inside the county-town planning area (R60, A12, A34).
var (
	AreaKnown = onRecord("planning_area_confirmed", "A34", AreaConfirmKind, "须由规划建设办公室复核是否位于县城规划区内",
		func(forms.AreaConfirmation, Facts) bool { return true })
	// PlanningUndecided holds until the county bureau has decided: what it has decided stands.
	PlanningUndecided = condition("planning_undecided", "R60", "", "县行政审批局已作出规划许可决定，不能再改变",
		func(f Facts) bool { return !planningDecided(f.Case) })
	// PlanningGranted wants the bureau's permit before the township grants the homestead (Planning Law Art. 41).
	PlanningGranted = Conditions{{Name: "planning_granted", Rule: "R60",
		Message: "位于县城规划区内，县行政审批局未准予规划许可，不能批准宅基地，请作出不予许可决定",
		Holds: func(f Facts) bool {
			_, granted := f.Case.Document(PlanningPermitDoc)
			return !f.Case.InsidePlanningArea || granted
		},
		Detail: func(f Facts) string {
			if !planningDecided(f.Case) {
				return "位于县城规划区内，须先由县行政审批局作出规划许可决定，请退回联审后汇总报送"
			}
			return ""
		}}}
	// Where the three working days of L24 are taken from (A12).
	planningInReview = condition("planning_in_review", "A12", "", "县里从联审期限内安排规划许可决定的时间",
		func(f Facts) bool { return f.County.Parameters.PlanningInReview })
	planningInDecision = condition("planning_in_decision", "A12", "", "县里从审批期限内安排规划许可决定的时间",
		func(f Facts) bool { return !f.County.Parameters.PlanningInReview })
)

// planningDecided tells whether the county bureau has decided on the planning permit of the case.
func planningDecided(c Case) bool {
	_, done := c.File.Marks[PlanningDecided]
	return done
}

// The conditions of the clock itself.
var (
	// ClockRuns holds unless a special procedure runs: what it brings belongs to the decision (Licensing Law Art. 45).
	ClockRuns = Conditions{{Name: "clock_runs", Rule: "R49", By: "record:" + string(ResumeKind),
		Message: "特别程序尚未结束，请先登记结果、恢复计时",
		Holds:   func(f Facts) bool { _, stands := CurrentSuspension(f.Case); return !stands },
		Detail: func(f Facts) string {
			s, _ := CurrentSuspension(f.Case)
			return fmt.Sprintf("%s正在进行（%s，%s 起停表），请先登记结果、恢复计时", s.Ground.Title(), s.Number, s.From)
		}}}
	ClockStands = Conditions{{Name: "clock_stands", Rule: "R49", By: "record:" + string(PauseKind),
		Message: "没有正在进行的暂停，计时没有停；特别程序告知书送达之日起才暂停",
		Holds:   func(f Facts) bool { _, stands := CurrentSuspension(f.Case); return stands },
		Meets:   served(SpecialProcedureDoc, PauseKind)}}
	// HandedOver is A35: the office that has the case received it from another one, on a later day than it could have, and
	// has not dated the receipt yet.
	HandedOver = condition("handed_over", "A35", "", "只有从其他单位收到材料的一方可以补录收件日期，早于系统收到之日，每次收件只能补录一次",
		func(f Facts) bool {
			c, handed := f.Case, f.Case.File.Handed
			st, _ := f.Chain.Stage(c.State)
			if handed == nil || handed.By == System || st.By == Applicant {
				return false
			}
			itself := handed.By != Applicant && f.Chain.Desk(handed.By, c) == f.Chain.Desk(st.By, c)
			return !itself && c.Since() == calendar.DayOf(c.EnteredAt) && handed.Since < calendar.DayOf(c.EnteredAt)
		})
	// MayExtend is A10: once, and before the whole time to the decision is over (L08, L15).
	MayExtend = Conditions{{Name: "may_extend", Rule: "R51", Message: "办理期限只能在届满前延长一次（行政许可法42）",
		Holds: func(f Facts) bool {
			whole := func(d Deadline) bool {
				l, ok := f.Chain.Limit(d)
				return ok && d.Live() && !d.Beside && l.Decides && l.Spans && (d.Paused || f.Now.Before(d.DueBefore))
			}
			return f.Case.File.Extended == nil && slices.ContainsFunc(f.Case.Deadlines, whole)
		},
		Detail: func(f Facts) string {
			if x := f.Case.File.Extended; x != nil {
				d, _ := f.Case.Document(ExtensionDoc)
				return fmt.Sprintf("办理期限只能延长一次（行政许可法42），已于 %s 延长 %s（%s）", x.On, law.Extend.Of(x.Days).Days(), d.Number)
			}
			return "办理期限已经届满，不能再延长（行政许可法42）"
		}}}
	// HearingOver is Licensing Law Art. 47 and 48: who was told of his right has five working days to ask, and a decision
	// rests on the record of the hearing that was asked for.
	HearingOver = Conditions{{Name: "hearing_over", Rule: "A16", By: "record:" + string(HearingHeldKind),
		Message: "申请人已申请听证，请先举行听证并登记听证笔录（行政许可法48）",
		Holds:   func(f Facts) bool { return !hearingRuns(f) && !hearingOwed(f.Case) },
		Detail: func(f Facts) string {
			if d, waits := unserved(f.Case, HearingRightDoc); waits {
				return fmt.Sprintf("%s（%s）尚未送达，送达后满%s方可作出决定（行政许可法47）", d.Title, d.Number, law.L22.Statute())
			}
			if d, ok := f.Case.LiveDeadline(law.L22.ID); ok && hearingRuns(f) {
				return fmt.Sprintf("听证权利已经告知，申请听证的期限至 %s 24:00，此前不得作出决定（行政许可法47）", d.DueOn)
			}
			return ""
		},
		Meets: func(f Facts) string {
			if _, waits := unserved(f.Case, HearingRightDoc); !waits && hearingRuns(f) {
				return "time"
			}
			return served(HearingRightDoc, HearingHeldKind)(f)
		}}}
	// HearingToOffer holds while no hearing was offered that may still be asked for, or is still owed.
	HearingToOffer = condition("hearing_to_offer", "A16", "", "听证权利已经告知，或听证尚未举行，不能重复告知（行政许可法47）",
		func(f Facts) bool {
			asked, ever := f.Case.Latest(HearingAskedKind)
			return !hearingRuns(f) && (!ever || asked.At.Before(f.Case.File.Marks[PlanningDecided]))
		})
	HearingOffered = Conditions{{Name: "hearing_offered", Rule: "A16", By: "record:" + string(HearingNoticeKind),
		Message: "听证权利告知书尚未送达，或" + law.L22.Statute() + "的申请期限已过（行政许可法47）",
		Holds: func(f Facts) bool { // each of several may ask, also where one has asked already
			return slices.ContainsFunc(f.Case.Deadlines, func(d Deadline) bool {
				return d.Limit == law.L22.ID && f.Now.Before(d.DueBefore)
			})
		},
		Meets: served(HearingRightDoc, HearingNoticeKind)}}
	// HearingCalled is Licensing Law Art. 48: the day was told, it has come, and who writes the record did not examine.
	HearingCalled = Conditions{{Name: "hearing_called", Rule: "A16", By: "record:" + string(HearingCallKind),
		Message: "须先发出听证通知（行政许可法48），到通知的日期再举行，由审查人员以外的人员登记",
		Holds: func(f Facts) bool {
			call, ok := f.Case.Latest(HearingCallKind)
			asked, _ := f.Case.Latest(HearingAskedKind)
			return ok && !call.At.Before(asked.At) && calendar.DayOf(f.Now) >= Recorded[forms.HearingCall](call).HeldOn &&
				!examined(f.Case, f.By.Officer)
		}}}
	HearingAsked = condition("hearing_asked", "A16", "record:"+string(HearingAskedKind), "没有尚待举行的听证",
		func(f Facts) bool { return hearingOwed(f.Case) })
)

// hearingRuns tells whether the time in which a hearing may be asked for runs, or is to begin with the service of the
// notice.
func hearingRuns(f Facts) bool {
	d, runs := f.Case.LiveDeadline(law.L22.ID)
	_, waits := unserved(f.Case, HearingRightDoc)
	return waits || runs && f.Now.Before(d.DueBefore)
}

// unserved finds the newest paper of a kind where it waits for its service.
func unserved(c Case, k DocumentKind) (Document, bool) {
	d, ok := c.Document(k)
	return d, ok && d.AwaitsService()
}

// served names what meets a condition: the service of the paper that waits for it, and otherwise a record.
func served(k DocumentKind, r RecordKind) func(Facts) string {
	return func(f Facts) string {
		if _, waits := unserved(f.Case, k); waits {
			return "record:" + string(ServiceKind)
		}
		return "record:" + string(r)
	}
}

// examined tells whether the officer reviewed the application on site or at the desk (A16).
func examined(c Case, o OfficerID) bool {
	return slices.ContainsFunc(c.File.Records, func(r Record) bool {
		return r.Officer == o && (r.Kind == SiteRecordKind || r.Kind == JointSheetKind)
	})
}

// hearingOwed tells whether a hearing was asked for and not yet held (A16).
func hearingOwed(c Case) bool {
	asked, ok := c.Latest(HearingAskedKind)
	held, done := c.Latest(HearingHeldKind)
	return ok && (!done || held.At.Before(asked.At))
}

var (
	// FirstCorrection is A8: everything is asked for at once, once.
	FirstCorrection = condition("first_correction", "R48", "", "补正要求应一次告知，已经发出过补正告知书，其余问题在决定中处理",
		func(f Facts) bool { return f.Case.File.Asked == nil })
	// NotDisclosed is A37: the result is still to be made public.
	NotDisclosed = condition("not_disclosed", "A37", "", "审批结果已经公开", func(f Facts) bool {
		_, done := f.Case.Latest(DisclosureKind)
		return !done
	})
)
