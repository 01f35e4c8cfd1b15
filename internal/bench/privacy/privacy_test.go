package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/privacy/corpus"
)

// The command itself, on a corpus of a few texts.
func TestCommand(t *testing.T) {
	dir := t.TempDir()
	for _, name := range corpus.Names {
		text := ""
		if name == "hand.tsv" {
			text = "tune\temail\t+\t\"to ⟦alice@example.com⟧.\"\ntune\temail\t-\t\"logo@2x.png\"\ntune\tnone\t+\t\"⟦nobody finds this⟧\"\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	restore(t)
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-corpus", dir, "-failures"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	for _, want := range []string{"email          1      1  1.0000      1          1      0     1.0000", "none          1      0  0.0000", "hand.tsv:3 none\n\t\"nobody finds this\""} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, &stdout)
		}
	}
	if code := run([]string{"-corpus", filepath.Join(dir, "none")}, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), "reading the corpus") {
		t.Errorf("without a corpus: exit code %d: %s", code, &stderr)
	}
}

// restore puts the environment back that record changes.
func restore(t *testing.T) {
	t.Helper()
	before := os.Environ()
	t.Cleanup(func() {
		os.Clearenv()
		for _, e := range before {
			name, value, _ := strings.Cut(e, "=")
			os.Setenv(name, value)
		}
	})
}
