package workflow

import (
	"fmt"
	"strings"
)

// Decimal is an area in ㎡, or a span or height in m, as an exact count of hundredths (A17: two decimals,
// never floats). Its text form is a plain decimal such as "166.00".
type Decimal int64

// DecimalPattern is the text that ParseDecimal accepts, as a regular expression: full-width digits are
// taken as typed by a Chinese input method.
const DecimalPattern = `^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$`

// ParseDecimal reads a non-negative decimal of at most seven digits before and two after the point.
// It fails on anything else: signs, exponents, a third decimal.
func ParseDecimal(s string) (Decimal, error) {
	whole, fraction, pointed := strings.Cut(Narrow(s), ".")
	if whole == "" || len(whole) > 7 || len(fraction) > 2 || pointed && fraction == "" {
		return 0, fmt.Errorf("%q is not a decimal with at most two places, such as 166.00", s)
	}
	var n int64
	for _, r := range whole + (fraction + "00")[:2] {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("%q is not a decimal with at most two places, such as 166.00", s)
		}
		n = n*10 + int64(r-'0')
	}
	return Decimal(n), nil
}

// String gives the decimal with two places.
func (d Decimal) String() string { return fmt.Sprintf("%d.%02d", int64(d)/100, int64(d)%100) }

// MarshalText implements encoding.TextMarshaler.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it fails as ParseDecimal does.
func (d *Decimal) UnmarshalText(b []byte) error {
	v, err := ParseDecimal(string(b))
	*d = v
	return err
}

// Narrow turns the full-width forms of ASCII into ASCII and trims spaces.
func Narrow(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000':
			return ' '
		}
		return r
	}, s))
}
