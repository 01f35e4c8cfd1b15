package analyzer

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// handlerKind is what calls a function from outside.
type handlerKind int

const (
	noHandler handlerKind = iota
	commandHandler
	httpHandler
	rpcHandler
)

func (k handlerKind) String() string {
	return [...]string{"", "handles a command", "handles an HTTP request", "handles a remote call"}[k]
}

// commandFields are the fields of a command's description that hold its function,
// over the libraries for command lines and the tables that programs make themselves.
var commandFields = []string{"Run", "RunE", "Action", "Exec", "Func", "Handler", "Execute"}

// describing are fields of which a command's description has at least one.
var describing = []string{"Use", "UsageLine", "Usage", "Name", "Short", "ShortUsage", "ShortHelp"}

// handled is a function that something outside calls, and the word that people call it
// by: of cobra.Command{Use: "deploy TARGET"} deploy.
type handled struct {
	kind handlerKind
	word string
}

// handlers finds the functions of a package that handle commands and requests, by
// their declaration or literal.
func handlers(pass *analysis.Pass) map[ast.Node]handled {
	h := handlerFinder{pass: pass, found: map[ast.Node]handled{}, decls: map[types.Object]*ast.FuncDecl{}}
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				h.decls[pass.TypesInfo.Defs[fn.Name]] = fn
				h.bySignature(fn)
			}
		}
	}
	for _, file := range pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CompositeLit:
				h.literal(x)
			case *ast.AssignStmt:
				h.assignment(x)
			case *ast.CallExpr:
				h.call(x)
			}
			return true
		})
	}
	return h.found
}

type handlerFinder struct {
	pass  *analysis.Pass
	found map[ast.Node]handled
	decls map[types.Object]*ast.FuncDecl
}

// value notes that an expression's function handles something.
func (h *handlerFinder) value(e ast.Expr, kind handled) {
	switch x := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		h.found[x] = kind
	case *ast.Ident, *ast.SelectorExpr:
		var obj types.Object
		if ident, ok := x.(*ast.Ident); ok {
			obj = h.pass.TypesInfo.Uses[ident]
		} else {
			obj = h.pass.TypesInfo.Uses[x.(*ast.SelectorExpr).Sel]
		}
		if decl := h.decls[obj]; decl != nil {
			h.found[decl] = kind
		}
	}
}

// literal looks at descriptions of commands: &cobra.Command{Use: …, RunE: …}.
func (h *handlerFinder) literal(lit *ast.CompositeLit) {
	fields := map[string]ast.Expr{}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				fields[key.Name] = kv.Value
			}
		}
	}
	if !slices.ContainsFunc(describing, func(name string) bool { return fields[name] != nil }) {
		return
	}
	for _, name := range commandFields {
		if v := fields[name]; v != nil && isFunction(h.pass.TypesInfo.TypeOf(v)) {
			h.value(v, handled{commandHandler, h.word(fields)})
		}
	}
}

// word is the first word of what describes a command, if it is a constant.
func (h *handlerFinder) word(fields map[string]ast.Expr) string {
	for _, name := range []string{"Use", "UsageLine", "Name"} {
		if v := fields[name]; v != nil {
			if c := h.pass.TypesInfo.Types[v].Value; c != nil && c.Kind() == constant.String {
				word, _, _ := strings.Cut(strings.TrimSpace(constant.StringVal(c)), " ")
				return word
			}
		}
	}
	return ""
}

// assignment looks at cmd.RunE = ….
func (h *handlerFinder) assignment(s *ast.AssignStmt) {
	if s.Tok != token.ASSIGN || len(s.Lhs) != len(s.Rhs) {
		return
	}
	for i, left := range s.Lhs {
		sel, ok := left.(*ast.SelectorExpr)
		if !ok || !slices.Contains(commandFields, sel.Sel.Name) || !isFunction(h.pass.TypesInfo.TypeOf(s.Rhs[i])) {
			continue
		}
		if describes(h.pass.TypesInfo.TypeOf(sel.X)) {
			h.value(s.Rhs[i], handled{kind: commandHandler})
		}
	}
}

// describes reports whether a type has a field that describes a command.
func describes(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range s.Fields() {
		if slices.Contains(describing, f.Name()) {
			return true
		}
	}
	return false
}

// call looks at mux.HandleFunc(pattern, f), and at what routers take.
func (h *handlerFinder) call(c *ast.CallExpr) {
	for _, arg := range c.Args {
		sig, ok := typeUnder[*types.Signature](h.pass.TypesInfo.TypeOf(arg))
		if ok && isHTTP(sig) && len(c.Args) > 1 {
			h.value(arg, handled{kind: httpHandler})
		}
	}
}

func typeUnder[T types.Type](t types.Type) (under T, ok bool) {
	if t == nil {
		return under, false
	}
	under, ok = t.Underlying().(T)
	return under, ok
}

func isFunction(t types.Type) bool {
	_, ok := typeUnder[*types.Signature](t)
	return ok
}

// isHTTP reports whether a function has the signature of an HTTP handler, of
// net/http's or of a framework's.
func isHTTP(sig *types.Signature) bool {
	switch params := sig.Params(); params.Len() {
	case 2:
		return isNamed(params.At(0).Type(), "net/http", "ResponseWriter") && isNamed(params.At(1).Type(), "net/http", "Request")
	case 1:
		t := params.At(0).Type()
		return isNamed(t, "github.com/gin-gonic/gin", "Context") || isNamed(t, "github.com/labstack/echo/v4", "Context") || isNamed(t, "github.com/gofiber/fiber/v2", "Ctx")
	}
	return false
}

// bySignature finds handlers that tell themselves.
func (h *handlerFinder) bySignature(fn *ast.FuncDecl) {
	obj, ok := h.pass.TypesInfo.Defs[fn.Name].(*types.Func)
	if !ok || fn.Body == nil {
		return
	}
	switch sig := obj.Signature(); {
	case fn.Name.Name == "ServeHTTP" && isHTTP(sig):
		h.found[fn] = handled{kind: httpHandler}
	case sig.Recv() != nil && fn.Name.Name == "Run" && isCommandType(sig.Recv().Type()):
		h.found[fn] = handled{kind: commandHandler}
	case sig.Recv() != nil && isRPC(sig):
		h.found[fn] = handled{kind: rpcHandler}
	}
}

// isCommandType knows kong's commands: structs with tags such as cmd:"" and arg:"".
func isCommandType(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := typeUnder[*types.Struct](t)
	if !ok {
		return false
	}
	for i := range s.NumFields() {
		for _, key := range []string{"cmd:\"", "arg:\"", "kong:\"", "help:\""} {
			if strings.Contains(s.Tag(i), key) {
				return true
			}
		}
	}
	return false
}

// isRPC reports whether a method has the form of a gRPC or Connect service's: a context
// and a message come in, a message and an error go out.
func isRPC(sig *types.Signature) bool {
	in, out := sig.Params(), sig.Results()
	if in.Len() != 2 || out.Len() != 2 || !isContext(in.At(0).Type()) {
		return false
	}
	return isMessage(in.At(1).Type()) && isMessage(out.At(0).Type())
}

// isMessage knows messages by the method that protoc-gen-go gives them, or by
// Connect's wrappers around one.
func isMessage(t types.Type) bool {
	p, ok := t.(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(p.Elem()).(*types.Named)
	if !ok {
		return false
	}
	if pkg := named.Obj().Pkg(); pkg != nil && pkg.Path() == "connectrpc.com/connect" {
		return named.Obj().Name() == "Request" || named.Obj().Name() == "Response"
	}
	obj, _, _ := types.LookupFieldOrMethod(p, true, named.Obj().Pkg(), "ProtoReflect")
	_, ok = obj.(*types.Func)
	return ok
}
