package chains

import (
	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
)

// certificates are the acts upon certificates of a chain, by the office that has the power (R53): they follow the
// case beyond its end.
func certificates(authority Party) []RecordRow {
	row := func(k RecordKind, data Form, under law.Article, says string) RecordRow {
		return RecordRow{Kind: k, By: Parties(authority), Signed: true, Optional: true, Data: data,
			Rule: "R53", Under: under, Effects: endsCertificate(string(k), says), Tells: Parties(ServiceCenter)}
	}
	return []RecordRow{
		row(VoidKind, forms.CertificateVoid{}, law.Licensing.Art("69"), "原证照作废，可以重新核发"),
		row(RevokeKind, forms.CertificateRevoked{}, law.Licensing.Art("69"), "撤销证照"),
		row(CancelKind, forms.CertificateCancelled{}, law.Licensing.Art("70"), "注销证照"),
		row(RenewKind, forms.CertificateRenewed{}, law.Licensing.Art("50"), "有效期延续，原号加“延”"),
		row(ReissueKind, forms.CertificateReissued{}, law.Licensing.Art("44"), "原号加“补”重发")}
}
