//go:build !wasm

package folder

import (
	"errors"
	"os"
	"path/filepath"
)

// Path is where a program keeps things: dir itself.
func Path(dir string) string { return dir }

// ReadFile returns a file's text. Without a file the error is os.ErrNotExist.
func ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

// WriteFile replaces a file, and makes its folder if need be. The text is written
// beside the old one and renamed over it, so that a crash leaves one of the two.
func WriteFile(path string, text []byte) error {
	return write(path, text, os.Rename)
}

// Make is WriteFile if there is no such file yet, which of several processes one
// can do; the others get os.ErrExist.
func Make(path string, text []byte) error {
	return write(path, text, func(temp, path string) error {
		err := os.Link(temp, path)
		if err == nil || errors.Is(err, os.ErrExist) {
			return err
		}
		return os.Rename(temp, path) // a file system without links
	})
}

func write(path string, text []byte, name func(temp, path string) error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // no longer there after a rename
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return name(temp.Name(), path)
}

// Remove removes a file, or a folder that is empty.
func Remove(path string) error { return os.Remove(path) }

// Sizes returns the sizes of the regular files in a folder, by name; without a
// folder there are none.
func Sizes(dir string) (map[string]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	sizes := map[string]int64{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			sizes[e.Name()] = info.Size()
		}
	}
	return sizes, nil
}
