package main

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// withModes adds to the stories' commands what those about build modes need.
func withModes(commands map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	commands["same"] = same
	return commands
}

// same ARGS runs go ARGS and tkgen ARGS and compares exit code, stdout and
// stderr. A negation says that both fail. What tkgen wrote can be looked at
// afterwards with stdout and stderr.
func same(ts *testscript.TestScript, negated bool, args []string) {
	plain := runIn(ts, "go", args)
	ours := runIn(ts, "tkgen", args)
	if diff := cmp.Diff(plain, ours); diff != "" {
		ts.Fatalf("go and tkgen %s differ (-go +tkgen):\n%s", strings.Join(args, " "), diff)
	}
	if failed := plain.Code != 0; failed != negated {
		ts.Fatalf("go %s ended with %d", strings.Join(args, " "), plain.Code)
	}
}

// ran is how a command ended.
type ran struct {
	Code           int
	Stdout, Stderr string
}

func runIn(ts *testscript.TestScript, command string, args []string) ran {
	err := ts.Exec(command, args...)
	r := ran{Stdout: settled(ts.ReadFile("stdout")), Stderr: settled(ts.ReadFile("stderr"))}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		r.Code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	return r
}

// unsettled is what differs between two runs of the go command itself: times,
// addresses, goroutine numbers, arguments in stack traces, temporary folders.
var unsettled = []struct {
	pattern *regexp.Regexp
	to      string
}{
	{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s)\b`), "T"},
	{regexp.MustCompile(`\(cached\)`), "T"},
	{regexp.MustCompile(`"Time":"[^"]*",?|,"Elapsed":[0-9.e-]+`), ""},
	{regexp.MustCompile(`(?m)\((\.\.\.|\{?0x.*?)\)($|\\n")`), "()$2"},
	{regexp.MustCompile(`(?m) \+0x[0-9a-f]+($|\\n")`), "$1"}, // none if inlined
	{regexp.MustCompile(`0x[0-9a-f]+`), "0x"},
	{regexp.MustCompile(`goroutine \d+( gp=\S+ m=\S+( mp=\S+)?)?`), "goroutine N"},
	{regexp.MustCompile(`go-build\d+`), "go-buildN"},
}

func settled(text string) string {
	for _, u := range unsettled {
		text = u.pattern.ReplaceAllString(text, u.to)
	}
	return text
}
