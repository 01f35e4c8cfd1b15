package analyzer

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// taint is where a value comes from that says who somebody is, or what nobody else
// may know.
type taint struct {
	Class  string // personal, secret, request, argument, ...; unknown: made at run time, of what nobody knows
	What   string // in words
	Number bool   // it says so as a number, too
	At     string // its position, where that is in another package
	pos    token.Pos
}

const unknown = "unknown"

// origin is what a value is made of: a source, or a parameter of the function that it
// is in (a part of it, by a path of fields).
type origin struct {
	taint
	param *ssa.Parameter
	path  string
}

type origins map[origin]bool

// node is a value on the way from what is recorded to where it comes from.
type node struct {
	v ssa.Value
	// path are the fields of the value that are asked for: "User.Name"; "#" stands for
	// the keys of a map, and empty for all there is.
	path string
	// number: only what says something as a number matters.
	number bool
}

// trace walks from a value back to its origins. Each node is visited once: what is
// found is all that can be reached.
type trace struct {
	p    *privacy
	seen map[node]bool
	todo []node
	out  origins
}

func (p *privacy) trace(nodes ...node) origins {
	t := &trace{p: p, seen: map[node]bool{}, out: origins{}}
	for _, n := range nodes {
		t.push(n)
	}
	return t.walk()
}

func (t *trace) walk() origins {
	for len(t.todo) > 0 {
		n := t.todo[len(t.todo)-1]
		t.todo = t.todo[:len(t.todo)-1]
		t.visit(n)
	}
	return t.out
}

func (t *trace) push(n node) {
	if n.v == nil || n.path == "" && saysNothing(n.v.Type()) {
		return
	}
	n.number = n.number || n.path == "" && isWide(n.v.Type())
	if !t.seen[n] {
		t.seen[n] = true
		t.todo = append(t.todo, n)
	}
}

// to goes on with another value, of which the same is asked for.
func (n node) to(v ssa.Value) node { return node{v, n.path, n.number} }

// of goes on with what n's value is a field of.
func (n node) of(v ssa.Value, field string) node {
	parts := strings.Split(field+"."+n.path, ".")
	if parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" }); len(parts) > 3 {
		parts = parts[:3]
	}
	return node{v, strings.Join(parts, "."), n.number}
}

func (t *trace) add(s *taint, n node, pos token.Pos) bool {
	if s == nil || n.number && !s.Number {
		return false
	}
	found := *s
	if found.pos == token.NoPos && found.At == "" {
		found.pos = pos
	}
	t.out[origin{taint: found}] = true
	return true
}

func (t *trace) unknown(n node) {
	if !n.number {
		t.out[origin{taint: taint{Class: unknown, What: "a value that is made at run time"}}] = true
	}
}

func (t *trace) visit(n node) {
	if n.path == "" || n.path == "#" {
		if t.marked(n) {
			return
		}
	}
	switch v := n.v.(type) {
	case *ssa.Const, *ssa.Function, *ssa.Builtin:
	case *ssa.Parameter:
		t.parameter(n, v)
	case *ssa.FreeVar:
		t.captured(n, v)
	case *ssa.Global:
		t.global(n, v)
	case *ssa.Call:
		t.call(n, v, 0)
	case *ssa.Extract:
		t.extract(n, v)
	case *ssa.Phi:
		for _, e := range v.Edges {
			t.push(n.to(e))
		}
	case *ssa.UnOp:
		t.push(n.to(v.X))
	case *ssa.BinOp:
		t.push(n.to(v.X))
		t.push(n.to(v.Y))
	case *ssa.FieldAddr:
		t.field(n, v.X, v.Field, v.Pos())
	case *ssa.Field:
		t.field(n, v.X, v.Field, v.Pos())
	case *ssa.IndexAddr:
		t.push(n.to(v.X))
	case *ssa.Index:
		t.push(n.to(v.X))
	case *ssa.Lookup:
		t.push(n.to(v.X))
	case *ssa.Convert:
		t.push(n.to(v.X))
	case *ssa.MultiConvert:
		t.push(n.to(v.X))
	case *ssa.ChangeType:
		t.push(n.to(v.X))
	case *ssa.ChangeInterface:
		t.push(n.to(v.X))
	case *ssa.MakeInterface:
		t.push(n.to(v.X))
	case *ssa.SliceToArrayPointer:
		t.push(n.to(v.X))
	case *ssa.TypeAssert:
		t.push(n.to(v.X))
	case *ssa.Slice:
		t.push(n.to(v.X))
	case *ssa.Range:
		t.push(n.to(v.X))
	}
	t.contents(n)
}

// marked looks at what the value's type and the name of its variable say.
func (t *trace) marked(n node) bool {
	if isTuple(n.v.Type()) {
		return false
	}
	switch v := n.v.(type) {
	case *ssa.Const, *ssa.Function, *ssa.Builtin, *ssa.MakeClosure:
		return false
	case *ssa.Call:
		if fn := calleeOf(v.Common()); harmlessPart[fullName(fn)] || clean[fullName(fn)] {
			return false
		}
	}
	if s := sourceType(n.v.Type()); s != nil {
		return t.add(s, n, n.v.Pos())
	}
	if isError(n.v.Type()) && !isPlainWord(n.v.Type()) {
		return t.add(&taint{Class: "error", What: "the text of an error"}, n, n.v.Pos())
	}
	name := t.p.names[n.v]
	if name == "" || !canTell(deref(n.v.Type())) {
		return false
	}
	return t.add(meaning(name, deref(n.v.Type())), n, n.v.Pos())
}

// isPlainWord reports whether an error is a string or a number of the program's own
// list, such as syscall.Errno.
func isPlainWord(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

func isTuple(t types.Type) bool {
	_, ok := t.(*types.Tuple)
	return ok
}

func (t *trace) field(n node, of ssa.Value, i int, pos token.Pos) {
	s, harmless := sourceField(of.Type(), i)
	if harmless || t.add(s, n, pos) {
		return
	}
	if f := fieldAt(of.Type(), i); f != nil {
		t.push(n.of(of, f.Name()))
	}
}

func (t *trace) extract(n node, v *ssa.Extract) {
	switch tuple := v.Tuple.(type) {
	case *ssa.Call:
		t.call(n, tuple, v.Index)
	case *ssa.Next:
		over := tuple.Iter.(*ssa.Range).X
		if _, isMap := over.Type().Underlying().(*types.Map); isMap && v.Index == 1 {
			n.path = "#"
		}
		t.push(n.to(over))
	case *ssa.Select:
		for _, state := range tuple.States {
			if state.Dir == types.RecvOnly {
				t.push(n.to(state.Chan))
			}
		}
	default: // v, ok of an assertion, a lookup, a receive
		if v.Index > 0 {
			return
		}
		if ops := v.Tuple.(ssa.Instruction).Operands(nil); len(ops) > 0 {
			t.push(n.to(*ops[0]))
		}
	}
}

// parameter stands for what callers give. Of a function literal they are looked for.
func (t *trace) parameter(n node, v *ssa.Parameter) {
	fn := v.Parent()
	if s := arguments(v); s != nil && t.add(s, n, v.Pos()) {
		return
	}
	if fn.Parent() == nil && fn.Synthetic == "" || fn.Object() != nil {
		t.out[origin{param: v, path: n.path, taint: taint{Number: n.number}}] = true
		return
	}
	i := slices.Index(fn.Params, v)
	for _, site := range t.p.sites[fn] {
		if site.direct {
			if args := site.call.Args; i < len(args) {
				t.push(n.to(args[i]))
			}
			continue
		}
		for _, arg := range site.call.Args { // what calls it, calls it with what it was given
			t.push(node{v: arg, number: n.number})
		}
		t.push(node{v: site.call.Value, number: n.number})
		t.iterated(site.call, n)
	}
	if len(t.p.sites[fn]) == 0 {
		t.unknown(n)
	}
}

// iterated goes on with what a function that iterates was made of.
func (t *trace) iterated(call *ssa.CallCommon, n node) {
	if made, ok := call.Value.(*ssa.Call); ok {
		for _, arg := range made.Call.Args {
			t.push(node{v: arg, number: n.number})
		}
	}
	if fn := calleeOf(call); fn != nil && fullName(fn) == "path/filepath.WalkDir" || fullName(fn) == "path/filepath.Walk" || fullName(fn) == "io/fs.WalkDir" {
		t.add(&taint{Class: "path", What: "the names of files"}, n, call.Pos())
	}
}

// arguments are a command's, by the types beside them.
func arguments(v *ssa.Parameter) *taint {
	if s, ok := v.Type().Underlying().(*types.Slice); !ok || !types.Identical(s.Elem(), types.Typ[types.String]) {
		return nil
	}
	for _, p := range v.Parent().Params {
		if typeName(p.Type()) == "github.com/spf13/cobra.Command" {
			return &taint{Class: "argument", What: "arguments of the command"}
		}
	}
	return nil
}

// captured goes on where the literal was made.
func (t *trace) captured(n node, v *ssa.FreeVar) {
	i := slices.Index(v.Parent().FreeVars, v)
	for _, made := range t.p.closures[v.Parent()] {
		t.push(n.to(made.Bindings[i]))
	}
}

func (t *trace) global(n node, v *ssa.Global) {
	full := v.Pkg.Pkg.Path() + "." + v.Name()
	if s, ok := sources[full]; ok {
		t.add(&s, n, v.Pos())
		return
	}
	if canTell(deref(v.Type())) && v.Pkg.Pkg != t.p.pass.Pkg && n.path == "" {
		if t.add(meaning(v.Name(), deref(v.Type())), n, v.Pos()) {
			return
		}
	}
}

// contents goes on with what was written to where a value points to, or into it.
func (t *trace) contents(n node) {
	if v, ok := n.v.(*ssa.Global); ok {
		for _, instr := range t.p.globals[v] {
			t.written(n, instr)
		}
		return
	}
	switch n.v.Type().Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice, *types.Chan, *types.Interface:
	default:
		return
	}
	if refs := n.v.Referrers(); refs != nil {
		for _, instr := range *refs {
			t.written(n, instr)
		}
	}
}

// written goes on with what one instruction writes into n's value.
func (t *trace) written(n node, instr ssa.Instruction) {
	switch i := instr.(type) {
	case *ssa.Store:
		if i.Addr == n.v {
			t.push(n.to(i.Val))
		}
	case *ssa.MapUpdate:
		if i.Map == n.v {
			if n.path == "#" {
				t.push(node{v: i.Key, number: n.number})
			} else {
				t.push(n.to(i.Value))
			}
		}
	case *ssa.Send:
		if i.Chan == n.v {
			t.push(n.to(i.X))
		}
	case *ssa.FieldAddr:
		t.inField(n, i)
	case *ssa.IndexAddr:
		if i.X == n.v {
			t.stores(n.to(i))
		}
	case *ssa.Slice, *ssa.MakeInterface, *ssa.ChangeType, *ssa.ChangeInterface:
		if v, ok := instr.(ssa.Value); ok && isAddress(n.v) {
			t.stores(n.to(v))
		}
	case *ssa.MakeClosure:
		for at, b := range i.Bindings {
			if b == n.v && isAddress(n.v) {
				t.stores(n.to(i.Fn.(*ssa.Function).FreeVars[at]))
			}
		}
	case *ssa.UnOp: // a map, a slice or a pointer that lies there is written to
		if _, ok := i.Type().Underlying().(*types.Basic); !ok && i.X == n.v && i.Op == token.MUL && !isInterface(i.Type()) {
			t.stores(n.to(i))
		}
	case ssa.CallInstruction:
		t.filled(n, i.Common())
	}
}

func isInterface(t types.Type) bool { _, ok := t.Underlying().(*types.Interface); return ok }

func isAddress(v ssa.Value) bool {
	switch v.(type) {
	case *ssa.Alloc, *ssa.FieldAddr, *ssa.IndexAddr, *ssa.FreeVar, *ssa.Global:
		return true
	}
	return false
}

// stores looks only at what is written to n's value, which is another name of
// something that was asked for.
func (t *trace) stores(n node) {
	key := node{n.v, "\x00" + n.path, n.number}
	if t.seen[key] {
		return
	}
	t.seen[key] = true
	if refs := n.v.Referrers(); refs != nil {
		for _, instr := range *refs {
			t.written(n, instr)
		}
	}
}

// inField looks at what is written to a field, if that is asked for.
func (t *trace) inField(n node, i *ssa.FieldAddr) {
	field := fieldAt(i.X.Type(), i.Field)
	if i.X != n.v || field == nil {
		return
	}
	first, rest, _ := strings.Cut(n.path, ".")
	switch {
	case n.path == "":
		if s, harmless := sourceField(i.X.Type(), i.Field); harmless || s != nil && t.isWritten(i) && t.add(s, n, i.Pos()) {
			return
		}
		t.stores(n.to(i))
	case first == field.Name():
		t.stores(node{i, rest, n.number})
	}
}

// isWritten reports whether something is stored at an address.
func (t *trace) isWritten(addr ssa.Value) bool {
	return slices.ContainsFunc(*addr.Referrers(), func(i ssa.Instruction) bool {
		store, ok := i.(*ssa.Store)
		if !ok {
			return false
		}
		_, isConst := store.Val.(*ssa.Const)
		return store.Addr == addr && !isConst
	})
}
