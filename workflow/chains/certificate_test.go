package chains

import (
	"errors"
	"strings"
	"testing"

	. "anju/workflow"
	"anju/workflow/forms"
	. "anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

func TestCertificatesAreVoidedReplacedReissuedRevoked(t *testing.T) { // R53, numbering rules
	lawtest.Claim(t, "R53", "R64")
	d := open(t, Homestead(), nil)
	d.until(Archived) // long after the end
	first, _ := d.c.Document(HomesteadCert)
	if _, err := d.enter(ServiceCenter, VoidKind, forms.CertificateVoid{Number: first.Number, Reason: "误",
		Replace: false}); !errors.Is(err, ErrWrongParty) {
		t.Errorf("the counter voids a certificate: %v", err)
	}
	wrong := func(number string) {
		t.Helper()
		_, err := d.enter(TownshipGovernment, VoidKind, forms.CertificateVoid{Number: number, Reason: "误", Replace: false})
		var bad *Invalid
		if !errors.As(err, &bad) || bad.Fields[0].Field != "number" || bad.Fields[0].Rule != "R53" {
			t.Errorf("%s: %v, want it refused", number, err)
		}
	}
	wrong("农宅字999号")
	wrong("")
	d.record(TownshipGovernment, VoidKind, forms.CertificateVoid{Number: first.Number, Reason: "四至填写有误", Replace: true})
	second, ok := d.c.Document(HomesteadCert)
	if !ok || second.ID == first.ID && second.Number == first.Number || second.ValidTo != first.ValidTo {
		t.Errorf("in its place: %+v", second)
	}
	wrong(first.Number) // already void
	d.record(TownshipGovernment, ReissueKind, forms.CertificateReissued{Number: second.Number, Reason: "遗失"})
	third, _ := d.c.Document(HomesteadCert)
	if third.Number != second.Number+"（补）" {
		t.Errorf("issued again as %s", third.Number)
	}
	d.record(TownshipGovernment, ReissueKind, forms.CertificateReissued{Number: third.Number, Reason: "又遗失"})
	if again, _ := d.c.Document(HomesteadCert); again.Number != second.Number+"（补2）" {
		t.Errorf("issued a third time as %s", again.Number)
	}
	permit, _ := d.c.Document(PlanningPermitDoc)
	d.record(TownshipGovernment, RevokeKind, forms.CertificateRevoked{Number: permit.Number, Ground: "fraud",
		Facts: "材料虚假"})
	if _, ok := d.c.Document(PlanningPermitDoc); ok {
		t.Error("a revoked permit still counts")
	}
	c := d.c
	c.Siblings, c.Deadlines = nil, nil
	blockedBy(t, begin(t, ConstructionStartLowRise(), forms.LowRiseStart{}.Example(), []Case{c}).prepared(),
		"permit_issued", "R64")
	void := 0
	for _, doc := range d.c.File.Documents {
		if doc.Voided != "" {
			void++
		}
		if strings.Contains(doc.Voided, "撤销") && doc.Kind != PlanningPermitDoc {
			t.Errorf("%+v", doc)
		}
	}
	if void != 4 {
		t.Errorf("%d documents are void, want them all kept", void)
	}
}

func TestHomesteadCertificateIsRenewedInTime(t *testing.T) { // A31, Licensing Law Art. 50
	lawtest.Claim(t, "A31")
	d := open(t, Homestead(), nil)
	d.until(Archived)
	cert, _ := d.c.Document(HomesteadCert)
	permit, _ := d.c.Document(PlanningPermitDoc)
	renew := func(number string) error {
		_, err := d.enter(TownshipGovernment, RenewKind, forms.CertificateRenewed{Number: number, Months: 12, Reason: "备料延误"})
		return err
	}
	var bad *Invalid
	if err := renew(permit.Number); !errors.As(err, &bad) || !strings.Contains(bad.Fields[0].Message, "没有有效期") {
		t.Errorf("a permit without an end: %v", err)
	}
	d.now = (cert.ValidTo - 29).Start()
	if err := renew(cert.Number); !errors.As(err, &bad) || !strings.Contains(bad.Fields[0].Message, "三十日前") {
		t.Errorf("twenty-nine days before the end: %v", err)
	}
	d.now = (cert.ValidTo - 30).Start()
	d.record(TownshipGovernment, RenewKind, forms.CertificateRenewed{Number: cert.Number, Months: 12, Reason: "备料延误"})
	again, _ := d.c.Document(HomesteadCert)
	if again.Number != cert.Number+"（延）" || again.ValidTo != cert.ValidTo.AddMonths(12) {
		t.Errorf("%+v", again)
	}
}
