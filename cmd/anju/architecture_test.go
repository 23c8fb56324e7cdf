package main

import (
	"os/exec"
	"testing"
)

// TestArchitectureIsDrawn holds docs/architecture.txt and docs/architecture.svg to the imports of the packages.
func TestArchitectureIsDrawn(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	cmd := exec.Command("go", "run", "./.ci/architecture", "-check")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
