package forms

import (
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// sheet is what a layout sees: the fields of a paper, or of a part or a row of it, and where to write when there is
// none.
type sheet struct {
	form   glossary.DocumentKind
	fields map[string]any
	at     string // where these fields stand: "", "opinions.township.", "members[2]."
	args   map[string]string
	data   Data
	blank  bool
	probe  *probe
	left   *places // what was written and what was left to the pen; nil: not taken down
	filler bool    // an empty row that fills up a list
}

// places takes down the fields that a paper shows, in the order of the layout, and whether any of them has a text.
type places struct {
	order  []string
	filled map[string]bool
}

func (p *places) note(name string, filled bool) {
	if _, known := p.filled[name]; !known {
		p.order = append(p.order, name)
	}
	p.filled[name] = p.filled[name] || filled
}

// blank are the fields that no text stands in.
func (p *places) blank() []string {
	var names []string
	for _, n := range p.order {
		if !p.filled[n] {
			names = append(names, n)
		}
	}
	return names
}

// note takes down that the layout writes a field.
func (s *sheet) note(name string, filled bool) {
	if s.left != nil && !s.filler {
		s.left.note(anyRow(s.at+name), filled)
	}
}

// probe takes down which fields a layout reads.
type probe struct {
	read map[string]bool
	has  bool
}

// value finds a field by its name, step by step through parts.
func (s *sheet) value(name string) any {
	if s.probe != nil {
		s.probe.read[anyRow(s.at+name)] = true
		return nil
	}
	if v, ok := s.fields[name]; ok {
		return v
	}
	var v any = s.fields
	for step := range strings.SplitSeq(name, ".") {
		part, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = part[step]
	}
	return v
}

// anyRow turns members[2].name into members[].name.
func anyRow(name string) string {
	for i := strings.IndexByte(name, '['); i >= 0; {
		j := i + strings.IndexByte(name[i:], ']')
		name = name[:i+1] + name[j:]
		next := strings.IndexByte(name[i+2:], '[')
		if next < 0 {
			break
		}
		i += 2 + next
	}
	return name
}

// text writes a value as the papers do, without what cannot be seen. It fails on a character that the font lacks.
func (s *sheet) text(name string, v any) (string, error) {
	var out string
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		out = v
	case bool:
		out = map[bool]string{true: "是", false: "否"}[v]
	case float64: // a number of JSON: the forms have whole ones only, areas are strings
		out = strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		out = dayText(calendar.DayOf(v))
	case calendar.Day:
		out = dayText(v)
	case []any:
		var all []string
		for i, e := range v {
			t, err := s.text(fmt.Sprintf("%s[%d]", name, i), e)
			if err != nil {
				return "", err
			}
			all = append(all, t)
		}
		return strings.Join(all, "、"), nil
	default:
		out = fmt.Sprint(v)
	}
	out = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1 // direction marks and joiners show nothing and could only mislead
		}
		return r
	}, out)
	for _, r := range out {
		if ok, err := drawn(r); err != nil {
			return "", err
		} else if !ok {
			return "", &GlyphError{Form: s.form, Field: s.at + name, Rune: r}
		}
	}
	return strings.TrimSpace(out), nil
}

// V is a field as text, "" when it is not there.
func (s *sheet) V(name string) (string, error) {
	t, err := s.text(name, s.value(name))
	s.note(name, t != "")
	return t, err
}

// Has tells whether a field is there.
func (s *sheet) Has(name string) (bool, error) {
	v, err := s.text(name, s.value(name))
	if s.probe != nil {
		return s.probe.has, err
	}
	return v != "", err
}

// Text is a field of several lines.
func (s *sheet) Text(name string) (template.HTML, error) {
	t, err := s.V(name)
	if t == "" {
		return gap(0.1, false), err // an empty paragraph would lose the height of its cell
	}
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(t), "\n", "<br>")), err
}

// L is a field in a running line: underlined, or a line of so many characters to write on.
func (s *sheet) L(name string, ems float64) (template.HTML, error) {
	t, err := s.V(name)
	if err != nil {
		return "", err
	}
	return underlined(t, ems), nil
}

func underlined(t string, ems float64) template.HTML {
	if t == "" {
		return gap(ems, true)
	}
	return template.HTML("<u>" + strings.ReplaceAll(template.HTMLEscapeString(t), "\n", " ") + "</u>")
}

// gap is a space of so many characters: the engine swallows spaces, so it is a box.
func gap(ems float64, line bool) template.HTML {
	class := "gap"
	if line {
		class = "gap line"
	}
	return template.HTML(`<span class="` + class + fmt.Sprintf(`" style="width:%.1fpt"></span>`, ems*10.5))
}

// Gap is an empty space in a line.
func (s *sheet) Gap(ems float64) template.HTML { return gap(ems, false) }

// Or is a field, or a fixed text where it is not there.
func (s *sheet) Or(name, otherwise string) (string, error) {
	t, err := s.text(name, s.value(name))
	if t == "" {
		t = otherwise
	}
	return t, err
}

// Date is a day as the papers write it, or the place for one.
func (s *sheet) Date(name string) (template.HTML, error) {
	d, t, err := s.day(name)
	s.note(name, d != 0 || t != "")
	switch {
	case err != nil:
		return "", err
	case t != "" && d == 0:
		return template.HTML(template.HTMLEscapeString(t)), nil
	case d == 0:
		return gap(2, false) + "年" + gap(1, false) + "月" + gap(1, false) + "日", nil
	}
	return template.HTML(dayText(d)), nil
}

// Month is a day without its day, as the validity of a certificate is written.
func (s *sheet) Month(name string) (template.HTML, error) {
	d, _, err := s.day(name)
	s.note(name, d != 0)
	if err != nil || d == 0 {
		return gap(2.5, true) + "年" + gap(1.5, true) + "月", err
	}
	y, m, _ := d.Date()
	return template.HTML(fmt.Sprintf("<u>%d</u>年<u>%d</u>月", y, m)), nil
}

// day reads a field as a day; a text that is none comes back as it stands.
func (s *sheet) day(name string) (calendar.Day, string, error) {
	switch v := s.value(name).(type) {
	case time.Time:
		if v.IsZero() {
			return 0, "", nil
		}
		return calendar.DayOf(v), "", nil
	case calendar.Day:
		return v, "", nil
	case string:
		if d, err := calendar.ParseDay(v); err == nil {
			return d, "", nil
		}
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return calendar.DayOf(at), "", nil
		}
		t, err := s.text(name, v)
		return 0, t, err
	default:
		return 0, "", nil
	}
}

func dayText(d calendar.Day) string {
	if d == 0 {
		return ""
	}
	return d.Civil()
}

// Time is an instant with hour and minute in the county's zone.
func (s *sheet) Time(name string) (template.HTML, error) {
	v := s.value(name)
	if t, ok := v.(string); ok {
		if at, err := time.Parse(time.RFC3339, t); err == nil {
			v = at
		}
	}
	if at, ok := v.(time.Time); ok && !at.IsZero() {
		s.note(name, true)
		minutes := int(at.Sub(calendar.DayOf(at).Start()) / time.Minute)
		return template.HTML(fmt.Sprintf("%s%d时%02d分", dayText(calendar.DayOf(at)), minutes/60, minutes%60)), nil
	}
	if v != nil {
		return s.Date(name)
	}
	s.note(name, false)
	place := gap(1.4, false)
	for _, unit := range []template.HTML{"年", "月", "日", "时"} {
		place += unit + gap(0.7, false)
	}
	return place + "分", nil
}

// Box is a box to tick, ticked where the field has the value.
func (s *sheet) Box(name string, value any) string {
	v := s.value(name)
	list, many := v.([]any)
	s.note(name, v != nil && v != "" && (!many || len(list) > 0))
	if s.is(name, value) {
		return "☑"
	}
	return "□"
}

// Is tells whether a field has a value, or holds it in its list.
func (s *sheet) Is(name string, value any) bool {
	is := s.is(name, value)
	if s.probe != nil {
		return s.probe.has
	}
	return is
}

func (s *sheet) is(name string, value any) bool {
	v := s.value(name)
	if list, ok := v.([]any); ok {
		for _, e := range list {
			if fmt.Sprint(e) == fmt.Sprint(value) {
				return true
			}
		}
		return false
	}
	return v != nil && fmt.Sprint(v) == fmt.Sprint(value)
}

// Word writes a value of a closed list in the county's words: value, word, value, word.
func (s *sheet) Word(name string, pairs ...string) (string, error) {
	t, err := s.V(name)
	raw := fmt.Sprint(s.value(name))
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == raw {
			return pairs[i+1], err
		}
	}
	return t, err
}

// Rows are the rows of a list, with empty ones up to a number.
func (s *sheet) Rows(name string, least int) []*sheet {
	var rows []*sheet
	if v := reflect.ValueOf(s.value(name)); v.Kind() == reflect.Slice {
		for i := range v.Len() {
			row, _ := v.Index(i).Interface().(map[string]any)
			if row == nil {
				row = map[string]any{"name": v.Index(i).Interface()}
			}
			rows = append(rows, s.part(fmt.Sprintf("%s[%d].", name, i), row))
		}
	}
	if s.probe != nil {
		delete(s.probe.read, anyRow(s.at+name))
		least = max(least, 1)
	}
	s.note(name, len(rows) > 0)
	for i := len(rows); i < least; i++ {
		row := s.part(fmt.Sprintf("%s[%d].", name, i), nil)
		row.filler = true
		rows = append(rows, row)
	}
	return rows
}

// Lines are the rows of a list on a notice: with empty ones only where the form is filled by hand, so that nothing is
// added to what was issued.
func (s *sheet) Lines(name string, least int) []*sheet {
	if !s.blank {
		least = 0
	}
	return s.Rows(name, least)
}

// Count is how many table rows Rows gives, and more beside them: the height of the cell that names the list.
func (s *sheet) Count(name string, least, more int) int { return len(s.Rows(name, least)) + more }

// N is the number of a row, from 1.
func (s *sheet) N() string {
	i := strings.LastIndexByte(s.at, '[')
	n, err := strconv.Atoi(strings.TrimSuffix(s.at[i+1:], "]."))
	if i < 0 || err != nil {
		return ""
	}
	return strconv.Itoa(n + 1)
}

// With is a part of the paper for a shared piece of layout, with fixed words: name, word, name, word. An empty part is
// the paper itself.
func (s *sheet) With(part string, words ...string) *sheet {
	sub := *s
	if part != "" {
		v := s.value(part)
		if s.probe != nil {
			delete(s.probe.read, anyRow(s.at+part))
		}
		fields, _ := v.(map[string]any)
		sub = *s.part(part+".", fields)
		for name, v := range s.fields { // given one by one: "opinions.township.head"
			if rest, ok := strings.CutPrefix(name, part+"."); ok {
				sub.fields[rest] = v
			}
		}
	}
	sub.args = map[string]string{}
	for i := 0; i+1 < len(words); i += 2 {
		sub.args[words[i]] = words[i+1]
	}
	return &sub
}

func (s *sheet) part(at string, fields map[string]any) *sheet {
	sub := *s
	sub.at, sub.fields, sub.args = s.at+at, map[string]any{}, nil
	for k, v := range fields {
		sub.fields[k] = v
	}
	return &sub
}

// Arg is a fixed word given by With.
func (s *sheet) Arg(name string) string { return s.args[name] }

// Seal, Signature, QR and Copy tell what Data brings beside its fields.
func (s *sheet) Seal() bool      { return len(s.data.Seal) > 0 }
func (s *sheet) Signature() bool { return len(s.data.Signature) > 0 }
func (s *sheet) QR() bool        { return s.data.Verify != "" }
func (s *sheet) Blank() bool     { return s.blank }
