package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
)

//go:embed testdata/input.txtar
var input []byte

// killed is the exit code of a run that the demo ends with SIGKILL.
const killed = -1

// late is a named pipe into which nothing ever comes: what reads it waits for
// the signal.
const late = "late.env"

// run is one run of the program.
type run struct {
	dir  string // of input.txtar
	exit int    // expected: 0, 1 for an error, 2 for a panic, or killed
	args string
}

// runs go from an empty kustomization to a finished one, with the mistakes that
// people make. Nothing in them needs a network.
var runs = []run{
	{"app", 0, "create --autodetect"},
	{"app", 1, "create --autodetect"}, // there is one already
	{"app", 0, "edit add resource extra/ingress.yaml"},
	{"app", 1, "edit add resource missing.yaml"},
	{"app", 0, "edit set image nginx=nginx:1.27 redis:7.4"},
	{"app", 1, "edit set image nginx"},
	{"app", 0, "edit set namespace shop"},
	{"app", 0, "edit set nameprefix -- dev-"},
	{"app", 0, "edit add label tier:web"},
	{"app", 1, "edit add label tier:web"},
	{"app", 0, "edit add configmap app-config --from-file=extra/app.properties --from-literal=level=info"},
	{"app", 1, "edit add configmap broken --from-literal=novalue"},
	{"app", 0, "edit add secret app-secret --from-literal=token=s3cr3t"},
	{"app", 0, "edit set replicas web=3"},
	{"app", 1, "edit remove configmap nosuch"},
	{"app", 0, "edit remove resource extra/ingress.yaml"},
	{"app", 0, "build . -o ../out"},
	{"app", 0, "version"},
	{"empty", 1, "edit set namesuffix -- -v2"},
	{"bad", 1, "edit set annotation owner:me"},
	{"vars", 0, "edit fix --vars"},
	{"crash", 2, "edit fix --vars"},
	{"app", killed, "edit add configmap late --from-env-file=" + late},
}

// await returns when the program, which waits for its end, has brought down on
// disk what it knows.
type await func(ctx context.Context, program *os.Process) error

// environment is that of a person called name who has nothing but a home.
func (d *demo) environment(name string, more ...string) []string {
	home := d.path(name, "home")
	return append([]string{
		"HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"), "XDG_CACHE_HOME=" + filepath.Join(home, ".cache"),
		"XDG_STATE_HOME=" + filepath.Join(home, ".local", "state"), "TMPDIR=" + home, "PATH=" + os.Getenv("PATH"),
	}, more...)
}

// runAll makes all runs, in a folder of their own, and checks how they end.
func (d *demo) runAll(ctx context.Context, name, program string, env []string, settled await) error {
	work := d.path(name)
	if err := unpack(work); err != nil {
		return err
	}
	for i, r := range runs {
		dir := filepath.Join(work, r.dir)
		cmd := exec.CommandContext(ctx, program, strings.Fields(r.args)...)
		cmd.Dir, cmd.Env = dir, env
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		err := error(nil)
		if r.exit == killed {
			err = runAndKill(ctx, cmd, filepath.Join(dir, late), settled)
		} else {
			err = cmd.Run()
		}
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return fmt.Errorf("run %d, %s %s: %w", i+1, service, r.args, err)
		}
		if got := cmd.ProcessState.ExitCode(); got != r.exit {
			return fmt.Errorf("run %d, %s %s: exit code %d, want %d\n%s", i+1, service, r.args, got, r.exit, output.String())
		}
	}
	return nil
}

// unpack writes the input files below dir, with a home.
func unpack(dir string) error {
	files := txtar.Parse(input).Files
	files = append(files, txtar.File{Name: "home/README"}, txtar.File{Name: "out/README"})
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("writing input: %w", err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return fmt.Errorf("writing input: %w", err)
		}
	}
	return nil
}
