package household

import (
	"time"

	"anju/workflow"
	"anju/workflow/certificates"
	"anju/workflow/glossary"
)

// The chains by which a household comes to a homestead, builds anew on it, and has its house accepted.
const (
	homestead  workflow.ChainID = "homestead"
	acceptance workflow.ChainID = "completion_acceptance"
)

// Freed tells whether a homestead that was granted is the household's no more: every certificate of it is void, after
// expropriation, surrender or cancellation (R26, Licensing Law Art. 70).
func Freed(c workflow.Case) bool {
	void := false
	for _, d := range c.File.Documents {
		if d.Kind != glossary.HomesteadCert {
			continue
		}
		if d.Voided == "" {
			return false
		}
		void = true
	}
	return void
}

// Granted tells whether the case gave the household a homestead that it still holds.
func Granted(c workflow.Case) bool {
	return c.Chain == homestead && c.Outcome == workflow.Granted && !Freed(c)
}

// Held is what a household holds: what its file recorded, as grants, acceptances and cancellations in its cases
// changed it, oldest first. A grant takes the place of what was held before; one that was freed does so no more
// where the homestead was recorded anew since the case was opened. since is when that was, zero where it was with
// the file.
func Held(recorded workflow.CurrentHomestead, since time.Time, cases []workflow.Case) workflow.CurrentHomestead {
	held := recorded
	for _, c := range cases {
		switch {
		case c.Chain == homestead && c.Outcome == workflow.Granted && Freed(c):
			if c.OpenedAt.Before(since) {
				continue
			}
			held = workflow.CurrentHomestead{}
		case Granted(c):
			held.HomesteadArea, held.CertificateNo = certificates.AsApproved(c).HomesteadArea, ""
			if d, ok := c.Document(glossary.HomesteadCert); ok {
				held.CertificateNo = d.Number
			}
		case c.Chain == acceptance && accepted(c) && held.HomesteadArea > 0:
			for _, p := range cases {
				if p.ID == c.File.House {
					held.BuildingArea = certificates.AsApproved(p).BuildingArea
				}
			}
		}
	}
	return held
}

func accepted(c workflow.Case) bool {
	return c.State == glossary.Passed || c.State == glossary.Filed || c.State == glossary.Archived
}
