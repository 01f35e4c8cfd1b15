package telemetryurfave_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryurfave"
)

// person is somebody who runs the tool, with files of their own.
type person struct {
	t      *testing.T
	config telemetry.Config
	typed  string
	change func(*cli.Command)
}

func newPerson(t *testing.T) *person {
	config := telemetrytest.New(t, "tool").Config
	t.Setenv("TOOL_TELEMETRY", "") // nothing said
	for _, name := range []string{"CI", "GITHUB_ACTIONS", "GITLAB_CI"} {
		t.Setenv(name, "")
	}
	return &person{t: t, config: config, change: func(*cli.Command) {}}
}

// runs runs the tool and returns what it says.
func (p *person) runs(args ...string) (string, error) {
	var out bytes.Buffer
	root := tool(&out)
	root.Reader = strings.NewReader(p.typed)
	p.change(root)
	err := telemetryurfave.Run(p.t.Context(), root, append([]string{"tool"}, args...), telemetryurfave.Options{Config: p.config})
	return out.String(), err
}

// sees fails unless the tool says all of this.
func (p *person) sees(args string, wants ...string) {
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
}

// TestCommands: every command is there, with its flags and its argument. What they
// do is the same in every library: see runtime/telemetrycobra.
func TestCommands(t *testing.T) {
	p := newPerson(t)
	p.sees("telemetry", "local", "the program's default", "TOOL_TELEMETRY=off")
	p.sees("cluster deploy --json prod")
	p.sees("telemetry show", "stays here  command_execution", `"command":"cluster.deploy"`, `"flag_json":true`)
	p.sees("--verbose telemetry on", "telemetry is on", "the saved answer")
	p.sees("telemetry status --json", `"mode": "on"`, `"local": 1`)
	dir := t.TempDir()
	p.sees("telemetry export "+dir, dir+"/tool-telemetry.json", dir+"/tool-telemetry.txt")
	p.sees("telemetry reset", "There is no id")
	p.sees("telemetry off", "telemetry is off", "tool telemetry delete")
	p.typed = "n\n"
	if _, err := p.runs("telemetry", "delete"); err == nil || !strings.Contains(err.Error(), "--yes") {
		t.Errorf("removed against a no: %v", err)
	}
	p.sees("telemetry delete --yes --json", `"events": 1`)
	p.sees("telemetry --help", "status", "show", "export", "delete", "reset", "TOOL_TELEMETRY=off|local|log|on")
	p.sees("telemetry export --help", "[FOLDER]")
	p.sees("--help", "telemetry", "See, stop, export or delete what tool records")
	p.sees("telemetry re --generate-shell-completion", "reset")
	for _, args := range [][]string{{"telemetry", "nonsense"}, {"telemetry", "off", "please"}, {"telemetry", "export", "a", "b"}} {
		if _, err := p.runs(args...); err == nil || !strings.Contains(err.Error(), "--help") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestNothingInTheWay: a program that wants a login, or a flag, first lets its
// people say no; and what it tidies up afterwards was never begun.
func TestNothingInTheWay(t *testing.T) {
	p := newPerson(t)
	p.change = func(root *cli.Command) {
		root.Flags = append(root.Flags, &cli.StringFlag{Name: "token", Required: true})
		root.Before = func(ctx context.Context, _ *cli.Command) (context.Context, error) { return ctx, fs.ErrPermission }
		root.After = func(context.Context, *cli.Command) error { return fs.ErrClosed }
		root.ExitErrHandler = func(_ context.Context, _ *cli.Command, err error) { t.Errorf("it has to handle %v", err) }
		root.ArgValidator = func(context.Context, *cli.Command) error { return fs.ErrInvalid }
	}
	p.sees("telemetry off", "telemetry is off")
	p.sees("telemetry status", "the saved answer", "off")
}

// TestOwnCommand leaves a program's own command of that name alone.
func TestOwnCommand(t *testing.T) {
	p := newPerson(t)
	p.change = func(root *cli.Command) {
		root.Commands = append(root.Commands, &cli.Command{Name: "metrics", Aliases: []string{"telemetry"}, Action: func(_ context.Context, cmd *cli.Command) error {
			_, err := cmd.Root().Writer.Write([]byte("mine\n"))
			return err
		}})
	}
	p.sees("telemetry", "mine")
	p.change = func(*cli.Command) {}
	p.sees("telemetry show", `"command":"metrics"`)
}

// agentOfTest notes when it is asked to start a process.
type agentOfTest struct{ launched int }

func (a *agentOfTest) Child(telemetry.Place) bool { return false }
func (a *agentOfTest) Run(telemetry.Place)        {}
func (a *agentOfTest) Launch(telemetry.Place)     { a.launched++ }

// TestLaunch holds that nothing is sent in front of a command that may say no.
func TestLaunch(t *testing.T) {
	for args, want := range map[string]int{
		"cluster deploy prod": 1, "cluster deploy": 1, "telemetry off": 0, "telemetry delete --yes": 0, "telemetry": 0,
		"cl --generate-shell-completion": 0, "--help": 0,
	} {
		p, a := newPerson(t), &agentOfTest{}
		t.Setenv("TOOL_TELEMETRY", "on")
		p.config.Agent = a
		_, _ = p.runs(strings.Fields(args)...)
		if a.launched != want {
			t.Errorf("%s: launched %d times, want %d", args, a.launched, want)
		}
	}
}

// TestOff leaves no file.
func TestOff(t *testing.T) {
	p := newPerson(t)
	t.Setenv("TOOL_TELEMETRY", "off")
	for _, args := range []string{"cluster deploy prod", "--forec", "telemetry status", "telemetry show"} {
		_, _ = p.runs(strings.Fields(args)...)
	}
	if entries, err := os.ReadDir(p.config.Dir); err != nil || len(entries) > 0 {
		t.Errorf("there are %v (%v)", entries, err)
	}
}
