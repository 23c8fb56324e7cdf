package chains

import (
	"errors"
	"testing"

	. "anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

func papersOf(c Case, k DocumentKind) (list []Document) {
	for _, d := range c.File.Documents {
		if d.Kind == k {
			list = append(list, d)
		}
	}
	return list
}

func TestADenialIsServedAfterTheEnd(t *testing.T) { // Licensing Law Art. 38(2), 44
	lawtest.Claim(t, "R53")
	d := open(t, Homestead(), nil)
	d.until(Decision)
	d.move(TownshipGovernment, Deny, nil)
	if p, _ := d.c.Document(DenialDecision); !p.AwaitsService() {
		t.Fatalf("a denial that is not to be served: %+v", p)
	}
	denial, _ := d.c.Document(DenialDecision)
	byLien := forms.ServiceRecord{Papers: []string{denial.Number}, Method: "lien", Recipient: "王建国"}
	var bad *Invalid
	if _, err := d.enter(ServiceCenter, ServiceKind, byLien); !errors.As(err, &bad) || bad.Fields[0].Field != "witnesses" {
		t.Errorf("left without witnesses: %v", err)
	}
	byLien.Witnesses = []string{"孙立", "李四"}
	byLien.ServedOn = calendar.DayOf(denial.IssuedAt) - 1
	if _, err := d.enter(ServiceCenter, ServiceKind, byLien); !errors.As(err, &bad) || bad.Fields[0].Field != "papers" {
		t.Errorf("served before it was issued: %v", err)
	}
	byLien.ServedOn = 0
	if _, err := d.enter(CountyApprovalBureau, ServiceKind, byLien); !errors.As(err, &bad) {
		t.Errorf("served by an office that did not issue it: %v", err)
	}
	d.record(ServiceCenter, ServiceKind, byLien)
	served, _ := d.c.Document(DenialDecision)
	if s := served.Service; s == nil || s.On != calendar.DayOf(d.now) || s.Method != "lien" || len(s.Witnesses) != 2 {
		t.Errorf("service %+v", s)
	}
	receipts := papersOf(d.c, ServiceReceiptDoc)
	if len(receipts) != 1 || receipts[0].Authority != denial.Authority || receipts[0].Number == "" {
		t.Errorf("proofs of service %+v", receipts)
	}
	if _, err := d.enter(ServiceCenter, ServiceKind, byLien); err == nil {
		t.Error("the same paper is served twice")
	}
	if n, _ := d.c.Document(AcceptanceNotice); !n.AwaitsService() {
		t.Error("a paper that was not named counts as served")
	}
}

func TestTheTimeToHandOverEndsWithTheLastCertificate(t *testing.T) { // Licensing Law Art. 44, L09
	lawtest.Claim(t, "R53")
	d := open(t, ConstructionStartOther(), nil)
	d.until(Decision)
	d.move(CountyApprovalBureau, Approve, nil)
	d.record(ServiceCenter, ServiceKind, nil) // the acceptance notice: the permit bears no seal yet
	if _, runs := d.c.LiveDeadline("L09"); !runs {
		t.Error("the time to hand over ended before the certificate was served")
	}
	refused(t, d, ServiceCenter, Archive, "R53")
	d.apply(d.ch.Attach(d.c, offices[ServiceCenter], Material{Code: string(ConstructionPermitDoc), Name: "a.png", At: d.now}))
	d.record(CountyApprovalBureau, ServiceKind, nil)
	if _, runs := d.c.LiveDeadline("L09"); runs {
		t.Error("the time to hand over runs on after the service")
	}
	d.until(Archived)
}

func TestHandingOverServesTheCertificates(t *testing.T) { // R53
	lawtest.Claim(t, "R53")
	d := open(t, Homestead(), nil)
	d.until(Issued)
	for _, k := range []DocumentKind{PlanningPermitDoc, HomesteadCert} {
		if p, _ := d.c.Document(k); p.Service == nil || p.Service.Receiver == "" {
			t.Errorf("%s was handed over and counts as unserved", p.Title)
		}
	}
	if len(papersOf(d.c, ServiceReceiptDoc)) == 0 {
		t.Error("certificates were handed over without a proof of service")
	}
}
