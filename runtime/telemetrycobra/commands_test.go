package telemetrycobra_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

// person is somebody who runs the tool, with files of their own.
type person struct {
	t      *testing.T
	config telemetry.Config
	typed  string
}

func newPerson(t *testing.T) *person {
	config := telemetrytest.New(t, "tool").Config
	t.Setenv("TOOL_TELEMETRY", "") // nothing said
	for _, name := range []string{"CI", "GITHUB_ACTIONS", "GITLAB_CI"} {
		t.Setenv(name, "")
	}
	return &person{t: t, config: config}
}

// runs runs the tool and returns what it says; stderr is a part of it.
func (p *person) runs(args ...string) (stdout string, err error) {
	root := tool()
	var out, stderr bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&stderr)
	root.SetIn(strings.NewReader(p.typed))
	root.SetArgs(args)
	err = telemetrycobra.Execute(p.t.Context(), root, telemetrycobra.Options{Config: p.config})
	return out.String(), err
}

// sees fails unless the tool says all of this.
func (p *person) sees(args string, wants ...string) string {
	p.t.Helper()
	got, err := p.runs(strings.Fields(args)...)
	if err != nil {
		p.t.Errorf("%s: %v", args, err)
	}
	for _, want := range wants {
		if !strings.Contains(got, want) {
			p.t.Errorf("%s does not say %q:\n%s", args, want, got)
		}
	}
	return got
}

// TestCommands is the story of a person who looks, says yes, looks again, says no
// and takes everything along and away.
func TestCommands(t *testing.T) {
	p := newPerson(t)
	p.sees("telemetry", "telemetry            local", "the program's default", "TOOL_TELEMETRY=off", "none yet")
	p.sees("telemetry show", "No events are kept")

	p.sees("cluster deploy prod --json")
	p.sees("telemetry status", "kept here only       1")
	p.sees("telemetry show", `stays here  command_execution`, `"command":"cluster.deploy"`, `"flag_json":true`, `"version":"v0.0.0-test"`)

	p.sees("telemetry on", "telemetry is on", "the saved answer")
	p.sees("cluster deploy prod")
	p.sees("telemetry status", "on", "since", "kept here only       1", "to be sent           1")

	var all struct {
		Status inspect.Status  `json:"status"`
		Events []inspect.Event `json:"events"`
	}
	if err := json.Unmarshal([]byte(p.sees("telemetry export --json")), &all); err != nil || len(all.Events) != 2 || all.Status.Mode != "on" {
		t.Errorf("%+v (%v)", all, err)
	}
	dir := t.TempDir()
	files := strings.Fields(p.sees("telemetry export " + dir))
	if len(files) != 2 {
		t.Fatalf("files %v", files)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil || strings.Count(string(text), "cluster.deploy") != 2 {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	if _, err := p.runs("telemetry", "export", dir); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("over files that are there: %v", err)
	}

	p.sees("telemetry off", "telemetry is off", "tool telemetry delete")
	p.sees("cluster deploy prod")
	p.sees("telemetry status --json", `"mode": "off"`, `"local": 1`, `"pending": 1`)

	if _, err := p.runs("telemetry", "delete"); err == nil || !strings.Contains(err.Error(), "--yes") {
		t.Errorf("an answer that nobody gave: %v", err)
	}
	p.typed = "n\n"
	if _, err := p.runs("telemetry", "delete"); err == nil {
		t.Error("removed against a no")
	}
	p.sees("telemetry status --json", `"local": 1`)
	p.typed = "y\n"
	p.sees("telemetry delete", "Removed: 2 events")
	p.sees("telemetry show", "No events are kept", "off")
	p.sees("telemetry delete --yes --json", `"events": 0`)
	entries, err := os.ReadDir(p.config.Dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "mode" {
		t.Errorf("there are %v (%v)", entries, err)
	}
}

// TestTheCauseThatWins is what status names, whatever was answered.
func TestTheCauseThatWins(t *testing.T) {
	p := newPerson(t)
	p.config.Consent = telemetry.Off
	p.sees("telemetry status", "off", "the program's default")
	p.sees("telemetry on")
	for _, c := range []struct{ variable, value, mode, cause string }{
		{"CI", "1", "off", "running in CI (CI is set)"},
		{"TOOL_TELEMETRY", "local", "local", "TOOL_TELEMETRY=local"},
		{"DO_NOT_TRACK", "1", "off", "DO_NOT_TRACK=1"},
	} { // each stronger than those before it
		t.Setenv(c.variable, c.value)
		p.sees("telemetry status", "telemetry            "+c.mode, c.cause)
		p.sees("telemetry on", "telemetry is "+c.mode+": "+c.cause, "Your answer, on, is kept")
		p.sees("telemetry on --json", `"mode": "`+c.mode+`"`)
	}
}

// TestReset forgets the id, and delete says which one it was.
func TestReset(t *testing.T) {
	p := newPerson(t)
	id := "client_" + strings.Repeat("0123456789abcdef", 4)
	give := func() {
		if err := os.WriteFile(filepath.Join(p.config.Dir, "install-id"), []byte(id+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.sees("telemetry reset", "There is no id")
	p.sees("cluster deploy prod")
	give()
	p.sees("telemetry status", id)
	p.sees("telemetry reset", id+" is forgotten")
	p.sees("telemetry status", "none yet")
	give()
	p.sees("telemetry delete --yes", "What was sent as "+id+" is still at the server")
}

// TestOwnCommand leaves a program's own command of that name alone, and takes
// another name.
func TestOwnCommand(t *testing.T) {
	p := newPerson(t)
	root := &cobra.Command{Use: "tool"}
	root.AddCommand(&cobra.Command{Use: "metrics", Aliases: []string{"telemetry"}, Run: func(cmd *cobra.Command, _ []string) { cmd.Println("mine") }})
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	for _, args := range []string{"telemetry", "usage status"} {
		root.SetArgs(strings.Fields(args))
		err := telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: p.config, Command: map[string]string{"usage status": "usage"}[args]})
		if err != nil {
			t.Error(err)
		}
	}
	if !strings.HasPrefix(out.String(), "mine\ntelemetry ") {
		t.Errorf("it says:\n%s", out.String())
	}
}

// TestNothingInTheWay: a program that wants a login first lets its people say no.
func TestNothingInTheWay(t *testing.T) {
	p := newPerson(t)
	root := tool()
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return os.ErrPermission }
	root.SetArgs([]string{"telemetry", "off"})
	root.SetOut(&bytes.Buffer{})
	if err := telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: p.config}); err != nil {
		t.Error(err)
	}
	p.sees("telemetry status", "the saved answer", "off")
}

func TestHelpAndCompletion(t *testing.T) {
	p := newPerson(t)
	p.sees("--help", "telemetry          See, stop, export or delete what tool records")
	p.sees("telemetry --help", "status", "show", "export", "delete", "reset", "TOOL_TELEMETRY=off|local|log|on")
	p.sees("__complete telemetry re", "reset\tForget the random id")
	p.sees("__complete telemetry status ", ":4") // no files
}
