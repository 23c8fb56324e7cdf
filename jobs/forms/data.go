package forms

import (
	"errors"
	"fmt"

	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// Data is what a paper is made from: facts as they stood when it was issued. Nothing in it is looked up.
type Data struct {
	Chain     workflow.Chain
	Chains    workflow.Chains // of the county: what earlier cases of the household serve for
	Case      workflow.Case
	Document  workflow.Document
	Household forms.Household // ID numbers and phones in clear: only the papers that carry them read them

	Township, Village, Group string // names
	Office                   string // who signs
	Signer                   string
	Signature                []byte // PNG drawn by the deciding officer, nil for none
	Seal                     []byte // PNG of the office's seal, only where its head let it be placed
	Verify                   string // address in the QR code, "" for none
	Copy                     string // such as 存档件, "" for none

	Said   map[string]any // what the act that issued the paper said, by the names of its form
	Fields map[string]any // by the names of FieldsOf; they add to what the case holds and was said, and replace it
}

// ErrNoLayout is the answer for a kind of paper that has no layout.
var ErrNoLayout = errors.New("no layout for this kind of paper")

// GlyphError refuses a text that the font cannot draw: it would print as nothing.
type GlyphError struct {
	Form  glossary.DocumentKind
	Field string
	Rune  rune
}

// Error implements error.
func (e *GlyphError) Error() string {
	return fmt.Sprintf("%s: field %s has the character %q (%U), which the font of the papers lacks", e.Form, e.Field,
		e.Rune, e.Rune)
}

// Sign names the field and the character that the paper cannot show.
func (e *GlyphError) Sign() (form, field string, sign rune) { return string(e.Form), e.Field, e.Rune }
