package instrument

import (
	"fmt"
	"slices"
	"strings"
)

// deferred writes a defer of any kind.
func (g *generator) deferred(b *body, depth int) {
	if b.defers >= maxDefers || b.inRange && b.returns > 0 {
		g.say(b, 0)
		return
	}
	b.defers++
	switch g.pick(9) {
	case 0:
		g.line("defer say(%q, %s)", "deferred", g.expr(b, "int", 2))
	case 1, 2:
		g.deferLiteral(b, func(inner *body) { g.mutate(inner, b) })
	case 3, 4:
		g.deferLiteral(b, func(inner *body) {
			g.line(`say("recovered", recover())`)
			g.mutate(inner, b)
		})
	case 5:
		g.deferLiteral(b, func(*body) {
			g.line("if got := recover(); got != nil {")
			g.line(`panic(fmt.Sprint("again ", got))`)
			g.line("}")
		})
	case 6:
		g.line("defer whence()")
	case 7:
		v := g.fresh("err")
		g.line("var %s error", v)
		g.line("defer func() { say(%q, %s) }()", v, v)
		g.line("defer rescue(&%s)", v)
		b.defers++
	case 8:
		g.deferLiteral(b, func(inner *body) {
			g.line("say(where())")
			g.block(inner, depth-1, 2)
		})
	}
}

// deferLiteral defers a literal, with a mark of its own or without.
func (g *generator) deferLiteral(b *body, inside func(*body)) {
	mark := ""
	if g.chance(40) {
		mark = " " + g.directive(nil, "lit."+g.fresh("defer"))
	}
	g.line("defer func() {%s", mark)
	inside(&body{vars: slices.Clip(b.vars), defers: maxDefers})
	g.line("}()")
}

// mutate assigns to a named result of the function around.
func (g *generator) mutate(inner, around *body) {
	for _, r := range around.results {
		if r.name != "" && r.name != "_" {
			g.line("say(%q, %s)", r.name, r.name)
			if g.chance(60) {
				g.line("%s = %s", r.name, g.expr(inner, r.typ, 1))
			}
			return
		}
	}
	g.say(inner, 0)
}

// literal assigns a function to a variable, or calls it at once, or passes it on.
func (g *generator) literal(b *body, depth int) {
	param := oneOf(g.choices, "n", "tkErr", "_")
	inner := &body{vars: slices.DeleteFunc(slices.Clone(b.vars), func(v variable) bool { return v.name == param })}
	var types []string
	for range g.pick(3) {
		typ := oneOf(g.choices, plainTypes...)
		inner.results = append(inner.results, variable{"", typ})
		types = append(types, typ)
	}
	if g.chance(60) {
		inner.results = append(inner.results, variable{"", "error"})
		types = append(types, "error")
	}
	if g.chance(40) && len(types) > 0 {
		for i := range types {
			inner.results[i].name = oneOf(g.choices, "_", g.fresh("res"))
			types[i] = inner.results[i].name + " " + types[i]
			if name := inner.results[i].name; name != "_" {
				inner.vars = append(inner.vars, inner.results[i])
			}
		}
	}
	mark := ""
	if g.chance(70) {
		mark = " " + g.directive(inner.results, "lit."+g.fresh("v"))
	}
	name := g.fresh("lit")
	open := fmt.Sprintf("func(%s int) (%s) {%s", param, strings.Join(types, ", "), mark)
	switch g.pick(3) {
	case 0:
		g.line("%s := %s", name, open)
		g.inside(inner, depth)
		g.line("}")
		if len(types) == 0 {
			g.line("%s(1)", name)
		} else {
			g.line("say(%s(%s))", name, g.expr(b, "int", 1))
		}
	case 1:
		g.line("tried(%q, func() { _ = %q })", name, name)
		fallthrough
	default:
		if len(types) == 0 {
			g.line("%s", open)
		} else {
			g.line("say(%s", open)
		}
		g.inside(inner, depth)
		g.line("}(%s)%s", g.expr(b, "int", 1), strings.Repeat(")", min(1, len(types))))
	}
}

// inside writes the statements of a function, with a return where one has to be.
func (g *generator) inside(b *body, depth int) {
	if g.chance(20) {
		g.raw("// This comes first, before anything happens.\n")
	}
	for range g.pick(5) {
		g.statement(b, depth)
	}
	if len(b.results) > 0 || g.chance(20) {
		g.ret(b)
	}
}
