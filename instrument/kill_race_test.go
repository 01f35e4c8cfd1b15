package instrument

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestAtOnce runs several generates, and removes, at once on one tree. Some may
// give up because another one was faster; none loses a line of anybody's code,
// and the next one finds its work as always.
func TestAtOnce(t *testing.T) {
	skipShort(t)
	files := modTree(tree{})
	for i := range 20 {
		files[fmt.Sprintf("p%d/p.go", i)] = []byte(strings.Replace(marked, "package p", fmt.Sprintf("package p%d", i), 1))
	}
	generated := applied(t, files, Generate)
	dir := files.write(t)
	tkgen := buildTkgen(t)
	for round := range 5 {
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				command := "generate"
				if round > 2 && i%2 == 1 {
					command = "remove"
				}
				cmd := exec.CommandContext(t.Context(), tkgen, command)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil && !strings.Contains(string(out), "while tkgen was at work") {
					t.Errorf("%s: %v\n%s", command, err, out)
				}
			})
		}
		wg.Wait()
		for command, want := range map[string]tree{"generate": generated, "remove": files} {
			plan := map[string]func(Options) (*Result, error){"generate": Generate, "remove": Remove}[command]
			run(t, plan, dir)
			if diff := cmp.Diff(want.strings(), readTree(t, dir).strings()); diff != "" {
				t.Fatalf("round %d, %s afterwards (-want +got):\n%s", round, command, diff)
			}
		}
	}
}

// applied returns what a run makes of a tree.
func applied(t *testing.T, files tree, plan func(Options) (*Result, error)) tree {
	t.Helper()
	dir := files.write(t)
	run(t, plan, dir)
	return readTree(t, dir)
}

func run(t *testing.T, plan func(Options) (*Result, error), dir string) {
	t.Helper()
	r, err := plan(Options{Dir: dir})
	if err == nil {
		err = r.Write()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func buildTkgen(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tkgen")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../cmd/tkgen").CombinedOutput(); err != nil {
		t.Fatalf("building tkgen: %v\n%s", err, out)
	}
	return path
}

// TestCommitLooksAgain checks that a file that was saved after all were staged
// keeps what was saved.
func TestCommitLooksAgain(t *testing.T) {
	dir := modTree(tree{"a.go": []byte(marked), "b.go": []byte(strings.ReplaceAll(marked, "F()", "G()"))}).write(t)
	r, err := Generate(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var staged []stage
	for _, c := range r.Changes {
		s, err := c.stage()
		if err != nil {
			t.Fatal(err)
		}
		staged = append(staged, s)
	}
	saved := "package p // saved in the meantime\n"
	if err := os.WriteFile(filepath.Join(dir, "b.go"), []byte(saved), 0o600); err != nil {
		t.Fatal(err)
	}
	err = commit(staged)
	if want := "b.go: this file changed while tkgen was at work and was left alone; 1 of 3 files were written before it"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if text := readTree(t, dir)["b.go"]; string(text) != saved {
		t.Errorf("b.go holds %s, want what was saved", text)
	}
}

// TestSweep checks which temporary files are taken away: those of processes that
// have gone, and old ones.
func TestSweep(t *testing.T) {
	gone := exec.CommandContext(t.Context(), "go", "version")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dead, alive := fmt.Sprint(gone.Process.Pid), fmt.Sprint(os.Getpid())
	tests := map[string]struct {
		age   time.Duration
		stays bool
	}{
		tempPrefix + dead + "-1":      {0, false},
		tempPrefix + alive + "-1":     {time.Minute, true},
		tempPrefix + alive + "-2":     {2 * time.Hour, false},
		tempPrefix + "notes":          {2 * time.Hour, true},
		"x" + tempPrefix + dead + "-": {2 * time.Hour, true},
	}
	files := modTree(tree{"a.go": []byte(marked)})
	for name := range tests {
		files[name] = nil
	}
	dir := files.write(t)
	for name, tt := range tests {
		then := time.Now().Add(-tt.age)
		if err := os.Chtimes(filepath.Join(dir, name), then, then); err != nil {
			t.Fatal(err)
		}
	}
	run(t, Generate, dir)
	for name, tt := range tests {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != tt.stays {
			t.Errorf("%s, %s old: %v, want it to stay: %v", name, tt.age, err, tt.stays)
		}
	}
}
