package gotool

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuote(t *testing.T) {
	words := []string{"/usr/bin/tkgen", "with space", "it's", `"so"`, "two  blanks", ""}
	var quoted []string
	for _, word := range words {
		q, err := quote(word)
		if err != nil {
			t.Fatal(err)
		}
		quoted = append(quoted, q)
	}
	got, err := unquote(" " + strings.Join(quoted, "  ") + " ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(words, got); diff != "" {
		t.Errorf("unquote(quote) (-want +got):\n%s", diff)
	}
	if _, err := quote(`it's "so"`); err == nil {
		t.Error("a word that cannot be written is written")
	}
	if _, err := unquote("'open"); err == nil {
		t.Error("an open quotation is read")
	}
}

func TestRenameFirst(t *testing.T) {
	o := overlayFile{Sources: map[string]string{"/m/tmp/0-a.go": "/m/a.go", "/m/tmp/1-b.go": ""}}
	got := o.renameFirst("/m=>example.com/m;/m/tmp/0-a.go=>example.com/m/a.go;/m/tmp/1-b.go=>example.com/m/b.go;/obj=>")
	want := "/m/tmp/0-a.go=>example.com/m/a.go;/m/tmp/1-b.go=>example.com/m/b.go;/m=>example.com/m;/obj=>"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRestoreEmbedded(t *testing.T) {
	o := overlayFile{Sources: map[string]string{"/tmp/0-a.go": "/m/a.go", "/tmp/1-telemetry_gen.go": ""}}
	write := func(c embedConfig) string {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "embedcfg")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := write(embedConfig{
		Patterns: map[string][]string{"*": {"a.go", "telemetry_gen.go", "x.txt"}},
		Files:    map[string]string{"a.go": "/tmp/0-a.go", "telemetry_gen.go": "/tmp/1-telemetry_gen.go", "x.txt": "/m/x.txt"},
	})
	if err := o.restoreEmbedded(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got embedConfig
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := embedConfig{
		Patterns: map[string][]string{"*": {"a.go", "x.txt"}},
		Files:    map[string]string{"a.go": "/m/a.go", "x.txt": "/m/x.txt"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("embedded (-want +got):\n%s", diff)
	}
}

func TestEmbeds(t *testing.T) {
	tests := map[string]struct {
		args, name string
		want       bool
	}{
		"a file":             {"main.go", "main.go", true},
		"another file":       {"logo.png", "main.go", false},
		"all of a kind":      {"*.txt *.go", "main.go", true},
		"everything":         {"*", "main.go", true},
		"a folder":           {"templates", "templates/x/y.go", true},
		"a folder with all:": {"all:templates", "templates/x/y.go", true},
		"a quoted pattern":   {"\"a b\" `c d`", "c d/x.go", true},
		"another folder":     {"templates", "template/y.go", false},
		"a pattern below":    {"x/*.go", "x/y/z.go", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := embeds(splitPatterns(tt.args), tt.name); got != tt.want {
				t.Errorf("embeds(%s, %s) = %v, want %v", tt.args, tt.name, got, tt.want)
			}
		})
	}
}
