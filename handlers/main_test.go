package handlers_test

import (
	"flag"
	"os"
	"runtime"
	"testing"

	"anju/models/modelstest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if runtime.GOMAXPROCS(0) < 4 {
		_ = flag.Set("test.parallel", "4") // the tests mostly wait for the databases
	}
	os.Exit(modelstest.Run(m))
}
