package instrument

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Write makes the changes. It looks at all files and writes all new texts beside
// them before it touches the first one; then each file is replaced as a whole by
// a rename, so that a crash leaves every file either old or new. The points come
// before the lines that need them and go away after them.
func (r *Result) Write() (err error) {
	changes := slices.Clone(r.Changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return a.order() - b.order() })
	var staged []stage
	defer func() {
		for _, s := range staged { // what was renamed is not there any more
			_ = os.Remove(s.temp)
		}
	}()
	for _, c := range changes {
		if err := c.check(); err != nil {
			return err
		}
		s, err := c.stage()
		if err != nil {
			return fmt.Errorf("%w; nothing was written", err)
		}
		staged = append(staged, s)
	}
	for _, s := range staged {
		if err := s.commit(); err != nil {
			return err
		}
	}
	return nil
}

func (c Change) order() int {
	switch {
	case c.New == nil:
		return 2
	case filepath.Base(c.Path) == GeneratedFile:
		return 0
	default:
		return 1
	}
}

// check refuses what must not be written over. A read-only file is somebody's
// decision, even where the folder would let us replace it.
func (c Change) check() error {
	info, err := os.Stat(c.Path)
	if errors.Is(err, fs.ErrNotExist) && c.Old == nil {
		dir, err := os.Stat(filepath.Dir(c.Path))
		if err == nil && dir.Mode().Perm()&0o200 == 0 {
			return Problem{Pos: position(c.Path, 0), Message: "its folder is read-only", Hint: "chmod u+w " + filepath.Dir(c.Path)}
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if info.Mode().Perm()&0o200 == 0 {
		return Problem{
			Pos: position(c.Path, 0), Message: "this file is read-only; nothing was written",
			Hint: "chmod u+w it, or build with `tkgen build`, which leaves the source alone",
		}
	}
	now, err := os.ReadFile(c.Path)
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if !bytes.Equal(now, c.Old) {
		return Problem{Pos: position(c.Path, 0), Message: "this file changed while tkgen was at work; nothing was written", Hint: "run tkgen again"}
	}
	return nil
}

// stage is a change that is ready: its new text lies beside the file. Of a file
// that goes away it is empty, and shows that the folder can be written.
type stage struct {
	path, temp string
	remove     bool
}

func (c Change) stage() (s stage, err error) {
	s = stage{path: c.Path, remove: c.New == nil}
	if path, err := filepath.EvalSymlinks(c.Path); err == nil {
		s.path = path // a link stays one
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(s.path); err == nil {
		mode = info.Mode().Perm()
	}
	if s.temp, err = writeTemp(filepath.Dir(s.path), c.New, mode); err != nil {
		return s, fmt.Errorf("writing %s: %w", c.Path, err)
	}
	return s, nil
}

func (s stage) commit() error {
	if s.remove {
		if err := os.Remove(s.path); err != nil {
			return fmt.Errorf("removing: %w", err)
		}
		return nil
	}
	if err := os.Rename(s.temp, s.path); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// writeTemp writes a file of a name of its own, down to the disk.
func writeTemp(dir string, text []byte, mode fs.FileMode) (name string, err error) {
	temp, err := os.CreateTemp(dir, ".tkgen-*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err = temp.Write(text); err != nil {
		return "", err
	}
	if err = temp.Chmod(mode); err != nil {
		return "", err
	}
	if err = temp.Sync(); err != nil {
		return "", err
	}
	return temp.Name(), temp.Close()
}
