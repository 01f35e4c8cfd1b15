package gotool

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// folder is where an overlay is written.
type folder struct {
	dir     string // for what is of this build alone
	json    string // beside or above the files: Toolexec knows these by its folder
	sources string // for the files, which overlays of one build after the other share
	remove  func() // what nobody needs after the build
}

// temporary is a place for one build. Its name begins with an underscore: TMPDIR
// may lie in the module, and ./... must not find it.
func temporary() (folder, error) {
	dir, err := os.MkdirTemp("", "_tkgen-overlay-")
	if err != nil {
		return folder{}, fmt.Errorf("writing overlay: %w", err)
	}
	return folder{dir, filepath.Join(dir, "overlay.json"), dir, func() { _ = os.RemoveAll(dir) }}, nil
}

// folder is the memo's if there is one, else a temporary one.
func (j job) folder(m memo) (folder, error) {
	if to, ok := m.folder(); ok {
		return to, nil
	}
	to, err := temporary()
	if err == nil && (j.flags.work || j.inherited.work) {
		_, _ = fmt.Fprintln(j.Stderr, "TKGEN_OVERLAY="+to.dir) // as the go command's WORK=
		to.remove = func() {}
	}
	return to, err
}

// write writes the replacing files and the JSON that names them, and returns the
// latter's path.
func (f folder) write(files map[string][]byte, callers map[string]string) (path string, err error) {
	o := overlayFile{Replace: map[string]string{}, Sources: map[string]string{}}
	maps.Copy(o.Replace, callers)
	for name, text := range files {
		to := filepath.Join(f.sources, contentName(name, text))
		if err := writeOnce(to, text); err != nil {
			return "", err
		}
		o.Sources[to] = sourceOf(name, callers)
		o.Replace[name] = to
	}
	text, err := json.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("writing overlay: %w", err)
	}
	return f.json, writeWhole(f.json, text)
}

// contentName is a name for a text that replaces a file.
func contentName(name string, text []byte) string {
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%s\n%s", name, text)
	return hex.EncodeToString(hash.Sum(nil)[:12]) + "-" + filepath.Base(name)
}

// writeOnce writes a file whose name says what is in it.
func writeOnce(path string, text []byte) error {
	now := time.Now()
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(text)) && os.Chtimes(path, now, now) == nil {
		return nil // and it is young again: see memo.tidy
	}
	return writeWhole(path, text)
}

// writeWhole writes a file that others see whole or not at all.
func writeWhole(path string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".tkgen-") // 0600
	if err == nil {
		_, err = temp.Write(text)
		if closing := temp.Close(); err == nil {
			err = closing
		}
		if err == nil {
			err = os.Rename(temp.Name(), path)
		}
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}
	if err != nil {
		return fmt.Errorf("writing overlay: %w", err)
	}
	return nil
}
