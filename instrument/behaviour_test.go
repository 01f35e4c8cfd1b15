package instrument

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBehaviour builds one program three times, as it is, in place and over an
// overlay, and compares all that it prints and how it ends.
func TestBehaviour(t *testing.T) {
	plain := behaviourTree(t)
	inPlace := behaviourTree(t)
	generate(t, inPlace)
	programs := map[string]string{
		"plain":    build(t, plain),
		"in place": build(t, inPlace),
		"overlay":  build(t, plain, "-overlay="+overlayFileOf(t, plain)),
	}
	for _, how := range []string{"", "panic", "error", "nil", "repanic", "goexit", "fatal", "exit"} {
		name := how
		if name == "" {
			name = "returns"
		}
		t.Run(name, func(t *testing.T) {
			want, records := runProgram(t, programs["plain"], how)
			if records > 0 {
				t.Errorf("the plain program recorded %d bytes", records)
			}
			if how != "" && how != "exit" && !strings.Contains(want, "goroutine") {
				t.Fatalf("the plain program does not crash:\n%s", want)
			}
			overlaid, records := runProgram(t, programs["overlay"], how)
			if diff := cmp.Diff(want, overlaid); diff != "" || records == 0 {
				t.Errorf("over an overlay, %d bytes recorded (-plain +instrumented):\n%s", records, diff)
			}
			// In place, generated lines push the ones below down.
			inPlace, records := runProgram(t, programs["in place"], how)
			if diff := cmp.Diff(withoutLines(want), withoutLines(inPlace)); diff != "" || records == 0 {
				t.Errorf("in place, %d bytes recorded (-plain +instrumented):\n%s", records, diff)
			}
		})
	}
}

func behaviourTree(t *testing.T) (dir string) {
	t.Helper()
	src, err := os.ReadFile("testdata/behaviour/main.go")
	if err != nil {
		t.Fatal(err)
	}
	repo, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	mod := fmt.Sprintf("module example.com/behaviour\n\ngo 1.26\n\nrequire %s v0.0.0\n\nreplace %[1]s => %s\n", RuntimeModule, repo)
	return tree{"go.mod": []byte(mod), "main.go": src}.write(t)
}

func overlayFileOf(t *testing.T, dir string) string {
	t.Helper()
	o := makeOverlay(t, dir)
	if len(o.Functions) < 19 {
		t.Fatalf("the overlay instruments %d functions", len(o.Functions))
	}
	to := t.TempDir()
	var replace []string
	for path, text := range o.Files {
		file := filepath.Join(to, filepath.Base(path))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		replace = append(replace, fmt.Sprintf("%q: %q", path, file))
	}
	file := filepath.Join(to, "overlay.json")
	if err := os.WriteFile(file, []byte(`{"Replace": {`+strings.Join(replace, ",")+`}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func build(t *testing.T, dir string, flags ...string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "behaviour")
	args := append([]string{"build", "-trimpath", "-o", program}, flags...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, ".")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

var (
	addresses = regexp.MustCompile(`0x[0-9a-f]+\??`)
	arguments = regexp.MustCompile(`(?m)^([\w./*()\[\]]+)\(.*\)$`) // of a frame: words that the compiler kept
	ids       = regexp.MustCompile(`goroutine \d+`)
	lines     = regexp.MustCompile(`\.go:\d+`)
	numbers   = regexp.MustCompile(`(?m)^main\.main \d+$`)
)

// runProgram returns what the program prints and its exit code, but for
// addresses, arguments and numbers of goroutines, and how many bytes it
// recorded.
func runProgram(t *testing.T, program, how string) (output string, recorded int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	if how != "" {
		cmd.Args = append(cmd.Args, how)
	}
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home, "BEHAVIOUR_TELEMETRY=local", "DO_NOT_TRACK=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	text := addresses.ReplaceAllString(out.String(), "0x")
	text = ids.ReplaceAllString(text, "goroutine N")
	text = arguments.ReplaceAllString(text, "$1()")
	text = regexp.MustCompile(`(\.go:\d+) \+0x`).ReplaceAllString(text, "$1")
	return fmt.Sprintf("%sexit code %d\n", text, cmd.ProcessState.ExitCode()), spoolSize(t, home)
}

func spoolSize(t *testing.T, home string) (size int64) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tks" {
			return err
		}
		info, err := d.Info()
		size += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

func withoutLines(text string) string {
	return numbers.ReplaceAllString(lines.ReplaceAllString(text, ".go"), "main.main")
}
