package chains

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	. "anju/workflow"
	"anju/workflow/attribution"
	"anju/workflow/breaches"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
	"anju/workflow/recount"
)

// accepted is a case that the township accepted on a day at nine.
func accepted(t *testing.T, ch Chain, y int, m time.Month, day int) *desk {
	t.Helper()
	d := open(t, ch, nil)
	d.until(TownshipIntake)
	d.now = at(y, m, day, 9)
	d.c.OpenedAt = d.now // also where the day is before that on which the desk opened
	d.c.File.Marks[Received] = d.now
	d.move(ServiceCenter, Accept, nil)
	return d
}

func (d *desk) due(id law.LimitID) string {
	x, ok := d.c.LiveDeadline(id)
	switch {
	case !ok:
		return "none"
	case x.Paused:
		return "paused"
	}
	return x.DueOn.String()
}

func (d *desk) wantDue(id law.LimitID, want string) {
	d.t.Helper()
	if got := d.due(id); got != want {
		d.t.Errorf("%s due %s, want %s", id, got, want)
	}
}

// stop stops the clock by a written notice, issued and served at once; resume ends it on a day. It returns the number.
func (d *desk) stop(on time.Time, g SuspensionGround) string {
	d.t.Helper()
	d.now = on
	d.record(TownshipGovernment, PauseKind, forms.PauseNotice{Ground: string(g), Days: 10, Evidence: "委托书"})
	return d.serve(SpecialProcedureDoc)
}

// serve enters that the newest paper of a kind was handed over today, and returns its number.
func (d *desk) serve(k DocumentKind) string {
	d.t.Helper()
	p, ok := d.c.Document(k)
	if !ok || p.Number == "" {
		d.t.Fatalf("no numbered paper %s to serve", k)
	}
	d.record(ServiceCenter, ServiceKind, forms.ServiceRecord{Papers: []string{p.Number}, Method: "direct",
		Recipient: "王建国"})
	return p.Number
}

func (d *desk) resume(on time.Time, number string) {
	d.t.Helper()
	d.now = on
	d.record(TownshipGovernment, ResumeKind, forms.ResumeNotice{Number: number, Evidence: "鉴定报告"})
}

// oneLive holds each limit to one live deadline.
func (d *desk) oneLive() {
	d.t.Helper()
	seen := map[Strand]bool{}
	for _, x := range d.c.Deadlines {
		if x.Live() && seen[x.Strand()] {
			d.t.Errorf("%s has two live deadlines", x.Limit)
		}
		seen[x.Strand()] = seen[x.Strand()] || x.Live()
	}
}

func invalid(t *testing.T, err error, field, word string) {
	t.Helper()
	var in *Invalid
	if !errors.As(err, &in) {
		t.Fatalf("%v, want it refused at %s", err, field)
	}
	if !slices.ContainsFunc(in.Fields, func(f FieldError) bool {
		return f.Field == field && strings.Contains(f.Message, word) && f.Rule != ""
	}) {
		t.Errorf("%+v, want %s with %q and a rule", in.Fields, field, word)
	}
}

// The first of May 2026 is off until the fifth, and Saturday the ninth is made up.
func TestPauseOverAWeekendInsideAMakeUpWeek(t *testing.T) {
	lawtest.Claim(t, "L06", "L08")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.wantDue("L06", "2026-05-21")
	d.wantDue("L08", "2026-05-28")
	d.stop(at(2026, 5, 8, 16), ByAppraisal)
	d.wantDue("L06", "paused")
	if light := d.ch.Light(d.c, d.now); light != Grey {
		t.Errorf("light %s while the clock stands", light)
	}
	d.resume(at(2026, 5, 11, 10), "")
	d.wantDue("L06", "2026-05-25") // the made-up Saturday and Monday are lost, Sunday never counted
	d.wantDue("L08", "2026-06-01")
	d.oneLive()
}

func TestResumeOnAHoliday(t *testing.T) {
	lawtest.Claim(t, "L06")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.stop(at(2026, 4, 29, 9), ByTesting)
	d.resume(at(2026, 5, 3, 9), "")
	d.wantDue("L06", "2026-05-22") // only the thirtieth of April is lost
	if fired := d.pass(at(2026, 5, 3, 12)); len(fired) != 0 {
		t.Errorf("resuming fired %v", fired)
	}
}

func TestPauseTwice(t *testing.T) {
	lawtest.Claim(t, "L06")
	d := accepted(t, Homestead(), 2026, 4, 28)
	first := d.stop(at(2026, 5, 6, 9), ByAppraisal)
	d.resume(at(2026, 5, 8, 9), first)
	second := d.stop(at(2026, 5, 12, 9), ByExperts)
	d.resume(at(2026, 5, 13, 9), second)
	d.wantDue("L06", "2026-05-26")
	d.oneLive()
}

func TestPausesThatOverlapMerge(t *testing.T) {
	lawtest.Claim(t, "L06")
	d := accepted(t, Homestead(), 2026, 4, 28)
	first, second := d.stop(at(2026, 5, 6, 9), ByAppraisal), d.stop(at(2026, 5, 7, 9), ByExperts)
	d.now = at(2026, 5, 8, 9)
	_, err := d.enter(TownshipGovernment, ResumeKind, forms.ResumeNotice{Evidence: "报告"})
	invalid(t, err, "notice_number", "多项")
	d.resume(d.now, first)
	d.wantDue("L06", "paused")
	d.resume(at(2026, 5, 12, 9), second)
	d.wantDue("L06", "2026-05-28") // (6, 12] lost once: 7, 8, 9, 11, 12
}

// C17 of the worked examples: fifteen working days from 2025-09-22, stopped from 26 September to 15 October.
func TestAppraisalOverTheNationalDay(t *testing.T) {
	lawtest.Claim(t, "L06")
	d := accepted(t, Homestead(), 2025, 9, 22)
	d.stop(at(2025, 9, 26, 9), ByAppraisal)
	d.resume(at(2025, 10, 15, 9), "")
	d.wantDue("L06", "2025-10-30")
}

func TestNoDecisionWhileTheClockStands(t *testing.T) {
	lawtest.Claim(t, "R49")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.until(Decision)
	d.stop(at(2026, 4, 29, 9), ByInspection)
	refused(t, d, TownshipGovernment, Approve, "R49")
	refused(t, d, TownshipGovernment, Deny, "R49")
	d.resume(at(2026, 5, 6, 9), "")
	d.move(TownshipGovernment, Approve, nil)
}

func TestReturnThenReEnterUnderTheLedger(t *testing.T) {
	lawtest.Claim(t, "L06", "L07")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.stop(at(2026, 5, 6, 9), ByAppraisal)
	d.resume(at(2026, 5, 8, 9), "")
	d.wantDue("L06", "2026-05-25")
	d.now = at(2026, 5, 11, 9)
	d.until(Decision)
	d.wantDue("L06", "none")
	d.wantDue("L07", "2026-05-18")
	d.move(TownshipGovernment, Return, nil)
	d.wantDue("L06", "2026-05-25") // from acceptance on, with the days that were stopped
	d.wantDue("L07", "none")
	d.oneLive()
	d.move(EconomicOffice, Forward, nil)
	d.wantDue("L07", "2026-05-18")
	d.oneLive()
	if d.c.Deadlines[len(d.c.Deadlines)-1].Run != 2 {
		t.Errorf("%+v, want the second run of L07", d.c.Deadlines[len(d.c.Deadlines)-1])
	}
}

func TestReopenedCaseKeepsItsOldRedMarkInHistoryOnly(t *testing.T) {
	lawtest.Claim(t, "R51", "L07")
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.until(Decision) // L07 is due on 16 March
	d.pass(at(2026, 3, 18, 9))
	if got := d.ch.Light(d.c, d.now); got != Red {
		t.Fatalf("light %s", got)
	}
	d.move(TownshipGovernment, Return, nil)
	if got := d.ch.Light(d.c, d.now); got != Green {
		t.Errorf("light %s after the return: the review has its own days", got)
	}
	old := slices.IndexFunc(d.c.Deadlines, func(x Deadline) bool { return x.Limit == "L07" && x.Red && !x.Live() })
	line := slices.ContainsFunc(d.lines, func(e Entry) bool { return e.Rung == RungRed && e.Rule == "R51" })
	if old < 0 || !line {
		t.Errorf("the red mark is gone: deadline %d, line %v", old, line)
	}
	d.move(EconomicOffice, Forward, nil)
	if x, _ := d.c.LiveDeadline("L07"); x.Red || x.Run != 2 {
		t.Errorf("%+v, want a fresh run", x)
	}
}

func TestExtensionOnceWithTheNotice(t *testing.T) { // L08, A10, C16
	lawtest.Claim(t, "A10", "L06", "L07", "L08")
	d := accepted(t, Homestead(), 2025, 1, 20)
	d.wantDue("L08", "2025-02-21")
	clerk := offices[TownshipGovernment]
	clerk.Role = OfficeReviewer
	if _, err := d.ch.Record(d.c, Recording{Kind: ExtendKind, By: clerk, At: d.now,
		Data: Typed(forms.Extension{}.Example())}, d.county); !errors.Is(err, ErrWrongParty) {
		t.Errorf("extended without the head: %v", err)
	}
	d.record(TownshipGovernment, ExtendKind, nil)
	d.wantDue("L08", "2025-03-07") // thirty from acceptance
	d.wantDue("L06", "2025-02-28") // fifteen and ten: the running part goes with the whole
	var r *Refusal
	if _, err := d.enter(TownshipGovernment, ExtendKind, nil); !errors.As(err, &r) || !errors.Is(err, ErrBlocked) ||
		!strings.Contains(r.Blocked[0].Message, "只能延长一次") {
		t.Errorf("extended twice: %v", err)
	}
	d.now = at(2025, 2, 5, 9)
	d.until(Decision)
	d.wantDue("L07", "2025-02-11") // counts from the joint result: five days, not fifteen
	d.move(TownshipGovernment, Return, nil)
	d.wantDue("L06", "2025-02-28") // from acceptance on, with the extension
}

func TestExtensionInTheDecisionRunsWithIt(t *testing.T) {
	lawtest.Claim(t, "L07", "L08")
	d := accepted(t, PlanningPermit(), 2026, 3, 9)
	d.until(Decision)
	d.wantDue("L07", "2026-03-16")
	d.record(TownshipGovernment, ExtendKind, nil)
	d.wantDue("L07", "2026-03-30")
	d.wantDue("L08", "2026-04-21")
}

func TestNoExtensionAfterTheEnd(t *testing.T) {
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.pass(at(2026, 4, 10, 9))
	if _, err := d.enter(TownshipGovernment, ExtendKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("extended what was over: %v", err)
	}
}

func TestPausesThatAreNone(t *testing.T) {
	lawtest.Claim(t, "A15", "R49")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.now = at(2026, 5, 8, 9)
	for name, tt := range map[string]struct {
		ground, field, word string
	}{
		"consent without consent":      {"consent", "evidence", "A15"},
		"a hearing that was not asked": {"hearing", "ground", "行政许可法47"},
	} {
		_, err := d.enter(TownshipGovernment, PauseKind, forms.PauseNotice{Ground: tt.ground, Days: 10})
		t.Run(name, func(t *testing.T) { invalid(t, err, tt.field, tt.word) })
	}
	d.until(Decision)
	d.until(Approved)
	if _, err := d.enter(TownshipGovernment, PauseKind, nil); !errors.Is(err, ErrNotOpen) {
		t.Errorf("paused after the decision: %v", err)
	}
	if _, stands := CurrentSuspension(d.c); stands || len(d.c.File.Suspensions) > 0 {
		t.Errorf("a refused pause is in the ledger: %+v", d.c.File.Suspensions)
	}
}

// Without a notice that was served the clock goes on; it stands from the day of service, which may be entered later.
func TestTheClockStandsFromTheServiceOfTheNotice(t *testing.T) { // Licensing Law Art. 45
	lawtest.Claim(t, "R49", "L06")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.now = at(2026, 5, 7, 9)
	d.record(EconomicOffice, PauseKind, nil)
	notice, ok := d.c.Document(SpecialProcedureDoc)
	if !ok || notice.Number == "" || notice.Authority != TownshipGovernment || !notice.AwaitsService() {
		t.Fatalf("notice %+v", notice)
	}
	d.wantDue("L06", "2026-05-21")
	if _, stands := CurrentSuspension(d.c); stands {
		t.Error("the clock stands before anybody was told")
	}
	_, err := d.enter(TownshipGovernment, PauseKind, nil)
	invalid(t, err, "ground", notice.Number)
	if _, err := d.enter(EconomicOffice, ResumeKind, nil); err == nil {
		t.Error("resumed a clock that runs")
	}
	d.now = at(2026, 5, 12, 9)
	served := forms.ServiceRecord{Papers: []string{notice.Number}, Method: "direct", Recipient: "王建国",
		ServedOn: calendar.Date(2026, 5, 6)}
	_, err = d.enter(ServiceCenter, ServiceKind, served)
	invalid(t, err, "papers", notice.Number) // the day before it was issued
	served.ServedOn = calendar.Date(2026, 5, 8)
	d.record(ServiceCenter, ServiceKind, served)
	d.wantDue("L06", "paused")
	if s := d.c.File.Suspensions[0]; s.From != served.ServedOn || s.Number != notice.Number || s.Recipient != "王建国" ||
		s.Days != 20 || s.Ground != ByAppraisal {
		t.Errorf("ledger %+v", s)
	}
	_, err = d.enter(TownshipGovernment, PauseKind, nil)
	invalid(t, err, "ground", "不能重复暂停")
	_, err = d.enter(EconomicOffice, ResumeKind, forms.ResumeNotice{Evidence: "报告", ResultedOn: calendar.Date(2026, 5, 7)})
	invalid(t, err, "resulted_on", "2026-05-08")
	d.record(EconomicOffice, ResumeKind, forms.ResumeNotice{Evidence: "报告", ResultedOn: calendar.Date(2026, 5, 11)})
	d.wantDue("L06", "2026-05-25") // Saturday the ninth, a working day, and Monday are left out
}

// A notice that is served after the decision stops nothing.
func TestANoticeServedTooLateStopsNothing(t *testing.T) {
	lawtest.Claim(t, "R49")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.record(TownshipGovernment, PauseKind, nil)
	d.until(Approved)
	d.serve(SpecialProcedureDoc)
	if len(d.c.File.Suspensions) != 0 {
		t.Errorf("ledger %+v", d.c.File.Suspensions)
	}
}

func TestHearingWithItsTwoLimits(t *testing.T) { // Licensing Law Art. 47: L22, L23
	lawtest.Claim(t, "L07", "L22", "L23")
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.until(Decision)
	if _, err := d.enter(ServiceCenter, HearingAskedKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("asked for a hearing that nobody offered: %v", err)
	}
	d.record(TownshipGovernment, HearingNoticeKind, nil)
	d.wantDue("L22", "none")
	if _, err := d.enter(ServiceCenter, HearingAskedKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("asked for before the notice was served: %v", err)
	}
	d.serve(HearingRightDoc)
	d.wantDue("L22", "2026-03-16")
	d.now = at(2026, 3, 12, 9)
	d.record(ServiceCenter, HearingAskedKind, nil)
	d.wantDue("L22", "none")
	d.wantDue("L23", "2026-04-10")
	d.stop(d.now, ByHearing)
	d.wantDue("L07", "paused")
	d.wantDue("L23", "2026-04-10") // the hearing's own limit runs on
	if got := d.ch.Light(d.c, d.now); got != Green {
		t.Errorf("light %s: the hearing is owed", got)
	}
	_, err := d.enter(TownshipGovernment, ResumeKind, nil)
	invalid(t, err, "notice_number", "听证尚未举行")
	d.hear(calendar.Date(2026, 3, 24))
	d.wantDue("L23", "none")
	d.resume(d.now, "")
	d.wantDue("L07", "2026-03-26") // 10, 11, 12 | 25, 26
	d.oneLive()
}

// hear tells of the hearing that was asked for and holds it on its day.
func (d *desk) hear(on calendar.Day) {
	d.t.Helper()
	call := forms.HearingCall{}.Example().(forms.HearingCall)
	call.HeldOn = on
	d.record(TownshipGovernment, HearingCallKind, call)
	d.now = on.Start().Add(10 * time.Hour)
	d.record(TownshipGovernment, HearingHeldKind, nil)
}

func TestAHearingIsToldOfBeforehandAndChairedByAnother(t *testing.T) {
	lawtest.Claim(t, "A16")
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.until(Decision)
	d.record(TownshipGovernment, HearingNoticeKind, nil)
	d.serve(HearingRightDoc)
	d.now = at(2026, 3, 12, 9)
	d.record(ServiceCenter, HearingAskedKind, nil)
	if _, err := d.enter(TownshipGovernment, HearingHeldKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("held in the minute in which it was asked for: %v", err)
	}
	examiner := offices[EconomicOffice] // wrote the joint sheet
	d.county.Officers = append(d.county.Officers, Officer{ID: int64(examiner.Officer), Name: "周强", Kind: EconomicOffice})
	call := forms.HearingCall{}.Example().(forms.HearingCall)
	for name, tt := range map[string]struct {
		change func(*forms.HearingCall)
		field  string
	}{
		"on the same day":           {func(c *forms.HearingCall) { c.HeldOn = calendar.Date(2026, 3, 12) }, "held_on"},
		"on the seventh day":        {func(c *forms.HearingCall) { c.HeldOn = calendar.Date(2026, 3, 23) }, "held_on"},
		"the surveyor chairs":       {func(c *forms.HearingCall) { c.Chair = "杜建业" }, "chair"},
		"the reviewer chairs":       {func(c *forms.HearingCall) { c.Chair = "周强" }, "chair"},
		"the neighbour is not told": {func(c *forms.HearingCall) { c.Told = []string{"王建国"} }, "told"},
		"the applicant is not told": {func(c *forms.HearingCall) { c.Told = []string{"孙立"} }, "told"},
	} {
		c := call
		c.HeldOn = calendar.Date(2026, 3, 24)
		tt.change(&c)
		_, err := d.enter(TownshipGovernment, HearingCallKind, c)
		var bad *Invalid
		if !errors.As(err, &bad) || bad.Fields[0].Field != tt.field {
			t.Errorf("%s: %v", name, explain(err))
		}
	}
	call.HeldOn = calendar.Date(2026, 3, 24)
	d.record(TownshipGovernment, HearingCallKind, call)
	if _, told := d.c.Document(HearingCallDoc); !told {
		t.Error("the hearing has no notice")
	}
	d.now = at(2026, 3, 23, 9)
	if _, err := d.enter(TownshipGovernment, HearingHeldKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("held before its day: %v", err)
	}
	d.now = at(2026, 3, 24, 9)
	other := forms.HearingHeld{}.Example().(forms.HearingHeld)
	other.Host = "杜建业"
	_, err := d.enter(TownshipGovernment, HearingHeldKind, other)
	invalid(t, err, "host", "张明")
	d.record(TownshipGovernment, HearingHeldKind, nil)
}

func TestHearingRightLapsesWithoutABreach(t *testing.T) {
	lawtest.Claim(t, "L22")
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.until(Decision)
	d.record(TownshipGovernment, HearingNoticeKind, nil)
	d.serve(HearingRightDoc)
	d.stop(d.now, ByInspection) // so that only L22 can fire
	fired := d.pass(at(2026, 3, 25, 9))
	if !slices.Equal(fired, []RungName{RungWarn, RungLapse}) || len(d.breach) > 0 {
		t.Errorf("fired %v with %d breaches: what the applicant owes reminds and opens none", fired, len(d.breach))
	}
	if _, err := d.enter(ServiceCenter, HearingAskedKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("asked after five days: %v", err)
	}
}

func TestNothingFiresThatTheStopHasMoved(t *testing.T) {
	lawtest.Claim(t, "L06")
	d := accepted(t, Homestead(), 2026, 4, 28)
	fired := d.pass(at(2026, 5, 14, 9)) // the calendar-day reading of L06 is over: told once
	if !slices.Equal(fired, []RungName{RungStricter}) {
		t.Fatalf("fired %v", fired)
	}
	d.stop(at(2026, 5, 14, 10), ByAppraisal)
	if fired := d.pass(at(2026, 6, 15, 9)); len(fired) != 0 {
		t.Errorf("fired %v while the clock stood", fired)
	}
	d.resume(at(2026, 6, 15, 10), "")
	d.wantDue("L06", "2026-06-23")
	if fired := d.pass(at(2026, 6, 24, 0)); !slices.Equal(fired, []RungName{RungWarn, RungRed}) {
		t.Errorf("fired %v", fired)
	}
}

// The receiver dates the receipt (A35, H2): of papers that came before they were typed in, earlier than the arrival and
// not before the sender had them, once. Its own time counts from then; the sender's lateness stays, up to that day.
func TestTheReceiverDatesTheReceipt(t *testing.T) {
	lawtest.Claim(t, "A35", "R48", "L05")
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	entered := calendar.DayOf(d.c.EnteredAt)
	d.pass(at(2026, 3, 19, 9)) // due on 03-16
	if len(d.breach) != 1 || d.breach[0].Party != VillageOrganization {
		t.Fatalf("%+v", d.breach)
	}
	if _, err := d.enter(VillageOrganization, BackEntryKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("the group had the papers that day only, and the village dates them before: %v", explain(err))
	}
	d.record(VillageOrganization, NeighborKind, nil)
	d.record(VillageOrganization, VillageSheetKind, nil)
	d.now = at(2026, 3, 20, 9)
	d.move(VillageOrganization, SignOpinion, nil)
	arrived := d.c.EnteredAt
	on := func(day calendar.Day) forms.BackEntry {
		return forms.BackEntry{ReceivedOn: day, Reason: "停电，纸质收件", Evidence: "收件登记簿第3页"}
	}
	if _, err := d.enter(VillageOrganization, BackEntryKind, on(calendar.Date(2026, 3, 18))); !errors.Is(err, ErrWrongParty) {
		t.Errorf("the sender dated the receipt: %v", err)
	}
	_, err := d.enter(ServiceCenter, BackEntryKind, forms.BackEntry{ReceivedOn: calendar.Date(2026, 3, 18), Evidence: "x"})
	invalid(t, err, "back_entry_reason", "补录")
	_, err = d.enter(ServiceCenter, BackEntryKind, forms.BackEntry{ReceivedOn: calendar.Date(2026, 3, 18), Reason: "x"})
	invalid(t, err, "evidence", "凭据")
	for _, day := range []calendar.Day{entered - 1, calendar.DayOf(arrived), calendar.DayOf(arrived) + 1} {
		_, err = d.enter(ServiceCenter, BackEntryKind, on(day))
		invalid(t, err, "received_on", "之间")
	}
	out, err := d.enter(ServiceCenter, BackEntryKind, on(calendar.Date(2026, 3, 18)))
	d.apply(out, err)
	if !out.Handed.Equal(calendar.Date(2026, 3, 19).Start()) || len(out.Close) != 0 || out.Moved {
		t.Errorf("handed over %s, %+v", out.Handed, out.Close)
	}
	d.wantDue("L05", "2026-03-25") // from Wednesday the eighteenth, not from Friday
	var receipts []Document
	for _, p := range d.c.File.Documents {
		if p.Kind == ReceiptDoc {
			receipts = append(receipts, p)
		}
	}
	if len(receipts) != 2 || receipts[0].Voided == "" || receipts[1].Voided != "" || receipts[1].Authority != receipts[0].Authority ||
		!receipts[1].IssuedAt.Equal(d.now) {
		t.Errorf("receipts %+v, want the one of the arrival void and another", receipts)
	}
	if line := d.lines[len(d.lines)-1]; !strings.Contains(line.Reason, "补录") || !strings.Contains(line.Reason, "停电") {
		t.Errorf("line says %q", line.Reason)
	}
	if _, err := d.enter(ServiceCenter, BackEntryKind, on(calendar.Date(2026, 3, 17))); !errors.Is(err, ErrBlocked) {
		t.Errorf("dated twice: %v", err)
	}
	for _, r := range d.attributed() {
		if r.Party == ServiceCenter && r.Stage == TownshipIntake && !r.From.Equal(calendar.Date(2026, 3, 19).Start()) {
			t.Errorf("the counter has it from %s", r.From)
		}
	}
	d.pass(at(2026, 3, 26, 0))
	d.state(JointReview) // accepted by lapse of time as of the eighteenth
	if got := calendar.DayOf(d.c.File.Marks[Accepted]); got != calendar.Date(2026, 3, 18) {
		t.Errorf("accepted as of %s", got)
	}
	if _, err := d.enter(EconomicOffice, BackEntryKind, on(calendar.Date(2026, 3, 20))); !errors.Is(err, ErrBlocked) {
		t.Errorf("what the law accepted was handed over: %v", err)
	}
	d.attributed()
}

// No move carries the day of a receipt: its sender would date it for the receiver.
func TestNoMoveDatesAReceipt(t *testing.T) {
	lawtest.Claim(t, "A35")
	for _, ch := range Published() {
		for _, st := range ch.Stages {
			for _, a := range st.Actions {
				b, err := json.Marshal(a.Data)
				if err != nil || strings.Contains(string(b), "received_on") && a.Do != "receive" ||
					slices.ContainsFunc(a.Effects, func(e Effect) bool { return e.Name == "back_entry" }) {
					t.Errorf("%s %s %s: %s, %v", ch.ID, st.State, a.Do, b, err)
				}
			}
		}
	}
}

func TestCalendarRevisedMidFlight(t *testing.T) {
	lawtest.Claim(t, "L06", "L08")
	d := accepted(t, Homestead(), 2026, 4, 28)
	years := d.county.Calendar.Years()
	for i := range years {
		if years[i].Year == 2026 {
			years[i].Work = slices.DeleteFunc(years[i].Work, func(x calendar.Day) bool { return x == calendar.Date(2026, 5, 9) })
			years[i].Notice += "（修订）"
		}
	}
	revised, err := calendar.New(2, years...)
	if err != nil {
		t.Fatal(err)
	}
	was := d.county.Calendar
	county := d.county
	county.Calendar = revised
	d.pass(at(2026, 5, 8, 9))
	out, moves, err := recount.Recount(d.ch, d.c, BySystem, d.now, county, was)
	d.apply(out, err)
	d.county = county
	d.wantDue("L06", "2026-05-22") // the Saturday is no working day any more
	d.wantDue("L08", "2026-05-29")
	if len(moves) != 2 || !strings.Contains(moves[0].String(), "2026-05-09 放假") {
		t.Errorf("moves %v", moves)
	}
	if line := d.lines[len(d.lines)-1]; line.Verb != "recount" ||
		!strings.Contains(line.Reason, "2026-05-21 改为 2026-05-22") {
		t.Errorf("line %+v", line)
	}
	if _, _, err := recount.Recount(d.ch, d.c, BySystem, d.now, county, was); !errors.Is(err, ErrNothingDue) {
		t.Errorf("recounted twice: %v", err)
	}
}

func TestRevisionLeavesAStandingCard(t *testing.T) {
	lawtest.Claim(t, "L06", "L08")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.pass(at(2026, 5, 22, 9)) // L06 is red
	years := d.county.Calendar.Years()
	for i := range years {
		if years[i].Year == 2026 {
			years[i].Work = slices.DeleteFunc(years[i].Work, func(x calendar.Day) bool { return x == calendar.Date(2026, 5, 9) })
		}
	}
	county := d.county
	county.Calendar, _ = calendar.New(2, years...)
	out, moves, err := recount.Recount(d.ch, d.c, BySystem, d.now, county, d.county.Calendar)
	d.apply(out, err)
	d.county = county
	d.wantDue("L06", "2026-05-21")
	d.wantDue("L08", "2026-05-29")
	held := slices.IndexFunc(moves, func(m Recounted) bool { return m.Held && m.Limit == "L06" })
	if x, _ := d.c.LiveDeadline("L06"); held < 0 || !x.Red || d.ch.Light(d.c, d.now) != Red {
		t.Errorf("the card fell by a calendar: %+v, %v", x, moves)
	}
	if fired := d.pass(at(2026, 5, 27, 9)); !slices.Contains(fired, RungDay3) {
		t.Errorf("fired %v: the ladder goes on", fired)
	}
}

func TestProvisionalDayTurnsRedOnceItsNoticeIsThere(t *testing.T) {
	lawtest.Claim(t, "L04")
	d := open(t, Homestead(), nil)
	d.now = at(2026, 12, 1, 9)
	d.until(VillageReview)
	d.now = at(2026, 12, 30, 9)
	d.move(VillageOrganization, Return, nil)
	d.move(ServiceCenter, Resubmit, nil)
	x, _ := d.c.LiveDeadline("L04")
	if !x.Provisional || x.DueOn != calendar.Date(2027, 1, 4) {
		t.Fatalf("%+v", x)
	}
	if fired := d.pass(at(2027, 1, 20, 9)); !slices.Equal(fired, []RungName{RungWarn}) {
		t.Errorf("fired %v on a provisional day", fired)
	}
	years := append(d.county.Calendar.Years(), calendar.Year{Year: 2027, Notice: "（测试用，虚构）",
		Off: []calendar.Range{{From: calendar.Date(2027, 1, 1), To: calendar.Date(2027, 1, 3)},
			{From: calendar.Date(2027, 2, 5), To: calendar.Date(2027, 2, 11)}}})
	county := d.county
	county.Calendar, _ = calendar.New(2, years...)
	out, moves, err := recount.Recount(d.ch, d.c, BySystem, d.now, county)
	d.apply(out, err)
	d.county = county
	if len(moves) != 1 || !moves[0].Settled || moves[0].Held {
		t.Errorf("moves %+v", moves)
	}
	if fired := d.pass(at(2027, 1, 20, 10)); !slices.Contains(fired, RungRed) || len(d.breach) != 1 {
		t.Errorf("fired %v, %d breaches: it was truly late", fired, len(d.breach))
	}
}

func TestRedOpensTheBreachOfWhoWasLate(t *testing.T) {
	lawtest.Claim(t, "R40", "L04")
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	x, _ := d.c.LiveDeadline("L04")
	d.pass(x.DueBefore)
	if len(d.breach) != 1 {
		t.Fatalf("%d breaches", len(d.breach))
	}
	b := d.breach[0]
	if b.Party != VillageOrganization || b.Rule != "R40" || b.Under != law.County2021.Art("三4") ||
		b.Stage != VillageReview || b.Deadline != x.ID || !b.DueBefore.Equal(x.DueBefore) {
		t.Errorf("%+v", b)
	}
	if want := d.county.Calendar.AddWorking(calendar.DayOf(d.now), 3) + 1; !b.ExplainBy.Equal(want.Start()) {
		t.Errorf("explain by %s, want three working days", b.ExplainBy)
	}
	if b.Status() != BreachOpen {
		t.Errorf("status %s", b.Status())
	}
}

// A limit that spans the review and the decision is owed by whoever has the case when it passes.
func TestTotalLimitIsOwedByWhoHasTheCase(t *testing.T) {
	lawtest.Claim(t, "L08")
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.now = at(2026, 4, 3, 9)
	d.until(Decision)
	d.pass(at(2026, 4, 30, 0))
	i := slices.IndexFunc(d.breach, func(b Breach) bool { return b.Limit == "L08" })
	if i < 0 || d.breach[i].Party != TownshipGovernment || d.breach[i].Stage != Decision {
		t.Errorf("%+v", d.breach)
	}
}

func TestExplainedRuledAndCleared(t *testing.T) {
	lawtest.Claim(t, "L04")
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	x, _ := d.c.LiveDeadline("L04")
	d.pass(x.DueBefore)
	b := d.breach[0]
	b.ID, b.Office = 1, offices[VillageOrganization].Office
	auditor := Actor{Officer: 99, Role: Auditor, Kind: "administration", Office: 99}
	if _, err := breaches.Explain(d.ch, d.c, offices[GroupCollective], b, Explanation{At: d.now, Text: "x"}); !errors.Is(err,
		ErrWrongParty) {
		t.Errorf("another office explained: %v", err)
	}
	_, err := breaches.Explain(d.ch, d.c, offices[VillageOrganization], b, Explanation{At: d.now, Text: " "})
	invalid(t, err, "text", "超期原因")
	out, err := breaches.Explain(d.ch, d.c, offices[VillageOrganization], b, Explanation{At: d.now, Text: "连续降雨，无法核对四至"})
	d.apply(out, err)
	b = *out.Breach
	if b.Status() != BreachExplained {
		t.Errorf("status %s", b.Status())
	}
	if _, err := breaches.Rule(d.ch, d.c, offices[SupervisionOffice], b,
		Ruling{At: d.now, Verdict: Upheld, Ground: "x"}); !errors.Is(err, ErrWrongParty) {
		t.Errorf("somebody else ruled: %v", err)
	}
	_, err = breaches.Rule(d.ch, d.c, auditor, b, Ruling{At: d.now, Verdict: Excused})
	invalid(t, err, "ground", "理由")
	_, err = breaches.Rule(d.ch, d.c, auditor, b, Ruling{At: d.now, Verdict: "perhaps", Ground: "x"})
	invalid(t, err, "ruling", "upheld")
	out, err = breaches.Rule(d.ch, d.c, auditor, b, Ruling{At: d.now, Verdict: Excused, Ground: "气象部门证明属实"})
	d.apply(out, err)
	b = *out.Breach
	if b.Status() != BreachExcused || out.Fired != nil {
		t.Errorf("status %s, fired %v: the case has not moved", b.Status(), out.Fired)
	}
	if _, err := breaches.Clear(d.ch, d.c, b, d.now); !errors.Is(err, ErrNothingDue) {
		t.Errorf("cleared before the case moved: %v", err)
	}
	met := d.now
	b.MetAt = &met
	out, err = breaches.Clear(d.ch, d.c, b, d.now)
	d.apply(out, err)
	if out.Breach.Status() != BreachClosed || out.Fired == nil || out.Fired.Rung != RungZero || out.Entry.Verb != "clear" {
		t.Errorf("%+v", out)
	}
}

// attributed holds an attribution to the life of the case: the rows touch and add up exactly.
func (d *desk) attributed() []attribution.Interval {
	d.t.Helper()
	rows := attribution.Attribute(d.ch, d.c, d.stays, d.county, d.now)
	end := d.now
	if d.c.ClosedAt != nil {
		end = *d.c.ClosedAt
	}
	wall, working, last := 0, 0, d.c.OpenedAt
	for _, r := range rows {
		if !r.From.Equal(last) || !r.From.Before(r.To) || r.Wall < 0 || r.Working < 0 {
			d.t.Errorf("%s to %s after %s", r.From, r.To, last)
		}
		last = r.To
		wall, working = wall+r.Wall, working+r.Working
	}
	if !last.Equal(end) {
		d.t.Errorf("the rows end at %s, the case at %s", last, end)
	}
	if want := int(end.Sub(d.c.OpenedAt).Minutes()); wall != want {
		d.t.Errorf("%d minutes, want %d", wall, want)
	}
	if want := int(d.county.Calendar.Between(calendar.OfficeHours, d.c.OpenedAt, end).Minutes()); working != want {
		d.t.Errorf("%d working minutes, want %d", working, want)
	}
	return rows
}

func TestAttributionAddsUpToTheLifeOfTheCase(t *testing.T) {
	d := open(t, Homestead(), nil)
	d.until(GroupNotice)
	d.record(GroupCollective, PublicNoticeKind, nil)
	d.record(GroupCollective, ObjectionKind, nil)
	d.move(GroupCollective, Object, nil)
	d.now = d.now.Add(31 * time.Hour)
	d.move(GroupCollective, DismissObjection, nil)
	d.until(TownshipIntake)
	d.now = d.now.Add(50*time.Hour + 17*time.Second)
	d.move(ServiceCenter, RequestCorrect, nil)
	d.now = d.now.Add(100 * time.Hour)
	d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: "HP05", At: d.now}))
	d.move(ServiceCenter, Correct, nil)
	d.now = d.now.Add(5 * time.Hour)
	d.move(ServiceCenter, Accept, nil)
	d.now = d.now.Add(24 * time.Hour)
	d.record(PlanningOffice, SiteRecordKind, nil)
	d.record(PlanningOffice, JointSheetKind, nil)
	d.now = d.now.Add(25 * time.Hour)
	d.record(SocialAffairsOffice, JointSheetKind, nil)
	d.stop(d.now.Add(2*time.Hour), ByAppraisal)
	d.resume(d.now.Add(5*24*time.Hour), "")
	d.now = d.now.Add(26 * time.Hour)
	d.record(EconomicOffice, JointSheetKind, nil)
	d.now = d.now.Add(time.Hour)
	lies(d, false)
	d.move(EconomicOffice, Forward, nil)
	d.now = d.now.Add(time.Hour)
	d.until(Archived)
	owners := map[Party]int{}
	var suspendedFor int
	for _, r := range d.attributed() {
		owners[r.Party] += r.Wall
		if r.Kind == attribution.Suspended {
			suspendedFor += r.Wall
			if r.Ground != "鉴定" {
				t.Errorf("ground %q", r.Ground)
			}
		}
	}
	for _, p := range []Party{Applicant, GroupCollective, ServiceCenter, PlanningOffice, SocialAffairsOffice,
		EconomicOffice, TownshipGovernment, attribution.SuspensionParty} {
		if owners[p] == 0 {
			t.Errorf("%s owns nothing: %v", p, owners)
		}
	}
	if suspendedFor != 5*24*60 {
		t.Errorf("suspended for %d minutes, want the five days behind the notice", suspendedFor)
	}
}

func TestLateHoursAreSplitByWhoseTheyWere(t *testing.T) {
	lawtest.Claim(t, "L08")
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.until(JointReview)
	x, _ := d.c.LiveDeadline("L08") // due 3 April, with the review still going on
	d.pass(x.DueBefore)
	b := d.breach[slices.IndexFunc(d.breach, func(b Breach) bool { return b.Limit == "L08" })]
	d.now = d.now.AddDate(0, 0, 5).Add(10 * time.Hour)
	d.until(Decision)
	d.now = d.now.Add(24 * time.Hour)
	d.until(Approved)
	b.MetAt = &d.now
	shares := attribution.LateBy(d.ch, b, d.c, d.stays, d.county, d.now)
	sum := 0
	for _, s := range shares {
		sum += s.Working
	}
	if want := int(d.county.Calendar.Between(calendar.OfficeHours, b.DueBefore, d.now).Minutes()); sum != want ||
		len(shares) < 2 {
		t.Errorf("%+v add up to %d, want %d", shares, sum, want)
	}
}

func TestStatisticsOfAStageLeaveSuspensionsOut(t *testing.T) {
	d := accepted(t, Homestead(), 2026, 3, 9) // Monday, nine
	d.left = nil
	d.stop(at(2026, 3, 10, 9), ByAppraisal)
	d.resume(at(2026, 3, 12, 9), "")
	d.now = at(2026, 3, 13, 12)
	d.until(Decision)
	want := 7*time.Hour + 8*time.Hour + 4*time.Hour // Monday from nine, Tuesday, Friday morning
	if len(d.left) != 1 || d.left[0].Working != want {
		t.Fatalf("%+v, want %s", d.left, want)
	}
	if got := calendar.DayOf(d.left[0].DueBefore) - 1; got != calendar.Date(2026, 4, 1) {
		t.Errorf("due %s: fifteen working days and two that did not count", got)
	}
}

func TestUrgingAndSupervisingLeaveAPageFresh(t *testing.T) {
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	seen := d.c.Seen
	d.record(TownshipGovernment, UrgeKind, nil)
	d.record(SupervisionOffice, SuperviseKind, nil)
	d.record(VillageOrganization, ReassignKind, nil)
	d.record(VillageOrganization, CopyKind, nil)
	if d.c.Seen != seen {
		t.Errorf("seen went from %d to %d", seen, d.c.Seen)
	}
	if last := d.told[len(d.told)-1]; !slices.Equal(last.Tells, Parties(CountyNaturalResources)) {
		t.Errorf("copied to %v", last.Tells)
	}
	if _, err := d.enter(GroupCollective, SuperviseKind, nil); !errors.Is(err, ErrWrongParty) {
		t.Errorf("a group supervised: %v", err)
	}
	d.move(GroupCollective, TakeBack, nil) // what stands beside the decision does not touch the case
}

func TestWhatAnotherLimitWouldHaveMeant(t *testing.T) {
	lawtest.Claim(t, "L06")
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.now = at(2026, 3, 27, 9)
	d.until(Decision)
	i := slices.IndexFunc(d.c.Deadlines, func(x Deadline) bool { return x.Limit == "L06" })
	ten := calendar.Limit{N: 10, Unit: calendar.WorkingDay}
	got, err := attribution.Suppose(d.ch, d.c.Deadlines[i], attribution.Supposition{Limit: &ten}, d.county, d.now)
	if err != nil || got.Late || !got.WouldBeLate || got.AsIf != calendar.Date(2026, 3, 23) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A case that stands still when a new version of its chain comes into force goes on, and ends, under its own.
func TestPausedCaseKeepsItsChainVersion(t *testing.T) {
	lawtest.Claim(t, "A33", "L06")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.stop(at(2026, 5, 8, 16), ByAppraisal)
	amended := Homestead()
	amended.Version = 2
	for i, st := range amended.Stages {
		if st.State == JointReview {
			amended.Stages[i].Within.N = 10
		}
	}
	chains := Chains{Homestead(), amended}
	own, err := chains.At(d.c.Chain, d.c.ChainVersion)
	if newest, _ := chains.Newest(d.c.Chain); err != nil || own.Version != 1 || newest.Version != 2 {
		t.Fatalf("version %d of %d, %v", own.Version, newest.Version, err)
	}
	d.ch = own
	d.resume(at(2026, 5, 11, 10), "")
	d.wantDue("L06", "2026-05-25")
}

// Neither an extension nor a notice that is entered afterwards takes a card that stands.
func TestWhatHasPassedIsNotMadeGood(t *testing.T) {
	lawtest.Claim(t, "L06", "L08")
	d := accepted(t, Homestead(), 2026, 4, 28)
	d.pass(at(2026, 5, 25, 9)) // L06 passed on the 21st; L08 is due on the 28th
	d.record(TownshipGovernment, ExtendKind, nil)
	d.wantDue("L06", "2026-05-21")
	d.wantDue("L08", "2026-06-11")
	d.stop(at(2026, 5, 25, 10), ByAppraisal)
	d.resume(at(2026, 5, 27, 10), "")
	d.wantDue("L06", "2026-05-21")
	d.wantDue("L08", "2026-06-15")
	if x, _ := d.c.LiveDeadline("L06"); !x.Red || d.ch.Light(d.c, d.now) != Red {
		t.Errorf("the card fell: %+v", x)
	}
}

func TestEarlyRulingLeavesTheDaysToExplain(t *testing.T) {
	lawtest.Claim(t, "L04")
	d := open(t, Homestead(), nil)
	d.until(VillageReview)
	x, _ := d.c.LiveDeadline("L04")
	d.pass(x.DueBefore)
	b := d.breach[0]
	b.ID, b.Office = 1, offices[VillageOrganization].Office
	b.Ruled = &Ruling{At: d.now, Verdict: Upheld, Ground: "逾期属实"}
	if _, err := breaches.Explain(d.ch, d.c, offices[VillageOrganization], b, Explanation{At: d.now, Text: "连续降雨"}); err != nil {
		t.Errorf("within three days: %v", explain(err))
	}
	if _, err := breaches.Explain(d.ch, d.c, offices[VillageOrganization], b,
		Explanation{At: b.ExplainBy, Text: "连续降雨"}); !errors.Is(err, ErrNotOpen) {
		t.Errorf("after them: %v", err)
	}
	_, err := breaches.Explain(d.ch, d.c, offices[VillageOrganization], b, Explanation{At: d.now, Text: "户主140824197803120012电话不通"})
	invalid(t, err, "text", "身份证号")
}

func TestNoDecisionBeforeTheHearing(t *testing.T) { // Licensing Law Art. 47, 48
	lawtest.Claim(t, "A16")
	d := accepted(t, Homestead(), 2026, 3, 9)
	d.until(Decision)
	d.record(TownshipGovernment, HearingNoticeKind, nil)
	meets := func(want string) {
		t.Helper()
		_, err := d.decide(TownshipGovernment, Approve, nil)
		var r *Refusal
		if !errors.As(err, &r) || !slices.ContainsFunc(r.Blocked, func(u Unmet) bool { return u.Rule == "A16" && u.By == want }) {
			t.Errorf("%v, want it blocked until %s", explain(err), want)
		}
	}
	meets("record:" + string(ServiceKind)) // not served yet
	d.serve(HearingRightDoc)
	meets("time") // five working days to ask
	if _, err := d.enter(TownshipGovernment, HearingNoticeKind, nil); !errors.Is(err, ErrBlocked) {
		t.Errorf("offered twice: %v", err)
	}
	d.record(ServiceCenter, HearingAskedKind, nil)
	meets("record:" + string(HearingHeldKind))
	refused(t, d, TownshipGovernment, Deny, "A16")
	d.hear(calendar.Date(2026, 3, 24))
	d.move(TownshipGovernment, Approve, nil)
}
