package chains

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	. "anju/workflow"
)

// Published is every chain that Anju runs. A new version stands beside the old one.
func Published() Chains {
	return Chains{Homestead(), PlanningPermit(), ConstructionStartLowRise(), ConstructionStartOther(), CompletionLowRise(),
		CompletionOther(),
		BusinessUse(), Violation(), Hazard()}
}

// Pin names one version of a chain.
type Pin struct {
	ID      ChainID
	Version int
}

// Pins are the versions that may not change any more, each with the fingerprint of its content: a case ends under the
// version it began with, so a change of law is a new version beside the old.
type Pins map[Pin]string

// pins are the published versions. Up to the first release the chains may be rewritten, and the list is empty; each
// release adds the versions that it publishes.
var pins = Pins{}

// ErrRewritten says that a published version differs from what was published, or is missing.
var ErrRewritten = errors.New("a published version of a chain was changed")

// CheckPins compares chains with the pins. It fails with ErrRewritten, naming each version that differs or is missing.
func CheckPins(list Chains, pins Pins) error {
	var wrong []string
	for p, want := range pins {
		ch, err := list.At(p.ID, p.Version)
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%s version %d is missing", p.ID, p.Version))
		case Fingerprint(ch) != want:
			wrong = append(wrong, fmt.Sprintf("%s version %d", p.ID, p.Version))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%w: %s", ErrRewritten, strings.Join(wrong, ", "))
}

// CheckPublished compares the published chains with their pins. The program does not start where it fails.
func CheckPublished() error { return CheckPins(Published(), pins) }

// Fingerprint is the hash of everything that a chain says: its fields and rows, the names, rules and sentences of its
// conditions and effects, and the fields and tags of its forms. Code behind a row is not part of it.
func Fingerprint(ch Chain) string {
	var b strings.Builder
	say(&b, reflect.ValueOf(ch))
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

func say(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Func:
		fmt.Fprintf(b, "func %v;", !v.IsNil())
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil;")
			return
		}
		if v.Kind() == reflect.Interface {
			sayType(b, v.Elem().Type())
		}
		say(b, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			b.WriteString(v.Type().Field(i).Name + ":")
			say(b, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(b, "%d[", v.Len())
		for i := range v.Len() {
			say(b, v.Index(i))
		}
		b.WriteString("]")
	default:
		fmt.Fprintf(b, "%v;", v)
	}
}

// sayType writes the fields of a form with their tags.
func sayType(b *strings.Builder, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	b.WriteString(t.Name() + "{")
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Fprintf(b, "%s %q ", f.Name, f.Tag)
			sayType(b, f.Type)
		}
	}
	b.WriteString("}")
}
