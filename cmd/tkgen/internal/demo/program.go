package demo

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// The program: kustomize, of the Kubernetes authors (Apache-2.0). This version,
// because a later one no longer panics on crash/kustomization.yaml.
const (
	module  = "sigs.k8s.io/kustomize/kustomize/v5"
	version = "v5.2.1"
	sum     = "h1:bI0UnT+UJiEEl1BaomL71ESl3w5rJo2Aw6CpqxX4aS4="
	service = "kustomize"
)

//go:embed testdata/marks.tsv
var marksText string

// mark is a function that gets a directive.
type mark struct {
	file   string // slash-separated, below the module
	header string // the start of the line, once in that file
	kind   string
}

func readMarks() ([]mark, error) {
	var marks []mark
	for line := range strings.Lines(marksText) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			return nil, fmt.Errorf("reading marks: %q is not FILE, FUNC and KIND", line)
		}
		marks = append(marks, mark{fields[0], fields[1], fields[2]})
	}
	return marks, nil
}

// fetch copies the module out of the module cache, as its authors wrote it.
func (d *demo) fetch(ctx context.Context) (dir string, err error) {
	out, err := d.command(ctx, d.dir, nil, "go", "mod", "download", "-json", module+"@"+version)
	if err != nil {
		return "", err
	}
	var info struct{ Dir, Sum string }
	if err := json.Unmarshal(out, &info); err != nil {
		return "", fmt.Errorf("fetching %s: %w", module, err)
	}
	if info.Sum != sum {
		return "", fmt.Errorf("fetching %s: its checksum is %s, not %s", module, info.Sum, sum)
	}
	dir = d.path("source")
	return dir, copyTree(info.Dir, dir)
}

// copyTree copies what is read-only in the module cache so that it can be
// written.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o644)
	})
}

// markUp does what a maintainer does by hand: directives above functions, one
// line in main, the module required.
func (d *demo) markUp(ctx context.Context, dir string) error {
	for _, m := range d.marks {
		directive := "//telemetry:instrument\n"
		if m.kind == "command" {
			directive = "//telemetry:instrument kind=command\n"
		}
		if err := insertAbove(filepath.Join(dir, filepath.FromSlash(m.file)), m.header, directive); err != nil {
			return err
		}
	}
	if err := editMain(dir, `
	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
`, `
	defer telemetry.Start(telemetry.Config{Service: "`+service+`", Agent: agent.New(os.Getenv("DEMO_DSN"))}).Stop()
`); err != nil {
		return err
	}
	return d.require(ctx, dir)
}

// insertAbove puts text on the line above the one line that starts with header.
// An empty comment line keeps a doc comment and a directive apart, as gofmt
// wants it.
func insertAbove(path, header, text string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("marking: %w", err)
	}
	before, after, found := bytes.Cut(src, []byte("\n"+header))
	if !found || bytes.Contains(after, []byte("\n"+header)) {
		return fmt.Errorf("marking: %s has not exactly one line that starts with %q", path, header)
	}
	last := before[bytes.LastIndexByte(before, '\n')+1:]
	if bytes.HasPrefix(last, []byte("//")) {
		text = "//\n" + text
	}
	return os.WriteFile(path, []byte(string(before)+"\n"+text+header+string(after)), 0o644)
}

// editMain adds imports and a first line to the program's main.
func editMain(dir, imports, line string) error {
	path := filepath.Join(dir, "main.go")
	src, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("editing main: %w", err)
	}
	text := strings.Replace(string(src), "import (\n", "import ("+imports, 1)
	text = strings.Replace(text, "func main() {\n", "func main() {"+line, 1)
	if !strings.Contains(text, imports) || !strings.Contains(text, line) {
		return fmt.Errorf("editing main: %s does not look as expected", path)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// require makes the copy depend on this module: on the checkout that the demo
// is run in, if it is run in one, so that it needs no network; else on the
// version that this tool was built from.
func (d *demo) require(ctx context.Context, dir string) error {
	cwd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the current folder: %w", err)
	}
	m, err := instrument.FindModule(cwd)
	if err != nil || m.Path != instrument.RuntimeModule {
		_, err := d.command(ctx, dir, nil, "go", "get", instrument.RuntimeModule+"@"+toolVersion())
		return err
	}
	if _, err := d.command(ctx, dir, nil, "go", "mod", "edit",
		"-require="+m.Path+"@v0.0.0", "-replace="+m.Path+"="+m.Dir); err != nil {
		return err
	}
	return appendFile(filepath.Join(dir, "go.sum"), filepath.Join(m.Dir, "go.sum"))
}

func appendFile(path, from string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("editing go.sum: %w", err)
	}
	more, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("editing go.sum: %w", err)
	}
	return os.WriteFile(path, append(text, more...), 0o644)
}

// command runs a program and returns its standard output; what it says
// otherwise becomes part of the error.
func (d *demo) command(ctx context.Context, dir string, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod"), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, stderr.String())
	}
	return stdout.Bytes(), nil
}
