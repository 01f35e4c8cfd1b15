package main

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// standard is the name of the module that the standard library's own packages
// are copied into.
const standard = "corpus.example/std"

// standardPackages are those that can be built outside of the standard library:
// what they import of its internal packages does not reach into the runtime.
var standardPackages = strings.Fields(`
	bufio cmp
	compress/bzip2 compress/flate compress/gzip compress/lzw compress/zlib
	container/heap container/list container/ring
	database/sql/driver debug/dwarf debug/macho debug/pe debug/plan9obj
	encoding/ascii85 encoding/asn1 encoding/base32 encoding/base64 encoding/binary encoding/csv encoding/gob
	encoding/hex encoding/json encoding/pem encoding/xml
	 expvar flag
	go/ast go/build/constraint go/constant go/doc go/doc/comment go/format go/parser go/printer go/scanner go/token go/version
	hash/adler32 hash/crc64 hash/fnv
	html image image/color image/color/palette image/draw image/gif image/jpeg image/png index/suffixarray
	 io/ioutil
	log log/slog maps math/bits math/cmplx mime/quotedprintable net/mail net/textproto 
	regexp regexp/syntax slices 
	testing/fstest testing/iotest testing/quick
	text/scanner text/tabwriter text/template text/template/parse unicode unicode/utf16 unicode/utf8
`)

// copyStandard makes a module of packages of the standard library, and of those
// internal ones that they and their tests need, under other import paths.
func copyStandard(goroot, release, dir string) error {
	if err := freshDir(dir, -1); err != nil {
		return err
	}
	src := filepath.Join(goroot, "src")
	packages := slices.Clone(standardPackages)
	for i := 0; i < len(packages); i++ { // grows
		imports, err := importsOf(filepath.Join(src, packages[i]))
		if err != nil {
			return err
		}
		for _, path := range imports {
			if isInternal(path) && !slices.Contains(packages, path) {
				packages = append(packages, path)
			}
		}
	}
	for _, pkg := range packages {
		if err := copyPackage(src, pkg, dir, packages); err != nil {
			return err
		}
	}
	for _, shared := range []string{"testdata", "compress/testdata"} {
		if err := copyTree(filepath.Join(src, shared), filepath.Join(dir, shared), -1); err != nil {
			return err
		}
	}
	version := strings.TrimPrefix(release, "go")
	return os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module "+standard+"\n\ngo "+version+"\n"), 0o644)
}

func isInternal(path string) bool {
	return strings.Contains("/"+path+"/", "/internal/")
}

func importsOf(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("copying the standard library: %w", err)
	}
	var paths []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return nil, fmt.Errorf("copying the standard library: %w", err)
		}
		for _, spec := range parsed.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				paths = append(paths, path)
			}
		}
	}
	return paths, nil
}

// copyPackage copies the files of one package, and its testdata.
func copyPackage(src, pkg, dir string, packages []string) error {
	from, to := filepath.Join(src, pkg), filepath.Join(dir, pkg)
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("copying the standard library: %w", err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("copying the standard library: %w", err)
	}
	for _, entry := range entries {
		path := filepath.Join(from, entry.Name())
		switch {
		case entry.IsDir() && entry.Name() == "testdata":
			err = copyTree(path, filepath.Join(to, "testdata"), -1)
		case entry.IsDir():
		case filepath.Ext(path) == ".go":
			err = copyRenamed(path, filepath.Join(to, entry.Name()), packages)
		default:
			err = copyOne(path, filepath.Join(to, entry.Name()), entry)
		}
		if err != nil {
			return fmt.Errorf("copying the standard library: %w", err)
		}
	}
	return nil
}

// copyRenamed copies a Go file, with imports of the packages under their new
// paths.
func copyRenamed(from, to string, packages []string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, from, text, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range slices.Backward(parsed.Imports) {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !slices.Contains(packages, path) {
			continue
		}
		at := files.Position(spec.Path.Pos()).Offset
		renamed := strconv.Quote(standard + "/" + path)
		text = slices.Replace(text, at, at+len(spec.Path.Value), []byte(renamed)...)
	}
	return os.WriteFile(to, text, 0o644)
}

// provide puts a module's source into dir.
func (l *lab) provide(ctx context.Context, m module, dir string) error {
	if m.Path == standard {
		if m.Version != l.release {
			return fmt.Errorf("the list has the standard library of %s, this is %s: change modules.tsv", m.Version, l.release)
		}
		return copyStandard(l.goroot, l.release, dir)
	}
	return fetch(ctx, m, dir)
}
