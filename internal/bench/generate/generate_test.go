package main

import (
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

const source = `package p

// A is first.
func A() {}

func B() error { return nil }

func c() (int, error) { return 0, nil }

func d() int { return 0 } // tkgen needs to look at what it returns

func init() {}

//go:nosplit
func e() {}

func (t *T) M() {}

func assembly()
`

func TestMark(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "p.go")
	for name, text := range map[string]string{file: source, filepath.Join(dir, "p_windows.go"): "package p\n\nfunc a() {}\n", filepath.Join(dir, "p_test.go"): "package p\n\nfunc f() {}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := mark(dir, 2); n != 2 || err != nil {
		t.Fatalf("want 2 marks, got %d, %v", n, err)
	}
	want := strings.Replace(source, "first.\n", "first.\n//\n//telemetry:instrument\n", 1)
	want = strings.Replace(want, "func c", "//telemetry:instrument\nfunc c", 1)
	if got, err := os.ReadFile(file); string(got) != want || err != nil {
		t.Errorf("want\n%s\ngot\n%s%v", want, got, err)
	}
	if n, err := mark(dir, 1000); n != 4 || err != nil {
		t.Errorf("want marks on the 4 functions that can carry one, got %d, %v", n, err)
	}
}

// The smallest module, from the copy to the table.
func TestMeasure(t *testing.T) {
	if testing.Short() {
		t.Skip("builds tkgen and copies a module")
	}
	var out, errs strings.Builder
	if code := run([]string{"-short"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for _, want := range []string{"github.com/spf13/pflag@v1.0.10", "10 marks over go build", "10 marks in"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if code := run([]string{"-n", "1"}, &out, &errs); code != 2 {
		t.Errorf("-n 1: exit code %d, want 2", code)
	}
}
