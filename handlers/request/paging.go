package request

import (
	"strconv"

	"anju/handlers/problem"
)

// APIRoot is the path under which the API stands.
const APIRoot = "/api/v1"

// Paging is the page of a list that is asked for.
type Paging struct {
	Page    int `query:"page" minimum:"1" maximum:"1000000" default:"1" doc:"第几页，从 1 开始"`
	PerPage int `query:"per_page" minimum:"1" maximum:"200" default:"50" doc:"每页条数，最多 200"`
}

// Number reads an id. It fails on what is no positive number.
func Number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || len(s) > 18 {
		return 0, problem.ErrBadID
	}
	return n, nil
}
