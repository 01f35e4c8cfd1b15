// Package scaffold makes a new project.
//
// In comes what it is to be called; out goes a folder that is whole, or none: it is
// written under another name beside its place, instrumented there, and renamed.
//
//	check → render (templates) → go.mod → write → generate → rename
package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"github.com/telemetry-kit/telemetry-kit-go/templates"
	"golang.org/x/mod/module"
)

// Options say what to make.
type Options struct {
	templates.Project
	Dir string // its folder. Empty: the project's name
	// Replace is the folder of a checkout of this module, which the project takes
	// it from, without a network. Empty: Version is fetched.
	Replace string
	// Version is the one to require: that of the running tool.
	Version string
}

// Result is what was made.
type Result struct {
	Dir       string                `json:"dir"` // absolute
	Template  string                `json:"template"`
	Module    string                `json:"module"`
	Service   string                `json:"service,omitempty"` // under which it records; a library has none
	Files     []string              `json:"files"`
	Functions []instrument.Function `json:"functions"`
	Next      []string              `json:"next"` // commands, as a shell takes them
}

var name = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// New makes a project.
func New(o Options) (*Result, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	files, err := templates.Render(o.Project)
	if err != nil {
		return nil, err
	}
	requirements, err := o.goMod()
	if err != nil {
		return nil, err
	}
	r := &Result{Template: o.Kind, Module: o.Module}
	for _, f := range append(files, requirements...) {
		r.Files = append(r.Files, f.Path)
	}
	if r.Dir, err = place(o.Dir); err != nil {
		return nil, err
	}
	if err := r.write(append(files, requirements...)); err != nil {
		return nil, err
	}
	r.next(o)
	return r, nil
}

// complete fills in what is left out, and refuses what cannot be.
func (o *Options) complete() error {
	if !name.MatchString(o.Name) {
		return fmt.Errorf("%q is no name of a project: use lower-case letters, digits and hyphens, as in my-tool (a path goes to --module, a folder to --dir)", o.Name)
	}
	if o.Module == "" {
		o.Module = "example.com/" + o.Name
	}
	if err := module.CheckImportPath(o.Module); err != nil {
		return fmt.Errorf("--module: %w: write a path such as example.com/%s", err, o.Name)
	}
	if o.Module == instrument.RuntimeModule || strings.HasPrefix(o.Module, instrument.RuntimeModule+"/") {
		return fmt.Errorf("--module: %s is a module that the project imports: choose a path of your own", o.Module)
	}
	if o.Kind == "library" && o.Sync {
		return errors.New("--sync: a library sends nothing, the program that imports it decides: leave --sync out, or take --template cli or service")
	}
	if o.Dir == "" {
		o.Dir = o.Name
	}
	return nil
}

// place is the folder's absolute path, if nothing is there.
func place(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the folder: %w", err)
	}
	switch entries, err := os.ReadDir(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return dir, nil
	case err != nil:
		return "", fmt.Errorf("looking at the place of the project: %w; choose another one with --dir", err)
	case len(entries) > 0:
		return "", fmt.Errorf("%s is there and holds %s: choose another folder with --dir, or use tkgen init in it", dir, entries[0].Name())
	}
	return dir, nil
}

// write makes the folder, whole.
func (r *Result) write(files []templates.File) (err error) {
	parent := filepath.Dir(r.Dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("making the folder around the project: %w", err)
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(r.Dir)+"-*")
	if err != nil {
		return fmt.Errorf("making a folder beside the project: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }() // gone if it was renamed
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("making the folder readable: %w", err)
	}
	for _, f := range files {
		if err := writeFile(filepath.Join(temp, filepath.FromSlash(f.Path)), f.Text); err != nil {
			return err
		}
	}
	if err := r.generate(temp); err != nil {
		return err
	}
	_ = os.Remove(r.Dir) // an empty folder may be there
	if err := os.Rename(temp, r.Dir); err != nil {
		return fmt.Errorf("putting the project in its place: %w; nothing was left behind", err)
	}
	return nil
}

func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// generate has the project say from the first commit on what tkgen generate
// --check wants to see. Paths are those that the project is going to have.
func (r *Result) generate(temp string) error {
	dir, err := instrument.Folder(temp)
	if err != nil {
		return err
	}
	result, err := instrument.Generate(instrument.Options{Dir: dir})
	if err != nil {
		return fmt.Errorf("instrumenting the project: %w", err)
	}
	if err := result.Write(); err != nil {
		return fmt.Errorf("instrumenting the project: %w", err)
	}
	for _, f := range result.Functions {
		f.File = filepath.Join(r.Dir, strings.TrimPrefix(f.File, dir))
		r.Functions = append(r.Functions, f)
	}
	for _, c := range result.Changes {
		if c.Old == nil {
			r.Files = append(r.Files, filepath.ToSlash(strings.TrimPrefix(c.Path, dir+string(filepath.Separator))))
		}
	}
	return nil
}

// next are the three commands after which there is something to see.
func (r *Result) next(o Options) {
	enter := "cd " + quote(o.Dir)
	if o.Replace == "" {
		enter += " && go mod tidy"
	}
	switch o.Kind {
	case "cli":
		r.Service = o.Name
		r.Next = []string{enter, "go test ./... && go run . count README.md", "go run . telemetry show"}
	case "service":
		r.Service = o.Name
		r.Next = []string{enter, "go test ./... && go run .", "go tool tkgen stats --service " + o.Name}
	default:
		r.Next = []string{enter, "go test ./... && go run ./example < README.md", "go tool tkgen stats --service " + o.Name + "-example"}
	}
}

// quote is for a shell.
func quote(path string) string {
	if regexp.MustCompile(`^[\w./+:@\\-]+$`).MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
