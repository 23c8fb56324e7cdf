package bench

import (
	"os"
	"testing"

	"anju/models/modelstest"
)

// TestMain stops the servers that the tests shared.
func TestMain(m *testing.M) { os.Exit(modelstest.Run(m)) }
