package instrument

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"strings"
	"testing"
)

// generator writes one random program. It is given the same choices, it writes
// the same bytes; whatever it is given, they compile.
type generator struct {
	*choices
	out       strings.Builder
	names     int
	functions []signature // written so far: those that follow may call them
	units     []string    // what main runs
	plain     bool        // no comments, no odd white space: the file will be gofmt'ed
}

// shapesModule writes a program of so many functions over three files: one
// gofmt'ed, one untidy, one with Windows line breaks.
func shapesModule(t testing.TB, c *choices, functions int) tree {
	t.Helper()
	ground, err := os.ReadFile("testdata/shapes/main.go")
	if err != nil {
		t.Fatal(err)
	}
	g := &generator{choices: c}
	files := tree{"main.go": ground}
	for i, name := range []string{"a.go", "b.go", "z.go"} {
		g.out.Reset()
		g.out.WriteString(fileHead)
		g.plain = i == 0
		for range functions / 3 {
			g.function()
		}
		src := []byte(g.out.String())
		switch formatted, err := format.Source(src); {
		case err != nil:
			t.Fatalf("the generator wrote what does not parse: %v\n%s", err, lineNumbers(src))
		case i == 0:
			src = formatted
		case i == 2:
			src = bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
		}
		files[name] = src
	}
	files["units.go"] = fmt.Appendf(nil, "%svar units = []func(){\n%s}\n", fileHead, strings.Join(g.units, ""))
	return files
}

const fileHead = `package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

var _, _, _, _ = errors.New, fmt.Sprint, os.Exit, runtime.Goexit

`

func lineNumbers(src []byte) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(string(src)) {
		n++
		fmt.Fprintf(&b, "%4d %s", n, line)
	}
	return b.String()
}

// function writes one function, and how main runs it.
func (g *generator) function() {
	s := g.newShape(g.fresh("f"))
	if g.chance(30) {
		g.raw("// " + s.name + " has a text above it.\n//\n")
	}
	if !g.chance(20) {
		g.raw(g.directive(s.results, "") + "\n")
	}
	b := &body{results: s.results}
	for _, v := range append(s.params, s.results...) {
		if v.name != "_" && v.name != "" {
			b.vars = append(b.vars, v)
		}
	}
	if g.chance(15) {
		g.oneLiner(s, b)
	} else {
		g.line("%s {", s.head)
		g.inside(b, 3)
		g.line("}")
	}
	g.raw("\n")
	g.addUnit(s)
}

// oneLiner writes a body that stands on the line of its head.
func (g *generator) oneLiner(s shape, b *body) {
	text := s.head + " { "
	for range g.pick(3) {
		text += "say(where(), " + g.expr(b, "int", 2) + "); "
	}
	if len(b.results) > 0 {
		var values []string
		for _, r := range b.results {
			values = append(values, g.expr(b, r.typ, 2))
		}
		text += "return " + strings.Join(values, ", ") + " "
	}
	g.raw(text + "}\n")
}

// addUnit has main call the function three times, with arguments of its own, and
// sometimes a package-level variable too, before main begins.
func (g *generator) addUnit(s shape) {
	g.functions = append(g.functions, s.signature)
	var calls []string
	for range 3 {
		var args []string
		for _, typ := range s.signature.params {
			args = append(args, g.expr(&body{}, typ, 1))
		}
		call := s.call + "(" + strings.Join(args, ", ") + ")"
		if len(s.signature.results) > 0 {
			call = "say(" + call + ")"
		}
		calls = append(calls, fmt.Sprintf("\t\ttried(\"unit %d\", func() { %s })\n", len(g.units), call))
	}
	if g.chance(15) {
		g.raw(fmt.Sprintf("var %s = tried(%q, func() { say(%q) })\n\n", g.fresh("w"), "plain", "plain"))
		g.raw(fmt.Sprintf("var %s = tried(%q, func() {\n%s})\n\n", g.fresh("w"), s.name, strings.TrimSpace(calls[0])))
	}
	alone := strings.TrimSuffix(strings.SplitN(calls[2], "func() { ", 2)[1], " })\n")
	g.units = append(g.units, fmt.Sprintf("\tfunc() {\n\t\tif alone {\n\t\t\t%s\n\t\t\treturn\n\t\t}\n%s\t},\n", alone, strings.Join(calls, "")))
}

// line writes one line of code, in odd white space where the file is untidy.
func (g *generator) line(form string, args ...any) {
	text := fmt.Sprintf(form, args...)
	if g.plain {
		g.out.WriteString(text + "\n")
		return
	}
	g.out.WriteString(oneOf(g.choices, "", "\t", "  ", "\t\t") + text + oneOf(g.choices, "", "", " ", "\t") + "\n")
}

func (g *generator) raw(text string) { g.out.WriteString(text) }

// comment writes one between two statements, or none.
func (g *generator) comment() {
	switch g.pick(16) {
	case 1:
		g.raw("// a comment\n")
	case 2:
		g.raw("/* in front */ ")
	case 3:
		g.raw("\n")
	case 4:
		g.raw("// two\n\n// comments\n")
	case 5:
		g.raw("/* over\n   lines */\n")
	case 6:
		if !g.plain {
			g.raw("; ")
		}
	}
}
