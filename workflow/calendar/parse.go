package calendar

import (
	"bytes"
	"encoding/json"
	"slices"
)

// ParseYears reads the notices of one year, or of an array of them, in the form that `anju calendar show YEAR --json`
// prints. It fails with *Refused where ParseYear does and on a year given twice.
func ParseYears(text []byte) ([]Year, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	parts := []json.RawMessage{text}
	if bytes.HasPrefix(text, []byte("[")) {
		if err := json.Unmarshal(text, &parts); err != nil {
			return nil, refused(0, "%v", err)
		}
		if len(parts) == 0 {
			return nil, refused(0, "there is no year in it")
		}
	}
	var years []Year
	for _, part := range parts {
		y, err := ParseYear(part)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(years, func(o Year) bool { return o.Year == y.Year }) {
			return nil, refused(y.Year, "it is given twice")
		}
		years = append(years, y)
	}
	return years, nil
}
