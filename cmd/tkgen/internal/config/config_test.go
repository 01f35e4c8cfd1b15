package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := map[string]struct {
		text string
		want Config
		err  string
	}{
		"nothing":          {"", Config{}, ""},
		"a comment":        {"# nothing yet\n", Config{}, ""},
		"all":              {"service: mytool\nmatch:\n  - \"./internal/...:*\"\n  - Deploy*\n", Config{"mytool", []string{"./internal/...:*", "Deploy*"}}, ""},
		"a list":           {"- a\n", Config{}, "t.yaml:1:1: this is no mapping\n\twrite keys such as service: mytool"},
		"unknown key":      {"service: a\nmach: [a]\n", Config{}, "t.yaml:2:1: unknown key \"mach\"\n\tthe keys are service and match"},
		"twice":            {"service: a\nservice: b\n", Config{}, "t.yaml:2:1: the key service is given twice\n\tleave one of them"},
		"no name":          {"service: [a]\n", Config{}, "t.yaml:1:10: service is no name\n\twrite service: mytool"},
		"no list":          {"match: a\n", Config{}, "t.yaml:1:8: match is no list\n\twrite match: [\"./internal/...:*\"]"},
		"an empty pattern": {"match: [\"\"]\n", Config{}, "t.yaml:1:9: this is no pattern\n\twrite a pattern such as \"Deploy*\""},
		"no YAML":          {"service: \"a\n", Config{}, "t.yaml: this is no YAML: line 2: found unexpected end of stream"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parse("t.yaml", []byte(tt.text))
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != tt.err {
				t.Errorf("got error %q, want %q", text, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); tt.err == "" && diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if got, err := Read(dir); err != nil || got.Service != "" {
		t.Errorf("without a file: got %v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, File), []byte("service: mytool\nmatch: [./store/..., \"./cmd:Run*\", Deploy]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{"mytool", []string{filepath.Join(dir, "store", "..."), filepath.Join(dir, "cmd") + ":Run*", "Deploy"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}
