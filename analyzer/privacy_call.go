package analyzer

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// calleeOf is the function or method that a call names; of a generic one, itself and
// not its instance.
func calleeOf(c *ssa.CallCommon) *types.Func {
	if c.IsInvoke() {
		return c.Method
	}
	fn := c.StaticCallee()
	if fn == nil || isBound(fn) {
		return nil
	}
	obj, _ := generic(fn).Object().(*types.Func)
	return obj
}

// isBound reports whether a function is a method value: its receiver is no argument.
func isBound(fn *ssa.Function) bool {
	return len(fn.FreeVars) == 1 && strings.HasPrefix(fn.Synthetic, "bound method wrapper")
}

// unbound is calleeOf with all arguments, also where a method value is called.
func unbound(c *ssa.CallCommon) (*types.Func, []ssa.Value) {
	made, ok := c.Value.(*ssa.MakeClosure)
	if !ok || !isBound(made.Fn.(*ssa.Function)) {
		return calleeOf(c), c.Args
	}
	obj, _ := made.Fn.(*ssa.Function).Object().(*types.Func)
	return obj, append([]ssa.Value{made.Bindings[0]}, c.Args...)
}

func generic(fn *ssa.Function) *ssa.Function {
	if origin := fn.Origin(); origin != nil {
		return origin
	}
	return fn
}

// call goes on with what a call's i-th result is made of.
func (t *trace) call(n node, call *ssa.Call, i int) {
	common, fn := call.Common(), calleeOf(call.Common())
	result := call.Type()
	if tuple, ok := result.(*types.Tuple); ok {
		if i >= tuple.Len() {
			return
		}
		result = tuple.At(i).Type()
	}
	if n.path == "" && (saysNothing(result) || isError(result) && isTuple(call.Type()) && n.number) {
		return
	}
	full := fullName(fn)
	switch s, known := sources[full]; {
	case clean[full] || harmlessPart[full]:
		return
	case known:
		t.add(&s, n, call.Pos())
		return
	}
	if s, known := texts[full]; known && t.add(&s, n, call.Pos()) {
		return
	}
	switch {
	case builtin(common) != "":
		if slices.Contains([]string{"append", "min", "max", "ssa:wrapnilchk"}, builtin(common)) {
			t.given(n, common)
		} else if builtin(common) == "recover" {
			t.add(&taint{Class: "error", What: "what the program panicked with"}, n, call.Pos())
		}
		return
	case fn != nil && fn.Pkg() != nil && inRuntime(fn.Pkg().Path()):
		t.attribute(common, fn)
		return
	case fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "log/slog":
		t.slog(n, common, fn)
		return
	case full == "error.Error" || fn != nil && fn.Name() == "Error" && receiver(fn) != nil && isError(receiver(fn)):
		t.add(&taint{Class: "error", What: "the text of an error"}, n, call.Pos())
		return
	case isFunc(fn, "fmt", "Sprintf", "Appendf") && t.formatted(n, common):
		return
	case isFunc(fn, "path/filepath", "Base") && isProgram(common.Args[0]):
		return
	case t.read(n, common, i):
		return
	}
	if recv := receiverOf(common); recv != nil && !isWide(result) && !isProgram(recv) {
		if s := sourceType(recv.Type()); s != nil && t.add(s, n, call.Pos()) {
			return
		}
	}
	if s := saysOf(fn, result); s != nil && !t.p.inTables(fn) && t.add(s, n, call.Pos()) {
		return
	}
	t.passed(n, common, fn, result)
}

// passed is of functions that nobody read: what comes out is what went in.
func (t *trace) passed(n node, c *ssa.CallCommon, fn *types.Func, result types.Type) {
	switch {
	case isWide(result) && hashes(fn):
		n.number = false
	case isWide(result) && !parses(fn):
		return
	case isError(result) && n.path == "" && n.number:
		return
	}
	t.given(node{number: n.number}, c)
	if !isWide(result) {
		t.unknown(n)
	}
}

func (t *trace) given(n node, c *ssa.CallCommon) {
	for _, arg := range c.Args {
		t.push(n.to(arg))
		if _, ok := arg.Type().Underlying().(*types.Map); ok && n.path == "" {
			t.push(node{arg, "#", n.number})
		}
	}
	if c.IsInvoke() {
		t.push(n.to(c.Value))
	}
}

func builtin(c *ssa.CallCommon) string {
	if b, ok := c.Value.(*ssa.Builtin); ok {
		return b.Name()
	}
	return ""
}

func receiverOf(c *ssa.CallCommon) ssa.Value {
	switch {
	case c.IsInvoke():
		return c.Value
	case len(c.Args) > 0 && c.Signature().Recv() != nil:
		return c.Args[0]
	}
	return nil
}

// isProgram reports whether v is os.Args[0], or what os.Executable says.
func isProgram(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.Extract:
		call, ok := v.Tuple.(*ssa.Call)
		return ok && fullName(calleeOf(call.Common())) == "os.Executable"
	case *ssa.UnOp:
		at, ok := v.X.(*ssa.IndexAddr)
		if !ok {
			return false
		}
		args, ok := at.X.(*ssa.UnOp)
		if !ok {
			return false
		}
		global, ok := args.X.(*ssa.Global)
		i, isConst := at.Index.(*ssa.Const)
		return ok && isConst && i.Int64() == 0 && global.Pkg.Pkg.Path() == "os" && global.Name() == "Args"
	}
	return false
}

// formatted looks at a constant format's verbs: a type or a boolean says nothing.
func (t *trace) formatted(n node, c *ssa.CallCommon) bool {
	format, ok := c.Args[len(c.Args)-2].(*ssa.Const)
	list, isList := c.Args[len(c.Args)-1].(*ssa.Slice)
	if !ok || format.Value == nil || !isList || strings.ContainsAny(format.Value.ExactString(), "[*") {
		return false
	}
	for _, before := range c.Args[:len(c.Args)-2] { // what is appended to
		t.push(node{v: before, number: n.number})
	}
	verbs := verbsOf(format.Value.ExactString())
	for i, arg := range elements(list) {
		if i < len(verbs) && (verbs[i] == 'T' || verbs[i] == 't') {
			continue
		}
		t.push(node{v: arg, number: n.number})
		t.unknown(n)
	}
	return true
}

func verbsOf(format string) (verbs []byte) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("+-# 0123456789.", format[i]) >= 0; i++ {
		}
		if i < len(format) && format[i] != '%' {
			verbs = append(verbs, format[i])
		}
	}
	return verbs
}

// elements are the values of a list of arguments that a call was written with.
func elements(list *ssa.Slice) (values []ssa.Value) {
	array, ok := list.X.(*ssa.Alloc)
	if !ok {
		return nil
	}
	for _, ref := range *array.Referrers() {
		if at, ok := ref.(*ssa.IndexAddr); ok {
			for _, use := range *at.Referrers() {
				if store, ok := use.(*ssa.Store); ok && store.Addr == at {
					values = append(values, store.Val)
				}
			}
		}
	}
	return values
}

// read goes into functions of this package, and into what is known of those of
// others that were read. It reports whether there were any.
func (t *trace) read(n node, c *ssa.CallCommon, i int) (known bool) {
	if c.IsInvoke() {
		for _, fn := range t.p.methods(c) {
			known = true
			t.summarized(n, fn, append([]ssa.Value{c.Value}, c.Args...), i)
		}
		return known
	}
	for _, fn := range t.p.functions(c.Value, 4) {
		fn = generic(fn)
		obj, _ := fn.Object().(*types.Func)
		switch {
		case fn.Blocks != nil:
			known = true
			t.summarized(n, fn, c.Args, i)
		case obj != nil && t.p.wasRead(obj):
			known = true
			if s := saysOf(obj, resultAt(obj, i)); s != nil && t.add(s, n, c.Pos()) {
				continue
			}
			t.imported(n, obj, c.Args, i)
		}
	}
	return known
}

func resultAt(fn *types.Func, i int) types.Type { return fn.Signature().Results().At(i).Type() }

// summarized puts a call's arguments in the place of a function's parameters.
func (t *trace) summarized(n node, fn *ssa.Function, args []ssa.Value, i int) {
	if obj, ok := fn.Object().(*types.Func); ok && n.path == "" {
		if s := saysOf(obj, resultAt(obj, i)); s != nil && len(t.p.result(fn, i, "")) > 0 && t.add(s, n, obj.Pos()) {
			return
		}
	}
	for o := range t.p.result(fn, i, n.path) {
		if o.param == nil {
			t.add(&o.taint, n, o.pos)
			continue
		}
		at := slices.Index(o.param.Parent().Params, o.param)
		if o.param.Parent() != fn {
			t.out[o] = true
		} else if at < len(args) {
			t.push(node{args[at], o.path, n.number || o.Number})
		}
	}
}

// imported does that for a function of another package.
func (t *trace) imported(n node, fn *types.Func, args []ssa.Value, i int) {
	var f flows
	if !t.p.pass.ImportObjectFact(fn, &f) {
		return
	}
	first, _, _ := strings.Cut(n.path, ".")
	for _, r := range f.Results {
		if r.Result != i || first != "" && r.Field != "" && r.Field != first {
			continue
		}
		if r.Param < 0 {
			s := r.Source
			t.add(&s, n, 0)
		} else if r.Param < len(args) {
			t.push(node{args[r.Param], r.Path, n.number || r.Source.Number})
		}
	}
}

// filled looks at a call that n's value is given to: it may write there.
func (t *trace) filled(n node, c *ssa.CallCommon) {
	fn := calleeOf(c)
	if fn != nil && fn.Pkg() != nil && inRuntime(fn.Pkg().Path()) {
		return
	}
	for _, target := range t.p.functions(c.Value, 2) {
		if target = generic(target); target.Blocks != nil { // what it writes stands in it
			for i, arg := range c.Args {
				if arg == n.v && i < len(target.Params) && isPointer(arg.Type()) {
					t.mutated(n, target, c.Args, target.Params[i])
				}
			}
			return
		}
	}
	if b := builtin(c); b != "copy" && (b != "" || !fills(fn)) {
		return
	}
	if strings.HasPrefix(fullName(fn), "flag.") || strings.Contains(fullName(fn), "pflag") {
		t.add(&taint{Class: "argument", What: "a flag"}, n, c.Pos())
		return
	}
	for _, arg := range c.Args {
		if arg != n.v {
			t.push(node{v: arg, number: n.number})
		}
	}
	if c.IsInvoke() && c.Value != n.v {
		t.push(node{v: c.Value, number: n.number})
	}
}

func isPointer(t types.Type) bool { _, ok := t.Underlying().(*types.Pointer); return ok }

// mutated goes on with what a function of this package writes through a parameter.
func (t *trace) mutated(n node, fn *ssa.Function, args []ssa.Value, param *ssa.Parameter) {
	for o := range t.p.stored(fn, param, n.path) {
		if o.param == nil {
			t.add(&o.taint, n, o.pos)
		} else if at := slices.Index(fn.Params, o.param); at >= 0 && at < len(args) && o.param != param {
			t.push(node{args[at], o.path, n.number || o.Number})
		}
	}
}
