package instrument

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

const pageHead = `# Directives

` + "```" + `
//telemetry:instrument [name=NAME] [kind=command|feature] [each] [attr=KEY:EXPR[|a|b|c]]... [result=NAME]
//telemetry:skip
` + "```" + `

A directive is a comment without a space behind the slashes. Unknown keys,
duplicates, misplaced directives and names used twice are errors with a position
and the nearest valid spelling, and nothing is written. The examples show a file
before and after ` + "`tkgen generate`" + `; ` + "`tkgen build`" + ` compiles the same from an overlay
and leaves the file as it is. Both are goldens of the rewriter's tests
(instrument/testdata/directives), from which this page is made by ` + "`make update`" + `.

`

const pageTail = `## Without directives

` + "`--match [PACKAGES:]FUNCTIONS`" + ` on generate, build, test, run, install and vet marks
functions that have no directive: packages as for the go command, functions as
for path.Match, and ` + "`*`" + ` for everything. Events have their default names; where two
functions would share one, the second gets a number. What telemetry.yaml beside
go.mod lists below ` + "`match:`" + ` holds for every run. ` + "`//telemetry:skip`" + ` wins over both.

` + "```yaml" + `
# telemetry.yaml
service: mytool
match:
  - ./internal/store:*
  - Run*
` + "```" + `
`

// TestDirectivesPage makes docs/directives.md of the goldens.
func TestDirectivesPage(t *testing.T) {
	archives, err := filepath.Glob("testdata/directives/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("found no goldens: %v", err)
	}
	var page strings.Builder
	page.WriteString(pageHead)
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		page.WriteString(pageSection(archive))
	}
	page.WriteString(pageTail)
	const path = "../docs/directives.md"
	if *update {
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.String(), string(got)); diff != "" {
		t.Errorf("docs/directives.md (-want +got), `make update` rewrites it:\n%s", diff)
	}
}

// pageSection shows one golden: its text, the files before, and what generate
// made of them.
func pageSection(archive *txtar.Archive) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%s\n", strings.TrimRight(string(archive.Comment), "\n"))
	show := func(prefix, when string) {
		for _, f := range archive.Files {
			if name, ok := strings.CutPrefix(f.Name, prefix); ok {
				fmt.Fprintf(&b, "\n%s, %s:\n\n```go\n%s```\n", name, when, f.Data)
			}
		}
	}
	show("in/", "before")
	show("generate/", "after")
	return b.String() + "\n"
}
