package scaffold

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"github.com/telemetry-kit/telemetry-kit-go/templates"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

const (
	cobra = "github.com/spf13/cobra"
	// Tool is tkgen, as a tool line of go.mod says it.
	Tool = instrument.RuntimeModule + "/cmd/tkgen"
	// GoVersion is the go line of this module: a project's is not lower.
	GoVersion = "1.26.0"
)

// goMod is go.mod, and go.sum where it can be known without a network.
func (o *Options) goMod() ([]templates.File, error) {
	f := new(modfile.File)
	if err := f.AddModuleStmt(o.Module); err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	if err := f.AddGoStmt(GoVersion); err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	if err := f.AddTool(Tool); err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	var sums []byte
	var err error
	if o.Replace != "" {
		sums, err = o.fromCheckout(f)
	} else {
		err = o.fromProxy(f)
	}
	if err != nil {
		return nil, err
	}
	f.Cleanup()
	text, err := f.Format()
	if err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	files := []templates.File{{Path: "go.mod", Text: text}}
	if sums != nil {
		files = append(files, templates.File{Path: "go.sum", Text: sums})
	}
	return files, nil
}

// fromProxy requires the version of this tool; go mod tidy finds the rest.
func (o *Options) fromProxy(f *modfile.File) error {
	if err := Fetchable(o.Version); err != nil {
		return err
	}
	f.AddNewRequire(instrument.RuntimeModule, o.Version, false)
	return nil
}

// Fetchable reports why a version of this tool is none that others can require.
func Fetchable(version string) error {
	if version == "" || version == "(devel)" || strings.Contains(version, "+") {
		return fmt.Errorf("this tkgen was built from a checkout (version %s), so there is no version of it to fetch: give the checkout with --replace DIR", version)
	}
	return nil
}

// fromCheckout requires what the checkout requires, so that the go command finds
// all of it there and in the module cache.
func (o *Options) fromCheckout(f *modfile.File) (sums []byte, err error) {
	c, err := ReadCheckout(o.Replace)
	if err != nil {
		return nil, err
	}
	f.AddNewRequire(instrument.RuntimeModule, "v0.0.0", false)
	for _, r := range c.Require {
		f.AddNewRequire(r.Path, r.Version, r.Path != cobra || o.Kind != "cli")
	}
	f.SetRequireSeparateIndirect(f.Require)
	if err := f.AddReplace(instrument.RuntimeModule, "", filepath.ToSlash(c.Dir), ""); err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	return c.Sums, nil
}

// Checkout is a folder that holds this module.
type Checkout struct {
	Dir     string // absolute
	Require []module.Version
	Sums    []byte // go.sum
}

// ReadCheckout reads what a checkout requires.
func ReadCheckout(folder string) (c Checkout, err error) {
	if c.Dir, err = filepath.Abs(folder); err != nil {
		return c, fmt.Errorf("finding --replace: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(c.Dir, "go.mod"))
	if err != nil {
		return c, fmt.Errorf("reading --replace: %w: name the folder of a checkout of %s", err, instrument.RuntimeModule)
	}
	f, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return c, fmt.Errorf("reading --replace: %w", err)
	}
	if f.Module == nil || f.Module.Mod.Path != instrument.RuntimeModule {
		return c, fmt.Errorf("--replace: %s is another module: name the folder of a checkout of %s", c.Dir, instrument.RuntimeModule)
	}
	for _, r := range f.Require {
		c.Require = append(c.Require, r.Mod)
	}
	if c.Sums, err = os.ReadFile(filepath.Join(c.Dir, "go.sum")); err != nil {
		return c, fmt.Errorf("reading --replace: %w", err)
	}
	return c, nil
}
