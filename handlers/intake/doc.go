// Package intake takes what officers send, checks it and enters it once under its key: cases, moves, records, scans,
// households, explanations.
package intake
