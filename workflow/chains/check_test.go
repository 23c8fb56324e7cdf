package chains

import (
	"testing"

	"anju/workflow/table"
)

func TestPublishedChainsAreFitToRun(t *testing.T) {
	for _, ch := range Published() {
		for _, err := range table.Check(ch) {
			t.Error(err)
		}
	}
}
