package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"anju/handlers/lookup"
	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/workflow/casework"
)

// Service takes what officers send, checks it and enters it once.
type Service struct {
	settings     request.Settings
	svc          *casework.Service
	store        Store
	log          *slog.Logger
	gate         *request.Gate
	problems     *problem.Translator
	lookup       *lookup.Reader
	jobs         lookup.Queue                // nil where another process runs the jobs
	checkChannel func(json.RawMessage) error // tells in Chinese what is wrong with a channel; nil: not checked
}

// NewService returns a service that keeps scans in the upload folder. It fails where the folder cannot be used.
func NewService(settings request.Settings, svc *casework.Service, store Store, log *slog.Logger, gate *request.Gate,
	problems *problem.Translator,
	reader *lookup.Reader, jobs lookup.Queue, checkChannel func(json.RawMessage) error) (*Service, error) {
	if err := prepareUploads(settings.UploadDir); err != nil {
		return nil, err
	}
	return &Service{settings: settings, svc: svc, store: store, log: log, gate: gate, problems: problems, lookup: reader,
		jobs:         jobs,
		checkChannel: checkChannel}, nil
}

func prepareUploads(dir string) error {
	if dir == "" {
		return errors.New("handlers: no folder for uploads is set")
	}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return fmt.Errorf("prepare the folder for uploads: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "tmp", "*"))
	if err != nil {
		return fmt.Errorf("prepare the folder for uploads: %w", err)
	}
	for _, name := range left { // of a program that was killed while it wrote; another one may be writing now
		if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > 24*time.Hour {
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("prepare the folder for uploads: %w", err)
			}
		}
	}
	return nil
}
