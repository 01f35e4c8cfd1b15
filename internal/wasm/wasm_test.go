// Package wasm runs a program with telemetry where there is neither a disk nor
// another process: as js/wasm under Node.js, and as wasip1 under wazero.
package wasm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/server"
)

// seen is Seen of the program.
type seen struct {
	Before, After string
	Stats         []inspect.Stat
	Unsent, Sent  inspect.Status
	Result        agent.Result
	Err           string
	Deleted       inspect.Deleted
	AtServer      int
	Left          inspect.Status
}

const yes = "on: the saved answer in memory:wasmtool/mode"

// program builds the program, and returns what runs it with a DSN.
func program(t *testing.T, goos string) func(dsn string, env ...string) (got seen, told string) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles the standard library for another platform; not with -short")
	}
	host := host(t, goos)
	dir := t.TempDir()
	path := filepath.Join(dir, "program.wasm")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./program")
	build.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building for %s: %v\n%s", goos, err, text)
	}
	return func(dsn string, env ...string) (got seen, told string) {
		t.Helper()
		var out, log bytes.Buffer
		cmd := exec.CommandContext(t.Context(), host[0], append(host[1:], path, dsn)...)
		// Of this test's environment only what the host needs: CI would decide.
		cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "HOME="+dir)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &log
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s%s", goos, err, out.Bytes(), log.Bytes())
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%v in %s", err, out.Bytes())
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("files were made: %v (%v)", left, err)
		}
		return got, log.String()
	}
}

// host is the command in front of a program's path.
func host(t *testing.T, goos string) []string {
	t.Helper()
	if goos == "wasip1" {
		return []string{goTool(t, "tool", "-n", "-modfile="+filepath.Join("..", "..", "tools", "go.mod"), "wazero"), "run", "-env-inherit", "-cachedir", t.TempDir()}
	}
	// By its path and not as "node": under that name net/http takes it for its own
	// tests, and does not fetch.
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node on PATH to run js/wasm: install Node.js 18 or later")
	}
	node, err = filepath.Abs(node)
	if err != nil {
		t.Fatal(err)
	}
	return []string{node, filepath.Join(goTool(t, "env", "GOROOT"), "lib", "wasm", "wasm_exec_node.js")}
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		t.Fatalf("go %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// recorded holds what the program has recorded and reads back.
func (s seen) recorded(t *testing.T) {
	t.Helper()
	if want := "local: the program's default; nothing is sent without a yes"; s.Before != want || s.After != yes {
		t.Errorf("the mode was %q and then %q; want %q, %q", s.Before, s.After, want, yes)
	}
	want := []string{
		"deploy: 1 calls, 1 errors", "cache.hit: 1001 calls, 0 errors, 1 panics",
		"before.the.yes: 1 calls, 0 errors", "config.migrated: 1 calls, 0 errors", "index.files: 12 1",
	}
	var got []string
	for _, stat := range s.Stats {
		line := fmt.Sprintf("%s: %d calls, %d errors", stat.Name, stat.Calls, stat.Errors)
		if stat.Metric != nil {
			line = fmt.Sprintf("%s: %d %s", stat.Name, stat.Metric.Total, stat.Metric.Unit)
		}
		if stat.Panics > 0 {
			line += fmt.Sprintf(", %d panics", stat.Panics)
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if e := s.Unsent.Events; e.Local != 1 || e.Pending < 4 || e.Sent != 0 || e.Dropped != 0 {
		t.Errorf("before sending: %+v", e)
	}
	if s.Left.Mode != "off" || s.Left.InstallID != "" || s.Left.Events != (inspect.Counts{}) {
		t.Errorf("after it was deleted there is left %+v", s.Left)
	}
}

// TestJS sends from memory to a real server, and has it forget that again.
func TestJS(t *testing.T) {
	run := program(t, "js")
	srv, err := server.Open(server.Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	web := httptest.NewServer(srv.Handler())
	defer web.Close()
	dsn, err := srv.CreateApp(t.Context(), "acme", "wasmtool", web.URL)
	if err != nil {
		t.Fatal(err)
	}
	got, told := run(dsn.String())
	got.recorded(t)
	pending := got.Unsent.Events.Pending
	if got.Err != "" || got.Result.Sent != pending || got.Sent.Events.Sent != pending || got.Sent.Events.Local != 1 {
		t.Errorf("of %d events %+v were sent (%s), and then %+v\n%s", pending, got.Result, got.Err, got.Sent.Events, told)
	}
	if got.AtServer != pending || len(got.Left.Deletions) != 0 || got.Deleted.UserID == "" {
		t.Errorf("of %d events the server had %d to remove; %+v", pending, got.AtServer, got.Deleted)
	}
}

// TestWASIP1 has no network, which sending says; all else is the same.
func TestWASIP1(t *testing.T) {
	const dsn = "http://token:secret@127.0.0.1:9/acme/wasmtool"
	run := program(t, "wasip1")
	got, _ := run(dsn)
	got.recorded(t)
	if got.Err != agent.ErrNoNetwork.Error() || got.Sent.Events != got.Unsent.Events {
		t.Errorf("sending said %q, and left %+v of %+v", got.Err, got.Sent.Events, got.Unsent.Events)
	}
	// What has a say in the mode is what has it on all platforms.
	for _, c := range []struct {
		env, mode string
		recorded  bool
	}{
		{"DO_NOT_TRACK=1", "off: DO_NOT_TRACK=1", false},
		{"WASMTOOL_TELEMETRY=local", "local: WASMTOOL_TELEMETRY=local", true},
		{"CI=true", "off: running in CI (CI is set)", false},
	} {
		got, _ := run(dsn, c.env)
		if got.After != c.mode {
			t.Errorf("%s: after a yes the mode was %q, want %q", c.env, got.After, c.mode)
		}
		if e := got.Unsent.Events; e.Pending != 0 || c.recorded != (e.Local > 0) {
			t.Errorf("%s: recorded are %+v", c.env, e)
		}
	}
}
