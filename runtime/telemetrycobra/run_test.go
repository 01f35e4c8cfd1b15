package telemetrycobra_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

// exit is an error as programs have them that run other programs.
type exit struct{ code int }

func (e *exit) Error() string { return fmt.Sprint("exit status ", e.code) }
func (e *exit) ExitCode() int { return e.code }

// tool returns a tree with something of everything, that says all it does.
func tool() *cobra.Command {
	say := func(what string) func(*cobra.Command, []string) {
		return func(cmd *cobra.Command, args []string) { cmd.Println(what, cmd.CommandPath(), args) }
	}
	root := &cobra.Command{Use: "tool", Version: "v1", PersistentPreRun: say("persistent pre"), PersistentPostRun: say("persistent post")}
	root.PersistentFlags().Bool("verbose", false, "")
	cluster := &cobra.Command{Use: "cluster", Aliases: []string{"cl"}}
	deploy := &cobra.Command{
		Use: "deploy NAME", Aliases: []string{"d"}, Args: cobra.ExactArgs(1), PreRun: say("pre"), PostRun: say("post"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.Println("deploying", args[0])
			switch args[0] {
			case "fails":
				return fmt.Errorf("deploying: %w", fs.ErrNotExist)
			case "exits":
				return &exit{3}
			case "panics":
				panic("at the disco")
			}
			return nil
		},
	}
	deploy.Flags().String("dry-run", "", "")
	deploy.Flags().Int("count", 0, "")
	deploy.Flags().Bool("json", false, "")
	deploy.MarkFlagsMutuallyExclusive("json", "dry-run")
	guarded := &cobra.Command{
		Use: "guarded", Run: say("running"),
		PersistentPreRunE: func(*cobra.Command, []string) error { return fs.ErrPermission },
	}
	strict := &cobra.Command{Use: "Strict", Run: say("running"), SilenceUsage: true, SilenceErrors: true}
	strict.Flags().String("name", "", "")
	_ = strict.MarkFlagRequired("name")
	plugin := &cobra.Command{Use: "acme-secret-plugin", Run: say("running"), Annotations: map[string]string{telemetrycobra.Annotation: "off"}}
	plugin.Flags().Bool("project-x", false, "")
	plugin.AddCommand(&cobra.Command{Use: "merger", Run: say("running")})
	cluster.AddCommand(deploy)
	root.AddCommand(cluster, guarded, strict, plugin)
	return root
}

// call is one call of the tool: what came out of it.
type call struct {
	Output string
	Err    string
	Panic  any
}

func run(args string, execute func(*cobra.Command) error) (c call) {
	root := tool()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(strings.Fields(args))
	defer func() {
		c.Panic = recover()
		c.Output = out.String()
	}()
	if err := execute(root); err != nil {
		c.Err = err.Error()
	}
	return c
}

func TestExecute(t *testing.T) {
	type want struct {
		name, outcome, errorType, attributes string
	}
	for args, w := range map[string]want{
		"cluster deploy prod": {"cluster.deploy", "ok", "", "map[]"},
		"cl d prod":           {"cluster.deploy", "ok", "", "map[]"},
		"cluster deploy prod --dry-run=/home/bob":     {"cluster.deploy", "ok", "", "map[flag_dry_run:true]"},
		"--verbose cluster deploy --count 77177 prod": {"cluster.deploy", "ok", "", "map[flag_count:true flag_verbose:true]"},
		"cluster deploy fails":                        {"cluster.deploy", "error", "*errors.errorString", "map[]"},
		"cluster deploy exits --json":                 {"cluster.deploy", "error", "*telemetrycobra_test.exit", "map[flag_json:true] exit 3"},
		"cluster deploy panics":                       {"cluster.deploy", "panic", "", "map[]"},
		"guarded":                                     {"guarded", "error", "*errors.errorString", "map[]"},
		"Strict --name bob":                           {"strict", "ok", "", "map[flag_name:true]"},
		"acme-secret-plugin --project-x":              {"other", "ok", "", "map[]"},
		"acme-secret-plugin merger":                   {"other", "ok", "", "map[]"},
		// Calls that are wrong.
		"clutser deploy":                              {"tool", "error", "*errors.errorString", "map[usage:command]"},
		"cluster deploy":                              {"cluster.deploy", "error", "*errors.errorString", "map[usage:arguments]"},
		"cluster deploy one two":                      {"cluster.deploy", "error", "*errors.errorString", "map[usage:arguments]"},
		"cluster deploy --forec prod":                 {"cluster.deploy", "error", "*pflag.NotExistError", "map[usage:flag]"},
		"cluster deploy --count":                      {"cluster.deploy", "error", "*pflag.ValueRequiredError", "map[usage:flag]"},
		"cluster deploy --count many prod":            {"cluster.deploy", "error", "*pflag.InvalidValueError", "map[usage:flag]"},
		"cluster deploy --json --dry-run=server prod": {"cluster.deploy", "error", "*errors.errorString", "map[flag_dry_run:true flag_json:true usage:flag]"},
		"Strict": {"strict", "error", "*errors.errorString", "map[usage:flag]"},
		// What is not recorded.
		"":                        {},
		"--version":               {},
		"--help":                  {},
		"help cluster":            {},
		"cluster":                 {},
		"cluster deploy --help":   {},
		"completion bash":         {},
		"__complete cluster de":   {},
		"telemetry status":        {},
		"telemetry no-such-thing": {},
	} {
		t.Run(args, func(t *testing.T) {
			bare := run(args, func(root *cobra.Command) error { return root.ExecuteContext(t.Context()) })
			recorded := telemetrytest.New(t, "tool")
			got := run(args, func(root *cobra.Command) error {
				return telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: recorded.Config})
			})
			if diff := cmp.Diff(bare, got); diff != "" && !strings.Contains(diff, "telemetry") {
				t.Errorf("not what the tool does by itself:\n%s", diff)
			}
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
			attributes := fmt.Sprint(orEmpty(e.Attributes))
			if e.ExitCode != nil {
				attributes += fmt.Sprint(" exit ", *e.ExitCode)
			}
			if g := (want{e.Name, string(e.Outcome), e.ErrorType, attributes}); g != w {
				t.Errorf("want %+v\n got %+v", w, g)
			}
			for _, secret := range []string{"prod", "bob", "77177", "server", "acme", "merger", "project", "forec", "clutser", "disco"} {
				if strings.Contains(e.JSON, secret) {
					t.Errorf("%s is in %s", secret, e.JSON)
				}
			}
		})
	}
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// TestTheTreeIsAsBefore holds that nothing of Execute stays but the command.
func TestTheTreeIsAsBefore(t *testing.T) {
	recorded := telemetrytest.New(t, "tool")
	root := tool()
	root.SetOut(&bytes.Buffer{})
	root.SetErr(&bytes.Buffer{})
	for range 3 {
		root.SetArgs([]string{"cluster", "deploy", "prod"})
		if err := telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: recorded.Config}); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(recorded.Events()); got != 3 {
		t.Errorf("three calls are recorded as %d", got)
	}
	if err := root.Execute(); err != nil {
		t.Error(err)
	}
	if got := len(recorded.Events()); got != 3 {
		t.Errorf("recorded after the session: %d", got)
	}
	found := 0
	for _, c := range root.Commands() {
		if c.Name() == "telemetry" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the tree has %d commands named telemetry", found)
	}
}

// TestSilence records programs that keep quiet about their errors, too, and those
// that put their own words around cobra's.
func TestOwnFlagErrors(t *testing.T) {
	recorded := telemetrytest.New(t, "tool")
	root := tool()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(*cobra.Command, error) error { return errors.New("see the manual") })
	root.SetArgs([]string{"cluster", "deploy", "--forec"})
	err := telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: recorded.Config})
	if err == nil || err.Error() != "see the manual" {
		t.Errorf("the error is %v", err)
	}
	if e := recorded.Call("cluster.deploy"); e.Attributes["usage"] != "flag" {
		t.Errorf("recorded %+v", e)
	}
}

// TestTraverse has cobra run the persistent hooks of all parents.
func TestTraverse(t *testing.T) {
	cobra.EnableTraverseRunHooks = true
	defer func() { cobra.EnableTraverseRunHooks = false }()
	TestExecute(t)
}

// agentOfTest notes when it is asked to start a process.
type agentOfTest struct{ launched int }

func (a *agentOfTest) Child(telemetry.Place) bool { return false }
func (a *agentOfTest) Run(telemetry.Place)        {}
func (a *agentOfTest) Launch(telemetry.Place)     { a.launched++ }

// TestLaunch holds that nothing is sent in front of a command that may say no.
func TestLaunch(t *testing.T) {
	for args, want := range map[string]int{
		"cluster deploy prod": 1, "cluster deploy": 1, "telemetry off": 0, "telemetry delete --yes": 0, "telemetry": 0, "__complete cl": 0, "--help": 0,
	} {
		a := &agentOfTest{}
		config := telemetrytest.New(t, "tool").Config
		config.Agent = a
		run(args, func(root *cobra.Command) error {
			return telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: config})
		})
		if a.launched != want {
			t.Errorf("%s: launched %d times, want %d", args, a.launched, want)
		}
	}
}

// TestOff leaves no file.
func TestOff(t *testing.T) {
	config := telemetrytest.New(t, "tool").Config
	t.Setenv("TOOL_TELEMETRY", "off")
	for _, args := range []string{"cluster deploy prod", "clutser", "telemetry status", "telemetry show"} {
		run(args, func(root *cobra.Command) error {
			return telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: config})
		})
	}
	if entries, err := os.ReadDir(config.Dir); err != nil || len(entries) > 0 {
		t.Errorf("there are %v (%v)", entries, err)
	}
}

func Example() {
	root := &cobra.Command{Use: "mytool"}
	root.AddCommand(&cobra.Command{
		Use: "greet",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "hello")
			return err
		},
	})
	root.SetArgs([]string{"greet"})
	root.SetOut(os.Stdout)

	dir, _ := os.MkdirTemp("", "example") // programs leave Dir empty
	defer os.RemoveAll(dir)
	err := telemetrycobra.Execute(context.Background(), root, telemetrycobra.Options{
		Config: telemetry.Config{Service: "mytool", Dir: dir},
	})
	if err != nil {
		os.Exit(1)
	}
	// Output: hello
}
