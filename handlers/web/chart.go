package web

import (
	"fmt"
	"math"

	"anju/workflow"
	"anju/workflow/forms"
)

// Bars is a chart of lying bars, drawn on the server: no script, it prints, and the same numbers stand in the table
// under it.
type Bars struct {
	Height int
	Rows   []barRow
}

type barRow struct {
	Name, Label  string
	Y, TextY     int
	Good, Bad    float64 // widths
	BadX, LabelX float64
}

// The measures of a chart in its own units.
const (
	barLeft  = 150.0
	barRight = 560.0
	barStep  = 26
)

// BarsOf draws a bar for each row; of tells how much of it is good and how much is bad.
func BarsOf(list []Share, of func(Share) (good, bad int)) Bars {
	most := 1
	for _, s := range list {
		g, b := of(s)
		most = max(most, g+b)
	}
	c := Bars{Height: barStep*len(list) + 8}
	for i, s := range list {
		g, b := of(s)
		scale := (barRight - barLeft) / float64(most)
		r := barRow{Name: s.Name, Label: label(g, b), Y: i*barStep + 6, TextY: i*barStep + 20, Good: float64(g) * scale,
			Bad: float64(b) * scale}
		r.BadX = barLeft + r.Good
		r.LabelX = r.BadX + r.Bad + 6
		c.Rows = append(c.Rows, r)
	}
	return c
}

// Trend is a line over the months: how many of a hundred were late.
type Trend struct {
	Points string
	Dots   []trendDot
	Months int
}

type trendDot struct {
	X, Y  float64
	Name  string
	Label string
}

// TrendOf draws a list as a line.
func TrendOf(list []Share) Trend {
	t := Trend{Months: len(list)}
	most := 10.0
	for _, s := range list {
		most = max(most, percent(s))
	}
	for i, s := range list {
		x := 40 + float64(i)*(600/float64(max(len(list)-1, 1)))
		if len(list) == 1 {
			x = 340
		}
		y := 130 - percent(s)/most*100
		t.Dots = append(t.Dots, trendDot{x, y, s.Name[2:], label1(percent(s))})
		t.Points += point(x, y)
	}
	return t
}

func percent(s Share) float64 {
	if s.Count == 0 {
		return 0
	}
	return float64(s.Red) * 100 / float64(s.Count)
}

func label(good, bad int) string {
	if bad == 0 {
		return fmt.Sprint(good)
	}
	return fmt.Sprintf("%d（逾期 %d）", good+bad, bad)
}

func label1(x float64) string { return fmt.Sprintf("%.1f%%", x) }

func point(x, y float64) string { return fmt.Sprintf("%.1f,%.1f ", x, y) }

// Plot is the site of an application as a sketch: its four neighbours, and the house in its share of the ground.
type Plot struct {
	East, South, West, North, Area, Footprint string
	X, Y, W, H                                float64
}

// PlotOf draws the site that an application names; nil for a matter without one.
func PlotOf(v workflow.View) *Plot {
	if v.Chain.Subject != workflow.PlotSubject {
		return nil
	}
	p := workflow.Applied[forms.Application](v.Case).Proposed
	if p.HomesteadArea <= 0 {
		return nil
	}
	share := math.Sqrt(min(1, float64(p.FootprintArea)/float64(p.HomesteadArea)))
	w, h := 140*share, 120*share
	b := p.Boundary
	return &Plot{Clip(b.East, 6), Clip(b.South, 12), Clip(b.West, 6), Clip(b.North, 12), p.HomesteadArea.String(),
		p.FootprintArea.String(), 160 - w/2, 105 - h/2, w, h}
}

// Share is one bar: a label and its count.
type Share struct {
	Name, Href, CardsHref, RedHref string
	Count, OnTime, Yellow, Red     int
	Cards                          int // red cards of the register
	Rate                           string
	Median, P90                    string
}

// Rate is a part of a whole in per cent.
func Rate(part, of int) string {
	if of == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", float64(part)*100/float64(of))
}
