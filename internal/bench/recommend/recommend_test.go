package main

import (
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMeasure takes a small program whose author instrumented one of three functions.
func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module small\n\ngo 1.26\n",
		"main.go": `package main

import (
	"context"
	"os/exec"

	"example.com/not/there/tracing"
)

func Deploy(ctx context.Context, target string) error {
	ctx, span := tracing.StartSpan(ctx, "deploy")
	defer span.End()
	if err := check(ctx, target); err != nil {
		return err
	}
	return exec.CommandContext(ctx, "true").Run()
}

func check(ctx context.Context, target string) error { return ctx.Err() }

func Name() string { return "small" }

func main() { _ = Deploy(context.Background(), "x") }
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := measure(t.Context(), program{name: "small", dir: dir, calls: `^tracing\.StartSpan$`})
	if err != nil {
		t.Fatal(err)
	}
	if r.functions != 3 || r.chosen != 1 || r.exported != [2]int{1, 2} || r.among(1) != 1 || r.ranked[0].name != "Deploy" {
		t.Errorf("got %+v", r)
	}
	if _, err := measure(t.Context(), program{dir: dir}); err == nil {
		t.Error("measured without knowing what records")
	}
}

// Nothing of what recorded is left to recognize, and the rest stays.
func TestHide(t *testing.T) {
	const src = `package p

func f(ctx context.Context) {
	ctx, span := tracing.StartSpan(ctx, "f")
	defer span.End()
	span.SetAttributes(1)
	if x {
		_, inner := tracing.StartSpan(ctx, "g")
		inner.End()
		work(ctx)
	}
	tracing.DoInSpan(ctx, "h", func(ctx context.Context) {
		more(ctx)
	})
}

func g() { other.StartSpan() }
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	h := &hider{calls: regexp.MustCompile(`^tracing\.`), chosen: map[string]bool{}}
	h.hide(fset, file)
	var b strings.Builder
	if err := printer.Fprint(&b, fset, file); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, gone := range []string{"tracing", "span", "inner"} {
		if strings.Contains(got, gone) {
			t.Errorf("%s is still there:\n%s", gone, got)
		}
	}
	for _, stays := range []string{"work(ctx)", "more(ctx)", "other.StartSpan()"} {
		if !strings.Contains(got, stays) {
			t.Errorf("%s is gone:\n%s", stays, got)
		}
	}
	if len(h.chosen) != 1 {
		t.Errorf("chosen: %v", h.chosen)
	}
}
