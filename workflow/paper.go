package workflow

import (
	"slices"

	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Paper is one item that the applicant hands in (section 6 of the rule list), or the stamped copy of a certificate.
type Paper struct {
	Code     string
	Rule     law.Rule
	Name     string
	Required bool
	AnyOf    []string // kinds of paper that serve, one is enough; sent with the scan as its kind
	If       string   // when it is owed at all, in Chinese; empty: always where Required
	Owed     func(Facts) bool
	Serves   func(f Facts, earlier Case) bool // whether what an earlier case issued serves; nil: always
	From     []string                         // what the file holds and serves in its place (A29)
	Anytime  bool                             // what is asked for in writing on the way, taken whenever it comes
	During   glossary.State                   // photographs that offices take in this stage
	Copy     glossary.DocumentKind            // the sealed scan of this certificate (Licensing Law Art. 39)
}

// OneOf wants one of several kinds of paper.
func (p Paper) OneOf(kinds ...string) Paper { p.AnyOf = kinds; return p }

// Reuse takes what the file holds already: no paper is handed in twice.
func (p Paper) Reuse(sources ...string) Paper { p.From = sources; return p }

// Where owes the paper only where something holds.
func (p Paper) Where(says string, owed func(Facts) bool) Paper { p.If, p.Owed = says, owed; return p }

// Applicants tells whether the paper belongs to the application: no stamped copy, office's picture or later request.
func (p Paper) Applicants() bool { return p.Copy == "" && p.During == "" && !p.Anytime }

// IsOwed tells whether the paper is asked for on the case.
func (p Paper) IsOwed(f Facts) bool {
	if p.Copy != "" {
		_, issued := f.Case.Document(p.Copy)
		return issued
	}
	return p.Required && (p.Owed == nil || p.Owed(f))
}

// Source names what serves for a paper: the case itself, or the number of the earlier case with a paper or certificate
// that does. "" where the paper is still missing.
func (p Paper) Source(f Facts) string {
	c := f.Case
	if c.HasMaterial(p.Code) {
		return c.Number
	}
	if c.asked(p.Code) {
		return "" // the correction notice wants a new one
	}
	for _, from := range p.From {
		for _, s := range c.Siblings {
			if _, issued := s.Document(glossary.DocumentKind(from)); issued && (p.Serves == nil || p.Serves(f, s)) ||
				s.HasMaterial(from) {
				return s.Number
			}
		}
	}
	return ""
}

// asked tells whether the correction notice names the paper (A8).
func (c Case) asked(code string) bool {
	return c.File.Asked != nil && slices.ContainsFunc(c.File.Asked.Items,
		func(it CorrectionItem) bool { return it.MaterialCode == code })
}

// Held tells whether the case, or the file it belongs to, has what serves for the paper.
func (p Paper) Held(f Facts) bool { return p.Source(f) != "" }
