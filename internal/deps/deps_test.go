// Package deps holds the house's floor plan: which room may import which.
package deps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

const module = "github.com/telemetry-kit/telemetry-kit-go"

// room is a folder and what its packages may import over and above the standard
// library and themselves. "/..." behind a name means everything below it, too.
type room struct {
	path string
	may  []string
}

// rooms are listed in the order of the way, and the first that fits counts.
var rooms = []room{
	// Build time: directive → plan → rewrite.
	{".", nil}, // the runtime's source as text, for builds that do not require it
	{"directive", nil},
	{"analyzer", []string{"directive", "golang.org/x/tools/..."}},
	{"templates", nil},
	{"manifest", []string{"directive", "golang.org/x/tools/..."}},
	{"instrument", []string{module, "directive", "github.com/dave/dst/...", "golang.org/x/mod/...", "golang.org/x/tools/..."}},

	// The user's process: sanitize → count | spool → outbox → upload. No stage
	// knows another one; folder is no stage, but where some of them keep files.
	{"runtime/event/wire", []string{"runtime/event"}},
	{"runtime/event", nil},
	{"runtime/internal/folder", nil},
	{"runtime/internal/consent", []string{"runtime/internal/folder"}},
	{"runtime/internal/machine", []string{"runtime/event"}},
	{"runtime/internal/sanitize", []string{"runtime/event"}},
	{"runtime/internal/counters", []string{"runtime/event"}},
	{"runtime/internal/spool", []string{"runtime/event", "runtime/internal/folder", "golang.org/x/sys/..."}},
	{"runtime/internal/outbox", []string{"runtime/event", "runtime/internal/folder", "modernc.org/sqlite/..."}},
	{"runtime/internal/upload", []string{"runtime/event", "runtime/event/wire", "runtime/internal/folder"}},
	{"runtime/telemetry", []string{
		"runtime/event", "runtime/internal/consent", "runtime/internal/machine", "runtime/internal/sanitize", "runtime/internal/counters", "runtime/internal/spool", "runtime/internal/folder",
	}},
	{"runtime/agent", []string{
		"runtime/event", "runtime/event/wire", "runtime/telemetry",
		"runtime/internal/consent", "runtime/internal/folder", "runtime/internal/machine", "runtime/internal/spool", "runtime/internal/outbox", "runtime/internal/upload",
	}},
	{"runtime/inspect", []string{
		"runtime/event", "runtime/agent",
		"runtime/internal/consent", "runtime/internal/folder", "runtime/internal/machine", "runtime/internal/spool", "runtime/internal/outbox", "runtime/internal/upload",
	}},

	{"runtime/telemetrycli", []string{"runtime/telemetry", "runtime/inspect"}},
	{"runtime/telemetryurfave", []string{"runtime/telemetry", "runtime/telemetrycli", "github.com/urfave/cli/v3"}},
	{"runtime/telemetrycobra", []string{"runtime/telemetry", "runtime/telemetrycli", "github.com/spf13/cobra", "github.com/spf13/pflag"}},
	{"runtime/telemetryhttp", []string{"runtime/telemetry"}},
	{"runtime/telemetryslog", []string{"runtime/telemetry"}},
	{"runtime/telemetrygrpc", []string{"runtime/telemetry", "google.golang.org/grpc/..."}},
	{"runtime/telemetrytest", []string{"runtime/event", "runtime/telemetry", "runtime/internal/consent", "runtime/internal/spool"}},

	// The operator's server: ingest → store ← analytics ← query, dashboard.
	{"server/store/sqlite", []string{"runtime/event", "server/store", "zombiezen.com/go/sqlite/..."}},
	{"server/store/storetest", []string{"runtime/event", "server/store", "github.com/google/go-cmp/cmp"}},
	{"server/store", []string{"runtime/event"}},
	{"server/credentials", []string{"runtime/event/wire", "server/store"}},
	{"server/session", []string{"server/store", "server/credentials", "server/reply"}},
	{"server/reply", []string{"runtime/event/wire", "server/store"}},
	{"server/ingest", []string{
		"runtime/event", "runtime/event/wire", "server/store", "server/credentials", "server/reply",
		"github.com/klauspost/compress/...", "golang.org/x/time/rate",
	}},
	{"server/analytics", []string{"runtime/event", "server/store"}},
	{"server/query", []string{"server/analytics", "server/store", "server/reply"}},
	{"server/dashboard", []string{"server/analytics", "server/store", "server/query", "server/session", "server/reply"}},
	{"server", []string{"runtime/event/wire", "server/..."}},

	// The roof.
	{"cmd/tkgen/internal/demo", []string{
		"directive", "instrument", "runtime/event/wire", "runtime/inspect", "server", "server/analytics", "golang.org/x/tools/txtar",
	}},
	{"cmd/tkgen/internal/config", []string{"go.yaml.in/yaml/v3"}},
	{"cmd/tkgen/internal/gotool", []string{"cmd/tkgen/internal/config", "instrument", "golang.org/x/mod/modfile"}},
	{"cmd/tkgen/internal/scaffold", []string{"instrument", "templates", "golang.org/x/mod/..."}},
	{"cmd/tkgen/internal/adopt", []string{"cmd/tkgen/internal/scaffold", "instrument", "templates", "golang.org/x/mod/...", "golang.org/x/tools/go/packages"}},
	{"cmd/tkgen", []string{
		"analyzer", "cmd/tkgen/internal/config", "cmd/tkgen/internal/demo", "cmd/tkgen/internal/gotool", "directive", "instrument", "manifest", "runtime/agent", "runtime/inspect",
		"cmd/tkgen/internal/adopt", "cmd/tkgen/internal/scaffold", "templates",
		"github.com/spf13/cobra", "github.com/rogpeppe/go-internal/diff", "golang.org/x/term", "golang.org/x/tools/go/analysis/unitchecker",
	}},
	{"cmd/tkserver", []string{"runtime/event/wire", "server/...", "github.com/spf13/cobra"}},
	{"internal/bench/recommend", []string{"analyzer", "golang.org/x/tools/..."}},
	{"internal/bench", []string{"runtime/..."}},
	{"examples/fleet", []string{"runtime/agent", "runtime/telemetry", "runtime/telemetrycobra", "github.com/spf13/cobra"}},
	{"examples", []string{"runtime/telemetry"}},
	{"internal/apidoc", []string{"github.com/google/go-cmp/cmp"}},
	{"internal/clidoc", []string{"github.com/google/go-cmp/cmp", "github.com/spf13/cobra"}},
	{"internal/wasm", []string{"runtime/agent", "runtime/inspect", "runtime/telemetry"}},
	{"internal/soak/writer", []string{"runtime/telemetry"}},
	{"internal/soak/keeper", []string{"runtime/agent", "runtime/inspect"}},
	{"internal/soak", []string{
		"runtime/event", "runtime/inspect", "server", "server/ingest", "server/store", "server/store/sqlite", "golang.org/x/term",
	}},
	{"internal/corpus", []string{"instrument", "directive", "golang.org/x/mod/...", "golang.org/x/sys/..."}},
}

// TestRooms parses the imports itself: a test that asks the go command is
// answered from the test cache after a forbidden import was added.
func TestRooms(t *testing.T) {
	root := repository(t)
	used := map[string]bool{}
	for path, imports := range packages(t, root) {
		i := slices.IndexFunc(rooms, func(r room) bool { return within(path, r.path+"/...") })
		if i < 0 {
			t.Errorf("%s is in no room: add it to the plan", path)
			continue
		}
		used[rooms[i].path] = true
		for _, imported := range imports {
			local := strings.TrimPrefix(imported, module+"/")
			allowed := slices.ContainsFunc(rooms[i].may, func(may string) bool { return within(local, may) })
			if !allowed && !within(local, rooms[i].path+"/...") && !standard(imported) {
				t.Errorf("%s imports %s, which the plan does not allow", path, local)
			}
		}
	}
	for _, r := range rooms {
		if !used[r.path] {
			t.Errorf("room %s is empty: take it out of the plan", r.path)
		}
	}
}

// within reports whether path is pattern, or below it if that ends in /...
func within(path, pattern string) bool {
	folder, below := strings.CutSuffix(pattern, "/...")
	return path == folder || below && strings.HasPrefix(path, folder+"/")
}

// standard reports whether an import path is of the standard library: these
// have no dot in their first element (go help importpath).
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// packages returns the imports of every package of the module, tests left out.
func packages(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root && (d.Name() == "testdata" || strings.ContainsAny(d.Name()[:1], "._") || hasModule(path) && !own(root, path)) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		found[pkg] = append(found[pkg], importsOf(file.Imports)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func hasModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// own reports whether a folder holds one of modules.
func own(root, dir string) bool {
	rel, err := filepath.Rel(root, dir)
	return err == nil && modules[filepath.ToSlash(rel)] != ""
}

func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || modfile.ModulePath(text) != module {
		t.Fatalf("no module %s in %s: %v", module, root, err)
	}
	return root
}

// importsOf returns the paths of import declarations.
func importsOf(specs []*ast.ImportSpec) []string {
	var paths []string
	for _, spec := range specs {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}
