package intake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// PathOf is where the file of a hash lies. The name comes from the content alone.
func (a *Service) PathOf(hash string) string {
	return filepath.Join(a.settings.UploadDir, hash[:2], hash)
}

// keep writes a scan under its hash: whole, or not at all. The same scan twice is one file.
func (a *Service) keep(b []byte) (hash string, err error) {
	hash = Sum(b)
	to := a.PathOf(hash)
	if st, err := os.Stat(to); err == nil && st.Size() == int64(len(b)) {
		return hash, nil
	}
	f, err := os.CreateTemp(filepath.Join(a.settings.UploadDir, "tmp"), "scan-*")
	if err != nil {
		return "", fmt.Errorf("keep a scan: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o700)
	}
	if err == nil {
		err = os.Rename(f.Name(), to)
	}
	if err != nil {
		return "", fmt.Errorf("keep a scan: %w", err)
	}
	return hash, nil
}
