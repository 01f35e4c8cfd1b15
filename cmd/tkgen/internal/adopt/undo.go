package adopt

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/scaffold"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"golang.org/x/mod/modfile"
)

// record is what was written into a module, and what was there before. It lies in
// the person's cache folder, so that the module holds nothing but what the diff
// showed.
type record struct {
	Dir   string              `json:"dir"`
	Files []instrument.Change `json:"files"`
}

func recordPath(dir string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place to note the undo: %w", err)
	}
	return filepath.Join(cache, "tkgen", fmt.Sprintf("init-%x.json", sha256.Sum256([]byte(dir)))), nil
}

func note(dir string, changes []instrument.Change) error {
	path, err := recordPath(dir)
	if err != nil {
		return err
	}
	text, err := json.Marshal(record{dir, changes})
	if err != nil {
		return fmt.Errorf("noting the undo: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("noting the undo: %w", err)
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return fmt.Errorf("noting the undo: %w", err)
	}
	return os.Rename(path+".new", path)
}

func forget(dir string) error {
	path, err := recordPath(dir)
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// Undo finds out how to give a module the bytes that it had before. Of go.mod and
// go.sum, which the go command changes after us, it takes back what is ours; any
// other file that was edited since is named, and nothing is undone.
func Undo(dir string) (*Undone, error) {
	m, err := instrument.FindModule(dir)
	if err != nil {
		return nil, err
	}
	r, err := readRecord(m.Dir)
	if err != nil {
		return nil, err
	}
	u := &Undone{module: m.Dir}
	var edited []string
	for _, f := range r.Files {
		switch ok, err := u.file(f); {
		case err != nil:
			return nil, err
		case !ok:
			edited = append(edited, f.Path)
		}
	}
	if len(edited) > 0 {
		return nil, fmt.Errorf("nothing was undone, because these were edited after tkgen init: %s\n\ttake the lines out by hand (tkgen init showed them), or undo your edits first", strings.Join(edited, ", "))
	}
	return u, nil
}

// Undone is what an undo would do.
type Undone struct {
	Changes []instrument.Change
	Notes   []string
	module  string
}

// Write does it.
func (u *Undone) Write() error {
	if err := (&instrument.Result{Changes: u.Changes}).Write(); err != nil {
		return err
	}
	return forget(u.module)
}

func readRecord(dir string) (r record, err error) {
	path, err := recordPath(dir)
	if err != nil {
		return r, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("tkgen init has written nothing into %s that is known on this machine: use your version control", dir)
	}
	if err != nil {
		return r, fmt.Errorf("reading what tkgen init wrote: %w", err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("reading what tkgen init wrote (%s): %w", path, err)
	}
	return r, nil
}

// file takes one file back; not ok if it was edited.
func (u *Undone) file(f instrument.Change) (ok bool, err error) {
	now, err := os.ReadFile(f.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("reading what to undo: %w", err)
	}
	switch name := filepath.Base(f.Path); {
	case err == nil && bytes.Equal(now, f.New):
		u.Changes = append(u.Changes, instrument.Change{Path: f.Path, Old: f.New, New: f.Old})
	case err != nil && f.Old == nil: // gone already
	case name == "go.mod":
		text, err := dropOurs(now, f.Old)
		if err != nil {
			return false, err
		}
		u.Changes = append(u.Changes, instrument.Change{Path: f.Path, Old: now, New: text})
		u.Notes = append(u.Notes, "go.mod was changed since: what tkgen init had added is taken out; go mod tidy does the rest")
	case name == "go.sum": // sums that nobody needs do no harm
	default:
		return false, nil
	}
	return true, nil
}

// dropOurs takes the runtime and the tool out of go.mod, unless they were there
// before.
func dropOurs(now, before []byte) ([]byte, error) {
	f, err := modfile.Parse("go.mod", now, nil)
	if err != nil {
		return nil, fmt.Errorf("reading go.mod: %w", err)
	}
	if bytes.Contains(before, []byte(instrument.RuntimeModule)) {
		return now, nil
	}
	if err := errors.Join(f.DropTool(scaffold.Tool), f.DropRequire(instrument.RuntimeModule), f.DropReplace(instrument.RuntimeModule, "")); err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	f.Cleanup()
	return f.Format()
}
