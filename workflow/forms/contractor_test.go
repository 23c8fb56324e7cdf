package forms

import (
	"strings"
	"testing"

	"anju/workflow/calendar"
	"anju/workflow/law/lawtest"
	"anju/workflow/trades"
)

func TestCreditCode(t *testing.T) {
	lawtest.Claim(t, "R9", "R83")
	tests := []struct{ name, give, want string }{
		{"sound", "91140824MA0ANJU01J", ""},
		{"sound, a digit last", "91140802MA0ANJU040", ""},
		{"too short", "91140824MA0ANJU01", "18 位"},
		{"a letter that is not used", "91140824MA0ANJO01J", "不用 I、O"},
		{"small letters", "91140824ma0anju01j", "大写"},
		{"a wrong check digit", "91140824MA0ANJU01K", "校验位"},
		{"two digits exchanged", "91140842MA0ANJU01J", "校验位"},
		{"not ASCII", "91140824MA0ANJU安", "不用 I、O"},
		{"nothing", "", "18 位"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := trades.CheckCreditCode(tt.give); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%q: %q, want %q", tt.give, got, tt.want)
			}
		})
	}
}

func TestContractorRefuses(t *testing.T) {
	lawtest.Claim(t, "R9", "R10", "A18")
	from, to := calendar.Date(2026, 1, 1), calendar.Date(2026, 12, 31)
	builder := trades.Contractor{Name: "丰泰", Work: []trades.Work{trades.Build}, From: from, To: to}
	endless, struck := builder, builder
	endless.To, struck.Struck = 0, "转包"
	tests := []struct {
		name string
		c    trades.Contractor
		work trades.Work
		on   calendar.Day
		want string
	}{
		{"his work, on the first day", builder, trades.Build, from, ""},
		{"on the last day", builder, trades.Build, to, ""},
		{"a day too early", builder, trades.Build, from - 1, "有效期"},
		{"a day too late", builder, trades.Build, to + 1, "有效期"},
		{"without an end", endless, trades.Build, to + 10_000, ""},
		{"another work", builder, trades.Design, from, "没有设计"},
		{"struck", struck, trades.Build, from, "除名（转包）"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.c.Refuses(tt.work, tt.on); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
