package instrument

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"
)

// construct is one archive of testdata/torture: a package with a func Run, and
// below "expect" what is instrumented in it and what refused, by name.
type construct struct {
	name        string // c03-blank-results
	instruments []string
	refuses     []string
	panics      bool
	silent      bool // nothing of it can be recorded
}

// knownDifferences are constructs that instrumentation still disturbs, with the
// reason. They are asserted, so that one that is mended leaves the list.
var knownDifferences = map[string]string{
	"c62-wrapper-names":    "the compiler numbers the wrapper of the generated defer too",
	"c63-deferred-lines":   "one defer more than the compiler open-codes moves all deferred calls to the closing brace",
	"c64-own-source":       "an overlay is what the go command embeds",
	"c66-inlined-literals": "the compiler names literals after the functions that theirs was inlined into, and one with a defer is not",
}

// TestTorture builds every construct that broke one of the other instrumenters,
// and those that could break this one, as packages of one module: as they are,
// in place and over an overlay. They must print the same, crash the same and
// vet the same; generate twice is generate once, and remove gives the bytes back.
func TestTorture(t *testing.T) {
	skipShort(t)
	constructs, files := readTorture(t)
	w := threeWays(t, files)
	checkVet(t, w)
	for _, c := range constructs {
		t.Run(c.name, func(t *testing.T) {
			c.checkPlan(t, w)
			diff, plain, recorded := w.compare(t, c.name)
			switch reason, known := knownDifferences[c.name]; {
			case known && diff == "":
				t.Errorf("no difference any more: take it out of knownDifferences (%s)", reason)
			case !known && diff != "":
				t.Error(diff)
			}
			if crashed := strings.HasSuffix(plain, "exit code 2\n"); crashed != c.panics {
				t.Errorf("panics: %v, want %v:\n%s", crashed, c.panics, plain)
			}
			if recorded == c.silent {
				t.Errorf("recorded: %v, want %v", recorded, !c.silent)
			}
		})
	}
	w.checkProperties(t)
}

// readTorture returns the constructs and the module that holds them all.
func readTorture(t *testing.T) ([]construct, tree) {
	t.Helper()
	archives, err := filepath.Glob("testdata/torture/*.txtar")
	if err != nil || len(archives) < 41 {
		t.Fatalf("found %d constructs: %v", len(archives), err)
	}
	var constructs []construct
	files := tree{}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := construct{name: strings.TrimSuffix(filepath.Base(path), ".txtar")}
		for name, text := range unpack(t, archive) {
			switch name {
			case "go.mod":
				files[name] = []byte(strings.Replace(string(text), "example.com/app", "example.com/torture", 1))
			case "expect":
				c.expect(t, string(text))
			default:
				files[c.name+"/"+name] = text
			}
		}
		constructs = append(constructs, c)
	}
	files["main.go"] = tortureMain(constructs)
	return constructs, files
}

func (c *construct) expect(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch words[0] {
		case "instruments":
			c.instruments = words[1:]
		case "refuses":
			c.refuses = words[1:]
		case "panics":
			c.panics = true
		case "silent":
			c.silent = true
		default:
			t.Fatalf("%s: expect says %q", c.name, line)
		}
	}
}

func tortureMain(constructs []construct) []byte {
	var imports, table strings.Builder
	for i, c := range constructs {
		fmt.Fprintf(&imports, "\tx%d %q\n", i, "example.com/torture/"+c.name)
		fmt.Fprintf(&table, "\t%q: x%d.Run,\n", c.name, i)
	}
	return fmt.Appendf(nil, `package main

import (
	"os"

	%q

%s)

var constructs = map[string]func(){
%s}

func main() {
	defer telemetry.Start(telemetry.Config{Service: "behaviour"}).Stop()
	constructs[os.Args[1]]()
}
`, Runtime, &imports, &table)
}

// checkPlan checks that both renderings instrument and refuse what they should.
func (c construct) checkPlan(t *testing.T, w *ways) {
	t.Helper()
	for way, r := range map[string]struct {
		functions []Function
		refused   []Problem
	}{"in place": {w.generated.Functions, w.generated.Refused}, "overlay": {w.overlaid.Functions, w.overlaid.Refused}} {
		want := map[string][]string{"instruments": slices.Clone(c.instruments), "refuses": slices.Clone(c.refuses)}
		got := map[string][]string{}
		for _, fn := range r.functions {
			if strings.HasPrefix(w.rel(fn.File), c.name+"/") {
				got["instruments"] = append(got["instruments"], fn.Func)
			}
		}
		for _, p := range r.refused {
			if strings.HasPrefix(w.rel(p.Pos.Filename), c.name+"/") {
				got["refuses"] = append(got["refuses"], strings.Fields(p.Message)[0])
			}
		}
		for did := range want {
			slices.Sort(want[did])
			slices.Sort(got[did])
			if diff := cmp.Diff(want[did], got[did], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", way, did, diff)
			}
		}
	}
}

// checkVet checks that go vet finds of the instrumented modules what it finds of
// the plain one; c61 is there to be found.
func checkVet(t *testing.T, w *ways) {
	t.Helper()
	want := vet(t, w.dir)
	if len(want) < 6 {
		t.Errorf("go vet finds %d things, want those of c61", len(want))
	}
	if diff := cmp.Diff(want, vet(t, w.inPlace)); diff != "" {
		t.Errorf("go vet, in place (-plain +instrumented):\n%s", diff)
	}
	if diff := cmp.Diff(want, vet(t, w.dir, "-overlay="+w.overlayFile(t))); diff != "" {
		t.Errorf("go vet, over an overlay (-plain +instrumented):\n%s", diff)
	}
}

var (
	vetLine    = regexp.MustCompile(`(?m)^.*\.go:\d+:\d+: (.*)$`)
	vetNumbers = regexp.MustCompile(`line \d+`)
)

// vet returns what go vet says of a module, but for positions: without -trimpath
// nothing of it would be cached, and with it they can be those of an earlier run.
func vet(t *testing.T, dir string, flags ...string) (said []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"vet", "-mod=mod", "-trimpath"}, flags...), "./...")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
	out, _ := cmd.CombinedOutput() // it fails when it finds something
	for _, m := range vetLine.FindAllStringSubmatch(string(out), -1) {
		said = append(said, vetNumbers.ReplaceAllString(m[1], "line"))
	}
	slices.Sort(said)
	return said
}
