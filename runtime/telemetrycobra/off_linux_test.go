package telemetrycobra

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// offProgram is a program with all that sends and asks.
const offProgram = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
)

func main() {
	root := &cobra.Command{Use: "offprog"}
	root.AddCommand(&cobra.Command{Use: "work", RunE: func(*cobra.Command, []string) error {
		feature := telemetry.Begin("some.feature")
		feature.End(nil)
		telemetry.Track("some.thing", telemetry.Text("text", "words"))
		fmt.Println("the output")
		return nil
	}})
	o := telemetrycobra.Options{Config: telemetry.Config{Agent: agent.New("http://tok:secret@127.0.0.1:1/acme/offprog")}}
	if os.Getenv("AUTHOR") == "off" {
		o.Consent = telemetry.Off
	}
	if err := telemetrycobra.Execute(context.Background(), root, o); err != nil {
		os.Exit(1)
	}
}
`

// machine is an empty home, and the folders in which programs put things.
type machine struct{ root, binary string }

func newMachine(t *testing.T, binary string) machine {
	t.Helper()
	m := machine{t.TempDir(), binary}
	for _, dir := range []string{"home", "config", "state", "cache", "data", "run", "tmp"} {
		if err := os.Mkdir(filepath.Join(m.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m machine) env(more ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH")}
	for name, dir := range map[string]string{
		"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache",
		"XDG_DATA_HOME": "data", "XDG_RUNTIME_DIR": "run", "TMPDIR": "tmp",
	} {
		env = append(env, name+"="+filepath.Join(m.root, dir))
	}
	return append(env, more...)
}

// run runs the program and returns whether it left a process behind; that one is
// waited for. This process is the parent of those whose own has gone (see
// TestOffMeansOff), so none can hide.
func (m machine) run(t *testing.T, env ...string) (child bool) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), m.binary, "work")
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = m.env(env...), m.root, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if stdout.String() != "the output\n" || stderr.String() != "" {
		t.Errorf("stdout %q, stderr %q; want the program's own output alone", stdout.String(), stderr.String())
	}
	for {
		_, err := syscall.Wait4(-1, nil, 0, nil)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return child
		case err == nil:
			child = true
		case !errors.Is(err, syscall.EINTR):
			t.Fatal(err)
		}
	}
}

// files are all there are, with what would change if they were touched.
func (m machine) files(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(m.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		name, _ := filepath.Rel(m.root, path)
		found[name] = fmt.Sprint(info.Mode(), info.ModTime().UnixNano())
		if err == nil && info.Mode().IsRegular() {
			var text []byte
			text, err = os.ReadFile(path)
			found[name] += fmt.Sprintf(" %x", text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestOffMeansOff runs a real program for each cause of off, at a machine on which
// it never ran and at one where it had recorded and was about to send: no file is
// made or changed, no process started, nothing said.
func TestOffMeansOff(t *testing.T) {
	const setChildSubreaper = 36 // of prctl(2)
	if _, _, err := syscall.Syscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); err != 0 {
		t.Skipf("processes left behind cannot be seen here: %v", err)
	}
	defer func() { _, _, _ = syscall.Syscall(syscall.SYS_PRCTL, setChildSubreaper, 0, 0) }()
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "offprog")
	if err := os.WriteFile(source, []byte(offProgram), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}

	// The same machine with a yes: what the rest must not find is there.
	on := newMachine(t, binary)
	if on.run(t, "OFFPROG_TELEMETRY=on") {
		t.Error("on, and nothing to send: it started a process")
	}
	if !on.run(t, "OFFPROG_TELEMETRY=on") {
		t.Error("on, and something to send: it started no process")
	}
	if names := strings.Join(keys(on.files(t)), " "); !strings.Contains(names, "/spool/") || !strings.Contains(names, "/events.db") || !strings.Contains(names, "/install-id") {
		t.Errorf("on, and there are only %s", names)
	}

	for about, env := range map[string][]string{
		"DO_NOT_TRACK":                    {"DO_NOT_TRACK=1", "OFFPROG_TELEMETRY=on"},
		"the program's variable":          {"OFFPROG_TELEMETRY=off"},
		"a value of it that nobody knows": {"OFFPROG_TELEMETRY=onn"},
		"CI":                              {"CI=true"},
		"another build server":            {"GITHUB_ACTIONS=true"},
		"the saved answer":                {"SAVED=off 2026-01-01T00:00:00Z\n"},
		"a saved answer that is unclear":  {"SAVED=perhaps\n"},
		"the author's default":            {"AUTHOR=off"},
	} {
		t.Run(about, func(t *testing.T) {
			fresh, used := newMachine(t, binary), newMachine(t, binary)
			used.run(t, "OFFPROG_TELEMETRY=on")
			for _, m := range []machine{fresh, used} {
				save(t, m, env)
				before := m.files(t)
				if m.run(t, env...) {
					t.Error("it started a process")
				}
				if diff := cmp.Diff(before, m.files(t)); diff != "" {
					t.Errorf("files (-before +after):\n%s", diff)
				}
			}
		})
	}
	t.Run("no place to look for an answer", func(t *testing.T) {
		m := newMachine(t, binary)
		before := m.files(t)
		if m.run(t, "HOME=", "XDG_STATE_HOME=", "XDG_CONFIG_HOME=") {
			t.Error("it started a process")
		}
		if diff := cmp.Diff(before, m.files(t)); diff != "" {
			t.Errorf("files (-before +after):\n%s", diff)
		}
	})
}

// save writes the saved answer, if the cause is one.
func save(t *testing.T, m machine, env []string) {
	t.Helper()
	text, ok := strings.CutPrefix(env[0], "SAVED=")
	if !ok {
		return
	}
	dir := filepath.Join(m.root, "config", "offprog", "telemetry")
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "mode"), []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func keys(m map[string]string) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	return names
}
