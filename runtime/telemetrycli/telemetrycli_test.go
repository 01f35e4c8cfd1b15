package telemetrycli_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycli"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

// What the commands do is tried where people meet them, in the adapters' tests.

// with calls do while a program runs.
func with(t *testing.T, o telemetrycli.Options, do func(*telemetrycli.Program)) {
	t.Helper()
	if o.Dir == "" {
		o.Config = telemetrytest.New(t, "tool").Config
	}
	err := telemetrycli.Run("tool", o, func(p *telemetrycli.Program) error {
		do(p)
		return fs.ErrClosed
	})
	if !errors.Is(err, fs.ErrClosed) {
		t.Errorf("the error of the run is %v", err)
	}
}

// find returns a command below `telemetry`.
func find(t *testing.T, p *telemetrycli.Program, name string) telemetrycli.Command {
	t.Helper()
	for _, c := range p.Command().Commands {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no command %s", name)
	return telemetrycli.Command{}
}

func TestCommand(t *testing.T) {
	with(t, telemetrycli.Options{Command: "usage"}, func(p *telemetrycli.Program) {
		c := p.Command()
		if c.Name != "usage" || p.Path() != "tool usage" || !strings.Contains(c.Long, "TOOL_TELEMETRY=off") {
			t.Errorf("%+v", c)
		}
		for _, c := range append(c.Commands, c) {
			if c.Short == "" || c.Run == nil || len(c.Flags) == 0 || c.Flags[0].Name != "json" {
				t.Errorf("%s lacks something: %+v", c.Name, c)
			}
		}
	})
}

// TestScript: a script that says nothing has not said yes, whatever it is fed.
func TestScript(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "stdin"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("y\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	with(t, telemetrycli.Options{}, func(p *telemetrycli.Program) {
		err := find(t, p, "delete").Run(t.Context(), telemetrycli.Call{In: file, Out: io.Discard, Err: io.Discard})
		if err == nil || !strings.Contains(err.Error(), "--yes") {
			t.Errorf("removed: %v", err)
		}
	})
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, fs.ErrInvalid }

func TestErrors(t *testing.T) {
	with(t, telemetrycli.Options{}, func(p *telemetrycli.Program) {
		for _, set := range []map[string]bool{nil, {"json": true}} {
			if err := find(t, p, "status").Run(t.Context(), telemetrycli.Call{Set: set, Out: full{}}); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("on a full disk: %v", err)
			}
		}
		nowhere := telemetrycli.Call{Args: []string{filepath.Join(t.TempDir(), "no", "such")}, Out: io.Discard}
		if err := find(t, p, "export").Run(t.Context(), nowhere); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("into a folder that is not there: %v", err)
		}
	})
}

// TestDefaults: the root's name is the service.
func TestDefaults(t *testing.T) {
	config := telemetrytest.New(t, "tool").Config
	config.Service = ""
	var out bytes.Buffer
	with(t, telemetrycli.Options{Config: config}, func(p *telemetrycli.Program) {
		if err := find(t, p, "status").Run(t.Context(), telemetrycli.Call{Out: &out}); err != nil {
			t.Error(err)
		}
	})
	if p := out.String(); !strings.Contains(p, "TOOL_TELEMETRY=on") {
		t.Errorf("status says:\n%s", p)
	}
}
