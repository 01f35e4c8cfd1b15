package folder

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFiles runs on the disk and, under WebAssembly, in memory.
func TestFiles(t *testing.T) {
	dir := filepath.Join(Path(t.TempDir()), "below")
	path := filepath.Join(dir, "word")
	if _, err := ReadFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading what is not there: %v", err)
	}
	for _, text := range []string{"one", "another"} {
		if err := WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadFile(path); string(got) != text || err != nil {
			t.Errorf("got %q (%v), want %q", got, err, text)
		}
	}
	if err := Make(path, []byte("third")); !errors.Is(err, os.ErrExist) {
		t.Errorf("making what is there: %v", err)
	}
	if err := Make(filepath.Join(dir, "new"), []byte("1")); err != nil {
		t.Error(err)
	}
	if err := WriteFile(filepath.Join(dir, "deeper", "x"), nil); err != nil {
		t.Error(err)
	}
	sizes, err := Sizes(dir)
	if diff := cmp.Diff(map[string]int64{"word": 7, "new": 1}, sizes); diff != "" || err != nil {
		t.Errorf("sizes (-want +got): %v\n%s", err, diff)
	}
	if err := Remove(path); err != nil {
		t.Error(err)
	}
	if err := Remove(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("removing what is not there: %v", err)
	}
}

func TestNoFolder(t *testing.T) {
	if sizes, err := Sizes(filepath.Join(Path(t.TempDir()), "none")); len(sizes) != 0 || err != nil {
		t.Errorf("got %v, %v", sizes, err)
	}
}
