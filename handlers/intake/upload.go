package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/scan"
	"anju/handlers/schema"
	"anju/workflow"
)

// A file that is sent in pieces lies in a file of its own until it is handed in: who lost the line goes on where it
// broke.
var uploadName = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// OpenUploads is how many files one officer may have begun and not handed in.
const OpenUploads = 20

// Forgotten takes away what has not grown for an hour; false where nothing could be.
func Forgotten(files []string) bool {
	gone := false
	for _, name := range files {
		if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > time.Hour {
			gone = os.Remove(name) == nil || gone
		}
	}
	return gone
}

// Partial is the path of an upload that has not come whole. It fails on an id that is not ours.
func (a *Service) Partial(by *request.Caller, id string) (string, error) {
	if !uploadName.MatchString(id) {
		return "", problem.New(404, "这次上传已经过期，请重新选择文件")
	}
	return filepath.Join(a.settings.UploadDir, "tmp", fmt.Sprintf("part-%d-%s", by.ID, id)), nil
}

// Receive adds a piece where it belongs, and tells how much is there.
func Receive(f *os.File, head *multipart.FileHeader, offset int64) (int64, error) {
	there, err := f.Seek(0, io.SeekEnd)
	if err != nil || offset != there {
		return there, err // an earlier answer was lost: the browser goes on from here
	}
	in, err := head.Open()
	if err != nil {
		return there, err
	}
	n, err := io.Copy(f, in)
	return there + n, errors.Join(err, in.Close())
}

// handedIn reads the files of a form: sent with it, or in pieces before.
func (a *Service) handedIn(c *fiber.Ctx, by *request.Caller) ([]PageFile, []string, error) {
	form, err := c.MultipartForm()
	if err != nil {
		return nil, nil, problem.New(400, "请选择要上传的扫描件")
	}
	var list []PageFile
	total := 0
	add := func(name string, in io.ReadCloser, err error) error {
		if err != nil {
			return err
		}
		b, err := io.ReadAll(io.LimitReader(in, MaxScan+1))
		total += len(b)
		if total > MaxScan {
			err = ErrFileBig
		}
		list = append(list, PageFile{FileName(name), b})
		return errors.Join(err, in.Close())
	}
	for _, head := range form.File["file"] {
		if head.Filename == "" && head.Size == 0 {
			continue
		}
		in, err := head.Open()
		if err := add(head.Filename, in, err); err != nil {
			return nil, nil, err
		}
	}
	var parts []string
	for _, sent := range form.Value["upload"] {
		id, name, _ := strings.Cut(sent, ":")
		path, err := a.Partial(by, id)
		if err != nil {
			return nil, nil, err
		}
		in, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil, problem.ErrPiecesGone
		}
		if err := add(name, in, err); err != nil {
			return nil, nil, err
		}
		parts = append(parts, path)
	}
	if len(list) == 0 {
		return nil, nil, schema.Invalid("file", "请选择要上传的扫描件")
	}
	return list, parts, nil
}

// AttachPages takes a paper from its page: pictures are turned as asked, several become one PDF. Whether the officer
// may hand it in comes first: a file for another's case is not even looked at.
func (a *Service) AttachPages(ctx context.Context, by *request.Caller, id workflow.CaseID, c *fiber.Ctx) error {
	code, paperKind := c.FormValue("code"), c.FormValue("kind")
	if !request.IsLegible([]byte(code + paperKind)) {
		return schema.ErrEncoding
	}
	again, err := a.MayAttach(ctx, by, id, c.FormValue("key"), code)
	if err != nil {
		return err
	}
	files, parts, err := a.handedIn(c, by)
	if again && errors.Is(err, problem.ErrPiecesGone) {
		// the answer was lost after the scan was taken, and the pieces went with it
		return nil
	}
	if err != nil {
		return err
	}
	if err := Bearable(files); err != nil {
		return err
	}
	turn, _ := strconv.Atoi(c.FormValue("turn")) // nothing chosen is not turned
	pictures := make([][]byte, 0, len(files))
	for i, f := range files {
		kind, err := Sniff(ctx, f.Name, f.Body)
		switch {
		case err != nil && len(files) > 1:
			return schema.Invalid("file", fmt.Sprintf("第 %d 个文件：%s", i+1, errText(err)))
		case err != nil:
			return err
		case kind == TypePDF && (turn != 0 || len(files) > 1):
			return schema.Invalid("file", "PDF 请一份一份上传，方向在扫描时转正；图片可以多选和转正")
		}
		if turn != 0 {
			if f.Body, err = scan.Turn(ctx, f.Body, turn); err != nil {
				return drawing(ctx, err, "图片转正没有成功，请重新扫描")
			}
			files[i].Name = strings.TrimSuffix(f.Name, filepath.Ext(f.Name)) + ".jpg"
		}
		pictures = append(pictures, f.Body)
	}
	whole, name := pictures[0], files[0].Name
	if len(pictures) > 1 {
		if whole, err = scan.Together(ctx, pictures); err != nil {
			return drawing(ctx, err, "多页合成没有成功，请重新扫描")
		}
		name = fmt.Sprintf("%s 等%d页.pdf", strings.TrimSuffix(name, filepath.Ext(name)), len(pictures))
	}
	if err := a.attachScan(ctx, by, id, c.FormValue("key"), code, paperKind, name, whole); err != nil {
		return err
	}
	for _, p := range parts {
		if err := os.Remove(p); err != nil {
			a.log.WarnContext(ctx, "a piece of an upload stays until the next start", "error", err)
		}
	}
	return nil
}

// drawing says why pictures could not be worked on: no time or memory for them, too large, or not readable.
func drawing(ctx context.Context, err error, broken string) error {
	switch {
	case errors.Is(err, scan.ErrBusy), ctx.Err() != nil:
		return err
	case errors.Is(err, scan.ErrLarge):
		return ErrFileLarge
	}
	return schema.Invalid("file", broken)
}

func errText(err error) string {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Detail
	}
	return err.Error()
}

// attachScan keeps a scan and hands it in under a code of the case.
func (a *Service) attachScan(ctx context.Context, by *request.Caller, id workflow.CaseID, key, code, kind, name string,
	b []byte) error {
	as, err := Sniff(ctx, name, b)
	if err != nil {
		return err
	}
	hash, err := a.keep(b)
	if err != nil {
		return err
	}
	_, err = a.handIn(ctx, by, id, key, workflow.Material{Code: code, Kind: kind, Name: name, Hash: hash,
		Size: int64(len(b)), Type: as})
	return err
}
