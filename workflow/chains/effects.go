package chains

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/certificates"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/houses"
	"anju/workflow/law"
)

// effect is what a row does, whatever was sent with it.
func effect(name, says string, apply func(*Outcome, Facts) error) []Effect {
	return []Effect{{Name: name, Says: says, Apply: apply}}
}

// effectOf is what a row does with the form sent with it. A row that takes another form cannot have the effect: it
// panics.
func effectOf[T any](name, says string, apply func(*Outcome, T, Facts) error) []Effect {
	return effect(name, says, func(out *Outcome, f Facts) error {
		return apply(out, f.Data.(T), f)
	})
}

// The effects of moves.
var (
	// amends puts an amended application in the place of the old one, before the conditions are judged.
	amends = []Effect{{Name: "amend_application", Says: "可以修改申请内容（A7）", Before: func(c *Case, f Facts) error {
		application := f.Data.(forms.Amending).Amended()
		if application == nil {
			return nil
		}
		raw, err := json.Marshal(application)
		c.Application = raw
		f.Chain.Place(c)
		return err
	}}}

	// settlesHouse fixes the house that a case is about as it leaves its draft (A29).
	settlesHouse = effect("settle_house", "确定所属房屋（A29）", func(out *Outcome, f Facts) error {
		out.Case.File.House = houses.HouseCase(f.County.Chains, out.Case)
		return nil
	})

	// remembersReturn keeps the stage that returned the case (A7).
	remembersReturn = effect("remember_return", "记下退回环节（A7）", func(out *Outcome, _ Facts) error {
		out.Case.File.Returned = out.Entry.From
		return nil
	})

	// restartsGroup begins the way through the group anew, with a new meeting (A5, A30).
	restartsGroup = effect("restart_group", "回组级的，会议和公示重新进行（A30）", func(out *Outcome, _ Facts) error {
		if out.Entry.To == GroupReceived {
			out.Case.File.Marks[Restarted] = out.Entry.At
		}
		return nil
	})

	// villageTakes lets the village stand for the group from now on (A6).
	villageTakes = effect("village_takes", "由村级代行组级职责，会议和公示要求不减（A6）", func(out *Outcome, _ Facts) error {
		out.Case.NoGroupLevel = true
		return nil
	})

	// freezesNotice keeps what the public notice says: a change of it goes back to the group (A7, A30).
	freezesNotice = effect("freeze_notice", "固定公示内容（A7）", func(out *Outcome, _ Facts) error {
		frozen, err := json.Marshal(noticed(Applied[forms.Application](out.Case)))
		out.Case.File.Noticed = frozen
		return err
	})

	// acceptsAsReceived dates the acceptance back to the day of receipt (Licensing Law Art. 32(4), A8).
	acceptsAsReceived = effect("accept_as_received", "受理日为收到材料之日（行政许可法32）", func(out *Outcome, _ Facts) error {
		out.Case.File.Marks[Accepted] = out.Case.File.Marks[Received]
		out.Case.File.Deemed = true
		return nil
	})

	// asksCorrection keeps what is asked for, once; each item is a paper of the chain (A8).
	asksCorrection = effectOf("ask_correction", "列明需补正的材料，只此一次（A8）",
		func(out *Outcome, d *forms.CorrectionRequest, f Facts) error {
			for i, it := range d.Items {
				if !slices.ContainsFunc(f.Chain.Papers, func(p Paper) bool { return p.Code == it.MaterialCode }) {
					return &Invalid{Fields: []FieldError{{Field: fmt.Sprintf("items[%d].material_code", i),
						Message: "本事项没有编号为 " + it.MaterialCode + " 的材料", Rule: out.Entry.Rule}}}
				}
			}
			out.Case.File.Asked = &Correction{At: out.Entry.At, Items: d.Items, Until: d.Until}
			out.Case.File.Marks[DueStated] = d.Until.Start()
			return nil
		})

	// statesDay keeps the day that the notice states (A25).
	statesDay = effectOf("state_day", "期限以文书载明的日期为准（A25）", func(out *Outcome, d forms.Stating, _ Facts) error {
		out.Case.File.Marks[DueStated] = d.StatedDay().Start()
		return nil
	})

	// limitsBeginning fixes the day by which building must begin (Building Law Art. 9).
	limitsBeginning = effect("limit_beginning", law.Begin.Statute()+"内开工（建筑法9）", func(out *Outcome, _ Facts) error {
		out.Case.File.Marks[BeginBy] = calendar.DayOf(out.Entry.At).AddMonths(law.Begin.N).Start()
		return nil
	})

	// gradesHazard marks the grade of a hazard; the later mark counts.
	gradesHazard = effectOf("grade_hazard", "记隐患等级（R114、R115）", func(out *Outcome, g *forms.Grading, _ Facts) error {
		m := GradeGeneral
		if g.Level == "major" {
			m = GradeMajor
		}
		out.Case.File.Marks[m] = out.Entry.At
		return nil
	})

	// placesSeal places the seal picture of the office that decides, where its head says so (Licensing Law Art. 39). It
	// fails where the office has none.
	placesSeal = effectOf("place_seal", "可以使用本单位登记的印章图样（行政许可法39）", func(out *Outcome, d forms.Sealing, f Facts) error {
		if !d.Sealing() {
			return nil
		}
		if !f.By.HasSeal {
			return &Invalid{Fields: []FieldError{{Field: "use_seal", Message: "本单位没有登记印章图样，请打印后盖章并上传盖章扫描件", Rule: "R53"}}}
		}
		out.UseSeal = true
		return nil
	})
)

// The effects of records.
var (
	// resumes ends the suspension that the notice names.
	resumes = effectOf("resume", "次日起恢复计时（行政许可法45）", func(out *Outcome, r *forms.ResumeNotice, f Facts) error {
		i, found := forms.RunningPause(out.Case, r.Number)
		if found != nil {
			return &Invalid{Fields: []FieldError{*found}}
		}
		s := out.Case.File.Suspensions[i]
		s.Open, s.To, s.Evidence = false, r.ResultedOn, r.Evidence
		out.Suspend(s)
		return out.Recount(f, 0)
	})

	// extends lengthens the time to the decision, once (Licensing Law Art. 42).
	extends = effectOf("extend", "办理期限延长所批准的工作日数（行政许可法42）", func(out *Outcome, e *forms.Extension, f Facts) error {
		out.Case.File.Extended = &Extended{On: calendar.DayOf(f.Now), Days: e.Days, Reason: e.Reason}
		return out.Recount(f, e.Days)
	})

	// confirmsArea is A34: the planning office's finding decides who decides.
	confirmsArea = effectOf("confirm_area", "按复核结果确定规划许可决定机关（A34）",
		func(out *Outcome, a *forms.AreaConfirmation, _ Facts) error {
			out.Case.InsidePlanningArea = a.Agrees == Applied[forms.Application](out.Case).InsidePlanningArea
			out.Entry.Reason = "复核：位于县城规划区以外"
			if out.Case.InsidePlanningArea {
				out.Entry.Reason = "复核：位于县城规划区内"
			}
			return nil
		})

	// datesReceipt counts the stage from the day on which its papers truly came (A35). It moves nothing of the office that
	// handed them on: its lateness stays, up to that day.
	datesReceipt = effectOf("back_entry", "本环节自材料实际收到之日起计时，到达时出具的收件回执作废并更正；送出单位的迟延算到该日，不因此消灭（A35）",
		func(out *Outcome, b *forms.BackEntry, f Facts) error {
			c := &out.Case
			c.File.BackEntries = append(c.File.BackEntries, BackEntered{At: c.EnteredAt, On: b.ReceivedOn, Reason: b.Reason,
				Evidence: b.Evidence})
			out.Handed = (b.ReceivedOn + 1).Start()
			out.Entry.Reason = fmt.Sprintf("【补录】%s 收到，%s（凭据：%s）", b.ReceivedOn, b.Reason, b.Evidence)
			from := []Mark{""} // what the limits count from that began with the arrival
			for _, m := range []Mark{Received, Pushed} {
				if c.File.Marks[m].Equal(c.EnteredAt) {
					c.File.Marks[m], from = b.ReceivedOn.Start(), append(from, m)
				}
			}
			for _, d := range c.Deadlines {
				clock, ok := f.Chain.Clock(d, c.State)
				if !ok || !d.Live() || !d.OpenedAt.Equal(c.EnteredAt) || d.Passed(f.Now) || clock.Limit.Until != "" ||
					!slices.Contains(from, clock.Limit.From) {
					continue
				}
				d.StartedOn = b.ReceivedOn
				d, err := d.Counted(clock, f.County.Calendar, f.Now)
				if err != nil {
					return err
				}
				out.Advance = append(out.Advance, d)
			}
			if slices.Contains(from, Received) {
				certificates.CorrectReceipt(out, f.Case.EnteredAt)
			}
			return nil
		})

	// callsHearing wants the day of the hearing told in time, and a chair who did not examine the application (Licensing
	// Law Art. 48).
	callsHearing = effectOf("call_hearing", "听证日期距通知须满"+law.HearingCall.Statute()+"，主持人不得是审查人员（行政许可法48）",
		func(out *Outcome, h *forms.HearingCall, f Facts) error {
			if slices.ContainsFunc(f.County.Officers, func(o Officer) bool {
				return o.Name == strings.TrimSpace(h.Chair) && examined(f.Case, OfficerID(o.ID))
			}) {
				return &Invalid{Fields: []FieldError{{Field: "chair", Rule: out.Entry.Rule,
					Message: "听证由审查该申请的人员以外的人员主持（行政许可法48），" + h.Chair + " 审查过本件"}}}
			}
			due, err := f.County.Calendar.Due(calendar.Count{From: calendar.DayOf(f.Now), Limit: law.HearingCall.Limit})
			if err == nil && h.HeldOn <= due.DueOn {
				return &Invalid{Fields: []FieldError{{Field: "held_on", Rule: out.Entry.Rule, Message: fmt.Sprintf(
					"应在举行听证的%s前通知（行政许可法48），今天通知的，最早于 %s 的次日举行", law.HearingCall.Statute(), due.DueOn)}}}
			}
			return err
		})

	// assigns puts another officer of the office in charge.
	assigns = effectOf("assign", "改由接办人承办", func(out *Outcome, r *forms.Reassignment, _ Facts) error {
		out.Assign = &r.Login
		return nil
	})

	// tellsNamed tells those whom the form names.
	tellsNamed = effectOf("tell_named", "告知所列单位", func(out *Outcome, t *forms.CopyTo, _ Facts) error {
		out.Message.Tells = t.Told()
		return nil
	})

	// signsByHand keeps signatures by phone and signatures on paper apart (A36).
	signsByHand = effectOf("sign_by_hand", "手机签字只能由本人通过一次性链接完成（A36）",
		func(_ *Outcome, p *forms.PartyOpinion, f Facts) error {
			if (p.Means == "phone" || p.Link != "") != (f.By.Officer == 0) {
				return &Invalid{Fields: []FieldError{{Field: "means", Message: "手机签字只能由本人通过签字链接完成，登记纸质签字请选纸质", Rule: "A36"}}}
			}
			return nil
		})

	// putsOffBeginning moves the day by which building must begin, and the last day of the permit with it (Building Law
	// Art. 9).
	putsOffBeginning = effect("put_off_beginning", "开工期限延长"+law.Begin.Statute()+"（建筑法9）",
		func(out *Outcome, f Facts) error {
			by := f.Case.File.Day(BeginBy).AddMonths(law.Begin.N)
			out.Case.File.Marks[BeginBy] = by.Start()
			for i, d := range out.Case.File.Documents {
				if d.Kind == ConstructionPermitDoc && d.Voided == "" {
					out.Case.File.Documents[i].ValidTo = by
				}
			}
			return nil
		})
)
