package forms

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"anju/workflow"
	"anju/workflow/glossary"
)

// Render gives the PDF of the paper: the same bytes for the same Data. It fails with a GlyphError on a character that
// the font lacks, with ErrNoLayout on an unknown kind, and on pictures that are no PNG or too large.
func Render(d Data) ([]byte, error) {
	fields, err := gather(d)
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", d.Document.Kind, err)
	}
	return render(&sheet{form: d.Document.Kind, fields: fields, data: d})
}

// Blank gives the empty form to be printed and filled by hand.
func Blank(k glossary.DocumentKind) ([]byte, error) {
	return render(&sheet{form: k, fields: map[string]any{"title": TitleOf(k)},
		data: Data{Document: workflow.Document{Kind: k}}, blank: true})
}

func render(s *sheet) ([]byte, error) {
	s.left = &places{filled: map[string]bool{}}
	body, err := s.body()
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", s.form, err)
	}
	assets, err := pictures(s.data)
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", s.form, err)
	}
	title := strings.TrimSpace(TitleOf(s.form) + " " + s.data.Document.Number)
	about := metadata{title: title, at: s.data.Document.IssuedAt}
	if !s.blank {
		about.blank = s.left.blank()
	}
	pdf, err := typeset(body, assets, about)
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", s.form, err)
	}
	return pdf, nil
}

// FieldsOf lists the names of the fields that a form reads, sorted; [] stands for the rows of a list. It fails with
// ErrNoLayout.
func FieldsOf(k glossary.DocumentKind) ([]string, error) {
	read := map[string]bool{}
	for _, has := range []bool{true, false} { // both sides of every choice in the layout
		s := &sheet{form: k, fields: map[string]any{}, blank: true, data: Data{Document: workflow.Document{Kind: k}},
			probe: &probe{read, has}}
		if _, err := s.body(); err != nil {
			return nil, err
		}
	}
	var names []string
	for n := range read {
		names = append(names, n)
	}
	slices.Sort(names)
	return names, nil
}

func (s *sheet) body() (string, error) {
	t, err := layoutOf(s.form)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		var glyph *GlyphError
		if errors.As(err, &glyph) {
			return "", glyph
		}
		return "", err
	}
	return b.String(), nil
}
