// Package nightly runs what make check has only in short form: steps.sh, which
// `make nightly` calls.
package nightly

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// steps runs the script with a make that fails for what is called bad, and returns
// the lines that it ends with, and what make was asked for.
func steps(t *testing.T, args ...string) (code int, summary, made []string, told string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here, which the Makefile needs, too")
	}
	log := filepath.Join(t.TempDir(), "log")
	fake := filepath.Join(t.TempDir(), "make")
	text := "#!" + bash + "\necho \"${@: -1}\" >> '" + log + "'\n[[ ${@: -1} != bad ]]\n"
	if err := os.WriteFile(fake, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bash, append([]string{"steps.sh"}, args...)...)
	cmd.Env = append(os.Environ(), "MAKE="+fake)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(log); err == nil {
		made = strings.Fields(string(got))
	}
	for line := range strings.Lines(string(out)) {
		if head, step, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && !strings.HasPrefix(line, "===") {
			fields := strings.Fields(step)
			summary = append(summary, head+": "+fields[len(fields)-1])
		}
	}
	return cmd.ProcessState.ExitCode(), summary, made, string(out)
}

func TestGoesOnAfterFailure(t *testing.T) {
	code, summary, made, told := steps(t, "slow other", "first", "bad", "slow", "last", "other")
	want := []string{"passed: first", "FAILED: bad", "left out: slow", "passed: last", "left out: other"}
	if diff := cmp.Diff(want, summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"first", "bad", "last"}, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	if code != 1 || !strings.Contains(told, "=== 1 of 5 steps failed") {
		t.Errorf("exit code %d, want 1\n%s", code, told)
	}
}

func TestAllPass(t *testing.T) {
	if code, _, made, told := steps(t, "", "first", "last"); code != 0 || len(made) != 2 {
		t.Errorf("exit code %d, made %v\n%s", code, made, told)
	}
}

// A name that is no step would leave nothing out, and nobody would know.
func TestSkipOfNoStep(t *testing.T) {
	code, _, made, told := steps(t, "frist", "first", "last")
	if code != 2 || made != nil || !strings.Contains(told, "frist, which is no step: the steps are first last") {
		t.Errorf("exit code %d, made %v\n%s", code, made, told)
	}
}
