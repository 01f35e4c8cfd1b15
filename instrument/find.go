package instrument

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// folder is one folder's Go files as they are now.
type folder struct {
	module Module
	dir    string
	// files by base name. Inv: at least one of them mentions a directive or
	// holds generated code, or there are patterns.
	files map[string][]byte
	// patterns can mean functions of the folder.
	patterns []pattern
}

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

// names of the folder's files, sorted.
func (f folder) names() []string {
	var names []string
	for name := range f.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// replaced is a caller's own overlay: what the file at a path is replaced by;
// "" for a file that is taken away. Keys are absolute.
type replaced map[string]string

func (r replaced) read(path string) ([]byte, error) {
	if to, ok := r[path]; ok {
		if to == "" {
			return nil, fs.ErrNotExist
		}
		path = to
	}
	return os.ReadFile(path)
}

// search says which folders there is something to do in.
type search struct {
	over     replaced
	patterns []pattern
	mains    bool // in those of programs, anyway
}

// find reads the folders below the roots in which there is something to do.
func find(m Module, roots []root, what search) ([]folder, error) {
	dirs, err := walk(m, roots)
	if err != nil {
		return nil, err
	}
	read, errs := make([]folder, len(dirs)), make([]error, len(dirs))
	each(len(dirs), func(i int) { read[i], errs[i] = readFolder(m, dirs[i].path, what) })
	var found []folder
	for i, f := range read {
		switch err := errs[i]; {
		case err == nil && f.files != nil:
			found = append(found, f)
		case err == nil || dirs[i].below && errors.Is(err, fs.ErrPermission):
		default:
			return nil, err
		}
	}
	return found, nil
}

// candidate is a folder to read; below says that nobody named it: somebody else's
// folder in the tree holds no package of ours.
type candidate struct {
	path  string
	below bool
}

// walk lists the folders of the roots, each once, sorted.
func walk(m Module, roots []root) (dirs []candidate, err error) {
	for _, r := range roots {
		if !r.recursive {
			dirs = append(dirs, candidate{path: r.dir})
			continue
		}
		// The separator makes it enter a root that is a symbolic link.
		err := filepath.WalkDir(r.dir+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			path = filepath.Clean(path)
			if errors.Is(err, fs.ErrPermission) && path != r.dir {
				return nil
			}
			if err != nil {
				return fmt.Errorf("reading packages: %w", err)
			}
			if !d.IsDir() {
				return nil
			}
			if path != r.dir && (outside(path, d.Name()) || m.ignores(path)) {
				return filepath.SkipDir
			}
			dirs = append(dirs, candidate{path, true})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(dirs, func(a, b candidate) int { return strings.Compare(a.path, b.path) })
	return slices.CompactFunc(dirs, func(a, b candidate) bool { return a.path == b.path }), nil
}

// outside reports whether "./..." leaves a folder out, as the go command does.
func outside(path, name string) bool {
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// readFolder reads the Go files of one folder; without files if none of them
// mentions a directive or holds generated code, and no pattern means it.
func readFolder(m Module, dir string, what search) (folder, error) {
	f := folder{module: m, dir: dir}
	f.patterns = matchedFolder(f, what.patterns)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return f, fmt.Errorf("reading package: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() || e.Type()&fs.ModeSymlink != 0 {
			names = append(names, e.Name())
		}
	}
	for path := range what.over {
		if filepath.Dir(path) == dir {
			names = append(names, filepath.Base(path))
		}
	}
	files, relevant := map[string][]byte{}, len(f.patterns) > 0
	for _, name := range names {
		if filepath.Ext(name) != ".go" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
			continue
		}
		src, err := what.over.read(f.path(name))
		if errors.Is(err, fs.ErrNotExist) { // taken away by the caller's overlay, or a dangling link
			continue
		}
		if err != nil {
			return f, fmt.Errorf("reading package: %w", err)
		}
		files[name] = src
		relevant = relevant || isPointsFile(name) && isGenerated(src) || directive.Mentions(src) || mentionsGenerated(src) ||
			what.mains && isMain(src)
	}
	if relevant && len(files) > 0 {
		f.files = files
	}
	return f, nil
}

// mentionsGenerated reports whether src could hold a line that tkgen wrote.
func mentionsGenerated(src []byte) bool { return bytes.Contains(src, []byte(".Begin().End")) }

// isMain reports whether src could be a program's.
func isMain(src []byte) bool { return bytes.Contains(src, []byte("package main")) }
