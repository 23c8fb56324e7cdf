package handlers_test

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/models/modelstest"
	"anju/workflow/law/lawtest"
)

var paperLink = regexp.MustCompile(`href="(/api/v1/cases/\d+/documents/([^"]+)\.pdf)"`)

// casePage is the page of the case as an account sees it.
func (w *town) casePage(login string) (*browser, string) {
	w.Helper()
	b := visit(w.T, w.web, login)
	b.get("/cases/" + w.id)
	return b, b.page
}

// marked tells whether the page of the case has a mark, and holds it to that.
func (w *town) marked(mark string, want bool) {
	w.Helper()
	if _, page := w.casePage("counter"); strings.Contains(page, "▲ "+mark) != want {
		w.Errorf("the page says %s: %t, want %t", mark, !want, want)
	}
}

// TestTheCasePageLeadsToEachPaper follows the links of the page of a case: each issued paper and each form is a PDF.
func TestTheCasePageLeadsToEachPaper(t *testing.T) {
	lawtest.Claim(t, "R53")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, nil)
		_, page := w.casePage("counter")
		if strings.Contains(page, "documents/F21.pdf") || !strings.Contains(page, "documents/F01.pdf") {
			w.Errorf("a draft has no notice and an application:\n%s", page)
		}
		w.until("archived")
		b, page := w.casePage("counter")
		var names []string
		for _, l := range paperLink.FindAllStringSubmatch(page, -1) {
			if !slices.Contains(names, l[2]) {
				names = append(names, l[2])
				if r := b.look(l[1]); r.status != 200 || !strings.HasPrefix(r.body, "%PDF") {
					w.Errorf("%s: %d", l[1], r.status)
				}
			}
		}
		for _, form := range []string{"F01", "F02", "F07", "F21", "F23", "F24", "F25", "F26", "F27", "F33", "F35"} {
			if !slices.Contains(names, form) {
				w.Errorf("the page has no link to %s: %v", form, names)
			}
		}
		for _, d := range w.look("counter")["documents"].([]any) {
			if id := d.(map[string]any)["id"].(string); !slices.Contains(names, id) {
				w.Errorf("the page has no link to %v", d)
			}
		}
	})
}

// TestTheCasePageMarksWhatIsOpen shows an objection until it is answered, a hearing until it is held, and a certificate
// that is before its authority until it is decided.
func TestTheCasePageMarksWhatIsOpen(t *testing.T) {
	lawtest.Claim(t, "R36", "A16")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, insideTown)
		w.until("group_notice")
		w.marked("异议待核查答复", false)
		w.gets(200, "", "group", "records", "objection", nil)
		w.marked("异议待核查答复", true)
		w.gets(200, "", "group", "verbs", "object", nil)
		w.marked("异议待核查答复", true)
		w.gets(200, "", "group", "verbs", "dismiss_objection", nil)
		w.marked("异议待核查答复", false)

		w.reviewed()
		w.gets(200, "", "approval", "verbs", "approve", nil)
		permit := w.paper("F04")
		w.gets(200, "", "township", "records", "hearing_notice", nil)
		w.gets(200, "", "counter", "records", "service_record", nil)
		w.marked("听证待举行", false)
		w.gets(200, "", "counter", "records", "hearing_request", nil)
		w.marked("听证待举行", true)
		w.gets(200, "", "township", "records", "hearing_call", func(data map[string]any) {
			data["held_on"] = w.clk.Now().AddDate(0, 0, 20).Format(time.DateOnly)
		})
		w.pass(20 * 24 * time.Hour)
		w.gets(200, "", "township", "records", "hearing_record", nil)
		w.marked("听证待举行", false)

		w.until("archived")
		w.marked("待处理", false)
		w.gets(200, "", "approval", "records", "revoke_certificate", number(permit))
		w.marked("待处理", true)
		w.gets(200, "", "township", "records", "keep_certificate", number(w.paper("F05")))
		w.marked("待处理", false)
	})
}

// TestPapersThatWaitForServiceStandFirst asks for the list of papers to be served: red cards and reminders of the start
// page do not stand before it.
func TestPapersThatWaitForServiceStandFirst(t *testing.T) {
	lawtest.Claim(t, "R53")
	inEachTown(t, func(w *town) {
		w.open("homestead", 1, nil)
		w.until("joint_review")
		w.pass(60 * 24 * time.Hour)
		b := visit(w.T, w.web, "economic")
		if !strings.Contains(b.page, "要说明的红牌") {
			w.Errorf("the start page has no red card:\n%s", b.page)
		}
		b.get("/?kind=service")
		if strings.Contains(b.page, "要说明的红牌") || strings.Contains(b.page, "要确认的提醒") ||
			!strings.Contains(b.page, "待送达的文书 ") {
			w.Errorf("the papers that wait:\n%s", b.page)
		}
	})
}

// said is the text of an issued paper of the case, one line, read from its PDF.
func (w *town) said(document map[string]any) string {
	w.Helper()
	modelstest.Poppler(w.T)
	r := visit(w.T, w.web, "counter").look("/api/v1/cases/" + w.id + "/documents/" + document["id"].(string) + ".pdf")
	cmd := exec.CommandContext(w.Context(), "pdftotext", "-layout", "-", "-")
	cmd.Stdin = strings.NewReader(r.body)
	text, err := cmd.Output()
	if r.status != 200 || err != nil {
		w.Fatalf("%v: %d %v", document, r.status, err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}

// TestTheProofOfServiceIsDatedByWhoSigned serves one paper by hand and another by leaving it: the proof dates the
// receiver where there is one, and the witnesses where there are any.
func TestTheProofOfServiceIsDatedByWhoSigned(t *testing.T) { // R53, F34
	lawtest.Claim(t, "R53")
	inEachTown(t, func(w *town) {
		for n, x := range []struct {
			how  []string
			says []string
		}{
			{[]string{"method", "direct", "recipient", "王建国"}, []string{"王建国" + "受送达人签收", "见证人：年月日"}},
			{[]string{"method", "lien", "recipient", "王建国"}, []string{"受送达人签收年月日", "见证人：孙立、赵大明2026年"}},
		} {
			w.open("homestead", n+1, nil)
			w.until("joint_review")
			w.gets(200, "", "counter", "records", "service_record", func(data map[string]any) {
				serving([]string{w.paper("F15")["number"].(string)}, x.how...)(data)
				if data["method"] == "lien" {
					data["witnesses"] = []string{"孙立", "赵大明"}
				}
			})
			text := w.said(w.paper("F34"))
			for _, want := range x.says {
				if !strings.Contains(text, want) {
					w.Errorf("%v: the proof does not say %s:\n%s", x.how, want, text)
				}
			}
		}
	})
}
