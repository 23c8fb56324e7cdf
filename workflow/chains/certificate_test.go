package chains

import (
	"errors"
	"slices"
	"strings"
	"testing"

	. "anju/workflow"
	"anju/workflow/certificates"
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
	d.record(TownshipGovernment, VoidKind, forms.CertificateVoid{Number: first.Number, Reason: "四至填写有误", Replace: true,
		Corrected: &forms.Corrected{Boundary: &forms.Boundary{East: "村路", South: "张志强宅", West: "水渠", North: "马有才宅"}}})
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
	d.record(CountyNaturalResources, RevokeKind, forms.CertificateRevoked{Number: permit.Number, Ground: "fraud",
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

func TestHomesteadCertificateIsRenewedInTime(t *testing.T) { // Licensing Law Art. 50
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
	ask := func() {
		request := forms.RenewalRequest{}.Example().(forms.RenewalRequest)
		request.Number = cert.Number
		d.record(ServiceCenter, RenewalAskedKind, request)
	}
	if err := renew(cert.Number); !errors.Is(err, ErrBlocked) {
		t.Errorf("renewed though not asked for: %v", err)
	}
	before := d
	late := *d
	d = &late
	d.now = (cert.ValidTo - 29).Start()
	ask()
	if err := renew(permit.Number); !errors.As(err, &bad) || !strings.Contains(bad.Fields[0].Message, "没有有效期") {
		t.Errorf("a permit without an end: %v", err)
	}
	if err := renew(cert.Number); !errors.As(err, &bad) || !strings.Contains(bad.Fields[0].Message, "三十日前") {
		t.Errorf("asked for twenty-nine days before the end: %v", err)
	}
	d = before
	d.now = (cert.ValidTo - 30).Start()
	ask()
	d.now = (cert.ValidTo - 3).Start() // the day of the application decides, not that of the decision
	d.record(TownshipGovernment, RenewKind, forms.CertificateRenewed{Number: cert.Number, Months: 12, Reason: "备料延误"})
	again, _ := d.c.Document(HomesteadCert)
	if again.Number != cert.Number+"（延）" || again.ValidTo != cert.ValidTo.AddMonths(12) ||
		again.ValidFrom != cert.ValidTo+1 || again.Replaces != cert.Number {
		t.Errorf("%+v", again)
	}
}

func TestWhoIssuedACertificateEndsIt(t *testing.T) { // Licensing Law Art. 69
	lawtest.Claim(t, "R53", "A12")
	d := inside(t, Homestead(), nil)
	lies(d, true)
	d.move(EconomicOffice, Forward, nil)
	d.move(CountyApprovalBureau, Approve, nil)
	d.until(Archived)
	permit, _ := d.c.Document(PlanningPermitDoc)
	cert, _ := d.c.Document(HomesteadCert)
	ends := func(by Party, d0 Document) error {
		_, err := d.enter(by, RevokeKind, forms.CertificateRevoked{Number: d0.Number, Ground: "fraud", Facts: "材料虚假"})
		return err
	}
	for _, tt := range []struct {
		by   Party
		doc  Document
		want error
	}{
		{CountyApprovalBureau, permit, nil}, {TownshipGovernment, permit, ErrWrongParty},
		{CountyApprovalBureau, cert, ErrWrongParty}, {TownshipGovernment, cert, nil},
		{CountyNaturalResources, permit, ErrBlocked}, {EconomicOffice, permit, ErrWrongParty},
		{CountyGovernment, permit, nil}, {CountyGovernment, cert, nil},
	} {
		if err := ends(tt.by, tt.doc); !errors.Is(err, tt.want) {
			t.Errorf("%s revokes %s: %v, want %v", tt.by, tt.doc.Kind, explain(err), tt.want)
		}
	}
	later := Case{ID: 9, Chain: "construction_start.low_rise", File: File{House: d.c.ID,
		Documents: []Document{{ID: 77, Kind: CommencementDoc, Authority: TownshipGovernment}}}}
	d.c.Siblings = []Case{later}
	d.c.File.Documents[slices.IndexFunc(d.c.File.Documents, func(x Document) bool { return x.Kind == HomesteadCert })].Cites =
		permit.Number // as the store writes it
	out, err := d.enter(CountyApprovalBureau, RevokeKind, forms.CertificateRevoked{Number: permit.Number, Ground: "fraud",
		Facts: "材料虚假"})
	if err != nil {
		t.Fatal(explain(err))
	}
	if len(out.Questions) != 2 || out.Questions[0].By != TownshipGovernment || out.Questions[1].Document != 77 ||
		!strings.Contains(out.Questions[0].Why, "已撤销") || !slices.Contains(out.Message.Tells, TownshipGovernment) {
		t.Errorf("questions %+v, told %v", out.Questions, out.Message.Tells)
	}
	for _, x := range out.Case.File.Documents {
		if x.Kind == HomesteadCert && x.Voided != "" {
			t.Error("the certificate fell by itself")
		}
	}
	if len(out.Issue) != 1 || out.Issue[0].Kind != RevocationDoc || out.Issue[0].Authority != CountyApprovalBureau {
		t.Errorf("issued %+v", out.Issue)
	}
	d.c.Questions = map[int64]string{}
	if _, err := d.enter(TownshipGovernment, KeepKind, forms.CertificateKept{Number: cert.Number, Reason: "x"}); err == nil {
		t.Error("kept what nobody questioned")
	}
}

func TestACommissionedTownshipActsInTheNameOfTheBureau(t *testing.T) { // Licensing Law Art. 24
	lawtest.Claim(t, "R59", "A12")
	d := open(t, Homestead(), nil)
	d.until(Archived)
	permit, _ := d.c.Document(PlanningPermitDoc)
	act := forms.CertificateVoid{Number: permit.Number, Reason: "四至填写有误", Replace: true,
		Corrected: &forms.Corrected{Boundary: &forms.Boundary{East: "村路", South: "张志强宅", West: "水渠", North: "马有才宅"}}}
	out, err := d.enter(TownshipGovernment, VoidKind, act)
	if err != nil {
		t.Fatal(explain(err))
	}
	for _, doc := range out.Issue {
		if doc.Authority != CountyNaturalResources {
			t.Errorf("%s in the name of %s", doc.Kind, doc.Authority)
		}
	}
	d.county.Parameters.Mandate.To = d.c.Begun() - 1
	if _, err := d.enter(TownshipGovernment, VoidKind, act); !errors.Is(err, ErrWrongParty) {
		t.Errorf("without a valid commission: %v", err)
	}
}

func TestAReplacedCertificateIsHeldToTheDecision(t *testing.T) {
	lawtest.Claim(t, "R53")
	d := open(t, Homestead(), nil)
	d.until(Archived)
	cert, _ := d.c.Document(HomesteadCert)
	approved := Applied[forms.Application](d.c).Proposed
	void := func(c forms.Corrected) (Outcome, error) {
		return d.enter(TownshipGovernment, VoidKind, forms.CertificateVoid{Number: cert.Number, Reason: "填写有误",
			Replace: true, Corrected: &c})
	}
	for field, c := range map[string]forms.Corrected{
		"homestead_area": {HomesteadArea: approved.HomesteadArea + 1}, "footprint_area": {FootprintArea: approved.FootprintArea + 1},
		"building_area": {BuildingArea: approved.BuildingArea + 1}, "height": {Height: approved.Height + 1},
		"floors": {Floors: approved.Floors + 1},
	} {
		_, err := void(c)
		var bad *Invalid
		if !errors.As(err, &bad) || bad.Fields[0].Field != "corrected."+field {
			t.Errorf("%s above what was approved: %v", field, err)
		}
	}
	less := forms.Corrected{HomesteadArea: approved.HomesteadArea - 100, Address: "村西3排15号",
		Boundary: &forms.Boundary{East: "巷", South: "路", West: "渠", North: "宅"}}
	out, err := void(less)
	if err != nil {
		t.Fatal(explain(err))
	}
	d.write(out)
	again, _ := d.c.Document(HomesteadCert)
	p := certificates.AsApproved(d.c)
	if again.Replaces != cert.Number || again.ValidTo != cert.ValidTo || p.HomesteadArea != less.HomesteadArea ||
		p.Address != less.Address || p.Boundary != *less.Boundary || p.Floors != approved.Floors {
		t.Errorf("replaced by %+v, which permits %+v", again, p)
	}
	if out.Plot == nil || out.Plot.Address != less.Address {
		t.Error("the plot is not held against those of other households")
	}
	_, err = d.enter(TownshipGovernment, VoidKind, forms.CertificateVoid{Number: again.Number, Reason: "误", Corrected: &less})
	field(t, err, "replace", "R53")
}
