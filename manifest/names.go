package manifest

import (
	"go/ast"
	"go/constant"
	"go/types"
	"regexp"
	"strings"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/types/typeutil"
)

// runtimeHome is what the import paths of the runtime's packages start with, and
// borrowed where they lie if the runtime is in an overlay alone.
const (
	runtimeHome = "github.com/telemetry-kit/telemetry-kit-go/runtime/"
	borrowed    = "/_telemetry/"
)

// inRuntime reports whether a package is the runtime's, and its path there.
func inRuntime(path string) (short string, ok bool) {
	if short, ok = strings.CutPrefix(path, runtimeHome); ok {
		return short, true
	}
	if i := strings.LastIndex(path, borrowed); i >= 0 {
		return path[i+len(borrowed):], true
	}
	return "", false
}

// calleeOf is the runtime's function or method that a call names, "telemetry.Track"
// or "telemetry.Timer.End"; empty for others.
func calleeOf(info *types.Info, call *ast.CallExpr) string {
	fn, _ := typeutil.Callee(info, call).(*types.Func)
	return nameOf(fn)
}

func nameOf(fn *types.Func) string {
	if fn == nil || fn.Pkg() == nil {
		return ""
	}
	short, ok := inRuntime(fn.Pkg().Path())
	if !ok {
		return ""
	}
	if recv := fn.Signature().Recv(); recv != nil {
		short += "." + typeName(recv.Type())
	}
	return short + "." + fn.Name()
}

// typeName is the bare name of a named type or of a pointer to one.
func typeName(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// runtimeType is a type of the runtime, "telemetry.Point"; empty for others.
func runtimeType(t types.Type) string {
	if t == nil {
		return ""
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ""
	}
	if short, ok := inRuntime(named.Obj().Pkg().Path()); ok {
		return short + "." + named.Obj().Name()
	}
	return ""
}

// foreignType is a type of somebody else's package, "net/http.ServeMux".
func foreignType(t types.Type) string {
	if t == nil {
		return ""
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil {
		return named.Obj().Pkg().Path() + "." + named.Obj().Name()
	}
	return ""
}

// text is the value of a constant string, wherever it is declared.
func text(p *packages.Package, e ast.Expr) (string, bool) {
	if e == nil {
		return "", false
	}
	v := p.TypesInfo.Types[e].Value
	if v == nil || v.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(v), true
}

// whole is the value of a constant that is a number.
func whole(p *packages.Package, e ast.Expr) (int64, bool) {
	v := p.TypesInfo.Types[e].Value
	if v == nil {
		return 0, false
	}
	return constant.Int64Val(constant.ToInt(v))
}

// truth is the value of a constant bool.
func truth(p *packages.Package, e ast.Expr) (value, ok bool) {
	v := p.TypesInfo.Types[e].Value
	if v == nil || v.Kind() != constant.Bool {
		return false, false
	}
	return constant.BoolVal(v), true
}

// fields are those of a composite literal of a struct, by name.
func fields(p *packages.Package, lit *ast.CompositeLit) map[string]ast.Expr {
	found := map[string]ast.Expr{}
	st, ok := p.TypesInfo.TypeOf(lit).Underlying().(*types.Struct)
	for i, elt := range lit.Elts {
		if kv, isPair := elt.(*ast.KeyValueExpr); isPair {
			if key, isIdent := kv.Key.(*ast.Ident); isIdent {
				found[key.Name] = kv.Value
			}
		} else if ok && i < st.NumFields() {
			found[st.Field(i).Name()] = elt
		}
	}
	return found
}

// The rules of the runtime (package sanitize): what does not keep to them is
// recorded as "other", or not at all.
var (
	goodName = regexp.MustCompile(`^[a-z0-9_.-]{1,128}$`)
	goodKey  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	goodWord = regexp.MustCompile(`^[A-Za-z0-9._+-]{1,64}$`)
)

// other is what the runtime records instead of a string that may not be kept.
const other = "other"

// letters is s in the alphabet of names, as the adapters spell what their
// libraries call things: capitals become small, all else but more is "_".
func letters(s, more string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', strings.ContainsRune(more, r):
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '_'
		}
	}, s)
}

// units are the codes of telemetry.Unit, in its order.
var units = []string{"1", "%", "By", "By/s", "bit", "ns", "us", "ms", "s", "min", "h", "d", "Hz"}
