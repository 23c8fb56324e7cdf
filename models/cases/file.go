package cases

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"anju/workflow"
)

// fileCache keeps, decoded, the files of the cases that were moved lately. Each is known by the hash of the history
// line that wrote it, which the case's row names under its lock: where both are the same the file need not be read, and
// where not it is.
type fileCache struct {
	mu   sync.Mutex
	kept map[workflow.CaseID]cachedFile
}

type cachedFile struct {
	filed string
	file  workflow.File
}

// cachedFilesMost bounds the memory: a file takes some ten kilobytes.
const cachedFilesMost = 4096

// get gives the file that is kept of a case and what it is known by; "" for none.
func (f *fileCache) get(id workflow.CaseID) cachedFile {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept[id]
}

func (f *fileCache) put(id workflow.CaseID, filed string, file workflow.File) {
	k := cachedFile{filed, copyFile(file)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil || len(f.kept) >= cachedFilesMost {
		f.kept = make(map[workflow.CaseID]cachedFile, cachedFilesMost)
	}
	f.kept[id] = k
}

func decodeFile(id int64, text string) (workflow.File, error) {
	var file workflow.File
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		return file, fmt.Errorf("file of case %d: %w", id, err)
	}
	return file, nil
}

// copyFile returns a file with lists and marks of its own, which may be added to without changing the other.
func copyFile(f workflow.File) workflow.File {
	f.Records, f.Materials, f.Documents = slices.Clip(f.Records), slices.Clip(f.Materials), slices.Clip(f.Documents)
	f.Marks = maps.Clone(f.Marks)
	return f
}
