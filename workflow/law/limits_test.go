package law

import (
	"testing"

	"anju/workflow/calendar"
	"anju/workflow/law/lawtest"
)

// The limits are those of the rule list (section 4), once more by hand: number, unit, bound, rule, article, and whether
// the law sets them or the county promises them.
func TestLimitsAreThoseOfTheRuleList(t *testing.T) {
	lawtest.Claim(t, "L01", "L02", "L03", "L04", "L05", "L06", "L07", "L08", "L09", "L10", "L11", "L12", "L13", "L14",
		"L15", "L16", "L17", "L18", "L19", "L20", "L21", "L22", "L23", "R33", "R35", "R36", "R40", "R48", "R49", "R51", "R53",
		"R54", "R55", "R71", "R75", "R76", "R89", "R90", "R92", "R99", "R100", "R102", "R103", "R110", "R113", "A5", "A10",
		"A25", "A31", "A37")
	const wd, cd, mo = calendar.WorkingDay, calendar.CalendarDay, calendar.Month
	const law, promised = true, false
	for _, tt := range []struct {
		id        LimitID
		rule      Rule
		n         int
		unit      calendar.Unit
		statutory bool
		under     string
	}{
		{"L01", "R33", 10, cd, law, "三3"}, {"L02", "R35", 5, wd, law, "三3"}, {"L03", "R36", 10, cd, promised, "A5"},
		{"L04", "R40", 5, cd, law, "三4"}, {"L05", "R48", 5, wd, law, "行政许可法32(四)"}, {"L06", "R49", 15, wd, law, "三6"},
		{"L07", "R51", 5, wd, law, "三7"}, {"L08", "R51", 20, wd, law, "行政许可法42"}, {"L09", "R53", 10, wd, law, "行政许可法44"},
		{"L10", "R55", 5, wd, promised, "三7"}, {"L11", "A37", 20, wd, law, "政府信息公开条例26"},
		{"L12", "R71", 5, wd, promised, "四(一)2"}, {"L13", "R75", 10, wd, promised, "四(一)3"}, {"L14", "R76", 1, mo, law, "四(一)3"},
		{"L15", "R89", 7, wd, law, "建筑法8"}, {"L16", "R92", 15, cd, law, "建设工程质量管理条例49"},
		{"L17", "R99", 3, wd, promised, "五2"}, {"L18", "R100", 10, wd, promised, "五2"}, {"L19", "R102", 1, wd, promised, "五3"},
		{"L20", "R103", 3, wd, law, "五4"}, {"L21", "R110", 1, wd, promised, "六1"}, {"L22", "R48", 5, wd, law, "行政许可法47"},
		{"L23", "R48", 20, wd, law, "行政许可法47"},

		{"A25", "A25", 1, cd, promised, "A25"}, {"begin", "R90", 3, mo, law, "建筑法9"}, {"extend", "R51", 10, wd, law, "行政许可法42"},
		{"review", "R54", 60, cd, law, "行政复议法20"}, {"suit", "R54", 6, mo, law, "行政诉讼法46"},
		{"renew", "A31", 30, cd, law, "行政许可法50"}, {"recheck", "R113", 6, mo, promised, "A25"},
		{"explain", "A25", 3, wd, promised, "督办"}, {"day_3", "A25", 3, wd, promised, "督办"},
		{"day_7", "A25", 7, wd, promised, "督办"}, {"month_1", "A25", 1, mo, promised, "督办"},
	} {
		l, err := Find(tt.id)
		if err != nil {
			t.Error(err)
			continue
		}
		bound := calendar.Max
		if tt.id == "L02" {
			bound = calendar.Min // a notice hangs no less
		}
		if _, err := Find(tt.id + "x"); err == nil {
			t.Errorf("a limit %sx is found", tt.id)
		}
		if l.Limit != (calendar.Limit{N: tt.n, Unit: tt.unit, Bound: bound}) || l.Rule != tt.rule ||
			l.Statutory != tt.statutory || l.Under.String() != tt.under {
			t.Errorf("%s is %+v under %s (%s), statutory %v; want %+v", tt.id, l.Limit, l.Rule, l.Under, l.Statutory, tt)
		}
	}
}

// What is extended and suspended is the time to the decision, and what is counted twice are the days that A1 reads.
func TestLimitsToTheDecision(t *testing.T) {
	lawtest.Claim(t, "A1", "A10", "L06", "L07", "L08", "L15")
	for _, l := range Terms() {
		decides := l.ID == "L06" || l.ID == "L07" || l.ID == "L08" || l.ID == "L15"
		double := l.ID == "L06" || l.ID == "L07"
		if l.ID <= "L23" && (l.Decides != decides || l.Double != double) {
			t.Errorf("%s: to the decision %v, twice %v; want %v, %v", l.ID, l.Decides, l.Double, decides, double)
		}
	}
}

// A limit is said in the words of the law: statutes call a working day 日, and spell their numbers.
func TestLimitInWords(t *testing.T) {
	lawtest.Claim(t, "L02", "L05", "L14", "L06")
	for _, tt := range []struct{ got, want string }{
		{L02.Words(), "不少于 5 个工作日"}, {L02.Short(), "不少于5个工作日"}, {L02.Spelled(), "不少于五个工作日"}, {L02.Days(), "5 个工作日"},
		{L05.Words(), "5 个工作日"}, {L05.Statute(), "五日"}, {L06.Digits(), "15日"}, {L14.Statute(), "一个月"}, {L14.Digits(), "1个月"},
		{L01.Short(), "10日"}, {Begin.Statute(), "三个月"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
	for n, want := range map[int]string{0: "0", 1: "一", 9: "九", 10: "十", 11: "十一", 19: "十九", 20: "二十", 21: "二十一", 99: "九十九",
		100: "100", -1: "-1"} {
		if got := Numeral(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
