package chains

import (
	"fmt"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
)

// Bees is the leave to keep bees, a matter of no house.
func Bees() Chain {
	late := []Rung{{Name: RungWarn}, {Name: RungRed, Tell: Parties(BeeBureau)}}
	agreed := Conditions{{Name: "hives_agree", Rule: "R49", Message: "现场蜂箱数与申请不符", By: "record:" + string(HivesSeenKind),
		Holds: func(f Facts) bool {
			r, ok := f.Case.Latest(HivesSeenKind)
			return ok && Recorded[forms.HiveVisit](r).Found == Applied[forms.BeeApplication](f.Case).Hives
		}}}
	year := Validity{Says: "一年", To: func(out Outcome, _ Facts) calendar.Day {
		return calendar.DayOf(out.Entry.At).AddMonths(12)
	}}
	return Chain{ID: "bees", Title: "养蜂许可", Version: 1, InForce: law.CountyDay, Matter: "BE",
		Form: forms.BeeApplication{}, Guides: BeeBureau, Oversight: BeeBureau, Counter: ServiceCenter,
		Opens: Parties(ServiceCenter), Role: NoHouse, Subject: OtherSubject, BlankForms: []BlankForm{}, Basis: []string{},
		Papers:    []Paper{{Code: "BE01", Rule: "R31", Name: "蜂场照片"}},
		Petitions: []PetitionRow{{Kind: ComplaintPetition, By: Parties(BeeBureau), About: true, Last: CountyGovernment}},
		Brief: func(c Case, _ County) []Line {
			return []Line{{Label: "蜂箱数", Value: fmt.Sprint(Applied[forms.BeeApplication](c).Hives)}}
		},
		Stages: []Stage{
			{State: BeesAsked, By: Applicant, Untimed: "未提交", Actions: []Action{
				{Do: AskForBees, Title: "递交养蜂申请", To: To(BeesLooking), MainLine: true, Rule: "R28",
					Under: law.Licensing.Art("32"), Marks: []Mark{Received}, Issues: Docs(BeeStation, OnFile, BeeReceipt),
					Tells: Parties(BeeStation)}}},
			{State: BeesLooking, By: BeeStation, Within: Count(law.L05).Since(Received), Late: late,
				Records: []RecordRow{{Kind: HivesSeenKind, By: Parties(BeeStation), Data: forms.HiveVisit{},
					Rule: "R49", Under: law.Licensing.Art("34")}},
				Actions: []Action{{Do: ReportHives, Title: "报送查看结果", To: To(BeesDecided), MainLine: true, Rule: "R49",
					Under: law.Licensing.Art("34"), Needs: agreed, Tells: Parties(BeeBureau)}}},
			{State: BeesDecided, By: BeeBureau, Untimed: "报送即决", Actions: []Action{
				{Do: AllowBees, Title: "准予养蜂", To: To(BeesAllowed), Signed: true, MainLine: true, Rule: "R51",
					Under: law.Licensing.Art("38"), Issues: []IssueRow{{Doc: BeeLeave, By: BeeBureau, Served: OnFile, Valid: year}},
					Tells: Parties(BeeStation)},
				{Do: DenyBees, Title: "不准养蜂", To: To(BeesDenied), Signed: true, Reason: true, Rule: "R54",
					Under: law.Licensing.Art("38"), Tells: Parties(Applicant)}}},
			{State: BeesAllowed, By: BeeStation, Untimed: "待归档", Actions: []Action{
				{Do: KeepBees, Title: "养蜂归档", To: To(BeesKept), MainLine: true, Rule: "R111",
					Under: law.County2021.Art("六1"), Tells: Parties(Applicant)}}},
			{State: BeesKept, Ends: Granted}, {State: BeesDenied, Ends: Denied}}}
}
