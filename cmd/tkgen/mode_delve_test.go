package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const debugged = `package main

import (
	"errors"
	"fmt"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

type store struct{ items map[string]int }

func main() {
	defer telemetry.Start(telemetry.Config{Service: "app"}).Stop()
	s := &store{items: map[string]int{}}
	err := s.put("a", 1)
	fmt.Println(err, s.items)
}

//telemetry:instrument
func (s *store) put(key string, n int) error {
	total := 0
	for i := range n {
		more, _ := add(i, n)
		total += more
	}
	s.items[key] = total
	if total > 100 {
		return errors.New("too much")
	}
	return nil
} // put ends

//telemetry:instrument
func add(a, b int) (sum int, err error) { sum = a + b; return }
`

// session is what a person does who looks for a mistake: stop at a function,
// look, walk, stop at a line, step into a call, step out, walk on to the caller.
const session = `break main.(*store).put
break main.go:23
break main.go:34
continue
args
locals
stack
next
next
continue
locals
stack
step
args
stack
stepout
next
next
next
next
next
next
next
next
next
next
exit
`

// TestDelve drives a debugger over the same program built by go and by tkgen: it
// stops at the same lines, shows the same source, variables and frames. A
// function that is instrumented ends like any function that defers something: at
// its closing brace.
func TestDelve(t *testing.T) {
	if runtime.GOOS != "linux" || !slices.Contains([]string{"amd64", "arm64"}, runtime.GOARCH) {
		t.Skip("the debugger's output is compared on Linux, amd64 and arm64")
	}
	if testing.Short() {
		t.Skip("builds the standard library without optimizations")
	}
	dir := t.TempDir()
	checkout(t, dir)
	if err := os.Remove(filepath.Join(dir, "lib", "lib.go")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(debugged), 0o644); err != nil {
		t.Fatal(err)
	}
	dlv := debugger(t)
	modeRun(t, dir, "go", "build", "-gcflags=all=-N -l", "-o", "plain", ".")
	modeRun(t, dir, "tkgen", "build", "-gcflags=all=-N -l", "-o", "ours", ".")
	want, got := runDebugger(t, dlv, dir, "plain"), runDebugger(t, dlv, dir, "ours")
	if len(want.stops) < 12 || len(want.vars) < 6 || len(want.frames) < 12 {
		t.Fatalf("the session did not go through:\n%+v", want)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(debugSession{})); diff != "" {
		t.Errorf("session of the debugger (-go +tkgen):\n%s", diff)
	}
}

// debugger builds the version of delve that tools/go.mod pins.
func debugger(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/go.mod", "-n", "dlv")
	cmd.Dir = filepath.Dir(goEnv1(t, "GOMOD"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("building delve (see tools/go.mod): %v\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// debugSession is what the debugger showed.
type debugSession struct {
	stops  []string          // function and line, each with the source around it
	vars   []string          // name = value
	frames []string          // function and line
	breaks map[string]string // where breakpoints were set
}

var (
	colors     = regexp.MustCompile("\x1b\\[[0-9;]*m")
	stopLine   = regexp.MustCompile(`^> (?:\[Breakpoint \d+\] )?(main\.\S+ \./main\.go:\d+)`)
	breakLine  = regexp.MustCompile(`^Breakpoint (\d+) set at 0x[0-9a-f]+ for (.*)$`)
	varLine    = regexp.MustCompile(`^(\w+) = (.*)$`)
	frameLine  = regexp.MustCompile(`^ ?\d+ +0x[0-9a-f]+ in (.*)$`)
	sourceLine = regexp.MustCompile(`^=> *(\d+):\t(.*)$`)
)

func runDebugger(t *testing.T, dlv, dir, binary string) debugSession {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), dlv, "exec", "--allow-non-terminal-interactive=true", "./"+binary)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(session)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "APP_TELEMETRY=off", "TERM=dumb")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("dlv exec %s: %v\n%s", binary, err, out)
	}
	s := debugSession{breaks: map[string]string{}}
	lines := strings.Split(colors.ReplaceAllString(string(out), ""), "\n")
	for i, line := range lines {
		s.read(strings.TrimPrefix(line, "(dlv) "), append(lines[i+1:], ""))
	}
	s.stops = upToCaller(s.stops)
	return s
}

func (s *debugSession) read(line string, rest []string) {
	if m := breakLine.FindStringSubmatch(line); m != nil {
		s.breaks[m[1]] = m[2]
	} else if m := stopLine.FindStringSubmatch(line); m != nil {
		s.stops = append(s.stops, m[1])
	} else if m := sourceLine.FindStringSubmatch(line); m != nil && len(s.stops) > 0 {
		s.stops[len(s.stops)-1] += " " + m[1] + " " + m[2]
	} else if m := frameLine.FindStringSubmatch(line); m != nil {
		s.frames = append(s.frames, m[1]+rest[0])
	} else if m := varLine.FindStringSubmatch(line); m != nil && settledVar(m[1], m[2]) {
		s.vars = append(s.vars, m[1]+" = "+m[2])
	}
}

// settledVar leaves out the result, which has a name with us, what holds nothing
// yet, and pointers.
func settledVar(name, value string) bool {
	return name != "tkErr" && name != "err" && name != "sum" && !strings.Contains(value, "(0x")
}

// upToCaller ends with the return to main. Stops at the end of put, which defers
// something with us, are left out.
func upToCaller(stops []string) []string {
	var kept []string
	for _, stop := range stops {
		if strings.HasSuffix(stop, "// put ends") || len(kept) > 0 && kept[len(kept)-1] == stop {
			continue
		}
		kept = append(kept, stop)
		if strings.Contains(stop, "fmt.Println") {
			break
		}
	}
	return kept
}
