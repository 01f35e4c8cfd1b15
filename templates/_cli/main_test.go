package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

// execute runs the program as a person would, and returns what it prints and
// what it records.
func execute(t *testing.T, args ...string) (string, *telemetrytest.Recorder, error) {
	t.Helper()
	recorded := telemetrytest.New(t, "{{.Name}}")
	var out strings.Builder
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	err := telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: recorded.Config})
	return out.String(), recorded, err
}

func TestCommands(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("to be\nor not\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args    []string
		want    string
		outcome event.Outcome
	}{
		{[]string{"count", text}, "       4       13 " + text + "\n", event.OK},
		{[]string{"count", "--json", text}, `"words":4`, event.OK},
		{[]string{"checksum", text}, "  " + text + "\n", event.OK},
		{[]string{"checksum", "no such file"}, "Error: reading: ", event.Error},
	} {
		got, recorded, err := execute(t, c.args...)
		if !strings.Contains(got, c.want) || (err != nil) != (c.outcome == event.Error) {
			t.Errorf("%v: printed %q (%v), want %q", c.args, got, err, c.want)
		}
		if call := recorded.Call(c.args[0]); call.Outcome != c.outcome {
			t.Errorf("%v: recorded %s, want %s", c.args, call.Outcome, c.outcome)
		}
	}
}

// TestPrivacy looks for what a person typed in what is recorded of it.
func TestPrivacy(t *testing.T) {
	_, recorded, _ := execute(t, "count", "secret-name.txt")
	if call := recorded.Call("count"); strings.Contains(call.JSON, "secret-name") {
		t.Errorf("the name of a file is recorded: %s", call.JSON)
	}
	if got := recorded.Features()["tally"]; got.Calls != 0 {
		t.Errorf("a file that is not there was counted: %+v", got)
	}
}
