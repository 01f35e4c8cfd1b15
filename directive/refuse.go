package directive

import (
	"go/ast"
	"strings"
)

// Refuse says why a function of a package cannot be instrumented and what to do
// instead, as far as its declaration tells; an empty message if it can.
func (f Function) Refuse(pkg string) (message, hint string) {
	switch fn := f.Decl; {
	case f.Body() == nil:
		return "it has no body here (assembly, or go:linkname)", "mark the Go function that calls it"
	case f.Lit != nil:
		return "", ""
	case fn.Name.Name == "_":
		return "a function called _ is never called", "take the directive away"
	case fn.Recv == nil && fn.Name.Name == "init":
		return "init runs before main can start telemetry, so nothing would be recorded", "move the work into a function and mark that"
	case fn.Recv == nil && fn.Name.Name == "main" && pkg == "main":
		return "main starts telemetry itself, so its own beginning cannot be recorded", "move the work into func run() error and mark that"
	case pragma(fn, "//go:nosplit"):
		return "//go:nosplit leaves no stack for recording", "mark its caller"
	}
	return "", ""
}

// pragma reports whether a //go: comment stands above the function.
func pragma(fn *ast.FuncDecl, text string) bool {
	if fn.Doc == nil {
		return false
	}
	for _, c := range fn.Doc.List {
		if strings.TrimSpace(c.Text) == text {
			return true
		}
	}
	return false
}
