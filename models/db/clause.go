package db

import (
	"strings"

	"gorm.io/gorm"

	"anju/workflow"
)

// EscapeLike takes the meaning of the characters of LIKE from what a person typed.
func EscapeLike(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

// Page is where a page of a list begins and how long it is: 20 lines where no size is given, 200 at most.
func Page(number, size int) (offset, limit int) {
	if size < 1 {
		size = 20
	}
	size = min(size, 200)
	return (max(number, 1) - 1) * size, size
}

// QuoteList joins texts as a list of SQL strings; they are words of ours.
func QuoteList[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = "'" + string(w) + "'"
	}
	return strings.Join(words, ", ")
}

// RequireOne is the error of a statement of gorm that must hit one row: workflow.ErrNotFound where it hit none.
func RequireOne(done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected != 1 {
		return workflow.ErrNotFound
	}
	return done.Error
}
