package instrument

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/build/constraint"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	telemetrykit "github.com/telemetry-kit/telemetry-kit-go"
)

// overlayRuntime is the folder for a runtime that is in an overlay alone. The
// underscore keeps it out of "./...", and out of folders that are embedded.
const overlayRuntime = "_telemetry"

// runtimeRoot is where the runtime's packages lie in this module.
const runtimeRoot = "runtime"

// languageVersion is what the runtime's files need, whatever the go line of the
// module that they are put into says (go.dev/doc/toolchain, "file versions").
const languageVersion = "go1.26"

// runtimeSource returns the runtime that generated code calls: its files by
// their slash-separated paths below "runtime", without tests. importPath is what
// the packages' import paths start with instead of [RuntimeModule]/runtime.
func runtimeSource(importPath string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(telemetrykit.Runtime, runtimeRoot, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || isTest(name) {
			return err
		}
		if ext := path.Ext(name); ext != ".go" && ext != ".s" {
			return nil
		}
		text, err := telemetrykit.Runtime.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".go" {
			text = bytes.ReplaceAll(text, []byte(`"`+RuntimeModule+"/"+runtimeRoot+"/"), []byte(`"`+importPath+"/"))
			text = withLanguageVersion(text)
		}
		files[strings.TrimPrefix(name, runtimeRoot+"/")] = text
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the runtime's source: %w", err)
	}
	return files, nil
}

// withLanguageVersion adds the version to a file's build constraint.
func withLanguageVersion(text []byte) []byte {
	head, _, _ := bytes.Cut(text, []byte("\npackage "))
	for line := range bytes.Lines(head) {
		trimmed := strings.TrimSpace(string(line))
		if !constraint.IsGoBuild(trimmed) {
			continue
		}
		if expr, err := constraint.Parse(trimmed); err == nil {
			return bytes.Replace(text, line, []byte("//go:build "+languageVersion+" && ("+expr.String()+")\n"), 1)
		}
	}
	return append([]byte("//go:build "+languageVersion+"\n\n"), text...)
}

// WriteRuntime makes the runtime a module of its own below dir, for builds of
// programs that do not require it, and returns its folder. The module requires
// nothing and has an old go line, so that it changes neither the versions nor
// the language of the program that it is added to. The folder is named after
// its text: it is written once, and the go command caches what it builds of it.
func WriteRuntime(dir string) (folder string, err error) {
	files, err := runtimeSource(RuntimeModule + "/" + runtimeRoot)
	if err != nil {
		return "", err
	}
	text := map[string][]byte{"go.mod": []byte("module " + RuntimeModule + "\n\ngo 1.16\n")}
	for name, t := range files {
		text[runtimeRoot+"/"+name] = t
	}
	folder = filepath.Join(dir, "runtime-"+hashOf(text))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("writing the runtime's source: %w", err)
	}
	temp, err := os.MkdirTemp(dir, ".runtime-")
	if err != nil {
		return "", fmt.Errorf("writing the runtime's source: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	for name, t := range text {
		path := filepath.Join(temp, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", fmt.Errorf("writing the runtime's source: %w", err)
		}
		if err := os.WriteFile(path, t, 0o644); err != nil {
			return "", fmt.Errorf("writing the runtime's source: %w", err)
		}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return "", fmt.Errorf("writing the runtime's source: %w", err)
	}
	if err := os.Rename(temp, folder); err != nil {
		if _, statErr := os.Stat(folder); statErr != nil { // nobody else was faster
			return "", fmt.Errorf("writing the runtime's source: %w", err)
		}
	}
	return folder, nil
}

func hashOf(files map[string][]byte) string {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		_, _ = fmt.Fprintf(hash, "%s %d\n", name, len(files[name]))
		_, _ = hash.Write(files[name])
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
