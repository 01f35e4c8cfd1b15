package scaffold

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"github.com/telemetry-kit/telemetry-kit-go/templates"
	"golang.org/x/mod/modfile"
)

const (
	cobra = "github.com/spf13/cobra"
	tool  = instrument.RuntimeModule + "/cmd/tkgen"
	goNow = "1.26.0" // the go line of this module, which a project needs at least
)

// goMod is go.mod, and go.sum where it can be known without a network.
func (o *Options) goMod() ([]templates.File, error) {
	f := new(modfile.File)
	if err := f.AddModuleStmt(o.Module); err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	if err := f.AddGoStmt(goNow); err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	if err := f.AddTool(tool); err != nil {
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
	if o.Version == "" || o.Version == "(devel)" || strings.Contains(o.Version, "+") {
		return fmt.Errorf("this tkgen was built from a checkout (version %s), so there is no version of it to fetch: give the checkout with --replace DIR", o.Version)
	}
	f.AddNewRequire(instrument.RuntimeModule, o.Version, false)
	return nil
}

// fromCheckout requires what the checkout requires, so that the go command finds
// all of it there and in the module cache.
func (o *Options) fromCheckout(f *modfile.File) (sums []byte, err error) {
	dir, err := filepath.Abs(o.Replace)
	if err != nil {
		return nil, fmt.Errorf("finding --replace: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("reading --replace: %w: name the folder of a checkout of %s", err, instrument.RuntimeModule)
	}
	theirs, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, fmt.Errorf("reading --replace: %w", err)
	}
	if theirs.Module == nil || theirs.Module.Mod.Path != instrument.RuntimeModule {
		return nil, fmt.Errorf("--replace: %s is another module: name the folder of a checkout of %s", dir, instrument.RuntimeModule)
	}
	f.AddNewRequire(instrument.RuntimeModule, "v0.0.0", false)
	for _, r := range theirs.Require {
		f.AddNewRequire(r.Mod.Path, r.Mod.Version, r.Mod.Path != cobra || o.Kind != "cli")
	}
	f.SetRequireSeparateIndirect(f.Require)
	if err := f.AddReplace(instrument.RuntimeModule, "", filepath.ToSlash(dir), ""); err != nil {
		return nil, fmt.Errorf("writing go.mod: %w", err)
	}
	if sums, err = os.ReadFile(filepath.Join(dir, "go.sum")); err != nil {
		return nil, fmt.Errorf("reading --replace: %w", err)
	}
	return sums, nil
}
