// Package backup writes a county to one encrypted file, verifies such a file, and restores it into an empty place. It
// also tells what waits after a restore. It serves nothing and migrates only what it restores.
package backup
