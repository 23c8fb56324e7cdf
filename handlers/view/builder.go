package view

import (
	"anju/workflow/casework"
)

// Builder builds views of what the workflow and the store know.
type Builder struct {
	svc   *casework.Service
	store Store
}

// NewBuilder returns a builder over a store.
func NewBuilder(svc *casework.Service, store Store) *Builder {
	return &Builder{svc: svc, store: store}
}
