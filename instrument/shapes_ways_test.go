package instrument

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// skipShort leaves out of short runs, which are those of the race detector, what
// happens in other programs.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds and runs other programs")
	}
}

// ways is one module built three times: as it is, rewritten in place, and over
// an overlay. Programs of all three are told by an argument what to do and
// print what they see; instrumentation must not be seen.
type ways struct {
	before  tree // the module as it is
	after   tree // and in place
	overlay tree
	dir     string // of the module as it is
	inPlace string // of the rewritten one

	generated *Result
	overlaid  *Overlay
	programs  map[string]string
	// normal takes out of what programs print what may differ; nil for nothing.
	normal func(string) string
}

// threeWays renders and builds a module whose main package is its root.
func threeWays(t *testing.T, files tree) *ways {
	t.Helper()
	w := &ways{before: files, dir: files.write(t), inPlace: files.write(t), overlay: tree{}}
	w.generated = generate(t, w.inPlace)
	w.after = readTree(t, w.inPlace)
	w.overlaid = trimmedOverlay(t, w.dir)
	for path, text := range w.overlaid.Files {
		w.overlay[w.rel(path)] = text
	}
	w.programs = map[string]string{
		"plain":    build(t, w.dir),
		"in place": build(t, w.inPlace),
		"overlay":  build(t, w.dir, "-overlay="+w.overlayFile(t)),
	}
	return w
}

// trimmedOverlay is the overlay for a build with -trimpath, which does not name
// the folder: what was built of it before is in the build cache.
func trimmedOverlay(t *testing.T, dir string) *Overlay {
	t.Helper()
	modules, err := Modules(dir, "off")
	if err != nil {
		t.Fatal(err)
	}
	o, err := MakeOverlay(OverlayOptions{Modules: modules, Trimpath: true})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// rel is the slash-separated path of a file of either tree within it.
func (w *ways) rel(path string) string {
	for _, dir := range []string{w.dir, w.inPlace} {
		if rel, ok := strings.CutPrefix(path, dir+string(filepath.Separator)); ok {
			return filepath.ToSlash(rel)
		}
	}
	return path
}

// overlayFile writes what the go command's -overlay takes.
func (w *ways) overlayFile(t *testing.T) string {
	t.Helper()
	to, replace := t.TempDir(), map[string]string{}
	for path, text := range w.overlaid.Files {
		file := w.rel(path)
		tree{file: text}.writeTo(t, to)
		replace[path] = filepath.Join(to, filepath.FromSlash(file))
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(to, "overlay.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// compare runs the three programs and returns how the instrumented ones differ
// from the plain one, with what that prints; "" for not at all.
func (w *ways) compare(t *testing.T, how string) (diff, plain string, recorded bool) {
	t.Helper()
	run := func(way string) (string, int64) {
		text, records := runProgram(t, w.programs[way], how)
		if w.normal != nil {
			text = w.normal(text)
		}
		return text, records
	}
	want, records := run("plain")
	if records > 0 {
		t.Errorf("the plain program recorded %d bytes", records)
	}
	overlaid, inOverlay := run("overlay")
	if d := cmp.Diff(want, overlaid); d != "" {
		diff = "over an overlay (-plain +instrumented):\n" + d
	}
	// In place, generated lines push the ones below down.
	inPlace, records := run("in place")
	if d := cmp.Diff(withoutLines(want), withoutLines(inPlace)); d != "" {
		diff += "in place (-plain +instrumented):\n" + d
	}
	return diff, want, records > 0 && inOverlay > 0
}

// checkProperties checks on the trees alone that twice is once and that remove
// gives the bytes back.
func (w *ways) checkProperties(t *testing.T) {
	t.Helper()
	checkTwiceIsOnce(t, w.inPlace)
	for name, text := range w.after {
		if filepath.Ext(name) == ".go" && isTidy(w.before[name]) && !isTidy(text) {
			t.Errorf("%s is no longer gofmt'ed:\n%s", name, text)
		}
	}
	checkRemove(t, w.inPlace, w.before)
}
