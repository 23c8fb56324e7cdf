package api

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
)

// pdfOut is a paper.
type pdfOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
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

// documentOperations serve papers, one at a time or packed.
func (a *API) documentOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "get-document",
		Summary: "一份文书的 PDF：F05 为该表单最新的一份，较早的用清单中的 id；未编号的表单按办件内容即时生成"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			CaseIn
			Form string `path:"form" maxLength:"30" doc:"表单代码或文书 id"`
		}) (*pdfOut, error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			b, name, err := a.lookup.Paper(ctx, by, id, in.Form)
			if err != nil {
				return nil, err
			}
			return &pdfOut{intake.TypePDF, lookup.ShownAs(name), b}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "blank-form", Summary: "空白表单"}, nil,
		func(_ context.Context, _ *request.Caller, in *struct {
			Form string `path:"form" maxLength:"30" doc:"表单代码" example:"F01"`
		}) (*pdfOut, error) {
			if a.papers == nil || !lookup.FormName.MatchString(in.Form) {
				return nil, lookup.ErrNoPaper
			}
			b, err := a.papers.Blank(in.Form)
			if err != nil {
				return nil, lookup.ErrNoPaper
			}
			return &pdfOut{intake.TypePDF, lookup.ShownAs(in.Form), b}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "print-batch", Summary: "批量打印：本件选定的文书打成一个压缩包"}, typeOf[batchBody](),
		func(ctx context.Context, by *request.Caller, in *struct {
			CaseIn
			Sent
		}) (*pdfOut, error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			var b batchBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			if len(b.Documents) > batchMost {
				return nil, schema.Invalid("documents", fmt.Sprintf("一次最多打印 %d 份", batchMost))
			}
			body, err := a.batch(ctx, by, id, b.Documents)
			return &pdfOut{"application/zip", mime.FormatMediaType("attachment", map[string]string{"filename": "文书.zip"}), body},
				err
		})
	describe(a, ops, huma.Operation{OperationID: "archive-package",
		Summary: "已办结办件的归档包：文书、材料、元数据、历史摘要"}, nil,
		func(ctx context.Context, by *request.Caller, in *CaseIn) (*pdfOut, error) {
			id, err := in.key()
			if err != nil {
				return nil, err
			}
			body, name, err := a.archive(ctx, by, id)
			if err != nil {
				return nil, err
			}
			return &pdfOut{"application/zip", mime.FormatMediaType("attachment", map[string]string{"filename": name + ".zip"}),
				body}, nil
		})
	for id, kind := range map[string]string{"get-document": intake.TypePDF, "blank-form": intake.TypePDF,
		"print-batch": "application/zip", "archive-package": "application/zip"} {
		ops[id].answers(kind)
	}
}

// batch packs papers of a case; one that cannot be printed is a text that says why, and spoils no other.
func (a *API) batch(ctx context.Context, by *request.Caller, id workflow.CaseID, documents []string) ([]byte, error) {
	pack := newPack()
	for i, which := range documents {
		pdf, name, err := a.lookup.Paper(ctx, by, id, which)
		if why := problem.UnprintedBecause(err); why != "" {
			pack.add(fmt.Sprintf("%02d %s 未能打印.txt", i+1, name), []byte(why))
			continue
		}
		if err != nil {
			return nil, err
		}
		pack.add(fmt.Sprintf("%02d %s.pdf", i+1, name), pdf)
	}
	return pack.close()
}

// officeOperations serve what an office does beside its cases: the plan of periodic checks, its seal.
func (a *API) officeOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "premises-checks", Summary: "定期核查计划：已核查符合的经营场所，最先到期的在前（R113）"}, nil,
		func(ctx context.Context, by *request.Caller, in *request.Paging) (*out[listOf[premisesJSON]], error) {
			list, total, err := a.store.PremisesChecks(ctx, by.ID, in.Page, in.PerPage)
			if err != nil {
				return nil, err
			}
			today := calendar.DayOf(a.svc.Now())
			items := make([]premisesJSON, len(list))
			for i, p := range list {
				b := workflow.Applied[forms.BusinessApplication](p.Case)
				items[i] = premisesJSON{fmt.Sprint(p.Case.ID), p.Case.Number, b.Name, p.Case.Division, p.On.String(), p.On <= today}
			}
			return &out[listOf[premisesJSON]]{Status: http.StatusOK, Body: pageOf(items, total, *in)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "set-seal", DefaultStatus: http.StatusNoContent,
		Summary: "登记本单位的印章图样（只有单位负责人可以；加密保存，只在其作出决定时使用）；空内容为撤下"}, typeOf[sealBody](),
		func(ctx context.Context, by *request.Caller, in *onceIn) (*empty, error) {
			var b sealBody
			if err := schema.DecodeJSON(in.raw, &b); err != nil {
				return nil, err
			}
			if !by.Role.Signs() {
				return nil, problem.New(403, "印章图样只能由本单位负责人登记")
			}
			if b.PNG == "" {
				return &empty{}, a.store.SetSeal(ctx, by.ID, nil)
			}
			picture, err := base64.StdEncoding.DecodeString(b.PNG)
			if err != nil {
				return nil, schema.Invalid("png", "印章图样应为 PNG 图片的 base64 编码")
			}
			c, err := png.DecodeConfig(bytes.NewReader(picture))
			if err != nil || c.Width > 1000 || c.Height > 1000 {
				return nil, schema.Invalid("png", "印章图样应为每边不超过 1000 像素的 PNG 图片")
			}
			return &empty{}, a.store.SetSeal(ctx, by.ID, picture)
		})
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

// archive puts a closed case together for the archives (R111, A29): its papers, its scans, what it says, and the
// history with its hashes.
func (a *API) archive(ctx context.Context, by *request.Caller, id workflow.CaseID) ([]byte, string, error) {
	v, err := a.svc.Disclose(ctx, id, by.ID)
	if err != nil {
		return nil, "", err
	}
	if v.Case.Open() {
		return nil, "", problem.New(409, "办件尚未办结，办结后才能导出归档包")
	}
	p := newPack()
	type entry struct {
		Name string `json:"name"`
		Hash string `json:"sm3"`
	}
	var list []entry
	add := func(name string, body []byte) {
		p.add(name, body)
		list = append(list, entry{name, intake.Sum(body)})
	}
	for i, d := range v.Case.File.Documents {
		if a.papers == nil {
			break
		}
		body, err := a.papers.Print(ctx, id, d.ID)
		if why := problem.UnprintedBecause(err); why != "" {
			add(fmt.Sprintf("文书/%02d %s 未能打印.txt", i+1, d.Title), []byte(why))
			continue
		}
		if err != nil {
			return nil, "", err
		}
		add(fmt.Sprintf("文书/%02d %s.pdf", i+1, strings.TrimSpace(d.Title+" "+d.Number)), body)
	}
	if a.papers != nil {
		if index, err := a.papers.Sheet(ctx, id, "F33"); err == nil {
			add("F33 一户一档目录.pdf", index)
		}
	}
	for i, m := range v.Case.File.Materials {
		if !intake.HashForm.MatchString(m.Hash) {
			continue
		}
		body, err := os.ReadFile(a.intake.PathOf(m.Hash))
		if err != nil {
			continue // the demo county's scans are no files; the metadata names the hash
		}
		add(fmt.Sprintf("材料/%02d %s %s", i+1, m.Code, m.Name), body)
	}
	lines, err := a.store.History(ctx, v.Case)
	if err != nil {
		return nil, "", err
	}
	history := make([]view.Line, len(lines))
	for i, l := range lines {
		history[i] = view.NewLine(v.Chain, l)
	}
	shown, err := a.views.NewCase(ctx, v)
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
	manifest, err := json.MarshalIndent(map[string]any{"case": v.Case.Number, "chain": v.Chain.ID,
		"chain_version": v.Chain.Version, "outcome": v.Case.Outcome,
		"closed_at": view.NewInstant(*v.Case.ClosedAt), "history_entries": len(lines), "history_digest": v.Case.Head,
		"files": list}, "", "  ")
	if err != nil {
		return nil, "", err
	}
	p.add("清单.json", manifest)
	body, err := p.close()
	return body, v.Case.Number, err
}
