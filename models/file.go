package models

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"anju/workflow"
)

// files keeps the files of the cases that were moved lately as they were decoded. What counts is the text that was read under
// the lock: an entry is used only where it is that of the same text, so that it never has to be thrown away to be right.
type files struct {
	mu   sync.Mutex
	kept map[int64]decodedFile
}

type decodedFile struct {
	text string
	file workflow.File
}

// keptFiles bounds the memory: a file takes some ten kilobytes.
const keptFiles = 4096

func (f *files) decode(id int64, text string) (workflow.File, error) {
	f.mu.Lock()
	d, ok := f.kept[id]
	f.mu.Unlock()
	if ok && d.text == text {
		return apart(d.file), nil
	}
	var file workflow.File
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		return file, err
	}
	f.keep(id, text, file)
	return file, nil
}

func (f *files) keep(id int64, text string, file workflow.File) {
	file = apart(file)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil || len(f.kept) >= keptFiles {
		f.kept = make(map[int64]decodedFile, keptFiles)
	}
	f.kept[id] = decodedFile{text, file}
}

// apart gives a file whose lists and marks may be added to without changing the other.
func apart(f workflow.File) workflow.File {
	f.Records, f.Materials, f.Documents = slices.Clip(f.Records), slices.Clip(f.Materials), slices.Clip(f.Documents)
	f.Marks = maps.Clone(f.Marks)
	return f
}
