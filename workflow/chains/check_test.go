package chains

import "testing"

func TestPublishedChainsAreFitToRun(t *testing.T) {
	for _, ch := range Published() {
		for _, err := range ch.Check() {
			t.Error(err)
		}
	}
}
