package desk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/intake"
	"anju/handlers/request"
)

// PostUpload takes one piece and says up to where the file is here. A piece that was sent twice, because its answer was
// lost, is taken once.
func (a *Pages) PostUpload(c *fiber.Ctx, by *request.Caller) error {
	id, mode := c.FormValue("id"), os.O_WRONLY
	if id == "" {
		open, err := filepath.Glob(filepath.Join(a.settings.UploadDir, "tmp", fmt.Sprintf("part-%d-*", by.ID)))
		if err != nil {
			return err
		}
		if len(open) >= intake.OpenUploads && !intake.Forgotten(open) {
			return c.Status(fiber.StatusTooManyRequests).JSON(fiber.Map{"detail": "没传完的文件太多了，请等正在上传的完成，或一小时后再传"})
		}
		id, mode = rand.Text(), os.O_WRONLY|os.O_CREATE|os.O_EXCL
	}
	name, err := a.intake.Partial(by, id)
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
	size, err := intake.Receive(f, head, offset)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if size > intake.MaxScan {
		return errors.Join(c.Status(fiber.StatusRequestEntityTooLarge).JSON(fiber.Map{"detail": intake.ErrFileBig.Detail}),
			os.Remove(name))
	}
	return c.JSON(fiber.Map{"id": id, "offset": size})
}
