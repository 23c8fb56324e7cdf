package jobs_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"anju/jobs/printing"
	"anju/models/cases"
	"anju/models/modelstest"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

const publicAddress = "https://anju.example.gov.cn"

func TestPapers(t *testing.T) {
	t.Parallel()
	t.Run("every issued paper", papersEveryIssuedPaper)
	t.Run("two hundred certificates by sixteen workers", papersTwoHundredCertificatesBySixteenWorkers)
	t.Run("seal and signature of the head", papersSealAndSignatureOfTheHead)
}

// Every kind of paper that the chains issue on their main lines is printed: in the words of the case, small, its font
// inside, on one page.
func papersEveryIssuedPaper(t *testing.T) {
	onEach(t, func(c *county) {
		if err := seeds.Ready(c.Context(), c.store, c.svc); err != nil {
			c.Fatal(err)
		}
		for _, chain := range []workflow.ChainID{"business_use", "violation", "completion_acceptance.other", "hazard"} {
			household, ok, err := c.store.FreeHousehold(c.Context(), chain, string(chain))
			if err != nil || !ok {
				c.Fatalf("no household for %s: %v", chain, err)
			}
			k, err := c.walker.Open(c.Context(), chain, household)
			if err == nil {
				_, err = c.walker.Finish(c.Context(), k.ID)
			}
			if err != nil {
				c.Fatal(err)
			}
		}
		p := printing.NewPrinter(c.store, c.svc, publicAddress)
		todo, err := c.store.Unprinted(c.Context(), 1000)
		if err != nil || len(todo) == 0 {
			c.Fatalf("%d to print: %v", len(todo), err)
		}
		printed := map[glossary.DocumentKind]bool{}
		for _, u := range todo {
			v, err := c.svc.View(c.Context(), u.Case, c.people[glossary.ServiceCenter])
			if err != nil {
				c.Fatal(err)
			}
			i := slices.IndexFunc(v.Case.File.Documents, func(d workflow.Document) bool { return d.ID == u.Document })
			d := v.Case.File.Documents[i]
			if printed[d.Kind] {
				continue
			}
			printed[d.Kind] = true
			body, err := p.Print(c.Context(), u.Case, u.Document)
			if err != nil {
				c.Errorf("%s: %v", d.Kind, err)
				continue
			}
			if again, err := p.Print(c.Context(), u.Case, u.Document); err != nil || !bytes.Equal(again, body) {
				c.Errorf("%s is another paper the second time: %v", d.Kind, err)
			}
			if len(body) > 200<<10 {
				c.Errorf("%s is %d bytes", d.Kind, len(body))
			}
			c.read(d, v.Case.Householder, body)
		}
		for _, k := range []glossary.DocumentKind{"F03", "F04", "F06", "F08", "F09", "F09-other", "F12", "F13", "F14",
			"F15", "F28", "F29-stop", "F29-rectify", "F31-push", "F31-check", "guidance_notice"} {
			if !printed[k] {
				c.Errorf("%s was issued by nobody", k)
			}
		}
		for _, form := range []string{"F01", "F02", "F24", "F25", "F26", "F27", "F33"} {
			for _, u := range todo[:1] {
				if _, err := p.Sheet(c.Context(), u.Case, form); err != nil {
					c.Errorf("%s: %v", form, err)
				}
			}
		}
		c.sound()
	})
}

// read finds the number and the name in the text of a paper, and its font inside.
func (c *county) read(d workflow.Document, holder string, body []byte) {
	c.Helper()
	modelstest.Poppler(c)
	file := filepath.Join(c.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		c.Fatal(err)
	}
	run := func(name string, args ...string) string {
		out, err := exec.CommandContext(c.Context(), name, args...).CombinedOutput()
		if err != nil {
			c.Fatalf("%s: %v %s", name, err, out)
		}
		return string(out)
	}
	text := run("pdftotext", file, "-")
	if d.Kind.Form() == "F31" {
		holder = "经营" // it is about a business
	}
	if !strings.Contains(text, d.Number) || !strings.Contains(text, holder) {
		c.Errorf("%s: number %q or name %q is not in its text:\n%s", d.Kind, d.Number, holder, text)
	}
	fonts := strings.Split(strings.TrimSpace(run("pdffonts", file)), "\n")
	for _, line := range fonts[2:] {
		if f := strings.Fields(line); len(f) < 5 || f[len(f)-5] != "yes" {
			c.Errorf("%s: font not embedded: %s", d.Kind, line)
		}
	}
	if pages := run("pdfinfo", file); !strings.Contains(pages, "Pages:           1\n") &&
		!slices.Contains([]glossary.DocumentKind{glossary.HomesteadCert, glossary.PlanningPermitDoc,
			glossary.CompletionFilingDoc}, d.Kind) {
		c.Errorf("%s has more than one page", d.Kind)
	}
}

// Two hundred decisions by sixteen workers at once: the numbers of both certificates follow each other, none twice,
// none left out. The process ends between numbering and printing, and two others print what is left: every document has
// one paper and one line.
func papersTwoHundredCertificatesBySixteenWorkers(t *testing.T) { // forms section 40
	onEach(t, func(c *county) {
		const n = 200
		first := c.walk(glossary.Decision)
		c.copies(first.ID, n-1)
		list, _, err := c.store.Cases(c.Context(), c.people[glossary.TownshipGovernment], cases.CaseQuery{Page: 1,
			PerPage: n, State: string(glossary.Decision)})
		if err != nil || len(list) != n {
			c.Fatalf("%d cases to decide: %v", len(list), err)
		}
		todo := make(chan workflow.Case, n)
		for _, k := range list {
			todo <- k
		}
		close(todo)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for k := range todo {
					for {
						_, err := c.svc.Move(c.Context(), k.ID, c.people[glossary.TownshipGovernment], "",
							workflow.Move{Do: glossary.Approve, Seen: k.Seen,
								Data: workflow.Typed(forms.Approval{Opinion: "同意批准", ValidMonths: 24})})
						if err == nil {
							break
						}
						if !strings.Contains(err.Error(), workflow.ErrBusy.Error()) {
							c.Errorf("case %d: %v", k.ID, err)
							break
						}
					}
				}
			})
		}
		all.Wait()
		for _, x := range []struct{ kind, number string }{{"F04", "乡字第1408242026%05d号"}, {"F05", "农宅字1408241002026%03d号"}} {
			for i := 1; i <= n; i++ {
				if got := c.count("documents WHERE kind = '%[1]s' AND number = '%[2]s'", x.kind, fmt.Sprintf(x.number,
					i)); got != 1 {
					c.Fatalf("%s number %d is given %d times", x.kind, i, got)
				}
			}
		}
		waiting, err := c.store.Unprinted(c.Context(), 10_000)
		if err != nil || len(waiting) != c.count("documents") {
			c.Fatalf("%d of %d wait to be printed: %v", len(waiting), c.count("documents"), err)
		}
		some := waiting[:min(n/8, len(waiting))] // printing all of them teaches no more
		for range 2 {
			all.Go(func() {
				p := printing.NewPrinter(c.store, c.svc, publicAddress)
				for _, u := range some {
					if _, err := p.Print(c.Context(), u.Case, u.Document); err != nil && !strings.Contains(err.Error(),
						workflow.ErrBusy.Error()) {
						c.Errorf("document %d: %v", u.Document, err)
					}
				}
			})
		}
		all.Wait()
		if papers, lines := c.count("papers"), c.count("history WHERE verb = 'print'"); papers != len(some) ||
			lines != len(some) {
			c.Errorf("%d papers and %d lines of %d documents", papers, lines, len(some))
		}
		c.refuses("UPDATE papers SET hash = 'x'")
		c.refuses("DELETE FROM papers")
	})
}

func (c *county) refuses(sql string) {
	c.Helper()
	if _, err := c.rows.ExecContext(c.Context(), sql); err == nil {
		c.Errorf("the database takes %s", sql)
	}
}

// The head lets his office's seal be placed and draws his signature: both are on the certificate in the township's own
// name, which then needs no stamped copy; the planning permit is in another's name and does (Licensing Law Art. 24,
// 39). A signature service signs the bytes.
func papersSealAndSignatureOfTheHead(t *testing.T) {
	onEach(t, func(c *county) {
		k := c.walk(glossary.Decision)
		head := c.people[glossary.TownshipGovernment]
		picture := image.NewNRGBA(image.Rect(0, 0, 40, 40))
		for i := range 40 {
			picture.Set(i, i, color.NRGBA{200, 0, 0, 255})
		}
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			c.Fatal(err)
		}
		approve := func(a forms.Approval) error {
			v, err := c.svc.View(c.Context(), k.ID, head)
			if err != nil {
				return err
			}
			_, err = c.svc.Move(c.Context(), k.ID, head, "", workflow.Move{Do: glossary.Approve, Seen: v.Case.Seen,
				Data: workflow.Typed(a)})
			return err
		}
		a := forms.Approval{Opinion: "同意", ValidMonths: 24}
		a.UseSeal, a.Signature = true, base64.StdEncoding.EncodeToString(b.Bytes())
		var bad *workflow.Invalid
		if err := approve(a); !errors.As(err, &bad) || bad.Fields[0].Field != "use_seal" {
			c.Errorf("a seal that the office does not have: %v", err)
		}
		if err := c.store.SetSeal(c.Context(), c.people[glossary.ServiceCenter], b.Bytes()); err == nil {
			c.Error("a clerk sets a seal")
		}
		if err := c.store.SetSeal(c.Context(), head, b.Bytes()); err != nil {
			c.Fatal(err)
		}
		if n := c.count("seals WHERE sealed LIKE '%%iVBOR%%'"); n != 0 {
			c.Error("the seal is not encrypted")
		}
		broken := a
		broken.Signature = "iVBORw0KGgo="
		if err := approve(broken); !errors.As(err, &bad) || bad.Fields[0].Field != "signature" {
			c.Errorf("a signature that is no picture: %v", err)
		}
		if err := approve(a); err != nil {
			c.Fatal(err)
		}
		v, err := c.svc.View(c.Context(), k.ID, c.people[glossary.ServiceCenter])
		if err != nil {
			c.Fatal(err)
		}
		signer, err := printing.NewLocalSigner()
		if err != nil {
			c.Fatal(err)
		}
		p := printing.NewPrinter(c.store, c.svc, publicAddress).Signing(signer)
		for _, d := range v.Case.File.Documents {
			if want := d.Kind == glossary.HomesteadCert || d.Kind == glossary.ApprovalSheet; d.Sealed != want {
				c.Errorf("%s sealed: %v", d.Kind, d.Sealed)
			}
			if d.Kind != glossary.HomesteadCert && d.Kind != glossary.PlanningPermitDoc {
				continue
			}
			body, err := p.Print(c.Context(), k.ID, d.ID)
			if err != nil {
				c.Fatal(err)
			}
			kept, err := c.store.Paper(c.Context(), d.ID)
			if err != nil || !signer.Verify(kept.Signer, kept.Body, kept.Signature) || signer.Verify(kept.Signer,
				append(bytes.Clone(body), ' '), kept.Signature) {
				c.Errorf("%s: signature of %q does not hold: %v", d.Kind, kept.Signer, err)
			}
		}
		var waits []string
		for _, verb := range v.Verbs {
			for _, u := range verb.Blocked {
				waits = append(waits, u.By)
			}
		}
		if !slices.Equal(waits, []string{"material:F04"}) {
			c.Errorf("handing over waits for %v, want the stamped planning permit alone", waits)
		}
	})
}
