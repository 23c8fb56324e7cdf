package handlers_test

import (
	"os"
	"testing"

	"anju/models/modelstest"
)

func TestMain(m *testing.M) {
	os.Exit(modelstest.Run(m))
}
