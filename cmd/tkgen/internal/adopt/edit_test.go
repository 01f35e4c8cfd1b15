package adopt

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/scaffold"
	"golang.org/x/tools/go/packages"
)

// TestMainEdit starts telemetry in a main; what it prints is gofmt's, and what was
// there stays.
func TestMainEdit(t *testing.T) {
	const own = `"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"`
	for name, c := range map[string][2]string{
		"no imports": {
			"package main\n\nfunc main() {}\n",
			"package main\n\nimport " + own + "\n\nfunc main() {\n\tdefer telemetry.Start(telemetry.Config{Service: \"x\"}).Stop()\n}\n",
		},
		"a comment behind the package clause and the brace": {
			"package main // it is\n\nfunc main() { // starts\n\tprintln()\n}\n",
			"package main // it is\n\nimport " + own + "\n\nfunc main() { // starts\n\tdefer telemetry.Start(telemetry.Config{Service: \"x\"}).Stop()\n\tprintln()\n}\n",
		},
		"between others, behind a comment": {
			"package main\n\nimport (\n\t\"os\"\n\n\t\"github.com/a/a\"\n\t// z is the last\n\t\"github.com/z/z\" // yes\n)\n\nfunc main() { os.Exit(a.Z(z.Z)) }\n",
			"package main\n\nimport (\n\t\"os\"\n\n\t\"github.com/a/a\"\n\t" + own + "\n\t// z is the last\n\t\"github.com/z/z\" // yes\n)\n\nfunc main() {\n\tdefer telemetry.Start(telemetry.Config{Service: \"x\"}).Stop()\n\tos.Exit(a.Z(z.Z))\n}\n",
		},
		"behind all others": {
			"package main\n\nimport (\n\t\"os\"\n\n\t\"github.com/a/a\"\n)\n\nfunc main() {\n}\n",
			"package main\n\nimport (\n\t\"os\"\n\n\t\"github.com/a/a\"\n\t" + own + "\n)\n\nfunc main() {\n\tdefer telemetry.Start(telemetry.Config{Service: \"x\"}).Stop()\n}\n",
		},
		"the standard library alone": {
			"package main\n\nimport (\n\t\"os\"\n)\n\nfunc main() {\n\tos.Exit(0)\n}\n",
			"package main\n\nimport (\n\t\"os\"\n\n\t" + own + "\n)\n\nfunc main() {\n\tdefer telemetry.Start(telemetry.Config{Service: \"x\"}).Stop()\n\tos.Exit(0)\n}\n",
		},
		"a name that is taken": {
			"package main\n\nvar telemetry = 1\n\nfunc main() { println(telemetry) }\n",
			"package main\n\nimport kittelemetry " + own + "\n\nvar telemetry = 1\n\nfunc main() {\n\tdefer kittelemetry.Start(kittelemetry.Config{Service: \"x\"}).Stop()\n\tprintln(telemetry)\n}\n",
		},
		"imported already, under a name": {
			"package main\n\nimport tk " + own + "\n\nfunc main() { tk.Track(\"x\") }\n",
			"package main\n\nimport tk " + own + "\n\nfunc main() {\n\tdefer tk.Start(tk.Config{Service: \"x\"}).Stop()\n\ttk.Track(\"x\")\n}\n",
		},
		"cgo": {
			"package main\n\n// #include <stdio.h>\nimport \"C\"\n\nfunc main() { C.f() }\n",
			"package main\n\n// #include <stdio.h>\nimport \"C\"\n\nimport " + own + "\n\nfunc main() {\n\tdefer telemetry.Start(telemetry.Config{Service: \"x\"}).Stop()\n\tC.f()\n}\n",
		},
	} {
		got := editMain(t, c[0], Options{Service: "x"})
		if diff := cmp.Diff(c[1], got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if formatted, err := format.Source([]byte(got)); err != nil || string(formatted) != got {
			t.Errorf("%s: gofmt (%v) wants\n%s", name, err, formatted)
		}
	}
}

func editMain(t *testing.T, source string, o Options) string {
	t.Helper()
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, "main.go", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{kind: Plain, fset: fset, file: file{"main.go", []byte(source), syntax}, pkg: &packages.Package{Types: types.NewPackage("x", "main")}}
	for _, d := range syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			p.fn = fn
		}
	}
	got, err := p.edit(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// TestRequire keeps what is newer than what the tool needs.
func TestRequire(t *testing.T) {
	text, notes, err := require([]byte("module m\n\ngo 1.27\n\n// why\nrequire example.com/x v1.0.0 // exactly\n"), Options{Version: "v1.2.3"}, scaffold.Checkout{})
	want := "module m\n\ngo 1.27\n\nrequire (\n\t// why\n\texample.com/x v1.0.0 // exactly\n\tgithub.com/telemetry-kit/telemetry-kit-go v1.2.3\n)\n\ntool github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen\n"
	if diff := cmp.Diff(want, string(text)); err != nil || diff != "" || len(notes) > 0 {
		t.Errorf("%v %q\n%s", err, notes, diff)
	}
	if _, _, err := require([]byte("module m\n"), Options{Version: "(devel)"}, scaffold.Checkout{}); err == nil {
		t.Error("a version that nobody can fetch is required")
	}
}
