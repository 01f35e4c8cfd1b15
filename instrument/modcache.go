package instrument

import (
	gobuild "go/build"
	"go/version"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// moduleCache finds packages of other modules where the go command finds them,
// as far as go.mod alone says where that is. Asking the go command costs more
// than all the rest of a build with nothing to do.
type moduleCache struct {
	dir      string
	required map[string]string // versions, by module path
}

// openModuleCache reads what the main module requires. The zero moduleCache knows
// no package; it is right where go.mod does not decide alone: in a workspace, with
// a vendor folder, and before Go 1.17, when go.mod did not list all modules
// that packages come from (go.dev/ref/mod, "Module graph pruning").
func openModuleCache(modules []Module) (c moduleCache) {
	if len(modules) != 1 {
		return c
	}
	root := modules[0].Dir
	if _, err := os.Stat(filepath.Join(root, "vendor", "modules.txt")); err == nil {
		return c
	}
	file := filepath.Join(root, "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return c
	}
	mod, err := modfile.Parse(file, text, nil)
	if err != nil || mod.Go == nil || version.Compare("go"+mod.Go.Version, "go1.17") < 0 {
		return c
	}
	return moduleCache{dir: moduleCacheDir(), required: requirements(mod)}
}

// requirements are the versions that no replace line touches.
func requirements(mod *modfile.File) map[string]string {
	versions := map[string]string{}
	for _, r := range mod.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	for _, r := range mod.Replace {
		versions[r.Old.Path] = ""
	}
	return versions
}

// moduleCacheDir is GOMODCACHE, unless "go env -w" set it: a cache that is not
// there has no packages, and the go command is asked.
func moduleCacheDir() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	if list := filepath.SplitList(gobuild.Default.GOPATH); len(list) > 0 {
		return filepath.Join(list[0], "pkg", "mod")
	}
	return ""
}

// folder is the folder of a package in the cache, or "". As for the go command,
// the longest module path that has the package counts.
func (c moduleCache) folder(importPath string) string {
	for at := importPath; at != "." && at != "/"; at = path.Dir(at) {
		v, required := c.required[at]
		if !required {
			continue
		}
		escaped, err := module.EscapePath(at)
		if err != nil || v == "" {
			return ""
		}
		escapedVersion, err := module.EscapeVersion(v)
		if err != nil {
			return ""
		}
		root := filepath.Join(c.dir, filepath.FromSlash(escaped)+"@"+escapedVersion)
		if _, err := os.Stat(root); err != nil {
			return "" // not downloaded, or another cache's
		}
		dir := filepath.Join(root, filepath.FromSlash(importPath[len(at):]))
		if hasGo(dir) {
			return dir
		}
	}
	return ""
}

func hasGo(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return filepath.Ext(e.Name()) == ".go" })
}
