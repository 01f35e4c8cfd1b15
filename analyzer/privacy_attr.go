package analyzer

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// attribute is of the runtime's own functions. What Value, OneOf and Text are given is
// looked at where they stand, so that their results are clean.
func (t *trace) attribute(c *ssa.CallCommon, fn *types.Func) {
	if isFunc(fn, telemetryPath, "Letters") {
		t.push(node{v: c.Args[0]})
	}
}

// slog follows attributes and their values, as far as the runtime keeps them: numbers,
// booleans, durations and words. It drops what is of Kind Any, Group, Time and
// LogValuer.
func (t *trace) slog(n node, c *ssa.CallCommon, fn *types.Func) {
	args := c.Args
	switch fn.Name() {
	case "String", "Int", "Int64", "Uint64", "Float64", "Bool", "Duration":
		if receiver(fn) != nil { // of a Value
			t.given(n, c)
			return
		}
		t.push(node{v: args[0]})
		t.push(node{v: args[1]})
	case "StringValue", "IntValue", "Int64Value", "Uint64Value", "Float64Value", "BoolValue":
		t.push(node{v: args[0]})
	case "Any":
		t.push(node{v: args[0]})
		t.any(args[1], c)
	case "AnyValue":
		t.any(args[0], c)
	case "Time", "Group", "GroupAttrs":
		t.dropped(c, "a slog."+fn.Name())
		t.push(node{v: args[0]})
	case "TimeValue", "GroupValue":
		t.dropped(c, "a slog."+fn.Name())
	default:
		t.given(n, c)
	}
}

// any is a value of a type that only its interface hides.
func (t *trace) any(v ssa.Value, c *ssa.CallCommon) {
	made, ok := v.(*ssa.MakeInterface)
	if !ok {
		if change, is := v.(*ssa.ChangeInterface); is && isError(change.X.Type()) || isError(v.Type()) {
			t.dropped(c, "an error")
			return
		}
		t.push(node{v: v})
		return
	}
	switch typ := types.Unalias(made.X.Type()); {
	case isNamed(typ, "log/slog", "Value"), isNamed(typ, "time", "Duration"):
		t.push(node{v: made.X})
	case isBasic(typ):
		t.push(node{v: made.X})
	case isError(typ):
		t.dropped(c, "an error")
	default:
		t.dropped(c, "a "+types.TypeString(typ, types.RelativeTo(t.p.pass.Pkg)))
	}
}

func isBasic(t types.Type) bool { _, ok := t.(*types.Basic); return ok }

// dropped notes an attribute that is never recorded.
func (t *trace) dropped(c *ssa.CallCommon, what string) {
	if !t.p.useless[c.Pos()] {
		t.p.useless[c.Pos()] = true
		t.p.uselessAt = append(t.p.uselessAt, dropped{c.Pos(), what})
	}
}
