package view

import (
	"cmp"
	"fmt"
	"slices"

	"anju/models/statistics"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Quarter is a row of the figures that go upward: what one township granted in one matter and quarter.
type Quarter struct {
	Quarter    string           `json:"quarter" doc:"季度，写作 2026-Q1"`
	Division   string           `json:"division" doc:"乡镇区划代码，12 位"`
	Chain      string           `json:"chain"`
	Granted    int              `json:"granted" doc:"批准宗数，按首次发证之日计"`
	Area       workflow.Decimal `json:"area" doc:"批准的宅基地面积（㎡）"`
	Farmland   int              `json:"farmland" doc:"其中占用农用地的宗数"`
	FarmArea   workflow.Decimal `json:"farmland_area" doc:"占用农用地的面积（㎡）"`
	Cultivated workflow.Decimal `json:"cultivated_area" doc:"其中耕地（㎡）"`
	Unbuilt    int              `json:"unbuilt" doc:"批准期满未开工的宗数，按期满之日计"`
}

// Quarters are the figures of a span.
type Quarters struct {
	From Day       `json:"from"`
	To   Day       `json:"to" doc:"不含当日"`
	Rows []Quarter `json:"rows"`
}

// GrantLine is a case behind a number of the figures.
type GrantLine struct {
	CaseID    string           `json:"case_id"`
	Number    string           `json:"number"`
	Head      string           `json:"householder"`
	Division  string           `json:"division"`
	Chain     string           `json:"chain"`
	Address   string           `json:"address"`
	Area      workflow.Decimal `json:"area"`
	LandClass string           `json:"land_class"`
	GrantedOn Day              `json:"granted_on"`
	LapsedOn  *Day             `json:"lapsed_on,omitempty" doc:"批准期满未开工的，期满之日"`
}

// QuarterOf names the quarter of a day.
func QuarterOf(d calendar.Day) string {
	y, m, _ := d.Date()
	return fmt.Sprintf("%d-Q%d", y, (int(m)+2)/3)
}

// Quarterly is what was granted from the day First on and before Last.
type Quarterly struct {
	Grants      []statistics.Grant
	First, Last calendar.Day
}

func (q Quarterly) holds(d calendar.Day) bool { return d >= q.First && d < q.Last }

// cell is the row that a grant, or its lapse, belongs to.
func cell(g statistics.Grant, on calendar.Day) Quarter {
	return Quarter{Quarter: QuarterOf(on), Division: g.Township, Chain: string(g.Chain)}
}

// Rows adds up the grants by quarter, township and matter.
func (q Quarterly) Rows() []Quarter {
	rows := map[Quarter]*Quarter{}
	row := func(k Quarter) *Quarter {
		if rows[k] == nil {
			r := k
			rows[k] = &r
		}
		return rows[k]
	}
	for _, g := range q.Grants {
		if q.holds(g.Counted) {
			r := row(cell(g, g.Counted))
			r.Granted, r.Area = r.Granted+1, r.Area+g.Area
			if g.LandClass == "farmland_class" {
				r.Farmland, r.FarmArea = r.Farmland+1, r.FarmArea+g.Area
				if g.Farmland == "cultivated" {
					r.Cultivated += g.Area
				}
			}
		}
		if g.Lapsed != 0 && q.holds(g.Lapsed) {
			row(cell(g, g.Lapsed)).Unbuilt++
		}
	}
	list := []Quarter{}
	for _, r := range rows {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Quarter) int {
		return cmp.Or(cmp.Compare(a.Quarter, b.Quarter), cmp.Compare(a.Division, b.Division), cmp.Compare(a.Chain, b.Chain))
	})
	return list
}

// Add adds a row to a sum.
func (q *Quarter) Add(r Quarter) {
	q.Granted, q.Farmland, q.Unbuilt = q.Granted+r.Granted, q.Farmland+r.Farmland, q.Unbuilt+r.Unbuilt
	q.Area, q.FarmArea, q.Cultivated = q.Area+r.Area, q.FarmArea+r.FarmArea, q.Cultivated+r.Cultivated
}

// Behind are the grants behind a number: of is granted, farmland or unbuilt, the row is that of the number.
func (q Quarterly) Behind(row Quarter, of string) []GrantLine {
	list := []GrantLine{}
	for _, g := range q.Grants {
		on := g.Counted
		if of == "unbuilt" {
			on = g.Lapsed
		}
		if !q.holds(on) || of == "farmland" && g.LandClass != "farmland_class" ||
			cell(g, on) != (Quarter{Quarter: row.Quarter, Division: row.Division, Chain: row.Chain}) {
			continue
		}
		l := GrantLine{CaseID: fmt.Sprint(g.Case), Number: g.Number, Head: g.Householder, Division: g.Township,
			Chain: string(g.Chain), Address: g.Address, Area: g.Area, LandClass: g.LandClass, GrantedOn: NewDay(g.Counted)}
		if g.Lapsed != 0 {
			d := NewDay(g.Lapsed)
			l.LapsedOn = &d
		}
		list = append(list, l)
	}
	return list
}

// QuarterHeader are the columns of the figures as a table.
var QuarterHeader = []string{"季度", "乡镇代码", "乡镇", "事项", "批准宗数", "宅基地面积（㎡）", "占用农用地宗数", "占用农用地面积（㎡）",
	"其中耕地（㎡）", "期满未开工宗数"}

// Cells is a row of the table under QuarterHeader.
func (q Quarter) Cells(township, matter string) []string {
	return []string{q.Quarter, q.Division, township, matter, fmt.Sprint(q.Granted), q.Area.String(), fmt.Sprint(q.Farmland),
		q.FarmArea.String(), q.Cultivated.String(), fmt.Sprint(q.Unbuilt)}
}
