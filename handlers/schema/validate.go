package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/signs"
)

// Refusal is what was found as an error; nil for nothing.
func (f Findings) Refusal() error {
	if len(f) == 0 {
		return nil
	}
	return &workflow.Invalid{Fields: f}
}

// maxDepth of JSON nesting; no form is deeper than six.
const maxDepth = 32

// ErrEncoding and errSyntax refuse a body that is no text, or no JSON: 400, nothing was looked at.
var (
	ErrEncoding = errors.New("body is not UTF-8")
	ErrSyntax   = errors.New("body is not JSON")
)

type validated struct{ raw []byte }

// Validated is the payload of a caller outside the program: JSON that is checked against the form's schema, decoded,
// and checked by the form itself, in this order. It fails with *workflow.Invalid, or as broken text or JSON.
func Validated(raw []byte) workflow.Payload { return validated{raw} }

// Decode implements workflow.Payload.
func (v validated) Decode(into any, now time.Time) error {
	raw := v.raw
	if len(bytes.TrimSpace(raw)) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		raw = []byte("{}")
	}
	if err := DecodeJSON(raw, into); err != nil {
		return err
	}
	if c, ok := into.(workflow.Checker); ok {
		if found := c.Check(now); len(found) > 0 {
			return &workflow.Invalid{Fields: found}
		}
	}
	return nil
}

// DecodeJSON reads JSON into a struct after checking it against the schema of the struct. It fails with errEncoding,
// errSyntax or *workflow.Invalid with every field that does not hold.
func DecodeJSON(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return ErrEncoding
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		var twice *workflow.Invalid
		if errors.As(err, &twice) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: text after the value", ErrSyntax)
	}
	var found Findings
	found.check(Of(reflect.TypeOf(into).Elem()), v, "")
	if len(found) > 0 {
		return &workflow.Invalid{Fields: found}
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(into); err != nil {
		return Invalid("body", "内容无法读取，请按字段说明填写")
	}
	return nil
}

// Invalid refuses one field.
func Invalid(field, message string) *workflow.Invalid {
	return &workflow.Invalid{Fields: []workflow.FieldError{{Field: field, Message: message}}}
}

// readValue reads one value and refuses a field that stands twice: the standard decoder would silently keep the last.
func readValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		m := map[string]any{}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			name, _ := k.(string)
			if _, twice := m[name]; twice {
				return nil, Invalid(Shown(name), "同一字段出现了两次，请只保留一个")
			}
			if m[name], err = readValue(d, depth+1); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		return m, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return t, nil
}

// Findings collects what is wrong in a submission.
type Findings []workflow.FieldError

// Add adds a finding to a path.
func (f *Findings) Add(path, format string, a ...any) {
	if len(*f) < 100 {
		*f = append(*f, workflow.FieldError{Field: path, Message: fmt.Sprintf(format, a...)})
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Shown bounds what is repeated to the sender of an unknown field's name.
func Shown(name string) string {
	if utf8.RuneCountInString(name) > 60 {
		name = string([]rune(name)[:60]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if Unprintable(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, name)
}

// check walks a value beside its schema and notes what does not hold, one sentence a field.
func (f *Findings) check(s *huma.Schema, v any, path string) {
	title := s.Description
	if title == "" {
		title = "该项"
	}
	switch s.Type {
	case huma.TypeObject:
		m, ok := v.(map[string]any)
		if !ok {
			f.Add(at(path), "%s应为一组字段（JSON 对象）", title)
			return
		}
		f.object(s, m, path)
	case huma.TypeArray:
		list, ok := v.([]any)
		switch {
		case !ok:
			f.Add(at(path), "%s应为列表（JSON 数组）%s", title, example(s))
		case s.MinItems != nil && len(list) < *s.MinItems:
			f.Add(at(path), "%s至少填写 %d 项", title, *s.MinItems)
		case s.MaxItems != nil && len(list) > *s.MaxItems:
			f.Add(at(path), "%s最多填写 %d 项", title, *s.MaxItems)
		default:
			items := *s.Items
			if items.Description == "" {
				items.Description = s.Description
			}
			for i, item := range list {
				f.check(&items, item, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	case huma.TypeString:
		text, ok := v.(string)
		if !ok {
			f.Add(at(path), "%s应为文字%s", title, example(s))
			return
		}
		f.text(s, text, at(path), title)
	case huma.TypeBoolean:
		if _, ok := v.(bool); !ok {
			f.Add(at(path), "%s应为是或否（true 或 false）", title)
		}
	case huma.TypeInteger:
		n, ok := v.(json.Number)
		i, err := strconv.ParseInt(string(n), 10, 64)
		if !ok || err != nil {
			f.Add(at(path), "%s应为整数%s%s", title, span(s), example(s))
			return
		}
		if s.Minimum != nil && float64(i) < *s.Minimum || s.Maximum != nil && float64(i) > *s.Maximum {
			f.Add(at(path), "%s超出范围%s%s", title, span(s), example(s))
		}
	}
}

func at(path string) string {
	if path == "" {
		return "data"
	}
	return path
}

func (f *Findings) object(s *huma.Schema, m map[string]any, path string) {
	order, _ := s.Extensions[orderKey].([]string)
	for _, name := range order {
		p := s.Properties[name]
		v, there := m[name]
		switch {
		case !there && slices.Contains(s.Required, name), there && v == nil && slices.Contains(s.Required, name):
			f.Add(join(path, name), "请填写%s%s", p.Description, example(p))
		case there && v == nil:
			f.Add(join(path, name), "%s不填写时请去掉该字段，不要写 null", p.Description)
		case there:
			f.check(p, v, join(path, name))
		}
	}
	unknown := make([]string, 0, len(m))
	for name := range m {
		if _, ok := s.Properties[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		f.Add(join(path, Shown(name)), "没有“%s”这个字段，请核对字段名", Shown(name))
	}
}

var patterns sync.Map // string → *regexp.Regexp

func matches(pattern, text string) bool {
	re, ok := patterns.Load(pattern)
	if !ok {
		re, _ = patterns.LoadOrStore(pattern, regexp.MustCompile(pattern))
	}
	return re.(*regexp.Regexp).MatchString(text)
}

func (f *Findings) text(s *huma.Schema, text, path, title string) {
	n := utf8.RuneCountInString(text)
	switch {
	case strings.ContainsFunc(text, Unprintable), !long(s) && strings.ContainsAny(text, "\n\t"):
		f.Add(path, "%s"+SaysUnprintable, title)
	case SaysSign(text, free(s)) != "":
		f.Add(path, "%s%s", title, SaysSign(text, free(s)))
	case len(s.Enum) > 0:
		if !slices.Contains(s.Enum, any(text)) {
			names := make([]string, len(s.Enum))
			for i, e := range s.Enum {
				names[i] = fmt.Sprint(e)
			}
			f.Add(path, "%s只能是 %s 之一", title, strings.Join(names, "、"))
		}
	case s.Format == "date":
		if _, err := calendar.ParseDay(text); err != nil {
			f.Add(path, "%s应为真实存在的日期，写作 2026-03-02", title)
		}
	case s.Pattern == workflow.DecimalPattern:
		if !matches(s.Pattern, text) {
			f.Add(path, "%s应为 0 至 9999999.99 之间、最多两位小数的数%s", title, example(s))
		}
	case s.Pattern == phonePattern:
		if n := Digits(narrow(text)); !matches(s.Pattern, narrow(text)) || n < 7 {
			f.Add(path, "%s的格式不正确，应为 7 至 13 位电话号码%s", title, example(s))
		}
	case s.Pattern != "" && !matches(s.Pattern, text):
		f.Add(path, "%s的格式不正确%s", title, example(s))
	case s.MinLength != nil && (n < *s.MinLength || Blank(text)):
		f.Add(path, "请填写%s%s", title, example(s))
	case s.MaxLength != nil && n > *s.MaxLength:
		f.Add(path, "%s最多 %d 个字，现有 %d 个字，请缩短", title, *s.MaxLength, n)
	}
}

// What several fields say of a text that cannot stand.
const (
	SaysUnprintable = "含有不可见或无法显示的字符，请删除后重填"
	phonePattern    = `^[0-9\-]{7,13}$` // of forms.Person
)

// long texts may have lines; names, numbers and places are one line.
func long(s *huma.Schema) bool { return s.MaxLength != nil && *s.MaxLength >= 200 }

// free is a text in which another word can be chosen: longer than any name or place.
func free(s *huma.Schema) bool { return s.MaxLength != nil && *s.MaxLength > 200 }

// SaysSign names the first character of a text that no paper can show, and what to do; "" where there is none. A name
// or a place keeps an ideograph that is too new for the fonts: its papers are written by hand. Free text says it
// otherwise.
func SaysSign(text string, free bool) string {
	for _, r := range text {
		switch {
		case signs.Printable(r) || unicode.IsSpace(r) || Unprintable(r):
		case signs.Private(r):
			return signs.SaysPrivate(string(r))
		case free && signs.Ideograph(r):
			return fmt.Sprintf("中的“%c”（U+%04X）字库里没有，不能印在文书上，请换用其他字或者用文字说明", r, r)
		case !signs.Ideograph(r):
			return fmt.Sprintf("中的“%c”（U+%04X）不是文书可以使用的文字或符号，请删除或者换用文字", r, r)
		}
	}
	return ""
}

// Unprintable characters are kept by no database, shown by no page, or make a text read otherwise than it is.
func Unprintable(r rune) bool { return forms.Misleading(r) || forms.Unseen(r) }

// Blank tells whether nothing of a text can be seen.
func Blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		switch r {
		case 0x115f, 0x1160, 0x2800, 0x3164, 0xffa0: // letters that are drawn as nothing
			return false
		}
		return !unicode.IsSpace(r) && !unicode.In(r, unicode.C, unicode.M, unicode.Z) || unicode.Is(unicode.Co, r)
	})
}

// narrow writes full-width digits and dashes as telephones have them.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '－' || r == '—' || r == '–':
			return '-'
		}
		return r
	}, text)
}

// Digits counts the digits of a text.
func Digits(text string) int {
	n := 0
	for _, r := range text {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

func example(s *huma.Schema) string {
	if len(s.Examples) == 0 {
		return ""
	}
	b, err := json.Marshal(s.Examples[0])
	if err != nil {
		return ""
	}
	return "，例如 " + strings.Trim(string(b), `"`)
}

func span(s *huma.Schema) string {
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf("，应在 %.0f 至 %.0f 之间", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		return fmt.Sprintf("，不小于 %.0f", *s.Minimum)
	}
	return ""
}
