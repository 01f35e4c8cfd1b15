//go:build unix

package folder

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What could be waited for, or fill the memory, is not read; a link to a file is
// followed, because people keep their answers in folders of dotfiles.
func TestReadFileOnly(t *testing.T) {
	text := bytes.Repeat([]byte("x"), maxSize)
	for name, c := range map[string]struct {
		replace func(path string) error
		want    error
	}{
		"file": {func(path string) error { return os.WriteFile(path, text, 0o600) }, nil},
		"link to a file": {func(path string) error {
			return errors.Join(os.WriteFile(path+"2", text, 0o600), os.Symlink(path+"2", path))
		}, nil},
		"a byte too many": {func(path string) error { return os.WriteFile(path, append(text, 'x'), 0o600) }, errLarge},
		"pipe":            {func(path string) error { return syscall.Mkfifo(path, 0o600) }, errNoFile},
		"folder":          {func(path string) error { return os.Mkdir(path, 0o700) }, errNoFile},
		"device":          {func(path string) error { return os.Symlink("/dev/zero", path) }, errNoFile},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "word")
			if err := c.replace(path); err != nil {
				t.Fatal(err)
			}
			got, err := ReadFile(path)
			if !errors.Is(err, c.want) || err == nil && !bytes.Equal(got, text) {
				t.Errorf("%d bytes and %v, want %v", len(got), err, c.want)
			}
		})
	}
}

// Note replaces what is there, and makes no folder: one that was removed meanwhile
// stays removed.
func TestNote(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "word")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Note(path, []byte("1")); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path); string(got) != "1" || err != nil {
		t.Errorf("got %q (%v)", got, err)
	}
	if err := Note(filepath.Join(dir, "none", "word"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
}
