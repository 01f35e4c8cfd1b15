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
	var found []folder
	seen := map[string]bool{}
	visit := func(dir string) error {
		if seen[dir] {
			return nil
		}
		seen[dir] = true
		f, err := readFolder(m, dir, what)
		if err == nil && f.files != nil {
			found = append(found, f)
		}
		return err
	}
	for _, r := range roots {
		if !r.recursive {
			if err := visit(r.dir); err != nil {
				return nil, err
			}
			continue
		}
		// The separator makes it enter a root that is a symbolic link.
		err := filepath.WalkDir(r.dir+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			path = filepath.Clean(path)
			if errors.Is(err, fs.ErrPermission) && path != r.dir {
				return nil // somebody else's folder in the tree holds no package of ours
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
			if err := visit(path); !errors.Is(err, fs.ErrPermission) {
				return err
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b folder) int { return strings.Compare(a.dir, b.dir) })
	return found, nil
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
