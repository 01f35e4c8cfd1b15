package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/clidoc"
)

func TestCommandPage(t *testing.T) {
	clidoc.Check(t, "../../docs/tkgen.md", rootCommand())
}

// TestReadme does what the README tells the reader to do, with the reader's
// text: the program, the three commands below it, and what they print.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindSubmatch(text)
	commands := regexp.MustCompile("(?s)```sh\n(tkgen build.*?)```").FindSubmatch(text)
	if program == nil || commands == nil {
		t.Fatal("README.md has no program, or no commands that start with tkgen build")
	}
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir, tools, home := t.TempDir(), t.TempDir(), t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("main.go", string(program[1]))
	write("go.mod", "module example.com/greet\n\ngo 1.26\n\nrequire github.com/telemetry-kit/telemetry-kit-go v0.0.0\n\n"+
		"replace github.com/telemetry-kit/telemetry-kit-go => "+repo+"\n")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", tools, ".").CombinedOutput(); err != nil {
		t.Fatalf("building tkgen: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", string(commands[1]))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"),
		"GOCACHE="+goEnv1(t, "GOCACHE"), "GOMODCACHE="+goEnv1(t, "GOMODCACHE"), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off",
		"HOME="+home, "XDG_STATE_HOME=", "XDG_CONFIG_HOME=", "DO_NOT_TRACK=", "GREET_TELEMETRY=local")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "hello, gopher\n") || !regexp.MustCompile(`(?m)^ +1 +1 .* command  greet$`).Match(out) {
		t.Errorf("the commands of README.md print:\n%s", out)
	}
}

// TestExamples checks that the generated lines of the examples are those that
// tkgen writes today.
func TestExamples(t *testing.T) {
	var stdout, stderr strings.Builder
	t.Chdir("../../examples")
	if code := run(t.Context(), []string{"generate", "--check", "./..."}, nil, &stdout, &stderr); code != exitDone {
		t.Errorf("exit code %d, run `go generate ./examples/...`\n%s%s", code, stdout.String(), stderr.String())
	}
	if _, err := os.Stat("greet/telemetry_gen.go"); err != nil {
		t.Error(err)
	}
}

// TestExampleManifests checks the same of what the examples say that they send.
func TestExampleManifests(t *testing.T) {
	t.Chdir("../../examples")
	for _, args := range [][]string{
		{"manifest", "--check", "-o", "greet/telemetry.json", "./greet"},
		{"manifest", "--check", "--markdown", "-o", "greet/TELEMETRY.md", "./greet"},
		{"manifest", "--check", "-o", "fleet/telemetry.json", "./fleet"},
		{"manifest", "--check", "--markdown", "-o", "fleet/TELEMETRY.md", "./fleet"},
	} {
		var stdout, stderr strings.Builder
		if code := run(t.Context(), args, nil, &stdout, &stderr); code != exitDone {
			t.Errorf("exit code %d, run `go generate ./examples/...`\n%s%s", code, stdout.String(), stderr.String())
		}
	}
}
