package gotool

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadFlags(t *testing.T) {
	tests := map[string]struct {
		name, args string
		want       flags
	}{
		"nothing":                   {"build", "", flags{dir: "."}},
		"packages":                  {"build", "-o app ./cmd/app", flags{dir: ".", rest: f("-o app ./cmd/app")}},
		"two dashes":                {"build", "--overlay o.json --race .", flags{dir: ".", overlay: "o.json", rest: f("--race .")}},
		"overlay with equals":       {"test", "./... -overlay=o.json", flags{dir: ".", overlay: "o.json", rest: f("./...")}},
		"another folder":            {"build", "-C sub -x .", flags{dir: "sub", leading: f("-C sub"), rest: f("-x .")}},
		"another folder, equals":    {"build", "-C=sub .", flags{dir: "sub", leading: f("-C=sub"), rest: f(".")}},
		"another go.mod":            {"build", "-modfile=alt.mod .", flags{dir: ".", modfile: "alt.mod", rest: f(".")}},
		"coverage":                  {"test", "-cover ./...", flags{dir: ".", cover: true, rest: f("-cover ./...")}},
		"coverage behind packages":  {"test", "./... -coverprofile c.out", flags{dir: ".", cover: true, rest: f("./... -coverprofile c.out")}},
		"no coverage":               {"test", "-cover=false .", flags{dir: ".", rest: f("-cover=false .")}},
		"a value that looks like":   {"test", "-run -cover .", flags{dir: ".", rest: f("-run -cover .")}},
		"the program's own":         {"run", "-race . -cover -overlay x", flags{dir: ".", rest: f("-race . -cover -overlay x")}},
		"the program's, with value": {"run", "-o out . -C x", flags{dir: ".", rest: f("-o out . -C x")}},
		"behind -args":              {"test", ". -args -cover", flags{dir: ".", rest: f(". -args -cover")}},
		"tkgen's own":               {"test", "--match * -match=a:b --service app .", flags{dir: ".", match: f("* a:b"), service: "app", rest: f(".")}},
		"trimmed":                   {"build", "-trimpath -work .", flags{dir: ".", trimpath: "true", work: true, rest: f("-trimpath -work .")}},
		"not trimmed":               {"build", "-trimpath=false .", flags{dir: ".", trimpath: "false", rest: f("-trimpath=false .")}},
		"the long spelling":         {"test", "-test.coverprofile c.out .", flags{dir: ".", cover: true, rest: f("-test.coverprofile c.out .")}},
		"another toolexec":          {"build", "-toolexec env -tags=a,b .", flags{dir: ".", toolexec: "env", tags: "a,b", rest: f("-tags=a,b .")}},
		"a value that is missing":   {"build", "-overlay", flags{dir: "."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := readFlags(tt.name, strings.Fields(tt.args))
			got.packages = nil // TestPackages
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(flags{})); diff != "" {
				t.Errorf("readFlags(%s, %s) (-want +got):\n%s", tt.name, tt.args, diff)
			}
		})
	}
}

func TestPackages(t *testing.T) {
	tests := map[string]struct {
		name, args string
		want       []string
	}{
		"none":               {"build", "-race", f(".")},
		"some":               {"build", "-o app ./a -v ./b", f("./a ./b")},
		"of a test":          {"test", "./a -run X -args ./b", f("./a")},
		"of a program":       {"run", "-race ./a ./b", f("./a")},
		"files of a program": {"run", "x/a.go x/b.go c", f("./x ./x")},
		"behind dashes":      {"run", "-- ./a b", f("./a")},
		"a version":          {"install", "example.com/x@latest", f("example.com/x@latest")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := packagesOf(readFlags(tt.name, strings.Fields(tt.args)).packages)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("packages of %s %s (-want +got):\n%s", tt.name, tt.args, diff)
			}
		})
	}
}

func f(args string) []string { return strings.Fields(args) }
