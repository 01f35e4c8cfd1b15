// Package adopt brings telemetry into a module that is there already.
//
// In comes the folder of a program; out go the changes that start telemetry in it,
// as texts that nobody has written yet, and what to know about them. The way is
//
//	find (the main package, how it runs) → edit (bytes, not a reprint) → go.mod → Changes
//
// The caller shows them, asks, and has them written; what was written can be undone
// (undo.go).
package adopt

import (
	"errors"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/scaffold"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"github.com/telemetry-kit/telemetry-kit-go/templates"
)

// Options say what to do with which program.
type Options struct {
	Dir     string // of the main package, or of a module with one. Absolute
	Service string // empty: the program's name
	Sync    bool   // let the program send
	// TemplateFiles adds the files that a new project has and this one has not:
	// TELEMETRY.md.
	TemplateFiles bool
	// Replace and Version are those of scaffold.Options.
	Replace, Version string
}

// Plan is what would be done.
type Plan struct {
	Module  instrument.Module   `json:"-"`
	Service string              `json:"service"`
	Kind    Kind                `json:"kind"`
	File    string              `json:"file"` // that starts telemetry
	Line    int                 `json:"line"`
	Changes []instrument.Change `json:"-"`
	Notes   []string            `json:"notes,omitempty"` // for the author, a sentence each
	Next    []string            `json:"next"`            // commands
}

// Kind is how a program runs.
type Kind string

// The kinds of programs.
const (
	Cobra Kind = "cobra" // a tree of commands
	HTTP  Kind = "http"  // a server
	Plain Kind = "plain" // func main
)

var serviceName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)

// New finds out what to change. It writes nothing.
func New(o Options) (*Plan, error) {
	m, err := instrument.FindModule(o.Dir)
	if err != nil {
		return nil, err
	}
	place, err := find(m, o.Dir)
	if err != nil {
		return nil, err
	}
	if o.Service == "" {
		o.Service = filepath.Base(place.main)
		if place.main == m.Dir {
			o.Service = baseName(m.Path)
		}
	}
	if !serviceName.MatchString(o.Service) {
		return nil, fmt.Errorf("%q is no name of a program: give one with --service, of letters, digits and hyphens", o.Service)
	}
	p := &Plan{Module: m, Service: o.Service, Kind: place.kind}
	p.File, p.Line = place.file.path, place.fset.Position(place.at()).Line
	if err := p.source(o, place); err != nil {
		return nil, err
	}
	if err := p.requirements(o); err != nil {
		return nil, err
	}
	return p, p.words(o, place)
}

// baseName is the last element of a module path that is no major version.
func baseName(modulePath string) string {
	dir, last := filepath.Split(modulePath)
	if dir != "" && regexp.MustCompile(`^v[0-9]+$`).MatchString(last) {
		last = filepath.Base(dir)
	}
	return last
}

// source is the program's own file, and the one beside it that says where to.
func (p *Plan) source(o Options, at *place) error {
	edited, err := at.edit(o)
	if err != nil {
		return err
	}
	p.Changes = append(p.Changes, instrument.Change{Path: at.file.path, Old: at.file.text, New: edited})
	if !o.Sync {
		return nil
	}
	text, err := templates.Fill("_init/telemetry_config.go", templates.Project{Name: o.Service}, at.pkg.Name)
	if err != nil {
		return err
	}
	return p.add(filepath.Join(filepath.Dir(at.file.path), "telemetry_config.go"), text)
}

// words are TELEMETRY.md, and what there is to say.
func (p *Plan) words(o Options, at *place) error {
	if o.TemplateFiles {
		text, err := templates.Fill("_init/TELEMETRY.md", templates.Project{Kind: string(p.Kind), Name: o.Service, Sync: o.Sync}, "")
		if err != nil {
			return err
		}
		path := filepath.Join(p.Module.Dir, "TELEMETRY.md")
		if _, err := os.Stat(path); err == nil {
			p.Notes = append(p.Notes, "TELEMETRY.md is there already and stays as it is")
		} else if err := p.add(path, text); err != nil {
			return err
		}
	}
	if at.exits && p.Kind != Cobra {
		p.Notes = append(p.Notes, "main ends with os.Exit or log.Fatal, which skips Stop: the last counts of features can be lost; telemetry.Exit instead of os.Exit keeps them")
	}
	p.Next = []string{"go build ./...", "go tool tkgen stats --service " + o.Service, "tkgen init --undo"}
	if at.looksUp.IsValid() {
		p.Notes = append(p.Notes, fmt.Sprintf("%s looks a command up before the root is executed, which is when the command telemetry comes: let `telemetry` through there", at.fset.Position(at.looksUp)))
	}
	if vendored(p.Module.Dir) {
		p.Next = append([]string{"go mod vendor"}, p.Next...)
	}
	if o.Replace == "" {
		p.Next = append([]string{"go mod tidy"}, p.Next...)
	}
	return nil
}

// add is a file that must not be there.
func (p *Plan) add(path string, text []byte) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s is there already: rename it, or leave telemetry to it", path)
	}
	p.Changes = append(p.Changes, instrument.Change{Path: path, New: text})
	return nil
}

// problem is an error at a place in the source.
func problem(fset *token.FileSet, at token.Pos, message, hint string) error {
	return instrument.Problem{Pos: fset.Position(at), Message: message, Hint: hint}
}

// Write writes all or nothing, and notes how to undo it.
func (p *Plan) Write() error {
	if err := note(p.Module.Dir, p.Changes); err != nil {
		return err
	}
	if err := (&instrument.Result{Changes: p.Changes}).Write(); err != nil {
		return errors.Join(err, forget(p.Module.Dir))
	}
	return nil
}

// requirements are go.mod and go.sum.
func (p *Plan) requirements(o Options) error {
	mod, err := os.ReadFile(filepath.Join(p.Module.Dir, "go.mod"))
	if err != nil {
		return fmt.Errorf("reading go.mod: %w", err)
	}
	var c scaffold.Checkout
	if o.Replace != "" {
		if c, err = scaffold.ReadCheckout(o.Replace); err != nil {
			return err
		}
	}
	changed, notes, err := require(mod, o, c)
	if err != nil {
		return err
	}
	p.Notes = append(p.Notes, notes...)
	if string(changed) != string(mod) {
		p.Changes = append(p.Changes, instrument.Change{Path: filepath.Join(p.Module.Dir, "go.mod"), Old: mod, New: changed})
	}
	if o.Replace == "" {
		return nil
	}
	path := filepath.Join(p.Module.Dir, "go.sum")
	sums, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("reading go.sum: %w", err)
	}
	if merged := merge(sums, c.Sums); string(merged) != string(sums) {
		p.Changes = append(p.Changes, instrument.Change{Path: path, Old: sums, New: merged})
	}
	return nil
}

// merge adds the lines that are missing.
func merge(sums, more []byte) []byte {
	have := map[string]bool{}
	for line := range strings.Lines(string(sums)) {
		have[strings.TrimSpace(line)] = true
	}
	text := string(sums)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	var b strings.Builder
	b.WriteString(text)
	for line := range strings.Lines(string(more)) {
		if line = strings.TrimSpace(line); line != "" && !have[line] {
			b.WriteString(line + "\n")
		}
	}
	return []byte(b.String())
}
