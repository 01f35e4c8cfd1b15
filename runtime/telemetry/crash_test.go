package telemetry

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// crasher is one program in two versions that differ by what stands for DEFER.
const crasher = `package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

var point = telemetry.Point{Name: "crash.now", Kind: telemetry.Command}

var _ = point

func main() {
	defer telemetry.Start(telemetry.Config{Service: "crasher", Version: "v1", Dir: os.Getenv("CRASHER_DIR")}).Stop()
	if err := outer(os.Args[1]); err != nil {
		fmt.Println("error:", err)
		os.Exit(3)
	}
}

//go:noinline
func outer(how string) (err error) { DEFER
	return deep(how, 3)
}

//go:noinline
func deep(how string, n int) (err error) { DEFER
	if n > 0 {
		return deep(how, n-1)
	}
	switch how {
	case "panic":
		panic("boom")
	case "panic with an error":
		panic(fmt.Errorf("wrapped: %w", os.ErrNotExist))
	case "nil dereference":
		var p *struct{ x [8]int }
		fmt.Println(p.x[3])
	case "index":
		fmt.Println(os.Args[1:][len(os.Args)+2])
	case "panic in a deferred function":
		defer func() { panic("second") }()
		panic("first")
	case "panic again":
		defer func() {
			r := recover()
			panic(r)
		}()
		panic("once")
	case "recovered":
		defer func() { fmt.Println("recovered", recover()); err = errors.New("after recover") }()
		panic("inside")
	case "goexit":
		runtime.Goexit()
	case "fatal":
		var mu sync.Mutex
		mu.Unlock()
	case "os.Exit":
		os.Exit(7)
	case "caller":
		_, file, line, _ := runtime.Caller(1)
		fmt.Println(file[len(file)-7:], line)
	case "error":
		return errors.New("no")
	}
	return nil
}
`

// TestCrashOutput builds a program with and without telemetry and compares what
// it prints when it dies, line by line.
func TestCrashOutput(t *testing.T) {
	plain, instrumented := buildCrasher(t, ""), buildCrasher(t, "; defer point.Begin().End(&err)")
	for _, how := range []string{
		"panic", "panic with an error", "nil dereference", "index", "panic in a deferred function", "panic again",
		"recovered", "goexit", "fatal", "os.Exit", "caller", "error", "nothing",
	} {
		t.Run(how, func(t *testing.T) {
			want, wantCode := runCrasher(t, plain, how)
			got, gotCode := runCrasher(t, instrumented, how)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("output (-plain +instrumented):\n%s", diff)
			}
			if wantCode != gotCode {
				t.Errorf("exit code %d, with telemetry %d", wantCode, gotCode)
			}
		})
	}
}

// goCommand skips where a test binary was carried to alone, as to wine.
func goCommand(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command here to build programs with")
	}
	return path
}

func buildCrasher(t *testing.T, deferred string) string {
	t.Helper()
	// Both sources have the same name, so that the traces can be compared.
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte(strings.ReplaceAll(crasher, " DEFER", deferred)), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "crasher")
	cmd := exec.CommandContext(t.Context(), goCommand(t), "build", "-trimpath", "-o", binary, source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return binary
}

// Where an instruction stands within its function, and what lies in registers,
// differs between any two builds.
var (
	offsets   = regexp.MustCompile(` \+0x[0-9a-f]+`)
	registers = regexp.MustCompile(`0x[0-9a-f]+|\{\.\.\.\}|\?`)
	calls     = regexp.MustCompile(`(?m)^(\S+)\(.*\)$`)
	mainFile  = regexp.MustCompile(`/\S*/main\.go`)
)

func runCrasher(t *testing.T, binary, how string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, how)
	cmd.Env = append(os.Environ(), "CRASHER_DIR="+t.TempDir(), "GOTRACEBACK=single")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	text := offsets.ReplaceAllString(out.String(), "")
	text = calls.ReplaceAllString(text, "$1(...)")
	text = registers.ReplaceAllString(text, "0x")
	return mainFile.ReplaceAllString(text, "main.go"), cmd.ProcessState.ExitCode()
}
