package backup

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"anju/cmd/anju/failure"
	"anju/models/archive"
)

// addFile adds one file, or says why it cannot be: it is proved before it is read into the archive.
func addFile(a *archive.Writer, path, name string) (why string, err error) {
	f, err := os.Open(path) //nolint:gosec // the folder is the operator's setting and the name a hash
	if errors.Is(err, fs.ErrNotExist) {
		return "missing", nil
	}
	if err != nil {
		return "", failure.Plain(err)
	}
	defer func() { err = failure.First(err, f.Close()) }()
	sum := sm3.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return "", failure.Plain(err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != name {
		return "altered", nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", failure.Plain(err)
	}
	return "", a.Add(archive.FilesDir+name, size, f)
}

// verifier takes nothing, and proves that the content of each file is what its name says.
type verifier struct{}

// Accept implements archive.Taker.
func (*verifier) Accept(h archive.Head) error { return acceptFormat(h) }

// Take implements archive.Taker.
func (*verifier) Take(name string, from io.Reader) error {
	file, ok := strings.CutPrefix(name, archive.FilesDir)
	if !ok {
		return nil
	}
	return copyFile(io.Discard, file, from)
}

// copyFile copies a file and fails where its content is not what its name says.
func copyFile(to io.Writer, name string, from io.Reader) error {
	sum := sm3.New()
	if _, err := io.Copy(io.MultiWriter(to, sum), from); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != name {
		return fmt.Errorf("%w: file %s is not what its name says", archive.ErrDamaged, name)
	}
	return nil
}

func acceptFormat(h archive.Head) error {
	if h.Format > archive.Format {
		return fmt.Errorf("it is of format %d, written by anju %s, and this program reads up to format %d; use that "+
			"version of anju",
			h.Format, h.Program, archive.Format)
	}
	return nil
}
