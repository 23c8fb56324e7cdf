//go:build !failpoint

package main

// failpoint is for builds that test crashes only; see failpoint_on.go.
var failpoint func(step string)
