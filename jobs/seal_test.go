package jobs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anju/jobs/printing"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/chains"
	"anju/workflow/glossary"
	"anju/workflow/law/lawtest"
)

// The notice of what is missing has the place for the seal of licences on a licence, and for the common one on a registration.
func TestTheSealOfANoticeIsThatOfItsMatter(t *testing.T) { // A19, A8
	lawtest.Claim(t, "A19")
	modelstest.Slow(t)
	modelstest.Poppler(t)
	onSQLite(t, func(c *county) {
		if err := seeds.Ready(c.Context(), c.store, c.svc); err != nil {
			c.Fatal(err)
		}
		p := printing.NewPrinter(c.store, c.svc, publicAddress)
		for _, m := range []struct {
			ch      workflow.Chain
			intake  glossary.State
			licence bool
		}{{chains.PlanningPermit(), glossary.TownshipIntake, true}, {chains.ConstructionStartLowRise(), glossary.Submitted, false}} {
			in, w := *c, *c.walker
			in.walker = &w
			tr := &trail{county: &in, chain: m.ch, turns: []turn{{m.intake, glossary.RequestCorrect}}}
			if taken, err := tr.walk(); err != nil || taken != 1 {
				c.Fatalf("%s: %d %v", m.ch.ID, taken, err)
			}
			printed := false
			tr.papers(p, func(k glossary.DocumentKind, _ time.Time, pdf []byte) {
				if k != glossary.CorrectionNotice || printed {
					return
				}
				printed = true
				file := filepath.Join(c.TempDir(), "paper.pdf")
				if err := os.WriteFile(file, pdf, 0o600); err != nil {
					c.Fatal(err)
				}
				text, err := exec.CommandContext(c.Context(), "pdftotext", file, "-").Output()
				if err != nil {
					c.Fatal(err)
				}
				if got := strings.Contains(string(text), "行政许可专用章"); got != m.licence {
					c.Errorf("%s: the seal of licences on it: %v\n%s", m.ch.ID, got, text)
				}
			})
			if !printed {
				c.Errorf("%s: no notice was issued", m.ch.ID)
			}
		}
	})
}
