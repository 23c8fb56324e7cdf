package tour

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"anju/cmd/anju/report"
	"anju/workflow"
)

// A chain is drawn here by hand: the main line runs down one column, what may happen beside it stands in a second, and
// a verb that leads back runs along the left. No layout program is linked in, since the one for Go compiles machine
// code at every start of the whole program and keeps it in a folder that other users of the machine can write.

const (
	boxWidth, boxHeight = 270, 66
	rowHeight           = 124
	mainX, sideX        = 220, 650
	top                 = 70
)

type box struct {
	stage workflow.Stage
	x, y  int
	side  bool
}

// Draw is the picture of a chain as SVG.
func Draw(ch workflow.Chain) string {
	boxes, order := placeBoxes(ch)
	var b strings.Builder
	height := 0
	for _, x := range boxes {
		height = max(height, x.y+boxHeight+40)
	}
	width := sideX + boxWidth + 60
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="'Noto Sans CJK SC','Microsoft YaHei',sans-serif" font-size="14">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s（第 %d 版）</title>\n", html.EscapeString(ch.Title), ch.Version)
	b.WriteString(`<defs><marker id="a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" fill="#3b4a5a"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="36" font-size="20" fill="#1d2733">%s（第 %d 版，%s 起施行）</text>`+"\n", mainX,
		html.EscapeString(ch.Title), ch.Version, ch.InForce)
	lane := map[bool]int{}
	for _, s := range order {
		from := boxes[s]
		for _, a := range from.stage.Actions {
			for _, to := range a.To.States {
				if target, ok := boxes[to]; ok {
					edge(&b, from, target, a, lane)
				}
			}
		}
	}
	for _, s := range order {
		drawBox(&b, boxes[s], endings(ch, boxes[s].stage, boxes))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// placeBoxes puts the main line in the first column and the other open stages in the second, beside the first stage
// that leads to them. Endings other than that of the main line are written into the boxes they follow from.
func placeBoxes(ch workflow.Chain) (map[workflow.State]box, []workflow.State) {
	var line []workflow.State
	for s := ch.Stages[0].State; s != "" && !slices.Contains(line, s); {
		line = append(line, s)
		st, _ := ch.Stage(s)
		s = ""
		for _, a := range st.Actions {
			if a.Ahead && a.By != workflow.System {
				s = a.To.States[0]
				break
			}
		}
	}
	boxes := map[workflow.State]box{}
	for i, s := range line {
		st, _ := ch.Stage(s)
		boxes[s] = box{stage: st, x: mainX, y: top + i*rowHeight}
	}
	order := line
	taken := map[int]bool{}
	for _, st := range ch.Stages {
		if _, ok := boxes[st.State]; ok || st.Ends != "" {
			continue
		}
		row := 0
		for i, s := range line {
			from, _ := ch.Stage(s)
			if slices.ContainsFunc(from.Actions, func(a workflow.Action) bool {
				return slices.Contains(a.To.States,
					st.State)
			}) {
				row = i
				break
			}
		}
		for taken[row] {
			row++
		}
		taken[row] = true
		boxes[st.State] = box{stage: st, x: sideX, y: top + row*rowHeight, side: true}
		order = append(order, st.State)
	}
	return boxes, order
}

// endings lists the verbs of a stage that end the case in no box of the picture.
func endings(ch workflow.Chain, st workflow.Stage, boxes map[workflow.State]box) string {
	var titles []string
	for _, a := range st.Actions {
		for _, to := range a.To.States {
			_, drawn := boxes[to]
			if end, ok := ch.Stage(to); ok && end.Ends != "" && !drawn && !slices.Contains(titles, a.Title) {
				titles = append(titles, a.Title)
			}
		}
	}
	return strings.Join(titles, "、")
}

func drawBox(b *strings.Builder, x box, ends string) {
	fill, line := "#eef4fb", "#2f6fab"
	switch {
	case x.stage.Ends != "":
		fill, line = "#e8f5ec", "#2e7d4f"
	case x.side:
		fill, line = "#fdf3e4", "#b06f1a"
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="%s" stroke="%s"/>`+"\n", x.x, x.y, boxWidth,
		boxHeight, fill, line)
	text := func(dy, size int, colour, s string) {
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%d" text-anchor="middle" fill="%s">%s</text>`+"\n", x.x+boxWidth/2,
			x.y+dy, size, colour, html.EscapeString(s))
	}
	st := x.stage
	if st.Ends != "" {
		text(39, 16, "#1d2733", st.State.Title())
		return
	}
	text(22, 16, "#1d2733", st.State.Title())
	who := st.By.Title()
	if st.Within.ID != "" {
		who += " · " + report.LimitTitle(st.Within.Limit)
	} else {
		who += " · 不计时"
	}
	text(41, 12, "#3b4a5a", who)
	if ends != "" {
		text(58, 11, "#6b7785", "也可："+ends)
	}
}

// edge draws one verb from stage to stage. Verbs that share a side keep apart by a lane each.
func edge(b *strings.Builder, from, to box, a workflow.Action, lane map[bool]int) {
	dash, colour := "", "#3b4a5a"
	if !a.Ahead {
		dash, colour = ` stroke-dasharray="5 4"`, "#8a5a14"
	}
	label := a.Title
	path, lx, ly, anchor := "", 0, 0, "start"
	switch middle := boxHeight / 2; {
	case !from.side && !to.side && to.y == from.y+rowHeight: // down the main line
		x := from.x + boxWidth/2
		if !a.Ahead {
			x += 60
		}
		path, lx, ly = fmt.Sprintf("M%d %dV%d", x, from.y+boxHeight, to.y-1), x+8, from.y+boxHeight+rowHeight/2-20
	case !from.side && !to.side: // back along the left
		lane[false]++
		x := from.x - 24 - 14*(lane[false]%8)
		path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", from.x, from.y+middle+10, x-40, from.y+middle, x-40, to.y+middle,
			to.x-1, to.y+middle-10)
		lx, ly, anchor = x-14, (from.y+to.y)/2+middle+12*(lane[false]%3-1), "end"
	case from.side && to.side:
		y1, y2 := from.y+boxHeight, to.y-1
		if to.y < from.y {
			y1, y2 = from.y, to.y+boxHeight+1
		}
		path, lx, ly = fmt.Sprintf("M%d %dV%d", from.x+boxWidth/2, y1, y2), from.x+boxWidth/2+8, (y1+y2)/2
	default: // between the columns
		lane[true]++
		x1, x2 := from.x+boxWidth, to.x-1
		if from.side {
			x1, x2 = from.x, to.x+boxWidth+1
		}
		dy := 14 * (lane[true]%3 - 1)
		y1, y2 := from.y+middle+dy, to.y+middle+dy
		path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, (x1+x2)/2, y1, (x1+x2)/2, y2, x2, y2)
		lx, ly, anchor = (x1*2+x2)/3, (y1*2+y2)/3-5, "middle"
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.4"%s marker-end="url(#a)"><title>%s → %s：%s</title></path>`+"\n",
		path, colour, dash, html.EscapeString(from.stage.State.Title()), html.EscapeString(to.stage.State.Title()),
		html.EscapeString(label))
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="11" text-anchor="%s" fill="%s" paint-order="stroke" stroke="#fff" stroke-width="3">%s</text>`+"\n", lx, ly, anchor, colour, html.EscapeString(label))
}
