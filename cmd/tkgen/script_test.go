package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tkgen": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScript runs a story for each command. The programs in them import the
// runtime of this checkout; nothing is fetched.
func TestScript(t *testing.T) {
	repo := goEnv1(t, "GOMOD")
	repo = filepath.Dir(repo)
	caches := []string{"GOCACHE=" + goEnv1(t, "GOCACHE"), "GOMODCACHE=" + goEnv1(t, "GOMODCACHE")}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, ".home")
			env.Vars = append(env.Vars, caches...)
			env.Vars = append(env.Vars,
				"REPO="+filepath.ToSlash(repo), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "CI=",
				"GOPROXY=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local", "GOWORK=off",
			)
			sums, err := os.ReadFile(filepath.Join(repo, "go.sum"))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "go.sum"), sums, 0o644)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// module NAME writes a go.mod that takes the runtime from this
			// checkout.
			"module": func(ts *testscript.TestScript, _ bool, args []string) {
				text := "module " + args[0] + "\n\ngo 1.26\n\nrequire github.com/telemetry-kit/telemetry-kit-go v0.0.0\n\n" +
					"replace github.com/telemetry-kit/telemetry-kit-go => " + ts.Getenv("REPO") + "\n"
				ts.Check(os.WriteFile(ts.MkAbs("go.mod"), []byte(text), 0o644))
			},
		},
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
