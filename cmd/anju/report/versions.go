package report

import (
	"fmt"
	"strings"
	"time"
)

// VersionJSON is a version of the calendar as scripts read it.
type VersionJSON struct {
	Version    int       `json:"version"`
	ImportedAt time.Time `json:"imported_at"`
	By         *string   `json:"by"` // null: the program itself
	Years      []int     `json:"years"`
	Notices    []string  `json:"notices"`
}

// VersionList lists versions for a person.
func VersionList(versions []VersionJSON) Listing {
	l := Listing{right: []int{0}}
	l.table.Header = []string{"版本", "导入时间", "导入人", "年份"}
	l.table.Rows = func(yield func([]string, error) bool) {
		for _, v := range versions {
			by := "系统"
			if v.By != nil {
				by = *v.By
			}
			if !yield([]string{fmt.Sprint(v.Version), v.ImportedAt.Format("2006-01-02 15:04"), by, yearList(v.Years)}, nil) {
				return
			}
		}
	}
	return l
}

func yearList(years []int) string {
	texts := make([]string, len(years))
	for i, y := range years {
		texts[i] = fmt.Sprint(y)
	}
	return strings.Join(texts, "、")
}
