package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modeProgram has what could betray the folder that it is built in: cgo, source
// that is embedded, positions asked for at run time.
var modeProgram = map[string]string{
	"main.go": `package main

import (
	"embed"
	"fmt"
	"runtime"

	"example.com/app/lib"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

//go:embed *.go lib
var source embed.FS

func main() {
	defer telemetry.Start(telemetry.Config{Service: "app"}).Stop()
	if err := run(); err != nil {
		panic(err)
	}
}

//telemetry:instrument kind=command
func run() (err error) {
	_, file, line, _ := runtime.Caller(0)
	fmt.Println(file, line, lib.Twice(3))
	return show(".")
}

//telemetry:instrument
func show(dir string) error {
	entries, err := source.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		if dir != "." {
			name = dir + "/" + name
		}
		if e.IsDir() {
			err = show(name)
			continue
		}
		text, _ := source.ReadFile(name)
		fmt.Printf("%s\n%s\n", name, text)
	}
	return err
}
`,
	"lib/lib.go": `package lib

// static int twice(int n) { return n * 2; }
import "C"

//telemetry:instrument
func Twice(n int) int { return int(C.twice(C.int(n))) }
`,
}

// checkout writes the program, and a go.mod that takes the runtime from this
// checkout.
func checkout(t *testing.T, dir string) {
	t.Helper()
	repo := filepath.Dir(goEnv1(t, "GOMOD"))
	sums, err := os.ReadFile(filepath.Join(repo, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"go.mod": "module example.com/app\n\ngo 1.26\n\nrequire github.com/telemetry-kit/telemetry-kit-go v0.0.0\n\n" +
			"replace github.com/telemetry-kit/telemetry-kit-go => " + repo + "\n",
		"go.sum": string(sums),
	}
	maps.Copy(files, modeProgram)
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// modeRun runs a command in dir and returns its stdout.
func modeRun(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "APP_TELEMETRY=off", "TMPDIR="+t.TempDir())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String()
}

// oddFolder is a name that has to be quoted everywhere.
func oddFolder() string {
	if runtime.GOOS == "windows" {
		return "two with blanks, ünïcode"
	}
	return `two with blanks, 'it is', ünïcode a:b`
}

// TestIdenticalBinaries builds two checkouts with -trimpath, with different
// folders for temporary files: not a byte differs. The program says what it says
// without instrumentation, of its position and of its own source.
func TestIdenticalBinaries(t *testing.T) {
	one, two := t.TempDir(), filepath.Join(t.TempDir(), oddFolder())
	checkout(t, one)
	checkout(t, two)
	modes := [][]string{{"-trimpath"}, {"-trimpath", "-cover"}, {"-trimpath", "-ldflags=-s -w", "-tags=netgo"}}
	for _, flags := range modes {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			var binaries [2][]byte
			for i, dir := range []string{one, two} {
				args := append(append([]string{"build"}, flags...), "-o", "app", ".")
				modeRun(t, dir, "tkgen", args...)
				var err error
				if binaries[i], err = os.ReadFile(filepath.Join(dir, "app")); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(binaries[0], binaries[1]) {
				t.Errorf("two checkouts give different binaries: %d and %d bytes", len(binaries[0]), len(binaries[1]))
			}
			for _, leak := range []string{"tkgen-overlay", one} {
				if bytes.Contains(binaries[0], []byte(leak)) {
					t.Errorf("the binary names %s", leak)
				}
			}
			if event := "lib.twice"; !bytes.Contains(binaries[0], []byte(event)) {
				t.Errorf("the binary does not know the event %s", event)
			}
		})
	}
	for _, flag := range []string{"-trimpath", "-race"} {
		want, got := modeRun(t, two, "go", "run", flag, "."), modeRun(t, two, "tkgen", "run", flag, ".")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("run %s prints (-want +got):\n%s", flag, diff)
		}
	}
}
