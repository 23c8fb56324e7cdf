package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anju/handlers"
)

// What a build sets with -ldflags -X. Where it does not, the program reads what the Go command has noted of the
// repository.
var (
	version = ""
	commit  = ""
	built   = "" // RFC 3339
	dirty   = "" // "true": built from files that are in no commit
)

// buildInfo says from what the program was built.
type buildInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Built   string `json:"built"` // RFC 3339; without -X the time of the commit; empty where neither is known
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Dirty   bool   `json:"dirty"`
}

// readBuild returns what is known of this build.
func readBuild() buildInfo {
	b := buildInfo{Version: version, Commit: commit, Built: built, Go: runtime.Version(), OS: runtime.GOOS,
		Arch: runtime.GOARCH, Dirty: dirty == "true"}
	noted := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			noted[s.Key] = s.Value
		}
		if v := info.Main.Version; b.Version == "" && v != "(devel)" {
			b.Version = strings.TrimSuffix(v, "+dirty")
		}
	}
	if b.Commit == "" {
		b.Commit, b.Dirty = noted["vcs.revision"], b.Dirty || noted["vcs.modified"] == "true"
	}
	if b.Built == "" {
		b.Built = noted["vcs.time"]
	}
	if _, err := time.Parse(time.RFC3339, b.Built); err != nil {
		b.Built = ""
	}
	if b.Version == "" {
		b.Version = "dev"
	}
	return b
}

// String is the build in one line.
func (b buildInfo) String() string {
	text := b.Version
	if b.Commit != "" {
		text += ", commit " + b.Commit[:min(12, len(b.Commit))]
	}
	if b.Dirty {
		text += " with changes"
	}
	if b.Built != "" {
		text += ", built " + b.Built
	}
	return fmt.Sprintf("%s, %s %s/%s", text, b.Go, b.OS, b.Arch)
}

// shown is the build as the server tells it.
func (b buildInfo) shown() handlers.Build {
	return handlers.Build{Version: b.Version, Commit: b.Commit, Built: b.Built, Go: b.Go, Dirty: b.Dirty}
}

func versionCommand() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: "what this program was built from"}
	asJSON := c.Flags().Bool("json", false, "as JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		b := readBuild()
		if *asJSON {
			return json.NewEncoder(c.OutOrStdout()).Encode(b)
		}
		_, err := fmt.Fprintln(c.OutOrStdout(), "anju", b)
		return err
	}
	return c
}
