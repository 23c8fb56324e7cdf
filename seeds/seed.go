// Package seeds holds what a county starts with: its divisions, the offices of each level, the legal calendar, and a
// demo county with people and cases. Loading twice changes nothing.
package seeds

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

//go:embed divisions.csv offices.yml demo.yml contractors.yml stories.yml holidays/*.json
var files embed.FS

// Holidays are the notices of the State Council that the program carries, the earliest year first. It fails only on a
// file that does not hold, which the tests of this package would have found.
func Holidays() ([]calendar.Year, error) {
	names, err := fs.Glob(files, "holidays/*.json")
	if err != nil {
		return nil, err
	}
	years := make([]calendar.Year, 0, len(names))
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		y, err := calendar.ParseYear(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		years = append(years, y)
	}
	return years, nil
}

// Calendar is the calendar of those notices, for what is counted without a database.
func Calendar() (*calendar.Calendar, error) {
	years, err := Holidays()
	if err != nil {
		return nil, err
	}
	return calendar.New(1, years...)
}

// Division is one row of divisions.csv.
type division struct{ code, name, level, parent string }

func divisions() ([]division, error) {
	b, err := files.ReadFile("divisions.csv")
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("divisions.csv: %w", err)
	}
	list := make([]division, 0, len(rows))
	for _, r := range rows[1:] {
		if len(r[0]) != 12 {
			return nil, fmt.Errorf("divisions.csv: %q is not a code of twelve digits", r[0])
		}
		list = append(list, division{r[0], r[1], r[2], r[3]})
	}
	return list, nil
}

type officeTemplate struct {
	Kind   string   `yaml:"kind"`
	Name   string   `yaml:"name"`
	Short  string   `yaml:"short"`
	Groups []string `yaml:"groups"`
}

// office is one desk of the county.
type office struct{ kind, name, short, division string }

// offices builds every office from the templates: one of each kind for every division of the level. A kind that a
// matter has added is called by its title and signs with the stem of its division, where no template says otherwise.
func offices(divs []division) ([]office, error) {
	var templates map[string][]officeTemplate
	if err := readYAML("offices.yml", &templates); err != nil {
		return nil, err
	}
	for _, o := range glossary.Added() {
		if level := string(o.Level); !slices.ContainsFunc(templates[level],
			func(t officeTemplate) bool { return t.Kind == string(o.Kind) }) {
			templates[level] = append(templates[level], officeTemplate{Kind: string(o.Kind),
				Name: "{name}" + strings.TrimPrefix(o.Title, "县"), Short: "{stem}"})
		}
	}
	names := map[string]string{}
	for _, d := range divs {
		names[d.code] = shortName(d)
	}
	var list []office
	for _, d := range divs {
		for _, t := range templates[d.level] {
			in := strings.NewReplacer("{name}", names[d.code], "{parent}", names[d.parent], "{stem}", stem(d))
			name, short := in.Replace(t.Name), in.Replace(t.Short)
			if len(t.Groups) == 0 {
				list = append(list, office{t.Kind, name, short, d.code})
			}
			for _, g := range t.Groups {
				list = append(list, office{t.Kind, name, short, d.code + g})
			}
		}
	}
	return list, nil
}

// stem is the name of a division without its level: 稷峰 of 稷峰镇.
func stem(d division) string {
	for _, level := range []string{"街道办事处", "街道", "镇", "乡", "县"} {
		if s, ok := strings.CutSuffix(d.name, level); ok {
			return s
		}
	}
	return d.name
}

// shortName is how offices of a division are called: 马村村委会 is the committee of 马村.
func shortName(d division) string {
	if d.level == "village" {
		return strings.TrimSuffix(d.name, "村委会")
	}
	return d.name
}

func readYAML(name string, into any) error {
	b, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(b, into, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
