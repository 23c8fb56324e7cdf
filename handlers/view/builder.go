package view

import "anju/workflow"

// Builder builds views of what the workflow and the store know.
type Builder struct {
	svc   *workflow.Service
	store Store
}

// NewBuilder returns a builder over a store.
func NewBuilder(svc *workflow.Service, store Store) *Builder {
	return &Builder{svc: svc, store: store}
}
