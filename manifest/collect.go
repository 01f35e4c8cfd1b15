package manifest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/packages"
)

// collection adds up what the platforms of a program give.
type collection struct {
	Options
	events   map[eventKey]*Event
	problems map[string]directive.Problem // by their text: a platform repeats another
	always   map[string]bool
	schema   string
	services map[string]bool
	identity map[string]bool
	defaults map[string]bool
	sends    bool
	// placed are the events of generated points: their places are those of Begin.
	placed map[*Event]bool
}

type eventKey struct {
	name, unit string
	kind       Kind
}

func newCollection(o Options) *collection {
	c := &collection{
		Options: o, events: map[eventKey]*Event{}, problems: map[string]directive.Problem{}, always: map[string]bool{},
		services: map[string]bool{}, identity: map[string]bool{}, defaults: map[string]bool{},
		placed: map[*Event]bool{},
	}
	if o.Service != "" {
		c.services[o.Service] = true
	}
	return c
}

func (c *collection) problem(at token.Position, message, hint string) {
	p := directive.Problem{Pos: at, Message: message, Hint: hint}
	c.problems[p.Error()] = p
}

// event returns the one of that name, which code in several places can record.
func (c *collection) event(name string, kind Kind, unit string) *Event {
	key := eventKey{name, unit, kind}
	if c.events[key] == nil {
		c.events[key] = &Event{Name: name, Kind: kind, Unit: unit}
	}
	return c.events[key]
}

func (e *Event) attribute(list ...Attribute) {
	for _, a := range list {
		i := slices.IndexFunc(e.Attributes, func(b Attribute) bool { return a.Key == b.Key })
		if i < 0 {
			e.Attributes = append(e.Attributes, Attribute{Key: a.Key})
			i = len(e.Attributes) - 1
		}
		b := &e.Attributes[i]
		b.Types, b.Values = union(b.Types, a.Types), union(b.Values, a.Values)
	}
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// manifest is the outcome.
func (c *collection) manifest() (Manifest, error) {
	if len(c.problems) > 0 {
		var list Problems
		for _, p := range c.problems {
			list = append(list, p)
		}
		slices.SortFunc(list, func(a, b directive.Problem) int {
			if d := strings.Compare(a.Pos.Filename, b.Pos.Filename); d != 0 {
				return d
			}
			return a.Pos.Offset - b.Pos.Offset
		})
		return Manifest{}, list
	}
	m := Manifest{
		ManifestVersion: Version, SchemaVersion: c.schema, Module: c.Module, Services: sorted(c.services),
		Identity: only(c.identity, "install_id"), Default: only(c.defaults, "local"), Sends: c.sends,
	}
	m.Always = c.members(m.Identity)
	for _, e := range c.events {
		if c.placed[e] && len(e.Sources) == 0 {
			continue // the point of a function that no build has
		}
		m.Events = append(m.Events, *e)
	}
	return m, m.finish()
}

// only is the one word of a set: standing if there is none, empty if it is not
// known or there are several.
func only(set map[string]bool, standing string) string {
	switch len(set) {
	case 0:
		return standing
	case 1:
		return sorted(set)[0]
	default:
		return ""
	}
}

func sorted(set map[string]bool) []string {
	var list []string
	for s := range set {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// members are what goes with every event of a program with this identity.
func (c *collection) members(identity string) (list []string) {
	for _, name := range sorted(c.always) {
		top, _, _ := strings.Cut(name, ".")
		switch {
		case top == "event":
		case identity == "no_id" && (top == "user_id" || top == "session_id"):
		case identity == "install_id" && top == "marks":
		default:
			list = append(list, name)
		}
	}
	return list
}

// source is a program on one platform, while it is looked at.
type source struct {
	*collection
	in loading
	// points are the events of literals, timers those of calls of Begin, and values
	// is what variables and fields are given; see holderOf.
	points map[*ast.CompositeLit]*Event
	timers map[*ast.CallExpr][]*Event
	values map[any][]place
	// funcs are the declarations of the program's functions, and where they stand.
	funcs map[*types.Func]place
	// called are the identifiers that stand in front of a call's arguments.
	called map[*ast.Ident]bool
	// servers are those whose requests are recorded.
	servers []httpServer
}

// place is a node of a package.
type place struct {
	p    *packages.Package
	node ast.Node
}

// collect adds what the program on one platform can send.
func (c *collection) collect(l loading) {
	s := &source{
		collection: c, in: l, points: map[*ast.CompositeLit]*Event{}, timers: map[*ast.CallExpr][]*Event{}, values: map[any][]place{},
		funcs: map[*types.Func]place{}, called: map[*ast.Ident]bool{},
	}
	c.sends = c.sends || l.mail
	s.describe()
	s.each((*source).note, (*ast.FuncDecl)(nil), (*ast.CallExpr)(nil), (*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil), (*ast.KeyValueExpr)(nil), (*ast.RangeStmt)(nil))
	s.each((*source).name, (*ast.CompositeLit)(nil), (*ast.CallExpr)(nil), (*ast.Ident)(nil), (*ast.AssignStmt)(nil))
	s.each((*source).begin, (*ast.CallExpr)(nil))
	s.each((*source).end, (*ast.CallExpr)(nil))
	s.routes()
	for _, e := range c.events { // of a point whose end is nowhere to be seen
		if len(e.Outcomes) == 0 && (e.Kind == Command || e.Kind == Feature) {
			e.Outcomes = outcomes(e.Kind, true, true)
		}
	}
}

// each walks all files of all packages for nodes of these kinds.
func (s *source) each(visit func(*source, *packages.Package, inspector.Cursor), kinds ...ast.Node) {
	for _, p := range s.in.packages {
		for cursor := range inspector.New(p.Syntax).Root().Preorder(kinds...) {
			visit(s, p, cursor)
		}
	}
}

// describe reads off the runtime's own types what it adds to every event.
func (s *source) describe() {
	if s.in.event == nil || s.in.event.Types == nil {
		return
	}
	scope := s.in.event.Types.Scope()
	if version, ok := scope.Lookup("SchemaVersion").(*types.Const); ok {
		s.schema = strings.Trim(version.Val().ExactString(), `"`)
	}
	if noun := scope.Lookup("Event"); noun != nil {
		s.member("", noun.Type())
	}
}

func (s *source) member(prefix string, t types.Type) {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok || typeName(t) == "Time" {
		s.always[strings.TrimSuffix(prefix, ".")] = true
		return
	}
	for i := range st.NumFields() {
		name, _, _ := strings.Cut(reflect.StructTag(st.Tag(i)).Get("json"), ",")
		s.member(prefix+name+".", st.Field(i).Type())
	}
}

// note keeps what later looks need: functions, calls and what variables are given.
func (s *source) note(p *packages.Package, at inspector.Cursor) {
	switch n := at.Node().(type) {
	case *ast.FuncDecl:
		if fn, ok := p.TypesInfo.Defs[n.Name].(*types.Func); ok {
			s.funcs[fn] = place{p, n}
		}
	case *ast.CallExpr:
		switch fun := ast.Unparen(n.Fun).(type) {
		case *ast.Ident:
			s.called[fun] = true
		case *ast.SelectorExpr:
			s.called[fun.Sel] = true
		}
	case *ast.AssignStmt:
		s.give(p, n.Lhs, n.Rhs)
	case *ast.ValueSpec:
		var names []ast.Expr
		for _, name := range n.Names {
			names = append(names, name)
		}
		if len(n.Values) > 0 {
			s.give(p, names, n.Values)
		}
	case *ast.KeyValueExpr:
		if _, isField := holderOf(p, n.Key).(fieldKey); isField {
			s.give(p, []ast.Expr{n.Key}, []ast.Expr{n.Value})
		}
	case *ast.RangeStmt:
		s.give(p, []ast.Expr{n.Key, n.Value}, nil)
	}
}

// give notes what variables and fields are given. One that is given what no
// expression stands for (one of several results, an element of something) is its
// own origin from then on.
func (s *source) give(p *packages.Package, to, values []ast.Expr) {
	for i, e := range to {
		value := e
		if index, ok := e.(*ast.IndexExpr); ok {
			e, value = index.X, index.X
		} else if len(to) == len(values) {
			value = values[i]
		}
		if e == nil {
			continue
		}
		if holder := holderOf(p, e); holder != nil {
			s.values[holder] = append(s.values[holder], place{p, value})
		}
	}
}

// holderOf is what a variable or field is known by: its object, and at package
// level its name, which importers see as another object.
func holderOf(p *packages.Package, e ast.Expr) any {
	var id *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		id = e.Sel
	default:
		return nil
	}
	v, ok := p.TypesInfo.ObjectOf(id).(*types.Var)
	switch {
	case !ok || v.Pkg() == nil:
		return nil
	case v.Parent() == v.Pkg().Scope():
		return v.Pkg().Path() + "." + v.Name()
	case v.IsField():
		return fieldKey{v.Pkg().Path(), v.Name(), p.Fset.PositionFor(v.Pos(), false).Line}
	default:
		return v
	}
}

type fieldKey struct {
	path, name string
	line       int
}

// position is where a node stands in the file, whatever //line says.
func (s *source) position(p *packages.Package, n ast.Node) token.Position {
	return p.Fset.PositionFor(n.Pos(), false)
}

func (s *source) wrong(p *packages.Package, n ast.Node, message, hint string) {
	s.problem(s.position(p, n), message, hint)
}

// record notes that e is recorded at a place.
func (s *source) record(p *packages.Package, at inspector.Cursor, e *Event) {
	pos := s.position(p, at.Node())
	src := Source{Package: p.PkgPath, File: s.relative(pos.Filename), Line: pos.Line}
	for fn := range at.Enclosing((*ast.FuncDecl)(nil)) {
		src.Func = directive.Function{Decl: fn.Node().(*ast.FuncDecl)}.String()
	}
	e.Sources = append(e.Sources, src)
}

// generated reports whether a node stands in the points of a package.
func (s *source) generated(p *packages.Package, n ast.Node) bool {
	return strings.HasSuffix(filepath.Base(s.position(p, n).Filename), "telemetry_gen.go")
}

// constantName is the name of an event, as it stands in the code.
func (s *source) constantName(p *packages.Package, e ast.Expr, what string) (string, bool) {
	name, ok := text(p, e)
	switch {
	case !ok:
		s.wrong(p, e, fmt.Sprintf("the name that %s gets here is put together while the program runs, and the manifest cannot name it", what),
			"write a constant, and what varies as an attribute: telemetry.OneOf(\"format\", format, \"json\", \"yaml\")")
		return "", false
	case !goodName.MatchString(name):
		s.wrong(p, e, fmt.Sprintf("the name %q would be recorded as \"other\"", name),
			"names are at most 128 lower-case letters, digits, dots, hyphens and underscores")
		return "", false
	}
	return name, true
}
