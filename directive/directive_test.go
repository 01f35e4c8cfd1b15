package directive

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func read(t *testing.T, src string) (Marks, []Problem) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "deploy.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return Read(fset, file)
}

func TestReadMarks(t *testing.T) {
	tests := map[string]struct {
		src  string
		want Directive
	}{
		"bare":             {"//telemetry:instrument\nfunc F() {}", Directive{Kind: Feature}},
		"all keys":         {"//telemetry:instrument name=cluster.deploy kind=command each\nfunc F() {}", Directive{Name: "cluster.deploy", Kind: Command, Each: true}},
		"in any order":     {"//telemetry:instrument each  kind=feature\tname=a1.b_2\nfunc F() {}", Directive{Name: "a1.b_2", Kind: Feature, Each: true}},
		"below a doc text": {"// F does it.\n//\n//telemetry:instrument\nfunc F() {}", Directive{Kind: Feature}},
		"above a pragma":   {"//telemetry:instrument\n//go:noinline\nfunc F() {}", Directive{Kind: Feature}},
		"method":           {"type T int\n//telemetry:instrument\nfunc (T) F() {}", Directive{Kind: Feature}},
		"carriage return":  {"//telemetry:instrument kind=command\r\nfunc F() {}", Directive{Kind: Command}},
		"tab behind verb":  {"//telemetry:instrument\tkind=command\nfunc F() {}", Directive{Kind: Command}},
		"trailing spaces":  {"//telemetry:instrument kind=command  \nfunc F() {}", Directive{Kind: Command}},
		"attributes": {"//telemetry:instrument each attr=format:o.Format|json|yaml attr=n:len(o.Args)\nfunc F() {}", Directive{Kind: Feature, Each: true, Attributes: []Attribute{
			{Key: "format", Expr: "o.Format", Choices: []string{"json", "yaml"}}, {Key: "n", Expr: "len(o.Args)", Choices: []string{}},
		}}},
		"result":            {"//telemetry:instrument result=found\nfunc F() {}", Directive{Kind: Feature, Result: "found"}},
		"function literals": {"//telemetry:instrument\nfunc F() { _ = func() {} }", Directive{Kind: Feature}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			marks, problems := read(t, "package p\n"+tt.src)
			if len(problems) > 0 {
				t.Fatalf("problems: %v", problems)
			}
			if len(marks.Functions) != 1 {
				t.Fatalf("got %d marks, want 1", len(marks.Functions))
			}
			if diff := cmp.Diff(tt.want, marks.Functions[0].Directive); diff != "" {
				t.Errorf("directive (-want +got):\n%s", diff)
			}
			if got := marks.Functions[0].Func.Decl.Name.Name; got != "F" {
				t.Errorf("marks %s, want F", got)
			}
		})
	}
}

func TestReadProblems(t *testing.T) {
	tests := map[string]struct{ src, want string }{
		"unknown verb":         {"//telemetry:instrumnet\nfunc F() {}", "deploy.go:2:13: unknown directive //telemetry:instrumnet\n\tdid you mean //telemetry:instrument?"},
		"far verb":             {"//telemetry:xyz\nfunc F() {}", "deploy.go:2:13: unknown directive //telemetry:xyz\n\twrite //telemetry:instrument or //telemetry:skip"},
		"no verb":              {"//telemetry: instrument\nfunc F() {}", "deploy.go:2:13: unknown directive //telemetry:\n\twrite //telemetry:instrument or //telemetry:skip"},
		"unknown key":          {"//telemetry:instrument nam=x\nfunc F() {}", "deploy.go:2:24: unknown key \"nam\"\n\tdid you mean name? " + usage},
		"far key":              {"//telemetry:instrument color=red\nfunc F() {}", "deploy.go:2:24: unknown key \"color\"\n\t" + usage},
		"duplicate key":        {"//telemetry:instrument name=a name=b\nfunc F() {}", "deploy.go:2:31: name= is given twice\n\tleave one of them"},
		"bad name":             {"//telemetry:instrument name=Cluster/Deploy\nfunc F() {}", "deploy.go:2:24: name=Cluster/Deploy is not an event name\n\tnames are lower-case words joined by dots, such as name=cluster.deploy"},
		"empty name":           {"//telemetry:instrument name=\nfunc F() {}", "deploy.go:2:24: name= is not an event name\n\tnames are lower-case words joined by dots, such as name=cluster.deploy"},
		"bad kind":             {"//telemetry:instrument kind=comand\nfunc F() {}", "deploy.go:2:24: kind=comand is not a kind\n\tdid you mean kind=command?"},
		"attribute of a sum":   {"//telemetry:instrument attr=n:n\nfunc F() {}", "deploy.go:2:1: a feature's calls are summed up, and sums have no attributes\n\tadd each, or kind=command"},
		"attribute, no value":  {"//telemetry:instrument each attr=n\nfunc F() {}", "deploy.go:2:29: attr=n names no value\n\t" + attributeUsage},
		"attribute, no key":    {"//telemetry:instrument each attr=N:n\nfunc F() {}", "deploy.go:2:29: \"N\" cannot be the key of an attribute\n\tkeys are lower-case words, such as format or cache.hit"},
		"attribute, no Go":     {"//telemetry:instrument each attr=n:n.\nfunc F() {}", "deploy.go:2:29: n. is no Go expression\n\t" + attributeUsage},
		"attribute that acts":  {"//telemetry:instrument each attr=n:f()\nfunc F() {}", "deploy.go:2:29: f() is more than a value: an attribute must not do anything\n\tuse parameters, fields, len and comparisons: opts.Format, len(args), opts.Limit>0"},
		"attribute, channel":   {"//telemetry:instrument each attr=n:<-c\nfunc F() {}", "deploy.go:2:29: <-c is more than a value: an attribute must not do anything\n\tuse parameters, fields, len and comparisons: opts.Format, len(args), opts.Limit>0"},
		"attribute, bad value": {"//telemetry:instrument each attr=n:n|a/b\nfunc F() {}", "deploy.go:2:29: \"a/b\" cannot be a value of attr=n\n\tvalues are words of letters, digits, dots, hyphens and underscores, of at most 64 characters"},
		"attribute twice":      {"//telemetry:instrument each attr=n:n attr=n:m\nfunc F() {}", "deploy.go:2:38: the attribute n is given twice\n\tleave one of them"},
		"bad result":           {"//telemetry:instrument result=1\nfunc F() {}", "deploy.go:2:24: result=1 names no result\n\twrite result=ok for a bool, the name of a result, or result=iterator"},
		"result of many":       {"//telemetry:instrument result=ok\ntype T int", "deploy.go:2:1: attr= and result= speak of one function, and this directive marks many\n\tput a directive of its own above that function"},
		"each with value":      {"//telemetry:instrument each=true\nfunc F() {}", "deploy.go:2:24: each takes no value\n\twrite each"},
		"skip with value":      {"//telemetry:skip name=x\nfunc F() {}", "deploy.go:2:17: //telemetry:skip takes nothing behind it\n\twrite //telemetry:skip"},
		"space in front":       {"// telemetry:instrument kind=command\nfunc F() {}", "deploy.go:2:3: a space in front of telemetry: makes this a remark, not a directive\n\twrite //telemetry:instrument kind=command"},
		"twice":                {"//telemetry:instrument\n//telemetry:instrument\nfunc F() {}", "deploy.go:3:1: F is marked twice\n\tleave one //telemetry:instrument above it"},
		"marked and skipped":   {"//telemetry:instrument\n//telemetry:skip\nfunc F() {}", "deploy.go:2:1: F is marked and skipped at once\n\tleave //telemetry:instrument or //telemetry:skip, not both"},
		"empty line between":   {"//telemetry:instrument\n\nfunc F() {}", "deploy.go:2:1: misplaced //telemetry:instrument: it marks nothing here\n\tput it directly above a function, method, function literal or type, without an empty line between"},
		"above a variable":     {"//telemetry:instrument\nvar x = 1", "deploy.go:2:1: misplaced //telemetry:instrument: it marks nothing here\n\tput it directly above a function, method, function literal or type, without an empty line between"},
		"block comment":        {"/*telemetry:instrument kind=command*/\nfunc F() {}", "deploy.go:2:1: a directive is a // comment\n\twrite //telemetry:instrument kind=command"},
		"capital letter":       {"//Telemetry:instrument\nfunc F() {}", "deploy.go:2:3: telemetry: is written in lower case\n\twrite //telemetry:instrument"},
		"a stray remark":       {"func F() {\n\t//telemetry:was oneline\n}", "deploy.go:3:2: a remark of tkgen's has lost its line\n\tdelete it"},
		"named type":           {"//telemetry:instrument name=a\ntype T int", "deploy.go:2:1: name= names one function, and this directive marks many\n\tleave it out; the functions' own names are the default"},
		"skipped type":         {"//telemetry:skip\ntype T int", "deploy.go:2:1: //telemetry:skip stands above a function\n\tput it above each function that is to be left alone"},
		"type twice":           {"//telemetry:instrument\n//telemetry:instrument\ntype T int", "deploy.go:3:1: marked twice\n\tleave one //telemetry:instrument"},
		"two literals":         {"func f() {\n\tg(func() {}, func() {}) //telemetry:instrument name=a\n}", "deploy.go:3:26: two function literals start on this line, so it is not clear which is meant\n\tput them on lines of their own"},
		"a nameless literal":   {"func f() {\n\tg(func() {}) //telemetry:instrument\n}", "deploy.go:3:15: nothing gives this function literal a name\n\twrite //telemetry:instrument name=NAME"},
		"a literal twice":      {"func f() {\n\t//telemetry:instrument\n\tx := func() {} //telemetry:instrument\n}", "deploy.go:4:17: f.x is marked twice\n\tleave one //telemetry:instrument"},
		"inside a body":        {"func F() {\n\t//telemetry:instrument\n\tprintln()\n}", "deploy.go:3:2: misplaced //telemetry:instrument: it marks nothing here\n\tput it directly above a function, method, function literal or type, without an empty line between"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, problems := read(t, "package p\n"+tt.src)
			if len(problems) != 1 {
				t.Fatalf("got %d problems, want 1: %v", len(problems), problems)
			}
			if diff := cmp.Diff(tt.want, problems[0].Error()); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
			if fix := problems[0].Fix; fix != nil {
				src := "package p\n" + tt.src // whose file set begins at 1
				mended := src[:fix.Pos-1] + fix.Text + src[fix.End-1:]
				if _, problems := read(t, mended); len(problems) > 0 {
					t.Errorf("mended to\n%s\nthere still is %v", mended, problems)
				}
			}
		})
	}
}

func TestReadLiterals(t *testing.T) {
	tests := map[string]struct{ src, want string }{
		"field, on its line":     {"func newCmd() { _ = C{\n\tRunE: func() error { //telemetry:instrument\n\t\treturn nil\n\t},\n} }", "newCmd.RunE"},
		"field, above":           {"func newCmd() { _ = C{\n\t//telemetry:instrument\n\tRunE: func() error { return nil },\n} }", "newCmd.RunE"},
		"variable":               {"//telemetry:instrument\nvar Run = func() {}", "Run"},
		"assigned":               {"func f() {\n\t//telemetry:instrument kind=command\n\twork := func() {}\n\twork()\n}", "f.work"},
		"assigned to a field":    {"func f() {\n\tcmd.RunE = func() {} //telemetry:instrument\n}", "f.RunE"},
		"argument, with a name":  {"func f() {\n\tgo func() { //telemetry:instrument name=worker\n\t}()\n}", "f.func"},
		"in a method":            {"func (t *T[A]) f() {\n\t//telemetry:instrument\n\tx := func() {}\n\tx()\n}", "T.f.x"},
		"below another literal":  {"func f() {\n\ta := func() {\n\t\t//telemetry:instrument\n\t\tb := func() {}\n\t\tb()\n\t}\n\ta()\n}", "f.b"},
		"in a package's command": {"var root = &C{\n\t//telemetry:instrument\n\tRunE: func() {},\n}", "root.RunE"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			marks, problems := read(t, "package p\n"+tt.src)
			if len(problems) > 0 || len(marks.Functions) != 1 {
				t.Fatalf("got %d marks, problems %v", len(marks.Functions), problems)
			}
			if got := marks.Functions[0].Func; got.String() != tt.want || got.Lit == nil {
				t.Errorf("marked %s, literal %v, want the literal %s", got, got.Lit != nil, tt.want)
			}
		})
	}
}

func TestReadWide(t *testing.T) {
	tests := map[string]struct {
		src  string
		want []Wide
	}{
		"package":       {"// Package p.\n//\n//telemetry:instrument kind=command\npackage p", []Wide{{Directive: Directive{Kind: Command}}}},
		"type":          {"package p\n\n//telemetry:instrument each\ntype T int", []Wide{{Directive: Directive{Kind: Feature, Each: true}, Type: "T"}}},
		"type in group": {"package p\n\ntype (\n\t//telemetry:instrument\n\tA int\n\tB int\n)", []Wide{{Directive: Directive{Kind: Feature}, Type: "A"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			marks, problems := read(t, tt.src)
			if len(problems) > 0 {
				t.Fatalf("problems: %v", problems)
			}
			if diff := cmp.Diff(tt.want, marks.Wide, cmpopts.IgnoreFields(Wide{}, "Pos")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadLeavesOtherCommentsAlone(t *testing.T) {
	marks, problems := read(t, "// Package p is about telemetry: it uses //telemetry:instrument.\npackage p\n/* on telemetry:instrument */\n//go:noinline\nfunc F() { _ = \"//telemetry:bogus\" }")
	if len(marks.Functions)+len(marks.Wide)+len(problems) != 0 {
		t.Errorf("got marks %v and problems %v, want none", marks, problems)
	}
}

func TestDefaultName(t *testing.T) {
	tests := []struct{ path, receiver, function, want string }{
		{"cluster", "", "Deploy", "cluster.deploy"},
		{"internal/store", "Bucket", "Put", "internal.store.bucket.put"},
		{"", "", "runInstall", "run_install"},
		{"cmd/my-tool", "HTTPServer", "ServeHTTP", "cmd.my_tool.http_server.serve_http"},
		{"pkg/v2", "", "ID", "pkg.v2.id"},
		{"a.b", "", "__init__", "a_b.init_"},
		{"3d", "", "Render", "x3d.render"},
		{"größe", "", "Émettre", "gr__e._mettre"},
	}
	for _, tt := range tests {
		words := []string{tt.function}
		if tt.receiver != "" {
			words = []string{tt.receiver, tt.function}
		}
		got := DefaultName(tt.path, words...)
		if got != tt.want {
			t.Errorf("DefaultName(%q, %q) = %q, want %q", tt.path, words, got, tt.want)
		}
		if !ValidName(got) {
			t.Errorf("%q is not a valid name", got)
		}
	}
}

func TestValidName(t *testing.T) {
	for _, bad := range []string{"", ".", "a.", ".a", "a..b", "A", "a b", "1a", "_a", "a-b", strings.Repeat("a", MaxName+1)} {
		if ValidName(bad) {
			t.Errorf("ValidName(%q) = true, want false", bad)
		}
	}
}

// FuzzRead checks that no comment makes the reader fail, that every mark's name
// is valid, and that a problem points into the file.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"instrument", "instrument name=a kind=command each", "skip", "instrument name=", "xyz\tname=a", " instrument"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\n") {
			return
		}
		src := "package p\n\n" + Prefix + text + "\nfunc F() {}\n"
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "f.go", src, parser.ParseComments)
		if err != nil {
			return
		}
		marks, problems := Read(fset, file)
		for _, m := range marks.Functions {
			if m.Name != "" && !ValidName(m.Name) {
				t.Errorf("took the name %q", m.Name)
			}
			if m.Kind != Feature && m.Kind != Command {
				t.Errorf("took the kind %q", m.Kind)
			}
			if m.Func.String() != "F" {
				t.Errorf("marked %s", m.Func)
			}
		}
		for _, p := range problems {
			if p.Pos.Line != 3 || p.Message == "" {
				t.Errorf("problem without a place or message: %+v", p)
			}
		}
	})
}

// Where one thing alone can be meant, a problem says how to mend it.
func TestFixes(t *testing.T) {
	for src, want := range map[string]string{
		"//telemetry:instrumnet each\nfunc F() {}":                   "//telemetry:instrument each\nfunc F() {}",
		"//telemetry:instrument kin=command each\nfunc F() {}":       "//telemetry:instrument kind=command each\nfunc F() {}",
		"//telemetry:instrument kind=comand\nfunc F() {}":            "//telemetry:instrument kind=command\nfunc F() {}",
		"//telemetry:instrument each=true\nfunc F() {}":              "//telemetry:instrument each\nfunc F() {}",
		"//telemetry:skip it\nfunc F() {}":                           "//telemetry:skip\nfunc F() {}",
		"// Telemetry:instrument each\nfunc F() {}":                  "//telemetry:instrument each\nfunc F() {}",
		"//telemetry:instrument\n//telemetry:instrument\ntype T int": "//telemetry:instrument\ntype T int",
		"//telemetry:instrument name=a name=b\nfunc F() {}":          "",
		"//telemetry:instrument nonsense=1\nfunc F() {}":             "",
	} {
		_, problems := read(t, "package p\n"+src)
		if len(problems) != 1 {
			t.Fatalf("%s: %v", src, problems)
		}
		got := ""
		if fix := problems[0].Fix; fix != nil {
			all := "package p\n" + src
			got = strings.TrimPrefix(all[:fix.Pos-1]+fix.Text+all[fix.End-1:], "package p\n")
		}
		if got != want {
			t.Errorf("%s: mended to %q, want %q", src, got, want)
		}
	}
}
