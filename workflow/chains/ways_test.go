package chains

import (
	"slices"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
)

// way leads to rows that no case of snapshots comes to, or that do more on another case than on the first that came.
type way struct {
	how  string
	open func() *desk
	acts []Verb
	recs []RecordKind
	late bool // its ladders are written too
}

// ways lists the ways of a chain.
func ways(t *testing.T, ch Chain) []way {
	begun := func(form any, file ...Case) func() *desk { return func() *desk { return begin(t, ch, form, file) } }
	until := func(s State, then ...func(*desk)) func() *desk {
		return func() *desk {
			d := open(t, ch, nil)
			d.until(s)
			for _, do := range then {
				do(d)
			}
			return d
		}
	}
	switch ch.ID {
	case "violation":
		return []way{{"another building", begun(threeStoreys()), []Verb{Refer}, nil, false},
			{"another building, stopped", func() *desk {
				d := begin(t, ch, threeStoreys(), nil)
				d.move(TownshipGovernment, OrderStopWork, nil)
				return d
			}, []Verb{Refer}, nil, false}}
	case "hazard":
		major := func(d *desk) { d.move(PlanningOffice, Grade, forms.Grading{Level: "major", Basis: "墙体倾斜"}) }
		return []way{{"a major hazard", until(Found, major), []Verb{StopUse}, nil, false},
			{"a major hazard, mended", until(Found, major, func(d *desk) {
				d.move(TownshipGovernment, StopUse, nil)
				d.until(RecheckState)
				d.record(PlanningOffice, RecheckKind, nil)
			}), []Verb{CloseVerb}, nil, false}}
	case "homestead":
		return slices.Concat([]way{
			{"the group waits", until(GroupReceived, waits, asks("village_handles")), []Verb{VillageHandles}, nil, false},
			{"the group waits with the meeting", until(GroupMeeting, waits, asks("village_handles")),
				[]Verb{VillageHandles}, nil, false},
			{"the village waits", until(VillageReview, waits, asks("township_calls")), []Verb{CallForPapers}, nil, false},
			{"another house is asked for", until(TownshipIntake, func(d *desk) { d.move(ServiceCenter, RequestCorrect, nil) },
				otherHouse), []Verb{Correct}, nil, false},
			{"another house is asked for, returned", until(VillageReview, func(d *desk) { d.move(VillageOrganization, Return, nil) },
				otherHouse), []Verb{Resubmit}, nil, false},
			{"permitted in the planning area", func() *desk { return permittedInside(t, ch) }, []Verb{Approve, Withdraw, Deny}, nil, false},
			{"the area is taken from the review", func() *desk { return reviewing(t, ch) }, []Verb{Forward}, nil, false},
			{"the area is taken from the review", func() *desk {
				d := reviewing(t, ch)
				d.move(EconomicOffice, Forward, nil)
				return d
			}, nil, nil, true},
			{"decided days after acceptance", until(Decision, days(3)), []Verb{Return}, nil, false},
			{"taken back after days", until(VillageReview, days(2), func(d *desk) { d.until(TownshipIntake) }),
				[]Verb{TakeBack}, nil, false},
			{"dismissed after days", until(GroupNotice, func(d *desk) {
				d.record(GroupCollective, PublicNoticeKind, nil)
				d.record(GroupCollective, ObjectionKind, nil)
				d.move(GroupCollective, Object, nil)
			}, days(2)), []Verb{DismissObjection}, nil, false},
			{"questioned", until(Issued, questioned), nil, []RecordKind{KeepKind}, false},
			{"what rests on it", until(Issued, builtUpon), nil, []RecordKind{VoidKind, RevokeKind, CancelKind}, false},
			{"the certificate runs out", until(Issued, renewable), nil, []RecordKind{RenewKind}, false}},
			heard(t, ch, JointReview, TownshipGovernment), lapses(t, ch), heard(t, ch, PlanningStage, CountyApprovalBureau))
	case "planning_permit":
		return lapses(t, ch)
	case "construction_start.low_rise":
		return []way{{"questioned", until(Registered, questioned), nil, []RecordKind{KeepKind}, false},
			{"what rests on it", until(Registered, builtUpon), nil, []RecordKind{VoidKind, RevokeKind, CancelKind}, false}}
	case "construction_start.other":
		return slices.Concat([]way{
			{"questioned", until(Issued, questioned), nil, []RecordKind{KeepKind}, false},
			{"what rests on it", until(Issued, builtUpon), nil, []RecordKind{VoidKind, RevokeKind, CancelKind}, false}},
			heard(t, ch, AcceptedState, CountyApprovalBureau))
	}
	return nil
}

// waits lets the time pass that the office has, a month where it is not counted.
func waits(d *desk) { d.pass(d.now.AddDate(0, 1, 0)) }

// asks enters the signed request of the household.
func asks(what string) func(*desk) {
	return func(d *desk) {
		r := forms.TownshipRequest{}.Example().(forms.TownshipRequest)
		r.Asks = what
		d.record(ServiceCenter, TownshipAskedKind, r)
	}
}

// otherHouse makes what the public notice said another thing than the application says.
func otherHouse(d *desk) { d.c.File.Noticed = []byte(`{"Address":"村北"}`) }

// questioned puts every certificate of the case before its authority.
func questioned(d *desk) {
	d.c.Questions = map[int64]string{0: "所依据的许可已撤销，待处理"}
	for i, doc := range d.c.File.Documents {
		if doc.Kind == HomesteadCert || doc.Kind == ConstructionPermitDoc || doc.Kind == CommencementDoc {
			d.c.File.Documents[i].Number = forms.CertificateKept{}.Example().(forms.CertificateKept).Number
		}
	}
}

// builtUpon is the case with a building that was begun on its permit.
func builtUpon(d *desk) {
	d.c.Siblings = append(slices.Clone(d.c.Siblings), Case{ID: 9, Chain: "construction_start.low_rise",
		File: File{House: d.c.ID, Documents: []Document{{ID: 77, Kind: CommencementDoc, Authority: TownshipGovernment}}}})
}

// renewable is the case on the last day on which the household may ask for a longer term.
func renewable(d *desk) {
	cert, _ := d.c.Document(HomesteadCert)
	d.now = (cert.ValidTo - 30).Start()
	r := forms.RenewalRequest{}.Example().(forms.RenewalRequest)
	r.Number = cert.Number
	d.record(ServiceCenter, RenewalAskedKind, r)
}

// permittedInside is a case in the planning area of the county town, permitted by the bureau.
func permittedInside(t *testing.T, ch Chain) *desk {
	d := inside(t, ch, nil)
	lies(d, true)
	d.move(EconomicOffice, Forward, nil)
	d.move(CountyApprovalBureau, Approve, nil)
	return d
}

// days lets days pass.
func days(n int) func(*desk) { return func(d *desk) { d.pass(d.now.AddDate(0, 0, n)) } }

// reviewing is a case in the planning area of the county town, three days after it was accepted, where the county takes
// the time of the planning decision from that of the review.
func reviewing(t *testing.T, ch Chain) *desk {
	d := inside(t, ch, nil)
	lies(d, true)
	d.county.Parameters.PlanningInReview = true
	days(3)(d)
	return d
}

// heard is a case on the day of the hearing that was asked for.
func heard(t *testing.T, ch Chain, s State, by Party) []way {
	return []way{{"on the day of the hearing", func() *desk {
		var d *desk
		if s == PlanningStage {
			d = inside(t, ch, nil)
			lies(d, true)
			d.move(EconomicOffice, Forward, nil)
		} else {
			d = open(t, ch, nil)
			d.until(s)
		}
		d.record(by, HearingNoticeKind, nil)
		d.serve(HearingRightDoc)
		d.record(ServiceCenter, HearingAskedKind, nil)
		call := forms.HearingCall{}.Example().(forms.HearingCall)
		call.HeldOn = calendar.DayOf(d.now) + 20
		d.record(by, HearingCallKind, call)
		d.now = call.HeldOn.Start().Add(10 * time.Hour)
		return d
	}, nil, []RecordKind{HearingHeldKind}, false}}
}

// lapses is a case that was not corrected in the term of the notice, in a county that lets it lapse.
func lapses(t *testing.T, ch Chain) []way {
	return []way{{"not corrected in time", func() *desk {
		d := open(t, ch, nil)
		d.until(TownshipIntake)
		ask, _ := stageOf(d).Action(RequestCorrect)
		request := ask.Data.Example().(forms.CorrectionRequest)
		request.Until = calendar.DayOf(d.now) + 10
		d.move(ServiceCenter, RequestCorrect, request)
		d.serve(CorrectionNotice)
		d.county.Parameters.LapseUncorrected = true
		d.pass((request.Until + 1).Start().AddDate(0, 0, 10))
		return d
	}, []Verb{Terminate}, nil, false}}
}

// ways writes the rows of each way like those of a stage.
func (w *actsWriter) ways() {
	for _, way := range ways(w.t, w.ch) {
		d := way.open()
		st := stageOf(d)
		w.line("\n== %s, %s", st.State, way.how)
		if way.late {
			w.ladder(d.fork(), "   ")
		}
		for _, v := range way.acts {
			if a, ok := st.Action(v); ok {
				w.action(st, a, d.fork())
			}
		}
		for _, k := range way.recs {
			if r, ok := w.ch.RecordRow(st, k); ok {
				w.record(st, r, d.fork())
			}
		}
	}
}
