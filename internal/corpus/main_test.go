package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestMain makes the test binary what the program is: its own process 1 inside
// the box.
func TestMain(m *testing.M) {
	if os.Getenv(boxEnv) != "" {
		os.Exit(insideBox())
	}
	os.Exit(m.Run())
}

// TestShort is the corpus itself, on the modules that are small enough for make
// check: built, vetted and tested as they are, over an overlay, and in place.
func TestShort(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds tkgen and some modules, which takes the better part of a minute")
	}
	needBox(t)
	o, err := parseFlags([]string{"-short", "-out", t.TempDir()}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	err = examineAll(t.Context(), o, &stdout, &stderr)
	if errors.Is(err, errUnreachable) {
		t.Skip(err)
	}
	if err != nil {
		t.Errorf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	if want := "2 modules, "; !strings.HasPrefix(stdout.String(), want) {
		t.Errorf("want the summary of %q, got %s", want, stdout.String())
	}
}

// needBox skips where foreign code could only run unprotected.
func needBox(t *testing.T) {
	t.Helper()
	if out, err := inBox(t, nil, "true"); err != nil {
		t.Skipf("%v\n%s", err, out)
	}
}
