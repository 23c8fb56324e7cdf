package chains

import (
	"slices"

	. "anju/workflow"
	"anju/workflow/certificates"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/serving"
)

// acts are the acts upon the certificates that a chain issues (R53): of the authority that issued one, or of the
// county government above it, and of no other (Licensing Law Art. 69). They follow the case beyond its end, also where it
// was not granted.
func acts(authorities ...Party) []RecordRow {
	row := func(k RecordKind, data Form, under law.Article, effects []Effect, issues []IssueRow) RecordRow {
		return RecordRow{Kind: k, By: append(slices.Clone(authorities), CountyGovernment), Signed: true, Optional: true,
			Data: data, Rule: "R53", Under: under, When: certificates.Own, Effects: effects, Issues: issues,
			Tells: Parties(Applicant, ServiceCenter)}
	}
	decision := func(k DocumentKind) []IssueRow { return Docs(Holder, serving.Decision, k) }
	asked := RecordRow{Kind: RenewalAskedKind, By: Parties(Applicant), Optional: true, Data: forms.RenewalRequest{},
		Rule: "A31", Under: law.Licensing.Art("50"), Tells: authorities}
	renew := row(RenewKind, forms.CertificateRenewed{}, law.Licensing.Art("50"),
		certificates.Ends("renew_certificate", "有效期延续，原号加“延”"), nil)
	renew.When = All(certificates.Own, certificates.RenewalAsked)
	return []RecordRow{
		row(VoidKind, forms.CertificateVoid{}, law.Licensing.Art("69"),
			Effects(certificates.Ends("void_certificate", "原证照作废，可以按更正后的内容重新核发"), certificates.QuestionsWhatRests), decision(VoidingDoc)),
		row(RevokeKind, forms.CertificateRevoked{}, law.Licensing.Art("69"),
			Effects(certificates.Ends("revoke_certificate", "撤销证照"), certificates.QuestionsWhatRests), decision(RevocationDoc)),
		row(CancelKind, forms.CertificateCancelled{}, law.Licensing.Art("70"),
			Effects(certificates.Ends("cancel_certificate", "注销证照"), certificates.QuestionsWhatRests), decision(CancellationDoc)),
		asked, renew,
		row(ReissueKind, forms.CertificateReissued{}, law.Licensing.Art("44"),
			certificates.Ends("reissue_certificate", "原号加“补”重发"), nil),
		row(KeepKind, forms.CertificateKept{}, law.Licensing.Art("69"),
			certificates.Keeps, nil)}
}

// issuedBy are the acts upon the two certificates of a homestead.
var issuedBy = acts(TownshipGovernment, CountyApprovalBureau, CountyNaturalResources)
