package gotool

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// memoModule is a program and a module that it takes from a folder beside it.
func memoModule(t *testing.T) (dir string) {
	t.Helper()
	root := t.TempDir()
	caches := []string{"XDG_CACHE_HOME", "LocalAppData"} // see os.UserCacheDir
	if runtime.GOOS == "darwin" {
		caches = []string{"HOME"}
	}
	for _, name := range caches {
		t.Setenv(name, filepath.Join(root, "cache"))
	}
	for name, text := range map[string]string{
		"app/go.mod":       "module example.com/app\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n",
		"app/main.go":      "package main\n\nimport _ \"example.com/lib\"\n\nfunc main() { work() }\n\n//telemetry:instrument\nfunc work() {}\n\n//telemetry:instrument\n//go:nosplit\nfunc never() {}\n",
		"app/in/in.go":     "package in\n",
		"app/README":       "text\n",
		"lib/go.mod":       "module example.com/lib\n\ngo 1.26\n",
		"lib/lib.go":       "package lib\n",
		"app/.git/HEAD.go": "not ours\n",
	} {
		writeFile(t, filepath.Join(root, filepath.FromSlash(name)), text)
	}
	t.Chdir(filepath.Join(root, "app"))
	dir, err := instrument.Folder(".")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// later is a clock by which everything was written long ago.
func later() time.Time { return time.Now().Add(time.Hour) }

func memoOf(t *testing.T, now func() time.Time, args ...string) memo {
	t.Helper()
	j, err := Command{Name: "build", Args: append([]string{"--service", "app"}, args...), Stderr: io.Discard, Now: now}.settle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return j.memo()
}

// TestMemoChanges holds that whatever can change what is built leads to another
// memo, and that nothing else does.
func TestMemoChanges(t *testing.T) {
	dir := memoModule(t)
	old := time.Now().Add(-24 * time.Hour)
	sameSize := func() {
		text := strings.Replace("package main\n\nimport _ \"example.com/lib\"\n\nfunc main() { work() }\n\n//telemetry:instrument\nfunc work() {}\n\n//telemetry:instrument\n//go:nosplit\nfunc never() {}\n", "never", "newer", 1)
		writeFile(t, filepath.Join(dir, "main.go"), text)
		if err := os.Chtimes(filepath.Join(dir, "main.go"), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, "main.go"), old, old); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func()
		args   []string
		same   bool
	}{
		{name: "nothing", change: func() {}, same: true},
		{name: "a file that is no source", change: func() { writeFile(t, filepath.Join(dir, "README"), "other\n") }, same: true},
		{name: "a hidden folder", change: func() { writeFile(t, filepath.Join(dir, ".git", "index.go"), "x") }, same: true},
		{name: "what go run is given", change: func() {}, args: []string{"-o", "elsewhere"}, same: true},
		{name: "a text of the same size and age", change: sameSize},
		{name: "a new file", change: func() { writeFile(t, filepath.Join(dir, "in", "new.go"), "package in\n") }},
		{name: "a file less", change: func() { must(t, os.Remove(filepath.Join(dir, "in", "new.go"))) }},
		{name: "a file of the module beside", change: func() { writeFile(t, filepath.Join(dir, "..", "lib", "more.go"), "package lib\n") }},
		{name: "telemetry.yaml", change: func() { writeFile(t, filepath.Join(dir, "telemetry.yaml"), "match: ['in:*']\n") }},
		{name: "a module within", change: func() { writeFile(t, filepath.Join(dir, "in", "go.mod"), "module in\n") }},
		{name: "a flag", change: func() {}, args: []string{"-tags", "x"}},
		{name: "GOFLAGS", change: func() { t.Setenv("GOFLAGS", "-tags=y") }},
	} {
		before := memoOf(t, later)
		if before.dir == "" {
			t.Fatalf("before %s there is no memo", c.name)
		}
		c.change()
		after := memoOf(t, later, c.args...)
		if same := cmp.Equal(before, after, cmp.AllowUnexported(memo{})); same != c.same {
			t.Errorf("%s: the same memo: %v, want %v\n%v\n%v", c.name, same, c.same, before, after)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMemoOfYoungFiles holds that a file that was written a moment ago, and may
// change again and look the same, is told by what it holds: while it is young, and
// later.
func TestMemoOfYoungFiles(t *testing.T) {
	dir := memoModule(t)
	main := filepath.Join(dir, "main.go")
	text, err := os.ReadFile(main)
	must(t, err)
	info, err := os.Stat(main)
	must(t, err)
	make := func() {
		j, err := Command{Name: "build", Args: []string{"--service", "app"}, Stderr: io.Discard, Now: time.Now, Refused: func(io.Writer, instrument.Problem) {}}.settle(t.Context())
		must(t, err)
		_, finish, err := j.prepare(t.Context())
		must(t, err)
		finish()
	}
	known := func(now func() time.Time) bool {
		m := memoOf(t, now)
		if m.dir == "" {
			t.Fatal("there is no memo")
		}
		// As if the change had left no trace in the times.
		entries, err := os.ReadDir(m.dir)
		must(t, err)
		for _, e := range entries {
			if _, err := os.Stat(filepath.Join(m.dir, e.Name(), "memo.json")); err == nil {
				m.source = e.Name()
			}
		}
		_, ok := m.recall()
		return ok
	}
	make()
	if !known(time.Now) || !known(later) {
		t.Error("nothing has changed, and the overlay is not known")
	}
	writeFile(t, main, strings.Replace(string(text), "never", "newer", 1))
	must(t, os.Chtimes(main, info.ModTime(), info.ModTime()))
	if known(time.Now) || known(later) {
		t.Error("a young file has changed, and its overlay is taken all the same")
	}
	writeFile(t, main, string(text))
	if !known(time.Now) || !known(later) {
		t.Error("it holds what it held, and the overlay is not known")
	}
}

// TestMemoRecalls builds twice: the second build is given the first one's overlay
// and says what the first one said; without the overlay it makes it again.
func TestMemoRecalls(t *testing.T) {
	dir := memoModule(t)
	var first string
	for round := range 3 {
		var said bytes.Buffer
		c := Command{
			Name: "build", Args: []string{"--service", "app"}, Stderr: &said, Now: later,
			Refused: func(w io.Writer, p instrument.Problem) { _, _ = fmt.Fprintln(w, p) },
		}
		j, err := c.settle(t.Context())
		must(t, err)
		_, known := j.memo().recall()
		if want := round == 1; known != want {
			t.Errorf("round %d: an overlay is known: %v, want %v", round, known, want)
		}
		p, finish, err := j.prepare(t.Context())
		must(t, err)
		finish()
		if !strings.Contains(said.String(), "nosplit") {
			t.Errorf("round %d: want the refusal, said: %s", round, &said)
		}
		if round == 0 {
			first = said.String()
		}
		if diff := cmp.Diff(first, said.String()); diff != "" {
			t.Errorf("round %d says otherwise (-want +got):\n%s", round, diff)
		}
		o, err := readOverlayFile(strings.TrimPrefix(p.Args[0], "-overlay="))
		must(t, err)
		text, err := os.ReadFile(o.Replace[filepath.Join(dir, "main.go")])
		must(t, err)
		if !strings.Contains(string(text), "defer tkWork.Begin()") {
			t.Errorf("round %d: the overlay holds:\n%s", round, text)
		}
		if round == 1 {
			must(t, os.RemoveAll(filepath.Dir(p.Needs[0]))) // the whole cache
		}
	}
}

// TestMemoTidies removes overlays that nobody has asked for in days, and not the
// files that the last one needs.
func TestMemoTidies(t *testing.T) {
	dir := memoModule(t)
	prepare := func(now func() time.Time) prepared {
		j, err := Command{Name: "build", Args: []string{"--service", "app"}, Stderr: io.Discard, Now: now, Refused: func(io.Writer, instrument.Problem) {}}.settle(t.Context())
		must(t, err)
		p, finish, err := j.prepare(t.Context())
		must(t, err)
		finish()
		return p
	}
	first := prepare(later)
	writeFile(t, filepath.Join(dir, "in", "new.go"), "package in\n")
	second := prepare(func() time.Time { return time.Now().Add(3 * time.Hour) })
	for _, path := range first.Needs[1:] { // the runtime is not ours to remove
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
	for _, path := range second.Needs {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
