package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tkgen": main,
	})
}

// tkserver builds the server that the stories send to.
func tkserver(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "../tkserver").CombinedOutput(); err != nil {
		t.Fatalf("building tkserver: %v\n%s", err, out)
	}
	return dir
}

// TestScript runs a story for each command. The programs in them import the
// runtime of this checkout; nothing is fetched.
func TestScript(t *testing.T) {
	repo := goEnv1(t, "GOMOD")
	repo = filepath.Dir(repo)
	server := tkserver(t)
	caches := []string{"GOCACHE=" + goEnv1(t, "GOCACHE"), "GOMODCACHE=" + goEnv1(t, "GOMODCACHE")}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, ".home")
			tkgen, err := exec.LookPath("tkgen")
			if err != nil {
				return err
			}
			env.Vars = append(env.Vars, caches...)
			env.Setenv("PATH", server+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Vars = append(env.Vars,
				"REPO="+filepath.ToSlash(repo), "TKGEN="+filepath.ToSlash(tkgen), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "CI=",
				"GOPROXY=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local", "GOWORK=off",
			)
			sums, err := os.ReadFile(filepath.Join(repo, "go.sum"))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "go.sum"), sums, 0o644)
		},
		Cmds: withModes(map[string]func(*testscript.TestScript, bool, []string){
			// module NAME writes a go.mod that takes the runtime from this
			// checkout.
			"module": func(ts *testscript.TestScript, _ bool, args []string) {
				text := "module " + args[0] + "\n\ngo 1.26\n\nrequire github.com/telemetry-kit/telemetry-kit-go v0.0.0\n\n" +
					"replace github.com/telemetry-kit/telemetry-kit-go => " + ts.Getenv("REPO") + "\n"
				ts.Check(os.WriteFile(ts.MkAbs("go.mod"), []byte(text), 0o644))
			},
			// blackhole VAR listens, accepts and never answers; VAR is its
			// address.
			"blackhole": func(ts *testscript.TestScript, _ bool, args []string) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				ts.Check(err)
				ts.Defer(func() { _ = l.Close() })
				ts.Setenv(args[0], l.Addr().String())
			},
			// refused VAR sets VAR to an address at which nobody listens.
			"refused": func(ts *testscript.TestScript, _ bool, args []string) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				ts.Check(err)
				ts.Setenv(args[0], l.Addr().String())
				ts.Check(l.Close())
			},
			// await FILE REGEXP waits until the file holds the pattern, and sets
			// the variable named after its group.
			"await": func(ts *testscript.TestScript, _ bool, args []string) {
				pattern := regexp.MustCompile(args[1])
				for range 200 {
					text, _ := os.ReadFile(ts.MkAbs(args[0]))
					if m := pattern.FindSubmatch(text); m != nil {
						for i, name := range pattern.SubexpNames() {
							if name != "" {
								ts.Setenv(name, string(m[i]))
							}
						}
						return
					}
					time.Sleep(50 * time.Millisecond)
				}
				ts.Fatalf("%s does not hold %s", args[0], args[1])
			},
		}),
	})
}

func goEnv1(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
