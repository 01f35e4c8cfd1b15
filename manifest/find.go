package manifest

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/packages"
)

// name looks for what names events: literals of points, and calls with names.
func (s *source) name(p *packages.Package, at inspector.Cursor) {
	switch n := at.Node().(type) {
	case *ast.CompositeLit:
		s.literal(p, at, n)
	case *ast.CallExpr:
		s.call(p, at, n)
	case *ast.Ident:
		s.mention(p, at, n)
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if len(n.Lhs) == len(n.Rhs) {
				s.set(p, to, n.Rhs[i])
			}
			if sel, ok := to.(*ast.SelectorExpr); ok && runtimeType(p.TypesInfo.TypeOf(sel.X)) == "telemetry.Point" {
				s.wrong(p, to, "a point is changed while the program runs, and the manifest cannot name what it becomes", "say it in the literal: telemetry.Point{Name: \"cluster.deploy\"}")
			}
		}
	}
}

func (s *source) literal(p *packages.Package, at inspector.Cursor, lit *ast.CompositeLit) {
	t := p.TypesInfo.TypeOf(lit)
	if _, isStruct := t.Underlying().(*types.Struct); !isStruct {
		return
	}
	switch runtimeType(t) {
	case "telemetry.Point":
		s.point(p, at, lit)
	case "telemetry.Points":
		s.wrong(p, lit, "telemetry.Points names events while the program runs, and the manifest cannot name them", "write a telemetry.Point with a constant name for each")
	case "telemetry.Config":
		s.settings(p, lit)
	case "telemetryslog.Event":
		s.logged(p, at, lit)
	}
}

// point is a telemetry.Point{...}; what holds it is found by begin.
func (s *source) point(p *packages.Package, at inspector.Cursor, lit *ast.CompositeLit) {
	given := fields(p, lit)
	if given["Name"] == nil {
		s.wrong(p, lit, "a point without a name is recorded as \"other\"", "write telemetry.Point{Name: \"cluster.deploy\"}")
		return
	}
	name, ok := s.constantName(p, given["Name"], "the point")
	if !ok {
		return
	}
	kind, each := Feature, false
	if e := given["Kind"]; e != nil {
		k, known := whole(p, e)
		if !known {
			s.wrong(p, e, "the kind of this point is only known when the program runs", "write telemetry.Command or telemetry.Feature")
			return
		}
		if k == 1 {
			kind = Command
		}
	}
	if e := given["Each"]; e != nil {
		if each, ok = truth(p, e); !ok {
			s.wrong(p, e, "whether each call of this point is recorded is only known when the program runs", "write true or false")
			return
		}
	}
	e := s.collection.event(name, kind, "")
	e.Each = e.Each || each && kind == Feature
	if s.generated(p, lit) {
		s.placed[e] = true
	} else {
		s.record(p, at, e)
	}
	s.points[lit] = e
}

// call is a call with a name in it, or of an adapter.
func (s *source) call(p *packages.Package, at inspector.Cursor, call *ast.CallExpr) {
	callee := calleeOf(p.TypesInfo, call)
	switch callee {
	case "telemetry.Track", "telemetry.Count", "telemetry.Measure":
		if name, ok := s.constantName(p, call.Args[0], callee); ok {
			s.tell(p, at, call, callee, name)
		}
	case "telemetry.Call.Add":
		s.wrong(p, call, "the manifest cannot tell which event the attributes of a telemetry.Call belong to", "use a telemetry.Point: defer point.Begin().End(&err, attributes)")
	case "telemetrycobra.Execute":
		s.tree(p, at, call.Args[1], call.Args[2], "telemetrycobra", "Use")
	case "telemetryurfave.Run":
		s.tree(p, at, call.Args[1], call.Args[3], "telemetryurfave", "Name")
	case "telemetryhttp.Handler", "telemetryhttp.Options.Handler":
		s.served(p, at, call)
	case "telemetrygrpc.Server", "telemetrygrpc.Options.Server":
		s.remote(p, at, call, "server")
	case "telemetrygrpc.Client", "telemetrygrpc.Options.Client":
		s.remote(p, at, call, "client")
	}
}

func (s *source) tell(p *packages.Package, at inspector.Cursor, call *ast.CallExpr, callee, name string) {
	var e *Event
	switch callee {
	case "telemetry.Track":
		e = s.collection.event(name, Track, "")
		e.attribute(s.attributes(p, call, 1)...)
	case "telemetry.Count":
		e = s.collection.event(name, Count, units[0])
	default:
		unit, ok := whole(p, call.Args[2])
		if !ok || unit < 0 || int(unit) >= len(units) {
			s.wrong(p, call.Args[2], "the unit of this measure is none of package telemetry's, or only known when the program runs", "write a constant such as telemetry.Bytes")
			return
		}
		e = s.collection.event(name, Measure, units[unit])
	}
	s.record(p, at, e)
}

// mention is a function of the runtime that is handed on instead of called.
func (s *source) mention(p *packages.Package, at inspector.Cursor, id *ast.Ident) {
	fn, ok := p.TypesInfo.Uses[id].(*types.Func)
	if !ok || s.called[id] {
		return
	}
	switch name := nameOf(fn); name {
	case "telemetryhttp.Handler": // as one of a chain: it has nothing to tell but itself
		s.servers = append(s.servers, httpServer{place: place{p, id}, at: at})
	case "telemetry.Track", "telemetry.Begin", "telemetry.Count", "telemetry.Measure", "telemetry.Call.Add",
		"telemetry.Timer.End", "telemetry.Timer.EndAs", "telemetry.Timer.EndStatus",
		"telemetrycobra.Execute", "telemetryurfave.Run", "telemetryhttp.Options.Handler",
		"telemetrygrpc.Server", "telemetrygrpc.Client", "telemetrygrpc.Options.Server", "telemetrygrpc.Options.Client":
		s.wrong(p, id, name+" is handed on here, and the manifest cannot tell what it is called with", "call it where the name and the attributes stand")
	}
}

// begin looks for calls that begin, and notes which events their timers are of.
func (s *source) begin(p *packages.Package, at inspector.Cursor) {
	call := at.Node().(*ast.CallExpr)
	var events []*Event
	switch calleeOf(p.TypesInfo, call) {
	case "telemetry.Begin":
		name, ok := s.constantName(p, call.Args[0], "telemetry.Begin")
		if !ok {
			return
		}
		e := s.collection.event(name, Feature, "")
		s.record(p, at, e)
		events = []*Event{e}
	case "telemetry.Point.Begin":
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			events = s.pointed(p, sel.X)
		}
		s.recordGenerated(p, at, events)
	default:
		return
	}
	s.timers[call] = events
}

// recordGenerated gives the event of a generated point its place, which is the
// function and not telemetry_gen.go.
func (s *source) recordGenerated(p *packages.Package, at inspector.Cursor, events []*Event) {
	for _, e := range events {
		if !s.placed[e] {
			continue // a literal that somebody wrote by hand is the place
		}
		for fn := range at.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
			s.record(p, fn, e)
			break
		}
	}
}

// pointed are the events of the point that an expression stands for.
func (s *source) pointed(p *packages.Package, e ast.Expr) (events []*Event) {
	for _, at := range s.origins(p, e) {
		if lit, ok := at.node.(*ast.CompositeLit); ok && s.points[lit] != nil {
			events = append(events, s.points[lit])
		}
	}
	return events
}

// end looks for the ends of timers: there are the attributes, and how a call can
// end.
func (s *source) end(p *packages.Package, at inspector.Cursor) {
	call := at.Node().(*ast.CallExpr)
	callee := calleeOf(p.TypesInfo, call)
	switch callee {
	case "telemetry.Timer.End", "telemetry.Timer.EndAs", "telemetry.Timer.EndStatus":
	default:
		return
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	var events []*Event
	for _, begun := range s.origins(p, sel.X) {
		if call, isCall := begun.node.(*ast.CallExpr); isCall {
			events = append(events, s.timers[call]...)
		}
	}
	if len(events) == 0 && len(call.Args) > 1 {
		s.wrong(p, call, "the manifest cannot tell whose end this is, and its attributes belong to", "write Begin and End in one statement, or keep the timer in a variable of the function: t := telemetry.Begin(\"cache.warm\")")
		return
	}
	fails, cancels := failing(p, callee, call.Args[0])
	var attributes []Attribute
	read := false
	for _, e := range events {
		e.Outcomes = union(e.Outcomes, outcomes(e.Kind, fails, cancels))
		if e.Kind == Feature && !e.Each {
			continue // sums have no attributes
		}
		if !read {
			attributes, read = s.attributes(p, call, 1), true
		}
		e.attribute(attributes...)
	}
}

// failing tells what a result can say: that the call failed, or was canceled.
func failing(p *packages.Package, callee string, result ast.Expr) (fails, cancels bool) {
	t := p.TypesInfo.Types[result]
	switch {
	case t.IsNil():
		return false, false
	case callee == "telemetry.Timer.EndStatus":
		return true, false
	}
	if ptr, ok := t.Type.Underlying().(*types.Pointer); ok {
		if basic, isBasic := ptr.Elem().Underlying().(*types.Basic); isBasic && basic.Kind() == types.Bool {
			return true, false
		}
	}
	return true, true
}

// outcomes are the ways in which a call can end, as package event names them.
func outcomes(kind Kind, fails, cancels bool) []string {
	list := []string{"goexit", "ok", "panic"}
	if kind == Command {
		list = append(list, "unfinished")
	}
	if fails {
		list = append(list, "error")
	}
	if cancels {
		list = append(list, "canceled")
	}
	return list
}
