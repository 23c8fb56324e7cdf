package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"anju/.ci/mutate/source"
)

// spoilt are the packages that are spoilt by their code. Tables of chains are spoilt by their rows.
var spoilt = []string{"workflow/law", "workflow/forms", "workflow/chains"}

// sound is the code that stands for no rule, by file or function: what articles say on paper, how a published chain is
// held to its content, how names are written, and pictures.
var sound = []string{"workflow/law/articles.go", "workflow/law/sources.go", "workflow/chains/published.go",
	"workflow/lines/lines.go", "briefPlot", "unseen", "Unseen", "Misleading", "NormalName", "CheckName", "middleDots",
	"HandSigned.Check"}

// skip tells what of the code is not spoilt: examples are data that tests begin with.
func skip(file, name string) bool {
	return slices.Contains(sound, filepath.ToSlash(file)) || slices.Contains(sound, name) ||
		strings.HasSuffix(name, ".Example") || strings.HasPrefix(name, "example")
}

// listed is one package as go list gives it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// write rewrites the packages into a folder. It gives the overlay by which they are built, and the mutants of code.
func write(folder string) (string, []source.Mutant, error) {
	args := []string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles"}
	for _, dir := range spoilt {
		args = append(args, "./"+dir)
	}
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", nil, fmt.Errorf("go list: %w", err)
	}
	packages := map[string]listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return rewrite(folder, packages)
		case err != nil:
			return "", nil, err
		}
		packages[p.ImportPath] = p
	}
}

func rewrite(folder string, packages map[string]listed) (string, []source.Mutant, error) {
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(packages[path].Export)
	})
	w := source.Writer{Next: 1}
	replace := map[string]string{}
	for _, dir := range append([]string{"workflow"}, spoilt...) {
		var texts map[string][]byte
		var err error
		if dir == "workflow" {
			texts, err = source.Touches(dir, packages["anju/"+dir].GoFiles)
		} else {
			texts, err = w.Package(dir, packages["anju/"+dir].GoFiles, imp, skip)
		}
		if err != nil {
			return "", nil, err
		}
		for path, text := range texts {
			as := filepath.Join(folder, strings.ReplaceAll(filepath.ToSlash(path), "/", "-"))
			if err := os.WriteFile(as, text, 0o600); err != nil {
				return "", nil, err
			}
			full, err := filepath.Abs(path)
			if err != nil {
				return "", nil, err
			}
			replace[full] = as
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", nil, err
	}
	overlay := filepath.Join(folder, "overlay.json")
	return overlay, w.Mutants, os.WriteFile(overlay, text, 0o600)
}

// compile builds the tests of a package with all mutants in it.
func compile(folder, overlay, dir string) (string, error) {
	bin := filepath.Join(folder, strings.ReplaceAll(dir, "/", "-")+".test")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", bin, "./"+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("tests of %s with the mutants in them: %w\n%s", dir, err, out)
	}
	return bin, nil
}
