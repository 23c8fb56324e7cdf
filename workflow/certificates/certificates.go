package certificates

import (
	"fmt"
	"slices"
	"strings"
	"time"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
)

// The conditions of the acts upon certificates.
var (
	// Own wants a certificate in force upon which the office of the actor may act.
	Own = Conditions{{Name: "own_certificate", Rule: "R53", Message: "本件没有由本机关核发、仍然有效的证照",
		Holds: func(f Facts) bool {
			return slices.ContainsFunc(f.Case.File.Documents, func(d Document) bool {
				return d.Voided == "" && d.Kind.Certificate() && actsUpon(d, f)
			})
		}}}
	// RenewalAsked is Licensing Law Art. 50: a certificate is renewed on an application, and its day decides.
	RenewalAsked = Conditions{{Name: "renewal_asked", Rule: "A31", By: "record:" + string(RenewalAskedKind),
		Message: "须先登记申请户签名的延续申请",
		Holds:   func(f Facts) bool { _, ok := f.Case.Latest(RenewalAskedKind); return ok }}}
)

// actsUpon tells whether the actor may act upon a certificate: the authority that issued it, the one above it, and of
// planning permits the township that is commissioned with them, in the name of the bureau (Licensing Law Art. 24, 69).
func actsUpon(d Document, f Facts) bool {
	m := f.County.Parameters.Mandate
	return f.By.Kind == d.Authority || f.By.Kind == CountyGovernment ||
		d.Kind == PlanningPermitDoc && f.By.Kind == TownshipGovernment && !f.Case.InsidePlanningArea &&
			m.Issuer == d.Authority && m.Valid(calendar.DayOf(f.Now))
}

// certificate finds the certificate that a record names, by its number. It fails where there is none, where it is void,
// and where another authority has it.
func certificate(c Case, number string, f Facts) (int, error) {
	number = strings.TrimSpace(number)
	wrong := func(message string) error {
		return &Invalid{Fields: []FieldError{{Field: "number", Message: message, Rule: "R53"}}}
	}
	i := slices.IndexFunc(c.File.Documents, func(d Document) bool {
		return d.Number == number && number != "" && d.Kind.Certificate()
	})
	if i < 0 {
		return i, wrong("本件没有编号为 " + number + " 的证照，请核对")
	}
	d := c.File.Documents[i]
	switch {
	case d.Voided != "":
		return i, wrong(fmt.Sprintf("%s %s 已经作废（%s），不能再次处理", d.Title, d.Number, d.Voided))
	case !actsUpon(d, f):
		return i, &Refusal{Why: ErrWrongParty, State: c.State, Verb: "certificate", Party: d.Authority}
	}
	return i, nil
}

// act is what a record upon a certificate does.
func act[T any](name, says string, apply func(*Outcome, T, Facts) error) []Effect {
	return []Effect{{Name: name, Says: says, Apply: func(out *Outcome, f Facts) error {
		return apply(out, f.Data.(T), f) // the row sends this form
	}}}
}

// Ends ends the certificate that a record names, and issues what stands in its place.
func Ends(name, says string) []Effect {
	return act(name, says, func(out *Outcome, act forms.CertificateAct, f Facts) error {
		number, why := act.Of()
		i, err := certificate(out.Case, number, f)
		if err != nil {
			return err
		}
		d := out.Case.File.Documents[i]
		if says := act.Refuses(d, f.Case); says != "" {
			return &Invalid{Fields: []FieldError{{Field: "number", Message: says, Rule: out.Entry.Rule}}}
		}
		if again := act.Again(d); again != nil && out.Case.Questions[d.ID] != "" && again.Cites == "" {
			return &Invalid{Fields: []FieldError{{Field: "number", Rule: "R53", Message: d.Title + " " + d.Number + " " +
				out.Case.Questions[d.ID] + "：请先维持、撤销或注销，再办理延续、补发、更正"}}}
		}
		out.Case.File.Documents[i].Voided = why
		if f.By.Kind == TownshipGovernment {
			out.Acts = d.Authority // in the name of the bureau that commissions it
		}
		if again := act.Again(d); again != nil {
			again.IssuedAt, again.Authority, again.Replaces = out.Entry.At, d.Authority, d.Number
			again.ToServe, again.Kind, again.Title = d.ToServe, d.Kind, d.Title
			if again.Cites == "" {
				again.Cites = d.Cites
			}
			out.Issue = append(out.Issue, *again)
		}
		if v, ok := act.(*forms.CertificateVoid); ok && v.Corrected != nil {
			p := v.Corrected.Into(forms.Proposed{})
			out.Plot = &Plot{Address: p.Address, East: p.Boundary.East, South: p.Boundary.South, West: p.Boundary.West,
				North: p.Boundary.North}
		}
		return nil
	})
}

// QuestionsWhatRests puts what rests on the ended certificate before its own authority (Licensing Law Art. 69): the
// certificate that cites it, and of the later cases of the house what let the building begin.
var QuestionsWhatRests = act("question_what_rests", "以其为依据的证照交各自核发机关处理，不自动失效",
	func(out *Outcome, act forms.CertificateAct, f Facts) error {
		number, why := act.Of()
		i := slices.IndexFunc(f.Case.File.Documents, func(d Document) bool { return d.Number == strings.TrimSpace(number) })
		if i < 0 {
			return nil // the act itself was refused
		}
		ended := f.Case.File.Documents[i]
		how, _, _ := strings.Cut(why, "：")
		if how != "撤销" && how != "注销" {
			how = "作废"
		}
		ask := func(id CaseID, d Document) {
			out.Questions = append(out.Questions, Question{Document: d.ID, Case: id, By: d.Authority,
				Why: "所依据的许可已" + how + "，待处理"})
			out.Message.Tells = append(out.Message.Tells, d.Authority)
		}
		for _, d := range f.Case.File.Documents {
			if d.Voided == "" && d.Cites == ended.Number {
				ask(f.Case.ID, d)
			}
		}
		if v, ok := act.(*forms.CertificateVoid); ok && v.Replace {
			return nil // the permit goes on, under another number
		}
		for _, s := range f.Case.Siblings {
			for _, d := range s.File.Documents {
				if s.File.House == f.Case.ID && d.Voided == "" && (d.Kind == CommencementDoc || d.Kind == ConstructionPermitDoc) {
					ask(s.ID, d)
				}
			}
		}
		return nil
	})

// QuestionsPermits puts the certificates of a case that ends without a grant before their authority: a permit for a house
// without a homestead is of no use (Planning Law Art. 41).
var QuestionsPermits = []Effect{{Name: "question_permits", Says: "已核发的许可交核发机关处理", Apply: func(out *Outcome, f Facts) error {
	for _, d := range f.Case.File.Documents {
		if d.Voided == "" && d.Kind.Certificate() {
			out.Questions = append(out.Questions, Question{Document: d.ID, Case: f.Case.ID, By: d.Authority,
				Why: "所附的申请未获批准，待处理"})
			out.Message.Tells = append(slices.Clone(out.Message.Tells), d.Authority)
		}
	}
	return nil
}}}

// Keeps settles the question of a certificate: its authority has looked into it and lets it stand.
var Keeps = act("keep_certificate", "经核发机关审查，证照维持", func(out *Outcome, k *forms.CertificateKept,
	f Facts) error {
	i, err := certificate(out.Case, k.Number, f)
	if err != nil {
		return err
	}
	d := out.Case.File.Documents[i]
	if out.Case.Questions[d.ID] == "" {
		return &Invalid{Fields: []FieldError{{Field: "number", Rule: "R53", Message: d.Title + " " + d.Number + " 不需要处理"}}}
	}
	out.Settles = append(out.Settles, d.ID)
	return nil
})

// AsApproved is the plot and the house that a case permits: as the decision has them, with what a replaced certificate
// corrects.
func AsApproved(c Case) forms.Proposed {
	p := Applied[forms.Application](c).Proposed
	for _, d := range c.File.Documents {
		if d.Voided == "" && len(d.Content) > 0 {
			p = forms.CorrectedOf(d).Into(p)
		}
	}
	return p
}

// CorrectReceipt voids the receipt that was issued at an arrival, and issues it anew with the day on which the papers came (A35).
func CorrectReceipt(out *Outcome, arrived time.Time) {
	for i, d := range out.Case.File.Documents {
		if d.Kind == ReceiptDoc && d.Voided == "" && d.IssuedAt.Equal(arrived) {
			out.Case.File.Documents[i].Voided = "收件日期已补录更正，以更正后的回执为准（A35）"
			out.Issue = append(out.Issue, Document{Kind: d.Kind, Title: d.Title, Authority: d.Authority, IssuedAt: out.Entry.At,
				ToServe: d.ToServe, Replaces: d.Number})
		}
	}
}
