package printing

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"anju/jobs/forms"
	"anju/models/history"
	"anju/models/papers"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/glossary"
)

// Store is what printing calls of the database.
type Store interface {
	Unprinted(ctx context.Context, limit int) ([]papers.Unprinted, error)
	Paper(ctx context.Context, document int64) (papers.Paper, error)
	PaperFacts(ctx context.Context, id workflow.CaseID) (papers.PaperFacts, error)
	KeptOf(ctx context.Context, id workflow.HouseholdID) (map[int64]papers.Kept, error)
	Seal(ctx context.Context, office workflow.OfficeID) ([]byte, error)
	VerifyCode(document int64) string
	QueryCode(id workflow.CaseID) string
	NoticeCode(id workflow.CaseID) string
}

// Printer prints the papers of cases, each once: what is issued is printed within seconds, kept with its hash in the
// history, and never printed anew.
type Printer struct {
	store Store
	svc   *casework.Service
	base  string // address of the public check
	sign  Signer // nil: papers are not signed electronically
}

// Signer is a certified electronic signature service (SM2): it signs the bytes of a paper in the name of the office
// that issues it.
type Signer interface {
	// Sign returns the signature and the name of its signer. The issuer is the name on the paper.
	Sign(ctx context.Context, issuer string, body []byte) (signature, signer string, err error)
}

// Signing lets a signature service sign what is printed.
func (p *Printer) Signing(s Signer) *Printer { p.sign = s; return p }

// NewPrinter makes a printer. base is the address of this program as people reach it; the code on a paper leads there.
func NewPrinter(store Store, svc *casework.Service, base string) *Printer {
	return &Printer{store: store, svc: svc, base: strings.TrimSuffix(base, "/")}
}

// Print gives the paper of a document, which it prints and keeps where it is not kept yet. It fails with
// workflow.ErrNotFound without the document, with a forms.GlyphError on a text that the font lacks, and with
// forms.ErrNoLayout for a kind without a form.
func (p *Printer) Print(ctx context.Context, id workflow.CaseID, document int64) ([]byte, error) {
	kept, err := p.store.Paper(ctx, document)
	if err == nil || !errors.Is(err, workflow.ErrNotFound) {
		return kept.Body, err
	}
	f, err := p.store.PaperFacts(ctx, id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(f.Case.File.Documents, func(d workflow.Document) bool { return d.ID == document })
	if i < 0 {
		return nil, workflow.ErrNotFound
	}
	d := f.Case.File.Documents[i]
	body, err := p.render(ctx, f, d)
	if err != nil {
		return nil, err
	}
	sum := sm3.Sum(body)
	made := workflow.Printed{Document: document, Hash: hex.EncodeToString(sum[:]), Body: body}
	if p.sign != nil {
		if made.Signature, made.Signer, err = p.sign.Sign(ctx, officeOn(f, d), body); err != nil {
			return nil, fmt.Errorf("sign %s %s: %w", d.Kind, d.Number, err)
		}
	}
	err = p.svc.Print(ctx, id, made)
	if err != nil && !errors.Is(err, workflow.ErrNothingDue) {
		return nil, err
	}
	kept, err = p.store.Paper(ctx, document) // another may have been first
	return kept.Body, err
}

// Sheet prints a form that is not issued and has no number, from what the case says now: an application, a
// record, an index. It fails with workflow.ErrNotFound where the case has nothing for it.
func (p *Printer) Sheet(ctx context.Context, id workflow.CaseID, form string) ([]byte, error) {
	needs, ok := sheets[form]
	if !ok {
		return nil, workflow.ErrNotFound
	}
	if err := p.svc.MayDate(); err != nil {
		return nil, err
	}
	f, err := p.store.PaperFacts(ctx, id)
	if err != nil {
		return nil, err
	}
	ch, err := p.svc.Chains().At(f.Case.Chain, f.Case.ChainVersion)
	if err != nil {
		return nil, err
	}
	if !needs.met(ch, f.Case, form) {
		return nil, workflow.ErrNotFound
	}
	return p.render(ctx, f, workflow.Document{Kind: glossary.DocumentKind(form), IssuedAt: p.svc.Now()})
}

// Sheets lists the forms that Sheet prints of a case, by their codes and names, in the order of the form list.
func (p *Printer) Sheets(c workflow.Case) []workflow.Document {
	ch, err := p.svc.Chains().At(c.Chain, c.ChainVersion)
	if err != nil {
		return nil
	}
	var list []workflow.Document
	for _, form := range slices.Sorted(maps.Keys(sheets)) {
		if k := glossary.DocumentKind(form); sheets[form].met(ch, c, form) {
			list = append(list, workflow.Document{Kind: k, Title: forms.TitleOf(k)})
		}
	}
	return list
}

// sheet is what a case must have for a form.
type sheet struct {
	record glossary.RecordKind
	blank  bool // only of a matter that begins with it
}

func (s sheet) met(ch workflow.Chain, c workflow.Case, form string) bool {
	_, written := c.Latest(s.record)
	return (s.record == "" || written) && (!s.blank || ch.Blank(form))
}

// sheets are the forms that are made from a case whenever they are asked for.
var sheets = map[string]sheet{
	"F01": {blank: true}, "F02": {blank: true},
	"F07": {}, "F10": {blank: true}, "F11": {blank: true},
	"F21": {record: glossary.PublicNoticeKind}, "F22": {record: glossary.ObjectionKind},
	"F23": {record: glossary.MeetingRecordKind},
	"F24": {record: glossary.NeighborKind}, "F25": {record: glossary.VillageSheetKind},
	"F26": {record: glossary.SiteRecordKind}, "F35": {},
	"F27": {record: glossary.JointSheetKind}, "F33": {},
}

func (p *Printer) render(ctx context.Context, f papers.PaperFacts, d workflow.Document) ([]byte, error) {
	ch, err := p.svc.Chains().At(f.Case.Chain, f.Case.ChainVersion)
	if err != nil {
		return nil, err
	}
	c := asIssued(f.Case, d.IssuedAt, f.Lines)
	data := forms.Data{Chain: ch, Chains: p.svc.Chains(), Case: c, Document: d, Household: f.Household,
		Township: f.Township, Village: strings.TrimSuffix(f.Village, "村委会"), Group: f.Group,
		Office: officeOn(f, d)}
	data.Village = strings.TrimPrefix(data.Village, f.Township)
	if d.ID != 0 {
		data.Verify = p.base + "/verify/" + p.store.VerifyCode(d.ID)
	}
	switch d.Kind.Form() { // a slip leads to the progress of its case, a public notice to itself
	case "F14":
		data.Verify = p.base + "/progress?code=" + p.store.QueryCode(c.ID)
	case "F21":
		data.Verify = p.base + "/notices/" + p.store.NoticeCode(c.ID)
	}
	data.Document.Kind = glossary.DocumentKind(d.Kind.Form())
	of := newFilling(c, d, f, ch, p.svc.County())
	if d.Kind.Form() == "F33" {
		if of.kept, err = p.store.KeptOf(ctx, c.Household); err != nil {
			return nil, err
		}
	}
	if l, ok := of.issued(); ok {
		if err := p.signedBy(ctx, &data, l, d.Sealed); err != nil {
			return nil, err
		}
	}
	data.Fields = fieldsOf(of)
	data.Fields["query_code"] = p.store.QueryCode(c.ID)
	if d.Kind.Sheet() != "" {
		data.Fields["sheet"] = d.Kind.Sheet()
	}
	body, err := forms.Render(data)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.Number, err)
	}
	return body, nil
}

// officeOn is the office that a paper names: its issuer, and the township government on a form that is not issued.
func officeOn(f papers.PaperFacts, d workflow.Document) string {
	return cmp.Or(d.Issuer, f.Offices[glossary.TownshipGovernment])
}

// signedBy puts the act that issued a paper on it: what it said, who did it, with the signature drawn and the seal
// placed. It fails where the seal cannot be read.
func (p *Printer) signedBy(ctx context.Context, data *forms.Data, l history.Line, sealed bool) error {
	data.Signer, data.Said = l.OfficerName, said(l)
	if drawn, ok := data.Said["signature"].(string); ok {
		var err error
		if data.Signature, err = base64.StdEncoding.DecodeString(drawn); err != nil {
			return err
		}
	}
	delete(data.Said, "signature")
	if !sealed {
		return nil
	}
	var err error
	if data.Seal, err = p.store.Seal(ctx, l.Office); err != nil {
		return fmt.Errorf("seal of office %d: %w", l.Office, err)
	}
	return nil
}

// asIssued is the case as it stood when a paper was issued: what came later is not on it, and what became void later
// was in force.
func asIssued(c workflow.Case, at time.Time, lines []history.Line) workflow.Case {
	c.File.Records = slices.DeleteFunc(slices.Clone(c.File.Records),
		func(r workflow.Record) bool { return r.At.After(at) })
	c.File.Documents = slices.DeleteFunc(slices.Clone(c.File.Documents),
		func(d workflow.Document) bool { return d.IssuedAt.After(at) })
	for _, l := range lines {
		number, _ := said(l)["number"].(string)
		for i, d := range c.File.Documents {
			if d.Voided != "" && d.Number == number && l.At.After(at) {
				c.File.Documents[i].Voided = ""
			}
		}
	}
	c.File.Materials = slices.DeleteFunc(slices.Clone(c.File.Materials),
		func(m workflow.Material) bool { return m.At.After(at) })
	return c
}

// Blank gives an empty form to be filled by hand; forms.ErrNoLayout for an unknown one.
func (p *Printer) Blank(form string) ([]byte, error) { return forms.Blank(glossary.DocumentKind(form)) }
