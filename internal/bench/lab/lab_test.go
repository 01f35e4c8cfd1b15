package lab_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// TestMain makes this test's binary the programs that it measures, too.
func TestMain(m *testing.M) {
	lab.Stopwatch()
	switch os.Getenv("LAB_TEST") {
	case "sleep":
		time.Sleep(200 * time.Millisecond)
		os.Exit(0)
	case "hold":
		hold()
		os.Exit(0)
	case "found":
		os.Exit(1)
	case "fail":
		_, _ = os.Stderr.WriteString("so it goes\n")
		os.Exit(3)
	}
	os.Exit(m.Run())
}

const held = 128 << 20

var kept []byte

func hold() {
	kept = bytes.Repeat([]byte{1}, held)
	runtime.KeepAlive(kept)
}

func command(t *testing.T, does string) lab.Command {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return lab.Command{Dir: t.TempDir(), Env: append(os.Environ(), "LAB_TEST="+does), Args: []string{self}}
}

// What a process holds is seen; what its parent held is not taken for it.
func TestUsage(t *testing.T) {
	hold()
	sleeps, _, err := command(t, "sleep").Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	holds, _, err := command(t, "hold").Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sleeps.Wall < 0.2 || sleeps.CPU > sleeps.Wall {
		t.Errorf("a process that slept for 0.2 s: %+v", sleeps)
	}
	if runtime.GOOS != "windows" && (sleeps.Peak <= 0 || sleeps.Peak > held/2 || holds.Peak < held) {
		t.Errorf("peaks: %.0f bytes asleep, %.0f bytes holding %d", sleeps.Peak, holds.Peak, held)
	}
}

func TestFailure(t *testing.T) {
	_, out, err := command(t, "fail").Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !bytes.Contains(out, []byte("so it goes")) {
		t.Errorf("want an error with exit status 3 and the output, got %v and %q", err, out)
	}
}

func TestFound(t *testing.T) {
	c := command(t, "found")
	if _, _, err := c.Run(t.Context()); err == nil {
		t.Error("want an error where exit code 1 is a failure")
	}
	c.Found = true
	if u, _, err := c.Run(t.Context()); err != nil || u.Wall <= 0 {
		t.Errorf("want the usage where exit code 1 is none, got %+v, %v", u, err)
	}
	c = command(t, "fail")
	c.Found = true
	if _, _, err := c.Run(t.Context()); err == nil {
		t.Error("exit code 3 is a failure in any case")
	}
}

// Every step runs once a round, and the steps of a sequence in their order.
func TestRounds(t *testing.T) {
	var order []string
	step := func(name string) *lab.Step {
		return &lab.Step{Name: name, Command: command(t, "sleep"), Prepare: func(context.Context) error {
			order = append(order, name)
			return nil
		}}
	}
	a, b, c := step("a"), step("b"), step("c")
	if err := lab.Rounds(t.Context(), 2, []lab.Sequence{{a, b}, {c}}, rand.New(rand.NewPCG(1, 1)), io.Discard); err != nil {
		t.Fatal(err)
	}
	if len(order) != 6 || len(a.Walls()) != 2 || len(b.CPUs()) != 2 || len(c.Peaks()) != 2 {
		t.Fatalf("want every step twice, got %v", order)
	}
	for i, name := range order {
		if name == "a" && order[i+1] != "b" {
			t.Errorf("b does not follow a: %v", order)
		}
	}
	wrong := errors.New("wrong")
	c.Prepare = func(context.Context) error { return wrong }
	if err := lab.Rounds(t.Context(), 1, []lab.Sequence{{c}}, rand.New(rand.NewPCG(1, 1)), io.Discard); !errors.Is(err, wrong) {
		t.Errorf("want %v, got %v", wrong, err)
	}
}

func TestGoFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.go": "package a\n", "b.txt": "b\n", "testdata/c.go": "package c\n", "_e/e.go": "package e\n", "d/d.go": "package d\n\n\n"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	err := lab.GoFiles(dir, func(path string, _ []byte) error {
		names = append(names, filepath.Base(path))
		return nil
	})
	if want := []string{"a.go", "d.go"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("want %v, got %v, %v", want, names, err)
	}
	if size, err := lab.Measure(dir); err != nil || size != (lab.Size{Files: 2, Lines: 4}) {
		t.Errorf("size: %+v, %v", size, err)
	}
}
