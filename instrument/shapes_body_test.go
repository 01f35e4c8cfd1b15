package instrument

import (
	"fmt"
	"slices"
	"strings"
)

// body is the inside of one function or literal while it is written.
type body struct {
	results []variable
	vars    []variable
	labels  []string // of the loops around
	inLoop  bool
	inRange bool // in the body of a loop over a function: a literal underneath
	// The compiler runs deferred calls at each return only if there are few of
	// both (see c63 of the torture): a program that looks at lines must not be
	// at that edge.
	returns, defers int
}

const (
	maxReturns = 3
	maxDefers  = 2
)

// named reports whether a return may stay bare.
func (b *body) named() bool { return len(b.results) == 0 || b.results[0].name != "" }

// block writes statements, and takes what they declare out of scope again.
func (g *generator) block(b *body, depth, most int) {
	declared := len(b.vars)
	for range 1 + g.pick(most) {
		g.statement(b, depth)
	}
	b.vars = b.vars[:declared]
}

// loop is a block whose break and continue mean the loop around it.
func (g *generator) loop(b *body, depth int, overFunc bool) {
	inLoop, inRange := b.inLoop, b.inRange
	b.inLoop, b.inRange = true, inRange || overFunc
	g.block(b, depth, 3)
	if g.chance(30) {
		g.line("if len(%s) > 1 {", g.expr(b, "string", 1))
		g.line("%s", oneOf(g.choices, append([]string{"break", "continue"}, b.jumps()...)...))
		g.line("}")
	}
	b.inLoop, b.inRange = inLoop, inRange
}

func (b *body) jumps() (list []string) {
	for _, l := range b.labels {
		list = append(list, "break "+l, "continue "+l)
	}
	return list
}

// statement writes one, simple ones where depth is used up.
func (g *generator) statement(b *body, depth int) {
	g.comment()
	simple := []func(*body, int){g.say, g.declare, g.assign, g.where, g.callOther, g.maybeReturn, g.maybePanic}
	nested := []func(*body, int){
		g.ifElse, g.forRange, g.labelled, g.forward, g.switches, g.selects, g.literal, g.literal, g.overFunc, g.goroutine,
		g.shadow, g.methodValue, g.deferred, g.deferred, g.deferred, g.goexit, g.exit, g.types, g.rawString, g.callOther,
	}
	if depth <= 0 {
		oneOf(g.choices, simple...)(b, depth)
		return
	}
	oneOf(g.choices, slices.Concat(simple, nested, nested)...)(b, depth-1)
}

func (g *generator) say(b *body, _ int) {
	if len(b.vars) > 0 && g.chance(60) {
		v := oneOf(g.choices, b.vars...)
		g.line("say(%q, %s, %s)", v.name, v.name, g.expr(b, "int", 1))
		return
	}
	g.line("say(%s, %s)", g.expr(b, "string", 2), g.expr(b, "int", 2))
}

func (g *generator) where(*body, int) { g.line("say(where())") }

func (g *generator) declare(b *body, _ int) {
	v := variable{g.fresh("v"), oneOf(g.choices, plainTypes...)}
	switch {
	case g.chance(40):
		g.line("var %s %s = %s", v.name, v.typ, g.expr(b, v.typ, 2))
	default:
		g.line("%s := %s", v.name, convert(v.typ, g.expr(b, v.typ, 2)))
	}
	g.line("_ = %s", v.name)
	b.vars = append(b.vars, v)
}

// convert gives an expression without a type of its own that type.
func convert(typ, expr string) string { return "(" + typ + ")(" + expr + ")" }

func (g *generator) assign(b *body, _ int) {
	if len(b.vars) == 0 {
		g.where(b, 0)
		return
	}
	v := oneOf(g.choices, b.vars...)
	g.line("%s = %s", v.name, g.expr(b, v.typ, 2))
}

// callOther calls a function that was written before and takes all it returns.
func (g *generator) callOther(b *body, _ int) {
	if len(g.functions) == 0 {
		g.say(b, 0)
		return
	}
	f := oneOf(g.choices, g.functions[max(0, len(g.functions)-250):]...)
	var args, names []string
	for _, typ := range f.params {
		args = append(args, g.expr(b, typ, 1))
	}
	call := f.call + "(" + strings.Join(args, ", ") + ")"
	for range f.results {
		names = append(names, g.fresh("r"))
	}
	g.line("if more() {")
	switch {
	case len(names) == 0:
		g.line("%s", call)
	case g.chance(30):
		g.line("say(%s)", call)
	default:
		g.line("%s := %s", strings.Join(names, ", "), call)
		g.line("say(%s)", strings.Join(names, ", "))
	}
	g.line("}")
}

func (g *generator) maybeReturn(b *body, _ int) {
	if b.returns >= maxReturns || b.inRange && b.defers > 0 {
		g.say(b, 0)
		return
	}
	g.line("if %s {", g.expr(b, "bool", 2))
	g.ret(b)
	g.line("}")
}

// ret writes a return, bare where that is possible.
func (g *generator) ret(b *body) {
	b.returns++
	if b.named() && g.chance(40) || len(b.results) == 0 {
		g.line("return")
		return
	}
	var values []string
	for _, r := range b.results {
		values = append(values, g.expr(b, r.typ, 2))
	}
	g.line("return %s", strings.Join(values, ", "))
}

func (g *generator) maybePanic(b *body, _ int) {
	if !g.chance(40) {
		g.say(b, 0)
		return
	}
	g.line("if %s {", g.expr(b, "bool", 1))
	switch g.pick(4) {
	case 0:
		g.line("panic(%s)", g.expr(b, oneOf(g.choices, "string", "int", "error", "*myErr"), 1))
	case 1:
		g.line("panic(nil)")
	default:
		g.line("boom(%d)", g.pick(8))
	}
	g.line("}")
}

func (g *generator) ifElse(b *body, depth int) {
	if g.chance(30) {
		v := variable{g.fresh("c"), "int"}
		g.line("if %s := %s; %s > 2 {", v.name, g.expr(b, "int", 1), v.name)
	} else {
		g.line("if %s {", g.expr(b, "bool", 2))
	}
	g.block(b, depth, 2)
	if g.chance(50) {
		g.line("} else {")
		g.block(b, depth, 2)
	}
	g.line("}")
}

func (g *generator) forRange(b *body, depth int) {
	v := g.fresh("i")
	g.line("%s", oneOf(g.choices,
		fmt.Sprintf("for %s := range %d {", v, 1+g.pick(3)),
		fmt.Sprintf("for %s := 0; %[1]s < %d; %[1]s++ {", v, 1+g.pick(3)),
		fmt.Sprintf("for %s := range %s {", v, g.expr(b, "[]int", 1))))
	g.line("say(%q, %s)", v, v)
	g.loop(b, depth, false)
	g.line("}")
}

func (g *generator) labelled(b *body, depth int) {
	label := g.fresh("L")
	b.labels = append(b.labels, label)
	g.line("%s:", label)
	v := g.fresh("i")
	g.line("for %s := range %d {", v, 2+g.pick(2))
	g.line("for range 2 {")
	g.line("if %s > 0 {", v)
	g.line("%s %s", oneOf(g.choices, "continue", "break"), label)
	g.line("}")
	g.loop(b, depth, false)
	g.line("}")
	g.line("}")
	b.labels = b.labels[:len(b.labels)-1]
}

// forward jumps over a block.
func (g *generator) forward(b *body, depth int) {
	label := g.fresh("G")
	g.line("if %s {", g.expr(b, "bool", 1))
	g.line("goto %s", label)
	g.line("}")
	g.line("{")
	g.block(b, depth, 2)
	g.line("}")
	g.line("%s:", label)
	g.line("say(%q)", label)
}

func (g *generator) switches(b *body, depth int) {
	if g.chance(50) {
		v := g.fresh("t")
		g.line("switch %s := %s.(type) {", v, convert("any", g.expr(b, "any", 1)))
		g.line("case int, string:")
		g.line("say(%q, %s)", v, v)
		g.line("case error:")
		g.line("say(%s.Error())", v)
	} else {
		g.line("switch %s := %s; {", "x", g.expr(b, "int", 1))
		g.line("case x > 3:")
		g.block(b, depth, 2)
		g.line("%s", oneOf(g.choices, "fallthrough", "say(x)"))
		g.line("case x == 1:")
		g.block(b, depth, 1)
	}
	g.line("default:")
	g.block(b, depth, 2)
	g.line("}")
}

func (g *generator) selects(b *body, depth int) {
	c := g.fresh("ch")
	g.line("%s := make(chan int, 1)", c)
	if g.chance(50) {
		g.line("%s <- %s", c, g.expr(b, "int", 1))
	}
	g.line("select {")
	g.line("case got, open := <-%s:", c)
	g.line("say(got, open)")
	g.block(b, depth, 1)
	g.line("default:")
	g.block(b, depth, 1)
	g.line("}")
}

func (g *generator) overFunc(b *body, depth int) {
	v := g.fresh("i")
	g.line("for %s := range %s {", v, oneOf(g.choices, "seq(3)", "seq(1)", g.expr(b, "func(func(int) bool)", 1)))
	g.line("say(%q, %s)", v, v)
	g.loop(b, depth, true)
	g.line("}")
}

func (g *generator) goroutine(b *body, depth int) {
	done := g.fresh("done")
	g.line("%s := make(chan struct{})", done)
	mark := ""
	if g.chance(60) {
		mark = " " + g.directive(nil, "lit."+g.fresh("go"))
	}
	g.line("go func(n int) {%s", mark)
	g.line("defer close(%s)", done)
	inner := &body{vars: slices.Clip(b.vars), defers: 1}
	g.line(`defer func() { say("goroutine", recover()) }()`)
	g.block(inner, depth, 2)
	g.line("}(%s)", g.expr(b, "int", 1))
	g.line("<-%s", done)
}

func (g *generator) shadow(b *body, _ int) {
	name := oneOf(g.choices, "err", "tkErr", "telemetry", "ok", "span")
	g.line("{")
	g.line("%s, err2 := (&S{%d}).add(%s)", name, g.pick(8), g.expr(b, "int", 1))
	g.line("say(%s, err2)", name)
	g.line("}")
}

func (g *generator) methodValue(b *body, _ int) {
	m := g.fresh("m")
	g.line("%s := %s.add", m, oneOf(g.choices, "(&S{4})", "new(S)"))
	g.line("say(%s(%s))", m, g.expr(b, "int", 1))
	if g.chance(50) {
		g.line("say((*S).add(&S{%d}, 1))", g.pick(9))
	}
}

func (g *generator) goexit(b *body, _ int) {
	g.line("if %s && !alone {", g.expr(b, "bool", 1))
	g.line("runtime.Goexit()")
	g.line("}")
}

func (g *generator) exit(b *body, _ int) {
	g.line("if alone && %s {", g.expr(b, "bool", 1))
	g.line("os.Exit(%d)", g.pick(120))
	g.line("}")
}

func (g *generator) types(b *body, _ int) {
	t := g.fresh("local")
	g.line("type %s struct{ v int }", t)
	g.line("const %sMax = %d", t, g.pick(50))
	g.line("say(%s{%sMax})", t, t)
}

func (g *generator) rawString(*body, int) {
	g.raw("say(`first\n\t} func ( //telemetry:instrument\n\tdefer tkF.Begin().End(nil)\nlast`)\n")
}
