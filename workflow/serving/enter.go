package serving

import (
	"fmt"
	"slices"
	"strings"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Entry is a form that tells of a service, and names the papers by their numbers; without names it is about all.
type Entry interface {
	Served() (workflow.Service, []string)
}

// Enters keeps the service with each paper, issues the proof of it (F34) in the name of the authority of the paper, and
// ends what ends with the service. It fails with *workflow.Invalid on a paper that does not wait for service, that is
// not the office's to serve, or that was issued after the day.
var Enters = []workflow.Effect{{Name: "enter_service",
	Says: "记送达并出具" + glossary.ServiceReceiptDoc.Title() + "，送达所起止的期限随之起止", Apply: enter}}

// Ready tells of a paper whether it waits for its service and may go out: a certificate once its stamped copy is there.
func Ready(ch workflow.Chain, c workflow.Case) func(workflow.Document) bool {
	return func(d workflow.Document) bool {
		p, ok := ch.Paper(string(d.Kind))
		copied := func(m workflow.Material) bool { return m.Code == p.Code && !m.At.Before(d.IssuedAt) }
		return d.AwaitsService() && (!ok || p.Copy == "" || d.Sealed || slices.ContainsFunc(c.File.Materials, copied))
	}
}

func enter(out *workflow.Outcome, f workflow.Facts) error {
	sent, ok := f.Data.(Entry)
	if !ok {
		return nil
	}
	service, names := sent.Served()
	service.Office, service.Officer, service.At = f.By.Office, f.By.Officer, f.Now
	ready, left := Ready(f.Chain, out.Case), slices.Clone(names)
	var receipts []glossary.Party
	var kinds []glossary.DocumentKind
	for i, d := range out.Case.File.Documents {
		named := slices.Index(left, d.Number)
		if !ready(d) || len(names) > 0 && named < 0 || !d.MayBeServed(service.On, f.By.Kind) {
			continue
		}
		if first := calendar.DayOf(d.IssuedAt) + calendar.Day(law.Announced.N); service.Method == "public" && service.On < first {
			return refused("served_on", fmt.Sprintf("公告送达自发出公告之日起经过%s视为送达（%s），%s 最早 %s", law.Announced.Statute(),
				law.Announced.Under, d.Title, first), out)
		}
		if named >= 0 {
			left = slices.Delete(left, named, named+1)
		}
		s := service
		out.Case.File.Documents[i].Service = &s
		kinds = append(kinds, d.Kind)
		if !slices.Contains(receipts, d.Authority) {
			receipts = append(receipts, d.Authority)
		}
	}
	if len(left) > 0 {
		return refused("papers", "本件没有由本单位送达、在送达日已经出具且尚未送达的文书："+strings.Join(left, "、"), out)
	}
	if len(kinds) == 0 && slices.ContainsFunc(f.Case.File.Documents, ready) {
		return refused("served_on", "待送达的文书不由本单位送达，或者在送达日尚未出具", out)
	}
	for _, by := range receipts {
		out.Issue = append(out.Issue, workflow.Document{Kind: glossary.ServiceReceiptDoc,
			Title: glossary.ServiceReceiptDoc.Title(), Authority: by, IssuedAt: out.Entry.At})
	}
	ends(out, f.Chain, kinds)
	return begins(out, f)
}

// begins begins what the rows of the stage let begin with the service of the papers that this entry served: limits from
// the day of service, and suspensions. In a stage without such a row nothing begins any more.
func begins(out *workflow.Outcome, f workflow.Facts) error {
	st, _ := f.Chain.Stage(f.Case.State)
	if out.Moved {
		return nil
	}
	for _, d := range out.Case.File.Documents {
		s, ok := st.Serving(d.Kind)
		if !ok || d.Service == nil || !d.Service.At.Equal(f.Now) {
			continue
		}
		if err := out.Begin(s.Starts, d.Service.On, f.County); err != nil {
			return err
		}
		if s.Begins != nil {
			if err := s.Begins(out, d, f); err != nil {
				return err
			}
		}
	}
	if len(out.Suspended) == 0 {
		return nil
	}
	return out.Recount(f, 0)
}

func refused(field, message string, out *workflow.Outcome) error {
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: field, Message: message, Rule: out.Entry.Rule}}}
}

// ends closes the limits that end with the service of papers of the kinds, once no paper that ends them is unserved. A
// move closes the limits of the stage that it leaves itself.
func ends(out *workflow.Outcome, ch workflow.Chain, kinds []glossary.DocumentKind) {
	if out.Moved {
		return
	}
	for _, d := range out.Case.Deadlines {
		stops := func(k glossary.DocumentKind) bool {
			s, _ := ch.Serving(k)
			return slices.Contains(s.Stops, d.Limit)
		}
		waits := func(p workflow.Document) bool { return p.AwaitsService() && stops(p.Kind) }
		if d.Live() && slices.ContainsFunc(kinds, stops) && !slices.ContainsFunc(out.Case.File.Documents, waits) {
			out.Close = append(out.Close, d.ID)
		}
	}
}

// Done tells whether the newest paper of a kind that counts was served.
func Done(c workflow.Case, k glossary.DocumentKind) bool {
	d, issued := c.Document(k)
	return issued && d.Service != nil
}
