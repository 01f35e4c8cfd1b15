package gotool

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// embedsSource reports whether a go:embed pattern matches one of the files: a
// program that embeds its own source has to find what its author wrote.
func embedsSource(files map[string][]byte, modules []instrument.Module) bool {
	patterns := map[string][]string{} // by folder
	for name := range files {
		for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
			if _, ok := patterns[dir]; !ok {
				patterns[dir] = embedPatterns(dir)
			}
			rel, err := filepath.Rel(dir, name)
			if err == nil && embeds(patterns[dir], filepath.ToSlash(rel)) {
				return true
			}
			if isRoot(dir, modules) || dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return false
}

func isRoot(dir string, modules []instrument.Module) bool {
	for _, m := range modules {
		if m.Dir == dir {
			return true
		}
	}
	return false
}

// embeds reports whether a pattern matches the file or a folder that it lies in.
func embeds(patterns []string, name string) bool {
	for _, pattern := range patterns {
		for part := name; part != "." && part != "/"; part = path.Dir(part) {
			if ok, err := path.Match(pattern, part); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// embedPatterns reads the patterns of the Go files of a folder, those of files
// that are not built included.
func embedPatterns(dir string) (patterns []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil || !bytes.Contains(text, []byte("//go:embed")) {
			continue
		}
		for line := range bytes.Lines(text) {
			if args, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "//go:embed "); ok {
				patterns = append(patterns, splitPatterns(args)...)
			}
		}
	}
	return patterns
}

// splitPatterns reads what stands behind go:embed: words and Go strings.
func splitPatterns(args string) (patterns []string) {
	for args = strings.TrimSpace(args); args != ""; args = strings.TrimSpace(args) {
		word, rest, _ := strings.Cut(args, " ")
		if quoted, err := strconv.QuotedPrefix(args); err == nil {
			rest = args[len(quoted):]
			word, _ = strconv.Unquote(quoted)
		}
		patterns = append(patterns, path.Clean(strings.TrimPrefix(word, "all:")))
		args = rest
	}
	return patterns
}
