package manifest

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/packages"
)

// settings is a telemetry.Config{...}.
func (s *source) settings(p *packages.Package, lit *ast.CompositeLit) {
	given := fields(p, lit)
	for _, name := range []string{"Service", "Identity", "Consent"} {
		s.setting(p, name, given[name])
	}
}

// set is an assignment, maybe to a field of a telemetry.Config: options.Identity = ...
func (s *source) set(p *packages.Package, to, value ast.Expr) {
	sel, ok := to.(*ast.SelectorExpr)
	if !ok {
		return
	}
	field, ok := p.TypesInfo.ObjectOf(sel.Sel).(*types.Var)
	if !ok || !field.IsField() || field.Pkg() == nil {
		return
	}
	t := p.TypesInfo.TypeOf(sel.X)
	if outer := p.TypesInfo.Selections[sel]; outer != nil && len(outer.Index()) > 1 { // of what is embedded
		t = outer.Recv()
		for _, i := range outer.Index()[:len(outer.Index())-1] {
			if ptr, isPointer := t.Underlying().(*types.Pointer); isPointer {
				t = ptr.Elem()
			}
			st, isStruct := t.Underlying().(*types.Struct)
			if !isStruct {
				return
			}
			t = st.Field(i).Type()
		}
	}
	if runtimeType(t) == "telemetry.Config" {
		s.setting(p, field.Name(), value)
	}
}

// setting notes what a field of a telemetry.Config is given, nil for nothing.
func (s *source) setting(p *packages.Package, name string, value ast.Expr) {
	switch name {
	case "Service":
		if service, ok := text(p, value); ok && service != "" {
			s.services[service] = true
		}
	case "Identity":
		s.choice(p, value, s.identity, map[int64]string{0: "install_id", 1: "no_id"})
	case "Consent":
		s.choice(p, value, s.defaults, map[int64]string{0: "local", 1: "off", 2: "local"}) // On counts as Local
	}
}

// choice notes what a constant of the runtime stands for; "" for one that is not
// known. Without an expression it is zero.
func (s *source) choice(p *packages.Package, e ast.Expr, set map[string]bool, words map[int64]string) {
	value, known := int64(0), true
	if e != nil {
		value, known = whole(p, e)
	}
	if !known {
		value = -1
	}
	set[words[value]] = true
}

// rootName is the constant name of a program's tree of commands.
func (s *source) rootName(p *packages.Package, root ast.Expr, field string) string {
	for _, at := range s.origins(p, root) {
		if lit, ok := at.node.(*ast.CompositeLit); ok {
			if use, ok := text(at.p, fields(at.p, lit)[field]); ok && use != "" {
				return strings.Fields(use)[0]
			}
		}
	}
	return ""
}

// tree is a program whose commands an adapter records. Which there are, the
// library alone knows, and only when the program runs.
func (s *source) tree(p *packages.Package, at inspector.Cursor, root, options ast.Expr, from, field string) {
	e := s.collection.event("*", Command, "")
	e.From = from
	e.Outcomes = union(e.Outcomes, outcomes(Command, true, true))
	e.attribute(
		Attribute{Key: "flag_*", Types: []string{Boolean}},
		Attribute{Key: "usage", Types: []string{OneOf}, Values: []string{"arguments", "command", "flag"}},
	)
	s.record(p, at, e)
	if !s.named(p, options) {
		if name := s.rootName(p, root, field); name != "" {
			s.services[name] = true
		}
	}
}

// named reports whether options name a service.
func (s *source) named(p *packages.Package, options ast.Expr) bool {
	for _, at := range s.origins(p, options) {
		lit, ok := at.node.(*ast.CompositeLit)
		if !ok {
			continue
		}
		for _, config := range s.origins(at.p, orNil(fields(at.p, lit)["Config"])) {
			if inner, ok := config.node.(*ast.CompositeLit); ok && fields(config.p, inner)["Service"] != nil {
				return true
			}
		}
	}
	return false
}

func orNil(e ast.Expr) ast.Expr {
	if e == nil {
		return ast.NewIdent("nil")
	}
	return e
}

// optionsOf are the options of a method of theirs, Options{Each: true}.Handler.
func (s *source) optionsOf(p *packages.Package, call *ast.CallExpr) (list []map[string]ast.Expr, known bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || p.TypesInfo.Selections[sel] == nil {
		return nil, true // the function of the package: no options
	}
	for _, at := range s.origins(p, sel.X) {
		lit, ok := at.node.(*ast.CompositeLit)
		if !ok {
			s.wrong(at.p, at.node, "the options of this adapter are only known when the program runs", "write them as a literal")
			return nil, false
		}
		list = append(list, fields(at.p, lit))
	}
	return list, true
}

// eachOf reports whether options say that each call is recorded.
func (s *source) eachOf(p *packages.Package, options []map[string]ast.Expr) (each bool) {
	for _, given := range options {
		if e := given["Each"]; e != nil {
			v, ok := truth(p, e)
			each = each || v || !ok
		}
	}
	return each
}

// served is an HTTP server whose requests are recorded; routes names them.
func (s *source) served(p *packages.Package, at inspector.Cursor, call *ast.CallExpr) {
	options, ok := s.optionsOf(p, call)
	if !ok {
		return
	}
	server := httpServer{place: place{p, call}, at: at, each: s.eachOf(p, options)}
	for _, given := range options {
		server.routed = server.routed || given["Route"] != nil
	}
	s.servers = append(s.servers, server)
}

type httpServer struct {
	place
	at     inspector.Cursor
	each   bool
	routed bool // by a function of the program's own
}

var methods = []string{"connect", "delete", "get", "head", "options", "other", "patch", "post", "put", "trace"}

// routes names the requests of HTTP servers by the patterns that the program
// registers. One that is no constant, or a router of somebody else's, makes it
// any name.
func (s *source) routes() {
	if len(s.servers) == 0 {
		return
	}
	names, open := []string{"http.*.unmatched"}, false
	s.each(func(s *source, p *packages.Package, at inspector.Cursor) {
		pattern := registered(p, at.Node().(*ast.CallExpr))
		if pattern == nil {
			return
		}
		if text, ok := text(p, pattern); ok {
			names = append(names, routeNames(text)...)
		} else {
			open = true
		}
	}, (*ast.CallExpr)(nil))
	for _, server := range s.servers {
		list := append([]string{"http.other"}, names...)
		if open || server.routed {
			list = []string{"http.*"}
		}
		for _, name := range list {
			s.answered(server, name)
			if !server.each && name != "http.*" && name != "http.other" {
				s.answered(server, name+".4xx")
			}
		}
	}
}

func (s *source) answered(server httpServer, name string) {
	e := s.collection.event(name, Feature, "")
	e.From, e.Each = "telemetryhttp", e.Each || server.each
	e.Outcomes = union(e.Outcomes, outcomes(Feature, true, false))
	if server.each {
		e.attribute(
			Attribute{Key: "method", Types: []string{OneOf}, Values: methods},
			Attribute{Key: "status", Types: []string{OneOf}, Values: []string{"1xx", "2xx", "3xx", "4xx", "5xx", "other"}},
		)
	}
	s.record(server.p, server.at, e)
}

// registered is the pattern that a call registers with net/http.
func registered(p *packages.Package, call *ast.CallExpr) ast.Expr {
	fun, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || len(call.Args) != 2 {
		return nil
	}
	fn, ok := p.TypesInfo.Uses[fun.Sel].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "net/http" || fn.Name() != "Handle" && fn.Name() != "HandleFunc" {
		return nil
	}
	return call.Args[0]
}

// routeNames are the names of what matches a pattern, "[METHOD ][HOST]/PATH", as
// telemetryhttp spells them. A pattern for GET matches HEAD, too.
func routeNames(pattern string) []string {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "*", pattern
	}
	segments := strings.Split(strings.TrimPrefix(strings.TrimLeft(path, " \t"), "/"), "/")
	for i, segment := range segments {
		segments[i] = routeSegment(segment)
	}
	route := strings.Join(segments, ".")
	if method = strings.ToLower(method); method == "get" {
		return []string{"http.get." + route, "http.head." + route}
	}
	if method != "*" && !slices.Contains(methods, method) {
		method = other
	}
	return []string{"http." + method + "." + route}
}

func routeSegment(s string) string {
	inner, wildcard := strings.CutPrefix(s, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	switch {
	case s == "":
		return "_"
	case s == "{$}":
		return "-"
	case wildcard && closed:
		if name, rest := strings.CutSuffix(inner, "..."); rest {
			return "_" + letters(name, "-.") + "_"
		}
		return "_" + letters(inner, "-.")
	default:
		return letters(s, "-.")
	}
}

// remote is a gRPC server or client, whose methods the other package names.
func (s *source) remote(p *packages.Package, at inspector.Cursor, call *ast.CallExpr, side string) {
	options, ok := s.optionsOf(p, call)
	if !ok {
		return
	}
	e := s.collection.event("grpc."+side+".*", Feature, "")
	e.From = "telemetrygrpc"
	e.Outcomes = union(e.Outcomes, outcomes(Feature, true, true))
	if s.eachOf(p, options) {
		e.Each = true
		e.attribute(Attribute{Key: "code", Types: []string{OneOf}, Values: grpcCodes})
	}
	s.record(p, at, e)
}

// grpcCodes are gRPC's own words in lower case.
var grpcCodes = []string{
	"aborted", "already_exists", "canceled", "data_loss", "deadline_exceeded", "failed_precondition", "internal", "invalid_argument", "not_found",
	"ok", "out_of_range", "permission_denied", "resource_exhausted", "unauthenticated", "unavailable", "unimplemented", "unknown",
}

// logged is a telemetryslog.Event{...}.
func (s *source) logged(p *packages.Package, at inspector.Cursor, lit *ast.CompositeLit) {
	given := fields(p, lit)
	name, ok := "", false
	if given["Name"] != nil {
		name, ok = s.constantName(p, given["Name"], "the event")
	} else if given["Message"] != nil {
		if name, ok = text(p, given["Message"]); !ok {
			s.wrong(p, given["Message"], "the message of this event is only known when the program runs", "write a constant")
		}
		name = strings.Trim(letters(name, "-."), "_")
	}
	if !ok {
		return
	}
	e := s.collection.event(name, Track, "")
	e.From = "telemetryslog"
	if keys := given["Keys"]; keys != nil {
		e.attribute(s.loggedKeys(p, keys)...)
	}
	s.record(p, at, e)
}

func (s *source) loggedKeys(p *packages.Package, keys ast.Expr) (list []Attribute) {
	for _, at := range s.origins(p, keys) {
		lit, ok := at.node.(*ast.CompositeLit)
		if !ok {
			s.wrong(at.p, at.node, "the keys of this event are only known when the program runs", "write them as a literal")
			continue
		}
		for _, elt := range lit.Elts {
			pair := elt.(*ast.KeyValueExpr)
			key, ok := text(at.p, pair.Key)
			if !ok {
				s.wrong(at.p, pair.Key, "this key is only known when the program runs", "write a constant")
				continue
			}
			list = append(list, s.loggedValues(at.p, letters(key, ""), pair.Value))
		}
	}
	return list
}

func (s *source) loggedValues(p *packages.Package, key string, values ast.Expr) Attribute {
	a := Attribute{Key: key, Types: []string{Boolean, Duration, Integer, Number}}
	if p.TypesInfo.Types[values].IsNil() {
		return a
	}
	a.Types, a.Values = []string{OneOf}, []string{other}
	for _, at := range s.origins(p, values) {
		lit, ok := at.node.(*ast.CompositeLit)
		if !ok {
			s.wrong(at.p, at.node, "the values of this key are only known when the program runs", "write them as a literal")
			continue
		}
		for _, elt := range lit.Elts {
			v, ok := text(at.p, elt)
			if !ok {
				s.wrong(at.p, elt, "this value is only known when the program runs", "write a constant")
				continue
			}
			a.Values = union(a.Values, []string{word(v)})
		}
	}
	return a
}
