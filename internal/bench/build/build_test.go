package main

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// TestMain makes this test's binary the stopwatch of its own commands, too.
func TestMain(m *testing.M) {
	lab.Stopwatch()
	os.Exit(m.Run())
}

const small = `package main

import "os"

func main() {
	if first(os.Args) != nil || second() {
		os.Exit(1)
	}
}

//go:noinline
func first(args []string) error { return nil }

func second() bool { return false }
`

// A small program of our own, in the user's build cache: from the copy to the
// tables.
func TestMeasure(t *testing.T) {
	if testing.Short() {
		t.Skip("builds tkgen and a program several times")
	}
	cache, err := lab.Outside(t.Context(), ".", "env", "GOCACHE")
	if err != nil {
		t.Fatal(err)
	}
	p := program{name: "small", module: "ex.test/small", pkg: ".", binary: true, edited: "main.go", one: "first", copy: func(_ context.Context, dir string) error {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module ex.test/small\n\ngo 1.26\n"), 0o600); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "main.go"), []byte(small), 0o600)
	}}
	var out strings.Builder
	s := settings{warm: 2, cache: strings.TrimSpace(string(cache))}
	if err := measure(t.Context(), []program{p}, s, rand.New(rand.NewPCG(1, 1)), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"small, 14 lines", "edit", "no-op", "or +20 ms: ", "tkgen, one function"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-cold", "0"}, {"-n", "1"}, {"-what"}} {
		if code := run(args, io.Discard, io.Discard); code != 2 {
			t.Errorf("%v: want exit code 2, got %d", args, code)
		}
	}
}

// A binary says by itself whether it was instrumented.
func TestVerify(t *testing.T) {
	file := filepath.Join(t.TempDir(), "binary")
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, points := range map[string]int{goBuild: 1, tkgenBuild: 0, orchestrion: 0} {
		if err := verify(&way{tool: tool{name: name}, binary: file}, weight{points: points}); err == nil {
			t.Errorf("%s with %d points: want an error", name, points)
		}
	}
}
