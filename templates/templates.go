// Package templates holds the projects that `tkgen scaffold` makes.
//
// In comes what a project is called; out go its files, as text. What is particular
// to a machine (go.mod, generated lines, writing) is the business of the tool.
//
// Each folder here is a layer; a project is made of several, and a file of a later
// one stands for that of an earlier one. Their names start with an underscore, so
// that the go command leaves them alone, and editors and gofmt do not: they are Go
// files, with placeholders of text/template in strings and comments.
package templates

import (
	"bytes"
	"embed"
	"fmt"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"
)

//go:embed _shared _cli _cli_sync _service _service_sync _library _init
var layers embed.FS

// Kinds are the projects that there are.
var Kinds = []string{"cli", "service", "library"}

// Project is what a project is called.
type Project struct {
	Kind   string // one of Kinds
	Name   string // of the program and its telemetry: "my-tool"
	Module string // its path: "example.com/my-tool"
	// Sync lets the program send. A library cannot.
	Sync bool
}

// File is a file of a project.
type File struct {
	Path string // with slashes, relative to the project
	Text []byte
}

// Variable is what the names of the program's environment variables start with.
func (p Project) Variable() string {
	return strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(p.Name))
}

// Package is the library's name in Go: "go-my-words" is package mywords. It can be
// an identifier if Name starts with a letter and has letters, digits and hyphens.
func (p Project) Package() string {
	name := strings.TrimSuffix(strings.TrimPrefix(p.Name, "go-"), "-go")
	name = strings.ReplaceAll(name, "-", "")
	if token.IsKeyword(name) || slices.Contains(taken, name) {
		name += "lib"
	}
	return name
}

// taken are the names that the library's files give to something else.
var taken = []string{
	"bufio", "err", "errors", "fmt", "got", "io", "iotest", "main", "n", "nil", "os", "recorded", "run", "strings", "t", "telemetry", "telemetrytest", "testing",
}

// Render returns the files of a project, sorted by path.
func Render(p Project) ([]File, error) {
	if !slices.Contains(Kinds, p.Kind) {
		return nil, fmt.Errorf("there is no template %q: it is one of %s", p.Kind, strings.Join(Kinds, ", "))
	}
	from := []string{"_shared", "_" + p.Kind}
	if p.Sync {
		from = append(from, "_"+p.Kind+"_sync")
	}
	texts := map[string][]byte{}
	for _, layer := range from {
		if err := p.render(layer, texts); err != nil {
			return nil, err
		}
	}
	var files []File
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		files = append(files, File{name, texts[name]})
	}
	return files, nil
}

func (p Project) render(layer string, texts map[string][]byte) error {
	return fs.WalkDir(layers, layer, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		source, err := layers.ReadFile(name)
		if err != nil {
			return err
		}
		text, err := p.fill(name, string(source), p.Package())
		if err != nil {
			return err
		}
		to := strings.TrimPrefix(name, layer+"/")
		texts[strings.ReplaceAll(path.Clean(to), "dot_", ".")] = text
		return nil
	})
}

// Fill returns one file of _init, for a program that is there already: its package
// is called pkg.
func Fill(name string, p Project, pkg string) ([]byte, error) {
	source, err := layers.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	return p.fill(name, string(source), pkg)
}

// fill fills in the placeholders, and the name of the package, which has to be an
// identifier in a Go file.
func (p Project) fill(name, source, pkg string) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("reading the template %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("filling in the template %s: %w", name, err)
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("library__"), []byte(pkg)), nil
}
