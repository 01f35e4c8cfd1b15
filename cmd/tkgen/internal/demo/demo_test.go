package demo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// TestWholeWay is the end-to-end test: a program that nobody here wrote, from
// its directives to the numbers that the server answers with, compared at every
// stage with what Go's coverage counters say was called.
func TestWholeWay(t *testing.T) {
	tkgen := filepath.Join(t.TempDir(), "tkgen")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", tkgen, "../..").CombinedOutput(); err != nil {
		t.Fatalf("building tkgen: %v\n%s", err, out)
	}
	temp := t.TempDir()
	var progress bytes.Buffer
	report, err := Run(t.Context(), Options{Tkgen: tkgen, TempDir: temp, Progress: &progress})
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	for _, line := range report.Lines {
		if !line.Equal() {
			t.Errorf("%s: called %d, recorded %+v", line.Name, line.Called, line.Counts)
		}
	}
	// What the runs are known to do, so that zeros cannot pass for equality: of
	// those that succeed one (build) and of those that fail one (set image
	// without a tag) never come to a function that is marked as a command.
	want := Outcomes{Calls: 21, OK: 12, Errors: 7, Panics: 1, Unfinished: 1}
	for i, side := range report.Sides {
		if diff := cmp.Diff(want, commands(report, i)); diff != "" {
			t.Errorf("%s: outcomes of commands (-want +got):\n%s", side.Name, diff)
		}
		if side.ByItself == 0 || side.BySync == 0 {
			t.Errorf("%s: %d events sent by the program itself and %d by sync, want some of each", side.Name, side.ByItself, side.BySync)
		}
	}
	left, err := os.ReadDir(temp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// commands adds up what the server holds of commands.
func commands(r *Report, side int) Outcomes {
	var sum Outcomes
	for _, line := range r.Lines {
		if line.Kind != "command" {
			continue
		}
		o := line.Counts[side].Server
		sum.Calls += o.Calls
		sum.OK += o.OK
		sum.Errors += o.Errors
		sum.Panics += o.Panics
		sum.Unfinished += o.Unfinished
	}
	return sum
}

// TestCompareFinds checks that the report can say NO: a demo that always finds
// everything equal proves nothing.
func TestCompareFinds(t *testing.T) {
	m := mark{file: "commands/fix.go", header: "func RunFix(", kind: "command"}
	name := m.event()
	stat := func(calls uint64) map[string]inspect.Stat {
		return map[string]inspect.Stat{name: {Name: name, Calls: calls, OK: calls}}
	}
	row := func(calls uint64) map[string]analytics.Row {
		return map[string]analytics.Row{name: {Kind: store.Kind("command"), Name: name, Numbers: analytics.Numbers{Calls: calls, Successes: calls}}}
	}
	side := func(local, server uint64) Side {
		return Side{Name: "in place", local: stat(local), server: row(server)}
	}
	extra := side(3, 3)
	extra.server["stray"] = analytics.Row{Name: "stray", Numbers: analytics.Numbers{Calls: 1}}
	tests := map[string]struct {
		sides []Side
		want  bool
	}{
		"all equal":           {[]Side{side(3, 3), side(3, 3)}, true},
		"lost on the way":     {[]Side{side(3, 2), side(3, 3)}, false},
		"doubled on the way":  {[]Side{side(3, 4), side(3, 3)}, false},
		"not recorded":        {[]Side{side(2, 2), side(2, 2)}, false},
		"builds differ":       {[]Side{side(3, 3), side(2, 2)}, false},
		"recorded, unmarked":  {[]Side{extra, side(3, 3)}, false},
		"nothing recorded":    {[]Side{{}, {}}, false},
		"server has nothing":  {[]Side{{local: stat(3)}, {local: stat(3)}}, false},
		"machine has nothing": {[]Side{{server: row(3)}, {server: row(3)}}, false},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			r := &Report{Sides: tt.sides}
			r.compare([]mark{m}, map[mark]uint64{m: 3})
			if got := r.Equal(); got != tt.want {
				t.Errorf("Equal() = %v, want %v", got, tt.want)
			}
			var out strings.Builder
			if err := r.Print(&out); err != nil {
				t.Fatal(err)
			}
			if says := strings.Contains(out.String(), "\nEqual:"); says != tt.want {
				t.Errorf("the report says equal: %v, want %v\n%s", says, tt.want, out.String())
			}
		})
	}
}

func TestMarkEvent(t *testing.T) {
	tests := map[string]mark{
		"commands.edit.fix.run_fix":                  {"commands/edit/fix/fix.go", "func RunFix(", ""},
		"commands.build.writer.write":                {"commands/build/writer.go", "func (w Writer) write(", ""},
		"commands.edit.set.set_image_options.run_it": {"commands/edit/set/setimage.go", "func (o *setImageOptions) RunIt(", ""},
	}
	for want, m := range tests {
		if got := m.event(); got != want {
			t.Errorf("event of %s is %s, want %s", m.header, got, want)
		}
	}
}

func TestInsertAbove(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "a.go")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write("package a\n\n// F does it.\nfunc F() {}\n")
	if err := insertAbove(path, "func F(", "//telemetry:instrument\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "package a\n\n// F does it.\n//\n//telemetry:instrument\nfunc F() {}\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, text := range []string{"package a\n", "package a\n\nfunc F() {}\n\nfunc F() {}\n"} {
		if err := insertAbove(write(text), "func F(", "x\n"); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}
