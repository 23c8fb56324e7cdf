package seeds

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"anju/models"
	"anju/models/org"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// Mark is the setting that says which seeds a database holds.
const Mark = "seeds"

// Load brings in the divisions, the offices of each level and the legal calendar. Loading twice changes nothing; where
// the same seeds are in already it looks and is done.
func Load(ctx context.Context, store *models.Store) error {
	sum, err := checksum()
	if err != nil {
		return err
	}
	if in, _, err := store.Setting(ctx, Mark); err != nil || in == sum {
		return err
	}
	divs, err := divisions()
	if err != nil {
		return err
	}
	all, err := offices(divs)
	if err != nil {
		return err
	}
	years, err := Holidays()
	if err != nil {
		return err
	}
	rows := make([]org.Division, 0, len(divs))
	for _, d := range divs {
		rows = append(rows, org.Division{Code: d.code, Name: d.name, Level: d.level, Parent: d.parent})
	}
	if err := store.AddDivisions(ctx, rows); err != nil {
		return fmt.Errorf("load divisions: %w", err)
	}
	desks := make([]org.Office, 0, len(all))
	for _, o := range all {
		desks = append(desks, org.Office{Kind: glossary.Party(o.kind), Name: o.name, Short: o.short, Division: o.division})
	}
	if err := store.AddOffices(ctx, desks); err != nil {
		return fmt.Errorf("load offices: %w", err)
	}
	if in, err := store.CalendarVersions(ctx); err != nil || len(in) == 0 {
		// later notices are the county's to import; those that a new program brings are taken in by Missing
		if err := errors.Join(err, store.ImportYears(ctx, 0, years)); err != nil {
			return fmt.Errorf("load holidays: %w", err)
		}
	}
	return store.SetSetting(ctx, Mark, sum)
}

// Missing lists the notices that the program carries and a calendar does not have, in whatever wording: what the county
// has imported stays. They are put in force by casework.Service.ImportCalendar, which recounts what is open.
func Missing(c *calendar.Calendar) ([]calendar.Year, error) {
	years, err := Holidays()
	in := map[int]bool{}
	for _, y := range c.Years() {
		in[y.Year] = true
	}
	return slices.DeleteFunc(years, func(y calendar.Year) bool { return in[y.Year] }), err
}

// checksum tells one state of the seeds from another; the demo county is no part of it.
func checksum() (string, error) {
	h := sha256.New()
	names, err := fs.Glob(files, "holidays/*.json")
	if err != nil {
		return "", err
	}
	for _, name := range append(names, "divisions.csv", "offices.yml") {
		b, err := files.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", name, len(b))
		h.Write(b)
	}
	for _, o := range glossary.Added() {
		fmt.Fprintf(h, "%s %s %s\n", o.Kind, o.Title, o.Level)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
