package folder

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Path is where a program keeps things: a name for a part of its memory, which
// nobody takes for a folder on a disk.
func Path(dir string) string { return "memory:" + dir }

var files struct {
	sync.Mutex
	texts map[string][]byte // by path
}

// ReadFile returns a file's text. Without a file the error is os.ErrNotExist.
func ReadFile(path string) ([]byte, error) {
	files.Lock()
	defer files.Unlock()
	text, ok := files.texts[path]
	if !ok {
		return nil, &os.PathError{Op: "read", Path: path, Err: os.ErrNotExist}
	}
	return slices.Clone(text), nil
}

// WriteFile replaces a file.
func WriteFile(path string, text []byte) error {
	files.Lock()
	defer files.Unlock()
	return write(path, text)
}

// Make is WriteFile if there is no such file yet; else it returns os.ErrExist.
func Make(path string, text []byte) error {
	files.Lock()
	defer files.Unlock()
	if _, ok := files.texts[path]; ok {
		return &os.PathError{Op: "make", Path: path, Err: os.ErrExist}
	}
	return write(path, text)
}

// write expects the lock.
func write(path string, text []byte) error {
	if files.texts == nil {
		files.texts = map[string][]byte{}
	}
	files.texts[path] = slices.Clone(text)
	return nil
}

// Remove removes a file.
func Remove(path string) error {
	files.Lock()
	defer files.Unlock()
	if _, ok := files.texts[path]; !ok {
		return &os.PathError{Op: "remove", Path: path, Err: os.ErrNotExist}
	}
	delete(files.texts, path)
	return nil
}

// Sizes returns the sizes of the files in a folder, by name; without a folder
// there are none.
func Sizes(dir string) (map[string]int64, error) {
	files.Lock()
	defer files.Unlock()
	sizes := map[string]int64{}
	for path, text := range files.texts {
		if name, ok := strings.CutPrefix(path, dir+string(filepath.Separator)); ok && !strings.ContainsRune(name, filepath.Separator) {
			sizes[name] = int64(len(text))
		}
	}
	return sizes, nil
}
