package forms

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
)

// today is the day on which forms are held to a case here; the case begins with it.
var today = calendar.DayOf(noon)

// bounds holds a field to the days from the first to the last, both of them in.
func bounds(t *testing.T, field string, rule law.Rule, first, last calendar.Day,
	check func(calendar.Day) []workflow.FieldError) {
	t.Helper()
	for d, want := range map[calendar.Day][]string{first - 1: {field}, first: nil, last: nil, last + 1: {field}} {
		finds(t, fmt.Sprintf("%s on %s", field, d), check(d), rule, want...)
	}
}

// says wants the one finding of a field to say something.
func says(t *testing.T, found []workflow.FieldError, field, text string) {
	t.Helper()
	if len(found) != 1 || found[0].Field != field || !strings.Contains(found[0].Message, text) {
		t.Errorf("%+v, want %s to say %s", found, field, text)
	}
}

// The day of a meeting, of an inspection and of a correction lies in its time, the first and the last day in it (R33,
// R75, R48).
func TestDaysThatAreToCome(t *testing.T) {
	lawtest.Claim(t, "R33", "R75", "R48", "A8")
	c := workflow.Case{OpenedAt: noon}
	bounds(t, "meet_on", "R33", today, today.AddMonths(12), func(d calendar.Day) []workflow.FieldError {
		return (&MeetingSubmission{NoticeOn: today, MeetOn: d}).CheckCase(c, today)
	})
	bounds(t, "meet_on", "R75", today.AddMonths(-12), today.AddMonths(12), func(d calendar.Day) []workflow.FieldError {
		return (&InspectionCall{MeetOn: d}).CheckCase(c, today)
	})
	bounds(t, "until", "A8", today+1, today+366, func(d calendar.Day) []workflow.FieldError {
		return (&CorrectionRequest{Until: d}).CheckCase(c, today)
	})
}

// A day left out is asked for, and one outside its time is told the first and the last (A25, R74).
func TestDayIsAskedForByName(t *testing.T) {
	lawtest.Claim(t, "A25", "R74")
	says(t, stated("by", "日期", 0, today), "by", "请填写日期")
	for _, wrong := range []calendar.Day{today, today.AddMonths(24) + 1} {
		says(t, stated("by", "日期", wrong, today), "by", fmt.Sprintf("%s 至 %s 之间", today+1, today.AddMonths(24)))
	}
	started := CompletionApplication{StartedOn: today - 30}
	says(t, started.Check(noon), "finished_on", "请填写完工日期")
	started.FinishedOn = started.StartedOn - 1
	says(t, started.Check(noon), "finished_on", "不能早于")
	started.FinishedOn++
	finds(t, "finished on the day on which it began", started.Check(noon), "R74")
}

// A house of one storey covers as much ground as it has area, and no more (R7).
func TestHouseCoversNoMoreThanItHas(t *testing.T) {
	lawtest.Claim(t, "R7")
	s := LowRiseStart{}.Example().(LowRiseStart)
	s.FootprintArea = s.BuildingArea
	finds(t, "one storey", s.Check(noon), "R7")
	s.FootprintArea++
	finds(t, "more ground than house", s.Check(noon), "R7", "footprint_area")
}

// The day on which building began lies from the decision to today; one left out is the last day that the permit gives
// (R90, Building Law Art. 9).
func TestDayOnWhichBuildingBegan(t *testing.T) {
	lawtest.Claim(t, "R90")
	decided := today - 100
	marked := func(by calendar.Day) workflow.Case {
		m := map[glossary.Mark]time.Time{glossary.Decided: decided.Start()}
		if by != 0 {
			m[glossary.BeginBy] = by.Start()
		}
		return workflow.Case{File: workflow.File{Marks: m}}
	}
	bounds(t, "started_on", "R90", decided, today, func(d calendar.Day) []workflow.FieldError {
		return (&Commencement{StartedOn: d}).CheckCase(marked(today-10), today)
	})
	for by, want := range map[calendar.Day]calendar.Day{0: today, today - 10: today - 10, today: today,
		today + 10: today} {
		var s Commencement
		finds(t, "left out", s.CheckCase(marked(by), today), "R90")
		if s.StartedOn != want {
			t.Errorf("to begin by %s: a day left out is %s, want %s", by, s.StartedOn, want)
		}
	}
}

// Papers that came on the one day on which they could come are dated to it (A35).
func TestReceiptOnTheOnlyDay(t *testing.T) {
	lawtest.Claim(t, "A35")
	c := workflow.Case{EnteredAt: noon, File: workflow.File{Handed: &workflow.Handed{Since: today - 1}}}
	bounds(t, "received_on", "A35", today-1, today-1, func(d calendar.Day) []workflow.FieldError {
		b := BackEntry{}.Example().(BackEntry)
		b.ReceivedOn = d
		return b.CheckCase(c, today)
	})
}

// The request of a household names the reading on which it stands (A6, A7), and its scan is of the day of the
// signature or later (A30).
func TestRequestOfTheHousehold(t *testing.T) {
	lawtest.Claim(t, "A6", "A7", "A30")
	c := workflow.Case{OpenedAt: noon.AddDate(0, 0, -3), Householder: "王建国"}
	for asks, rule := range map[string]law.Rule{"village_handles": "A6", "township_calls": "A7"} {
		r := TownshipRequest{Asks: asks, Requested: exampleRequest()}
		r.SignedBy = "窗口"
		finds(t, asks, r.CheckCase(c, today), rule, "signed_by")
	}
	for day, want := range map[calendar.Day][]string{today - 1: {"signature"}, today: nil, today + 1: nil} {
		x := c
		x.File.Materials = []workflow.Material{{Code: RequestPaper, At: day.Start().Add(time.Hour)}}
		w := Withdrawal{exampleRequest()}
		w.Signature, w.SignedOn = "", today
		finds(t, "scan of "+day.String(), w.CheckCase(x, today), "A30", want...)
	}
}

// A certificate in the place of another says no more floors than were approved, of however many (R53).
func TestCorrectedFloors(t *testing.T) {
	lawtest.Claim(t, "R53")
	for n := 1; n < 120; n++ {
		a := exampleApplication()
		a.Proposed.Floors = n
		c := workflow.Case{Application: encoded(t, a)}
		for more, want := range map[int][]string{-1: nil, 0: nil, 1: {"corrected.floors"}} {
			v := CertificateVoid{Replace: true, Corrected: &Corrected{Floors: n + more}}
			finds(t, fmt.Sprintf("%d floors for %d", n+more, n), v.CheckCase(c, today), "R53", want...)
		}
	}
	finds(t, "nothing corrected", (&CertificateVoid{}).CheckCase(workflow.Case{}, today), "R53")
}

// A certificate is renewed on the application for it, not on one for another (A31, Licensing Law Art. 50).
func TestRenewalIsOfTheCertificateThatWasAskedFor(t *testing.T) {
	lawtest.Claim(t, "A31")
	d := workflow.Document{Number: "农宅字1号", ValidTo: today + calendar.Day(law.Renew.N)}
	for asked, sound := range map[string]bool{"农宅字1号": true, "农宅字2号": false, "": false} {
		c := workflow.Case{}
		if asked != "" {
			c.File.Records = []workflow.Record{{Kind: glossary.RenewalAskedKind, At: noon,
				Data: encoded(t, RenewalRequest{Number: asked})}}
		}
		if why := (&CertificateRenewed{}).Refuses(d, c); (why == "") != sound {
			t.Errorf("asked for %q: %q", asked, why)
		}
	}
}

// Papers left with a party are witnessed by two, of different names (R53).
func TestPapersThatAreLeftAreWitnessed(t *testing.T) {
	lawtest.Claim(t, "R53")
	for _, tt := range []struct {
		method    string
		witnesses []string
		want      []string
	}{{"lien", nil, []string{"witnesses"}}, {"lien", []string{"马全福"}, []string{"witnesses"}},
		{"lien", []string{"马全福", " 马全福 ", " "}, []string{"witnesses"}}, {"lien", []string{"马全福", "马小燕"}, nil},
		{"direct", nil, nil}} {
		finds(t, fmt.Sprint(tt.method, tt.witnesses), ServiceRecord{Method: tt.method, Witnesses: tt.witnesses}.Check(noon),
			"R53", tt.want...)
	}
}

// picture is a PNG of a size, as a signature is sent.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// A signature is a PNG of at most 1200 by 600 points, whole (R52).
func TestSignatureIsAPicture(t *testing.T) {
	lawtest.Claim(t, "R52")
	const notOne, tooLarge = "应为 PNG", "不超过 1200×600"
	for _, tt := range []struct{ name, sent, wrong string }{
		{"none", "", ""}, {"as large as may be", picture(t, 1200, 600), ""},
		{"too wide", picture(t, 1201, 600), tooLarge}, {"too high", picture(t, 1200, 601), tooLarge},
		{"too wide and too high", picture(t, 1201, 601), tooLarge},
		{"not encoded", "王建国", notOne}, {"not a picture", "5Yq1", notOne},
		{"a picture and more that is not encoded", picture(t, 30, 30) + "!", notOne}} {
		found := HandSigned{Signature: tt.sent}.Check(noon)
		if tt.wrong == "" {
			finds(t, tt.name, found, "R52")
			continue
		}
		finds(t, tt.name, found, "R52", "signature")
		says(t, found, "signature", tt.wrong)
	}
}

// An amended application is held to what a new one is, whatever the matter (R74, R83, R96, A7).
func TestAmendedApplicationIsCheckedLikeANewOne(t *testing.T) {
	lawtest.Claim(t, "R74", "R83", "R96", "A7")
	other := OtherStart{}.Example().(OtherStart)
	other.CostFen = 0
	for _, tt := range []struct {
		form  workflow.Checker
		rule  law.Rule
		field string
	}{{AmendedOther{Revised[OtherStart]{&other}}, "R83", "application.cost_fen"},
		{AmendedBusiness{Revised[BusinessApplication]{&BusinessApplication{}}}, "R96", "application.area"},
		{AmendedLowFinish{Revised[LowRiseCompletion]{&LowRiseCompletion{}}}, "R74", "application.started_on"},
		{AmendedFinish{Revised[OtherCompletion]{&OtherCompletion{}}}, "R74", "application.started_on"}} {
		finds(t, fmt.Sprintf("%T", tt.form), tt.form.Check(noon), tt.rule, tt.field)
	}
	finds(t, "nothing amended", AmendedLowRise{}.Check(noon), "")
}

// A stranger is known by an ID number of 18 characters that is sound, or by a number at work (R36, R75, A36).
func TestStrangerIsKnownByANumber(t *testing.T) {
	lawtest.Claim(t, "R36", "R75", "A36")
	for id, want := range map[string]string{"": "", "7": "", "71": "71", "G-2026-0000014": "G-2026-0000014",
		"140824750506993": "", "1408247505069933": "", "140824197505069933": "140824********9933", "140824197505069935": ""} {
		got, wrong := Stranger{Name: "孙志强", Identity: id, Capacity: "村民代表"}.Identify(today)
		if got.Identity != want || (wrong == "") != (want != "") {
			t.Errorf("%q (%d characters) is kept as %q: %s", id, len(id), got.Identity, wrong)
		}
	}
	n := Nameable{Strangers: true}
	wrongly := []Stranger{{Name: "孙志强", Identity: "140824197505069935", Capacity: "村民代表"}}
	for name, want := range map[string]string{"": "请填写姓名", "孙志强": "孙志强：身份证号校验位不符", "李四": "李四 不在名册中"} {
		if _, wrong := n.find(name, nil, wrongly, workflow.Facts{Now: noon}); !strings.HasPrefix(wrong, want) {
			t.Errorf("%q: %q, want %q", name, wrong, want)
		}
	}
}

// The 17th digit of an ID number says the gender, odd or even; an old number of 15 digits is named as one (R31).
func TestWhatAnIDNumberSays(t *testing.T) {
	lawtest.Claim(t, "R31")
	for digit := range 10 {
		want := []string{"女", "男"}[digit%2]
		if got := GenderOf(fmt.Sprintf("14082419780312%03d2", digit)); got != want {
			t.Errorf("17th digit %d: %s", digit, got)
		}
	}
	for _, tt := range []struct {
		id, want string
	}{{"14082478031200", "应为 18 位"}, {"140824780312001", "15 位旧身份证号"}, {"1408247803120012", "应为 18 位"}} {
		if got := CheckIDNumber(tt.id, today); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s, want %s", tt.id, got, tt.want)
		}
	}
}

// What was begun before February 2021 is not held against its builder for want of registration (R124).
func TestStartsThatTheRulesReach(t *testing.T) {
	lawtest.Claim(t, "R124")
	f := Finding{}.Example().(Finding)
	first := calendar.Date(2021, 2, 1)
	bounds(t, "started_on", "R124", first, today, func(d calendar.Day) []workflow.FieldError {
		f.StartedOn = d
		return f.Check(noon)
	})
	f.StartedOn = first - 1
	says(t, f.Check(noon), "started_on", "2021-02-01 以前开工")
}

// encoded is a form as a case or a record keeps it.
func encoded(t *testing.T, form any) []byte {
	t.Helper()
	b, err := json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
