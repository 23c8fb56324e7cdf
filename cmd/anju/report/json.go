package report

import (
	"encoding/json"
	"io"
)

// WriteJSON writes one value for a script.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
