//go:build !wasm

package folder

import (
	"errors"
	"os"
	"path/filepath"
)

// Path is where a program keeps things: dir itself.
func Path(dir string) string { return dir }

// maxSize is how large a file may be that is read. The largest of ours has a line
// for each hour of a month.
const maxSize = 64 << 10

var (
	errNoFile = errors.New("it is no file: remove it")
	errLarge  = errors.New("it is larger than any that telemetry-kit writes: remove it")
)

// readable refuses what reading could wait for, or fill the memory with.
func readable(regular bool, size int64) error {
	switch {
	case !regular:
		return errNoFile
	case size > maxSize:
		return errLarge
	}
	return nil
}

// WriteFile replaces a file, and makes its folder if need be. The text is written
// beside the old one and renamed over it, so that a crash leaves one of the two.
func WriteFile(path string, text []byte) error {
	return lasting(path, text, os.Rename)
}

// Note is WriteFile in a folder that is there, for what may be lost with the power:
// it does not wait for the disk.
func Note(path string, text []byte) error {
	return write(path, text, func(*os.File) error { return nil }, os.Rename)
}

// Make is WriteFile if there is no such file yet, which of several processes one
// can do; the others get os.ErrExist.
func Make(path string, text []byte) error {
	return lasting(path, text, func(temp, path string) error {
		err := os.Link(temp, path)
		if err == nil || errors.Is(err, os.ErrExist) {
			return err
		}
		return os.Rename(temp, path) // a file system without links
	})
}

func lasting(path string, text []byte, name func(temp, path string) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return write(path, text, (*os.File).Sync, name)
}

func write(path string, text []byte, keep func(*os.File) error, name func(temp, path string) error) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // no longer there after a rename
	_, err = temp.Write(text)
	if err = errors.Join(err, keep(temp), temp.Close()); err != nil {
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
