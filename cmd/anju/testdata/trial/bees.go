package chains

import (
	. "anju/workflow"
	"anju/workflow/calendar"
	. "anju/workflow/glossary"
	"anju/workflow/law"
)

// Bees is the leave to keep bees: a matter that no regulation knows, of another subject than a house. What it needs
// beside this file is listed in trial_test.go.
func Bees() Chain {
	late := ladderAbove(SupervisionOffice, CountyAgricultureBureau)
	return Chain{ID: "bees", Title: "养蜂准许", Version: 1, InForce: law.CountyDay, Matter: "BE",
		Form: beeApplication{}, Guides: CountyAgricultureBureau, Oversight: SupervisionOffice, Counter: ServiceCenter,
		Opens: Parties(ServiceCenter), Role: NoHouse, Subject: OtherSubject,
		Papers:     beePapers,
		BlankForms: []BlankForm{}, Basis: []string{}, Petitions: petitions,
		Brief: func(c Case, _ County) []Line {
			return []Line{{Label: "养蜂户", Value: c.Householder}, {Label: "蜂箱", Value: Applied[beeApplication](c).Place}}
		},
		CommonRecords: always,
		Stages: []Stage{
			{State: Draft, By: Applicant, Untimed: "未提交", Actions: []Action{
				{Do: Submit, Title: "提交", To: To(beesLooking), MainLine: true, Needs: Papers(beePapers),
					Rule: "R28", Under: law.Licensing.Art("32"), Marks: []Mark{Received, Accepted},
					Tells: Parties(CountyAgricultureBureau, ServiceCenter)}}},

			{State: beesLooking, By: CountyAgricultureBureau, Within: Count(law.L05).Since(Received), Late: late,
				Records: []RecordRow{{Kind: hivesSeen, By: Parties(CountyAgricultureBureau), Data: hiveVisit{},
					Rule: "R49", Under: law.Licensing.Art("34")}},
				Actions: []Action{
					{Do: Approve, Title: "准许养蜂", To: To(Issued), Signed: true, MainLine: true,
						Rule: "R51", Under: law.Licensing.Art("38"), Needs: hivesAgree, Marks: []Mark{Decided},
						Effects: []Effect{countsHives}, Issues: []IssueRow{{Doc: beeLeave, By: CountyAgricultureBureau, Valid: oneYear}},
						Tells: Parties(ServiceCenter, Applicant)},
					{Do: Deny, Title: "不予准许", To: To(DeniedEnd), Signed: true, Reason: true,
						Rule: "R54", Under: law.Licensing.Art("38"), Marks: []Mark{Decided}, Tells: Parties(Applicant)}}},

			{State: Issued, By: ServiceCenter, Untimed: "待归档", Actions: []Action{archive}},
			{State: Archived, Ends: Granted},
			{State: DeniedEnd, Ends: Denied}}}
}

type beeApplication struct {
	Hives int    `json:"hives" doc:"蜂箱数" minimum:"1" maximum:"500" example:"12"`
	Place string `json:"place_of_hives" doc:"蜂箱摆放地点" minLength:"1" maxLength:"50" example:"村东坡地"`
}

func (beeApplication) Example() any { return beeApplication{Hives: 12, Place: "村东坡地"} }

type hiveVisit struct {
	Found int `json:"hives_found" doc:"现场蜂箱数" minimum:"0" maximum:"500" example:"12"`
}

func (hiveVisit) Example() any { return hiveVisit{Found: 12} }

var beePapers = []Paper{{Code: "BE01", Rule: "R28", Name: "蜂箱摆放示意图", Required: true}}

var (
	hivesAgree = Conditions{{Name: "hives_agree", Rule: "R49", Message: "现场蜂箱数与申请不符",
		By: "record:" + string(hivesSeen), Holds: func(f Facts) bool {
			r, ok := f.Case.Latest(hivesSeen)
			return ok && Recorded[hiveVisit](r).Found == Applied[beeApplication](f.Case).Hives
		}}}
	countsHives = Effect{Name: "count_hives", Says: "记核定蜂箱数", Apply: func(out *Outcome, f Facts) error {
		out.Case.File.Members = Applied[beeApplication](f.Case).Hives
		return nil
	}}
	oneYear = Validity{Says: "一年", To: func(out Outcome, _ Facts) calendar.Day {
		return calendar.DayOf(out.Entry.At).AddMonths(12)
	}}
)

const (
	beesLooking State        = "bees_looking"
	hivesSeen   RecordKind   = "hives_seen"
	beeLeave    DocumentKind = "B01"
)
