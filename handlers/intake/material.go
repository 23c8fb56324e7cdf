package intake

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/workflow"
)

// Attach takes one scan of a multipart form. The area of the case is checked first: a file for a case of another area
// is not even looked at.
func (a *Service) Attach(ctx context.Context, by *request.Caller, id workflow.CaseID, key string,
	c *fiber.Ctx) (Entry, error) {
	v, err := a.svc.View(ctx, id, by.ID)
	if err != nil {
		return Entry{}, err
	}
	form, err := c.MultipartForm()
	if err != nil {
		return Entry{}, problem.New(400, "请用 multipart/form-data 提交，含 code 和 file 两项")
	}
	for name := range form.Value {
		if name == "" {
			return Entry{}, schema.Invalid("code", "表单中有一项没有名称，请只提交 code 和 file")
		}
		if name != "code" && name != "kind" && name != request.CsrfField && name != "key" {
			return Entry{}, schema.Invalid(schema.Shown(name), "没有“"+schema.Shown(name)+"”这个字段，请只提交 code、kind 和 file")
		}
	}
	for name := range form.File {
		if name != "file" {
			return Entry{}, schema.Invalid(orUnnamed(name), "没有“"+schema.Shown(name)+"”这个文件字段，请把扫描件放在 file 中")
		}
	}
	switch {
	case len(form.Value["code"]) > 1:
		return Entry{}, schema.Invalid("code", "材料编号 code 只能填写一个")
	case len(form.File["file"]) > 1:
		return Entry{}, schema.Invalid("file", "一次只能上传一个文件，请逐份上传")
	}
	code := ""
	if len(form.Value["code"]) > 0 { // of the form alone: the address does not say what is handed in
		code = form.Value["code"][0]
	}
	paperKind := ""
	if kinds := form.Value["kind"]; len(kinds) > 0 {
		paperKind = kinds[0]
	}
	if !request.IsLegible([]byte(code + paperKind)) {
		return Entry{}, schema.ErrEncoding
	}
	if code == "" {
		return Entry{}, schema.Invalid("code", "请填写材料编号 code，例如 "+firstCode(v.Chain))
	}
	if _, err := a.MayAttach(ctx, by, id, key, code); err != nil {
		return Entry{}, err
	}
	head, err := c.FormFile("file")
	if err != nil {
		return Entry{}, schema.Invalid("file", "请选择要上传的扫描件")
	}
	if head.Size > MaxScan {
		return Entry{}, ErrFileBig
	}
	f, err := head.Open()
	if err != nil {
		return Entry{}, err
	}
	b, err := io.ReadAll(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return Entry{}, err
	}
	name := FileName(head.Filename)
	kind, err := Sniff(ctx, name, b)
	if err != nil {
		return Entry{}, err
	}
	hash, err := a.keep(b)
	if err != nil {
		return Entry{}, err
	}
	return a.handIn(ctx, by, id, key, workflow.Material{Code: code, Kind: paperKind, Name: name, Hash: hash,
		Size: int64(len(b)), Type: kind})
}

// handIn adds a scan that is kept already to its case, once under a key.
func (a *Service) handIn(ctx context.Context, by *request.Caller, id workflow.CaseID, key string,
	m workflow.Material) (Entry, error) {
	key, err := request.KeyOr(key)
	if err != nil {
		return Entry{}, err
	}
	asked := request.Digest([]byte("material"), []byte(m.Code), []byte(m.Kind), []byte(m.Hash))
	return a.Enter(id, key, asked, func(key string) (workflow.Case, error) {
		v, err := a.svc.View(ctx, id, by.ID)
		if err != nil {
			return workflow.Case{}, err
		}
		if p, _ := v.Chain.Paper(m.Code); m.Kind == "" && len(p.AnyOf) > 0 {
			if m.Kind = NamedKind(v.Case.Application, p); m.Kind == "" {
				return workflow.Case{}, kindMissing(p)
			}
		}
		return a.svc.Attach(ctx, id, by.ID, key, asked, m)
	})
}

// NamedKind is the kind of a paper that an application names: that of the drawing (R32), of the plot's origin (R56), of
// how the works were given out (R82). It is "" where the application names none.
func NamedKind(application []byte, p workflow.Paper) string {
	var fields map[string]any
	if json.Unmarshal(application, &fields) != nil {
		return ""
	}
	for _, kind := range p.AnyOf {
		for _, named := range fields {
			if named == kind {
				return kind
			}
		}
	}
	return ""
}

// kindMissing refuses a scan that may be of several kinds and does not say which.
func kindMissing(p workflow.Paper) error {
	kinds := make([]string, len(p.AnyOf))
	for i, k := range p.AnyOf {
		kinds[i] = schema.EnumTitle("kind", k)
	}
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: "kind", Rule: p.Rule,
		Message: "“" + p.Name + "”请注明是哪一类：" + strings.Join(kinds, "、")}}}
}

func orUnnamed(name string) string {
	if name = schema.Shown(name); name == "" {
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

// Material finds the newest scan of a code on a case that the caller may see: the right comes from the case, not the
// file.
func (a *Service) Material(ctx context.Context, by *request.Caller, id workflow.CaseID, code string) (workflow.Material,
	[]byte, error) {
	v, err := a.svc.Disclose(ctx, id, by.ID)
	if err != nil {
		return workflow.Material{}, nil, err
	}
	missing := problem.New(404, "未找到该材料，可能尚未上传")
	for i := len(v.Case.File.Materials) - 1; i >= 0; i-- {
		m := v.Case.File.Materials[i]
		if m.Code != code || !HashForm.MatchString(m.Hash) {
			continue
		}
		b, err := os.ReadFile(a.PathOf(m.Hash))
		if errors.Is(err, fs.ErrNotExist) {
			return m, nil, missing
		}
		if err == nil && Sum(b) != m.Hash {
			return m, nil, errors.New("scan " + m.Hash + " on disk is not what was handed in")
		}
		return m, b, err
	}
	return workflow.Material{}, nil, missing
}

// MayAttach judges the right to hand in a scan before it is read. again reports that the key was used before: the scan
// was taken then, whatever the officer may hand in now.
func (a *Service) MayAttach(ctx context.Context, by *request.Caller, id workflow.CaseID, key, code string) (again bool,
	err error) {
	if key = strings.TrimSpace(key); request.KeyHolds(key) {
		if again, err = a.store.KeyUsed(ctx, by.ID, id, key); again || err != nil {
			return again, err
		}
	}
	return false, a.svc.MayAttach(ctx, id, by.ID, code)
}
