package calendar

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ParseYears reads the notices of one year, or of an array of them, in the form that `anju calendar show YEAR --json` prints. It fails
// where a notice does not hold, on a year given twice, and on a provisional one.
func ParseYears(text []byte) ([]Year, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	parts := []json.RawMessage{text}
	if bytes.HasPrefix(text, []byte("[")) {
		if err := json.Unmarshal(text, &parts); err != nil {
			return nil, err
		}
		if len(parts) == 0 {
			return nil, errors.New("there is no year in it")
		}
	}
	var years []Year
	for _, part := range parts {
		part, err := published(part)
		if err != nil {
			return nil, err
		}
		y, err := ParseYear(part)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(years, func(o Year) bool { return o.Year == y.Year }) {
			return nil, fmt.Errorf("year %d is given twice", y.Year)
		}
		years = append(years, y)
	}
	return years, nil
}

// published takes from what `calendar show --json` prints of a year the sums that it adds, and refuses a provisional one: it has
// no notice, and would turn weekends into the law.
func published(part []byte) ([]byte, error) {
	var shown map[string]json.RawMessage
	if json.Unmarshal(part, &shown) != nil || shown["months"] == nil {
		return part, nil // ParseYear says what is wrong with it
	}
	if string(shown["provisional"]) == "true" {
		return nil, errors.New("the year has no notice yet, it is counted by weekdays")
	}
	for _, sum := range []string{"provisional", "working_days", "rest_days", "months"} {
		delete(shown, sum)
	}
	return json.Marshal(shown)
}
