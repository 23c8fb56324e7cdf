package db

import (
	"fmt"
	"strings"
	"time"

	"anju/workflow"
)

// NextNumbers takes the next number of each series. The row of a series is locked until the transaction ends, so that
// no number is left out or given twice. A series of which numbers may have been given before a restore starts beyond
// them.
func (t *Tx) NextNumbers(series ...string) ([]int, error) {
	got := make([]int, len(series))
	for i, name := range series {
		t.Query(func(scan func(...any) error) error { return scan(&got[i]) },
			"INSERT INTO number_series(name, last) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = number_series.last + "+
				"1 RETURNING last", name)
	}
	if err := t.Flush(); err != nil {
		return nil, NameLock(err, ErrNumberBusy)
	}
	for i, name := range series {
		if got[i] != 1 {
			continue
		}
		skip, err := t.skipUnseen(name)
		if err != nil {
			return nil, err
		}
		for j := range series {
			if series[j] == name {
				got[j] += skip
			}
		}
	}
	return got, t.ReserveNumbers(series, got)
}

// ReserveNumbers makes sure that the mark, where one is kept, covers the numbers that the transaction gives.
func (t *Tx) ReserveNumbers(series []string, numbers []int) error {
	if j := t.db.Journal(); j != nil {
		return j.Reserve(series, numbers)
	}
	return nil
}

// SeriesReserve is how many numbers of a series may be given before the mark is written again.
const SeriesReserve = 50

// SkipNumbers moves a series on to a number and explains those that it never gave.
func (t *Tx) SkipNumbers(series string, first, last int, cause string, at time.Time) {
	t.Exec("INSERT INTO number_series (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = excluded.last",
		series, last)
	t.explainGap(series, first, last, cause, at)
}

// explainGap writes down why numbers of a series are missing.
func (t *Tx) explainGap(series string, first, last int, cause string, at time.Time) {
	t.Exec("INSERT INTO number_gaps (series, first, last, cause, at, tag) VALUES (?, ?, ?, ?, ?, ?)", series, first, last,
		cause, at,
		t.db.Keys().Tag("number gap", GapText(series, first, last)))
}

// UnseenSetting is the day, in Shanghai, of the newest restore without a mark. What was given until then in a series
// that the backup does not have is not known.
const UnseenSetting = "numbers.unseen"

// unseenReserve is how many numbers a series that the backup does not have may have given before the restore: more than
// a county opens cases of one matter in a day, or a township issues papers of one kind in a quarter. It leaves a number
// its digits, three at least.
const unseenReserve = 500

// skipUnseen is how many numbers are left out before the first of a series, which the transaction has just taken; 0
// where no restore without a mark began in or after the period that the series is named by.
func (t *Tx) skipUnseen(series string) (int, error) {
	var until string
	t.Query(func(scan func(...any) error) error { return scan(&until) }, "SELECT value FROM settings WHERE name = ?",
		UnseenSetting)
	if err := t.Flush(); err != nil || until == "" {
		return 0, err
	}
	if i := strings.LastIndexByte(series, '/'); i >= 0 { // a day or a year; the cases of all days are one series
		if period := series[i+1:]; period > until[:min(len(period), len(until))] {
			return 0, nil
		}
	}
	skip := unseenReserve
	if strings.HasPrefix(series, string(workflow.ConstructionPermitDoc)+"/") {
		skip = SeriesReserve // its numbers have two digits a day
	}
	t.Exec("UPDATE number_series SET last = last + ? WHERE name = ?", skip, series)
	t.explainGap(series, 1, skip, "first used after the restore of "+until+" without a mark", t.db.Now())
	return skip, t.Flush()
}

// GapText is what the tag of a gap in a series covers.
func GapText(series string, first, last int) string {
	return fmt.Sprintf("%s %d-%d", series, first, last)
}
