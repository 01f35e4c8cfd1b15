package instrument

import (
	"fmt"
	"regexp"
)

// constants are expressions of a type that need nothing else, and forms those
// that hold others, of the type in angle brackets.
var constants = map[string][]string{
	"int":                    {"0", "1", "2", "3", "4", "5"},
	"string":                 {`""`, `"a"`, `"ü{"`, `"defer"`, "\"`\"", `"//x"`},
	"bool":                   {"true", "false"},
	"error":                  {"error(nil)", `errors.New("e")`},
	"anError":                {"anError(nil)", "anError(&myErr{1})"},
	"[]int":                  {"[]int{1, 2}", "[]int(nil)", "[]int{}"},
	"*S":                     {"&S{1}", "(*S)(nil)"},
	"S":                      {"S{3}"},
	"*myErr":                 {"&myErr{2}", "(*myErr)(nil)"},
	"any":                    {"any(1)", "any(nil)"},
	"map[string]int":         {`map[string]int{"k": 1}`, "map[string]int(nil)"},
	"struct{ a, b int }":     {"struct{ a, b int }{a: 1}"},
	"func(int) (int, error)": {"(&S{2}).add"},
	"func(func(int) bool)":   {"seq(1)"},
}

var forms = map[string][]string{
	"int":                    {"<int> + <int>", "len(<string>)", "func() int { return <int> }()", "cap(<[]int>)"},
	"string":                 {"fmt.Sprint(<error>)", "<string> + <string>", "fmt.Sprint(<any>, <int>)"},
	"bool":                   {"<int> > 2", "!(<bool>)", "<error> == error(nil)", "<bool> && <bool>"},
	"error":                  {"error(&myErr{<int>})", `fmt.Errorf("with %w", <error>)`, "error((*myErr)(nil))", "error(<anError>)"},
	"any":                    {"any(<int>)", "any(<error>)", "any(<string>)"},
	"struct{ a, b int }":     {"struct{ a, b int }{<int>, <int>}"},
	"func(int) (int, error)": {"func(n int) (int, error) { return n + <int>, <error> }", "(&S{<int>}).add"},
	"func(func(int) bool)":   {"func(yield func(int) bool) { _ = yield(1) && yield(<int>) }", "seq(<int>)"},
}

var hole = regexp.MustCompile(`<([^<>]+)>`)

// expr writes an expression of a type: a variable, a constant, or something that
// shows when it is evaluated.
func (g *generator) expr(b *body, typ string, depth int) string {
	if g.chance(40) {
		var fit []string
		for _, v := range b.vars {
			if v.typ == typ {
				fit = append(fit, v.name)
			}
		}
		if len(fit) > 0 {
			return oneOf(g.choices, fit...)
		}
	}
	form := "*new(" + typ + ")" // a type parameter, a slice of something
	switch list := constants[typ]; {
	case depth > 0 && g.chance(25):
		form = fmt.Sprintf("id[%s](<%[1]s>)", typ)
	case depth > 0 && len(forms[typ]) > 0 && g.chance(60):
		form = oneOf(g.choices, forms[typ]...)
	case len(list) > 0:
		form = oneOf(g.choices, list...)
	}
	return hole.ReplaceAllStringFunc(form, func(inner string) string {
		return g.expr(b, inner[1:len(inner)-1], depth-1)
	})
}
