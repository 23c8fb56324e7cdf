// Package houses finds what earlier cases of a household hand on (一户一档, A29). A case about a house belongs to the case
// that permitted it, its House; for a house older than the system its papers are recorded in the application instead.
package houses
