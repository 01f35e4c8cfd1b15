//go:build !wasm

package outbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// Exists reports whether there is a database in dir.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, File))
	return err == nil
}

// Clear removes the database, its journal, and a damaged one that was set aside. It
// returns what it removed, with the sizes.
func Clear(dir string) (sizes map[string]int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	sizes = map[string]int64{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !strings.HasPrefix(e.Name(), File) {
			continue // gone, or somebody else's
		}
		path := filepath.Join(dir, e.Name())
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return sizes, err
		}
		sizes[path] = info.Size()
	}
	return sizes, nil
}
