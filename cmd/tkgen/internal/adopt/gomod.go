package adopt

import (
	"fmt"
	"go/version"
	"path/filepath"

	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/scaffold"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// require has go.mod require the runtime and the tool: from a checkout with all
// that the checkout requires, else in this tool's version.
func require(mod []byte, o Options, c scaffold.Checkout) (text []byte, notes []string, err error) {
	f, err := modfile.Parse("go.mod", mod, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("reading go.mod: %w", err)
	}
	there := versions(f)
	switch {
	case o.Replace != "":
		if err := replace(f, there, c); err != nil {
			return nil, nil, err
		}
	case there[instrument.RuntimeModule] == "":
		if err := scaffold.Fetchable(o.Version); err != nil {
			return nil, nil, err
		}
		f.AddNewRequire(instrument.RuntimeModule, o.Version, false)
	}
	if err := f.AddTool(scaffold.Tool); err != nil {
		return nil, nil, fmt.Errorf("writing go.mod: %w", err)
	}
	if f.Go == nil || version.Compare("go"+f.Go.Version, "go"+scaffold.GoVersion) < 0 {
		was := "none"
		if f.Go != nil {
			was = f.Go.Version
		}
		notes = append(notes, fmt.Sprintf("go.mod says go %s now (it was %s), because telemetry-kit needs it: the language of that version holds for your module", scaffold.GoVersion, was))
		if err := f.AddGoStmt(scaffold.GoVersion); err != nil {
			return nil, nil, fmt.Errorf("writing go.mod: %w", err)
		}
		if f.Toolchain != nil && version.Compare(f.Toolchain.Name, "go"+scaffold.GoVersion) < 0 {
			f.DropToolchainStmt()
		}
	}
	f.Cleanup()
	text, err = f.Format()
	return text, notes, err
}

func versions(f *modfile.File) map[string]string {
	there := map[string]string{}
	for _, r := range f.Require {
		there[r.Mod.Path] = r.Mod.Version
	}
	return there
}

// replace has the go command find all of it without a network: nothing lower than
// what the checkout requires.
func replace(f *modfile.File, there map[string]string, c scaffold.Checkout) error {
	if there[instrument.RuntimeModule] == "" {
		f.AddNewRequire(instrument.RuntimeModule, "v0.0.0", false)
	}
	for _, r := range c.Require {
		switch have := there[r.Path]; {
		case have == "":
			f.AddNewRequire(r.Path, r.Version, true)
		case semver.Compare(have, r.Version) < 0:
			if err := f.AddRequire(r.Path, r.Version); err != nil {
				return fmt.Errorf("writing go.mod: %w", err)
			}
		}
	}
	if err := f.AddReplace(instrument.RuntimeModule, "", filepath.ToSlash(c.Dir), ""); err != nil {
		return fmt.Errorf("writing go.mod: %w", err)
	}
	return nil
}
