// Package forms holds what people send: one struct a form, with an example that the demo county accepts and the checks
// that its schema cannot say. It knows no chain.
package forms
