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

// Write makes the changes. It looks at all files before it touches the first
// one; then each file is replaced as a whole (temporary file, fsync, rename),
// so that a crash leaves every file either old or new. The points are written
// before the lines that need them and go away after them.
func (r *Result) Write() error {
	for _, c := range r.Changes {
		if err := c.check(); err != nil {
			return err
		}
	}
	changes := slices.Clone(r.Changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return a.order() - b.order() })
	for _, c := range changes {
		if err := c.write(); err != nil {
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

func (c Change) write() error {
	path, err := filepath.EvalSymlinks(c.Path)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = c.Path, nil
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", c.Path, err)
	}
	if c.New == nil {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("removing: %w", err)
		}
		return nil
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := replace(path, c.New, mode); err != nil {
		return fmt.Errorf("writing %s: %w", c.Path, err)
	}
	return nil
}

// replace writes a file beside path and renames it.
func replace(path string, text []byte, mode fs.FileMode) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".tkgen-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err = temp.Write(text); err != nil {
		return err
	}
	if err = temp.Chmod(mode); err != nil {
		return err
	}
	if err = temp.Sync(); err != nil {
		return err
	}
	if err = temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
