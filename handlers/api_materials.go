package handlers

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"anju/workflow"
)

// attach takes one scan of a multipart form. Whose case it is comes first: a file for a case of another area is not even
// looked at.
func (a *app) attach(ctx context.Context, by *caller, id workflow.CaseID, key string, c *fiber.Ctx) (entry, error) {
	v, err := a.svc.View(ctx, id, by.ID)
	if err != nil {
		return entry{}, err
	}
	form, err := c.MultipartForm()
	if err != nil {
		return entry{}, refuse(400, "请用 multipart/form-data 提交，含 code 和 file 两项")
	}
	for name := range form.Value {
		if name == "" {
			return entry{}, invalid("code", "表单中有一项没有名称，请只提交 code 和 file")
		}
		if name != "code" && name != "kind" && name != csrfField && name != "key" {
			return entry{}, invalid(shown(name), "没有“"+shown(name)+"”这个字段，请只提交 code、kind 和 file")
		}
	}
	for name := range form.File {
		if name != "file" {
			return entry{}, invalid(orUnnamed(name), "没有“"+shown(name)+"”这个文件字段，请把扫描件放在 file 中")
		}
	}
	switch {
	case len(form.Value["code"]) > 1:
		return entry{}, invalid("code", "材料编号 code 只能填写一个")
	case len(form.File["file"]) > 1:
		return entry{}, invalid("file", "一次只能上传一个文件，请逐份上传")
	}
	code := ""
	if len(form.Value["code"]) > 0 { // of the form alone: the address does not say what is handed in
		code = form.Value["code"][0]
	}
	paperKind := ""
	if kinds := form.Value["kind"]; len(kinds) > 0 {
		paperKind = kinds[0]
	}
	if !legible([]byte(code + paperKind)) {
		return entry{}, errEncoding
	}
	if code == "" {
		return entry{}, invalid("code", "请填写材料编号 code，例如 "+firstCode(v.Chain))
	}
	if _, err := a.mayAttach(ctx, by, id, key, code); err != nil {
		return entry{}, err
	}
	head, err := c.FormFile("file")
	if err != nil {
		return entry{}, invalid("file", "请选择要上传的扫描件")
	}
	if head.Size > maxScan {
		return entry{}, errFileBig
	}
	f, err := head.Open()
	if err != nil {
		return entry{}, err
	}
	b, err := io.ReadAll(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return entry{}, err
	}
	name := fileName(head.Filename)
	kind, err := sniff(ctx, name, b)
	if err != nil {
		return entry{}, err
	}
	hash, err := a.keep(b)
	if err != nil {
		return entry{}, err
	}
	return a.handIn(ctx, by, id, key, workflow.Material{Code: code, Kind: paperKind, Name: name, Hash: hash, Size: int64(len(b)), Type: kind})
}

// handIn adds a scan that is kept already to its case, once under a key.
func (a *app) handIn(ctx context.Context, by *caller, id workflow.CaseID, key string, m workflow.Material) (entry, error) {
	key, err := keyOr(key)
	if err != nil {
		return entry{}, err
	}
	asked := digest([]byte("material"), []byte(m.Code), []byte(m.Kind), []byte(m.Hash))
	return a.enter(id, key, asked, func(key string) (workflow.Case, error) { return a.svc.Attach(ctx, id, by.ID, key, asked, m) })
}

func orUnnamed(name string) string {
	if name = shown(name); name == "" {
		return "file"
	}
	return name
}

func firstCode(ch workflow.Chain) string {
	if len(ch.Papers) == 0 {
		return ""
	}
	return ch.Papers[0].Code
}

// material finds the newest scan of a code on a case that the caller may see: the right comes from the case, not the file.
func (a *app) material(ctx context.Context, by *caller, id workflow.CaseID, code string) (workflow.Material, []byte, error) {
	v, err := a.svc.Disclose(ctx, id, by.ID)
	if err != nil {
		return workflow.Material{}, nil, err
	}
	missing := refuse(404, "未找到该材料，可能尚未上传")
	for i := len(v.Case.File.Materials) - 1; i >= 0; i-- {
		m := v.Case.File.Materials[i]
		if m.Code != code || !hashForm.MatchString(m.Hash) {
			continue
		}
		b, err := os.ReadFile(a.pathOf(m.Hash))
		if errors.Is(err, fs.ErrNotExist) {
			return m, nil, missing
		}
		if err == nil && sum(b) != m.Hash {
			return m, nil, errors.New("scan " + m.Hash + " on disk is not what was handed in")
		}
		return m, b, err
	}
	return workflow.Material{}, nil, missing
}

func disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

func (a *app) materialOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "attach-material", Summary: "上传一份材料的扫描件（PNG、JPEG、PDF，不超过 20MB）",
		DefaultStatus: http.StatusCreated}, nil, func(ctx context.Context, by *caller, in *struct {
		CaseIn
		Keyed
		Peer
	}) (*caseOut, error) {
		id, err := in.key()
		if err != nil {
			return nil, err
		}
		e, err := a.attach(ctx, by, id, in.Key, in.web)
		if err != nil {
			return nil, err
		}
		o, err := a.answerEntry(ctx, by, e)
		if o != nil {
			o.Status = http.StatusCreated
		}
		return o, err
	})
	ops["attach-material"].edit = func(o *huma.Operation) {
		o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"code", "file"}, Properties: map[string]*huma.Schema{
				"code": {Type: huma.TypeString, Description: "材料编号", Examples: []any{"HP01"}},
				"kind": {Type: huma.TypeString, Description: "有几类材料可选时，是哪一类（any_of 之一）", Examples: []any{"generic_drawing"}},
				"file": {Type: huma.TypeString, Format: "binary", Description: "扫描件"}}}}}}
	}
	type fileOut struct {
		ContentType string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Sandbox     string `header:"Content-Security-Policy"`
		Body        []byte
	}
	describe(a, ops, huma.Operation{OperationID: "get-material", Summary: "下载一份材料最新的扫描件"}, nil, func(ctx context.Context, by *caller, in *struct {
		CaseIn
		Code string `path:"code" maxLength:"20" doc:"材料编号"`
	}) (*fileOut, error) {
		id, err := in.key()
		if err != nil {
			return nil, err
		}
		m, b, err := a.material(ctx, by, id, in.Code)
		if err != nil {
			return nil, err
		}
		return &fileOut{m.Type, disposition(m.Name), "sandbox; default-src 'none'", b}, nil
	})
	ops["get-material"].answers(typePNG, typeJPEG, typePDF)
}
