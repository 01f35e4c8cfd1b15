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
// before the lines that need them and go away after them. What a crash can leave
// behind are temporary files, which the next Write takes away.
func (r *Result) Write() error {
	changes := slices.Clone(r.Changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return a.order() - b.order() })
	var staged []stage
	defer func() {
		for _, s := range staged { // those that were not renamed
			_ = os.Remove(s.temp)
		}
	}()
	for _, dir := range r.folders {
		sweep(dir)
	}
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
	if err := commit(staged); err != nil {
		return err
	}
	staged = nil
	return nil
}

func (c Change) order() int {
	switch {
	case c.New == nil:
		return 2
	case isPointsFile(filepath.Base(c.Path)):
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
	if errors.Is(err, fs.ErrNotExist) { // another run, or a person, has removed it
		return c.changed()
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
	if !holds(c.Path, c.Old) {
		return c.changed()
	}
	return nil
}

func (c Change) changed() error {
	return Problem{Pos: position(c.Path, 0), Message: "this file changed while tkgen was at work; nothing was written", Hint: "run tkgen again"}
}

// holds reports whether the file at path is what it was when the change was
// planned; nil for no file.
func holds(path string, text []byte) bool {
	now, err := os.ReadFile(path)
	if text == nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return err == nil && bytes.Equal(now, text)
}

// stage is a change that is ready: its new text lies beside the file.
type stage struct {
	path, temp string
	old        []byte
	remove     bool
}

func (c Change) stage() (s stage, err error) {
	s = stage{path: c.Path, old: c.Old, remove: c.New == nil}
	if path, err := filepath.EvalSymlinks(c.Path); err == nil {
		s.path = path // a link stays one
	}
	info, _ := os.Stat(s.path) // nil: there is none yet
	if s.temp, err = writeTemp(filepath.Dir(s.path), c.New, info); err != nil {
		return s, fmt.Errorf("writing %s: %w", c.Path, err)
	}
	if s.remove { // it was to show that the folder can be written
		err = os.Remove(s.temp)
	}
	return s, err
}

// commit replaces one file after the other. One that somebody else has saved in
// the meantime stays as it is.
func commit(staged []stage) error {
	for i, s := range staged {
		if !holds(s.path, s.old) {
			return Problem{
				Pos:     position(s.path, 0),
				Message: fmt.Sprintf("this file changed while tkgen was at work and was left alone; %d of %d files were written before it", i, len(staged)),
				Hint:    "run tkgen again",
			}
		}
		if err := s.commit(); err != nil {
			return fmt.Errorf("writing: %w; %d of %d files were written before it, run tkgen again", err, i, len(staged))
		}
	}
	syncFolders(staged)
	return nil
}

func (s stage) commit() error {
	if s.remove {
		if err := os.Remove(s.path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil // somebody was faster
	}
	return os.Rename(s.temp, s.path)
}

// syncFolders brings the renames to the disk, so that what was reported as
// written is there after a power failure too. Whether a file is whole does not
// hang on it, so where folders cannot be synced (Windows) it is left at that.
func syncFolders(staged []stage) {
	synced := map[string]bool{}
	for _, s := range staged {
		path := filepath.Dir(s.path)
		if synced[path] {
			continue
		}
		synced[path] = true
		if dir, err := os.Open(path); err == nil {
			_ = dir.Sync()
			_ = dir.Close()
		}
	}
}
