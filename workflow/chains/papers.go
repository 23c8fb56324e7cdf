package chains

import (
	"slices"

	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/houses"
	"anju/workflow/law"
)

func need(code string, r law.Rule, name string) Paper {
	return Paper{Code: code, Rule: r, Name: name, Required: true, Serves: houses.Serves}
}

// stamped is the scan of an issued certificate with the seal on it: without a seal it is void (Licensing Law Art. 39).
func stamped(k DocumentKind) Paper {
	return Paper{Code: string(k), Rule: "R53", Name: k.Title() + "（盖章扫描件）", Copy: k}
}

// request is the scan of what the applicant asks for in writing on the way: it is taken whenever it comes (A30).
var request = Paper{Code: forms.RequestPaper, Rule: "A30", Name: "申请人签名的申请书（撤回、延续等）", Anytime: true}

// photos are pictures of what happens in a stage: the notice on its board (R34), the site as it was seen (R49). They
// are never owed.
func photos(code string, r law.Rule, name string, in State) Paper {
	return Paper{Code: code, Rule: r, Name: name, During: in}
}

// PaperKinds are the kinds that any_of and scans name, with their Chinese names.
var PaperKinds = map[string]string{
	"generic_drawing": "政府免费提供的通用图纸", "qualified_institute": "有资质的设计单位设计或审核的图纸", "qualified_person": "符合条件的专业技术人员提供的图纸",
	"ownership_certificate": "权属证书", "recognition_record": "认定材料",
	"bid_award_notice": "中标通知书", "self_contracting_record": "自主发包备案表",
}

// handed lists what the applicant hands in.
func handed(list []Paper) []Paper {
	return slices.DeleteFunc(slices.Clone(list), func(p Paper) bool { return !p.Applicants() })
}

// Papers wants every paper of the list that is owed, handed in or in the file already.
func Papers(list []Paper) Conditions {
	var cs Conditions
	for _, p := range handed(list) {
		if !p.Required {
			continue
		}
		cs = append(cs, Condition{Name: "material_" + p.Code, Rule: p.Rule, By: "material:" + p.Code,
			Message: "缺少材料“" + p.Name + "”，请上传扫描件", Holds: func(f Facts) bool { return !p.IsOwed(f) || p.Source(f) != "" }})
	}
	return cs
}

// Stamped wants the scan of every certificate that was issued, with the seal on it (Licensing Law Art. 39): before that
// nothing is handed over. A certificate with the office's own seal picture needs none.
func Stamped(kinds ...DocumentKind) Conditions {
	var cs Conditions
	for _, k := range kinds {
		cs = append(cs, Condition{Name: "stamped_" + string(k), Rule: "R53", By: "material:" + string(k),
			Message: k.Title() + "没有加盖印章的无效（行政许可法39），请打印盖章后上传扫描件", Holds: func(f Facts) bool {
				d, issued := f.Case.Document(k)
				if !issued || d.Sealed {
					return true
				}
				return slices.ContainsFunc(f.Case.File.Materials,
					func(m Material) bool { return m.Code == string(k) && !m.At.Before(d.IssuedAt) })
			}})
	}
	return cs
}
