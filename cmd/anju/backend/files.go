package backend

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
)

// prepareFiles makes the data folder and says whether a key may be made: only for a database that is new too.
func prepareFiles(s settings.Settings, create bool) (freshKey bool, err error) {
	if _, err := os.Lstat(RestoreFolder(s.Data)); err == nil {
		return false, fmt.Errorf("a restore into %s has not ended; run `anju restore --in FILE` again", s.Data)
	}
	_, err = os.Stat(s.KeyFile)
	keyMissing := errors.Is(err, fs.ErrNotExist)
	fileMissing := false
	if !s.Postgres() {
		_, err = os.Stat(s.DB)
		fileMissing = errors.Is(err, fs.ErrNotExist)
	}
	if fileMissing && !create {
		return false, fmt.Errorf("database %s does not exist; begin with `anju serve`, or `anju migrate up` and `anju seed`",
			s.DB)
	}
	if !create {
		return false, nil
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return false, fmt.Errorf("data folder: %w; choose one that this user can write with ANJU_DATA", failure.Plain(err))
	}
	if !s.Postgres() {
		if err := os.MkdirAll(filepath.Dir(s.DB), 0o700); err != nil {
			return false, fmt.Errorf("database folder: %w; choose one that this user can write with ANJU_DB", failure.Plain(err))
		}
	}
	if keyMissing && s.From["key-file"] != "default" {
		return false, fmt.Errorf("key file %s does not exist; put the key there, or leave ANJU_KEY_FILE unset to have "+
			"one made", s.KeyFile)
	}
	return keyMissing && (s.Postgres() || fileMissing), nil
}

// Uploads returns the folder of the uploaded files.
func Uploads(data string) string { return filepath.Join(data, "uploads") }

// RestoreFolder is where a restore works. While it is there the data folder is not one to serve from.
func RestoreFolder(data string) string { return filepath.Join(data, "restore.partial") }
