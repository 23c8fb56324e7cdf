package web

import (
	"context"
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"

	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// PapersOf lists the papers that an applicant brings for a matter: what comes later, by choice or from an office, is
// not asked for (Licensing Law Art. 30, 31).
func PapersOf(ch workflow.Chain) []GuidePaper {
	var list []GuidePaper
	for _, p := range ch.Papers {
		if p.Applicants() && p.Required {
			list = append(list, GuidePaper{p.Code, p.Name, p.If})
		}
	}
	return list
}

// NoticeFacts is what a public notice says, and nothing else (A37).
type NoticeFacts struct {
	Village, Head, Office, From, Until, Contact string
	Facts                                       []schema.Fact
	Running                                     bool
}

// NoticeOfCase is the public notice of a case while it hangs: from the posting until the objections are dealt with;
// before, as it is to be printed.
func (a *Site) NoticeOfCase(ctx context.Context, c workflow.Case, ch workflow.Chain) (NoticeFacts, bool) {
	n := NoticeFacts{Head: c.Householder}
	if c.State != glossary.GroupMeeting && c.State != glossary.GroupNotice && c.State != glossary.GroupObjection {
		return n, false
	}
	app := workflow.Applied[forms.Application](c)
	p := app.Proposed
	var grounds []string
	for _, g := range app.Grounds {
		grounds = append(grounds, schema.EnumTitle("grounds", g))
	}
	n.Facts = []schema.Fact{{Label: "申请人", Value: c.Householder}, {Label: "申请理由", Value: strings.Join(grounds, "、")},
		{Label: "拟用地位置", Value: p.Address},
		{Label: "四至", Value: "东至" + p.Boundary.East + "，南至" + p.Boundary.South + "，西至" + p.Boundary.West + "，北至" +
			p.Boundary.North},
		{Label: "用地面积", Value: p.HomesteadArea.String() + " 平方米（其中房基占地 " + p.FootprintArea.String() + " 平方米）"},
		{Label: "层数、高度", Value: fmt.Sprintf("%d 层，高度 %s 米", p.Floors, p.Height)},
		{Label: "建筑面积", Value: p.BuildingArea.String() + " 平方米"}}
	n.Office = a.views.OfficeName(ctx, glossary.GroupCollective, c)
	n.Village = strings.TrimSuffix(n.Office, "农村集体经济组织")
	if at, ok := c.File.Marks[glossary.Noticed]; ok {
		n.From = view.NewInstant(at).Civil().Text()
	}
	if said, ok := c.Latest(glossary.PublicNoticeKind); ok {
		n.Contact = workflow.Recorded[forms.PublicNotice](said).Contact
	}
	for _, d := range c.Deadlines {
		if d.Limit == law.L02.ID && d.Live() {
			n.Until, n.Running = view.NewDay(d.DueOn).Text(), a.svc.Now().Before(d.DueBefore)
		}
	}
	return n, true
}

// GuidePaper is a paper that an applicant brings.
type GuidePaper struct{ Code, Name, If string }

// Picture is an address as a QR code: one path of squares, no image to load.
func Picture(address string) (template.HTML, error) {
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="-2 -2 %d %d" role="img" aria-label="二维码" shape-rendering="crispEdges"><path d="`,
		code.Size+4, code.Size+4)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			n := 0
			for x+n < code.Size && code.Black(x+n, y) {
				n++
			}
			if n > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, n, n)
				x += n
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil // numbers and fixed text only
}
