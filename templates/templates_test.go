package templates

import (
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var projects = map[string]Project{
	"cli":          {Kind: "cli", Name: "wc-go", Module: "example.com/wc-go"},
	"cli-sync":     {Kind: "cli", Name: "wc-go", Module: "example.com/wc-go", Sync: true},
	"service":      {Kind: "service", Name: "counter", Module: "example.com/counter"},
	"service-sync": {Kind: "service", Name: "counter", Module: "example.com/counter", Sync: true},
	"library":      {Kind: "library", Name: "go-my-words", Module: "example.com/go-my-words"},
}

func TestGolden(t *testing.T) {
	for name, p := range projects {
		files, err := Render(p)
		if err != nil {
			t.Fatal(err)
		}
		var got txtar.Archive
		for _, f := range files {
			got.Files = append(got.Files, txtar.File{Name: f.Path, Data: f.Text})
		}
		compare(t, name, &got)
	}
}

// TestInit holds what tkgen init adds to a program.
func TestInit(t *testing.T) {
	for _, kind := range []string{"cobra", "http", "plain"} {
		p := Project{Kind: kind, Name: "my.app", Sync: kind != "plain"}
		var got txtar.Archive
		for _, name := range []string{"telemetry_config.go", "TELEMETRY.md"} {
			text, err := Fill("_init/"+name, p, "main")
			if err != nil {
				t.Fatal(err)
			}
			got.Files = append(got.Files, txtar.File{Name: name, Data: text})
		}
		if formatted, err := format.Source(got.Files[0].Data); err != nil || string(formatted) != string(got.Files[0].Data) {
			t.Errorf("%s is not formatted (%v)", got.Files[0].Name, err)
		}
		compare(t, "init-"+kind, &got)
	}
}

// compare compares with a golden; UPDATE=1 writes it.
func compare(t *testing.T, name string, got *txtar.Archive) {
	t.Helper()
	golden := filepath.Join("testdata", name+".txtar")
	text := txtar.Format(got)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if diff := cmp.Diff(string(want), string(text)); err != nil || diff != "" {
		t.Errorf("%s is not what %s holds (%v); UPDATE=1 go test ./templates writes it\n%s", name, golden, err, diff)
	}
}

// TestFormatted holds for what is written, whatever the names are.
func TestFormatted(t *testing.T) {
	for name, p := range projects {
		files, err := Render(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.Contains(string(f.Text), "{{") || strings.Contains(string(f.Text), "library__") {
				t.Errorf("%s: a placeholder is left in %s", name, f.Path)
			}
			if filepath.Ext(f.Path) != ".go" {
				continue
			}
			formatted, err := format.Source(f.Text)
			if diff := cmp.Diff(string(formatted), string(f.Text)); err != nil || diff != "" {
				t.Errorf("%s: %s is not formatted (%v)\n%s", name, f.Path, err, diff)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string][2]string{
		"hello": {"hello", "HELLO"}, "go-my-words": {"mywords", "GO_MY_WORDS"}, "yaml-go": {"yaml", "YAML_GO"}, "go-type": {"typelib", "GO_TYPE"}, "errors": {"errorslib", "ERRORS"},
	} {
		p := Project{Name: name}
		if got := [2]string{p.Package(), p.Variable()}; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if _, err := Render(Project{Kind: "clo", Name: "x"}); err == nil || !strings.Contains(err.Error(), "cli, service, library") {
		t.Errorf("an unknown template: %v", err)
	}
}
