package analyzer

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// The runtime's packages, by their import paths.
const (
	runtimeHome   = "github.com/telemetry-kit/telemetry-kit-go/runtime/"
	telemetryPath = runtimeHome + "telemetry"
)

// inRuntime reports whether a package is one of the runtime's own.
func inRuntime(path string) bool { return strings.HasPrefix(path, runtimeHome) }

// callee is the function or method that a call names; nil for what is only known
// when the program runs.
func callee(pass *analysis.Pass, call *ast.CallExpr) *types.Func {
	fn, _ := typeutil.Callee(pass.TypesInfo, call).(*types.Func)
	return fn
}

// isFunc reports whether fn is one of the named functions of a package.
func isFunc(fn *types.Func, pkg string, names ...string) bool {
	return fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == pkg && fn.Signature().Recv() == nil && slices.Contains(names, fn.Name())
}

// isMethod reports whether fn is one of the named methods of a package's type or of
// a pointer to it.
func isMethod(fn *types.Func, pkg, typ string, names ...string) bool {
	return fn != nil && isNamed(receiver(fn), pkg, typ) && slices.Contains(names, fn.Name())
}

func receiver(fn *types.Func) types.Type {
	if recv := fn.Signature().Recv(); recv != nil {
		return recv.Type()
	}
	return nil
}

// isNamed reports whether t is a package's type, or a pointer to it.
func isNamed(t types.Type, pkg, name string) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == pkg
}

// begins reports whether a call begins what an end belongs to: telemetry.Begin, or
// Begin of a point.
func begins(fn *types.Func) bool {
	return isFunc(fn, telemetryPath, "Begin") || isMethod(fn, telemetryPath, "Point", "Begin")
}

// ends reports whether a call ends it.
func ends(fn *types.Func) bool {
	return isMethod(fn, telemetryPath, "Timer", "End", "EndAs", "EndStatus")
}

// records reports whether a call records something.
func records(fn *types.Func) bool {
	return begins(fn) || isFunc(fn, telemetryPath, "Track", "Count", "Measure", "BeginCall")
}
