package manifest

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/types/typeutil"
)

// attributes are those that a call is given from its argument first on.
func (s *source) attributes(p *packages.Package, call *ast.CallExpr, first int) (list []Attribute) {
	if len(call.Args) <= first {
		return nil
	}
	for _, arg := range call.Args[first:] {
		if call.Ellipsis.IsValid() {
			list = append(list, s.spread(p, arg)...)
		} else {
			list = append(list, s.attribute(p, arg)...)
		}
	}
	return list
}

// spread are the attributes of a slice.
func (s *source) spread(p *packages.Package, arg ast.Expr) (list []Attribute) {
	for _, at := range s.origins(p, arg) {
		lit, ok := at.node.(*ast.CompositeLit)
		if !ok {
			if at.p.TypesInfo.Types[at.node.(ast.Expr)].IsNil() {
				continue
			}
			s.wrong(at.p, at.node, "which attributes this holds is only known when the program runs", "give them one by one: End(&err, telemetry.Value(\"files\", n))")
			continue
		}
		for _, elt := range lit.Elts {
			list = append(list, s.attribute(at.p, elt)...)
		}
	}
	return list
}

// attribute is what one expression of type slog.Attr can be.
func (s *source) attribute(p *packages.Package, e ast.Expr) (list []Attribute) {
	for _, at := range s.origins(p, e) {
		switch x := at.node.(type) {
		case *ast.CallExpr:
			list = append(list, s.made(at.p, x)...)
		case *ast.CompositeLit:
			list = append(list, s.attrLiteral(at.p, x)...)
		case *ast.Ident: // a named result that nothing was given to: the zero Attr
			if s.zeroResult(at.p, x) {
				continue
			}
			s.unknownAttribute(at.p, x)
		default:
			s.unknownAttribute(at.p, at.node)
		}
	}
	return list
}

// zeroResult reports whether an identifier is a result that nothing is assigned to.
func (s *source) zeroResult(p *packages.Package, id *ast.Ident) bool {
	v, ok := p.TypesInfo.ObjectOf(id).(*types.Var)
	return ok && v.Kind() == types.ResultVar && len(s.values[v]) == 0
}

func (s *source) unknownAttribute(p *packages.Package, n ast.Node) {
	s.wrong(p, n, "which attribute this is, is only known when the program runs", "write telemetry.OneOf(\"format\", format, \"json\", \"yaml\"), telemetry.Value(\"files\", n) or slog.Int(\"files\", n) here")
}

// made is the attribute that a call makes.
func (s *source) made(p *packages.Package, call *ast.CallExpr) []Attribute {
	name := calleeOf(p.TypesInfo, call)
	if fn, _ := typeutil.Callee(p.TypesInfo, call).(*types.Func); name == "" && fn != nil && fn.Pkg() != nil && fn.Signature().Recv() == nil {
		name = fn.Pkg().Path() + "." + fn.Name()
	}
	kinds, known := attrFuncs[name]
	if !known {
		s.unknownAttribute(p, call)
		return nil
	}
	if kinds == "" {
		return nil // the runtime leaves it out
	}
	key, ok := s.key(p, call.Args[0])
	if !ok {
		return nil
	}
	a := Attribute{Key: key, Types: []string{kinds}}
	switch kinds {
	case byType:
		return s.byType(p, call.Args[1], a)
	case OneOf:
		a.Values = s.choices(p, call)
	case Word:
		a = ofString(p, call.Args[1], a)
	}
	return []Attribute{a}
}

// byType is the kind of a function's attributes where the argument decides.
const byType = "by type"

// attrFuncs are what makes attributes, and of which type; empty for what is not
// recorded.
var attrFuncs = map[string]string{
	"telemetry.Value": byType, "telemetry.OneOf": OneOf, "telemetry.Text": Text,
	"log/slog.Bool": Boolean, "log/slog.Int": Integer, "log/slog.Int64": Integer, "log/slog.Uint64": Integer, "log/slog.Float64": Number,
	"log/slog.Duration": Duration, "log/slog.String": Word, "log/slog.Any": byType,
	"log/slog.Time": "", "log/slog.Group": "", "log/slog.GroupAttrs": "",
}

// ofString is an attribute with the value of a string, which code can spell out.
func ofString(p *packages.Package, value ast.Expr, a Attribute) Attribute {
	if v, ok := text(p, value); ok {
		a.Types, a.Values = []string{OneOf}, []string{word(v)}
	}
	return a
}

// word is what is recorded of a constant: the runtime may still take a word for
// a secret, so that "other" is possible, too, and never more than the word.
func word(v string) string {
	if goodWord.MatchString(v) {
		return v
	}
	return other
}

func (s *source) key(p *packages.Package, e ast.Expr) (string, bool) {
	key, ok := text(p, e)
	switch {
	case !ok:
		s.wrong(p, e, "the key of this attribute is put together while the program runs", "write a constant")
		return "", false
	case key == "":
		return "", false // nobody records it
	case !goodKey.MatchString(key):
		s.wrong(p, e, "an attribute with the key \""+key+"\" is not recorded", "keys are lower-case letters, digits and underscores, and begin with a letter")
		return "", false
	}
	return key, true
}

// choices are those of telemetry.OneOf.
func (s *source) choices(p *packages.Package, call *ast.CallExpr) []string {
	values := []string{other}
	list := place{p, call}
	given := call.Args[2:]
	if call.Ellipsis.IsValid() {
		given = nil
		for _, at := range s.origins(p, call.Args[2]) {
			lit, ok := at.node.(*ast.CompositeLit)
			if !ok {
				s.wrong(at.p, at.node, "the list of values of this attribute is only known when the program runs", "write the values out, as constants")
				return nil
			}
			list, given = at, append(given, lit.Elts...)
		}
	}
	for _, e := range given {
		v, ok := text(list.p, e)
		if !ok {
			s.wrong(list.p, e, "this value of the attribute is only known when the program runs", "write a constant")
			continue
		}
		values = append(values, word(v))
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// byType reads off the type of the value what is recorded.
func (s *source) byType(p *packages.Package, value ast.Expr, a Attribute) []Attribute {
	t := p.TypesInfo.TypeOf(value)
	kind := typeOf(t)
	switch kind {
	case "":
		return nil // a kind that is left out
	case byType:
		s.wrong(p, value, "the type of this attribute's value is only known when the program runs", "use slog.Int, slog.Bool, telemetry.Value or telemetry.OneOf with a value of that type")
		return nil
	case Word:
		return []Attribute{ofString(p, value, a)}
	}
	a.Types = []string{kind}
	return []Attribute{a}
}

// typeOf is the type of attribute that a Go type becomes.
func typeOf(t types.Type) string {
	if foreignType(t) == "time.Duration" {
		return Duration
	}
	if _, isParam := types.Unalias(t).(*types.TypeParam); isParam {
		return byType
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return byType
	case *types.Basic:
		switch info := u.Info(); {
		case info&types.IsBoolean != 0:
			return Boolean
		case info&types.IsInteger != 0:
			return Integer
		case info&types.IsFloat != 0:
			return Number
		case info&types.IsString != 0:
			return Word
		}
	}
	return ""
}

// attrLiteral is a slog.Attr{Key: ..., Value: slog.IntValue(...)}.
func (s *source) attrLiteral(p *packages.Package, lit *ast.CompositeLit) []Attribute {
	given := fields(p, lit)
	if given["Key"] == nil || given["Value"] == nil {
		return nil
	}
	call, ok := ast.Unparen(given["Value"]).(*ast.CallExpr)
	fn, _ := typeutil.Callee(p.TypesInfo, callOr(call)).(*types.Func)
	if !ok || fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "log/slog" {
		s.unknownAttribute(p, lit)
		return nil
	}
	kind, known := attrFuncs["log/slog."+strings.TrimSuffix(fn.Name(), "Value")]
	key, named := s.key(p, given["Key"])
	switch {
	case !known:
		s.unknownAttribute(p, lit)
		return nil
	case kind == "" || !named:
		return nil
	}
	a := Attribute{Key: key, Types: []string{kind}}
	switch kind {
	case byType:
		return s.byType(p, call.Args[0], a)
	case Word:
		a = ofString(p, call.Args[0], a)
	}
	return []Attribute{a}
}

func callOr(call *ast.CallExpr) *ast.CallExpr {
	if call == nil {
		return &ast.CallExpr{Fun: ast.NewIdent("_")}
	}
	return call
}
