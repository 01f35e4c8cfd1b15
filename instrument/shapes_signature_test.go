package instrument

import (
	"fmt"
	"slices"
	"strings"
)

// variable is a name with its type, as Go writes it.
type variable struct{ name, typ string }

// signature is a function of a random program, as those that follow call it.
type signature struct {
	call    string   // f3, f3[int], (&S{}).f3
	params  []string // types, with type arguments for type parameters
	results []string
}

// The types of parameters, results and variables. T and E are type parameters.
var plainTypes = []string{
	"int", "error", "string", "bool", "[]int", "*S", "any", "*myErr", "anError",
	"func(int) (int, error)", "func(func(int) bool)", "map[string]int", "struct{ a, b int }",
}

// Names that generated code, or another tool's, might want for itself.
var paramNames = []string{"a", "b", "err", "tkErr", "telemetry", "span", "ctx", "slog", "point", "begin", "context", "tkF1", "tkOK", "ok"}

// The names that generated results get are refused where an author gave them to
// one that decides on success (c65 of the torture).
var resultNames = slices.DeleteFunc(slices.Clone(paramNames), func(name string) bool {
	return strings.HasPrefix(name, errName) || strings.HasPrefix(name, okName)
})

// shape is the head of a function that is being written.
type shape struct {
	signature
	name       string
	head       string // func (s *S) f3[T any](a int) (n int, err error)
	params     []variable
	results    []variable // without names where there are none
	typeParams []string
}

// newShape draws the head of a function.
func (g *generator) newShape(name string) shape {
	s := shape{name: name}
	used := map[string]bool{"_": true, name: true}
	receiver, typeParams := g.receiver(&s, used)
	types := slices.Concat(plainTypes, s.typeParams)
	var params []string
	for range g.pick(4) {
		v := variable{g.freshName(used, paramNames), oneOf(g.choices, types...)}
		params = append(params, v.name+" "+v.typ)
		s.params = append(s.params, v)
		s.signature.params = append(s.signature.params, s.argument(v.typ))
	}
	if len(params) > 0 && g.chance(10) {
		last := &s.params[len(s.params)-1]
		params[len(params)-1] = last.name + " ..." + last.typ
		last.typ = "[]" + last.typ
	}
	s.head = "func " + receiver + name + typeParams + "(" + strings.Join(params, ", ") + ")" + g.resultList(&s, types, used)
	return s
}

// receiver draws what stands in front of and behind the name.
func (g *generator) receiver(s *shape, used map[string]bool) (receiver, typeParams string) {
	s.call = s.name
	switch g.pick(10) {
	default:
		return "", ""
	case 4, 5:
		form := oneOf(g.choices, "(s *S) ", "(*S) ", "(_ *S) ", "(tkErr *S) ", "(s S) ", "(S) ")
		s.call = "(&S{1})." + s.name
		if name, typ, named := strings.Cut(strings.Trim(form, "() "), " "); named && name != "_" {
			s.params = append(s.params, variable{name, typ})
			used[name] = true
		}
		return form, ""
	case 6:
		used["T"], used["g"] = true, true
		s.typeParams = []string{"T"}
		s.call = "(&G[int]{2})." + s.name
		return oneOf(g.choices, "(g *G[T]) ", "(g G[T]) ", "(*G[T]) "), ""
	case 7:
		used["T"] = true
		s.typeParams = []string{"T"}
		s.call = s.name + "[int]"
		return "", oneOf(g.choices, "[T any]", "[T ~int]", "[T interface{ int | string }]")
	case 8:
		used["T"], used["E"] = true, true
		s.typeParams = []string{"T", "E"}
		s.call = s.name + "[int, *myErr]"
		return "", "[T any, E error]"
	}
}

// argument is the type that a type parameter is called with.
func (s *shape) argument(typ string) string {
	switch typ {
	case "T":
		return "int"
	case "E":
		return "*myErr"
	}
	return typ
}

func (g *generator) freshName(used map[string]bool, names []string) string {
	for range 4 {
		name := oneOf(g.choices, names...)
		if g.chance(10) {
			return "_"
		}
		if !used[name] {
			used[name] = true
			return name
		}
	}
	return g.fresh("p")
}

// resultList draws the results: none, without names, with names, with blank
// ones, grouped, an error last or not.
func (g *generator) resultList(s *shape, types []string, used map[string]bool) string {
	for range oneOf(g.choices, 1, 2, 0, 3, 2, 1) {
		s.results = append(s.results, variable{"", oneOf(g.choices, types...)})
	}
	if len(s.results) > 0 && g.chance(60) {
		s.results[len(s.results)-1].typ = oneOf(g.choices, "error", "error", "error", "anError", "*myErr", "bool")
	}
	if len(s.results) == 0 {
		return oneOf(g.choices, "", "", " ()")
	}
	named := g.chance(50)
	var list []string
	for i := range s.results {
		r := &s.results[i]
		s.signature.results = append(s.signature.results, s.argument(r.typ))
		if !named {
			list = append(list, r.typ)
			continue
		}
		if r.name = "_"; !g.chance(25) {
			r.name = g.freshName(used, resultNames)
		}
		if i > 0 && s.results[i-1].typ == r.typ && g.chance(70) { // (a, b int)
			before := list[len(list)-1]
			list[len(list)-1] = strings.TrimSuffix(before, " "+r.typ)
		}
		list = append(list, r.name+" "+r.typ)
	}
	if !named && len(list) == 1 && !g.chance(20) {
		return " " + list[0]
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// directive draws the comment above a function or literal.
func (g *generator) directive(results []variable, name string) string {
	text := "//telemetry:instrument"
	if name != "" {
		text += " name=" + name
	}
	text += oneOf(g.choices, "", "", "", "", " kind=command", " each")
	if n := len(results); n > 0 && results[n-1].typ == "bool" && g.chance(50) {
		text += " result=ok"
	}
	return text
}

func (g *generator) fresh(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}
