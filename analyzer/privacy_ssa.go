package analyzer

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// build makes the SSA form of the package, and indexes of it. buildssa would make that
// of the standard library, too, wherever facts are asked for.
func (p *privacy) build() {
	prog := ssa.NewProgram(p.pass.Fset, ssa.GlobalDebug)
	seen := map[*types.Package]bool{}
	var create func(list []*types.Package)
	create = func(list []*types.Package) {
		for _, pkg := range list {
			if !seen[pkg] {
				seen[pkg] = true
				prog.CreatePackage(pkg, nil, nil, true)
				create(pkg.Imports())
			}
		}
	}
	create(p.pass.Pkg.Imports())
	pkg := prog.CreatePackage(p.pass.Pkg, p.pass.Files, p.pass.TypesInfo, false)
	pkg.Build()
	p.collect(pkg.Func("init"))
	for _, file := range p.pass.Files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				if obj, ok := p.pass.TypesInfo.Defs[fn.Name].(*types.Func); ok {
					p.collect(prog.FuncValue(obj))
				}
			}
		}
	}
	for _, fn := range p.funcs {
		p.index(fn, p.indexUse)
	}
	for _, fn := range p.funcs {
		p.index(fn, p.indexCall)
	}
}

func (p *privacy) collect(fn *ssa.Function) {
	if fn == nil {
		return
	}
	p.funcs = append(p.funcs, fn)
	for _, anon := range fn.AnonFuncs {
		p.collect(anon)
	}
}

func (p *privacy) index(fn *ssa.Function, visit func(ssa.Instruction)) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			visit(instr)
		}
	}
}

// indexUse notes names, closures and uses of package-level variables.
func (p *privacy) indexUse(instr ssa.Instruction) {
	switch i := instr.(type) {
	case *ssa.DebugRef:
		if v, ok := i.Object().(*types.Var); ok && !v.IsField() {
			if _, isConst := i.X.(*ssa.Const); !isConst && (p.names[i.X] == "" || meaning(v.Name(), types.Typ[types.String]) != nil) {
				p.names[i.X] = v.Name()
			}
		}
		return
	case *ssa.MakeClosure:
		fn := i.Fn.(*ssa.Function)
		p.closures[fn] = append(p.closures[fn], i)
	}
	for _, op := range instr.Operands(nil) {
		if g, ok := (*op).(*ssa.Global); ok {
			p.globals[g] = append(p.globals[g], instr)
		}
	}
	for _, param := range instr.Parent().Params {
		p.names[param] = param.Name()
	}
}

// indexCall notes where function literals are called or given away.
func (p *privacy) indexCall(instr ssa.Instruction) {
	call, ok := instr.(ssa.CallInstruction)
	if !ok {
		return
	}
	c := call.Common()
	for _, fn := range p.functions(c.Value, 4) {
		if fn.Parent() != nil {
			p.sites[fn] = append(p.sites[fn], site{c, true})
		}
	}
	for _, arg := range c.Args {
		for _, fn := range p.functions(arg, 4) {
			if fn.Parent() != nil {
				p.sites[fn] = append(p.sites[fn], site{c, false})
			}
		}
	}
}

// functions are those that a value can be, as far as the package shows.
func (p *privacy) functions(v ssa.Value, deep int) (list []*ssa.Function) {
	if deep == 0 {
		return nil
	}
	var from []ssa.Value
	switch v := v.(type) {
	case *ssa.Function:
		return []*ssa.Function{v}
	case *ssa.MakeClosure:
		return []*ssa.Function{v.Fn.(*ssa.Function)}
	case *ssa.ChangeType:
		from = []ssa.Value{v.X}
	case *ssa.MakeInterface:
		from = []ssa.Value{v.X}
	case *ssa.Phi:
		from = v.Edges
	case *ssa.FreeVar:
		at := slices.Index(v.Parent().FreeVars, v)
		for _, made := range p.closures[v.Parent()] {
			from = append(from, made.Bindings[at])
		}
	case *ssa.UnOp:
		from = p.storedAt(v.X, deep-1)
	case *ssa.Lookup:
		from = p.mapped(v.X, deep-1)
	}
	for _, x := range from {
		list = append(list, p.functions(x, deep-1)...)
	}
	return list
}

// storedAt are the values that the package stores at an address, as far as that is easy
// to say: variables can be given to each other in a circle, so it looks only so deep.
func (p *privacy) storedAt(addr ssa.Value, deep int) (list []ssa.Value) {
	if deep < 0 {
		return nil
	}
	var uses []ssa.Instruction
	switch a := addr.(type) {
	case *ssa.Global:
		uses = p.globals[a]
	case *ssa.FreeVar:
		at := slices.Index(a.Parent().FreeVars, a)
		for _, made := range p.closures[a.Parent()] {
			list = append(list, p.storedAt(made.Bindings[at], deep-1)...)
		}
	case *ssa.Alloc:
		uses = *a.Referrers()
	case *ssa.FieldAddr:
		if base, ok := a.X.(*ssa.Alloc); ok {
			for _, ref := range *base.Referrers() {
				if same, ok := ref.(*ssa.FieldAddr); ok && same.Field == a.Field {
					uses = append(uses, *same.Referrers()...)
				}
			}
		}
	}
	for _, use := range uses {
		if store, ok := use.(*ssa.Store); ok && store.Val != addr {
			list = append(list, store.Val)
		}
	}
	return list
}

// mapped are the values that are put into a map.
func (p *privacy) mapped(m ssa.Value, deep int) (list []ssa.Value) {
	if deep < 0 {
		return nil
	}
	if load, ok := m.(*ssa.UnOp); ok {
		for _, v := range p.storedAt(load.X, deep-1) {
			list = append(list, p.mapped(v, deep-1)...)
		}
		return list
	}
	if made, ok := m.(*ssa.MakeMap); ok {
		for _, ref := range *made.Referrers() {
			if u, ok := ref.(*ssa.MapUpdate); ok {
				list = append(list, u.Value)
			}
		}
	}
	return list
}

// methods are those that a call by an interface of this package can reach in it.
func (p *privacy) methods(c *ssa.CallCommon) (list []*ssa.Function) {
	if c.Method.Pkg() != p.pass.Pkg {
		return nil
	}
	iface, ok := c.Value.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	for _, name := range p.pass.Pkg.Scope().Names() {
		typ, ok := p.pass.Pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || typ.IsAlias() || types.IsInterface(typ.Type()) {
			continue
		}
		if named, ok := typ.Type().(*types.Named); !ok || named.TypeParams() != nil {
			continue
		}
		for _, t := range []types.Type{typ.Type(), types.NewPointer(typ.Type())} {
			if types.Implements(t, iface) {
				if sel := types.NewMethodSet(t).Lookup(c.Method.Pkg(), c.Method.Name()); sel != nil {
					if obj, ok := sel.Obj().(*types.Func); ok {
						if fn := p.funcs[0].Prog.FuncValue(obj); fn != nil && fn.Blocks != nil {
							list = append(list, fn)
						}
					}
				}
				break
			}
		}
	}
	return list
}

// position is a place in words that hold in another package.
func (p *privacy) position(pos token.Pos) string {
	if !pos.IsValid() {
		return ""
	}
	at := p.pass.Fset.Position(pos)
	return fmt.Sprintf("%s:%d", path.Join(p.pass.Pkg.Path(), filepath.Base(at.Filename)), at.Line)
}

func indexOf(params []*ssa.Parameter, param *ssa.Parameter) int { return slices.Index(params, param) }

func sorted(list []resultFlow) []resultFlow {
	slices.SortFunc(list, func(a, b resultFlow) int {
		return cmp.Or(cmp.Compare(a.Param, b.Param), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Source.Class, b.Source.Class),
			cmp.Compare(a.Source.What, b.Source.What), cmp.Compare(a.Source.At, b.Source.At), cmp.Compare(a.Field, b.Field))
	})
	return slices.Compact(list)
}
