package gotool

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/config"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// memo is where a build leaves its overlay for the next one. What a build depends
// on apart from its source (flags, settings, tkgen itself) names a folder; size and
// times of every source file name one within, so that whatever changes leads
// elsewhere. The zero memo keeps nothing.
type memo struct {
	dir    string // of all builds that differ in their source alone
	source string // names the source
	// young are the files that may yet change and look the same, by a hash of what
	// they hold: those are compared, too.
	young map[string]string
}

const (
	// settled is how long a file must have been left alone to be told by its size
	// and times: it could be changed once more within what the file system takes for
	// one moment, as the go command's index of packages allows for.
	settled = 2 * time.Second
	// inUse is how long a build may take that reads what a newer one has replaced.
	inUse = 2 * time.Hour
	// unused is after how long a build's overlay is removed.
	unused = 5 * 24 * time.Hour
)

// memo returns the zero memo where something has a say that it does not look at.
func (j job) memo() memo {
	if j.flags.verbose || j.flags.work || j.inherited.work || j.callers != nil ||
		j.trimpath || j.flags.cover || j.inherited.cover { // Toolexec stands in front of the tools then
		return memo{}
	}
	cache, err := os.UserCacheDir()
	if err != nil || slices.ContainsFunc(j.modules, func(m instrument.Module) bool { return within(cache, m.Dir) }) {
		return memo{} // with -trimpath the go command would name files by the cache
	}
	key, err := j.key()
	if err != nil {
		return memo{}
	}
	source, young, err := j.source(j.Now())
	if err != nil {
		return memo{}
	}
	return memo{filepath.Join(cache, "tkgen", "_build", key), source, young}
}

func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// key names what the build depends on apart from its source.
func (j job) key() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	info, err := os.Stat(self)
	if err != nil {
		return "", err
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	var environ []string
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "GO") || strings.HasPrefix(v, "CGO") {
			environ = append(environ, v)
		}
	}
	slices.Sort(environ)
	given := j.flags
	given.rest = nil // what is handed on as it is
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%q %d %d %q %q %q %q %q\n%#v\n%#v\n%#v\n%#v\n", self, info.Size(), info.ModTime().UnixNano(), goCommand, here, j.dir, j.Name, environ,
		given, j.inherited, j.env, j.settings)
	return hex.EncodeToString(hash.Sum(nil)[:16]), nil
}

// source names the source as it is: all that MakeOverlay may read, and more. Young
// files come with what they hold before anybody else reads them.
func (j job) source(now time.Time) (name string, young map[string]string, err error) {
	w := watch{hash: sha256.New(), before: now.Add(-settled), young: map[string]string{}}
	roots := []string{}
	for _, m := range j.modules {
		roots = append(roots, m.Dir)
		beside, err := replacedFolders(m.Dir)
		if err != nil {
			return "", nil, err
		}
		roots = append(roots, beside...)
	}
	for _, root := range roots {
		if err := w.tree(root); err != nil {
			return "", nil, err
		}
	}
	for _, file := range []string{j.env.GOMOD, j.env.GOWORK, j.flags.modfile} {
		if file != "" && file != "off" {
			if err := w.file(j.flags.absolute(file)); err != nil {
				return "", nil, err
			}
		}
	}
	return hex.EncodeToString(w.hash.Sum(nil)[:16]), w.young, nil
}

// replacedFolders are the folders that a module's go.mod takes modules from.
func replacedFolders(dir string) (folders []string, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, err
	}
	for _, r := range mod.Replace {
		if folder := folderOf(dir, r); folder != "" {
			folders = append(folders, folder)
		}
	}
	return folders, nil
}

// watch collects what files look like from outside.
type watch struct {
	hash   hash.Hash
	before time.Time // what was changed later may still be changing
	young  map[string]string
}

func (w watch) tree(root string) error {
	return filepath.WalkDir(root+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && filepath.Clean(path) != filepath.Clean(root):
			return fs.SkipDir
		case d.IsDir() || !watched(d.Name()):
			return nil
		default:
			return w.file(path)
		}
	})
}

func watched(name string) bool {
	switch name {
	case "go.mod", "go.work", "modules.txt", config.File:
		return true
	}
	return strings.HasSuffix(name, ".go")
}

func (w watch) file(path string) error {
	info, err := os.Stat(path) // of what a symbolic link leads to
	if errors.Is(err, fs.ErrNotExist) {
		_, _ = io.WriteString(w.hash, path+"\x00\n")
		return nil
	}
	if err != nil {
		return err
	}
	modified, changed := info.ModTime(), changedAt(info)
	if modified.After(w.before) || changed.After(w.before) {
		if w.young[path], err = contentOf(path); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(w.hash, "%s\x00%d %d %d %v\n", path, info.Size(), modified.UnixNano(), changed.UnixNano(), info.Mode())
	return nil
}

// contentOf is a hash of what a file holds.
func contentOf(path string) (string, error) {
	text, err := os.ReadFile(path)
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:16]), err
}

func (m memo) file() string { return filepath.Join(m.dir, m.source, "memo.json") }

// recall returns what was kept, if that is still there.
func (m memo) recall() (p prepared, ok bool) {
	if m.dir == "" {
		return p, false
	}
	text, err := os.ReadFile(m.file())
	if err != nil || json.Unmarshal(text, &p) != nil || len(p.Needs) == 0 {
		return prepared{}, false
	}
	for _, path := range p.Needs { // the user may have emptied parts of the cache
		if _, err := os.Stat(path); err != nil {
			return prepared{}, false
		}
	}
	if !m.holds(p.Young) {
		return prepared{}, false
	}
	if now := time.Now(); os.Chtimes(m.dir, now, now) != nil {
		return prepared{}, false
	}
	return p, true
}

// holds reports whether files that were young when an overlay was made, or are now,
// hold what they held then.
func (m memo) holds(then map[string]string) bool {
	for path, hash := range m.young {
		if then[path] != hash {
			return false
		}
	}
	for path, hash := range then {
		if _, looked := m.young[path]; looked {
			continue
		}
		if now, err := contentOf(path); err != nil || now != hash {
			return false
		}
	}
	return true
}

// folder is where the overlay goes that is to be kept.
func (m memo) folder() (folder, bool) {
	to := folder{dir: filepath.Join(m.dir, m.source), json: filepath.Join(m.dir, m.source+".json"), sources: filepath.Join(m.dir, "sources"), remove: func() {}}
	if m.dir == "" || os.MkdirAll(to.dir, 0o700) != nil || os.MkdirAll(to.sources, 0o700) != nil {
		return folder{}, false
	}
	return to, true
}

// keep keeps what was prepared in the memo's folder. A build does without if that
// fails.
func (m memo) keep(p prepared, to folder, now time.Time) {
	if m.dir == "" || to.dir != filepath.Dir(m.file()) {
		return
	}
	p.Young = m.young
	text, err := json.Marshal(p)
	if err != nil || writeWhole(m.file(), text) != nil {
		return
	}
	m.tidy(now)
}

// tidy removes what no build can need any more.
func (m memo) tidy(now time.Time) {
	removeOlder(filepath.Dir(m.dir), now.Add(-unused), filepath.Base(m.dir))
	removeOlder(m.dir, now.Add(-inUse), m.source, m.source+".json", "sources")
	removeOlder(filepath.Join(m.dir, "sources"), now.Add(-unused))
}

func removeOlder(dir string, than time.Time, but ...string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().Before(than) && !slices.Contains(but, e.Name()) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
