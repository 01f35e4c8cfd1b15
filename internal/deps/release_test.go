package deps

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// released is the version of the release that is made here.
const released = "v1.2.3"

// TestRelease does what a release does, into a folder that stands for a module
// proxy, and asks the go command what other people's programs get of it: those that
// import a door, with its replace left behind, and those that use the main module
// alone, which inherit nothing.
func TestRelease(t *testing.T) {
	proxy := t.TempDir()
	root := repository(t)
	publish(t, proxy, "", root)
	for dir := range modules {
		publish(t, proxy, dir, filepath.Join(root, filepath.FromSlash(dir)))
	}
	cache := t.TempDir()
	for _, room := range []string{"runtime/telemetry", "runtime/telemetrygrpc", "runtime/telemetryurfave"} {
		got := program(t, proxy, cache, room)
		if !strings.Contains(got, module+" "+released) {
			t.Errorf("who imports %s does not get %s %s, but\n%s", room, module, released, got)
		}
		for dir, library := range modules {
			if inherited := strings.Contains(got, library+" "); inherited != (dir == room) {
				t.Errorf("who imports %s inherits %s: %v", room, library, inherited)
			}
		}
	}
}

// publish puts a module into the proxy: "" is the main one.
func publish(t *testing.T, proxy, dir, from string) {
	t.Helper()
	m := goMod(t, from)
	if dir != "" { // make release
		if err := m.AddRequire(module, released); err != nil {
			t.Fatal(err)
		}
	}
	text, err := m.Format()
	if err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(proxy, filepath.FromSlash(module), filepath.FromSlash(dir), "@v")
	write(t, filepath.Join(into, released+".mod"), text)
	write(t, filepath.Join(into, released+".info"), []byte(`{"Version":"`+released+`"}`))
}

// program returns the modules of somebody's program that requires a room, with
// their versions, as go list -m all prints them.
func program(t *testing.T, proxy, cache, room string) string {
	t.Helper()
	dir, m := t.TempDir(), new(modfile.File)
	path := module
	if modules[room] != "" {
		path = module + "/" + room
	}
	for _, err := range []error{m.AddModuleStmt("example.com/program"), m.AddGoStmt("1.26.0"), m.AddRequire(path, released)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := m.Format()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), text)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "all")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOSUMDB=off", "GONOPROXY=", "GOPRIVATE=", "GOFLAGS=-mod=mod -modcacherw", "GOMODCACHE="+cache,
		"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+goEnv(t, "GOMODCACHE")+"/cache/download,"+goEnv(t, "GOPROXY"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing the modules of a program that requires %s: %v\n%s", room, err, out)
	}
	return string(out)
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(strings.TrimSpace(string(out)))
}

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
