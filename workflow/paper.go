package workflow

import (
	"slices"

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
	From     []string                         // what the file holds already and serves in its place (A29): forms issued, codes handed in on earlier cases
	During   State                            // photographs taken in this stage by whoever works there, not a paper of the applicant
	Copy     DocumentKind                     // the scan of this certificate with the seal on it (Licensing Law Art. 39), not a paper of the applicant
}

func need(code string, r law.Rule, name string) Paper {
	return Paper{Code: code, Rule: r, Name: name, Required: true, Serves: servesHouse}
}

// anyOf wants one of several kinds of paper.
func (p Paper) anyOf(kinds ...string) Paper { p.AnyOf = kinds; return p }

// from takes what the file holds already: nobody hands in a paper twice.
func (p Paper) from(sources ...string) Paper { p.From = sources; return p }

// when owes the paper only where something holds.
func (p Paper) when(says string, owed func(Facts) bool) Paper { p.If, p.Owed = says, owed; return p }

// stamped is the scan of an issued certificate with the seal on it: without a seal it is void (Licensing Law Art. 39).
func stamped(k DocumentKind) Paper {
	return Paper{Code: string(k), Rule: "R53", Name: k.Title() + "（盖章扫描件）", Copy: k}
}

// photos are pictures of what happens in a stage: the notice on its board (R34), the site as it was seen (R49). They are never owed.
func photos(code string, r law.Rule, name string, in State) Paper {
	return Paper{Code: code, Rule: r, Name: name, During: in}
}

// Applicants tells whether the paper is one that the applicant hands in: neither a stamped copy nor a picture that an office takes.
func (p Paper) Applicants() bool { return p.Copy == "" && p.During == "" }

// PaperKinds are the kinds that any_of and scans name, with their Chinese names.
var PaperKinds = map[string]string{
	"generic_drawing": "政府免费提供的通用图纸", "qualified_institute": "有资质的设计单位设计或审核的图纸", "qualified_person": "符合条件的专业技术人员提供的图纸",
	"ownership_certificate": "权属证书", "recognition_record": "认定材料",
	"bid_award_notice": "中标通知书", "self_contracting_record": "自主发包备案表",
}

// Paper finds a paper of the chain by its code; false without one.
func (ch Chain) Paper(code string) (Paper, bool) {
	i := slices.IndexFunc(ch.Papers, func(p Paper) bool { return p.Code == code })
	if i < 0 {
		return Paper{}, false
	}
	return ch.Papers[i], true
}

// handed lists what the applicant hands in.
func handed(list []Paper) []Paper {
	return slices.DeleteFunc(slices.Clone(list), func(p Paper) bool { return !p.Applicants() })
}

// owed tells whether the paper is asked for on the case.
func (p Paper) owed(f Facts) bool {
	if p.Copy != "" {
		_, issued := f.Case.Document(p.Copy)
		return issued
	}
	return p.Required && (p.Owed == nil || p.Owed(f))
}

// source names what serves for a paper: the case itself, or the number of the earlier case whose paper or certificate does. "" where
// the paper is still missing.
func (p Paper) source(f Facts) string {
	c := f.Case
	if c.HasMaterial(p.Code) {
		return c.Number
	}
	if c.asked(p.Code) {
		return "" // the correction notice wants a new one
	}
	for _, from := range p.From {
		for _, s := range c.Siblings {
			if _, issued := s.Document(DocumentKind(from)); issued && (p.Serves == nil || p.Serves(f, s)) || s.HasMaterial(from) {
				return s.Number
			}
		}
	}
	return ""
}

// asked tells whether the correction notice names the paper (A8).
func (c Case) asked(code string) bool {
	return c.File.Asked != nil && slices.ContainsFunc(c.File.Asked.Items, func(it CorrectionItem) bool { return it.MaterialCode == code })
}

// Papers wants every paper of the list that is owed, handed in or in the file already.
func Papers(list []Paper) Conditions {
	var cs Conditions
	for _, p := range handed(list) {
		if !p.Required {
			continue
		}
		cs = append(cs, Condition{Name: "material_" + p.Code, Rule: p.Rule, By: "material:" + p.Code,
			Message: "缺少材料“" + p.Name + "”，请上传扫描件", Holds: func(f Facts) bool { return !p.owed(f) || p.source(f) != "" }})
	}
	return cs
}

// Stamped wants the scan of every certificate that was issued, with the seal on it (Licensing Law Art. 39): before that nothing is handed
// over. A certificate with the office's own seal picture needs none.
func Stamped(kinds ...DocumentKind) Conditions {
	var cs Conditions
	for _, k := range kinds {
		cs = append(cs, Condition{Name: "stamped_" + string(k), Rule: "R53", By: "material:" + string(k),
			Message: k.Title() + "没有加盖印章的无效（行政许可法39），请打印盖章后上传扫描件", Holds: func(f Facts) bool {
				d, issued := f.Case.Document(k)
				if !issued || d.Sealed {
					return true
				}
				return slices.ContainsFunc(f.Case.File.Materials, func(m Material) bool { return m.Code == string(k) && !m.At.Before(d.IssuedAt) })
			}})
	}
	return cs
}

// Held tells whether the case, or the file it belongs to, has what serves for the paper.
func (p Paper) Held(f Facts) bool { return p.source(f) != "" }
