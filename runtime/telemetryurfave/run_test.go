package telemetryurfave_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v3"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryurfave"
)

// call is one call of the tool: what came out of it.
type call struct {
	Output string
	Err    string
	Panic  any
	Exits  []int
}

// run runs the tool in this process; where the library would end it, it goes on.
func run(t *testing.T, args string, change func(*cli.Command), execute func(*cli.Command, []string) error) (c call) {
	t.Helper()
	var out bytes.Buffer
	root := tool(&out)
	if change != nil {
		change(root)
	}
	exiter, writer := cli.OsExiter, cli.ErrWriter
	cli.OsExiter, cli.ErrWriter = func(code int) { c.Exits = append(c.Exits, code) }, &out
	defer func() {
		cli.OsExiter, cli.ErrWriter = exiter, writer
		c.Panic = recover()
		c.Output = out.String()
	}()
	if err := execute(root, append([]string{"tool"}, strings.Fields(args)...)); err != nil {
		c.Err = err.Error()
	}
	return c
}

// want is what is recorded of a call.
type want struct {
	name, outcome, errorType, exit, attributes string
}

var calls = map[string]want{
	"cluster deploy prod": {"cluster.deploy", "ok", "", "", "map[]"},
	"cl d prod":           {"cluster.deploy", "ok", "", "", "map[]"},
	"cluster deploy --dry-run=/home/bob prod":    {"cluster.deploy", "ok", "", "", "map[flag_dry_run:true]"},
	"--verbose cluster deploy -c 77177 prod":     {"cluster.deploy", "ok", "", "", "map[flag_count:true flag_verbose:true]"},
	"cluster deploy --json prod":                 {"cluster.deploy", "ok", "", "", "map[flag_json:true]"},
	"cluster deploy fails":                       {"cluster.deploy", "error", "*errors.errorString", "", "map[]"},
	"cluster deploy stops":                       {"cluster.deploy", "canceled", "", "", "map[]"},
	"cluster deploy --json exits":                {"cluster.deploy", "error", "*cli.exitError", "3", "map[flag_json:true]"},
	"cluster deploy leaves":                      {"cluster.deploy", "ok", "", "0", "map[]"},
	"cluster deploy panics":                      {"cluster.deploy", "panic", "", "", "map[]"},
	"guarded":                                    {"guarded", "error", "*errors.errorString", "", "map[]"},
	"untidy":                                     {"untidy", "error", "*errors.errorString", "", "map[]"},
	"Strict --name bob":                          {"strict", "ok", "", "", "map[flag_name:true]"},
	"needs 5":                                    {"needs", "ok", "", "", "map[]"},
	"acme-secret-plugin --project-x":             {"other", "ok", "", "", "map[]"},
	"acme-secret-plugin merger":                  {"other", "ok", "", "", "map[]"},
	"acme-secret-plugin merger --merge-with bob": {"other", "error", "*errors.errorString", "", "map[usage:flag]"},
	// Calls that are wrong.
	"clutser deploy":                 {"tool", "error", "*cli.exitError", "3", "map[usage:command]"},
	"cluster delpoy":                 {"cluster", "error", "*cli.exitError", "3", "map[usage:command]"},
	"cluster deploy":                 {"cluster.deploy", "error", "*errors.errorString", "", "map[usage:arguments]"},
	"cluster deploy one two":         {"cluster.deploy", "error", "*errors.errorString", "", "map[usage:arguments]"},
	"--forec cluster":                {"tool", "error", "*errors.errorString", "", "map[usage:flag]"},
	"cluster deploy --forec prod":    {"cluster.deploy", "error", "*errors.errorString", "", "map[usage:flag]"},
	"cluster deploy prod --forec":    {"cluster.deploy", "error", "*errors.errorString", "", "map[usage:flag]"},
	"cluster deploy --count":         {"cluster.deploy", "error", "*errors.errorString", "", "map[usage:flag]"},
	"cluster deploy --count many x":  {"cluster.deploy", "error", "*errors.errorString", "", "map[usage:flag]"},
	"cluster deploy --count=-1 prod": {"cluster.deploy", "error", "*errors.errorString", "", "map[flag_count:true usage:flag]"},
	"cluster deploy --json --yaml x": {"cluster.deploy", "error", "*cli.mutuallyExclusiveGroup", "", "map[flag_json:true flag_yaml:true usage:flag]"},
	"Strict":                         {"strict", "error", "*cli.errRequiredFlags", "", "map[usage:flag]"},
	"Strict --forec":                 {"strict", "error", "*errors.errorString", "", "map[usage:flag]"},
	"needs many":                     {"needs", "error", "*errors.errorString", "", "map[usage:arguments]"},
	// What is not recorded.
	"":                                       {},
	"--version":                              {},
	"--help":                                 {},
	"help cluster":                           {},
	"help clutser":                           {},
	"cluster":                                {},
	"cluster help deploy":                    {},
	"cluster deploy --help":                  {},
	"completion bash":                        {},
	"completion nosuch":                      {},
	"cluster --generate-shell-completion":    {},
	"cluster de --generate-shell-completion": {},
	"telemetry status":                       {},
	"telemetry no-such-thing":                {},
	"telemetry --no-such-flag":               {},
}

// TestRun runs the tool with and without, call by call: it does the same, and what
// is recorded holds no value.
func TestRun(t *testing.T) {
	handled := func(root *cli.Command) {
		root.ExitErrHandler = func(_ context.Context, cmd *cli.Command, err error) {
			fmt.Fprintln(cmd.Root().Writer, "handled:", err)
		}
	}
	for args, w := range calls {
		for how, change := range map[string]func(*cli.Command){"": nil, ", with its own handler": handled} {
			t.Run(args+how, func(t *testing.T) {
				bare := run(t, args, change, func(root *cli.Command, args []string) error { return root.Run(t.Context(), args) })
				recorded := telemetrytest.New(t, "tool")
				got := run(t, args, change, func(root *cli.Command, args []string) error {
					return telemetryurfave.Run(t.Context(), root, args, telemetryurfave.Options{Config: recorded.Config})
				})
				if diff := cmp.Diff(bare, got); diff != "" && !strings.Contains(diff, "telemetry") {
					t.Errorf("not what the tool does by itself:\n%s", diff)
				}
				check(t, recorded, w)
			})
		}
	}
}

// check holds what was recorded against what was to be.
func check(t *testing.T, recorded *telemetrytest.Recorder, w want) {
	t.Helper()
	events := recorded.Events()
	if w.name == "" {
		if len(events) > 0 {
			t.Errorf("recorded %+v", events)
		}
		return
	}
	if len(events) != 1 || events[0].Type != event.TypeCommand {
		t.Fatalf("want one command, got %+v", events)
	}
	e := events[0]
	got := want{e.Name, string(e.Outcome), e.ErrorType, "", "map[]"}
	if e.ExitCode != nil {
		got.exit = fmt.Sprint(*e.ExitCode)
	}
	if e.Attributes != nil {
		got.attributes = fmt.Sprint(e.Attributes)
	}
	if got != w {
		t.Errorf("want %+v\n got %+v", w, got)
	}
	for _, secret := range []string{"prod", "bob", "77177", "acme", "merge", "project", "forec", "clutser", "delpoy", "disco"} {
		if strings.Contains(e.JSON, secret) {
			t.Errorf("%s is in %s", secret, e.JSON)
		}
	}
}

// TestMain is the tool, if a test asks for that.
func TestMain(m *testing.M) {
	how := os.Getenv("TOOL_HOW")
	if how == "" {
		os.Exit(m.Run())
	}
	root, args, err := tool(os.Stdout), append([]string{"tool"}, strings.Fields(os.Getenv("TOOL_ARGS"))...), error(nil)
	if how == "bare" {
		err = root.Run(context.Background(), args)
	} else {
		err = telemetryurfave.Run(context.Background(), root, args, telemetryurfave.Options{
			Config: telemetry.Config{Service: "tool", Dir: os.Getenv("TOOL_DIR"), Version: "v0.0.0-test"},
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestProcesses holds that real processes end as they did, also where the library
// ends them, and that their commands have ended for those who read the record.
func TestProcesses(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   want
	}{
		{"cluster deploy prod", 0, calls["cluster deploy prod"]},
		{"cluster deploy fails", 1, calls["cluster deploy fails"]},
		{"cluster deploy exits", 3, want{"cluster.deploy", "error", "*cli.exitError", "3", "map[]"}},
		{"cluster deploy leaves", 0, calls["cluster deploy leaves"]},
		{"cluster deploy panics", 2, calls["cluster deploy panics"]},
		{"clutser deploy", 3, calls["clutser deploy"]},
		{"telemetry nonsense", 1, want{}},
	} {
		recorded := telemetrytest.New(t, "tool")
		process := func(how string) (string, int) {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), "TOOL_HOW="+how, "TOOL_ARGS="+c.args, "TOOL_DIR="+recorded.Config.Dir)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			text, _, _ := strings.Cut(string(out), "goroutine ") // the trace has our frames, too
			return text, cmd.ProcessState.ExitCode()
		}
		want, wantStatus := process("bare")
		got, gotStatus := process("recorded")
		if strings.HasPrefix(c.args, "telemetry") {
			want, wantStatus = got, c.status
		}
		if diff := cmp.Diff(want, got); diff != "" && !strings.Contains(diff, "telemetry") {
			t.Errorf("%s: not what the tool says by itself:\n%s", c.args, diff)
		}
		if gotStatus != wantStatus || gotStatus != c.status {
			t.Errorf("%s: exit status %d, by itself %d, want %d", c.args, gotStatus, wantStatus, c.status)
		}
		check(t, recorded, c.want)
	}
}

// TestTheTreeIsAsBefore holds that nothing of Run stays but the command.
func TestTheTreeIsAsBefore(t *testing.T) {
	recorded := telemetrytest.New(t, "tool")
	var out bytes.Buffer
	root := tool(&out)
	for range 3 {
		for _, args := range [][]string{{"tool", "cluster", "deploy", "prod"}, {"tool", "cluster"}, {"tool", "help"}} {
			if err := telemetryurfave.Run(t.Context(), root, args, telemetryurfave.Options{Config: recorded.Config}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := len(recorded.Events()); got != 3 {
		t.Errorf("three calls are recorded as %d", got)
	}
	if root.ArgValidator != nil || root.ExitErrHandler != nil {
		t.Error("the root keeps what Run has added to it")
	}
	if err := root.Run(t.Context(), []string{"tool", "cluster", "deploy", "prod"}); err != nil {
		t.Error(err)
	}
	if got := len(recorded.Events()); got != 3 {
		t.Errorf("recorded after the session: %d", got)
	}
	found := 0
	for _, c := range root.Commands {
		if c.Name == "telemetry" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the tree has %d commands named telemetry", found)
	}
}

// TestSources records the flags that come from the environment by their names.
func TestSources(t *testing.T) {
	recorded := telemetrytest.New(t, "tool")
	t.Setenv("TOOL_DRY_RUN", "of-bob")
	run(t, "cluster deploy prod", nil, func(root *cli.Command, args []string) error {
		return telemetryurfave.Run(t.Context(), root, args, telemetryurfave.Options{Config: recorded.Config})
	})
	check(t, recorded, want{"cluster.deploy", "ok", "", "", "map[flag_dry_run:true]"})
}

func Example() {
	root := &cli.Command{Name: "mytool", Commands: []*cli.Command{{
		Name: "greet",
		Action: func(_ context.Context, cmd *cli.Command) error {
			_, err := fmt.Fprintln(cmd.Root().Writer, "hello")
			return err
		},
	}}}
	dir, _ := os.MkdirTemp("", "example") // programs leave Dir empty
	defer os.RemoveAll(dir)
	err := telemetryurfave.Run(context.Background(), root, []string{"mytool", "greet"}, // os.Args
		telemetryurfave.Options{Config: telemetry.Config{Service: "mytool", Dir: dir}})
	if err != nil {
		os.Exit(1)
	}
	// Output: hello
}
