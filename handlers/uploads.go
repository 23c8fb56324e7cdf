package handlers

import (
	"context"
	"crypto/rand"
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

	"anju/handlers/scan"
	"anju/workflow"
)

// A file that is sent in pieces lies in a file of its own until it is handed in: who lost the line goes on where it broke.
var uploadName = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// openUploads is how many files one officer may have begun and not handed in.
const openUploads = 20

// forgotten takes away what has not grown for an hour; false where nothing could be.
func forgotten(files []string) bool {
	gone := false
	for _, name := range files {
		if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > time.Hour {
			gone = os.Remove(name) == nil || gone
		}
	}
	return gone
}

func (a *app) partial(by *caller, id string) (string, error) {
	if !uploadName.MatchString(id) {
		return "", refuse(404, "这次上传已经过期，请重新选择文件")
	}
	return filepath.Join(a.cfg.UploadDir, "tmp", fmt.Sprintf("part-%d-%s", by.ID, id)), nil
}

// postUpload takes one piece and says up to where the file is here. A piece that was sent twice, because its answer was lost, is taken once.
func (a *app) postUpload(c *fiber.Ctx, by *caller) error {
	id, mode := c.FormValue("id"), os.O_WRONLY
	if id == "" {
		open, err := filepath.Glob(filepath.Join(a.cfg.UploadDir, "tmp", fmt.Sprintf("part-%d-*", by.ID)))
		if err != nil {
			return err
		}
		if len(open) >= openUploads && !forgotten(open) {
			return c.Status(fiber.StatusTooManyRequests).JSON(fiber.Map{"detail": "没传完的文件太多了，请等正在上传的完成，或一小时后再传"})
		}
		id, mode = rand.Text(), os.O_WRONLY|os.O_CREATE|os.O_EXCL
	}
	name, err := a.partial(by, id)
	if err != nil {
		return c.Status(fiber.StatusNotFound).JSON(fiber.Map{"detail": "这次上传已经过期，请重新选择文件"})
	}
	offset, err := strconv.ParseInt(c.FormValue("offset"), 10, 64)
	head, ferr := c.FormFile("piece")
	if err != nil || ferr != nil || offset < 0 {
		return c.Status(fiber.StatusBadRequest).JSON(fiber.Map{"detail": "上传的内容不完整，请重新选择文件"})
	}
	f, err := os.OpenFile(name, mode, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return c.Status(fiber.StatusNotFound).JSON(fiber.Map{"detail": "这次上传已经过期，请重新选择文件"})
	}
	if err != nil {
		return err
	}
	size, err := receive(f, head, offset)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if size > maxScan {
		return errors.Join(c.Status(fiber.StatusRequestEntityTooLarge).JSON(fiber.Map{"detail": errFileBig.Detail}), os.Remove(name))
	}
	return c.JSON(fiber.Map{"id": id, "offset": size})
}

// receive adds a piece where it belongs, and tells how much is there.
func receive(f *os.File, head *multipart.FileHeader, offset int64) (int64, error) {
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

// pageFile is one file of a paper as it was handed in.
type pageFile struct {
	name string
	body []byte
}

// handedIn reads the files of a form: sent with it, or in pieces before.
func (a *app) handedIn(c *fiber.Ctx, by *caller) ([]pageFile, []string, error) {
	form, err := c.MultipartForm()
	if err != nil {
		return nil, nil, refuse(400, "请选择要上传的扫描件")
	}
	var list []pageFile
	total := 0
	add := func(name string, in io.ReadCloser, err error) error {
		if err != nil {
			return err
		}
		b, err := io.ReadAll(io.LimitReader(in, maxScan+1))
		total += len(b)
		if total > maxScan {
			err = errFileBig
		}
		list = append(list, pageFile{fileName(name), b})
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
		path, err := a.partial(by, id)
		if err != nil {
			return nil, nil, err
		}
		in, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil, errPiecesGone
		}
		if err := add(name, in, err); err != nil {
			return nil, nil, err
		}
		parts = append(parts, path)
	}
	if len(list) == 0 {
		return nil, nil, invalid("file", "请选择要上传的扫描件")
	}
	return list, parts, nil
}

// mayAttach judges the right to hand in a scan before it is read. again reports that the key was used before: the scan was taken
// then, whatever the officer may hand in now.
func (a *app) mayAttach(ctx context.Context, by *caller, id workflow.CaseID, key, code string) (again bool, err error) {
	if key = strings.TrimSpace(key); keyHolds(key) {
		if again, err = a.store.KeyUsed(ctx, by.ID, id, key); again || err != nil {
			return again, err
		}
	}
	return false, a.svc.MayAttach(ctx, id, by.ID, code)
}

// attachPages takes a paper from its page: pictures are turned as asked, several become one PDF. Whether the officer may hand
// it in comes first: a file for another's case is not even looked at.
func (a *app) attachPages(ctx context.Context, by *caller, id workflow.CaseID, c *fiber.Ctx) error {
	code, paperKind := c.FormValue("code"), c.FormValue("kind")
	if !legible([]byte(code + paperKind)) {
		return errEncoding
	}
	again, err := a.mayAttach(ctx, by, id, c.FormValue("key"), code)
	if err != nil {
		return err
	}
	files, parts, err := a.handedIn(c, by)
	if again && errors.Is(err, errPiecesGone) { // the answer was lost after the scan was taken, and the pieces went with it
		return nil
	}
	if err != nil {
		return err
	}
	if err := bearable(files); err != nil {
		return err
	}
	turn, _ := strconv.Atoi(c.FormValue("turn")) // nothing chosen is not turned
	pictures := make([][]byte, 0, len(files))
	for i, f := range files {
		kind, err := sniff(ctx, f.name, f.body)
		switch {
		case err != nil && len(files) > 1:
			return invalid("file", fmt.Sprintf("第 %d 个文件：%s", i+1, errText(err)))
		case err != nil:
			return err
		case kind == typePDF && (turn != 0 || len(files) > 1):
			return invalid("file", "PDF 请一份一份上传，方向在扫描时转正；图片可以多选和转正")
		}
		if turn != 0 {
			if f.body, err = scan.Turn(ctx, f.body, turn); err != nil {
				return drawing(ctx, err, "图片转正没有成功，请重新扫描")
			}
			files[i].name = strings.TrimSuffix(f.name, filepath.Ext(f.name)) + ".jpg"
		}
		pictures = append(pictures, f.body)
	}
	whole, name := pictures[0], files[0].name
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
		return errFileLarge
	}
	return invalid("file", broken)
}

func errText(err error) string {
	var p *problem
	if errors.As(err, &p) {
		return p.Detail
	}
	return err.Error()
}

// attachScan keeps a scan and hands it in under a code of the case.
func (a *app) attachScan(ctx context.Context, by *caller, id workflow.CaseID, key, code, kind, name string, b []byte) error {
	as, err := sniff(ctx, name, b)
	if err != nil {
		return err
	}
	hash, err := a.keep(b)
	if err != nil {
		return err
	}
	_, err = a.handIn(ctx, by, id, key, workflow.Material{Code: code, Kind: kind, Name: name, Hash: hash, Size: int64(len(b)), Type: as})
	return err
}
