package calendar

import (
	"testing"
	"time"
)

func TestWorkingTimeBetween(t *testing.T) {
	c := seedCalendar(t)
	at := func(d, h, m int) time.Time { return time.Date(2026, time.May, d, h, m, 0, 0, Shanghai) }
	for _, tt := range []struct {
		name     string
		from, to time.Time
		want     time.Duration
	}{
		{"within a morning", at(6, 9, 0), at(6, 10, 30), 90 * time.Minute},
		{"over noon", at(6, 11, 0), at(6, 15, 0), 2 * time.Hour},
		{"over a night", at(6, 17, 0), at(7, 9, 0), 2 * time.Hour},
		{"a holiday", at(1, 0, 0), at(6, 0, 0), 0},
		{"a made-up Saturday and an idle Sunday", at(9, 0, 0), at(11, 0, 0), 8 * time.Hour},
		{"backwards", at(7, 9, 0), at(6, 9, 0), 0},
		{"a week", at(6, 0, 0), at(13, 0, 0), 6 * 8 * time.Hour},
	} {
		if got := c.Between(OfficeHours, tt.from, tt.to); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	// it adds up, wherever it is cut
	whole := c.Between(OfficeHours, at(4, 0, 0), at(20, 0, 0))
	for cut := at(4, 0, 0); cut.Before(at(20, 0, 0)); cut = cut.Add(37 * time.Minute) {
		if got := c.Between(OfficeHours, at(4, 0, 0), cut) + c.Between(OfficeHours, cut, at(20, 0, 0)); got != whole {
			t.Fatalf("cut at %s: %s, want %s", cut, got, whole)
		}
	}
}

func TestNextOpeningHour(t *testing.T) {
	c := seedCalendar(t)
	at := func(d, h int) time.Time { return time.Date(2026, time.May, d, h, 0, 0, 0, Shanghai) }
	for _, tt := range []struct{ from, want time.Time }{
		{at(6, 9), at(6, 9)}, {at(6, 12), at(6, 14)}, {at(6, 20), at(7, 8)}, {at(1, 9), at(6, 8)}, {at(8, 18), at(9, 8)},
		{at(10, 9), at(11, 8)},
	} {
		if got := c.Open(OfficeHours, tt.from); !got.Equal(tt.want) {
			t.Errorf("after %s: %s, want %s", tt.from, got, tt.want)
		}
	}
}

func TestHoursThatAreNone(t *testing.T) {
	for _, h := range []Hours{{{9 * time.Hour, 9 * time.Hour}}, {{8 * time.Hour, 25 * time.Hour}},
		{{8 * time.Hour, 12 * time.Hour}, {11 * time.Hour, 13 * time.Hour}}} {
		if h.Check() == nil {
			t.Errorf("%v passed", h)
		}
	}
	if err := OfficeHours.Check(); err != nil {
		t.Error(err)
	}
}
