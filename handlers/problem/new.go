package problem

import (
	"log/slog"

	"anju/handlers/view"
	"anju/workflow/casework"
)

// Translator turns errors into what is answered.
type Translator struct {
	svc   *casework.Service
	store Store
	log   *slog.Logger
	views *view.Builder
}

// NewTranslator returns a translator that logs what has no kind to log.
func NewTranslator(svc *casework.Service, store Store, log *slog.Logger, views *view.Builder) *Translator {
	return &Translator{svc: svc, store: store, log: log, views: views}
}
