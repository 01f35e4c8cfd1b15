package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func goodReport() *report {
	return &report{
		Path: "example.com/m", Version: "v1.2.3", Why: "it is hard", Args: []string{"-short", "./..."},
		Counts: counts{
			Functions: 12, FunctionsHere: 11, Instrumented: 9, InstrumentedHere: 9,
			NotAsked: map[string]int{kindInit: 2}, Refused: map[string]int{"F … is not instrumented: a|b": 1},
		},
		Before: tally{Pass: 5, Skip: 1}, Overlay: stage{Tests: tally{Pass: 5, Skip: 1}}, InPlace: stage{Tests: tally{Pass: 5, Skip: 1}},
		RaceWas: &tally{Pass: 4}, Race: &stage{Tests: tally{Pass: 4}}, Record: recorded{Functions: 3, Calls: 70},
		Differences: []difference{{Stage: "overlay", Test: "m TestAllocs", Before: "pass", After: "fail", Reason: "counts allocations"}},
		Flaky:       []string{"m TestSleep"},
	}
}

func TestPage(t *testing.T) {
	text := string(page([]*report{goodReport()}, "go1.99"))
	for _, want := range []string{
		"| example.com/m | v1.2.3 | 12 | 11 | 9 | 2 | 0 / 1 | same | same | 5/0/1 | 5/0/1 | 5/0/1 | 4/0/0 | 4/0/0 | untouched | no change | same bytes |",
		"1 modules, 12 functions (11 of them built here), 10 asked for, 9 instrumented,\n1 refused (10.000 %; 0 over an overlay)",
		`| 1 | F … is not instrumented: a\|b |`, "| 2 | init |",
		"| overlay | `m TestAllocs` | pass | fail | counts allocations |",
		"- example.com/m: `m TestSleep`", "- example.com/m: it is hard. `go test -short ./...`",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in the page:\n%s", want, text)
		}
	}
}

// TestKnown holds that the page says which tkgen examined what, and that a result
// is found whichever did.
func TestKnown(t *testing.T) {
	older, newer := goodReport(), goodReport()
	older.Key, newer.Key, newer.Path = "aaaa", "bbbb", "example.com/n"
	text := string(page([]*report{older, newer}, "go1.99"))
	for _, want := range []string{"Examined by 2 states of tkgen", "- aaaa: example.com/m\n", "- bbbb: example.com/n\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in the page:\n%s", want, text)
		}
	}
	l, m := &lab{out: t.TempDir()}, module{Path: "example.com/m", Version: "v1.2.3"}
	if got := l.lastKey(m); got != "" {
		t.Errorf("nothing is known: want no key, got %q", got)
	}
	dir := l.path("results", m.name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"aaaa " + m.settings(), "bbbb " + m.settings(), "cccc other", "plain go1.99 " + m.settings()} {
		path := filepath.Join(dir, name+".json")
		if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(int64(1000+i), 0)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.lastKey(m); got != "bbbb" {
		t.Errorf("want the last key bbbb, got %q", got)
	}
}

func TestProblems(t *testing.T) {
	if got := goodReport().problems(); len(got) > 0 {
		t.Errorf("want none, got %q", got)
	}
	tests := map[string]struct {
		spoil func(*report)
		want  string
	}{
		"build":     {func(r *report) { r.Overlay.Failure = "undefined: x" }, "overlay build: undefined: x"},
		"vet":       {func(r *report) { r.InPlace.Vet = []string{"new: x"} }, "in place vet: new: x"},
		"tree":      {func(r *report) { r.Overlay.Touched = []string{"a.go"} }, "overlay touched: a.go"},
		"twice":     {func(r *report) { r.Twice = []string{"a.go"} }, "generate twice: a.go"},
		"remove":    {func(r *report) { r.Remove = []string{"a.go"} }, "remove: a.go"},
		"test":      {func(r *report) { r.Differences[0].Reason = "" }, "overlay test: m TestAllocs: fail, was pass"},
		"recording": {func(r *report) { r.Record = recorded{} }, "recording: nothing was recorded by instrumented tests"},
		"count":     {func(r *report) { r.Counts.Unaccounted = 2 }, "count: 2 functions are neither instrumented nor refused"},
	}
	for name, tt := range tests {
		r := goodReport()
		tt.spoil(r)
		if got := strings.Join(r.problems(), "\n"); got != tt.want {
			t.Errorf("%s: want %q, got %q", name, tt.want, got)
		}
	}
}
