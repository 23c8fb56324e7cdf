package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
)

func TestSettingsPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "anju.yaml")
	if err := os.WriteFile(file, []byte("role: all\nlog: json\ndata: /file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		flags      []string
		env        map[string]string
		data, from string
	}{
		{"default", nil, nil, "./anju-data", "default"},
		{"file over default", []string{"--config", file}, nil, "/file", "file " + file},
		{
			"environment over file",
			[]string{"--config", file},
			map[string]string{"ANJU_DATA": "/env"},
			"/env",
			"environment ANJU_DATA",
		},
		{
			"flag over all",
			[]string{"--config", file, "--data", "/flag"},
			map[string]string{"ANJU_DATA": "/env"},
			"/flag",
			"flag --data",
		},
		{"an empty environment variable is not set", nil, map[string]string{"ANJU_DATA": ""}, "./anju-data", "default"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
			settingFlags(fs)
			if err := fs.Parse(tt.flags); err != nil {
				t.Fatal(err)
			}
			s, err := readSettings(fs, func(k string) (string, bool) { v, ok := tt.env[k]; return v, ok })
			if err != nil || s.Data != tt.data || s.From["data"] != tt.from {
				t.Errorf("data = %q from %q, %v; want %q from %q", s.Data, s.From["data"], err, tt.data, tt.from)
			}
			if want := filepath.Join(tt.data, "anju.db"); s.DB != want {
				t.Errorf("database = %q, want %q", s.DB, want)
			}
		})
	}
}
