package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// service is the name under which instrumented tests record.
const service = "corpus"

// Limits of one command in the box.
const (
	commandTimeout = 45 * time.Minute
	testTimeout    = "15m" // of one package, for go test
	memoryLimit    = 10 << 30
)

// lab is what all modules have in common.
type lab struct {
	out      string // folder for everything that is made, outside any repository
	goroot   string
	modcache string
	release  string // of Go
	key      string // hash of tkgen and of the runtime that it writes
	uid      int    // owner of what foreign code writes to; negative: whoever we are
	known    []explained
	progress io.Writer
}

// newLab builds tkgen and lays out its folders.
func newLab(ctx context.Context, out string, progress io.Writer) (*lab, error) {
	known, err := parseExplained(explainedList)
	if err != nil {
		return nil, err
	}
	settings, err := goEnv(ctx, "GOROOT", "GOMODCACHE", "GOVERSION")
	if err != nil {
		return nil, err
	}
	if out, err = filepath.Abs(out); err != nil {
		return nil, fmt.Errorf("finding the output folder: %w", err)
	}
	l := &lab{
		out: out, goroot: settings["GOROOT"], modcache: settings["GOMODCACHE"], release: settings["GOVERSION"],
		uid: -1, known: known, progress: progress,
	}
	if uid, ok := foreignOwner(); ok {
		l.uid = uid
	}
	for _, dir := range []string{"cache"} {
		if err := ensureDir(l.path(dir), l.uid); err != nil {
			return nil, err
		}
	}
	return l, l.buildTools(ctx)
}

func (l *lab) path(elem ...string) string {
	return filepath.Join(append([]string{l.out}, elem...)...)
}

// buildTools builds tkgen from this checkout and writes down the runtime as a
// module of its own, for modules that are rewritten in place.
func (l *lab) buildTools(ctx context.Context) error {
	if err := freshDir(l.path("bin"), -1); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", l.path("bin", "tkgen"), instrument.RuntimeModule+"/cmd/tkgen")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building tkgen: %w\n%s", err, text)
	}
	if err := writeRuntime(l.path("runtime")); err != nil {
		return err
	}
	runtime, err := readTree(l.path("runtime"))
	if err != nil {
		return err
	}
	binary, err := readTree(l.path("bin"))
	if err != nil {
		return err
	}
	hash := sha256.New()
	for _, t := range []tree{binary, runtime} {
		for _, path := range (tree{}).differences(t) {
			_, _ = fmt.Fprintln(hash, path, t[path])
		}
	}
	l.key = hex.EncodeToString(hash.Sum(nil)[:8])
	return nil
}

// bench is the place where one module is examined.
type bench struct {
	*lab
	module
}

// work is a folder of the bench, which there is once: modules come one at a time.
func (b bench) work(name string) string { return b.path("work", name) }

// log is where the output of a command stays.
func (b bench) log(stage string) string {
	return b.path("logs", b.name(), strings.ReplaceAll(stage, " ", "-"))
}

func (b bench) logs() string { return b.path("logs", b.name()) }

// pristine is the module as it was fetched.
func (b bench) pristine() string { return b.path("modules", b.name()) }

// source is the private copy that commands work on; inside the box it lies below
// boxRoot under the module's own path, as some tests want it to.
func (b bench) source() string { return filepath.Join(b.work("src"), filepath.FromSlash(b.Path)) }

func (b bench) sourceInside() string { return boxRoot + "/src/" + b.Path }

// reset makes a new private copy and empty folders around it.
func (b bench) reset() error {
	for _, name := range []string{"home", "state", "tmp"} {
		if err := freshDir(b.work(name), b.uid); err != nil {
			return err
		}
	}
	if err := os.Chmod(b.work("tmp"), 0o777|os.ModeSticky); err != nil {
		return fmt.Errorf("opening /tmp: %w", err)
	}
	return b.resetSource()
}

func (b bench) resetSource() error {
	if err := freshDir(b.work("src"), b.uid); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.source()), 0o755); err != nil {
		return fmt.Errorf("making folder: %w", err)
	}
	return copyTree(b.pristine(), b.source(), b.uid)
}

// outcome of a command in the box.
type outcome struct {
	code    int
	stopped bool   // by the limits of time or memory
	stdout  string // a file
	stderr  string
}

// do runs a command in the box, in the private copy, and keeps what it prints.
func (b bench) do(ctx context.Context, stage string, args ...string) (outcome, error) {
	if err := os.MkdirAll(b.logs(), 0o755); err != nil {
		return outcome{}, fmt.Errorf("making folder: %w", err)
	}
	o := outcome{stdout: b.log(stage) + ".out", stderr: b.log(stage) + ".err"}
	stdout, err := os.Create(o.stdout)
	if err != nil {
		return o, fmt.Errorf("keeping output: %w", err)
	}
	defer func() { _ = stdout.Close() }()
	stderr, err := os.Create(o.stderr)
	if err != nil {
		return o, fmt.Errorf("keeping output: %w", err)
	}
	defer func() { _ = stderr.Close() }()
	o.code, err = runBox(ctx, b.spec(args), commandTimeout, stdout, stderr)
	if errors.Is(err, errTimeout) || errors.Is(err, errMemory) {
		_, _ = fmt.Fprintf(stderr, "\n%s: %v\n", strings.Join(args, " "), err)
		o.stopped = true
		return o, nil
	}
	if err != nil {
		text, _ := os.ReadFile(o.stderr)
		return o, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, tail(string(text), 20))
	}
	return o, nil
}

func (b bench) spec(args []string) boxSpec {
	return boxSpec{
		Binds: []bind{
			{From: b.work("tmp"), To: "/tmp", Writable: true},
			{From: b.work("src"), To: boxRoot + "/src", Writable: true},
			{From: b.work("home"), To: boxRoot + "/home", Writable: true},
			{From: b.work("state"), To: boxRoot + "/state", Writable: true},
			{From: b.path("cache"), To: boxRoot + "/cache", Writable: true},
			{From: b.path("bin"), To: boxRoot + "/bin"},
			{From: b.path("runtime"), To: boxRoot + "/runtime"},
			{From: b.goroot, To: boxRoot + "/go"},
			{From: b.modcache, To: boxRoot + "/mod"},
		},
		Dir: b.sourceInside(), Args: args, Env: boxEnvironment(), Memory: memoryLimit,
	}
}

// boxEnvironment is everything that foreign code finds in its environment.
// Recording is on: nobody asked not to be tracked, and no CI is named.
func boxEnvironment() []string {
	return []string{
		"PATH=" + boxRoot + "/bin:" + boxRoot + "/go/bin:/usr/local/bin:/usr/bin:/bin",
		"HOME=" + boxRoot + "/home", "USER=nobody", "LOGNAME=nobody", "SHELL=/bin/sh", "LANG=C.UTF-8",
		"GOCACHE=" + boxRoot + "/cache", "GOMODCACHE=" + boxRoot + "/mod", "GOPROXY=off", "GOSUMDB=off",
		"GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=1", "GOMAXPROCS=2",
		"XDG_STATE_HOME=" + boxRoot + "/state", "CORPUS_TELEMETRY=local",
	}
}

// tail returns the last lines of a text.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// flagsOf returns those of go test's arguments that are no packages.
func flagsOf(args []string) []string {
	return slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return !strings.HasPrefix(arg, "-") })
}
