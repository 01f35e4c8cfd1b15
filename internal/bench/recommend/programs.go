package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// program is one whose authors placed telemetry by hand. calls is a regular expression
// over the calls that record, as they are written: tracing.StartSpan.
type program struct {
	name    string
	module  string // path@version; "" for one of GOROOT, or of a folder
	dir     string // in GOROOT's src, or anywhere
	calls   string
	heldOut bool // no regression was made over it; its results were seen all the same
}

// programs are those of which the module proxy has the source, and the go command.
var programs = []program{
	{name: "gopls", module: "golang.org/x/tools/gopls@v0.21.0", calls: `^event\.Start$|^counter\.(Inc|New|Open)$`},
	{name: "opentofu", module: "github.com/opentofu/opentofu@v1.12.6", calls: `Tracer\(\)\.Start$`},
	{name: "containerd", module: "github.com/containerd/containerd/v2@v2.4.2", calls: `^tracing\.StartSpan$`},
	{name: "influxdb", module: "github.com/influxdata/influxdb/v2@v2.7.12", calls: `^tracing\.StartSpan|StartSpanFromContext`},
	{name: "thanos", module: "github.com/thanos-io/thanos@v0.40.1", calls: `^tracing\.(StartSpan|DoInSpan|DoWithSpan)`},
	{name: "buildkit", module: "github.com/moby/buildkit@v0.34.2", calls: `StartSpan$`},
	{name: "buf", module: "github.com/bufbuild/buf@v1.75.0", calls: `DebugProfile$|tracer\.Start$`},
	{name: "openfga", module: "github.com/openfga/openfga@v1.22.1", calls: `tracer\.Start$`, heldOut: true},
	{name: "spicedb", module: "github.com/authzed/spicedb@v1.56.2", calls: `tracer\.Start$`, heldOut: true},
	{name: "compose", module: "github.com/docker/compose/v2@v2.40.3", calls: `^tracing\.(Span|Event|Keyboard)`, heldOut: true},
	{name: "buildx", module: "github.com/docker/buildx@v0.38.2", calls: `StartSpan$|TraceCurrentCommand$|metricutil\.`, heldOut: true},
	{name: "k6", module: "go.k6.io/k6@v1.8.1", calls: `TraceAPICall$|TraceEvent$|TraceNavigation$|[tT]racer(\(\))?\.Start$`},
	{name: "cmd/go", dir: "cmd/go", calls: `^counter\.(Inc|Open|New|CountFlags|CountCommandLineFlags)$`},
}

// folder is where the program's source is; it is fetched if it is a module's.
func (p program) folder(ctx context.Context) (dir, module string, err error) {
	switch {
	case p.module != "":
		out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", p.module).Output()
		var answer struct{ Dir, Path, Error string }
		if jsonErr := json.Unmarshal(out, &answer); jsonErr != nil || answer.Dir == "" {
			return "", "", fmt.Errorf("fetching %s: %s %w", p.module, answer.Error, err)
		}
		return answer.Dir, answer.Path, nil
	case filepath.IsAbs(p.dir) || strings.HasPrefix(p.dir, "."):
		out, err := command(ctx, p.dir, "go", "list", "-m")
		return p.dir, out, err
	}
	root, err := command(ctx, "", "go", "env", "GOROOT")
	return filepath.Join(root, "src", p.dir), p.dir, err
}

func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	out, err := c.Output()
	return strings.TrimSpace(string(out)), err
}
