package handlers

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// pdfOut is a paper.
type pdfOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

var errNoPaper = refuse(404, "本件没有这份文书，请核对文书编号或表单代码")

var formName = regexp.MustCompile(`^(F[0-9]{2}(-[a-z]+)?|guidance_notice)$`)

// paper finds a document of a case by its form or its number in the list, and gives it as a PDF with its name.
func (a *app) paper(ctx context.Context, by *caller, id workflow.CaseID, which string) ([]byte, string, error) {
	v, err := a.svc.Disclose(ctx, id, by.ID)
	if err != nil {
		return nil, "", err
	}
	if a.cfg.Papers == nil {
		return nil, "", errNoPaper
	}
	n, numeric := strconv.ParseInt(which, 10, 64)
	for _, d := range slices.Backward(v.Case.File.Documents) {
		if numeric == nil && d.ID == n || numeric != nil && (d.Kind.Form() == which || string(d.Kind) == which) {
			// papers carry ID numbers in clear: who read which stands in the log
			a.log.InfoContext(ctx, "paper", slog.String("form", d.Kind.Form()), slog.Int64("document", d.ID), slog.Int64("case", int64(id)), slog.Int64("officer", int64(by.ID)))
			b, err := a.cfg.Papers.Print(ctx, id, d.ID)
			return b, strings.TrimSpace(d.Title + " " + d.Number), err
		}
	}
	if numeric == nil || !formName.MatchString(which) {
		return nil, "", errNoPaper
	}
	a.log.InfoContext(ctx, "sheet", slog.String("form", which), slog.Int64("case", int64(id)), slog.Int64("officer", int64(by.ID)))
	b, err := a.cfg.Papers.Sheet(ctx, id, which)
	if errors.Is(err, workflow.ErrNotFound) {
		err = errNoPaper
	}
	return b, which + " " + v.Case.Number, err
}

func shownAs(name string) string {
	return mime.FormatMediaType("inline", map[string]string{"filename": name + ".pdf"})
}

const batchMost = 50

type premisesJSON struct {
	CaseID   string `json:"case_id"`
	Number   string `json:"case_number"`
	Business string `json:"business"`
	Division string `json:"division"`
	NextOn   string `json:"next_check_on"`
	Due      bool   `json:"due"`
}

type sealBody struct {
	PNG string `json:"png" doc:"印章图样（PNG 的 base64）；空为撤下" maxLength:"60000"`
}

type batchBody struct {
	Documents []string `json:"documents" doc:"文书编号（清单中的 id）" minItems:"1" maxItems:"50" example:"[\"1000040\"]"`
}

func (a *app) documentOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "get-document",
		Summary: "一份文书的 PDF：F05 为该表单最新的一份，较早的用清单中的 id；未编号的表单按办件内容即时生成"}, nil,
		func(ctx context.Context, by *caller, in *struct {
			CaseIn
			Form string `path:"form" maxLength:"30" doc:"表单代码或文书 id"`
		}) (*pdfOut, error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			b, name, err := a.paper(ctx, by, id, in.Form)
			if err != nil {
				return nil, err
			}
			return &pdfOut{typePDF, shownAs(name), b}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "blank-form", Summary: "空白表单"}, nil,
		func(_ context.Context, _ *caller, in *struct {
			Form string `path:"form" maxLength:"30" doc:"表单代码" example:"F01"`
		}) (*pdfOut, error) {
			if a.cfg.Papers == nil || !formName.MatchString(in.Form) {
				return nil, errNoPaper
			}
			b, err := a.cfg.Papers.Blank(in.Form)
			if err != nil {
				return nil, errNoPaper
			}
			return &pdfOut{typePDF, shownAs(in.Form), b}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "print-batch", Summary: "批量打印：本件选定的文书打成一个压缩包"}, typeOf[batchBody](), func(ctx context.Context, by *caller, in *struct {
		CaseIn
		Sent
	}) (*pdfOut, error) {
		id, err := in.key()
		if err != nil {
			return nil, err
		}
		var b batchBody
		if err := decodeJSON(in.raw, &b); err != nil {
			return nil, err
		}
		if len(b.Documents) > batchMost {
			return nil, invalid("documents", fmt.Sprintf("一次最多打印 %d 份", batchMost))
		}
		pack := newPack()
		for i, which := range b.Documents {
			pdf, name, err := a.paper(ctx, by, id, which)
			if err != nil {
				return nil, err
			}
			pack.add(fmt.Sprintf("%02d %s.pdf", i+1, name), pdf)
		}
		body, err := pack.close()
		return &pdfOut{"application/zip", mime.FormatMediaType("attachment", map[string]string{"filename": "文书.zip"}), body}, err
	})
	describe(a, ops, huma.Operation{OperationID: "archive-package",
		Summary: "已办结办件的归档包：文书、材料、元数据、历史摘要"}, nil,
		func(ctx context.Context, by *caller, in *CaseIn) (*pdfOut, error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			body, name, err := a.archive(ctx, by, id)
			if err != nil {
				return nil, err
			}
			return &pdfOut{"application/zip", mime.FormatMediaType("attachment", map[string]string{"filename": name + ".zip"}), body}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "premises-checks", Summary: "定期核查计划：已核查符合的经营场所，最先到期的在前（R113）"}, nil,
		func(ctx context.Context, by *caller, in *Paging) (*out[listOf[premisesJSON]], error) {
			list, total, err := a.store.PremisesChecks(ctx, by.ID, in.Page, in.PerPage)
			if err != nil {
				return nil, err
			}
			today := calendar.DayOf(a.svc.Now())
			items := make([]premisesJSON, len(list))
			for i, p := range list {
				b := workflow.Applied[workflow.BusinessApplication](p.Case)
				items[i] = premisesJSON{fmt.Sprint(p.Case.ID), p.Case.Number, b.Name, p.Case.Division, p.On.String(), p.On <= today}
			}
			return &out[listOf[premisesJSON]]{Status: http.StatusOK, Body: pageOf(items, total, *in)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "set-seal", DefaultStatus: http.StatusNoContent,
		Summary: "登记本单位的印章图样（只有单位负责人可以；加密保存，只在其作出决定时使用）；空内容为撤下"}, typeOf[sealBody](),
		func(ctx context.Context, by *caller, in *struct{ Sent }) (*empty, error) {
			var b sealBody
			if err := decodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			if !by.Role.Signs() {
				return nil, refuse(403, "印章图样只能由本单位负责人登记")
			}
			if b.PNG == "" {
				return &empty{}, a.store.SetSeal(ctx, by.ID, nil)
			}
			picture, err := base64.StdEncoding.DecodeString(b.PNG)
			if err != nil {
				return nil, invalid("png", "印章图样应为 PNG 图片的 base64 编码")
			}
			c, err := png.DecodeConfig(bytes.NewReader(picture))
			if err != nil || c.Width > 1000 || c.Height > 1000 {
				return nil, invalid("png", "印章图样应为每边不超过 1000 像素的 PNG 图片")
			}
			return &empty{}, a.store.SetSeal(ctx, by.ID, picture)
		})
	for id, kind := range map[string]string{"get-document": typePDF, "blank-form": typePDF, "print-batch": "application/zip", "archive-package": "application/zip"} {
		ops[id].answers(kind)
	}
}

// pack is an archive being filled.
type pack struct {
	b   bytes.Buffer
	zip *zip.Writer
	err error
}

func newPack() *pack {
	p := &pack{}
	p.zip = zip.NewWriter(&p.b)
	return p
}

func (p *pack) add(name string, body []byte) {
	if p.err != nil {
		return
	}
	w, err := p.zip.Create(strings.NewReplacer("/", "／", "\\", "＼").Replace(name))
	if err == nil {
		_, err = w.Write(body)
	}
	p.err = err
}

func (p *pack) close() ([]byte, error) {
	err := errors.Join(p.err, p.zip.Close())
	return p.b.Bytes(), err
}

// archive puts a closed case together for the archives (R111, A29): its papers, its scans, what it says, and the history with its hashes.
func (a *app) archive(ctx context.Context, by *caller, id workflow.CaseID) ([]byte, string, error) {
	v, err := a.svc.Disclose(ctx, id, by.ID)
	if err != nil {
		return nil, "", err
	}
	if v.Case.Open() {
		return nil, "", refuse(409, "办件尚未办结，办结后才能导出归档包")
	}
	p := newPack()
	type entry struct {
		Name string `json:"name"`
		Hash string `json:"sm3"`
	}
	var list []entry
	add := func(name string, body []byte) {
		p.add(name, body)
		list = append(list, entry{name, sum(body)})
	}
	for i, d := range v.Case.File.Documents {
		if a.cfg.Papers == nil {
			break
		}
		body, err := a.cfg.Papers.Print(ctx, id, d.ID)
		if err != nil {
			return nil, "", err
		}
		add(fmt.Sprintf("文书/%02d %s.pdf", i+1, strings.TrimSpace(d.Title+" "+d.Number)), body)
	}
	if a.cfg.Papers != nil {
		if index, err := a.cfg.Papers.Sheet(ctx, id, "F33"); err == nil {
			add("F33 一户一档目录.pdf", index)
		}
	}
	for i, m := range v.Case.File.Materials {
		if !hashForm.MatchString(m.Hash) {
			continue
		}
		body, err := os.ReadFile(a.pathOf(m.Hash))
		if err != nil {
			continue // the demo county's scans are no files; the metadata names the hash
		}
		add(fmt.Sprintf("材料/%02d %s %s", i+1, m.Code, m.Name), body)
	}
	lines, err := a.store.History(ctx, by.ID, id)
	if err != nil {
		return nil, "", err
	}
	history := make([]lineJSON, len(lines))
	for i, l := range lines {
		history[i] = historyLine(v.Chain, l)
	}
	shown, err := a.caseOf(ctx, v)
	if err != nil {
		return nil, "", err
	}
	for name, what := range map[string]any{"办件.json": shown, "历史.json": history} {
		b, err := json.MarshalIndent(what, "", "  ")
		if err != nil {
			return nil, "", err
		}
		add(name, b)
	}
	manifest, err := json.MarshalIndent(map[string]any{"case": v.Case.Number, "chain": v.Chain.ID, "chain_version": v.Chain.Version, "outcome": v.Case.Outcome,
		"closed_at": stamp(*v.Case.ClosedAt), "history_entries": len(lines), "history_digest": v.Case.Head, "files": list}, "", "  ")
	if err != nil {
		return nil, "", err
	}
	p.add("清单.json", manifest)
	body, err := p.close()
	return body, v.Case.Number, err
}

type verifyData struct {
	shell
	Found                                 bool
	Title0, Number, Issuer, Holder, Place string
	IssuedOn, ValidTo, Voided             string
	Expired                               bool
}

// verifyPage is the public check of a paper (its QR code leads here): real, by whom, for whom as far as the paper itself says, valid or not.
func (a *app) verifyPage(c *fiber.Ctx, _ *caller) error {
	d := verifyData{shell: a.shell(c, "证照核验")}
	n, ok := a.store.DocumentOf(c.Params("certificate"))
	if !ok {
		return a.show(c, 404, "verify", d)
	}
	doc, err := a.store.PublicDocument(c.UserContext(), n)
	if errors.Is(err, workflow.ErrNotFound) {
		return a.show(c, 404, "verify", d)
	}
	if err != nil {
		return err
	}
	d.Found, d.Title0, d.Number, d.Issuer, d.Holder, d.Place = true, doc.Title, doc.Number, doc.Issuer, surname(doc.Holder), doc.Township
	d.IssuedOn, d.Voided = calendar.DayOf(doc.IssuedAt).String(), doc.Voided
	if doc.ValidTo != 0 {
		d.ValidTo, d.Expired = doc.ValidTo.String(), calendar.DayOf(a.svc.Now()) > doc.ValidTo
	}
	if d.Voided != "" {
		d.Voided, _, _ = strings.Cut(d.Voided, "：") // the facts are the parties' own
	}
	return a.show(c, 200, "verify", d)
}

type disclosuresData struct {
	shell
	Items []models.DisclosureLine
	Total int
	Next  string
}

// disclosuresPage lists the results that were made public (L11): name, village, address, areas and floors, and nothing else (A37).
func (a *app) disclosuresPage(c *fiber.Ctx, _ *caller) error {
	d := disclosuresData{shell: a.shell(c, "审批结果公开")}
	page := max(1, min(c.QueryInt("page", 1), 100_000))
	var err error
	if d.Items, d.Total, err = a.store.Disclosures(c.UserContext(), "", page, 50); err != nil {
		return err
	}
	for i := range d.Items {
		d.Items[i].Holder = surname(d.Items[i].Holder)
	}
	if page*50 < d.Total {
		d.Next = fmt.Sprintf("/disclosures?page=%d", page+1)
	}
	return a.show(c, 200, "disclosures", d)
}
