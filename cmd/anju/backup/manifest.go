package backup

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"time"

	"filippo.io/age"

	"anju/cmd/anju/report"
	"anju/models/archive"
)

// printManifest tells what a backup holds.
func printManifest(out io.Writer, asJSON bool, name string, size int64, m archive.Manifest) error {
	if asJSON {
		return report.WriteJSON(out, struct {
			File string `json:"file"`
			Size int64  `json:"size"`
			archive.Head
			Counts archive.Counts `json:"counts"`
			Lost   []archive.Lost `json:"lost"`
		}{name, size, m.Head, m.Counts, m.Lost})
	}
	for _, l := range m.Lost {
		fmt.Fprintf(out, "%-8s file %s of case %s\n", l.Why, l.Hash, l.Case)
	}
	fmt.Fprintf(out, "%s: %s, schema %d, taken %s, %d cases, %d history entries, %d files, %d bytes, verified\n", name,
		m.Database, m.Schema,
		m.TakenAt.Format(time.RFC3339), m.Counts.Cases, m.Counts.HistoryEntries, m.Counts.Files-len(m.Lost), size)
	return nil
}

// PrintVerified decrypts a backup, compares all of it with its manifest and prints that.
func PrintVerified(out io.Writer, asJSON bool, name string, f *os.File, secrets []age.Identity) error {
	m, err := archive.Read(bufio.NewReaderSize(f, 1<<20), &verifier{}, secrets...)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	return printManifest(out, asJSON, name, st.Size(), m)
}
